"""What still has to be handled: spans of due days in working time, who answers for it, uptake by level."""

from collections import Counter
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from random import Random

import polars as pl
import pytest
import sqlalchemy as sa
from sqlalchemy import Engine

from clock import local_day
from metrics import AGES, WITHIN, Counters, Period, by_tier, due_edges, figures, holders, uptake
from metrics._calendar import WorkingDays
from store.engine import empty, open_engine
from store.reads import dossiers_in_work, read_snapshot
from store.rows import (
    AWAITING_PAYMENT,
    AWAITING_SUPPLEMENT,
    PROCESSED,
    PROCESSING,
    RECEIVED,
    RETURNED,
    Batch,
    Dossier,
    Procedure,
    Unit,
)
from store.tables import dossiers, is_undone
from tests.delivery import deliver, write
from tests.reference_dossiers import is_overdue, received_on, working_days
from tests.reference_facts import Hierarchy, level_on
from tests.stores import lay_tables
from tests.worlds import World, make_world

FRIDAY = date(2021, 12, 10)
BEGIN = date(2020, 1, 1)


def calendar(holidays: list[date], made_up: list[date]) -> WorkingDays:
    days = [*holidays, *made_up]
    kinds = ["holiday"] * len(holidays) + ["makeup"] * len(made_up)
    return WorkingDays(pl.DataFrame({"day": days, "kind": kinds}, schema={"day": pl.Date, "kind": pl.String}))


def span_of(due: date, edges: list[date]) -> int:
    return sum(due >= edge for edge in edges)


@pytest.mark.parametrize("seed", range(40))
def test_spans_of_due_days_are_those_counted_day_by_day(seed: int) -> None:
    random = Random(seed)
    around = [FRIDAY + timedelta(days=random.randrange(-40, 20)) for _ in range(12)]
    holidays, made_up = around[:8], [day for day in around[8:] if day not in around[:8]]
    today = FRIDAY + timedelta(days=random.randrange(-3, 4))
    edges = due_edges(calendar(holidays, made_up), today)
    for due in (today + timedelta(days=number) for number in range(-50, 15)):
        if due < today:
            age = working_days(due, today, holidays, made_up)
            expected = sum(age <= limit for limit in AGES)
        else:
            left = working_days(today - timedelta(days=1), due, holidays, made_up)
            expected = len(AGES) + 1 + sum(left > limit for limit in WITHIN)
        assert span_of(due, edges) == expected, (due, today)


def test_on_a_friday_two_working_days_end_on_monday() -> None:
    edges = due_edges(calendar([], []), FRIDAY)
    # What is due on Saturday must be done on Friday.
    assert edges[len(AGES) :] == [FRIDAY, date(2021, 12, 13), date(2021, 12, 14), date(2021, 12, 17)]


def dossier(number: int, state: int, due: datetime | None, **others: object) -> Dossier:
    received = datetime(2021, 11, 1, 3, tzinfo=UTC)
    base = {"received_at": received, "updated_at": received, "due_at": due, "state": state, **others}
    return Dossier(source_id=str(number), unit_code="A", procedure_code="1.01", channel="counter", **base)


def test_only_what_an_office_can_still_handle_is_counted(engine: Engine) -> None:
    at = datetime(2021, 12, 9, 9, tzinfo=UTC)
    ended = at - timedelta(days=2)
    last_second = datetime(2021, 12, 9, 16, 59, 59, tzinfo=UTC)  # 23:59:59 in Việt Nam, one second before FRIDAY
    rows = [
        dossier(1, RECEIVED, last_second),
        dossier(2, PROCESSING, last_second + timedelta(seconds=1)),
        dossier(3, PROCESSING, at - timedelta(days=30)),
        dossier(4, AWAITING_SUPPLEMENT, at),
        dossier(5, AWAITING_PAYMENT, at),
        dossier(6, RETURNED, at, completed_at=ended),
        dossier(7, RECEIVED, at, received_at=datetime(2021, 12, 10, 17, tzinfo=UTC)),
        dossier(8, PROCESSING, None),
        dossier(9, PROCESSING, at + timedelta(days=400)),
    ]
    procedure = Procedure(code="1.01", valid_from=BEGIN, name="P", level=4, tier="xa")
    write(engine, "motcua", Batch(units=[unit("A", "xa", None)], procedures=[procedure], dossiers=rows))
    edges = [date(2021, 12, 1), FRIDAY, date(2021, 12, 11)]
    found = dossiers_in_work(engine, ["A", "no such unit"], edges, FRIDAY).sort("span")
    assert found.select("unit_code", "span", "dossiers").rows() == [("A", 0, 1), ("A", 1, 1), ("A", 2, 1)]
    assert [local_day(at) for at in found["oldest_due_at"]] == [date(2021, 11, 9), date(2021, 12, 9), FRIDAY]


def test_both_databases_see_that_the_index_of_undone_dossiers_has_all_open_work(engine: Engine) -> None:
    states = dossiers.c.state.in_([RECEIVED, PROCESSING])
    asked = sa.select(dossiers.c.due_at).where(is_undone, dossiers.c.unit_code == "A", states)
    words = asked.compile(engine, compile_kwargs={"literal_binds": True})
    explain = "EXPLAIN" if engine.dialect.name == "postgresql" else "EXPLAIN QUERY PLAN"
    with engine.begin() as connection:
        if engine.dialect.name == "postgresql":
            connection.exec_driver_sql("SET LOCAL enable_seqscan = off")
        plan = str(connection.exec_driver_sql(f"{explain} {words}").all())
    assert "ix_dossiers_unit_code_state_due_at" in plan


