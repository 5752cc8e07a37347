"""Polls in processes that are killed: `python -m tests.kill_child` forks one for each line that it is told.

Everything is imported before the first fork, and nothing is computed, for polars' threads do not survive a fork. A
line is an Order as JSON; the answer is an Ended as JSON, once the forked process has ended.
"""

import mmap
import os
import re
import select
import signal
import ssl
import sys
import time
from collections import Counter
from collections.abc import Callable
from functools import cache
from typing import Any

import msgspec
from sqlalchemy import Engine, event

import poll_run
from clock import still_clock
from connectors._http import once
from store.engine import open_engine
from tests.kill_source import NOW, source_settings

# So small that a poll stores several parts.
BATCH_RECORDS = 10
_STATEMENT = re.compile(
    r"(SELECT pg_advisory\w*|CREATE TEMPORARY TABLE|DROP TABLE|INSERT INTO|UPDATE|DELETE FROM|SELECT|\w+)"
    r"(?:\s(?:.*?\bFROM\s)?\"?(\w+))?",
    re.DOTALL,
)


class Order(msgspec.Struct):
    """One poll of the sources at `address` into `database`: killed at its point number `at` (of those of one name where
    `point` is given), or after so many `seconds`."""

    address: str
    database: str
    at: int | None = None
    point: str = ""
    seconds: float | None = None


class Ended(msgspec.Struct):
    """`outcome`: "killed", "done", or "failed" (a poll went wrong). `point`: the last that was reached, `points`: how
    many were; `seconds`: how long it took."""

    outcome: str
    point: str
    points: int
    seconds: float


class Points:
    """Counts the points between the statements of an engine, and kills this process at the one that is ordered.

    Number and name of the last one stand in `seen`, memory that outlives the process.
    """

    def __init__(self, seen: mmap.mmap, order: Order) -> None:
        self.seen, self.order, self.names = seen, order, Counter[str]()

    def watch(self, engine: Engine) -> None:
        """A point before and after every statement and every commit of the engine."""

        def before(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
            self.reach(f"before {named(statement)}")

        def after(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
            self.reach(f"after {named(statement)}")

        event.listen(engine, "before_cursor_execute", before)
        event.listen(engine, "after_cursor_execute", after)
        engine.dialect.do_commit = self._around("COMMIT", engine.dialect.do_commit)  # type: ignore[method-assign]

    def _around(self, name: str, call: Callable[[Any], None]) -> Callable[[Any], None]:
        def watched(connection: Any) -> None:
            self.reach(f"before {name}")
            call(connection)
            self.reach(f"after {name}")

        return watched

    def reach(self, name: str) -> None:
        """Note the point, and die there if it is the one."""
        self.names[name] += 1
        self.seen.seek(0)
        self.seen.write(msgspec.json.encode((self.names.total(), name[:200])).ljust(1024))
        if self.order.point in ("", name) and self.order.at == (self.names[self.order.point] or self.names.total()):
            os.kill(os.getpid(), signal.SIGKILL)


def named(statement: str) -> str:
    """What a statement does to which table, in a few words."""
    found = _STATEMENT.match(statement.strip())
    return " ".join(filter(None, found.groups())) if found else statement[:40]


def poll(order: Order, seen: mmap.mmap) -> bool:
    """One poll of every source; whether all went well."""
    engine = open_engine(order.database)
    Points(seen, order).watch(engine)
    poll_run.BATCH_RECORDS = BATCH_RECORDS
    results = poll_run.poll_once(engine, source_settings(order.address), still_clock(NOW), retry=once)
    for result in results:
        if not result.ok:
            sys.stderr.write(f"{result}\n")
    return all(result.ok for result in results)


def fork(order: Order) -> Ended:
    """Poll in a forked process, and wait for its end."""
    seen = mmap.mmap(-1, 1024)
    began = time.monotonic()
    child = os.fork()
    if child == 0:
        os._exit(0 if poll(order, seen) else 1)
    end = os.pidfd_open(child)
    if order.seconds is not None and not select.select([end], [], [], order.seconds)[0]:
        os.kill(child, signal.SIGKILL)
    _, status = os.waitpid(child, 0)
    os.close(end)
    points, point = msgspec.json.decode(seen[:].rstrip(b" \0") or b'[0, "before everything"]')
    outcome = {-signal.SIGKILL: "killed", 0: "done"}.get(os.waitstatus_to_exitcode(status), "failed")
    return Ended(outcome, point, points, time.monotonic() - began)


def warm() -> None:
    """What takes long and is the same for every fork."""
    ssl.create_default_context = cache(ssl.create_default_context)
    for database in ("sqlite://", "postgresql://"):
        open_engine(database).dispose()
    with poll_run.open_sources(source_settings("http://127.0.0.1:9"), still_clock(NOW), once):
        pass


def main() -> None:
    warm()
    for line in sys.stdin:
        ended = fork(msgspec.json.decode(line, type=Order))
        sys.stdout.buffer.write(msgspec.json.encode(ended) + b"\n")
        sys.stdout.buffer.flush()


if __name__ == "__main__":
    main()
