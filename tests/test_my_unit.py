"""*My unit* on a small store whose figures are worked out by hand."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import Engine

from exports.viewed import Viewed
from pages._filters import Choices
from pages._language import speaking
from pages._live import Live
from pages.units.my_unit import viewed
from store.dimensions import put_targets
from store.engine import open_engine
from store.rows import RECEIVED, WITHDRAWN, Batch, Dossier, Procedure, Unit
from tests.delivery import write
from tests.stores import lay_tables
from tests.wall_here import here_at

NOON = datetime(2021, 12, 10, 5, tzinfo=UTC)
WEEKS = {"unit": "A", "period": "4weeks"}
SINCE = date(2020, 1, 1)
UNITS = [
    Unit(code="P", valid_from=SINCE, kind="tinh", name="Tỉnh P"),
    *(Unit(code=code, valid_from=SINCE, kind="huyen", name=f"Huyện {code}", parent_code="P") for code in "ABC"),
    Unit(code="A1", valid_from=SINCE, kind="xa", name="Xã A1", parent_code="A"),
    Unit(code="N", valid_from=date(2021, 12, 1), kind="huyen", name="Huyện N", parent_code="P"),
]
PROCEDURES = [
    Procedure(code=code, valid_from=SINCE, name=f"Thủ tục {code}", level=3, tier="huyen") for code in ("1.01", "1.02")
]
# Unit, procedure, received, of these online, of these withdrawn.
Received = tuple[str, str, int, int, int]
BEFORE: list[Received] = [
    ("A", "1.01", 20, 10, 0), ("A1", "1.02", 20, 10, 0), ("B", "1.01", 40, 30, 0), ("C", "1.01", 40, 16, 0),
]  # fmt: skip
NOW: list[Received] = [
    ("A", "1.01", 20, 2, 10), ("A1", "1.02", 20, 12, 0), ("B", "1.01", 40, 30, 0), ("C", "1.01", 40, 16, 0),
]  # fmt: skip
TARGET = {
    "indicator": "online_dossier_rate",
    "unit_code": "",
    "kind": "huyen",
    "valid_from": date(2021, 1, 1),
    "valid_to": date(2021, 12, 31),
    "comparator": ">=",
    "value": 0.5,
    "decision": "12/QĐ-UBND",
    "decided_on": None,
    "issuer": "UBND tỉnh P",
}


def _dossiers(rows: list[Received], at: datetime, name: str) -> Iterator[Dossier]:
    for unit, procedure, received, online, withdrawn in rows:
        for number in range(received):
            gone = number < withdrawn
            yield Dossier(
                source_id=f"{name}-{unit}-{number}",
                unit_code=unit,
                procedure_code=procedure,
                channel="online" if number >= received - online else "counter",
                state=WITHDRAWN if gone else RECEIVED,
                received_at=at,
                completed_at=at if gone else None,
                updated_at=at,
            )


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    """The store: four weeks with 120 dossiers, and the four before them, with which the records begin."""
    engine = open_engine(f"sqlite:///{tmp_path_factory.mktemp('my')}/store.db")
    lay_tables(engine)
    first = NOON - timedelta(days=55)
    dossiers = [*_dossiers(BEFORE, first, "before"), *_dossiers(NOW, NOON - timedelta(days=3), "now")]
    write(engine, "motcua", Batch(units=UNITS, procedures=PROCEDURES, dossiers=dossiers))
    put_targets(engine, [TARGET], by="Lan", at=NOON)
    yield engine
    engine.dispose()


@pytest.fixture
def here(engine: Engine) -> Live:
    """The centre at noon."""
    return here_at(engine, NOON, {"motcua": "dvcqg"})


def _seen(here: Live, **given: str) -> Viewed:
    with speaking("en"):
        return viewed(here, Choices(here.today, given=given))


def _rows(seen: Viewed, table: str) -> list[dict[str, Any]]:
    return next(one.frame.rows(named=True) for one in seen.tables if one.name == table)


def test_first_line_is_the_missed_target_with_rank_gap_and_movement(here: Live) -> None:
    line = _rows(_seen(here, **WEEKS), "My indicators")[0]
    assert (line["indicator"], line["state"], line["target"]) == (
        "Online dossiers of level 3 and 4 procedures",
        "not reached",
        "≥ 50%",
    )
    assert (line["rank"], line["ranked"], line["numerator"], line["denominator"]) == (3, 3, 14, 40)
    # (14 + 12) / (40 + 12) is the half.
    assert (line["to_target"], line["dossiers_needed"]) == (pytest.approx(-0.15), 12)
    assert [line[part] for part in ("previous_rank", "own_change", "others_change", "entered", "left")] == [
        2,
        -1,
        0,
        0,
        0,
    ]


def test_change_within_chance_is_called_so(here: Live) -> None:
    seen = _seen(here, **WEEKS)
    assert "down 1, the unit's own change is within chance" in seen.sentence
    assert any("50.0% → 35.0% (−15.0 points): a change within what chance explains" in note for note in seen.notes)


@pytest.mark.parametrize(
    ("table", "brought"),
    [
        # Midway the rate is 42.5 %: 20 dossiers should bring 8.5 online ones, and 40 are the whole.
        ("What brought the change: procedures", {"1.01": (2 - 10) / 40, "1.02": (12 - 10) / 40}),
        ("What brought the change: units", {"A": (2 - 10) / 40, "A1": (12 - 10) / 40}),
    ],
)
def test_parts_add_up_to_the_change_the_largest_first(here: Live, table: str, brought: dict[str, float]) -> None:
    found = {row["code"]: row["points"] for row in _rows(_seen(here, **WEEKS), table)}
    assert found == pytest.approx(brought)
    assert list(found) == list(brought)
    assert sum(found.values()) == pytest.approx(14 / 40 - 20 / 40)


def test_guard_higher_than_its_peers_by_more_than_chance_is_said_plainly(here: Live) -> None:
    found = {row["indicator"]: row for row in _rows(_seen(here, **WEEKS), "Guards beside the targets")}
    withdrawn = found["Dossiers withdrawn"]
    assert (withdrawn["value"], withdrawn["middle"], withdrawn["together"]) == (10 / 40, 0, 10 / 120)
    assert withdrawn["judged"] == "higher than its peers, beyond chance"
    assert found["Dossiers sent back for a supplement"]["judged"] == "like its peers, within chance"
    assert found["Completed on the very due day"]["judged"] == "nothing to count"


def test_year_whose_forerunner_is_unknown_tells_the_movement_of_its_last_four_weeks(here: Live) -> None:
    seen = _seen(here, unit="A")
    line = _rows(seen, "My indicators")[0]
    assert (line["rank"], line["numerator"], line["denominator"]) == (2, 34, 80)
    assert (line["rank_now"], line["previous_rank"]) == (3, 2)
    assert "Last 4 weeks: rank 3/3, down 1" in seen.sentence


def test_records_that_do_not_go_back_tell_no_movement(here: Live) -> None:
    seen = _seen(here, unit="A", period="2021-10")
    assert "The records do not go back far enough to tell a movement." in seen.notes
    assert [table.name for table in seen.tables] == ["My indicators", "Guards beside the targets"]


def test_indicator_of_the_address_goes_before_the_worst(here: Live) -> None:
    assert "Rank 3 of 3 by Online dossiers" in _seen(here, **WEEKS).sentence
    assert "Rank 3 of 3 by Dossiers withdrawn: 25.0%" in _seen(here, **WEEKS, indicator="withdrawn_rate").sentence


@pytest.mark.parametrize(("unit", "problems"), [("P", 0), ("Q", 1)])
def test_without_a_unit_of_ones_own_there_are_all_that_can_be_chosen(here: Live, unit: str, problems: int) -> None:
    choices = Choices(here.today, given={"unit": unit})
    with speaking("en"):
        seen = viewed(here, choices)
    assert set(seen.tables[0].frame["unit"]) == {"A", "B", "C", "N", "A1"}
    assert ["There is no unit “Q”" in problem for problem in choices.problems] == [True] * problems


def test_unit_that_was_not_there_yet_says_so(here: Live) -> None:
    seen = _seen(here, unit="N", period="2021-11")
    assert seen.sentence == "This unit is not in force on 30/11/2021: choose another period."
    assert not seen.tables


def test_unit_without_anything_counted_still_has_a_view(here: Live) -> None:
    line = _rows(_seen(here, unit="N", period="4weeks"), "My indicators")[0]
    assert (line["rank"], line["value"], line["dossiers_needed"]) == (None, None, 1)
