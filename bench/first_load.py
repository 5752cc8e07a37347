"""A first load of about a million dossiers: eight years of the simulated province, by `ioc.py poll --once`, beside the
bare bulk load of the same rows."""

import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

import msgspec
import sqlalchemy as sa

from bench import bulk
from bench.ingestion import FreshEngine, simulator
from bench.measure import Cost, cost_of, peak_until_end
from config import Settings, write_settings
from seed import demo_secrets, demo_settings, find_place
from store import tables
from store.engine import reading
from store.frames import read_frame

_ROOT = Path(__file__).parents[1]
YEARS = 8
_PART = """\
## A first load of a million dossiers

{years} years of the simulated province, over HTTP from a stand-in of its own process, into an empty database, until the
source is read to its end; one run. The poller is a process of its own: its start counts, its peak is its own. *Limit*:
the same rows, finished, by COPY into a table without any index, then the primary key and the indexes (SQLite: INSERT
into the table with its key, then the indexes).

| database | dossiers | counters | s wall | core-s (own + server) | peak, MB | limit, s | its core-s | s over it |
|---|---:|---:|---:|---:|---:|---:|---:|---:|"""


class FirstLoad(NamedTuple):
    """What a first load cost on a database, the most memory of the poller, and what the bare load of its rows cost."""

    backend: str
    dossiers: int
    counters: int
    cost: Cost
    peak_mb: int
    limit: Cost


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
    with reading(engine) as connection:
        rows = read_frame(connection, sa.select(tables.dossiers))
        counters = sum(
            connection.scalar(sa.select(sa.func.count()).select_from(table)) or 0
            for table in (tables.dossier_days, tables.day_pairs)
        )
    engine.dispose()
    bare = fresh()
    bulk.bare(bare, tables.dossiers)
    limit = cost_of(lambda: bulk.load_then_index(bare, tables.dossiers, rows), pid)
    bare.dispose()
    say(f"  {cost.wall:.1f} s, {cost.core:.1f} core-seconds, {peaks[0]} MB; the limit {limit.wall:.1f} s")
    return FirstLoad(backend, rows.height, counters, cost, peaks[0], limit)


def _polled(url: str, address: str) -> int:
    """Poll until the source is read to its end; the most memory that the poller held, in MB."""
    place = find_place("hoa-binh")
    settings = demo_settings(place, 1)
    source = msgspec.structs.replace(settings.sources[0], base_url=address)
    with tempfile.TemporaryDirectory(prefix="ioc-first-load-") as folder:
        file = Path(folder) / "ioc.toml"
        write_settings(msgspec.structs.replace(settings, sources=(source,)), file)
        named = {**os.environ, **demo_secrets(place), "IOC_CONFIG": str(file), "IOC_DATABASE_URL": url}
        process = subprocess.Popen([sys.executable, str(_ROOT / "ioc.py"), "poll", "--once"], env=named)
        peak = peak_until_end(process)
    assert process.returncode == 0, "the poll failed"
    return peak // 1_000_000


def first_loads_part(loads: list[FirstLoad]) -> list[str]:
    """The lines of the section."""
    return [_PART.format(years=YEARS), *map(_line, loads), ""]


def _line(load: FirstLoad) -> str:
    core = f"{load.cost.core:.1f} ({load.cost.own_core:.1f} + {load.cost.server_core:.1f})"
    limit = [f"{load.limit.wall:.1f}", f"{load.limit.core:.1f}", f"{load.cost.wall / load.limit.wall:.1f}"]
    counted = [load.backend, f"{load.dossiers:,}", f"{load.counters:,}"]
    return "| " + " | ".join([*counted, f"{load.cost.wall:.1f}", core, str(load.peak_mb), *limit]) + " |"
