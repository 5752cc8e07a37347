"""Whose dossiers a visitor sees: those of their units and what went over into these, and no other's by any way."""

from collections.abc import Callable
from datetime import UTC, date, datetime
from random import Random

import pytest
from sqlalchemy import Engine

from access.principal import Principal, Role
from clock import LOCAL_ZONE, local_day, still_clock
from config import Settings
from metrics import Counters, tenures_of
from pages._filters import Choices
from pages._language import speaking
from pages._live import Live, opened_to
from pages.analysts import explore
from pages.units import today
from store.dossier_reads import count_completed, count_open, count_received, open_dossiers, received_dossiers
from store.engine import writing
from store.reads import read_snapshot
from store.rows import RECEIVED, Batch, Dossier, Procedure, Unit
from store.scope import always, closed, opened
from store.tables import successions
from store.work_reads import Work, completed, open_count
from store.work_reads import open_dossiers as work_ahead
from tests.delivery import deliver, write
from tests.often import first
from tests.reference_today import LaterHierarchy
from tests.test_reform import BEGUN, JULY, REFORM, UNITS, WENT_OVER, at, received
from tests.worlds import make_reformed_world

WORLDS = first(3, range(30))
NOON = datetime(2021, 12, 10, 9, tzinfo=LOCAL_ZONE)
SINCE = date(2020, 1, 1)
PLACES = [
    Unit(code="T", valid_from=SINCE, kind="tinh", name="Tỉnh T"),
    *(Unit(code=code, valid_from=SINCE, kind="huyen", name=f"Huyện {code}", parent_code="T") for code in "AB"),
    *(Unit(code=f"{code}1", valid_from=SINCE, kind="xa", name=f"Xã {code}1", parent_code=code) for code in "AB"),
]


def staff(*units: str, role: Role = "staff") -> Principal:
    return Principal("Bùi Thị Mai", "mai", frozenset({role}), frozenset(units))


# ---- units in time ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("seed", WORLDS)
def test_each_dossier_of_a_reformed_world_is_theirs_whose_unit_its_own_went_over_into(
    fresh_engine: Callable[[str], Engine], seed: int
) -> None:
    engine, random = fresh_engine("sqlite"), Random(seed)
    world = make_reformed_world(random)
    deliver(engine, world, random)
    counters = Counters(read_snapshot(engine))
    hierarchy = LaterHierarchy(world.units, today=world.last_day, successions=world.successions)
    held = [row for row in world.dossiers if row.received_at]
    for code in world.codes:
        mine = hierarchy.asked(code, world.last_day)
        expected = {
            row.source_id
            for row in held
            if row.received_at and mine in hierarchy.line(row.unit_code, local_day(row.received_at))
        }
        tenures = tenures_of(counters, [code], world.last_day)
        assert {row.source_id for row in held if row.received_at and _is_in(tenures, row)} == expected, (seed, code)


def _is_in(tenures: frozenset[tuple[str, date, date]], row: Dossier) -> bool:
    assert row.received_at
    day = local_day(row.received_at)
    return any(code == row.unit_code and start <= day <= end for code, start, end in tenures)


@pytest.fixture
def split(engine: Engine) -> Engine:
    """Điện Biên after the reform of 1 July 2025, where Vàng Đán went over into Chà Nưa: its code 03176 is Nà Bủng's."""
    with writing(engine) as connection:
        for old, new, main in [*WENT_OVER, ("03176", "03203", True)]:
            connection.execute(successions.insert().values(old_code=old, new_code=new, main=main, day=REFORM))
    procedure = Procedure(code="1", valid_from=BEGUN, name="1", level=4, tier="xa")
    dossiers = [
        received("03176", at(6, 2)),  # Vàng Đán
        received("03175", at(6, 3)),  # the old Nà Bủng
        received("03178", at(6, 4)),  # Nà Khoa, whose rest counts with Chà Nưa
        received("103", at(6, 5)),
        received("03176", at(7, 2)),  # the new Nà Bủng
    ]
    write(engine, "motcua", Batch(units=UNITS, procedures=[procedure], dossiers=dossiers))
    return engine


@pytest.mark.parametrize(
    ("unit", "keys"),
    [
        ("03176", {"03175-0603", "03176-0702"}),
        ("03203", {"03176-0602", "03178-0604"}),
        ("11", {"03176-0602", "03175-0603", "03178-0604", "103-0605", "03176-0702"}),
        ("103", set()),
        ("no such unit", set()),
    ],
)
def test_a_code_used_again_does_not_open_the_dossiers_of_who_had_it_before(
    split: Engine, unit: str, keys: set[str]
) -> None:
    theirs = opened(split, tenures_of(Counters(read_snapshot(split)), [unit], JULY.end))
    codes = [row.code for row in UNITS]
    listed = received_dossiers(theirs, [(codes, BEGUN, JULY.end)])
    assert set(listed["source_id"]) == keys
    assert count_received(theirs, [(codes, BEGUN, JULY.end)]) == len(keys)
    assert set(open_dossiers(theirs, codes, JULY.end)["source_id"]) == keys
    assert count_open(theirs, codes, JULY.end) == len(keys)


