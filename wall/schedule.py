"""Which scene a screen shows at which moment: a rule that server and screens both compute, so that nobody gives a sign.

The loop of a screen goes round from 1970 on; all screens whose loops have the same dwells change at the same moments.
`wall/assets/` follows the same rule.
"""

from collections.abc import Sequence
from datetime import time, timedelta
from itertools import accumulate
from typing import Protocol

from wall.layout import Screen

Loop = Sequence[tuple[str, int]]


class Pinned(Protocol):
    """A scene that a screen shows from a moment on (real time, ms since 1970) until it is released."""

    @property
    def scene(self) -> str:
        """The id of the scene."""

    @property
    def at_ms(self) -> int:
        """From when."""


def loop(screen: Screen, local_time: time) -> list[tuple[str, int]]:
    """The loop in force at a time of the place's day: ids of scenes with their dwell in ms; never empty."""
    in_force = [use for use in screen.uses if use.in_force(local_time)]
    return [(use.id, use.dwell // timedelta(milliseconds=1)) for use in in_force]


def shown_at(loop: Loop, pin: Pinned | None, now_ms: int) -> str:
    """The id of the scene shown at a moment (real time, ms since 1970)."""
    if pin is not None and now_ms >= pin.at_ms:
        return pin.scene
    position = now_ms % sum(dwell for _scene, dwell in loop)
    ends = accumulate(dwell for _scene, dwell in loop)
    return next(scene for (scene, _dwell), end in zip(loop, ends, strict=True) if position < end)


def shown_between(loop: Loop, pin: Pinned | None, first_ms: int, last_ms: int) -> tuple[set[str], int]:
    """The ids of the scenes shown at any moment from the first to the last, both included (real time, ms since 1970);
    and the moment after the last at which the loop goes on."""
    found, at = {shown_at(loop, pin, last_ms)}, first_ms
    while at <= last_ms:
        found.add(shown_at(loop, pin, at))
        at = _goes_on_at(loop, at)
    return found, at


def _goes_on_at(loop: Loop, now_ms: int) -> int:
    """The next moment at which a loop that nobody holds goes on to another scene, or begins the same one again."""
    position = now_ms % sum(dwell for _scene, dwell in loop)
    return now_ms - position + next(end for end in accumulate(dwell for _scene, dwell in loop) if end > position)


def next_scene(loop: Loop, shown: str) -> str:
    """The scene after the one shown; the first when that is none of the loop."""
    return _step(loop, shown, 1, 0)


def previous_scene(loop: Loop, shown: str) -> str:
    """The scene before the one shown; the last when that is none of the loop."""
    return _step(loop, shown, -1, -1)


def _step(loop: Loop, shown: str, step: int, otherwise: int) -> str:
    scenes = [scene for scene, _dwell in loop]
    return scenes[(scenes.index(shown) + step) % len(scenes) if shown in scenes else otherwise]
