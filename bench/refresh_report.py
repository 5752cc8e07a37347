"""What `bench/refresh.py` measured, as Markdown."""

from collections.abc import Sequence

from bench.measure import Cost
from bench.province import PROVINCE
from bench.refresh import CHANGED, Refresh

_REFRESH = """\
## A web process follows the store

{units} communes in PostgreSQL. Follow: reading what {changed:,} dossiers of the last weeks changed in the counters, and
counting it in (median); the result was compared with loading anew. Start: from the file of an earlier process, proved
against the store and brought to its version (median). Milliseconds on the wall, in brackets of one core (process and
database server).

| dossiers | rows of measures | load all | follow | load over follow | start | file, MB | counters in memory, MB |
|---:|---:|---:|---:|---:|---:|---:|---:|"""


def refresh_part(measured: Sequence[Refresh]) -> list[str]:
    """The section's lines."""
    lines = [_REFRESH.format(units=PROVINCE.communes, changed=CHANGED)]
    for one in measured:
        cells = [
            f"{one.dossiers:,}",
            f"{one.counter_rows:,}",
            *(_milliseconds(cost) for cost in (one.load, one.follow)),
            f"{one.load.core / one.follow.core:.0f}",
            _milliseconds(one.start),
            f"{one.file_bytes / 1e6:.1f}",
            f"{one.memory_mb:.0f}",
        ]
        lines.append("| " + " | ".join(cells) + " |")
    return [*lines, ""]


def _milliseconds(cost: Cost) -> str:
    return f"{cost.wall * 1000:,.0f} ({cost.core * 1000:,.0f})"
