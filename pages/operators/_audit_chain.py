"""Whether the audit log is what was written: looked at by this process at most once a minute, or when asked to."""

import threading
import time
from datetime import datetime
from functools import cache
from typing import NamedTuple

from clock import real_clock
from store.audit import Head
from store.audit_reads import Chain, differing, head_of, verify
from store.engine import Engine

_LOOK_SECONDS = 60.0
# Reckoning more rows takes longer than a visitor should wait who has not asked for it.
_UNASKED_ROWS = 20_000


class Looked(NamedTuple):
    """What was found at a real instant. `lost`: a head that this process has seen, and the log does not have any
    more."""

    chain: Chain
    lost: Head | None
    at: datetime


class ChainWatch:
    """This process's look at the chain. It remembers the last sound head, so a log that is cut off or written anew
    meanwhile is noticed until the process ends."""

    def __init__(self) -> None:
        self._looking = threading.Lock()
        self._seen = Head()
        self._last: Looked | None = None
        self._next = 0.0

    def last(self, engine: Engine) -> Looked | None:
        """The last look, a new one when it is due; None when the log is too long to look at it unasked. StoreError when
        the store cannot be read."""
        if time.monotonic() >= self._next and head_of(engine).number <= _UNASKED_ROWS:
            return self.look(engine)
        return self._last

    def look(self, engine: Engine) -> Looked | None:
        """Reckon the whole chain now; while another visitor has it reckoned, the look before."""
        if not self._looking.acquire(blocking=False):
            return self._last
        try:
            chain = verify(engine)
            lost = next(iter(differing(engine, [self._seen])), None)
            if lost is None and chain.broken is None:
                self._seen = chain.head
            self._last = Looked(chain, lost, real_clock().now())
            self._next = time.monotonic() + _LOOK_SECONDS
        finally:
            self._looking.release()
        return self._last


@cache
def chain_watch(_url: str) -> ChainWatch:
    """This process's watch over the log of the store at a URL."""
    return ChainWatch()
