"""A year's ranking of all units, with the change against the previous period: prefix sums beside SQL over dossiers."""

import time
from collections.abc import Callable
from datetime import date, timedelta
from statistics import median
from typing import NamedTuple

import sqlalchemy as sa
from sqlalchemy import Connection, Engine

from bench import province
from bench.counted import generated_counters
from bench.measure import median_ms
from bench.province import NATION, Size
from clock import start_of_day
from metrics import Counters, Period, figures, ranking
from store import tables
from store.engine import open_engine, reading
from store.reads import read_snapshot

_WARM_UP, _PERIODS = 20, 200
# The nation is asked over 5,000,000 dossiers where a province has 1,000,000.
NATION_TIMES = 5
YEAR = Period(date(2021, 1, 1), date(2021, 12, 31))

# One index per question with all its columns, so that the table itself is not read.
_INDEXES = (
    "CREATE INDEX bench_received ON dossiers (received_at) INCLUDE (unit_code, procedure_code, channel, state)",
    "CREATE INDEX bench_completed ON dossiers (completed_at) INCLUDE (unit_code, due_at, received_at, state)",
)
_ONLINE = """
WITH counted AS (
  SELECT d.unit_code,
    count(*) FILTER (WHERE d.received_at >= :start AND d.channel = 'online' AND p.level >= 3) AS numerator,
    count(*) FILTER (WHERE d.received_at >= :start) AS denominator,
    count(*) FILTER (WHERE d.received_at < :start AND d.channel = 'online' AND p.level >= 3) AS numerator_before,
    count(*) FILTER (WHERE d.received_at < :start) AS denominator_before
  FROM dossiers d LEFT JOIN procedures p ON p.code = d.procedure_code
    AND (d.received_at AT TIME ZONE 'Asia/Ho_Chi_Minh')::date BETWEEN p.valid_from AND coalesce(p.valid_to, 'infinity')
  WHERE d.received_at >= :before AND d.received_at < :end AND d.state NOT IN (1, 3)
  GROUP BY d.unit_code)
"""
_ON_TIME = """
WITH completed AS (
  SELECT unit_code, completed_at,
    coalesce((completed_at AT TIME ZONE 'Asia/Ho_Chi_Minh')::date
      <= (due_at AT TIME ZONE 'Asia/Ho_Chi_Minh')::date, true) AS in_time
  FROM dossiers
  WHERE completed_at >= :before AND completed_at < :end AND state >= 9 AND received_at IS NOT NULL),
counted AS (
  SELECT unit_code,
    count(*) FILTER (WHERE completed_at >= :start AND in_time) AS numerator,
    count(*) FILTER (WHERE completed_at >= :start) AS denominator,
    count(*) FILTER (WHERE completed_at < :start AND in_time) AS numerator_before,
    count(*) FILTER (WHERE completed_at < :start) AS denominator_before
  FROM completed GROUP BY unit_code)
"""
_RANKED = """
SELECT unit_code, numerator, denominator, numerator_before, denominator_before,
  rank() OVER (ORDER BY numerator::numeric / nullif(denominator, 0) DESC NULLS LAST),
  rank() OVER (ORDER BY numerator_before::numeric / nullif(denominator_before, 0) DESC NULLS LAST)
FROM counted
"""
QUESTIONS = {"online_dossier_rate": _ONLINE + _RANKED, "on_time_rate": _ON_TIME + _RANKED}

# Per unit: numerator, denominator, the same of the previous period, rank, previous rank.
Ranked = dict[str, tuple[int, ...]]


class Result(NamedTuple):
    """One indicator's ranking: milliseconds by prefix sums (on the wall; of one core) and by SQL over the raw dossiers,
    both the same answer."""

    indicator: str
    prefix_sums_ms: float
    core_ms: float
    raw_sql_ms: float


class Ranking(NamedTuple):
    """What was measured: the rankings, and what it takes to have the counters in memory."""

    size: Size
    dossiers: int
    counter_rows: int
    load_seconds: float
    results: list[Result]


