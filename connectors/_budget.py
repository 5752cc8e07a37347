"""How often a source is asked, and how long one poll may take: no more calls a minute than agreed, no poll for ever.

A library for rates (pyrate-limiter, limits) could not wait by a clock of ours, nor be ended while it waits.
"""

import math
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager

WINDOW_SECONDS = 60.0


class OutOfTimeError(Exception):
    """The time that a poll may take is over, or the process ends while a call waits; no call was made."""


class _Poll(threading.local):
    """The poll that runs in a thread: until when it may call (monotonic seconds), how often it called again."""

    until = math.inf
    seconds = math.inf
    retries = 0


class Budget:
    """The calls of one source, of all threads together; the time that each thread's poll has."""

    def __init__(
        self,
        calls_per_minute: int,
        monotonic: Callable[[], float] = time.monotonic,
        wait: Callable[[float], object] | None = None,
    ) -> None:
        """`wait` returns after so many seconds, or sooner; without one it ends with `end_waits`."""
        self._calls: deque[float] = deque(maxlen=calls_per_minute)
        self._monotonic = monotonic
        self._ending = threading.Event()
        self._wait = wait or self._ending.wait
        self._lock = threading.Lock()
        self._poll = _Poll()

    @contextmanager
    def limited(self, seconds: float) -> Iterator[None]:
        """A poll in this thread: calls that begin more than `seconds` after it began raise OutOfTimeError."""
        poll = self._poll
        poll.until, poll.seconds, poll.retries = self._monotonic() + seconds, seconds, 0
        try:
            yield
        finally:
            poll.until = math.inf

    @property
    def retries(self) -> int:
        """How often the poll of this thread, or its last one, called again what had failed."""
        return self._poll.retries

    def count_retry(self) -> None:
        """A call of this thread's poll is made again."""
        self._poll.retries += 1

    def remaining(self) -> float:
        """The seconds that the poll of this thread still has. Raises OutOfTimeError when it has none."""
        left = self._poll.until - self._monotonic()
        if left <= 0:
            raise OutOfTimeError(f"the poll has lasted {self._poll.seconds / 60:g} minutes, longer than any may")
        return left

    def spend(self) -> None:
        """Take one call out of the budget, waiting for as long as the last minute holds all that are allowed.

        Raises OutOfTimeError when the poll would have no time left then.
        """
        self._refuse_when_ending()
        while pause := self._reserve():
            if pause >= self.remaining():
                raise OutOfTimeError("the calls allowed in a minute are spent, and the poll has no time to wait")
            self._wait(pause)
            self._refuse_when_ending()

    def _refuse_when_ending(self) -> None:
        if self._ending.is_set():
            raise OutOfTimeError("the process ends")

    def _reserve(self) -> float:
        """Note a call and return 0, or return the seconds until one is allowed."""
        self.remaining()
        with self._lock:
            now, calls = self._monotonic(), self._calls
            if len(calls) == calls.maxlen and now < calls[0] + WINDOW_SECONDS:
                return calls[0] + WINDOW_SECONDS - now
            calls.append(now)
            return 0.0

    def end_waits(self) -> None:
        """The process ends, and soon the clients are closed: from now on every call gets OutOfTimeError."""
        self._ending.set()
