"""Meetings: ended ones vanish from their source, so what each poll saw is merged and never forgotten.

The merge gives the same result in every order and number of deliveries: an end that the source itself gave stands
(of several the latest); one that we concluded from absence is taken back when the meeting is seen running later; a
point was connected from the first to the last poll that saw it.
"""

from datetime import datetime
from typing import Any

import polars as pl
import sqlalchemy as sa
from sqlalchemy import Connection, Table

from store.frames import read_frame
from store.rollups import meetings_query
from store.rows import Meeting, MeetingPoint
from store.tables import meeting_points, meetings

_MOST_NAMED = 1000  # more ids than this are read by their source alone

Stored = dict[str, dict[str, Any]]
Points = dict[tuple[str, str], dict[str, Any]]


def merge_meetings(
    connection: Connection, source: str, seen: list[Meeting], running: frozenset[str] | None, seen_at: datetime
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Merge what a poll saw at `seen_at`, and end the open meetings of the source that are not in `running`.

    Returns the meetings that changed, one row per point, (before, after).
    """
    ids = {meeting.source_id for meeting in seen}
    stored = _stored_meetings(connection, source, ids)
    points = _stored_points(connection, source, ids)
    fresh = {key: dict(row) for key, row in stored.items()}
    fresh_points = {key: dict(row) for key, row in points.items()}
    for meeting in seen:
        fresh[meeting.source_id] = _merged(fresh.get(meeting.source_id), source, meeting, seen_at)
        for point in meeting.points:
            key = (meeting.source_id, point.unit_code)
            fresh_points[key] = _merged_point(fresh_points.get(key), source, meeting.source_id, point, seen_at)
    for row in fresh.values():
        if running is not None and row["ended_at"] is None and row["source_id"] not in running:
            row["ended_at"] = seen_at
    changed = {key for key, row in fresh.items() if row != stored.get(key)}
    changed_points = {key for key, row in fresh_points.items() if row != points.get(key)}
    touched = changed | {key[0] for key in changed_points}
    before = _with_points(connection, source, touched)
    _replace(connection, meetings, [fresh[key] for key in changed])
    _replace(connection, meeting_points, [fresh_points[key] for key in changed_points])
    return before, _with_points(connection, source, touched)


def _named(table: Table, source: str, ids: set[str]) -> sa.ColumnElement[bool]:
    mine = table.c.source == source
    return mine if len(ids) > _MOST_NAMED else sa.and_(mine, table.c.source_id.in_(ids))


def _stored_meetings(connection: Connection, source: str, ids: set[str]) -> Stored:
    """The stored meetings of these ids, and all that are open."""
    still_open = sa.and_(meetings.c.source == source, meetings.c.ended_at.is_(None))
    query = sa.select(meetings).where(sa.or_(_named(meetings, source, ids), still_open))
    return {row["source_id"]: dict(row) for row in connection.execute(query).mappings()}


def _stored_points(connection: Connection, source: str, ids: set[str]) -> Points:
    query = sa.select(meeting_points).where(_named(meeting_points, source, ids))
    return {(row["source_id"], row["unit_code"]): dict(row) for row in connection.execute(query).mappings()}


def _with_points(connection: Connection, source: str, ids: set[str]) -> pl.DataFrame:
    frame = read_frame(connection, meetings_query().where(_named(meetings, source, ids)))
    return frame.filter(pl.col("source_id").is_in(list(ids)))


def _merged(stored: dict[str, Any] | None, source: str, meeting: Meeting, seen_at: datetime) -> dict[str, Any]:
    ended_at = meeting.ended_at
    row = stored or {
        "source": source,
        "source_id": meeting.source_id,
        "unit_code": meeting.unit_code,
        "name": meeting.name,
        "scheduled_at": meeting.scheduled_at,
        "started_at": meeting.started_at,
        "ended_at": None,
        "end_seen": False,
        "last_seen_at": seen_at,
    }
    row = dict(row)
    if ended_at is not None:
        row["ended_at"] = max(ended_at, row["ended_at"]) if row["end_seen"] else ended_at
        row["end_seen"] = True
    else:
        row["last_seen_at"] = max(row["last_seen_at"], seen_at)
        if not row["end_seen"] and row["ended_at"] is not None and row["last_seen_at"] > row["ended_at"]:
            row["ended_at"] = None
    return row


def _merged_point(
    stored: dict[str, Any] | None, source: str, source_id: str, point: MeetingPoint, seen_at: datetime
) -> dict[str, Any]:
    row = stored or {
        "source": source,
        "source_id": source_id,
        "unit_code": point.unit_code,
        "invited": False,
        "first_connected_at": None,
        "last_connected_at": None,
    }
    row = {**row, "invited": row["invited"] or point.invited}
    if point.connected:
        row["first_connected_at"] = min(row["first_connected_at"] or seen_at, seen_at)
        row["last_connected_at"] = max(row["last_connected_at"] or seen_at, seen_at)
    return row


def _replace(connection: Connection, table: Table, rows: list[dict[str, Any]]) -> None:
    if not rows:
        return
    keys = [column.name for column in table.primary_key]
    named = [{f"key_{name}": row[name] for name in keys} for row in rows]
    connection.execute(table.delete().where(*(table.c[name] == sa.bindparam(f"key_{name}") for name in keys)), named)
    connection.execute(table.insert(), rows)
