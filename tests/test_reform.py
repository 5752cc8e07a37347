"""Units in time: mapping to a later day's units loses and doubles nothing, whatever was merged, split or abolished."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from functools import cache
from random import Random
from typing import Any

import polars as pl
import pytest
from sqlalchemy import Engine

from metrics import Counters, Period, figures, processing_spread
from store.engine import empty, open_engine, writing
from store.reads import read_snapshot
from store.rows import Batch, Dossier, Procedure, Unit
from store.tables import successions
from tests.delivery import deliver, write
from tests.often import first
from tests.reference import Scope
from tests.reference import figures as reference_figures
from tests.reference_today import LaterHierarchy
from tests.stores import lay_tables
from tests.world_reforms import PROVINCES
from tests.worlds import World, make_period, make_reformed_world

WORLDS = 60
BLOCKS = first(3, range(0, WORLDS, 10))
SCOPES: tuple[Scope, Scope] = ("subtree", "own")
# Indicators whose numerator and denominator count each record once: they add up over units that hold nothing in common.
SUMS = [
    "received", "online_dossier_rate", "online_dossier_rate_offered", "full_process_dossier_rate", "on_time_rate",
    "early_rate", "on_time_rate_766", "open", "overdue", "overdue_rate", "processing_days", "postal_receipt_rate_all",
    "postal_return_rate_all", "online_payment_rate", "digitised_rate", "e_result_rate", "authenticated_rate",
    "satisfaction_rate", "supplement_rate", "withdrawn_rate", "last_day_rate", "electronic_document_rate",
    "signed_document_rate", "signed_and_exchanged_rate", "incoming_on_time_rate", "incoming_overdue", "meetings_held",
    "meeting_hours", "participation_rate", "bridge_points",
]  # fmt: skip


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    engine = open_engine(f"sqlite:///{tmp_path_factory.mktemp('reform')}/store.db")
    lay_tables(engine)
    yield engine
    engine.dispose()


def reformed(store: Engine, seed: int) -> tuple[Random, World, Counters]:
    """A random reformed world, its counters, and the chance that goes on after it; each is counted once."""
    state, world, counters = _reformed(store, seed)
    random = Random()
    random.setstate(state)
    return random, world, counters


@cache
def _reformed(store: Engine, seed: int) -> tuple[tuple[Any, ...], World, Counters]:
    random = Random(seed)
    world = make_reformed_world(random)
    empty(store)
    deliver(store, world, random)
    return random.getstate(), world, Counters(read_snapshot(store))


def at_the_top(frame: pl.DataFrame) -> list[tuple[object, ...]]:
    """Numerator and denominator of each indicator over all provinces; hours to the millionth."""
    sums = pl.col("numerator", "denominator").sum().round(6)
    return frame.group_by("indicator", maintain_order=True).agg(sums).rows()


def later_day(random: Random, world: World, period: Period) -> date:
    """The day whose units are asked about: the period's last, a later one, or one after every reform."""
    return random.choice((period.end, period.end + timedelta(days=random.randrange(40)), world.last_day))


@pytest.mark.parametrize("block", BLOCKS)
def test_each_figure_in_later_units_is_what_mapping_every_record_by_itself_gives(store: Engine, block: int) -> None:
    for seed in range(block, block + 10):
        random, world, counters = reformed(store, seed)
        period = Period(*make_period(random, world))
        today = later_day(random, world, period)
        hierarchy = LaterHierarchy(world.units, today=today, successions=world.successions)
        for scope in SCOPES:
            frame = figures(counters, period, scope=scope, units=world.codes, units_as="today", today=today)
            shown = {(unit, key): tuple(figure) for unit, key, *figure in frame.iter_rows()}
            for code in world.codes:
                expected = reference_figures(world, hierarchy, period.start, period.end, code, scope)
                for key in shown.keys() & {(code, key) for key in expected}:
                    figure = tuple(None if number is None else float(number) for number in expected[key[1]])
                    assert shown[key] == figure, (seed, key, scope, period, today)


@pytest.mark.parametrize("block", BLOCKS)
def test_the_totals_at_the_top_are_the_same_in_both_views(store: Engine, block: int) -> None:
    for seed in range(block, block + 10):
        random, world, counters = reformed(store, seed)
        period = Period(*make_period(random, world))
        today = later_day(random, world, period)
        then = figures(counters, period, SUMS, units=PROVINCES)
        later = figures(counters, period, SUMS, units=PROVINCES, units_as="today", today=today)
        assert at_the_top(then) == at_the_top(later), (seed, period, today)


