"""The wall's overview, map and ranking: who reaches the target, who does not, and what is said about it."""

from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any, TypeVar

import pytest
from sqlalchemy import Engine

from pages._language import speaking
from pages._live import Live
from store.dimensions import put_shapes, put_targets
from store.rows import Batch, Dossier, Procedure, Unit
from tests.wall_here import here_at, poll, said
from wall.blocks import Bars, Figure, Listing, Map, Scene
from wall.scenes import map as map_scene
from wall.scenes import overview, ranking
from wall.scenes._contract import SceneModule

NOW = datetime(2021, 12, 10, 1, 0, tzinfo=UTC)  # 08:00 in Vietnam
SOURCES = {"motcua": "dvcqg", "vanban": "qlvb", "hop": "bigbluebutton"}
SINCE = date(2019, 1, 1)
PROCEDURE = Procedure(code="1.01", valid_from=SINCE, name="Kê khai giá", level=3, tier="tinh")
Kind = TypeVar("Kind")
SQUARE = [[[105.0, 20.0], [105.1, 20.0], [105.1, 20.1], [105.0, 20.1], [105.0, 20.0]]]


def unit(code: str, kind: str, name: str, parent: str | None = "H28") -> Unit:
    return Unit(code=code, valid_from=SINCE, kind=kind, name=name, parent_code=parent)  # type: ignore[arg-type]


PROVINCE = unit("H28", "tinh", "Tỉnh Hòa Bình", None)
DA_BAC, LAC_SON = unit("H28.1", "huyen", "Huyện Đà Bắc"), unit("H28.2", "huyen", "Huyện Lạc Sơn")
TAN_MY, AN_NGHIA = unit("H28.1.1", "xa", "Xã Tân Mỹ", "H28.1"), unit("H28.2.1", "xa", "Xã Ân Nghĩa", "H28.2")
UNITS = [PROVINCE, DA_BAC, LAC_SON, TAN_MY, AN_NGHIA, unit("H28.9", "so", "Sở Tư pháp")]


def dossiers(code: str, total: int, online: int, days_ago: int = 10, late: int = 0) -> Iterator[Dossier]:
    """So many that were received on one day and completed on the next, the first of them online and late."""
    received = NOW - timedelta(days=days_ago)
    for number in range(total):
        yield Dossier(
            source_id=f"{code}/{days_ago}/{number}",
            unit_code=code,
            procedure_code="1.01",
            channel="online" if number < online else "counter",
            state=10,
            received_at=received,
            due_at=received + timedelta(days=0 if number < late else 5),
            completed_at=received + timedelta(days=1),
            updated_at=received + timedelta(days=1),
        )


def target(kind: str = "", code: str = "", value: float = 0.5) -> dict[str, Any]:
    return {
        "indicator": "online_dossier_rate", "unit_code": code, "kind": kind, "valid_from": date(2021, 1, 1),
        "valid_to": date(2021, 12, 31), "comparator": ">=", "value": value, "decision": "1/QĐ", "decided_on": None,
        "issuer": "UBND", "entered_by": "test", "entered_at": NOW,
    }  # fmt: skip


@pytest.fixture
def store(fresh_engine: Callable[[str], Engine]) -> Engine:
    return fresh_engine("sqlite")


def fill(engine: Engine, *batches: Iterator[Dossier], units: list[Unit] = UNITS, ago: int = 0) -> Live:
    """What is known after a good poll of every source so many minutes ago."""
    at = NOW - timedelta(minutes=ago)
    received = [one for batch in batches for one in batch]
    poll(engine, "motcua", Batch(units=units, procedures=[PROCEDURE], dossiers=received), at)
    for source in ("vanban", "hop"):
        poll(engine, source, Batch(), NOW)
    return here_at(engine, NOW, SOURCES)


def usual(engine: Engine, **others: Any) -> Live:
    """Đà Bắc 12 of 40 online, Lạc Sơn 33 of 40, the department 5 of 20: 50 of 100."""
    put_targets(engine, [target("huyen"), target("so"), target(code="H28")], by="test", at=NOW)
    every = [dossiers("H28.1.1", 40, 12), dossiers("H28.2.1", 40, 33), dossiers("H28.9", 20, 5)]
    return fill(engine, *every, **others)


def drawn(module: SceneModule, here: Live, **parameters: str) -> Scene:
    """The scene in English, with the defaults of what is not given."""
    chosen = {name: values[0] for name, values in module.SCENE.parameters.items()} | parameters
    with speaking("en"):
        return module.compose(module.look(here, chosen), here, chosen)


