"""After news a process goes on drawing the state before, until what many look at is composed of the new one.

Otherwise whoever clicks right after news waits while all that stands open is composed anew. A thread composes it
instead, and leaves the processor to the clicks for most of the time. What is drawn is the one state or the other, with
its own time; the wall does not ask here: its screens follow at once.
"""

import threading
import time
from collections.abc import Callable, Hashable, Sequence
from contextlib import suppress

from clock import local_day
from errors import IocError
from pages._holder import Live
from pages._standing import View

# No longer after it was read a state is drawn, whatever is composed of it by then.
LONGEST_SECONDS = 5.0
# Of one processor, beside the clicks of hundreds.
_SHARE = 0.4
# A store that another thread reads just then is read again within this.
_AT_ONCE_SECONDS = 2.0


class Ahead:
    """Which state the pages of a process draw; for any number of threads."""

    def __init__(self, looked_at: Callable[[], Sequence[View]], compose: Callable[[View, Live], None]) -> None:
        """`looked_at`: what stands open, the most looked at first; `compose`: make what it shows of a state."""
        self._looked_at, self._compose = looked_at, compose
        self._changing = threading.Lock()
        self._drawn: tuple[Hashable, Live] | None = None
        # States that are newer than that: by moment when they were first met, in this order.
        self._waiting: dict[Hashable, float] = {}
        self._is_composing = False
        self._at_once_until = 0.0

    def drawn(self, newest: Live) -> Live:
        """The state to draw where `newest` was read last: that, or the one before while it is being composed."""
        moment, now = newest.moment, time.monotonic()
        with self._changing:
            if self._drawn is None or moment == self._drawn[0] or self._may_not_wait(newest, self._drawn[1], now):
                return self._turn_to(moment, newest)
            self._waiting.setdefault(moment, now)
            until = min(self._waiting.values()) + LONGEST_SECONDS
            if now >= until:
                return self._turn_to(moment, newest)
            if not self._is_composing:
                views = self._looked_at()
                if not views:
                    return self._turn_to(moment, newest)
                self._is_composing = True
                told = (views, moment, newest, until)
                threading.Thread(target=self._compose_all, args=told, name="ahead", daemon=True).start()
            return self._drawn[1]

    def let_go(self) -> None:
        """Draw what is newest, for a moment: for whoever has just written."""
        self._at_once_until = time.monotonic() + _AT_ONCE_SECONDS

    def _may_not_wait(self, newest: Live, drawn: Live, now: float) -> bool:
        return now < self._at_once_until or _beside_figures(newest) != _beside_figures(drawn)

    def _turn_to(self, moment: Hashable, state: Live) -> Live:
        met = list(self._waiting)
        later = met[met.index(moment) + 1 :] if moment in self._waiting else []
        self._waiting = {one: self._waiting[one] for one in later}
        self._drawn = moment, state
        return state

    def _compose_all(self, views: Sequence[View], moment: Hashable, state: Live, until: float) -> None:
        try:
            for view in views:
                if time.monotonic() >= until or moment not in self._waiting:
                    break  # it, or a newer one, is drawn by now
                began = time.thread_time()
                with suppress(IocError):  # whoever looks at it is told
                    self._compose(view, state)
                time.sleep((time.thread_time() - began) * (1 / _SHARE - 1))
        finally:
            with self._changing:
                self._is_composing = False
                if moment in self._waiting:
                    self._turn_to(moment, state)


def _beside_figures(state: Live) -> Hashable:
    """What people write, the day, and whether figures can be believed: that is seen at once."""
    written = frozenset((name, version) for name, version in state.versions.items() if name != "data")
    believed = tuple((source.name, source.state) for source in state.sources)
    return written, state.notes.version, local_day(state.now), believed, state.stale_reason
