"""Centres in miniature that tests and the benchmark start: a simulated place, polled once, and its web server."""

import dataclasses
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path

import httpx
import msgspec
import pytest

import launch
import poller
import seed
from clock import ANCHOR_VARIABLE, Clock, still_clock
from config import ClockSettings, Settings, StoreSettings, write_settings
from tests.servers import free_port

ROOT = Path(__file__).parents[1]
PLACE = dataclasses.replace(seed.PLACES["hoa-binh"], dossiers_per_year=2000, documents_per_year=600)
START_SECONDS = 60
_CORE_TICKS = os.sysconf("SC_CLK_TCK")


def polled_store(home: Path, url: str = "", speed: float = 0.0) -> Settings:
    """Settings of a store that holds the place, polled once, its simulator ended; a file in `home` unless `url` is
    given. `speed` of the place's clock, which shows its start."""
    clock = still_clock(PLACE.start)
    secrets = seed.demo_secrets(PLACE)
    with pytest.MonkeyPatch.context() as patched:
        for name, value in secrets.items():
            patched.setenv(name, value)
        simulator = seed.start(PLACE, clock, 0, secrets)
        try:
            settings = msgspec.structs.replace(
                seed.demo_settings(PLACE, simulator.port),
                store=StoreSettings(url=url or f"sqlite:///{home}/store.db"),
                clock=ClockSettings(start=PLACE.start, speed=speed),
            )
            engine = launch.prepare_store(settings)
            launch.import_place(engine, PLACE)
            assert all(result.ok for result in poller.poll_once(engine, settings, clock))
            engine.dispose()
        finally:
            simulator.stop()
    return settings


class WebServer:
    """`ioc.py web` in a process of its own, which can be killed, hung and started again on the same port."""

    def __init__(
        self,
        settings: Settings,
        home: Path,
        clock: Clock | None = None,
        root: Path = ROOT,
        port: int = 0,
        secrets: Mapping[str, str] | None = None,
    ) -> None:
        """`clock`: the one that it shares with whoever writes its store. `root`: the program's folder. `port`: 0 for
        one that is free. `secrets`: variables of its environment that the settings name."""
        self.port = port or free_port()
        self.address = f"http://127.0.0.1:{self.port}"
        self._root = root
        self._settings_file = home / "centre.toml"
        write_settings(settings, self._settings_file)
        self._log = home / "web.log"
        self._more = {**(secrets or {}), **({ANCHOR_VARIABLE: clock.anchor()} if clock else {})}
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def pid(self) -> int:
        """The process id of the running server."""
        assert self._process
        return self._process.pid

    def start(self) -> None:
        """Start it, and do not wait."""
        named = {"IOC_CONFIG": str(self._settings_file), "IOC_HOST": "127.0.0.1", "IOC_PORT": str(self.port)}
        command = [sys.executable, str(self._root / "ioc.py"), "web"]
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(
                command, cwd=self._root, env={**os.environ, **self._more, **named}, stdout=log, stderr=log
            )

    def wait_until_ready(self, seconds: float = START_SECONDS) -> None:
        """Return when it answers; fails when it ends or takes too long."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            try:
                if httpx.get(f"{self.address}/health/ready", timeout=5, trust_env=False).status_code == httpx.codes.OK:
                    return
            except httpx.TransportError:
                assert self._process
                with suppress(subprocess.TimeoutExpired):
                    self._process.wait(0.1)
                    break
        raise AssertionError(f"the web server did not get ready; see {self._log}: {self._log.read_text()[-2000:]}")

    def kill(self) -> None:
        """As when the power fails: no word to anybody."""
        assert self._process
        self._process.kill()
        self._process.wait()

    def hang(self) -> None:
        """It stands still; its connections stay open."""
        os.kill(self.pid, signal.SIGSTOP)

    def resume(self) -> None:
        """It goes on after `hang`."""
        os.kill(self.pid, signal.SIGCONT)

    def stop(self) -> None:
        """End it for good."""
        if self._process and self._process.poll() is None:
            self._process.kill()
            self._process.wait()

    def wait(self, seconds: float) -> int:
        """Its exit code, once it has ended by itself."""
        assert self._process
        return self._process.wait(seconds)

    def memory(self) -> int:
        """Bytes of memory that it occupies."""
        status = Path(f"/proc/{self.pid}/status").read_text()
        return int(status.partition("VmRSS:")[2].split()[0]) * 1024

    def core_seconds(self) -> float:
        """Seconds of one core that it has used so far."""
        fields = Path(f"/proc/{self.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / _CORE_TICKS


@contextmanager
def web_server(
    settings: Settings,
    home: Path,
    clock: Clock | None = None,
    root: Path = ROOT,
    port: int = 0,
    secrets: Mapping[str, str] | None = None,
) -> Iterator[WebServer]:
    """A web server that answers; ended at the end whatever was done to it."""
    server = WebServer(settings, home, clock, root, port, secrets)
    try:
        server.start()
        server.wait_until_ready()
        yield server
    finally:
        server.stop()
