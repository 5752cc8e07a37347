"""The wall's scene of what moved: chance is not called a change, a real one is named with its reason, alerts."""

from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime, timedelta

import numpy as np
import pytest
from sqlalchemy import Engine

from metrics import Pace, Share, contributions, individuals
from store.dimensions import put_targets
from store.reads import Target
from store.rows import PROCESSED, Batch, Dossier, Procedure, Unit
from tests.wall_here import here_at, poll, said, shown, written
from wall.blocks import Listing, Scene
from wall.scenes import moved
from wall.scenes._missed import misses
from wall.scenes._moves import OF_UNITS, WHOLE, Compared, Move, chosen, shared, unit_moves

NOW = datetime(2021, 12, 13, 1, tzinfo=UTC)  # Monday 08:00 in Vietnam
SOURCES = {"motcua": "dvcqg"}
WEEKS = 28
RATES = (0.5, 0.97, 0.9, 0.3, 0.93, 0.95)
SIZES = (4, 15, 60, 300)  # cases a week
UNITS_OF_A_PROVINCE = 27


def unit(number: int, name: str) -> Unit:
    return Unit(code=f"H28.{number}", valid_from=date(2020, 1, 1), kind="huyen", name=name, parent_code="H28")


ROOT = Unit(code="H28", valid_from=date(2020, 1, 1), kind="tinh", name="Tỉnh Hòa Bình")
DISTRICTS = [unit(1, "Huyện Đà Bắc"), unit(2, "Huyện Lạc Sơn"), unit(3, "Huyện Mai Châu")]
PROCEDURES = [
    Procedure(
        code=code, valid_from=date(2020, 1, 1), name=code, level=4, tier="huyen", field_code=code, field_name=field
    )
    for code, field in (("P1", "Đất đai"), ("P2", "Hộ tịch"))
]
Online = Mapping[tuple[str, str], tuple[int, int]]
STEADY: Online = {(district.code, code): (10, 10) for district in DISTRICTS for code in ("P1", "P2")}


def history(engine: Engine, online: Online) -> None:
    """29 weeks until yesterday: 20 dossiers a week of each district and procedure, so many online before and lately."""
    dossiers = [
        Dossier(
            source_id=f"{code}-{procedure}-{back}-{number}",
            unit_code=code,
            procedure_code=procedure,
            channel="online" if number < (lately if back < 4 else before) else "counter",
            state=PROCESSED,
            received_at=NOW - timedelta(days=1 + 7 * back),
            due_at=NOW + timedelta(days=1),
            completed_at=NOW - timedelta(days=1 + 7 * back) + timedelta(hours=1),
            updated_at=NOW - timedelta(days=1 + 7 * back),
        )
        for (code, procedure), (before, lately) in online.items()
        for back in range(WEEKS + 1)
        for number in range(20)
    ]
    poll(engine, "motcua", Batch(units=[ROOT, *DISTRICTS], procedures=PROCEDURES, dossiers=dossiers), NOW)


@pytest.fixture
def store(fresh_engine: Callable[[str], Engine]) -> Engine:
    return fresh_engine("sqlite")


def lines(scene: Scene, name: str) -> list[str]:
    block = scene.blocks[name]
    assert isinstance(block, Listing)
    return written([block.lines[key] for key in block.order])


def test_in_a_steady_province_the_scene_names_a_change_at_most_once_in_a_hundred() -> None:
    chance = np.random.default_rng(7)
    named, runs = 0, 500
    among = shared(UNITS_OF_A_PROVINCE * len(OF_UNITS), whole=False)
    for _ in range(runs):
        compared = [
            Compared(
                unit=str(number), key=key, now=drawn(chance, rate, 4, number), before=drawn(chance, rate, 24, number)
            )
            for number in range(UNITS_OF_A_PROVINCE)
            for key, rate in zip(OF_UNITS, RATES, strict=True)
        ]
        weeks = [chance.binomial(2000, 0.5, WEEKS) / 2000 for _ in WHOLE[1:]] + [chance.poisson(800, WEEKS)]
        whole = [individuals(list(values), among=shared(len(WHOLE), whole=True)).direction for values in weeks]
        named += any(whole) or bool(unit_moves(compared, among))
    assert named <= runs // 100


def drawn(chance: np.random.Generator, rate: float, weeks: int, number: int) -> Share:
    size = weeks * SIZES[number % len(SIZES)]
    return Share(int(chance.binomial(size, rate)), size)


def test_a_shift_of_three_sigmas_of_the_whole_is_named_in_its_first_four_weeks() -> None:
    weeks = np.random.default_rng(8).normal(0, 1, (1500, WEEKS))
    weeks[:, -4:] += 3
    named = [individuals(list(values), among=shared(len(WHOLE), whole=True)).direction == 1 for values in weeks]
    assert np.mean(named) >= 0.9