def test_every_record_counts_once_for_a_unit_of_the_later_day(store: Engine) -> None:
    for seed in range(WORLDS // 4):
        _, world, counters = reformed(store, seed)
        whole = Period(world.first_day - timedelta(days=60), world.last_day + timedelta(days=60))
        own = figures(counters, whole, ["received"], "own", units_as="today")
        assert own["numerator"].sum() == sum(
            1 for row in world.dossiers if row.received_at and row.state not in (1, 3)
        ), seed


def test_the_worlds_do_merge_split_chain_and_use_codes_again(store: Engine) -> None:
    chains, splits, again, kept = 0, 0, 0, 0
    for seed in range(WORLDS):
        world = make_reformed_world(Random(seed), dossiers=1, documents=1, polls=1)
        days = {row.day for row in world.successions}
        olds = [(row.old_code, row.day) for row in world.successions]
        splits += len(olds) - len(set(olds))
        chains += sum(
            1
            for row in world.successions
            for late in world.successions
            if late.old_code == row.new_code and late.day > row.day and len(days) > 1
        )
        names = {(row.code, row.name) for row in world.units}
        again += len(names) - len({code for code, _ in names})
        kept += len(world.units) - len(names)
    assert min(chains, splits, again, kept) > 50


# ---- by hand: Điện Biên, where code 03176 was Vàng Đán and is Nà Bủng ---------------------------------------------

REFORM = date(2025, 7, 1)
EVE = REFORM - timedelta(days=1)
BEGUN = date(2020, 1, 1)
UNITS = [
    Unit(code="11", valid_from=BEGUN, kind="tinh", name="Điện Biên"),
    Unit(code="103", valid_from=BEGUN, valid_to=EVE, parent_code="11", kind="huyen", name="Nậm Pồ"),
    Unit(code="03176", valid_from=BEGUN, valid_to=EVE, parent_code="103", kind="xa", name="Vàng Đán"),
    Unit(code="03175", valid_from=BEGUN, valid_to=EVE, parent_code="103", kind="xa", name="Nà Bủng"),
    Unit(code="03178", valid_from=BEGUN, valid_to=EVE, parent_code="103", kind="xa", name="Nà Khoa"),
    Unit(code="03203", valid_from=BEGUN, valid_to=EVE, parent_code="103", kind="xa", name="Chà Nưa"),
    Unit(code="03176", valid_from=REFORM, parent_code="11", kind="xa", name="Nà Bủng"),
    Unit(code="03203", valid_from=REFORM, parent_code="11", kind="xa", name="Chà Nưa"),
]
WENT_OVER = [("03175", "03176", True), ("03178", "03176", False), ("03178", "03203", True)]
JUNE, JULY = Period(date(2025, 6, 1), EVE), Period(REFORM, date(2025, 7, 31))
BOTH = Period(JUNE.start, JULY.end)


def at(month: int, day: int) -> datetime:
    return datetime(2025, month, day, 3, tzinfo=UTC)


def received(code: str, when: datetime, **fields: object) -> Dossier:
    usual = {"procedure_code": "1", "channel": "counter", "state": 4, "updated_at": when, "received_at": when}
    return Dossier(source_id=f"{code}-{when:%m%d}", unit_code=code, **{**usual, **fields})  # type: ignore[arg-type]


@pytest.fixture
def dien_bien(store: Engine) -> Engine:
    """Vàng Đán (03176) has no successor of its own name: it goes over into Nà Bủng, which has its code."""
    empty(store)
    with writing(store) as connection:
        for old, new, main in [*WENT_OVER, ("03176", "03176", True)]:
            connection.execute(successions.insert().values(old_code=old, new_code=new, main=main, day=REFORM))
    procedure = Procedure(code="1", valid_from=BEGUN, name="1", level=4, tier="xa")
    dossiers = [
        received("03176", at(6, 2), state=9, completed_at=at(6, 20)),  # Vàng Đán
        received("03175", at(6, 3)),  # the old Nà Bủng
        received("03178", at(6, 4)),
        received("103", at(6, 5)),  # the district's own office
        received("03203", at(6, 6)),
        received("03176", at(7, 2)),  # the new Nà Bủng
        received("03178", at(7, 3)),  # entered late under a code that is no more
    ]
    write(store, "motcua", Batch(units=UNITS, procedures=[procedure], dossiers=dossiers))
    return store


def counts(engine: Engine, key: str, period: Period, **asked: object) -> dict[str, float]:
    frame = figures(Counters(read_snapshot(engine)), period, [key], **asked)  # type: ignore[arg-type]
    return {unit: number for unit, number in frame.select("unit", "numerator").iter_rows() if number}


def test_a_code_used_again_is_two_units_that_never_mix(dien_bien: Engine) -> None:
    assert counts(dien_bien, "received", JUNE) == {"11": 5, "103": 5, "03176": 1, "03175": 1, "03178": 1, "03203": 1}
    assert counts(dien_bien, "received", JULY) == {"11": 2, "03176": 1}
    assert counts(dien_bien, "received", BOTH) == {"11": 7, "03176": 1, "03203": 1}


def test_in_todays_units_what_is_no_more_counts_for_its_main_successor(dien_bien: Engine) -> None:
    today = {"units_as": "today", "today": JULY.end}
    assert counts(dien_bien, "received", JUNE, **today) == {"11": 5, "03176": 2, "03203": 2}
    assert counts(dien_bien, "received", BOTH, **today) == {"11": 7, "03176": 3, "03203": 3}
    assert counts(dien_bien, "open", JUNE, **today) == {"11": 4, "03176": 1, "03203": 2}


def test_the_district_without_a_successor_counts_with_its_province(dien_bien: Engine) -> None:
    today = {"units_as": "today", "today": JULY.end}
    assert counts(dien_bien, "received", JUNE, scope="own", **today) == {"11": 1, "03176": 2, "03203": 2}


def test_a_commune_that_keeps_code_and_name_is_one_unit_under_another_parent(dien_bien: Engine) -> None:
    assert counts(dien_bien, "received", BOTH, units=["03203"]) == {"03203": 1}
    assert counts(dien_bien, "open", JULY) == {"11": 6, "03176": 1, "03203": 1}


def test_working_days_are_those_of_the_units_that_were_taken_over(dien_bien: Engine) -> None:
    counters = Counters(read_snapshot(dien_bien))
    then = processing_spread(counters, "03176", JUNE)
    now = processing_spread(counters, "03176", JUNE, units_as="today", today=JULY.end)
    assert (then.mean, now.mean) == (14, 14)  # 2 June (Monday) to 20 June 2025, no holiday in the calendar
    assert processing_spread(counters, "03203", JUNE, units_as="today", today=JULY.end).mean is None
