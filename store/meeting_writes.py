"""Meetings: ended ones vanish from their source, so what each poll saw is merged and never forgotten."""

from datetime import datetime

import polars as pl
import sqlalchemy as sa
from sqlalchemy import Connection
from sqlalchemy.dialects import postgresql, sqlite

from store.frames import read_frame
from store.rollups import meetings_query
from store.rows import Meeting
from store.tables import meeting_points, meetings


def merge_meetings(
    connection: Connection, source: str, seen: list[Meeting], running: frozenset[str] | None, seen_at: datetime
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Merge what a poll saw at `seen_at`, and end the open meetings of the source that are not in `running`.

    An end that the source itself gave stands; one that we concluded from absence is taken back when the meeting is
    listed as running later. A point was connected from the first to the last poll that saw it.
    Returns the touched meetings, one row per point, (before, after).
    """
    ids = {meeting.source_id for meeting in seen} | _vanished(connection, source, running)
    before = _touched(connection, source, ids)
    for meeting in seen:
        _merge_one(connection, source, meeting, seen_at)
        for point in meeting.points:
            connected = seen_at if point.connected else None
            _merge_point(connection, source, meeting.source_id, point.unit_code, point.invited, connected)
    if running is not None:
        connection.execute(
            meetings.update()
            .where(meetings.c.source == source, meetings.c.ended_at.is_(None), meetings.c.source_id.not_in(running))
            .values(ended_at=seen_at)
        )
    return before, _touched(connection, source, ids)


def _vanished(connection: Connection, source: str, running: frozenset[str] | None) -> set[str]:
    if running is None:
        return set()
    still_open = sa.select(meetings.c.source_id).where(meetings.c.source == source, meetings.c.ended_at.is_(None))
    return set(connection.scalars(still_open)) - running


def _touched(connection: Connection, source: str, ids: set[str]) -> pl.DataFrame:
    query = meetings_query().where(meetings.c.source == source, meetings.c.source_id.in_(ids))
    return read_frame(connection, query)


def _merge_one(connection: Connection, source: str, meeting: Meeting, seen_at: datetime) -> None:
    insert = (postgresql if connection.dialect.name == "postgresql" else sqlite).insert(meetings)
    statement = insert.values(
        source=source,
        source_id=meeting.source_id,
        unit_code=meeting.unit_code,
        name=meeting.name,
        scheduled_at=meeting.scheduled_at,
        started_at=meeting.started_at,
        ended_at=meeting.ended_at,
        end_seen=meeting.ended_at is not None,
        last_seen_at=seen_at,
    )
    stored, new = meetings.c, statement.excluded
    taken_back = sa.and_(~stored.end_seen, new.last_seen_at > stored.ended_at)
    ended_at = sa.case(
        (new.end_seen & stored.end_seen, sa.case((new.ended_at > stored.ended_at, new.ended_at), else_=stored.ended_at)),
        (new.end_seen, new.ended_at),
        (taken_back, sa.null()),
        else_=stored.ended_at,
    )
    last_seen_at = sa.case((new.last_seen_at > stored.last_seen_at, new.last_seen_at), else_=stored.last_seen_at)
    newest = {"ended_at": ended_at, "end_seen": stored.end_seen | new.end_seen, "last_seen_at": last_seen_at}
    connection.execute(statement.on_conflict_do_update(index_elements=["source", "source_id"], set_=newest))


def _merge_point(
    connection: Connection, source: str, source_id: str, unit_code: str, invited: bool, connected_at: datetime | None
) -> None:
    insert = (postgresql if connection.dialect.name == "postgresql" else sqlite).insert(meeting_points)
    statement = insert.values(
        source=source,
        source_id=source_id,
        unit_code=unit_code,
        invited=invited,
        first_connected_at=connected_at,
        last_connected_at=connected_at,
    )
    stored, new = meeting_points.c, statement.excluded
    first, last = stored.first_connected_at, stored.last_connected_at
    earliest = sa.case((first.is_(None) | (new.first_connected_at < first), new.first_connected_at), else_=first)
    latest = sa.case((last.is_(None) | (new.last_connected_at > last), new.last_connected_at), else_=last)
    merged = {"invited": stored.invited | new.invited, "first_connected_at": earliest, "last_connected_at": latest}
    keys = ["source", "source_id", "unit_code"]
    connection.execute(statement.on_conflict_do_update(index_elements=keys, set_=merged))
