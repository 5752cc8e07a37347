"""What was measured, as a page to read: Markdown."""

import os
from collections.abc import Sequence
from statistics import median

from bench.drill import Drill
from bench.drill_report import drill_part
from bench.ingestion import Way
from bench.pages import Pages, pages_part
from bench.partitions import Layouts
from bench.partitions_report import partitions_part
from bench.province import NATION
from bench.ranking import Growth, Ranking
from bench.recomputed import Counted
from bench.recomputed_report import nation_part
from bench.refresh import Refresh
from bench.refresh_report import refresh_part
from bench.viewers import Viewers
from bench.viewers_report import viewers_part
from bench.wall import Load, Trial, Wall

_RANKING = """\
## Ranking of {units} units over a year, with the change against the previous period

{dossiers:,} dossiers of two years in PostgreSQL, copied and counted a million at a time; {rows:,} rows of daily
measures. The other way is one SQL statement over the raw dossiers with an index that covers it, made when all were
there, after VACUUM ANALYZE; its time is until the last row has come. Numerators, denominators and ranks of both periods
were compared and are the same. The prefix sums are asked about a period that nobody has asked about before; theirs is
the whole ranking with intervals and why each place moved.

| indicator | prefix sums in memory, ms | of one core, ms | SQL over raw dossiers, ms | ratio |
|---|---:|---:|---:|---:|"""

_GROWTH = """## Ranking of {units:,} units, by the number of dossiers

Generated counters, counted by the store's functions from generated dossiers of one procedure; medians, each period
asked once. Rows: of the daily measures.

| dossiers | rows | ranking, ms | of one core, ms | over the smallest |
|---:|---:|---:|---:|---:|"""

_INGESTION = """\
## Dossiers ingested end to end over HTTP

Simulator → poller → store with daily measures, cursor, quarantine and poll run, into an empty database: *ours*, in
columns. Core-seconds are those of the poller's process and of the database server; the simulator is another process,
and the time on the wall includes waiting for it. *Record by record*: httpx and SQLAlchemy's ORM, newest state only.
*Page by page*: httpx and one INSERT … ON CONFLICT per page of 5,000. Both keep no measures, check nothing and
quarantine nothing. *Limit*: bulk load of the finished rows into a table without indexes (COPY; INSERT into the table
with its key on SQLite), then the primary key and the indexes; nothing fetched, checked or counted. The last column is
our dossiers per core-second over the other's.

| database | way | dossiers | s wall | per s wall | core-s (own + server) | per core-s | ours over it |
|---|---|---:|---:|---:|---:|---:|---:|"""

_WALL = """\
## The wall: nine screens

Nine real pages of 1920×1080 in headless Chromium beside the server they ask, PostgreSQL, five sources polled every 5 s.
Core: of the web server's process alone; *idle* is the same server with the same polls and no screen. Bytes: what left
the server for one screen in 5 s, compressed, as HAProxy counts it. Told: the server is stopped (SIGSTOP) or the cable
swallows everything, no connection is closed, until the last of nine screens says so. Restart: after kill -9, from the
start of the new process. Each time is that of the slowest of the nine screens.

| what | must be | measured |
|---|---|---|"""


def write_report(
    machine: list[str],
    repeats: int,
    rankings: Sequence[Ranking],
    ways: list[Way],
    wall: Wall | None = None,
    drill: Drill | None = None,
    viewers: Viewers | None = None,
    layouts: Layouts | None = None,
    pages: Pages | None = None,
    further: Sequence[str] = (),
    nation: Sequence[Counted] | None = None,
    grown: Sequence[Growth] = (),
    followed: Sequence[Refresh] = (),
) -> str:
    """The page; every number is a median of `repeats` runs unless it says otherwise. `further`: lines of sections."""
    lines = ["# What `make bench` measured", "", *(f"- {line}" for line in machine), ""]
    lines += [
        f"Every number is the median of {repeats} runs unless it says otherwise. Ratios count more than numbers.",
        "",
    ]
    for ranking in rankings:
        lines += _ranking_part(ranking)
    if grown:
        lines += _growth_part(grown)
    if followed:
        lines += refresh_part(followed)
    if ways:
        lines += [*_ingestion_part(ways), ""]
    if wall:
        lines += [*_wall_part(wall), ""]
    if drill:
        lines += [*drill_part(drill), ""]
    if viewers:
        lines += [*viewers_part(viewers, os.cpu_count() or 1), ""]
    if layouts:
        lines += [*partitions_part(layouts), ""]
    if pages:
        lines += [*pages_part(pages), ""]
    lines += further
    if nation:
        lines += ["", *nation_part(nation)]
    return "\n".join(lines).rstrip() + "\n"


