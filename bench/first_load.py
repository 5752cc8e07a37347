"""A first load of about a million dossiers: eight years of the simulated province, by `ioc.py poll --once`, beside what
no program can do without for the same pages, rows and counters."""

import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import chain
from pathlib import Path
from typing import NamedTuple

from bench.ingestion import FreshEngine, read_alone, simulator
from bench.limits import Limit, finished, measure_limit
from bench.measure import Cost, cost_of, peak_until_end
from config import Settings, write_settings
from seed import demo_secrets, find_place

_ROOT = Path(__file__).parents[1]
_PLACE = find_place("hoa-binh")
YEARS = 8
_PART = """\
## A first load of a million dossiers

{years} years of the simulated province, over HTTP from a stand-in of its own process, into an empty database, until the
source is read to its end; one run. The poller is a process of its own: its start counts, its peak is its own. *Limit*:
the pieces of the table below, one after the other.

| database | dossiers | counters | s wall | core-s (own + server) | peak, MB | limit, s | s over it | core-s over its |
|---|---:|---:|---:|---:|---:|---:|---:|---:|"""
_LIMIT = """
What no program that stores these rows can do without, one run: *pages* fetched by http.client and decoded by msgspec
into records of the kept fields; the finished *dossiers* by COPY into a table without any index, then its primary key
and indexes (SQLite: INSERT into the table with its key, then the indexes); the finished *counters* likewise. Nothing
is checked, converted, hashed, counted, compared or remembered, and a program that dies in the middle begins again.

| database | piece | s wall | core-s (own + server) | core-s per 10⁶ dossiers |
|---|---|---:|---:|---:|"""


class FirstLoad(NamedTuple):
    """What a first load cost on a database, the most memory of the poller, and what its pieces cost at least."""

    backend: str
    dossiers: int
    counters: int
    cost: Cost
    peak_mb: int
    limit: Limit


@contextmanager
def many_years(settings: Settings) -> Iterator[str]:
    """The address of a one-stop with YEARS times what the one of these settings holds."""
    source = settings.sources[0]
    told = [source.base_url, source.username, source.secret("password_env"), str(YEARS)]
    command = [sys.executable, "-m", "bench.many_years", *told]
    with subprocess.Popen(command, cwd=_ROOT, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout
            yield process.stdout.readline().strip()
        finally:
            process.terminate()


def measure_first_loads(
    fresh: dict[str, tuple[FreshEngine, int | None]], say: Callable[[str], None]
) -> list[FirstLoad]:
    """A first load into a new database of each kind: by its name, what gives an engine and its server's process."""
    with simulator() as settings, many_years(settings) as address:
        return [_measured(name, address, *how, say) for name, how in fresh.items()]


def _measured(backend: str, address: str, fresh: FreshEngine, pid: int | None, say: Callable[[str], None]) -> FirstLoad:
    say(f"{backend}: a first load of {YEARS} years")
    engine, peaks = fresh(), list[int]()
    url = engine.url.render_as_string(hide_password=False)
    cost = cost_of(lambda: peaks.append(_polled(url, address)), pid)
    stored = finished(engine)
    engine.dispose()
    limit = measure_limit(read_alone(address).sources[0], fresh, stored, pid)
    whole = limit.whole
    say(f"  {cost.wall:.1f} s, {cost.core:.1f} core-seconds, {peaks[0]} MB")
    say(f"  limit {whole.wall:.1f} s, {whole.core:.1f} core-seconds")
    return FirstLoad(backend, stored.dossiers.height, stored.counted, cost, peaks[0], limit)


def _polled(url: str, address: str) -> int:
    """Poll until the source is read to its end; the most memory that the poller held, in MB."""
    with tempfile.TemporaryDirectory(prefix="ioc-first-load-") as folder:
        file = Path(folder) / "ioc.toml"
        write_settings(read_alone(address), file)
        named = {**os.environ, **demo_secrets(_PLACE), "IOC_CONFIG": str(file), "IOC_DATABASE_URL": url}
        process = subprocess.Popen([sys.executable, str(_ROOT / "ioc.py"), "poll", "--once"], env=named)
        peak = peak_until_end(process)
    assert process.returncode == 0, "the poll failed"
    return peak // 1_000_000


def first_loads_part(loads: list[FirstLoad]) -> list[str]:
    """The lines of the section."""
    return [_PART.format(years=YEARS), *map(_line, loads), _LIMIT, *chain.from_iterable(map(_pieces, loads)), ""]


def _line(load: FirstLoad) -> str:
    limit = load.limit.whole
    against = [f"{limit.wall:.1f}", f"{load.cost.wall / limit.wall:.1f}", f"{load.cost.core / limit.core:.1f}"]
    counted = [load.backend, f"{load.dossiers:,}", f"{load.counters:,}"]
    return _row([*counted, f"{load.cost.wall:.1f}", _core(load.cost), str(load.peak_mb), *against])


def _pieces(load: FirstLoad) -> list[str]:
    pieces = {**dict(zip(("pages", "dossiers", "counters"), load.limit, strict=True)), "together": load.limit.whole}
    return [
        _row([load.backend, name, f"{cost.wall:.1f}", _core(cost), f"{cost.core / load.dossiers * 1e6:.1f}"])
        for name, cost in pieces.items()
    ]


def _core(cost: Cost) -> str:
    return f"{cost.core:.1f} ({cost.own_core:.1f} + {cost.server_core:.1f})"


def _row(cells: list[str]) -> str:
    return "| " + " | ".join(cells) + " |"
