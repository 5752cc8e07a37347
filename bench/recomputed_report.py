"""What counting a nation again took, as a page to read: Markdown."""

from collections.abc import Sequence

from bench.recomputed import ONE_WORKER, Counted

_NATION = """\
## A nation's counters recomputed from the facts

`ioc.py rollup` over exported facts (Parquet) of 3,355 units with ten procedures each over two years, from start to end
of the command, cluster and all; it writes the counters (with the pairs of days) as Parquet. Each part of 200,000
dossiers is counted by the function that `ioc.py rebuild` calls. All ways gave the same counters, row by row. Core
seconds are those of all processes; the memory is that of the largest one. *Two programs*: at once, sharing nothing,
each with half of the files: the most that the cores of this machine give. Last: the wall time of one process with one
thread and of one worker over this way's, and the core-seconds of the former over this way's.

| dossiers | counters | way | s wall | core-s | core-s per 10\u2076 | MB | than one process | than one worker | core-s |
|---:|---:|---|---:|---:|---:|---:|---:|---:|---:|"""


def nation_part(ways: Sequence[Counted]) -> list[str]:
    """The section's lines."""
    alone: dict[int, Counted] = {}
    worker = {one.dossiers: one for one in ways if one.way == ONE_WORKER}
    lines = [_NATION]
    for one in ways:
        first = alone.setdefault(one.dossiers, one)
        per_million = one.core / one.dossiers * 1_000_000
        cells = [f"{one.dossiers:,}", f"{one.counters:,}", one.way, f"{one.wall:.1f}", f"{one.core:.1f}"]
        cells += [f"{per_million:.2f}", f"{one.largest / 1_000_000:.0f}"]
        cells += [f"{base.wall / one.wall:.2f}" for base in (first, worker[one.dossiers])]
        lines.append("| " + " | ".join([*cells, f"{first.core / one.core:.2f}"]) + " |")
    return [*lines, ""]