# ---- rows and figures ---------------------------------------------------------------------------------------------


def dossier(unit: str, number: int) -> Dossier:
    return Dossier(
        source_id=f"khoa-{unit}-{number}",
        unit_code=unit,
        procedure_code="1.01",
        channel="counter",
        state=RECEIVED,
        received_at=datetime(2021, 12, 1, 3, tzinfo=UTC),
        due_at=datetime(2021, 12, 8, 3, tzinfo=UTC),
        updated_at=datetime(2021, 12, 1, 3, tzinfo=UTC),
    )


@pytest.fixture
def centre(engine: Engine) -> Live:
    """Two districts with a commune each: 3 dossiers in A, 2 in A1, 4 in B, 1 in B1, all overdue."""
    procedure = Procedure(code="1.01", valid_from=SINCE, name="Kê khai giá", level=3, tier="xa")
    many = {"A": 3, "A1": 2, "B": 4, "B1": 1}
    dossiers = [dossier(unit, number) for unit, count in many.items() for number in range(count)]
    write(engine, "motcua", Batch(units=PLACES, procedures=[procedure], dossiers=dossiers))
    counters = Counters(read_snapshot(engine))
    return Live(
        counters=counters,
        sources=(),
        version=counters.version,
        now=NOON,
        read_at=NOON,
        clock=still_clock(NOON),
        settings=Settings(),
        engine=closed(engine),
        stale_reason=None,
    )


def test_an_engine_is_closed_until_it_is_opened_and_figures_are_for_all(centre: Live) -> None:
    work = Work(["A", "A1", "B", "B1"])
    assert work_ahead(centre.engine, work, NOON)[0] == 0
    assert open_count(centre.engine, work, NOON) == 10
    mine = opened_to(centre, staff("A")).engine
    total, found = work_ahead(mine, work, NOON)
    assert (total, set(found["unit_code"])) == (5, {"A", "A1"})
    assert count_completed(mine, [(["A"], SINCE, NOON.date())]) == 0
    assert work_ahead(opened(centre.engine, [always("B1")]), work, NOON)[0] == 1


def test_who_may_see_no_dossiers_sees_none_whatever_units_stand_there(centre: Live) -> None:
    assert work_ahead(opened_to(centre, staff("A", role="operator")).engine, Work(["A"]), NOON)[0] == 0


def test_what_completing_a_named_dossier_would_do_is_told_only_to_who_may_see_it(centre: Live) -> None:
    keys = frozenset({("motcua", "khoa-B-0"), ("motcua", "khoa-A-0")})
    mine = opened_to(centre, staff("A"))
    told = completed(mine.engine, mine.counters.snapshot, Work(["A", "B"], keys=keys), NOON)
    assert (told.dossiers, told.late, told.found) == (1, 1, {("motcua", "khoa-A-0")})
    part = completed(mine.engine, mine.counters.snapshot, Work(["B"]), NOON)
    assert (part.dossiers, part.late, part.found) == (4, 4, frozenset())


@pytest.mark.parametrize(
    ("mine", "keys", "apart"),
    [("A", ["A-0", "A-1", "A-2", "A1-0", "A1-1"], 0), ("A1", ["A1-0", "A1-1"], 3), ("B", [], 5)],
)
def test_today_lists_ones_own_and_says_how_many_are_not(centre: Live, mine: str, keys: list[str], apart: int) -> None:
    with speaking("en"):
        view = today.viewed(opened_to(centre, staff(mine)), Choices(NOON.date(), given={"unit": "A"}))
    assert sorted(view.tables[0].frame["dossier"]) == [f"khoa-{key}" for key in keys]
    said = f"{apart} dossiers counted in the figures are not listed: they are not of your units."
    assert (said in view.notes) is bool(apart)
    assert dict(view.tables[1].frame.select("part", "dossiers").iter_rows())["All in work"] == 5


@pytest.mark.parametrize("which", ["received", "open", "overdue"])
def test_explore_lists_ones_own_page_by_page_and_counts_all(centre: Live, which: str) -> None:
    given = {"unit": "T", "part": "dossiers", "dossiers": which, "indicator": "received", "period": "2021"}
    with speaking("en"):
        mine = explore.viewed(opened_to(centre, staff("A")), Choices(NOON.date(), given=given))
        theirs = explore.viewed(opened_to(centre, staff("B1")), Choices(NOON.date(), given=given))
        nobodys = explore.viewed(opened_to(centre, staff(role="operator")), Choices(NOON.date(), given=given))
    assert {key[5] for key in mine.tables[0].frame["source_id"]} == {"A"}
    assert mine.tables[0].frame.height == 5
    assert theirs.tables[0].frame["source_id"].to_list() == ["khoa-B1-0"]
    assert nobodys.tables[0].frame.is_empty()
    assert "10 dossiers are counted; single dossiers are not for your role." in nobodys.notes
    assert mine.sentence == theirs.sentence == nobodys.sentence
