"""Rooms: a source that names no meetings, only which rooms are occupied now.

A room's meeting begins with the poll that first sees it occupied and ends with the poll that finds it empty; its
source id is room and first sight, `1234@2021-12-10T01:00:00+00:00`.
"""

from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec

from store.rows import Meeting

# Nobody looked for half a working day: whether the room was occupied all that time nobody knows. What was seen counts.
LONGEST_UNSEEN = timedelta(hours=4)


def as_sessions(seen: Iterable[Meeting], stored: Mapping[str, dict[str, Any]]) -> Iterator[Meeting]:
    """The sights of rooms as sights of their open meetings, else of new ones; other meetings as they are.

    `stored` holds all open meetings of the source; one that was not seen for too long is ended in it.
    """
    open_sessions = {_room_of(key): row for key, row in stored.items() if row["ended_at"] is None}
    for meeting in seen:
        if not meeting.room:
            yield meeting
            continue
        row = open_sessions.get(meeting.source_id)
        if row and meeting.started_at - row["last_seen_at"] > LONGEST_UNSEEN:
            row["ended_at"] = row["last_seen_at"]
            row = None
        first_seen = f"{meeting.started_at.astimezone(UTC).isoformat(timespec='seconds')}"
        source_id = row["source_id"] if row else f"{meeting.source_id}@{first_seen}"
        yield msgspec.structs.replace(meeting, source_id=source_id)


def end_by_absence(rows: Iterable[dict[str, Any]], running: frozenset[str], seen_at: datetime) -> None:
    """End the open meetings that are not running, in place: now; a room long unlooked at when it was last seen."""
    for row in rows:
        room = _room_of(row["source_id"])
        if row["ended_at"] is None and row["source_id"] not in running and room not in running:
            unseen_too_long = room and seen_at - row["last_seen_at"] > LONGEST_UNSEEN
            row["ended_at"] = row["last_seen_at"] if unseen_too_long else seen_at


def _room_of(source_id: str) -> str:
    """The room in the source id of a room's meeting, "" for any other."""
    return source_id.rpartition("@")[0]
