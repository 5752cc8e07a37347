"""Dossiers ingested end to end over HTTP: simulator → poller → store with measures, beside a plain way and a limit.

The simulator is a process of its own. Every run begins with an empty, migrated database.
"""

import os
import re
import subprocess
import sys
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

import msgspec
import polars as pl
import sqlalchemy as sa
from sqlalchemy import Engine

from bench import bulk, peer
from bench.measure import Cost, cost_of, median_cost
from clock import still_clock
from config import Settings
from connectors._http import once
from poll_run import poll_once
from seed import demo_secrets, demo_settings, find_place
from store import tables
from store.engine import migrate, open_engine, reading
from store.frames import read_frame
from tests.servers import free_port

_ROOT = Path(__file__).parent.parent
_PLACE = find_place("hoa-binh")
# How many pages of 5,000 dossiers the plain ways are given: record by record takes long.
PLAIN_PAGES = {"record by record": 1, "page by page": 4}
PLAIN_WAYS = {"record by record": peer.record_by_record, "page by page": peer.page_by_page}

# Gives an engine on a new and empty database.
FreshEngine = Callable[[], Engine]


class Polled(msgspec.Struct):
    """A one-stop of the simulated province at an address, to be read into a migrated database, and the process of its
    server."""

    base_url: str
    url: str
    server_pid: int | None


class Way(NamedTuple):
    """One way of ingesting on one database: how many dossiers at what median cost."""

    backend: str
    name: str
    dossiers: int
    cost: Cost


@contextmanager
def simulator() -> Iterator[Settings]:
    """The simulated one-stop of a province in its own process, as settings with this one source; it stands still."""
    os.environ.update(demo_secrets(_PLACE))
    words = ["simulate", "--place", _PLACE.name, "--port", str(free_port()), "--speed", "0"]
    with subprocess.Popen([sys.executable, "ioc.py", *words], cwd=_ROOT, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout
            address = process.stdout.readline().split()[1]
            port = int(re.findall(r":(\d+)/", address)[0])
            yield read_alone(demo_settings(_PLACE, port).sources[0].base_url)
        finally:
            process.terminate()


def read_alone(base_url: str) -> Settings:
    """Settings of the simulated province with its one-stop alone, at this address."""
    settings = demo_settings(_PLACE, 1)
    return msgspec.structs.replace(settings, sources=(msgspec.structs.replace(settings.sources[0], base_url=base_url),))


def measure_ingestion(
    backend: str,
    settings: Settings,
    fresh: FreshEngine,
    server_pid: int | None,
    repeats: int,
    say: Callable[[str], None],
) -> list[Way]:
    """Our way with the whole province, the plain ways, and the bare bulk load; each run into a new database."""
    costs: dict[str, list[Cost]] = defaultdict(list)
    dossiers: dict[str, int] = {}

    def run(name: str, cost_in: Callable[[Engine], Cost]) -> None:
        engine = fresh()
        costs[name].append(cost_in(engine))
        with reading(engine) as connection:
            dossiers[name] = connection.scalar(sa.select(sa.func.count()).select_from(tables.dossiers)) or 0
        engine.dispose()

    finished = _finished_rows(fresh(), settings)
    for number in range(1, repeats + 1):
        say(f"{backend}: run {number} of {repeats}")
        run("ours", lambda engine: our_cost(engine, settings, server_pid))
        for way in PLAIN_WAYS:
            run(way, lambda engine, way=way: cost_of(lambda: _plainly(engine, settings, way), server_pid))  # type: ignore[misc]  # bound now
        run("limit", lambda engine: _limit(engine, finished, server_pid))
    return [Way(backend, name, dossiers[name], median_cost(measured)) for name, measured in costs.items()]


def _finished_rows(engine: Engine, settings: Settings) -> pl.DataFrame:
    """What a poll stores, to be loaded bare; this first poll also warms everything up and is not measured."""
    poll(engine, settings)
    with reading(engine) as connection:
        rows = read_frame(connection, sa.select(tables.dossiers))
    engine.dispose()
    return rows


def migrated(url: str) -> Engine:
    """An engine on the database at `url`, with its tables."""
    engine = open_engine(url)
    migrate(engine)
    return engine


def poll(engine: Engine, settings: Settings) -> None:
    """Our way, until the source is read to its end. AssertionError when anything fails or is rejected."""
    [result] = poll_once(engine, settings, still_clock(_PLACE.start), retry=once)
    assert result.ok, result.message
    assert not result.rejected, result.reasons


def our_cost(engine: Engine, settings: Settings, server_pid: int | None) -> Cost:
    """What `poll` costs in a new process that is prepared as the poller's is, after its imports."""
    source = settings.sources[0]
    told = Polled(source.base_url, engine.url.render_as_string(hide_password=False), server_pid)
    command = [sys.executable, "-m", "bench.our_poll"]
    done = subprocess.run(command, input=msgspec.json.encode(told), stdout=subprocess.PIPE, cwd=_ROOT, check=True)
    return msgspec.json.decode(done.stdout, type=Cost)


def _limit(engine: Engine, finished: pl.DataFrame, server_pid: int | None) -> Cost:
    bulk.bare(engine, tables.dossiers)
    return cost_of(lambda: bulk.load_then_index(engine, tables.dossiers, finished), server_pid)


def _plainly(engine: Engine, settings: Settings, way: str) -> None:
    source = settings.sources[0]
    password = source.secret("password_env")
    peer.copy_dossiers(source.base_url, source.username, password, engine, PLAIN_PAGES[way], PLAIN_WAYS[way])
