"""Which meetings run, as their sources last told it, and who is in them."""

from datetime import datetime, timedelta
from functools import cache
from itertools import groupby
from operator import itemgetter
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


_OF_MEETING = [name for name in RunningMeeting._fields if name != "points"]


def running_meetings(engine: Engine) -> list[RunningMeeting]:
    """The meetings without an end, of all sources, by their start. StoreError when the store cannot be read."""
    with reading(engine) as connection:
        rows = connection.execute(_open_meetings()).mappings().all()
    found = []
    for values, group in groupby(rows, key=itemgetter(*_OF_MEETING)):
        meeting = dict(zip(_OF_MEETING, values, strict=True))
        points = [_point(dict(row)) for row in group if row["point"] is not None]
        found.append(RunningMeeting(**meeting, points=tuple(points)))
    return found


@cache
def _open_meetings() -> sa.Select[Any]:
    """Asked after every poll, made once: a row for each of their points, at least one for each."""
    parts = meeting_points.c
    told = sa.and_(parts.source == meetings.c.source, parts.source_id == meetings.c.source_id)
    columns = [*(meetings.c[name] for name in _OF_MEETING), parts.unit_code.label("point"), parts.invited]
    columns += [parts.first_connected_at, parts.last_connected_at]
    query = sa.select(*columns).outerjoin_from(meetings, meeting_points, told).where(meetings.c.ended_at.is_(None))
    return query.order_by(meetings.c.started_at, meetings.c.source, meetings.c.source_id, parts.unit_code)


def _point(row: dict[str, object]) -> RunningPoint:
    last = row["last_connected_at"]
    connected = isinstance(last, datetime) and last == row["last_seen_at"]
    left_at = last if isinstance(last, datetime) and not connected else None
    return RunningPoint(str(row["point"]), bool(row["invited"]), connected, left_at)
