"""A one-stop that grows while it is polled, and pollers in processes of their own that can be killed, hung and cut."""

import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Engine

from clock import ANCHOR_VARIABLE, LOCAL_ZONE, Clock, real_clock
from errors import StoreError
from store.engine import reading
from store.tables import dossiers, poll_runs
from tests.recorded import DOSSIER, PROCEDURE, SECRETS, UNIT
from tests.source_server import Answer, Asked, json_answer

START = datetime(2021, 6, 1, 1, 0, tzinfo=UTC)
_PATIENCE_SECONDS = 90.0
_GROWTH = 2
_LOOK_SECONDS = 0.05


class GrowingSource:
    """Every question for dossiers finds a few more of them, until it is told to stay as it is."""

    def __init__(self) -> None:
        self.clock = Clock(real_clock().now(), START, 1.0)
        self.grows = True
        self._dossiers: list[dict[str, Any]] = []
        self._lock = threading.Lock()

    @property
    def ids(self) -> set[str]:
        """The keys of all dossiers that it has."""
        with self._lock:
            return {str(dossier["MaHoSo"]) for dossier in self._dossiers}

    def reply(self, asked: Asked) -> Answer:
        """Its answer to a call of the dialect dvcqg."""
        path = asked.path.removeprefix("/api")
        if path == "/login":
            return json_answer({"error_code": "0", "session": "s", "hetHan": 900})
        lists: dict[str, list[Any]] = {"/LayDanhMucCoQuan": [UNIT], "/LayDanhSachTTHC": [PROCEDURE]}
        found = lists.get(path) or self._since(asked.query.get("capNhatTu", ""))
        return json_answer({"error_code": "0", "result": {"tongSo": len(found), "kichThuoc": 5000, "data": found}})

    def _since(self, updated: str) -> list[dict[str, Any]]:
        with self._lock:
            if self.grows:
                self._grow()
            return [dossier for dossier in self._dossiers if dossier["NgayCapNhat"] >= updated]

    def _grow(self) -> None:
        now = self.clock.now().astimezone(LOCAL_ZONE).strftime("%Y%m%d%H%M%S")
        for number in range(len(self._dossiers), len(self._dossiers) + _GROWTH):
            self._dossiers.append({**DOSSIER, "MaHoSo": f"D{number}", "NgayCapNhat": now})


class PollerProcess:
    """`ioc.py poll` as a process whose log can be read."""

    def __init__(self, process: "subprocess.Popen[str]", log: Path) -> None:
        self.process, self._log = process, log

    def said(self) -> list[dict[str, Any]]:
        """The lines of its log so far."""
        return [json.loads(line) for line in self._log.read_text().splitlines() if line.endswith("}")]

    def events(self) -> list[str]:
        """What they tell of."""
        return [str(line["event"]) for line in self.said()]

    def signal(self, number: int) -> None:
        """Send it a signal."""
        self.process.send_signal(number)

    def kill(self) -> None:
        """SIGKILL, and the process is gone."""
        self.process.kill()
        self.process.wait()

    def end(self) -> int:
        """Ask it to end; its exit code."""
        self.signal(signal.SIGTERM)
        return self.process.wait(20)


# On another machine nobody can see that this process is dead: only its lease tells.
_PROGRAM = (
    "import sys, store.lease_process; name = sys.argv[2]; store.lease_process._machine = lambda: name;"
    "from config import read_settings; from poller import run_forever; run_forever(read_settings(sys.argv[1]))"
)
_CONFIGURATION = """
[store]
url = "{url}"
[clock]
start = "{start}"
[[sources]]
name = "motcua"
dialect = "dvcqg"
base_url = "{address}"
username = "ioc"
password_env = "TEST_PASSWORD"
every = "100ms"
overlap = "5s"
"""


@contextmanager
def poller_process(home: Path, name: str, url: str, address: str, clock: Clock) -> Iterator[PollerProcess]:
    """A poller on a machine of that name; killed at the end, whatever was done to it."""
    config, log = home / f"{name}.toml", home / f"{name}.log"
    config.write_text(_CONFIGURATION.format(url=url, start=START.isoformat(), address=address))
    environment = {**os.environ, **SECRETS, ANCHOR_VARIABLE: clock.anchor()}
    environment.pop("IOC_DATABASE_URL", None)
    command = [sys.executable, "-c", _PROGRAM, str(config), name]
    with (
        log.open("w") as errors,
        subprocess.Popen(command, cwd=Path(__file__).parents[1], stderr=errors, env=environment, text=True) as process,
    ):
        try:
            yield PollerProcess(process, log)
        finally:
            process.kill()


def until(holds: Callable[[], bool], what: str, seconds: float = _PATIENCE_SECONDS) -> float:
    """Look until it holds; the seconds it took."""
    began, between = time.monotonic(), threading.Event()
    while not holds():
        assert time.monotonic() - began < seconds, f"not within {seconds} s: {what}"
        between.wait(_LOOK_SECONDS)
    return time.monotonic() - began


def stored_ids(engine: Engine) -> set[str]:
    """The keys of all stored dossiers; none while the database does not answer."""
    try:
        with reading(engine) as connection:
            return set(connection.scalars(sa.select(dossiers.c.source_id)))
    except StoreError:
        return set()


def good_runs(engine: Engine, fence: int) -> int:
    """How many runs under that fence ended well."""
    mine = sa.select(sa.func.count()).where(poll_runs.c.fence == fence, poll_runs.c.outcome == "ok")
    try:
        with reading(engine) as connection:
            return connection.scalar(mine) or 0
    except StoreError:
        return 0


def overlaps(engine: Engine) -> list[tuple[int, timedelta]]:
    """The fences whose runs were still written to when those of the next fence had begun, and for how long."""
    runs = poll_runs.c
    last = sa.func.max(sa.func.coalesce(runs.ended_at, runs.began_at))
    query = sa.select(runs.fence, sa.func.min(runs.began_at), last).group_by(runs.fence).order_by(runs.fence)
    with reading(engine) as connection:
        terms = connection.execute(query).all()
    return [(one[0], one[2] - two[1]) for one, two in pairwise(terms) if two[1] < one[2]]
