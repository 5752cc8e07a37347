"""What was measured, as a page to read: Markdown."""

from bench.ingestion import Way
from bench.province import UNITS
from bench.ranking import Ranking

_RANKING = """\
## Ranking of {units} units over a year, with the change against the previous period

{dossiers:,} dossiers of two years in PostgreSQL; {rows:,} rows of daily measures. The other way is one SQL statement
over the raw dossiers with an index that covers it, after VACUUM ANALYZE. Numerators, denominators and ranks of both
periods were compared and are the same.

| indicator | prefix sums in memory, ms | SQL over raw dossiers, ms | ratio |
|---|---:|---:|---:|"""

_INGESTION = """\
## Dossiers ingested end to end over HTTP

Simulator → poller → store with daily measures, cursor, quarantine and poll run, into an empty database. Core-seconds
are those of the poller's process and of the database server; the simulator is another process, and the time on the
wall includes waiting for it. *Record by record*: httpx and SQLAlchemy's ORM, newest state only. *Page by page*: httpx
and one INSERT … ON CONFLICT per page of 5,000. Both keep no measures, check nothing and quarantine nothing. *Limit*:
bulk load of the finished rows (COPY; executemany on SQLite), nothing fetched, checked or counted. The last column is
our dossiers per core-second over the other's.

| database | way | dossiers | s wall | per s wall | core-s (own + server) | per core-s | ours over it |
|---|---|---:|---:|---:|---:|---:|---:|"""


def write_report(machine: list[str], repeats: int, ranking: Ranking | None, ways: list[Way]) -> str:
    """The page; every number is a median of `repeats` runs unless it says otherwise."""
    lines = ["# What `make bench` measured", "", *(f"- {line}" for line in machine), ""]
    lines += [
        f"Every number is the median of {repeats} runs unless it says otherwise. Ratios count more than numbers.",
        "",
    ]
    if ranking:
        lines += _ranking_part(ranking)
    if ways:
        lines += _ingestion_part(ways)
    return "\n".join(lines).rstrip() + "\n"


def _ranking_part(ranking: Ranking) -> list[str]:
    lines = [_RANKING.format(units=UNITS, dossiers=ranking.dossiers, rows=ranking.counter_rows)]
    for result in ranking.results:
        ratio = result.raw_sql_ms / result.prefix_sums_ms
        lines.append(f"| `{result.indicator}` | {result.prefix_sums_ms:.2f} | {result.raw_sql_ms:.0f} | {ratio:.0f} |")
    return [*lines, "", f"Loading all counters into memory once (one run): {ranking.load_seconds:.1f} s.", ""]


def _ingestion_part(ways: list[Way]) -> list[str]:
    ours = {way.backend: way.dossiers / way.cost.core for way in ways if way.name == "ours"}
    return [_INGESTION, *(_line(way, ours[way.backend]) for way in ways)]


def _line(way: Way, ours: float) -> str:
    cost, per_core = way.cost, way.dossiers / way.cost.core
    core = f"{cost.core:.1f} ({cost.own_core:.1f} + {cost.server_core:.1f})"
    compared = "" if way.name == "ours" else f"{ours / per_core:.2f}"
    cells = [way.backend, way.name, f"{way.dossiers:,}", f"{cost.wall:.1f}", f"{way.dossiers / cost.wall:,.0f}", core]
    return "| " + " | ".join([*cells, f"{per_core:,.0f}", compared]) + " |"
