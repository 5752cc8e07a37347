"""A circuit breaker: a source whose polls fail one after the other is left alone for a while, then tried by one poll.

pybreaker counts calls and raises its own errors; here a poll is what fails, and its pause is bounded by what freshness
promises: a source that answers again is read within half its expected age (and one interval of its polls).
"""

import time
from collections.abc import Callable
from datetime import timedelta
from typing import Literal

# One bad answer is nothing: at a poll a minute this is the expected age of a source.
FAILURES_TO_OPEN = 5
# A source that may be a day old must not be away for half a day because it failed for five minutes.
LONGEST_PAUSE = timedelta(minutes=5)


class Breaker:
    """closed: polls are made · open: none is · half_open: the pause is over, and one poll is made on trial."""

    def __init__(self, expected_age: timedelta, monotonic: Callable[[], float] = time.monotonic) -> None:
        self.pause_seconds = min(expected_age / 2, LONGEST_PAUSE).total_seconds()
        self.state: Literal["closed", "open", "half_open"] = "closed"
        self.failures = 0
        self._monotonic = monotonic
        self._opened_at = 0.0

    def left_alone_for(self) -> float:
        """The seconds for which the source is still left alone; 0.0 when it may be polled (half_open from then on)."""
        if self.state != "open":
            return 0.0
        left = self._opened_at + self.pause_seconds - self._monotonic()
        if left > 0:
            return left
        self.state = "half_open"
        return 0.0

    def succeeded(self) -> None:
        """A poll went well."""
        self.state, self.failures = "closed", 0

    def failed(self) -> None:
        """A poll failed by the source's fault."""
        self.failures += 1
        if self.state == "half_open" or self.failures >= FAILURES_TO_OPEN:
            self.state, self._opened_at = "open", self._monotonic()
