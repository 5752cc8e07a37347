"""What completing dossiers would do: the forecast is what everything recomputed from the changed facts says."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from random import Random

import msgspec
import pytest
import sqlalchemy as sa
from polars.testing import assert_frame_equal
from sqlalchemy import Engine

from clock import LOCAL_ZONE, local_day
from metrics import Counters, Forecast, Period, Standpoint, WhatIf, catalogue, peer_groups, ranking
from store import work_reads
from store.engine import empty, open_engine
from store.reads import DAILY, read_snapshot
from store.rows import PROCESSED, Batch, Dossier
from store.work_reads import AWAITING, IN_WORK, Ahead, Completed, Work, completed, open_dossiers, work_ahead
from tests.delivery import AT, RECORDS, deliver, write
from tests.reference import figures as reference_figures
from tests.reference_dossiers import AWAITING_PAYMENT, AWAITING_SUPPLEMENT, accepted, is_open, is_overdue
from tests.reference_facts import Hierarchy
from tests.stores import lay_tables
from tests.worlds import World, make_world

WORLDS = 20
MOVED = ("on_time_rate", "early_rate", "on_time_rate_766", "open", "overdue", "overdue_rate", "processing_days")
OPEN = (*IN_WORK, *AWAITING)


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    """One SQLite store for all worlds: each begins with `empty`."""
    engine = open_engine(f"sqlite:///{tmp_path_factory.mktemp('whatif')}/store.db")
    lay_tables(engine)
    yield engine
    engine.dispose()


def counters_of(engine: Engine) -> Counters:
    return Counters(read_snapshot(engine))


def ended(row: Dossier, at: datetime) -> Dossier:
    """The dossier as its source would tell it after the completion."""
    return msgspec.structs.replace(row, state=PROCESSED, completed_at=at, updated_at=at)


def some_open(random: Random, world: World, at: datetime) -> list[Dossier]:
    rows = [row for row in world.dossiers if row.state in OPEN and row.received_at and row.received_at <= at]
    return random.sample(rows, k=min(len(rows), random.choice((1, 2, 5, 25))))


def moment(random: Random, world: World) -> datetime:
    """An instant of the world, often the first or last second of a local day, after all updates."""
    day = world.last_day + timedelta(days=random.randrange(5))
    return datetime.combine(day, random.choice((time(0), time(23, 59, 59), time(9, 30))), LOCAL_ZONE).astimezone(UTC)


def a_period(random: Random, day: date) -> Period:
    chosen = [
        Period.month_of(day),
        Period(day, day),
        Period.ending(day, 90),
        Period.ending(day - timedelta(days=1), 30),
    ]
    return random.choice(chosen)


def drawn_forecasts(
    random: Random, engine: Engine, world: World, counters: Counters
) -> Iterator[tuple[str, str, str, Period, int, Forecast, Counters]]:
    """Completes some dossiers of the world in the store; yields what was forecast, with the counters after it."""
    at = moment(random, world)
    chosen = some_open(random, world, at)
    work = Work(world.codes, OPEN, keys=[(RECORDS, row.source_id) for row in chosen])
    change = completed(engine, counters.snapshot, work, at)
    assert change.found == {(RECORDS, row.source_id) for row in chosen}
    what_if = WhatIf(counters, change.since, change.difference)
    asked = []
    for key in (*random.sample(MOVED, k=5), *random.sample(sorted(catalogue()), k=3)):
        period = a_period(random, local_day(at))
        groups = peer_groups(counters, period.end, period=period)
        if groups:
            group = random.choice(sorted(groups))
            concerned = [row.unit_code for row in chosen if row.unit_code in groups[group].units]
            unit, minimum = random.choice(concerned or groups[group].units), random.choice((1, 2, 10))
            asked.append((unit, key, group, period, minimum))
    found = [(*words, what_if.forecast(*words)) for words in asked]
    write(engine, RECORDS, Batch(dossiers=[ended(row, at) for row in chosen]))
    after = counters_of(engine)
    yield from ((*words, after) for words in found)


def standpoint(counters: Counters, unit: str, key: str, group: str, period: Period, minimum: int) -> Standpoint:
    """Where the ranking has the unit."""
    rows = ranking(counters, key, group, period, minimum)
    [own] = rows.filter(rows["unit"] == unit).rows(named=True)
    kept = {name: own[name] for name in Standpoint._fields[:-1]}
    return Standpoint(**kept, ranked=rows["rank"].drop_nulls().len())


@pytest.mark.parametrize("block", range(0, WORLDS, 10))
def test_the_forecast_is_what_counting_the_changed_facts_anew_gives(store: Engine, block: int) -> None:
    moved = 0
    for seed in range(block, block + 10):
        random = Random(seed)
        world = make_world(random, dossiers=40, documents=2, polls=0)
        empty(store)
        deliver(store, world, random)
        counters = counters_of(store)
        for *words, told, after in drawn_forecasts(random, store, world, counters):
            assert told.before == standpoint(counters, *words), (seed, words)
            assert told.after == standpoint(after, *words), (seed, words)
            moved += told.moves
    assert moved > 10


@pytest.mark.parametrize("backend", ["sqlite", "postgresql"])
def test_the_forecast_holds_on_both_databases_and_beside_newer_deliveries(
    fresh_engine: Callable[[str], Engine], backend: str
) -> None:
    engine, random = fresh_engine(backend), Random(7)
    world = make_world(random, dossiers=120, documents=2, polls=0)
    deliver(engine, world, random)
    stale = counters_of(engine)
    # What the page holds is some deliveries old, and another catalogue came with them.
    late = [row for row in world.dossiers if row.state in OPEN and accepted(row)][:10]
    write(engine, RECORDS, Batch(dossiers=[ended(row, AT) for row in late], units=list(world.units)))
    newer = replace(world, versions=[row for row in world.dossiers if row not in late])
    for *words, told, after in drawn_forecasts(random, engine, newer, stale):
        assert told.after == standpoint(after, *words), words


@pytest.mark.parametrize("seed", range(6))
def test_a_forecast_is_what_plain_loops_over_the_changed_rows_say(store: Engine, seed: int) -> None:
    random = Random(100 + seed)
    world = make_world(random, dossiers=60, documents=0, polls=0)
    empty(store)
    deliver(store, world, random)
    counters, at = counters_of(store), moment(random, world)
    chosen = some_open(random, world, at)
    ids = {row.source_id for row in chosen}
    work = Work(world.codes, OPEN, keys=[(RECORDS, name) for name in ids])
    change = completed(store, counters.snapshot, work, at)
    what_if = WhatIf(counters, change.since, change.difference)
    period = Period.ending(local_day(at), 100)
    changed = [ended(row, at) if row.source_id in ids else row for row in world.dossiers]
    facts = replace(world, versions=changed)
    for group in peer_groups(counters, period.end).values():
        for unit in group.units[:3]:
            slow = reference_figures(facts, Hierarchy(world.units), period.start, period.end, unit, "subtree")
            for key in ("on_time_rate", "on_time_rate_766", "overdue", "open", "early_rate", "processing_days"):
                told = what_if.forecast(unit, key, group.key, period).after
                expected = tuple(None if number is None else float(number) for number in slow[key])
                assert (told.numerator, told.denominator, told.value) == expected, (unit, key)


@pytest.mark.parametrize("seed", range(6))
def test_the_list_is_the_open_work_by_due_time_and_the_counts_are_all_of_it(store: Engine, seed: int) -> None:
    random = Random(seed)
    world = make_world(random, dossiers=80, documents=0, polls=0)
    empty(store)
    deliver(store, world, random)
    at = moment(random, world)
    today = local_day(at)
    codes = world.codes[:3]
    rows = [row for row in world.dossiers if row.unit_code in codes and row.state in OPEN and is_open(row, today)]
    rows = [row for row in rows if row.received_at and row.received_at <= at]
    edges = [today, today + timedelta(days=1), today + timedelta(days=8)]
    waiting = {AWAITING_SUPPLEMENT, AWAITING_PAYMENT}

    late = [row for row in rows if is_overdue(row, today)]
    total, found = open_dossiers(store, Work(codes, due_before=today), at, limit=2)
    assert total == len(late)
    assert found["source_id"].to_list() == [row.source_id for row in sorted(late, key=by_due)[:2]]

    work = [row for row in rows if row.state not in waiting]
    total, found = open_dossiers(store, Work(codes), at, limit=500)
    assert (total, found["source_id"].to_list()) == (len(work), [row.source_id for row in sorted(work, key=by_due)])

    ahead = work_ahead(store, counters_of(store).snapshot, codes, edges, at)
    expected: dict[tuple[int, int | None], int] = {}
    for row in rows:
        span = sum(local_day(row.due_at) >= edge for edge in edges) if row.due_at else None
        expected[row.state, span] = expected.get((row.state, span), 0) + 1
    assert ahead.counts == expected
    assert ahead.waiting(0) == sum(row.state in waiting and is_past_due(row, today) for row in rows)
    assert ahead.supplemented(0) == sum(row.supplements > 0 for row in late)
    for spans, some in (
        ([0], late),
        ([0, 1, 2, 3, None], work),
        ([2, 1], [row for row in work if between(row, edges)]),
    ):
        named = Work(codes, IN_WORK, keys=[(RECORDS, row.source_id) for row in some])
        assert_same(ahead.completed(spans), completed(store, counters_of(store).snapshot, named, at))


@pytest.mark.parametrize("seed", range(6))
def test_what_was_counted_before_is_counted_again_where_a_dossier_a_day_or_an_edge_is_another(
    store: Engine, seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    random = Random(seed)
    world = make_world(random, dossiers=80, documents=0, polls=0)
    empty(store)
    deliver(store, world, random)
    at = moment(random, world)
    today, codes = local_day(at), world.codes[:3]
    edges, spans = [today, today + timedelta(days=8)], ([0], [0, 1, 2, None], [1])
    counts: list[object] = []
    real = work_reads.changes
    monkeypatch.setattr(work_reads, "changes", lambda *told: counts.append(told) or real(*told))

    def found(at: datetime, edges: list[date], before: Ahead | None = None) -> Ahead:
        return work_ahead(store, counters_of(store).snapshot, codes, edges, at, before)

    first = found(at, edges)
    told = [first.completed(some) for some in spans]
    counts.clear()
    again = found(at, edges, first)
    assert [again.completed(some).dossiers for some in spans] == [one.dossiers for one in told]
    assert not counts
    tomorrow = at + timedelta(days=1)
    mine = [row for row in world.dossiers if row.unit_code in codes and row.state in IN_WORK]
    write(store, RECORDS, Batch(dossiers=[ended(row, at) for row in mine[:1]]))
    for later, at_edges in ((at, edges), (tomorrow, edges), (tomorrow, [tomorrow.date(), *edges[1:]])):
        anew, kept = found(later, at_edges), found(later, at_edges, again)
        for some in spans:
            assert_same(kept.completed(some), anew.completed(some))
            assert kept.completed(some).since.version == anew.completed(some).since.version
        again = kept


def is_past_due(row: Dossier, today: date) -> bool:
    return row.due_at is not None and local_day(row.due_at) < today


def between(row: Dossier, edges: list[date]) -> bool:
    return row.due_at is not None and edges[0] <= local_day(row.due_at) < edges[2]


def assert_same(of_spans: Completed, named: Completed) -> None:
    """What is told of a part and of the very same dossiers by their names is the same, but for their names."""
    assert (of_spans.dossiers, of_spans.late, of_spans.found) == (named.dossiers, named.late, frozenset())
    for name in DAILY:
        assert_frame_equal(getattr(of_spans.difference, name), getattr(named.difference, name))


def by_due(row: Dossier) -> tuple[bool, datetime, str]:
    return row.due_at is None, row.due_at or AT, row.source_id


def test_open_work_is_found_along_the_index(fresh_engine: Callable[[str], Engine]) -> None:
    engine, asked = fresh_engine("sqlite"), []
    sa.event.listen(engine, "before_cursor_execute", lambda *told: asked.append(told[2:4]))
    work_ahead(engine, read_snapshot(engine), ["A", "B"], [date(2021, 12, 10)], AT)
    open_dossiers(engine, Work(["A", "B"], due_before=date(2021, 12, 10)), AT)
    statements = [told for told in asked if "FROM dossiers" in told[0]]
    assert len(statements) == 3
    with engine.connect() as connection:
        for statement, values in statements:
            plan = str(connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", values).all())
            assert "USING INDEX ix_dossiers_unit_code_state_due_at (unit_code=? AND state=?" in plan


def test_a_unit_of_another_group_is_refused(store: Engine) -> None:
    world = make_world(Random(1))
    empty(store)
    deliver(store, world, Random(1))
    counters = counters_of(store)
    same = counters.snapshot.nothing_changed()
    with pytest.raises(ValueError, match="unit 'nobody' is not in the group 'xa'"):
        WhatIf(counters, same, same).forecast("nobody", "open", "xa", Period.month_of(world.first_day))
