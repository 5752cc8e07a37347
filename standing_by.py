"""Waiting until this process is the poller that works, and knowing when it no longer is."""

import os
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import structlog
from sqlalchemy import Engine

from errors import StoreError
from store.fencing import Fence
from store.lease import LEASE_SECONDS, LOOK_SECONDS, RENEW_SECONDS, Holder, give_back, renew_lease, take_lease

# A database that does not answer must not hold up the end: the lease then runs out by itself.
GIVING_SECONDS = 2.0

log = structlog.get_logger("poller")


class Term:
    """The time in which this process is the poller that works."""

    def __init__(self, engine: Engine, fence: Fence, asked_at: float) -> None:
        """`asked_at`: time.monotonic() before the lease was asked for; the database's clock began later."""
        self.fence = fence
        self._engine = engine
        self._held_until = asked_at + LEASE_SECONDS
        # SQLite has one writer, and a large batch of ours may keep our own renewal waiting for longer than a lease.
        self._runs_out = engine.dialect.name != "sqlite"
        self._taken_over, self._ended = threading.Event(), threading.Event()

    def until_over(self) -> None:
        """Wait until another poller works, or may, because the database has not heard of us for too long.

        On SQLite until another works: a poller whose lease ran out while it wrote goes on when nobody else is there.
        """
        while (left := self._left()) > 0:
            if self._taken_over.wait(left):
                return

    def _left(self) -> float:
        return self._held_until - time.monotonic() if self._runs_out else LEASE_SECONDS

    def keep(self) -> None:
        """Renew the lease every few seconds, for a thread that may hang where the database does not answer."""
        while not self._ended.wait(RENEW_SECONDS):
            asked_at = time.monotonic()
            try:
                if not renew_lease(self._engine, self.fence):
                    self._taken_over.set()
                    return
            except StoreError:
                continue  # it stays ours for a while, and until_over knows how long
            self._held_until = asked_at + LEASE_SECONDS

    def end(self) -> None:
        """Give the lease back, so that the next poller need not wait until it runs out."""
        self._ended.set()
        giving = threading.Thread(target=self._give_back, daemon=True)
        giving.start()
        giving.join(GIVING_SECONDS)

    def _give_back(self) -> None:
        try:
            give_back(self._engine, self.fence)
        except StoreError as error:
            log.warning("lease not given back", reason=str(error))


@contextmanager
def at_work(engine: Engine) -> Iterator[Term]:
    """Stand by until nobody else works, then hold the lease until the block ends."""
    asked_at, fence = _stand_by(engine)
    term = Term(engine, fence, asked_at)
    threading.Thread(target=term.keep, name="keeps the lease", daemon=True).start()
    try:
        yield term
    finally:
        term.end()
        engine.dispose()


def _stand_by(engine: Engine) -> tuple[float, Fence]:
    """When we asked, and what we got; who works instead is logged once for each of them."""
    me = f"{socket.gethostname()}:{os.getpid()}"
    told: int | str | None = None
    between_looks = threading.Event()  # never set; a signal ends the wait
    while True:
        asked_at = time.monotonic()
        try:
            found: Fence | Holder | str | None = take_lease(engine, me)
        except StoreError as error:
            found = str(error)
        if isinstance(found, Fence):
            return asked_at, found
        if isinstance(found, Holder) and found.fence != told:
            told = found.fence
            log.info("standing by", working=found.name, fence=found.fence, since=found.since.isoformat())
        elif isinstance(found, str) and told != "no database":
            told = "no database"
            log.warning("standing by", reason=found)
        between_looks.wait(LOOK_SECONDS)