def block(scene: Scene, name: str, kind: type[Kind]) -> Kind:
    found = scene.blocks[name]
    assert isinstance(found, kind)
    return found


def lines(scene: Scene, name: str) -> list[str]:
    listing = block(scene, name, Listing)
    shown = [listing.lines[key] for key in listing.order]
    return [" ".join(filter(None, (one.shape, one.head, one.text, one.value))) for one in shown]


def test_overview_shows_six_figures_with_target_and_n_and_names_who_lags(store: Engine) -> None:
    scene = drawn(overview, usual(store))
    online = block(scene, "online_dossier_rate", Figure)
    assert (online.value, online.unit, online.standing, online.target) == ("50.0", "%", "reached", "target 50%")
    assert online.n == "50 / 100 dossiers"
    assert len(scene.blocks) == 6
    assert said(scene) == (
        "Targets reached: online dossiers. "
        "Online dossiers: 1 of 2 districts and cities miss the target, last Đà Bắc 30.0%."
    )


def test_target_of_the_whole_that_is_missed_comes_first_with_value_and_target(store: Engine) -> None:
    put_targets(store, [target(code="H28", value=0.6)], by="test", at=NOW)
    here = fill(store, dossiers("H28.9", 100, 50))
    scene = drawn(overview, here)
    assert (scene.sentence[0].text, scene.sentence[0].tone) == (
        "Target not reached: online dossiers 50.0% of 60%.", "bad",
    )  # fmt: skip


def test_a_figure_that_fell_is_named_and_one_that_only_varies_is_not(store: Engine) -> None:
    """28 weeks: 5 or 6 of 20 online throughout, 154 of 560; none late, but 10 of 20 in the last four."""
    weeks = [
        dossiers("H28.9", 20, 5 + week % 2, days_ago=2 + 7 * week, late=10 if week < 4 else 0) for week in range(28)
    ]
    scene = drawn(overview, fill(store, *weeks))
    assert said(scene) == (
        "No target to reach is set: online dossiers 27.5%, in time 92.9%. Worse in 4 weeks: in time −50.0 points."
    )
    assert block(scene, "on_time_rate", Figure).change == "4 weeks: −50.0 points"
    assert block(scene, "online_dossier_rate", Figure).change == "no notable change"


def test_zero_of_a_source_that_was_never_read_is_not_shown_as_zero(store: Engine) -> None:
    poll(store, "motcua", Batch(units=UNITS), NOW)
    scene = drawn(overview, here_at(store, NOW, SOURCES))
    told = {name: (block(scene, name, Figure).value, scene.blocks[name].mark.fresh) for name in scene.blocks}
    assert told["overdue"] == ("0", "fresh")
    assert told["meetings_held"] == ("–", "unknown")
    assert said(scene).startswith("Not all sources have been read:")


def test_a_sentence_of_old_figures_says_so_first(store: Engine) -> None:
    here = usual(store, ago=16)  # three times the expected five minutes are over
    for module in (overview, map_scene, ranking):
        assert said(drawn(module, here)).startswith("As of 07:44: "), module


def test_ranking_is_sorted_with_rank_standing_and_n(store: Engine) -> None:
    scene = drawn(ranking, usual(store))
    bars = block(scene, "ranking", Bars)
    rows = [bars.rows[key] for key in bars.order]
    assert [(row.rank, row.name, row.text, row.standing, row.note) for row in rows] == [
        ("1", "Lạc Sơn", "82.5%", "reached", "n = 40"),
        ("2", "Đà Bắc", "30.0%", "missed", "n = 40"),
    ]
    assert (bars.goal, bars.goal_text) == (0.5, "target 50%")


def test_lacking_is_the_least_number_of_further_online_dossiers(store: Engine) -> None:
    needed = next(more for more in range(100) if (12 + more) / (40 + more) >= 0.5)
    scene = drawn(ranking, usual(store))
    assert lines(scene, "lacking") == [f"■ Đà Bắc {needed}"]
    assert said(scene) == (f"1 of 2 districts and cities miss the target 50%. Lacking most: Đà Bắc {needed} dossiers.")


