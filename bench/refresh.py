"""What a web process pays to follow a store: a thousand changed dossiers, and a start with and without its file."""

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import NamedTuple

import polars as pl
from sqlalchemy import Engine

from bench import province
from bench.measure import Cost, cost_of, median_cost
from clock import real_clock
from metrics import Counters
from store.counters_file import read_counters, write_counters
from store.engine import open_engine, writing
from store.reads import read_changes, read_in_pieces, read_snapshot
from store.rollups import apply_delta
from store.runs import begin_run, end_run

CHANGED = 1_000
_RECEIVED, _IN_WORK = 4, [9, 10]


class Refresh(NamedTuple):
    """At one size: what it costs to load all counters, to follow a thousand changed dossiers, and to start from the
    file of `file_bytes`; `memory_mb` is what the counters take."""

    dossiers: int
    counter_rows: int
    load: Cost
    follow: Cost
    start: Cost
    file_bytes: int
    memory_mb: float


def measure_refresh(
    fresh: Callable[[], str], folder: Path, pid: int, sizes: list[int], repeats: int, say: Callable[[str], None]
) -> list[Refresh]:
    """One result per size, each in the empty PostgreSQL database whose URL `fresh` gives; `pid`: of its server.

    AssertionError when the counters that followed, or those of the file, are not those that are loaded anew."""
    return [_measure(fresh(), folder / f"{size}", pid, size, repeats, say) for size in sizes]


def _measure(url: str, file: Path, pid: int, dossiers: int, repeats: int, say: Callable[[str], None]) -> Refresh:
    engine = open_engine(url)
    province.fill(engine, dossiers, say)
    now = real_clock().now()
    end_run(engine, begin_run(engine, "bench", now), "ok", now)
    held: list[Counters] = []
    load = cost_of(lambda: held.append(read_in_pieces(engine, Counters)), pid)
    counters, recent = held.pop(), _recent(province.generated_dossiers(min(dossiers, province.BATCH)))
    follow = []
    for number in range(repeats + 1):
        _reopen(engine, recent[number * CHANGED : (number + 1) * CHANGED])
        follow.append(cost_of(partial(_follow, engine, counters, held), pid))
        counters = held.pop()
        say(f"refresh: {dossiers:,} dossiers: {follow[-1]}")
    _same(counters, Counters(read_snapshot(engine)))
    frames = counters.frames()
    assert frames, "counters that cannot be kept"
    assert write_counters(file, engine, counters.snapshot, frames), "counters that were not kept"
    start = [cost_of(lambda: held.append(_started(engine, file)), pid) for _ in range(repeats)]
    _same(held[-1], counters)
    engine.dispose()
    parts = [frame for parts in frames.values() for frame in parts]
    memory = sum(frame.estimated_size("mb") for frame in parts) + counters.sums.megabytes
    # The first follow warms what the others find warm.
    costs = (load, median_cost(follow[1:]), median_cost(start))
    return Refresh(dossiers, counters.cells.height, *costs, file.stat().st_size, memory)


def _recent(dossiers: pl.DataFrame) -> pl.DataFrame:
    """Finished ones, those received last first."""
    return dossiers.filter(pl.col("state").is_in(_IN_WORK)).sort("received_at", descending=True)


def _reopen(engine: Engine, finished: pl.DataFrame) -> None:
    """Count finished dossiers as dossiers in work: the same counters change as when such are finished."""
    assert finished.height == CHANGED, "too few dossiers to change"
    nothing = pl.lit(None, pl.Datetime("us", "UTC"))
    in_work = finished.with_columns(state=pl.lit(_RECEIVED, finished["state"].dtype), completed_at=nothing)
    with writing(engine) as connection:
        apply_delta(connection, "dossiers", finished, in_work)


def _follow(engine: Engine, counters: Counters, held: list[Counters]) -> None:
    held.append(counters.updated(read_changes(engine, counters.snapshot)))


def _started(engine: Engine, file: Path) -> Counters:
    found = read_counters(file, engine)
    assert found, "the kept counters do not fit the store"
    return Counters(found.known, frames=found.frames).updated(found.changes)


def _same(one: Counters, other: Counters) -> None:
    assert one.version == other.version
    assert one.cells.rows().equals(other.cells.rows()), "the cells differ"
    assert one.pairs.rows().equals(other.pairs.rows()), "the pairs differ"