def _ranking_part(ranking: Ranking) -> list[str]:
    lines = [_RANKING.format(units=ranking.size.communes, dossiers=ranking.dossiers, rows=ranking.counter_rows)]
    for result in ranking.results:
        ratio = result.raw_sql_ms / result.prefix_sums_ms
        ours = f"{result.prefix_sums_ms:.2f} | {result.core_ms:.2f}"
        lines.append(f"| `{result.indicator}` | {ours} | {result.raw_sql_ms:.0f} | {ratio:.0f} |")
    return [*lines, "", f"Loading all counters into memory once (one run): {ranking.load_seconds:.1f} s.", ""]


def _growth_part(grown: Sequence[Growth]) -> list[str]:
    lines, least = [_GROWTH.format(units=NATION.communes)], grown[0].core_ms
    for one in grown:
        times = f"{one.wall_ms:.2f} | {one.core_ms:.2f} | {one.core_ms / least:.2f}"
        lines.append(f"| {one.dossiers:,} | {one.counter_rows:,} | {times} |")
    return [*lines, ""]


def _ingestion_part(ways: list[Way]) -> list[str]:
    ours = {way.backend: way.dossiers / way.cost.core for way in ways if way.name == "ours"}
    return [_INGESTION, *(_line(way, ours[way.backend]) for way in ways)]


def _line(way: Way, ours: float) -> str:
    cost, per_core = way.cost, way.dossiers / way.cost.core
    core = f"{cost.core:.1f} ({cost.own_core:.1f} + {cost.server_core:.1f})"
    compared = "" if way.name == "ours" else f"{ours / per_core:.2f}"
    cells = [way.backend, way.name, f"{way.dossiers:,}", f"{cost.wall:.1f}", f"{way.dossiers / cost.wall:,.0f}", core]
    return "| " + " | ".join([*cells, f"{per_core:,.0f}", compared]) + " |"


def _wall_part(wall: Wall) -> list[str]:
    live, answered = [Trial(one.live) for one in wall.restarts], median(one.answered for one in wall.restarts)
    return [
        _WALL,
        f"| core above idle, polls bring nothing new | under 1 % | {_core(wall.steady)} |",
        f"| core above idle, every poll changes figures | under 1 % | {_core(wall.changing)} |",
        f"| bytes per screen and refresh, nothing new | under 1,000 | {wall.steady.bytes:,.0f} |",
        f"| bytes per screen and refresh, figures change | under 1,000 | {wall.changing.bytes:,.0f} |",
        f"| from a poll to all screens | within 1 s | {_times(wall.changes, 1.0)} |",
        f"| hung server told | within 15 s, always | {_times(wall.hangs, 15.0)} |",
        f"| pulled cable told | within 15 s, always | {_times(wall.pulls, 15.0)} |",
        f"| last screen live after a restart | within 5 s | {_times(live, 5.0)}; answers after {answered:.1f} s |",
    ]


def _core(load: Load) -> str:
    return f"{load.core - load.idle_core:.2%} ({load.core:.2%} less {load.idle_core:.2%})"


def _times(trials: Sequence[Trial], limit: float) -> str:
    known = [trial.seconds for trial in trials if trial.seconds is not None]
    within = sum(seconds <= limit for seconds in known)
    told = f"median {median(known):.2f} s, worst {max(known):.2f} s; " if known else ""
    return f"{told}{within} of {len(trials)} within {limit:g} s"