def test_of_more_than_ten_the_first_and_the_last_are_shown(store: Engine) -> None:
    """Twelve departments with 1, 2, … 12 of 20 online."""
    offices = [unit(f"H28.{number}", "so", f"Sở {number}") for number in range(1, 13)]
    every = [dossiers(f"H28.{number}", 20, number) for number in range(1, 13)]
    bars = block(drawn(ranking, fill(store, *every, units=[PROVINCE, *offices]), kind="so"), "ranking", Bars)
    assert [bars.rows[key].name for key in bars.order] == [f"Sở {n}" for n in (12, 11, 10, 9, 6, 5, 4, 3, 2, 1)]
    assert (bars.gap_after, bars.gap_text) == ("H28.9", "2 other units")


def test_place_gained_is_marked_only_where_the_own_rate_has_changed(store: Engine) -> None:
    """Đà Bắc 30 of 100 last year and 80 of 100 now; Lạc Sơn 50 of 100 in both, and lost its place to it."""
    last_year = 400
    here = fill(
        store,
        dossiers("H28.1", 100, 80), dossiers("H28.2", 100, 50),
        dossiers("H28.1", 100, 30, last_year), dossiers("H28.2", 100, 50, last_year),
        dossiers("H28.9", 1, 0, 800),
    )  # fmt: skip
    rows = block(drawn(ranking, here), "ranking", Bars).rows
    assert (rows["H28.1"].move, rows["H28.1"].move_tone) == ("▲1", "good")
    assert rows["H28.2"].move == ""


def test_without_targets_only_those_apart_by_a_point_and_beyond_chance_are_named(store: Engine) -> None:
    """Đà Bắc 30 of 100, Lạc Sơn 70 of 100, the department 52 of 100: the whole is 152 of 300."""
    here = fill(store, dossiers("H28.1", 100, 30), dossiers("H28.2", 100, 70), dossiers("H28.9", 100, 52))
    scene = drawn(ranking, here)
    assert said(scene) == "1 of 2 districts and cities are worse than the whole: Đà Bắc 30.0%."
    assert lines(scene, "lacking") == ["▼ Đà Bắc worse 30.0%", "▲ Lạc Sơn better 70.0%"]
    assert "None of 1 departments is worse" in said(drawn(ranking, here, kind="so"))


def test_two_tiers_rank_their_communes(store: Engine) -> None:
    communes = [unit("H28.1", "xa", "Xã Tân Mỹ"), unit("H28.2", "xa", "Phường Hữu Nghị")]
    here = fill(store, dossiers("H28.1", 40, 12), dossiers("H28.2", 40, 33), units=[PROVINCE, *communes])
    bars = block(drawn(ranking, here, kind="huyen"), "ranking", Bars)
    assert [bars.rows[key].name for key in bars.order] == ["P. Hữu Nghị", "Tân Mỹ"]


def test_map_judges_communes_by_their_districts_target_and_names_worst_and_best(store: Engine) -> None:
    put_shapes(store, [(code, {"type": "Polygon", "coordinates": SQUARE}) for code in ("H28.1.1", "H28.2.1")])
    few = unit("H28.2.2", "xa", "Xã Yên Nghiệp", "H28.2")
    poll(store, "motcua", Batch(units=[*UNITS, few], dossiers=list(dossiers("H28.2.2", 9, 0))), NOW)
    scene = drawn(map_scene, usual(store, units=[*UNITS, few]))
    shown = block(scene, "map", Map)
    assert shown.cells == {"H28.1.1": "missed", "H28.2.1": "reached"}  # nine dossiers are too few
    assert shown.legend["none"] == "too few dossiers"
    assert shown.geometry.startswith("/api/wall/geometry/")
    assert lines(scene, "best") == ["1 Ân Nghĩa (Lạc Sơn) 82.5%", "2 Tân Mỹ (Đà Bắc) 30.0%"]
    assert said(scene).startswith("1 of 2 communes, wards, towns miss the target 50%. Last: Tân Mỹ (Đà Bắc) 30.0%.")


def test_without_outlines_the_communes_are_listed(store: Engine) -> None:
    scene = drawn(map_scene, usual(store))
    assert "map" not in scene.blocks
    assert lines(scene, "best") == ["● Ân Nghĩa (Lạc Sơn) 82.5%", "■ Tân Mỹ (Đà Bắc) 30.0%"]


@pytest.mark.parametrize("module", [overview, map_scene, ranking])
def test_a_store_without_units_tells_its_sources_and_no_figure(store: Engine, module: SceneModule) -> None:
    scene = drawn(module, here_at(store, NOW, SOURCES))
    assert said(scene) == "No data yet: no unit has been read."
    assert lines(scene, "sources") == ["○ motcua never updated", "○ vanban never updated", "○ hop never updated"]
    assert scene.blocks["sources"].mark.fresh == "unknown"