def test_nothing_is_named_where_nothing_moved(store: Engine) -> None:
    history(store, STEADY)
    scene = shown(moved, here_at(store, NOW, SOURCES))
    assert said(scene) == "No notable change on the 24 weeks before."
    # 3 districts with 40 dossiers a week, all handled in time; nobody else has told anything.
    assert lines(scene, "moves") == [
        "Dossiers received | 120 a week | no notable change",
        "Online dossiers | 50.0% | no notable change",
        "In time | 100.0% | no notable change",
        "Overdue now | not enough weeks",
        "Signed documents | not enough weeks",
        "Satisfaction | not enough weeks",
        "Points taking part | not enough weeks",
    ]


def test_what_moved_is_named_with_the_field_and_the_unit_that_brought_it(store: Engine) -> None:
    history(store, {**STEADY, ("H28.2", "P1"): (10, 20)})
    scene = shown(moved, here_at(store, NOW, SOURCES))
    # Lạc Sơn: 20 of 40 a week, then 30 of 40; of the whole 60 of 120, then 70 of 120.
    assert lines(scene, "moves")[:4] == [
        "Tỉnh Hòa Bình | online dossiers | +8.3 pts",
        "50.0% → 58.3%, mostly Lạc Sơn (+8.3)",
        "Lạc Sơn | online dossiers | +25.0 pts",
        "50.0% → 75.0%, mostly Đất đai (+25.0)",
    ]
    assert said(scene) == "Better: Tỉnh Hòa Bình, online dossiers +8.3 pts."


def test_who_will_miss_the_target_at_the_present_pace_is_named(store: Engine) -> None:
    history(store, {**STEADY, ("H28.1", "P1"): (20, 20), ("H28.1", "P2"): (20, 20)})
    target = Target(
        "online_dossier_rate", "", "huyen", date(2021, 1, 1), date(2021, 12, 31), ">=", 0.51, "QĐ", None, "", "", None
    )
    put_targets(store, [target._asdict()], by="test", at=NOW)
    scene = shown(moved, here_at(store, NOW, SOURCES))
    assert lines(scene, "missed") == ["Online dossiers ≥ 51% | 2", "Lạc Sơn · Mai Châu"]
    assert said(scene).endswith("Units that will miss a target: 2.")


@pytest.mark.parametrize(
    ("needed", "reachable", "rate", "comparator", "missed_it"),
    [
        (0.6, True, 0.59, ">=", True),
        (0.6, True, 0.6, ">=", False),
        (1.2, False, 1.0, ">=", True),
        (0.1, True, 0.11, "<=", True),
        (0.1, True, 0.1, "<=", False),
        (None, None, 0.0, ">=", False),
    ],
)
def test_a_target_is_missed_when_the_rest_of_the_year_asks_for_more_than_the_last_weeks_did(
    needed: float | None, reachable: bool | None, rate: float, comparator: str, missed_it: bool
) -> None:
    assert misses(Pace(10, 100, 200, 50, 25, needed, reachable), rate, comparator) is missed_it


def test_a_silent_source_is_an_alert_and_marks_what_was_compared(store: Engine) -> None:
    history(store, STEADY)
    later = here_at(store, NOW + timedelta(minutes=16), SOURCES)
    scene = shown(moved, later)
    assert said(scene) == "No notable change on the 24 weeks before. Silent sources: 1."
    assert lines(scene, "silent") == ["motcua | 08:00"]
    assert {name: block.mark.fresh for name, block in scene.blocks.items()} == {
        "moves": "stale",
        "silent": "fresh",
        "missed": "stale",
    }


def test_too_few_weeks_and_an_empty_store_say_so(store: Engine) -> None:
    scene = shown(moved, here_at(store, NOW, SOURCES))
    assert said(scene) == "Too little is known yet to compare: sixteen weeks are needed. Silent sources: 1."
    assert lines(scene, "moves") == lines(scene, "missed") == []


def test_contributions_add_up_to_the_change() -> None:
    now = {"a": Share(30, 40), "b": Share(10, 60)}
    before = {"a": Share(20, 40), "b": Share(10, 20)}
    # 50 % of 60, then 40 % of 100; midway 45 %: a 12/100 - 2/60, b -17/100 - 1/60.
    assert contributions(now, before) == pytest.approx({"a": 0.12 - 2 / 60, "b": -0.17 - 1 / 60})
    assert sum(contributions(now, before).values()) == pytest.approx(-0.1)
    assert contributions(now, {}) == {}


def test_the_largest_are_shown_with_a_rise_and_a_fall_among_them() -> None:
    def move(name: str, change: float, whole: bool = False) -> Move:
        direction = 1 if change > 0 else -1
        return Move(unit=name, key="on_time_rate", direction=direction, now=0.5 + change, before=0.5, whole=whole)

    moves = [move("a", 0.1), move("b", 0.2), move("c", -0.05), move("d", 0.3), move("p", 0.01, whole=True)]
    assert [one.unit for one in chosen(moves, 3)] == ["p", "d", "c"]
    assert [one.unit for one in chosen(moves, 5)] == ["p", "d", "b", "a", "c"]
