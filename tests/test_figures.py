"""The published figures of the five articles come out of simulated places that are polled over HTTP, from nothing."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from pathlib import Path
from unittest.mock import patch

import pytest
from typer.testing import CliRunner

import ioc
import seed
from commands import _figures_run as figures_run
from metrics import Article, Compared, Counters, Period, articles, compare, figures
from store.engine import open_engine
from store.quarantine import held
from store.reads import Target, read_snapshot
from store.rows import Batch, Procedure, Return, Unit
from tests.command_line import Ended, call_ioc
from tests.delivery import write
from tests.stores import lay_tables

Key = tuple[str, int]
BY_COMMAND = "hai-phong"
WITHOUT_COMMAND = [name for name in figures_run.places() if name != BY_COMMAND]


@dataclass(frozen=True)
class Polled:
    """What polling each place once gave: every figure by the number of its article and row; and what the command said
    of the one place that it was asked for."""

    figures: dict[Key, Compared]
    ended: Ended
    left_behind: list[Path]


@pytest.fixture(scope="module")
def polled(tmp_path_factory: pytest.TempPathFactory) -> Polled:
    """Every place with an article, one of them by the command."""
    own, found = tmp_path_factory.mktemp("own"), dict(figures_run.compared_places(WITHOUT_COMMAND))

    def kept(place: str) -> list[figures_run.Figure]:
        found[place] = figures_of(place)
        return found[place]

    figures_of = figures_run.figures_of
    with patch.object(figures_run, "figures_of", kept):
        asked = ("figures", "--place", BY_COMMAND, "--format", "json")
        ended = call_ioc(asked, {"IOC_DATABASE_URL": f"sqlite:///{own}/own.db"})
    numbered = {(one.article.seed[:3], one.article.row): one.ours for told in found.values() for one in told}
    return Polled(numbered, ended, list(own.iterdir()))


@pytest.fixture(scope="module")
def computed(polled: Polled) -> dict[Key, Compared]:
    """Every figure by the number of its article and row."""
    return polled.figures


def test_every_row_of_every_article_is_there() -> None:
    rows = Counter(article.seed[:3] for article in articles())
    assert rows == {"000": 15, "001": 11, "002": 8, "003": 19, "004": 7}
    assert [article.row for article in articles() if article.seed.startswith("003")] == list(range(1, 20))


def test_every_figure_comes_out_as_published_or_is_explained(computed: dict[Key, Compared]) -> None:
    assert len(computed) == 60
    assert {key: ours for key, ours in computed.items() if ours.ok is False} == {}
    explained = {key: ours for key, ours in computed.items() if ours.ok is None}
    assert set(explained) == {("000", 10), ("001", 2)}
    for ours in explained.values():
        assert ours.system == "returns"
        assert "return" in ours.words
        assert "mẫu số" in ours.words_vi


@pytest.mark.parametrize(
    ("key", "numerator", "denominator"),
    [
        (("003", 13), 1013, 2038),
        (("003", 14), 868, 2038),
        (("003", 15), 157, 2038),
        (("003", 16), 103_884, None),
        (("003", 18), 13_328, 103_884),
        (("003", 9), 4, 6),
        (("003", 10), 78, None),
        (("000", 1), 19, 19),
        (("000", 15), 19, 19),
        (("001", 3), 587, None),
        (("001", 4), 104, None),
        (("001", 9), 15, 15),
        (("001", 10), 16, None),
        (("001", 11), 69, None),
        (("002", 2), 841, None),
        (("002", 3), 69, None),
    ],
    ids=lambda key: "-".join(map(str, key)) if isinstance(key, tuple) else None,
)
def test_counts_are_the_published_ones(
    computed: dict[Key, Compared], key: Key, numerator: int, denominator: int | None
) -> None:
    assert (computed[key].numerator, computed[key].denominator) == (numerator, denominator)


@pytest.mark.parametrize(
    ("key", "low", "high"),
    [
        (("000", 11), 0.5535, 0.5545),
        (("000", 12), 0.8625, 0.8635),
        (("000", 13), 0.1215, 0.1225),
        (("000", 14), 0.2875, 0.2885),
        (("003", 17), 0.9975, 0.9985),
        (("000", 3), 1, 1),
        (("000", 4), 1, 1),
        (("001", 5), 1, 1),
        (("001", 7), 1, 1),
        (("001", 8), 0.9001, 1),
    ],
    ids=lambda key: "-".join(map(str, key)) if isinstance(key, tuple) else None,
)
def test_rates_round_to_the_published_ones(computed: dict[Key, Compared], key: Key, low: float, high: float) -> None:
    value = computed[key].value
    assert value is not None
    assert low <= value <= high


def test_what_the_article_misprints_is_said(computed: dict[Key, Compared]) -> None:
    for row, right, printed in ((13, "49.71", "42.6"), (14, "42.59", "45.4")):
        ours = computed["003", row]
        assert ours.value is not None
        assert f"{100 * ours.value:.2f}" == right
        assert right in ours.words
        assert printed in ours.words
        assert printed.replace(".", ",") in ours.words_vi


def test_a_target_of_offices_says_how_many_of_them_reach_it(computed: dict[Key, Compared]) -> None:
    assert "of 27 units" in computed["002", 1].words
    # 17 departments and 15 districts of Hải Phòng.
    assert "of 32 units" in computed["004", 3].words


def test_dossiers_of_a_mixed_place_come_from_both_systems() -> None:
    place = seed.find_place("ha-nam")
    assert place.units_of("opencps") == {unit.code for unit in seed.units(place) if "H25.353" in unit.code}
    assert place.units_of("opencps") | place.units_of("dvcqg") == {unit.code for unit in seed.units(place)}


# A place across the reform


@pytest.fixture(scope="module")
def phu_tho() -> Iterator[Counters]:
    with figures_run.polled_store(seed.find_place("phu-tho")) as engine:
        assert held(engine) == []
        yield Counters(read_snapshot(engine))


def test_the_reform_ends_three_tiers_and_two_take_over(phu_tho: Counters) -> None:
    before = phu_tho.units_on(date(2025, 6, 30))
    after = phu_tho.units_on(date(2025, 7, 1))
    assert Counter(before["kind"]) == {"tinh": 1, "so": 12, "huyen": 10, "xa": 151}
    assert Counter(after["kind"]) == {"tinh": 1, "so": 12, "xa": 148}


def test_no_dossier_is_lost_between_the_units_of_its_time_and_those_of_today(phu_tho: Counters) -> None:
    period = Period(date(2025, 5, 1), date(2025, 12, 31))
    june = Period(date(2025, 5, 1), date(2025, 6, 30))
    july = Period(date(2025, 7, 1), date(2025, 12, 31))

    def received(over: Period, **how: object) -> float:
        rows = figures(phu_tho, over, ["received"], "own", **how)  # type: ignore[arg-type]
        return float(rows["numerator"].sum())

    assert received(june) > 500
    assert received(july) > 2000
    today = received(period, units_as="today", today=date(2026, 1, 5))
    assert today == received(june) + received(july)


# What counts as the same


NOON = datetime(2021, 7, 1, 5, tzinfo=UTC)
UNIT = Unit(code="H25", valid_from=date(2020, 1, 1), kind="tinh", name="Tỉnh Hà Nam")


@pytest.fixture
def three_procedures(tmp_path: Path) -> Counters:
    """A province with two procedures at level 4 and one at level 2, which returned that 90 % have a computer."""
    engine = open_engine(f"sqlite:///{tmp_path}/ioc.db")
    lay_tables(engine)
    offered = [
        Procedure(code=f"1.{number}", valid_from=date(2020, 1, 1), name="Cấp phép", level=level, tier="tinh")
        for number, level in enumerate((4, 4, 2))
    ]
    returned = Return(
        unit_code="H25",
        indicator="computers_rate_commune",
        period_from=date(2021, 6, 1),
        period_to=date(2021, 6, 30),
        value=0.9,
    )
    write(engine, "motcua", Batch(units=[UNIT], procedures=offered, returns=[returned]))
    return Counters(read_snapshot(engine))


def published(row: int, **changed: str) -> Article:
    """A row of the article on Hà Nam, with other numbers."""
    article = next(one for one in articles() if one.seed.startswith("003") and one.row == row)
    return replace(article, **changed)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("changed", "same"),
    [
        ({"value": "66.67"}, True),
        ({"value": "66.7"}, True),
        ({"value": "67"}, True),
        ({"value": "66.66"}, False),
        ({"value": "66.6"}, False),
        ({"value": "66.6", "comparator": ">"}, True),
        ({"value": "66.7", "comparator": ">="}, False),
        ({"value": "66.67", "numerator": "2", "denominator": "3"}, True),
        ({"value": "66.67", "numerator": "4", "denominator": "6"}, False),
        ({"value": "2", "part": "numerator", "unit": "count"}, True),
        ({"value": "3", "part": "numerator", "unit": "count"}, False),
    ],
)
def test_a_figure_is_the_same_when_it_rounds_to_what_was_printed(
    three_procedures: Counters, changed: dict[str, str], same: bool
) -> None:
    article = published(13, **{"numerator": "", "denominator": "", "words_en": ""} | changed)
    ours = compare(three_procedures, [], article)
    assert ours.ok is same
    assert ("Differs" in ours.words) is not same


def test_what_was_not_returned_is_said(three_procedures: Counters) -> None:
    assert compare(three_procedures, [], published(3)).ok is True
    missing = compare(three_procedures, [], published(2))
    assert (missing.ok, missing.value) == (False, None)
    assert "Nothing has been returned" in missing.words


def test_a_target_must_be_on_record_as_it_was_printed(three_procedures: Counters) -> None:
    goal = Target(
        indicator="eligible_level4_rate",
        unit_code="H25",
        kind="",
        valid_from=date(2021, 1, 1),
        valid_to=date(2021, 12, 31),
        comparator=">=",
        value=1.0,
        decision="x",
        decided_on=None,
        issuer="x",
        entered_by="x",
        entered_at=NOON,
    )
    assert compare(three_procedures, [goal], published(19)).ok is True
    assert compare(three_procedures, [goal._replace(value=0.9)], published(19)).ok is False
    assert compare(three_procedures, [], published(19)).ok is False


# The command


def test_the_command_prints_one_place_as_json_and_leaves_the_own_database_alone(polled: Polled) -> None:
    assert polled.left_behind == []
    assert polled.ended.code == 0
    rows = polled.ended.json
    assert [row["row"] for row in rows] == [1, 2, 3, 4, 5, 6, 7]
    assert {row["ok"] for row in rows} == {"ok"}
    assert rows[2]["published"] == ">= 20 %"


def test_a_place_without_an_article_is_wrong_usage() -> None:
    done = CliRunner().invoke(ioc.app, ["figures", "--place", "phu-tho"])
    assert done.exit_code == 2


def test_a_place_is_simulated_only_without_a_configuration(tmp_path: Path) -> None:
    done = call_ioc(("run", "--place", "phu-tho"), {"IOC_CONFIG": str(tmp_path / "ioc.toml")})
    assert done.code == 1
    assert "--place" in done.err