def test_the_work_is_found_along_the_index(fresh_engine: Callable[[str], Engine]) -> None:
    engine, asked = fresh_engine("sqlite"), []
    sa.event.listen(engine, "before_cursor_execute", lambda *told: asked.append(told[2:4]))
    dossiers_in_work(engine, ["A", "B"], [FRIDAY, date(2021, 12, 11)], FRIDAY)
    statement, values = next(told for told in asked if "due_at" in told[0])
    with engine.connect() as connection:
        plan = str(connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", values).all())
    assert "USING INDEX ix_dossiers_unit_code_state_due_at (unit_code=? AND state=? AND due_at<?)" in plan


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    engine = open_engine(f"sqlite:///{tmp_path_factory.mktemp('work')}/store.db")
    lay_tables(engine)
    yield engine
    engine.dispose()


def counted(store: Engine, seed: int) -> tuple[World, Counters]:
    random = Random(seed)
    world = make_world(random, polls=0)
    empty(store)
    deliver(store, world, random)
    return world, Counters(read_snapshot(store))


@pytest.mark.parametrize("seed", range(12))
def test_who_holds_the_overdue_adds_up_to_all_of_them(store: Engine, seed: int) -> None:
    world, counters = counted(store, seed)
    today = world.last_day + timedelta(days=60)
    root = counters.units_on(today).filter(pl.col("parent_code").is_null())["code"][0]
    answering = holders(counters, root, today)
    edges = due_edges(counters.working_days, today)
    found = dossiers_in_work(store, sorted(answering), edges, today).filter(pl.col("span") <= len(AGES))
    hierarchy = Hierarchy(world.units)
    top = hierarchy.asked(root, today)
    late = [row for row in world.dossiers if is_overdue(row, today) and top in hierarchy.line(row.unit_code, today)]
    # Connectors refuse what is said to be done and not when; the worlds have it, and the counters keep it open.
    undated = [row for row in late if row.state in (PROCESSED, RETURNED)]
    slow = Counter(row.unit_code for row in late if row not in undated)
    assert dict(found.group_by("unit_code").agg(pl.col("dossiers").sum()).iter_rows()) == slow
    told = figures(counters, Period(today, today), ["overdue"], units=[root])
    assert told["numerator"].to_list() == [slow.total() + len(undated)]


def unit(code: str, kind: str, parent: str | None) -> Unit:
    return Unit(code=code, valid_from=BEGIN, kind=kind, name=code, parent_code=parent)


THREE_TIERS = [
    unit("T", "tinh", None),
    unit("S", "so", "T"),
    unit("H", "huyen", "T"),
    unit("X", "xa", "H"),
]
TWO_TIERS = [unit("T", "tinh", None), unit("S", "so", "T"), unit("X", "xa", "T")]
CITY = [unit("H", "huyen", None), unit("X", "xa", "H")]


@pytest.mark.parametrize(
    ("units", "root", "expected"),
    [
        (THREE_TIERS, "T", {"T": "T", "S": "S", "H": "H", "X": "H"}),
        (TWO_TIERS, "T", {"T": "T", "S": "S", "X": "X"}),
        (CITY, "H", {"H": "H", "X": "X"}),
    ],
)
def test_districts_answer_for_their_communes_and_communes_where_there_are_none(
    fresh_engine: Callable[[str], Engine], units: list[Unit], root: str, expected: dict[str, str]
) -> None:
    engine = fresh_engine("sqlite")
    write(engine, "motcua", Batch(units=[*units, unit("Z", "huyen", None)]))
    assert holders(Counters(read_snapshot(engine)), root, FRIDAY) == expected


@pytest.mark.parametrize("seed", range(8))
def test_uptake_by_level_is_that_of_each_dossier_on_its_day(store: Engine, seed: int) -> None:
    world, counters = counted(store, seed)
    period = Period(world.first_day, world.last_day)
    hierarchy = Hierarchy(world.units)
    for code in counters.units_on(period.end)["code"]:
        asked = hierarchy.asked(code, period.end)
        slow: Counter[tuple[int | None, str]] = Counter()
        for row in world.dossiers:
            day = received_on(row) if row.received_at and row.state not in (1, 3) else None
            if day and period.start <= day <= period.end and asked in hierarchy.line(row.unit_code, day):
                slow[level_on(world.procedures, row.procedure_code, day), row.channel] += 1
        found = uptake(counters, code, period)
        for channel in ("online", "counter", "post"):
            told = {level: count for level, count in found.select("level", f"received_{channel}").iter_rows() if count}
            assert told == {level: count for (level, by), count in slow.items() if by == channel}


@pytest.mark.parametrize("seed", range(8))
def test_tiers_hold_the_documents_of_their_own_units_and_add_up(store: Engine, seed: int) -> None:
    world, counters = counted(store, seed)
    period = Period(world.first_day, world.last_day)
    root = counters.units_on(period.end).filter(pl.col("parent_code").is_null())["code"][0]
    tiers = by_tier(counters, "electronic_document_rate", root, period)
    kinds = {row.code: row.kind for row in world.units}
    slow: Counter[str] = Counter()
    for row in world.documents:
        if row.direction == "out" and row.issued_on and period.start <= row.issued_on <= period.end:
            slow["xa" if kinds[row.unit_code] == "xa" else "other"] += not row.classified
    assert tiers["xa"].denominator == slow["xa"]
    assert sum(share.denominator for share in tiers.values()) == slow.total()
    assert list(tiers) == [tier for tier in ("tinh", "huyen", "xa") if tier in tiers]
