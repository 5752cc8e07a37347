"""Whether the screens changed their scenes when they should have: from the moments that their observers noted."""

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from tests.wall_screens import Seen
from wall.layout import Layout, Screen

# A change later than this is one that people standing before the wall would see.
LATE_SECONDS = 1.0


class Rotation(NamedTuple):
    """`due` changes of scene, of which `missed` did not come, came late or led to a wrong scene; `skew`: most seconds
    between the first and the last screen to make the same change."""

    due: int
    missed: int
    skew: float


def rotation(layout: Layout, seen: Mapping[int, Sequence[Seen]]) -> Rotation:
    """What became of the changes between the first and the last that each screen made."""
    due = missed = 0
    moments: dict[int, list[float]] = {}
    for number, told in seen.items():
        changes = [one for one in told if one.what == "shown"]
        for boundary, scene in _due(layout.screens[number], changes):
            due += 1
            made = [one.at for one in changes if abs(one.at - boundary) <= LATE_SECONDS and one.scene == scene]
            missed += not made
            moments.setdefault(round(boundary), []).extend(made[:1])
    skews = (max(made) - min(made) for made in moments.values() if made)
    return Rotation(due, missed, max(skews, default=0.0))


def _due(screen: Screen, changes: Sequence[Seen]) -> Iterable[tuple[float, str]]:
    """When, after the first change and up to the last, which scene had to come on: the rule of ui.md, worked out anew.

    The loop goes round from 1970 on.
    """
    if len(changes) < 2:
        return
    dwells = [use.dwell.total_seconds() for use in screen.uses]
    length = sum(dwells)
    first, last = changes[0].at + LATE_SECONDS, changes[-1].at + LATE_SECONDS
    begin = first // length * length
    while begin <= last:
        at = begin
        for use, dwell in zip(screen.uses, dwells, strict=True):
            if first < at <= last and len(screen.uses) > 1:
                yield at, use.id
            at += dwell
        begin += length
