"""Dossiers ingested end to end over HTTP: simulator → poller → store with measures, beside a plain way and a limit.

The simulator is a process of its own. Every run begins with an empty, migrated database.
"""

import os
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

import msgspec
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

_ROOT = Path(__file__).parent.parent
_PLACE = find_place("hoa-binh")
PEER_PAGES = 2

# Gives an engine on a new and empty database.
FreshEngine = Callable[[], Engine]


class Ingestion(NamedTuple):
    """Medians on one database: dossiers and cost of our way, of the plain way, and of the bare bulk load."""

    backend: str
    dossiers: int
    ours: Cost
    peer_dossiers: int
    plain: Cost
    limit: Cost


@contextmanager
def simulator() -> Iterator[Settings]:
    """The simulated one-stop of a province in its own process, as settings with this one source; it stands still."""
    os.environ.update(demo_secrets(_PLACE))
    words = ["simulate", "--place", _PLACE.name, "--port", str(_port()), "--speed", "0"]
    with subprocess.Popen([sys.executable, "ioc.py", *words], cwd=_ROOT, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout
            address = process.stdout.readline().split()[1]
            port = int(re.findall(r":(\d+)/", address)[0])
            settings = demo_settings(_PLACE, port)
            yield msgspec.structs.replace(settings, sources=settings.sources[:1])
        finally:
            process.terminate()


def _port() -> int:
    from tests.servers import free_port

    return free_port()


def measure_ingestion(
    backend: str, settings: Settings, fresh: FreshEngine, server_pid: int | None, repeats: int, say: Callable[[str], None]
) -> Ingestion:
    """Poll the whole province so often, each time into a new database, then the same for the plain way and the limit."""
    ours, plain, limit = [], [], []
    counts = (0, 0)
    for number in range(1, repeats + 1):
        say(f"{backend}: run {number} of {repeats}")
        engine = fresh()
        ours.append(cost_of(lambda: _poll(engine, settings), server_pid))  # noqa: B023  # called at once
        with reading(engine) as connection:
            rows = read_frame(connection, sa.select(tables.dossiers))
        engine.dispose()
        engine = fresh()
        limit.append(cost_of(lambda: bulk.load(engine, tables.dossiers, rows), server_pid))  # noqa: B023
        engine.dispose()
        engine = fresh()
        plain.append(cost_of(lambda: _plainly(engine, settings), server_pid))  # noqa: B023
        with reading(engine) as connection:
            counts = rows.height, connection.scalar(sa.select(sa.func.count()).select_from(tables.dossiers)) or 0
        engine.dispose()
    return Ingestion(backend, counts[0], median_cost(ours), counts[1], median_cost(plain), median_cost(limit))


def migrated(url: str) -> Engine:
    """An engine on the database at `url`, with its tables."""
    engine = open_engine(url)
    migrate(engine)
    return engine


def _poll(engine: Engine, settings: Settings) -> None:
    [result] = poll_once(engine, settings, still_clock(_PLACE.start), retry=once)
    assert result.ok, result.message
    assert not result.rejected, result.reasons


def _plainly(engine: Engine, settings: Settings) -> None:
    source = settings.sources[0]
    peer.copy_dossiers(source.base_url, source.username, source.secret("password_env"), engine, PEER_PAGES)
