"""The centre of a chaos run: PostgreSQL, two pollers and a web server with a cable each to it, nine screens; and the
sources, each behind a fault stand of its own."""

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from random import Random
from typing import NamedTuple

import msgspec
import pytest
import sqlalchemy as sa
from sqlalchemy import Engine

import launch
from clock import ANCHOR_VARIABLE, Clock, real_clock, still_clock
from config import ClockSettings, Duration, Settings, StoreSettings, write_settings
from connectors._retry import patient
from poll_run import poll_once
from store.lease import lease_holder
from tests.cable import Cable, cable
from tests.centres import ROOT, WebServer, web_server
from tests.chaos_sources import CREDENTIALS, FEEDS, PLACE, Sources, source_settings
from tests.fault_stand import FaultStand, fault_stand
from tests.servers import postgresql_server, restart_postgresql
from tests.unruly import served
from tests.wall_screens import Screens, screens

# Every source is asked so often, and is late and stale soon: what takes hours in real life takes seconds here.
EVERY, EXPECTED_AGE = Duration(seconds=4), Duration(seconds=20)
# Small pictures: nobody looks at them, and drawing is most of what nine screens cost.
PICTURE = (480, 270)
_ENDING_SECONDS = 10
# Small pages at the systems that are read by offset, so that also what a poll reads of the last days can shift.
_PAGED, _PAGE_SIZE = ("lienthong", "hoinghi"), 10


class PollerProcess:
    """`ioc.py poll` in a process of its own, with its own cable to the database."""

    def __init__(self, name: str, settings: Settings, home: Path, clock: Clock, line: Cable) -> None:
        self.name, self.line = name, line
        self._settings_file, self._log = home / f"{name}.toml", home / f"{name}.log"
        write_settings(settings, self._settings_file)
        self._environment = {**os.environ, ANCHOR_VARIABLE: clock.anchor(), "IOC_CONFIG": str(self._settings_file)}
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def pid(self) -> int:
        """The process id of the running poller."""
        assert self._process
        return self._process.pid

    def start(self) -> None:
        """Start it, and do not wait."""
        command = [sys.executable, str(ROOT / "ioc.py"), "poll"]
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(command, cwd=ROOT, env=self._environment, stdout=log, stderr=log)

    def kill(self) -> None:
        """As when the power fails."""
        assert self._process
        self._process.kill()
        self._process.wait()

    def hang(self) -> None:
        """It stands still, with all that it holds."""
        os.kill(self.pid, signal.SIGSTOP)

    def resume(self) -> None:
        """It goes on after `hang`."""
        os.kill(self.pid, signal.SIGCONT)

    def runs(self) -> bool:
        """Whether it has not ended."""
        return self._process is not None and self._process.poll() is None

    def stop(self) -> int:
        """Ask it to end, and give its exit code; subprocess.TimeoutExpired when it takes longer than allowed."""
        assert self._process
        self._process.terminate()
        return self._process.wait(_ENDING_SECONDS)


class ChaosCentre(NamedTuple):
    """The parts, all running. `engine`: on the database itself, past all cables."""

    home: Path
    database: Path
    engine: Engine
    settings: Settings
    clock: Clock
    sources: Sources
    stands: Mapping[str, FaultStand]
    pollers: tuple[PollerProcess, PollerProcess]
    web: WebServer
    web_line: Cable
    screens: Screens

    def restart_database(self) -> None:
        """As after a crash."""
        restart_postgresql(self.database)

    def working(self) -> PollerProcess | None:
        """The poller that holds the lease; None while nobody does."""
        holder = lease_holder(self.engine)
        return next((one for one in self.pollers if holder and holder.name.endswith(f":{one.pid}")), None)

    def other(self, poller: PollerProcess) -> PollerProcess:
        """The one that stands by."""
        return self.pollers[1] if poller is self.pollers[0] else self.pollers[0]


@contextmanager
def chaos_centre(home: Path, seed_number: int, numbers: range = range(1, 10)) -> Iterator[ChaosCentre]:
    """Start everything in the empty folder `home`, all sources read once; end it all at the end."""
    sources = Sources(Random(seed_number))
    database = home / "postgresql"
    database.mkdir()
    with ExitStack() as parts:
        patched = parts.enter_context(pytest.MonkeyPatch.context())
        for name, value in CREDENTIALS.items():
            patched.setenv(name, value)
        patched.delenv("IOC_DATABASE_URL", raising=False)
        origin = f"http://127.0.0.1:{parts.enter_context(served(sources.app()))}"
        stands = {feed.name: parts.enter_context(fault_stand(origin)) for feed in FEEDS}
        for name in _PAGED:
            stands[name].page_size = _PAGE_SIZE
        url = sa.make_url(parts.enter_context(postgresql_server(database)))
        settings = _settings(stands, url)
        engine = _prepared(settings)
        parts.callback(engine.dispose)
        clock = Clock(real_clock().now(), PLACE.start, 1.0)
        first, second, web_line = (parts.enter_context(_line(home, name, url)) for name in ("1", "2", "3"))
        pollers = tuple(
            PollerProcess(f"poller-{number}", _through(settings, url, line), home, clock, line)
            for number, line in enumerate((first, second), 1)
        )
        for poller in pollers:
            parts.callback(_end, poller)
            poller.start()
        web = parts.enter_context(web_server(_through(settings, url, web_line), home, clock))
        opened = parts.enter_context(screens(web.address, numbers, PICTURE))
        assert len(pollers) == 2
        yield ChaosCentre(home, database, engine, settings, clock, sources, stands, pollers, web, web_line, opened)


def _settings(stands: Mapping[str, FaultStand], url: sa.URL) -> Settings:
    addresses = {name: stand.address for name, stand in stands.items()}
    return Settings(
        store=StoreSettings(url.render_as_string(hide_password=False)),
        sources=source_settings(addresses, every=EVERY, expected_age=EXPECTED_AGE),
        clock=ClockSettings(start=PLACE.start, speed=1.0),
    )


def _prepared(settings: Settings) -> Engine:
    """The store with everything that the sources hold when the run begins."""
    engine = launch.prepare_store(settings)
    launch.import_place(engine, PLACE)
    results = poll_once(engine, settings, still_clock(PLACE.start), retry=patient(threading.Event(), 12, 0.001))
    assert all(result.ok for result in results), results
    return engine


@contextmanager
def _line(home: Path, name: str, url: sa.URL) -> Iterator[Cable]:
    folder = home / name
    folder.mkdir()
    assert url.port
    with cable(folder, url.port) as line:
        yield line


def _through(settings: Settings, url: sa.URL, line: Cable) -> Settings:
    """The same settings with the database behind this cable."""
    changed = url.set(port=int(line.address.rpartition(":")[2])).render_as_string(hide_password=False)
    return msgspec.structs.replace(settings, store=StoreSettings(changed))


def _end(poller: PollerProcess) -> None:
    if poller.runs():
        poller.kill()
