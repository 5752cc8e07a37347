"""What layouts in PostgreSQL cost, as a section to read: Markdown."""

from bench.partitions import Layouts
from bench.partitions_dossiers import BATCH as DOSSIER_BATCH
from bench.partitions_dossiers import MONTHS, SOURCES
from bench.partitions_measures import BATCH, REFRESH, YEARS

_MEASURES = """\
## Partitions in PostgreSQL

Autovacuum off; layouts take turns, and so does which is first. *Upsert* is of the server's core alone, reads of ours
and the server's together (core-ms). Ratios are over the first line. Why it is as it is:
[decision 023](../docs/decisions/023-partitions.md).

Daily measures, {rows:,} counters over {years} years. *Upsert*: batches of {batch:,} counters, nine of ten in the last
two months. *Read*: the {refresh:,} counters that changed since a version, planned anew each time as behind PgBouncer;
*first*: on a new connection. *Locks*: held by that read, of one of the three divided tables.

| layout | partitions | upsert, core-s/M | ratio | read, core-ms | ratio | first, core-ms | planning, ms | locks |
|---|---:|---:|---:|---:|---:|---:|---:|---:|"""
_DOSSIERS = """\
Dossiers, {rows:,} of {months} months and {sources} sources, with the store's own indexes. *Upsert*: the rule of the
newest state in batches of {batch:,} (one in ten new, seven among the last tenth, one receipt in a hundred corrected to
another month). Every layout ended with the same dossiers, none twice (checked). *Lists*: the open dossiers of a unit,
those that it received in a month, a hundred by their keys.

| layout | upsert, core-s/M | ratio | MB | open, core-ms | of a month, core-ms | by keys, core-ms |
|---|---:|---:|---:|---:|---:|---:|"""


def partitions_part(layouts: Layouts) -> list[str]:
    """The lines of the section."""
    rows, measures, dossiers = layouts
    lines = [_MEASURES.format(rows=rows, years=YEARS, batch=BATCH, refresh=REFRESH)]
    first = measures[0]
    lines += [
        f"| {one.layout} | {one.partitions} | {one.upsert_core:.1f} | {one.upsert_core / first.upsert_core:.2f}"
        f" | {one.read_ms:.0f} | {one.read_ms / first.read_ms:.2f} | {one.first_read_ms:.0f} | {one.planning_ms:.1f}"
        f" | {one.locks} |"
        for one in measures
    ]
    lines += ["", _DOSSIERS.format(rows=rows, months=MONTHS, sources=SOURCES, batch=DOSSIER_BATCH)]
    lines += [
        f"| {one.layout} | {one.upsert_core:.0f} | {one.upsert_core / dossiers[0].upsert_core:.2f}"
        f" | {one.megabytes:.0f} | {one.open_ms:.1f} | {one.month_ms:.1f} | {one.keys_ms:.1f} |"
        for one in dossiers
    ]
    return [*lines, ""]