class Growth(NamedTuple):
    """A ranking over the counters of so many dossiers: milliseconds on the wall, and of one core."""

    dossiers: int
    counter_rows: int
    wall_ms: float
    core_ms: float


def measure_ranking(url: str, size: Size, dossiers: int, repeats: int, say: Callable[[str], None]) -> Ranking:
    """Fill the empty PostgreSQL database at `url` and ask both ways. AssertionError when their answers differ."""
    engine = open_engine(url)
    rows = _fill(engine, size, dossiers, say)
    began = time.perf_counter()
    counters = Counters(read_snapshot(engine))
    load_seconds = time.perf_counter() - began
    results = [_compare(engine, counters, key, size, repeats) for key in QUESTIONS]
    engine.dispose()
    return Ranking(size, dossiers, rows, load_seconds, results)


def measure_growth(sizes: list[int], say: Callable[[str], None]) -> list[Growth]:
    """The nation's communes ranked over the generated counters of so many dossiers."""
    measured = []
    for dossiers in sizes:
        say(f"ranking: counting {dossiers:,} generated dossiers")
        counters = Counters(generated_counters(dossiers, NATION))
        measured.append(Growth(dossiers, counters.cells.height, *_asked(counters, "on_time_rate")))
    return measured


def _asked(counters: Counters, key: str) -> tuple[float, float]:
    """Median milliseconds, on the wall and of one core, of a ranking over a year that nobody has asked about."""
    walls, cores = [], []
    for back in range(-_WARM_UP, _PERIODS):
        period = Period.ending(YEAR.end - timedelta(days=back + _WARM_UP), YEAR.days)
        wall, core = time.perf_counter(), time.thread_time()
        ranking(counters, key, "xa", period)
        if back >= 0:
            walls.append((time.perf_counter() - wall) * 1000)
            cores.append((time.thread_time() - core) * 1000)
    return median(walls), median(cores)


def _fill(engine: Engine, size: Size, count: int, say: Callable[[str], None]) -> int:
    province.fill(engine, count, say, size)
    say("indexes, vacuum, analyze")
    with engine.execution_options(isolation_level="AUTOCOMMIT").connect() as connection:
        for statement in (*_INDEXES, "VACUUM ANALYZE"):
            connection.exec_driver_sql(statement)
        return connection.scalar(sa.select(sa.func.count()).select_from(tables.dossier_days)) or 0


def _compare(engine: Engine, counters: Counters, key: str, size: Size, repeats: int) -> Result:
    with reading(engine) as connection:
        raw_ms, raw = median_ms(lambda: _by_sql(connection, key), repeats)
    fast = _by_prefix_sums(counters, key)
    assert len(raw) == size.communes, f"{key}: SQL ranks {len(raw)} units"
    assert fast == raw, f"{key}: the two ways differ: {sorted(set(fast.items()) ^ set(raw.items()))[:4]}"
    return Result(key, *_asked(counters, key), raw_ms)


def _by_prefix_sums(counters: Counters, key: str) -> Ranked:
    ranked = ranking(counters, key, "xa", YEAR)
    before = figures(counters, YEAR.previous(), [key]).select("unit", "numerator", "denominator")
    rows = ranked.join(before, on="unit", suffix="_before").select(
        "unit", "numerator", "denominator", "numerator_before", "denominator_before", "rank", "previous_rank"
    )
    return {unit: tuple(map(int, numbers)) for unit, *numbers in rows.iter_rows()}


def _by_sql(connection: Connection, key: str) -> Ranked:
    bounds = {
        "before": start_of_day(YEAR.previous().start),
        "start": start_of_day(YEAR.start),
        "end": start_of_day(date(2022, 1, 1)),
    }
    rows = connection.execute(sa.text(QUESTIONS[key]), bounds)
    return {unit: tuple(map(int, numbers)) for unit, *numbers in rows}
