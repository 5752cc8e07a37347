"""Which meetings run, as their sources last told it, and who is in them."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from functools import cache
from itertools import groupby
from operator import attrgetter
from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlalchemy import Engine

from store.engine import reading
from store.tables import meeting_points, meetings

# Being connected for less does not count as taking part; whoever is later than that is missed.
GRACE = timedelta(minutes=5)


class RunningPoint(NamedTuple):
    """A unit that was invited to a meeting or is in it. `connected`: when its meeting was last seen.

    `left_at`: when it was seen last, if it was there and is not any more.
    """

    unit_code: str
    invited: bool
    connected: bool
    left_at: datetime | None


class RunningMeeting(NamedTuple):
    """A meeting that had not ended when `last_seen_at` its source was last read. `unit_code` is its host's."""

    source: str
    source_id: str
    unit_code: str
    scheduled_at: datetime | None
    started_at: datetime
    last_seen_at: datetime
    points: tuple[RunningPoint, ...]

    @property
    def connected(self) -> int:
        """How many points are in the meeting, its host's own and those that nobody invited among them."""
        return sum(point.connected for point in self.points)

    @property
    def invited(self) -> int:
        """How many points were invited."""
        return sum(point.invited for point in self.points)

    @property
    def missing(self) -> list[RunningPoint]:
        """The invited points that are not connected, by unit code: dark ones, or still awaited."""
        return [point for point in self.points if point.invited and not point.connected]

    @property
    def awaited(self) -> bool:
        """Whether points may still come: five minutes after the time it was called for they are dark."""
        called_for = max(self.started_at, self.scheduled_at or self.started_at)
        return self.last_seen_at < called_for + GRACE


_MEETING = [meetings.c[name] for name in RunningMeeting._fields if name != "points"]
_WHICH = attrgetter("source", "source_id")


def running_meetings(engine: Engine) -> list[RunningMeeting]:
    """The meetings without an end, of all sources, by their start. StoreError when the store cannot be read."""
    open_meetings, their_points = _questions()
    with reading(engine) as connection:
        found = connection.execute(open_meetings).all()
        parts = connection.execute(their_points).all() if found else []
    of_meeting = {which: list(group) for which, group in groupby(parts, key=_WHICH)}
    return [RunningMeeting._make((*row, _points(of_meeting.get(_WHICH(row), []), row.last_seen_at))) for row in found]


@cache
def _questions() -> tuple[sa.Select[Any], sa.Select[Any]]:
    """The open meetings, and their points: asked after every poll, made once."""
    parts, still_open = meeting_points.c, meetings.c.ended_at.is_(None)
    told = sa.and_(parts.source == meetings.c.source, parts.source_id == meetings.c.source_id)
    points = sa.select(parts.source, parts.source_id, parts.unit_code, parts.invited, parts.last_connected_at)
    points = points.join(meetings, told).where(still_open).order_by(parts.source, parts.source_id, parts.unit_code)
    known = sa.select(*_MEETING).where(still_open)
    return known.order_by(meetings.c.started_at, meetings.c.source, meetings.c.source_id), points


def _points(parts: Sequence[sa.Row[Any]], last_seen_at: datetime) -> tuple[RunningPoint, ...]:
    found = []
    for part in parts:
        last = part.last_connected_at
        connected = last == last_seen_at
        found.append(RunningPoint(part.unit_code, part.invited, connected, None if connected else last))
    return tuple(found)
