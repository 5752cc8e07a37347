"""The running meetings as lines: each with how many points are connected, below it the missing ones by name."""

from collections.abc import Iterator, Sequence
from datetime import datetime

from pages import _format
from pages._language import _
from pages._units import Units
from store.meeting_reads import RunningMeeting, RunningPoint
from wall.blocks import Line
from wall.freshness import data_time
from wall.scenes._packed import packed
from wall.scenes._place import named

_WIDEST = 50  # signs of names on a line of eight columns


def lines_of(running: Sequence[RunningMeeting], units: Units, now: datetime, most: int) -> dict[str, Line]:
    """At most so many lines: those with the most missing points first. What does not fit is counted."""
    ordered = sorted(running, key=lambda one: (one.awaited, -len(one.missing), one.started_at, one.source_id))
    shown = ordered if len(ordered) <= most else ordered[: most - 1]
    short = sum(bool(meeting.missing) for meeting in shown)
    # No meeting's many points take the room of another's.
    each = max((most - len(shown)) // short, 1) if short else 0
    lines = [pair for meeting in shown for pair in _lines(meeting, units, now, each)]
    left = len(ordered) - len(shown)
    if left:
        lines = [*lines[: most - 1], ("more", Line(head=_("and {n} more meetings", n=_format.number(left))))]
    return dict(lines[:most])


def _lines(meeting: RunningMeeting, units: Units, now: datetime, each: int) -> Iterator[tuple[str, Line]]:
    key, missing = f"{meeting.source}/{meeting.source_id}", meeting.missing
    bad = bool(missing) and not meeting.awaited
    present = _format.number(meeting.invited - len(missing))
    value = f"{present} / {_format.number(meeting.invited)}"
    yield (
        key,
        Line(
            head=named(meeting.unit_code, units),
            text=_("since {time}", time=data_time(meeting.started_at, now)),
            value=value if meeting.invited else _format.number(meeting.connected),
            shape="■" if bad else "●",
            tone="bad" if bad else "" if missing else "good",
        ),
    )
    for number, names in enumerate(packed([_missing(point, units, now) for point in missing], each, _WIDEST)):
        told = _("awaited: {names}", names=names) if meeting.awaited else _("missing: {names}", names=names)
        yield f"{key}/{number}", Line(head="", text=names if number else told)


def _missing(point: RunningPoint, units: Units, now: datetime) -> str:
    name = named(point.unit_code, units)
    if point.left_at is None:
        return name
    return _("{name} (left {time})", name=name, time=data_time(point.left_at, now))
