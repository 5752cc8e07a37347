"""What visitors have met, counted for a while."""

import time

import msgspec
import numpy as np

# An action that has not ended by then and is older than this counts with its age: it would take even longer.
_LONG_MS = 300.0


class Counted(msgspec.Struct, frozen=True):
    """`actions`: how many ended. In ms the middle, the 95th percentile and the slowest of them, with the age of those
    that take long and have not ended; of screens, the age of what they are told. `parts`: how many parts of pages were
    drawn again because a timer asked. `broken`: streams that ended, were refused or said nothing. `own_lag_ms`: p95 of
    how late the visitors' own process was woken, by which all else is too long."""

    here: int
    actions: int
    p50_ms: float
    p95_ms: float
    slowest_ms: float
    parts: int
    broken: int
    heard_bytes: int
    own_lag_ms: float
    own_core: float
    seconds: float


class Tally:
    """Takes down what happens since `begin`."""

    def __init__(self) -> None:
        self.begin()

    def begin(self) -> None:
        """Forget what was."""
        self.took: list[float] = []
        self.own_lag: list[float] = []
        self.parts = self.broken = self.heard_bytes = 0
        self._began, self._core = time.monotonic(), time.process_time()

    def counted(self, here: int, waiting_since: list[float]) -> Counted:
        """Everything since `begin`; `waiting_since`: when the actions that have not ended began."""
        now = time.monotonic()
        took = self.took + [age for since in waiting_since if (age := (now - since) * 1000) > _LONG_MS]
        return Counted(
            here=here,
            actions=len(self.took),
            p50_ms=_percentile(took, 50),
            p95_ms=_percentile(took, 95),
            slowest_ms=max(took, default=0.0),
            parts=self.parts,
            broken=self.broken,
            heard_bytes=self.heard_bytes,
            own_lag_ms=_percentile(self.own_lag, 95),
            own_core=time.process_time() - self._core,
            seconds=now - self._began,
        )


def _percentile(values: list[float], percent: float) -> float:
    return float(np.percentile(values, percent)) if values else 0.0
