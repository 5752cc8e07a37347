"""Records as timelines: what is the state of each at an instant, and which changed since another.

A record has a row of events; column c of `instants` is when its event c happened, in local seconds, NEVER when it
does not have that event. Events of a row come in strictly ascending order.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from seed.working_time import Seconds

NEVER = np.iinfo(np.int64).max


class Timeline:
    """All events in order of (instant, tie), where `tie` orders the records that change in the same second."""

    def __init__(self, instants: Seconds, tie: NDArray[np.int64]) -> None:
        following = np.full_like(instants, NEVER)
        for column in range(instants.shape[1] - 2, -1, -1):
            following[:, column] = np.minimum(following[:, column + 1], instants[:, column + 1])
        record, event = np.nonzero(instants != NEVER)
        order = np.lexsort((tie[record], instants[record, event]))
        self._record, self._event = record[order], event[order]
        self._instants = instants[self._record, self._event]
        self._following = following[self._record, self._event]

    def changed(self, since: int | None, at: int) -> tuple[NDArray[Any], NDArray[Any]]:
        """The records whose newest event up to `at` is not before `since`, and that event's column; in order."""
        first = 0 if since is None else int(np.searchsorted(self._instants, since, "left"))
        end = int(np.searchsorted(self._instants, at, "right"))
        newest = first + np.flatnonzero(self._following[first:end] > at)
        return self._record[newest], self._event[newest]


def in_sequence(instants: Seconds) -> None:
    """Push events that would come too early to a second after the one before, in place."""
    previous = np.full(len(instants), -1, dtype=np.int64)
    for column in range(instants.shape[1]):
        here = instants[:, column]
        present = here != NEVER
        here[present] = np.maximum(here[present], previous[present] + 1)
        previous[present] = here[present]


class ClockText:
    """Local seconds as text `yyyyMMddHHmmss`, and empty for NEVER; remembers the days it has seen."""

    def __init__(self) -> None:
        self._days: dict[int, str] = {}
        self._seconds = [f"{s // 3600:02}{s // 60 % 60:02}{s % 60:02}" for s in range(86_400)]

    def texts(self, instants: Seconds) -> list[str]:
        """One text for each instant."""
        days, seconds = np.divmod(np.where(instants == NEVER, -1, instants), 86_400)
        for day in np.unique(days[days >= 0]).tolist():
            if day not in self._days:
                self._days[day] = str(np.datetime64(day, "D")).replace("-", "")
        known, clock = self._days, self._seconds
        pairs = zip(days.tolist(), seconds.tolist(), strict=True)
        return [known[day] + clock[second] if day >= 0 else "" for day, second in pairs]
