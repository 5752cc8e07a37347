"""Ways to lay out the daily measures of ten years in PostgreSQL: one table, by year, by month; on the same rows."""

import statistics
from collections.abc import Callable
from typing import Any, NamedTuple, TypeVar

import sqlalchemy as sa
from sqlalchemy import Connection, Engine

from bench.measure import cost_of
from store.tables import DOSSIER_MEASURES

Way = TypeVar("Way")
YEARS, DAYS_A_MONTH = 10, 31
DAYS = YEARS * 12 * DAYS_A_MONTH
UNITS, PROCEDURES = 180, 1500
# The days of a partition; 0: no partitions.
LAYOUTS = {"one table": 0, "by year": 12 * DAYS_A_MONTH, "by month": DAYS_A_MONTH}
# What 20,000 and 1,000 changed dossiers touch, most of it in the last two months.
BATCH, REFRESH = 50_000, 3_000
_COLUMNS = ", ".join(f"{name} integer NOT NULL DEFAULT 0" for name in DOSSIER_MEASURES)
_KEY = "unit_code, procedure_code, day"
_SETTLED = "received_counter = {t}.received_counter + excluded.received_counter, version = excluded.version"


class MeasuresCost(NamedTuple):
    """One layout: partitions, core-s of the server per million counters upserted, core-ms of the read of what changed
    since a version (and of the first one on a new connection), ms of planning it, locks that it holds."""

    layout: str
    partitions: int
    upsert_core: float
    read_ms: float
    first_read_ms: float
    planning_ms: float
    locks: int


def measure_measures(
    engine: Engine, rows: int, repeats: int, pid: int, say: Callable[[str], None]
) -> list[MeasuresCost]:
    """Every layout with the same rows and batches, in turn."""
    with engine.begin() as connection:
        for layout, days in LAYOUTS.items():
            say(f"measures: {rows:,} counters, {layout}")
            _fill(connection, _name(layout), days, rows)
    outside(engine, "VACUUM ANALYZE")
    upserts: dict[str, list[float]] = {layout: [] for layout in LAYOUTS}
    for number in range(1, repeats + 2):
        say(f"measures: batch {number} of {repeats + 1}")
        for layout in turned(list(LAYOUTS), number):
            upserts[layout].append(_upsert(engine, _name(layout), number, BATCH, pid) / BATCH * 1e6)
    for layout in LAYOUTS:
        _upsert(engine, _name(layout), 10**6, REFRESH, pid)
    # The first batch finds every page full; the others what it left behind.
    return [_reads(engine, layout, statistics.median(upserts[layout][1:]), repeats, pid) for layout in LAYOUTS]


def core_ms(act: Callable[[], object], times: int, pid: int) -> float:
    """Milliseconds of one core, ours and the server's, of one call: the mean of so many, for its clock is coarse."""
    return cost_of(lambda: [act() for _ in range(times)], pid).core / times * 1000


def outside(engine: Engine, *statements: str) -> None:
    """Run what may stand in no transaction."""
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        for statement in statements:
            connection.exec_driver_sql(statement)


def turned(layouts: list[Way], number: int) -> list[Way]:
    """Another one is first in each round."""
    return layouts[number % len(layouts) :] + layouts[: number % len(layouts)]


def _name(layout: str) -> str:
    return "days_" + layout.replace(" ", "_")


def _fill(connection: Connection, table: str, days: int, rows: int) -> None:
    """`rows` counters spread evenly over the days, written a day at a time."""
    run = connection.exec_driver_sql
    by = "PARTITION BY RANGE (day)" if days else ""
    run(
        f"CREATE TABLE {table} (unit_code varchar NOT NULL, procedure_code varchar NOT NULL, day integer NOT NULL,"
        f" {_COLUMNS}, version bigint NOT NULL, PRIMARY KEY ({_KEY})) {by}"
    )
    run(f"CREATE INDEX ON {table} (version)")
    if days:
        run(f"CREATE TABLE {table}_default PARTITION OF {table} DEFAULT")
        for first in range(0, DAYS, days):
            run(f"CREATE TABLE {table}_{first} PARTITION OF {table} FOR VALUES FROM ({first}) TO ({first + days})")
    a_day = rows // DAYS
    run(
        f"INSERT INTO {table} ({_KEY}, received_counter, version)"
        f" SELECT 'H99.' || unit, '9.' || mod(cell / {UNITS} * 7 + day, {PROCEDURES}), day, 1, day"
        f" FROM generate_series(0, {DAYS - 1}) day, generate_series(0, {a_day - 1}) cell,"
        f" LATERAL (SELECT mod(cell, {UNITS}) unit) u"
    )


def _upsert(engine: Engine, table: str, number: int, cells: int, pid: int) -> float:
    """Server core-seconds of one batch: the same cells in every layout, nine of ten in the last two months."""
    staged = f"staged_{table}"
    with engine.begin() as connection:
        run = connection.exec_driver_sql
        run(
            f"CREATE TEMPORARY TABLE {staged} ON COMMIT DROP AS SELECT DISTINCT ON ({_KEY}) * FROM (SELECT"
            f" 'H99.' || mod(abs(hashint4(i + {number})), {UNITS}) unit_code,"
            f" '9.' || mod(abs(hashint4(i * 3 + {number})), {PROCEDURES}) procedure_code,"
            f" CASE WHEN mod(i, 10) = 0 THEN mod(abs(hashint4(i * 7 + {number})), {DAYS})"
            f" ELSE {DAYS} - 1 - mod(abs(hashint4(i * 11 + {number})), 60) END AS day, 1 AS received_counter"
            f" FROM generate_series(1, {cells}) i) c ORDER BY {_KEY}"
        )
        statement = (
            f"INSERT INTO {table} ({_KEY}, received_counter, version) SELECT *, {DAYS + number} FROM {staged}"
            f" WHERE true ON CONFLICT ({_KEY}) DO UPDATE SET {_SETTLED.format(t=table)}"
        )
        return cost_of(lambda: run(statement), pid).server_core


def _reads(engine: Engine, layout: str, upsert_core: float, repeats: int, pid: int) -> MeasuresCost:
    table = _name(layout)
    query = sa.text(f"SELECT * FROM {table} WHERE version > {10**6}")
    engine.dispose()
    with engine.connect() as connection:
        first_ms = core_ms(lambda: connection.execute(query).all(), 1, pid)
        locks = connection.scalar(sa.text("SELECT count(*) FROM pg_locks WHERE pid = pg_backend_pid()"))
        read_ms = core_ms(lambda: connection.execute(query).all(), 10 * repeats, pid)
        planned = [_planning_ms(connection, query) for _ in range(5 * repeats)]
    return MeasuresCost(
        layout,
        DAYS // LAYOUTS[layout] if LAYOUTS[layout] else 0,
        upsert_core,
        read_ms,
        first_ms,
        statistics.median(planned),
        locks or 0,
    )


def _planning_ms(connection: Connection, query: Any) -> float:
    lines = connection.execute(sa.text(f"EXPLAIN (SUMMARY) {query.text}")).scalars().all()
    return float(next(line for line in lines if line.startswith("Planning Time")).split()[2])
