"""Meetings: ended ones vanish from their source, so what each poll saw is merged and never forgotten.

The merge gives the same result in every order and number of deliveries: an end that the source itself gave stands
(of several the latest); one that we concluded from absence is taken back when the meeting is seen running later; a
point was connected from the first to the last poll that saw it, or the greatest number of seconds that the source
gave. A conference that is part of another meeting is no meeting, whichever of the two came first.
"""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

import polars as pl
import sqlalchemy as sa
from sqlalchemy import Connection, Table

from store.frames import read_frame
from store.meeting_rooms import as_sessions, end_by_absence
from store.rollups import meetings_query
from store.rows import Meeting, MeetingPoint
from store.tables import meeting_parts, meeting_points, meetings

_MOST_NAMED = 1000  # more ids than this are read by their source alone

Stored = dict[str, dict[str, Any]]
Points = dict[tuple[str, str], dict[str, Any]]


def merge_meetings(
    connection: Connection, source: str, seen: list[Meeting], running: frozenset[str] | None, seen_at: datetime
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Merge what a poll saw at `seen_at`, and end the open meetings of the source that are not in `running`.

    Returns the meetings that changed, one row per point, (before, after); those that turned out to be part of another
    are only in the first.
    """
    new_parts, parts = _note_parts(connection, source, seen)
    fresh = {key: dict(row) for key, row in _stored_meetings(connection, source, {m.source_id for m in seen}).items()}
    stored = {key: dict(row) for key, row in fresh.items()}
    seen = [meeting for meeting in as_sessions(seen, fresh) if meeting.source_id not in parts]
    points = _stored_points(connection, source, {meeting.source_id for meeting in seen})
    fresh_points = {key: dict(row) for key, row in points.items()}
    for meeting in seen:
        fresh[meeting.source_id] = _merged(fresh.get(meeting.source_id), source, meeting, seen_at)
        for point in meeting.points:
            key = (meeting.source_id, point.unit_code)
            fresh_points[key] = _merged_point(fresh_points.get(key), source, meeting.source_id, point, seen_at)
    if running is not None:
        end_by_absence(fresh.values(), running, seen_at)
    changed = {key for key, row in fresh.items() if row != stored.get(key) and key not in parts}
    changed_points = {key for key, row in fresh_points.items() if row != points.get(key)}
    touched = changed | {key[0] for key in changed_points}
    before = _with_points(connection, source, touched | new_parts)
    for table in (meetings, meeting_points):
        _delete(connection, table, source, new_parts)
    _replace(connection, meetings, [fresh[key] for key in changed])
    _replace(connection, meeting_points, [fresh_points[key] for key in changed_points])
    return before, _with_points(connection, source, touched)


def _note_parts(connection: Connection, source: str, seen: list[Meeting]) -> tuple[set[str], set[str]]:
    """Keep which conferences these meetings say are parts of them; (the new ones, all that are known)."""
    told = {part for meeting in seen for part in meeting.parts if part != meeting.source_id}
    asked = told | {meeting.source_id for meeting in seen}
    query = sa.select(meeting_parts.c.source_id).where(_named(meeting_parts, source, asked))
    known = set(connection.scalars(query))
    new = told - known
    if new:
        connection.execute(meeting_parts.insert(), [{"source": source, "source_id": part} for part in sorted(new)])
    return new, known | new


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
        "connected_seconds": None,
    }
    row = {**row, "invited": row["invited"] or point.invited}
    if point.seconds is not None:
        row["connected_seconds"] = max(row["connected_seconds"] or 0, point.seconds)
    elif point.connected:
        row["first_connected_at"] = min(row["first_connected_at"] or seen_at, seen_at)
        row["last_connected_at"] = max(row["last_connected_at"] or seen_at, seen_at)
    return row


def _delete(connection: Connection, table: Table, source: str, ids: Iterable[str]) -> None:
    gone = [{"gone": source_id} for source_id in ids]
    if gone:
        named = sa.and_(table.c.source == source, table.c.source_id == sa.bindparam("gone"))
        connection.execute(table.delete().where(named), gone)


def _replace(connection: Connection, table: Table, rows: list[dict[str, Any]]) -> None:
    if not rows:
        return
    keys = [column.name for column in table.primary_key]
    named = [{f"key_{name}": row[name] for name in keys} for row in rows]
    connection.execute(table.delete().where(*(table.c[name] == sa.bindparam(f"key_{name}") for name in keys)), named)
    connection.execute(table.insert(), rows)
