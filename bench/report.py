"""What was measured, as a page to read: Markdown."""

from bench.ingestion import Ingestion
from bench.measure import Cost
from bench.province import UNITS
from bench.ranking import Ranking


def write_report(machine: list[str], repeats: int, ranking: Ranking | None, ingestions: list[Ingestion]) -> str:
    """The page; every number is a median of `repeats` runs unless it says otherwise."""
    lines = ["# What `make bench` measured", "", *(f"- {line}" for line in machine), ""]
    lines += [f"Every number is the median of {repeats} runs unless it says otherwise. Ratios count more than numbers.", ""]
    if ranking:
        lines += _ranking_part(ranking)
    if ingestions:
        lines += _ingestion_part(ingestions)
    return "\n".join(lines).rstrip() + "\n"


def _ranking_part(ranking: Ranking) -> list[str]:
    lines = [
        f"## Ranking of {UNITS} units over a year, with the change against the previous period",
        "",
        f"{ranking.dossiers:,} dossiers of two years in PostgreSQL; {ranking.counter_rows:,} rows of daily measures. The "
        "other way is one SQL statement over the raw dossiers with an index that covers it, after VACUUM ANALYZE. "
        "Numerators, denominators and ranks of both periods were compared and are the same.",
        "",
        "| indicator | prefix sums in memory, ms | SQL over raw dossiers, ms | ratio |",
        "|---|---:|---:|---:|",
    ]
    for result in ranking.results:
        ratio = result.raw_sql_ms / result.prefix_sums_ms
        lines.append(f"| `{result.indicator}` | {result.prefix_sums_ms:.2f} | {result.raw_sql_ms:.0f} | {ratio:.0f} |")
    return [*lines, "", f"Loading all counters into memory once (one run): {ranking.load_seconds:.1f} s.", ""]


def _ingestion_part(ingestions: list[Ingestion]) -> list[str]:
    lines = [
        "## Dossiers ingested end to end over HTTP",
        "",
        "Simulator → poller → store with daily measures, cursor, quarantine and poll run, into an empty database. "
        "Core-seconds are those of the poller's process and of the database server; the simulator is another process. "
        "*Plain way*: httpx and SQLAlchemy's ORM, record by record, newest state only, no measures. *Limit*: bulk load "
        "of the finished rows (COPY; executemany on SQLite), nothing fetched, checked or counted.",
        "",
        "| database | way | dossiers | s wall | dossiers/s wall | core-s (own + server) | dossiers/core-s | ours is |",
        "|---|---|---:|---:|---:|---:|---:|---:|",
    ]
    for one in ingestions:
        ours = one.dossiers / one.ours.core
        lines += [
            _way(one.backend, "ours", one.dossiers, one.ours, ours),
            _way(one.backend, "plain way", one.peer_dossiers, one.plain, ours),
            _way(one.backend, "limit", one.dossiers, one.limit, ours),
        ]
    return lines


def _way(backend: str, way: str, dossiers: int, cost: Cost, ours: float) -> str:
    per_core = dossiers / cost.core
    core = f"{cost.core:.1f} ({cost.own_core:.1f} + {cost.server_core:.1f})"
    compared = "" if way == "ours" else f"× {ours / per_core:.2f}"
    cells = [backend, way, f"{dossiers:,}", f"{cost.wall:.1f}", f"{dossiers / cost.wall:,.0f}", core]
    return "| " + " | ".join([*cells, f"{per_core:,.0f}", compared]) + " |"
