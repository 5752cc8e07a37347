"""From conferences and participants of a Pexip history to whole meetings with the stays of their units (wire.md, 6).

Pure: raw records in, reduced records out. What cannot be read is handed on by itself, for the quarantine.
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from connectors import _fields as fields
from connectors._codes import agency_code

# Conferences of one name with a shorter pause between them are one meeting.
LONGEST_PAUSE = timedelta(minutes=10)
# A code's groups are short: a telephone number or an identity number before the "@" is no code.
_UNIT_OF_ALIAS = re.compile(r"\s*([A-Za-z]{0,3}\d{1,5}(?:\.[A-Za-z]{0,3}\d{1,5})*)@", re.ASCII)
_CONFERENCE_FIELDS = ("id", "name", "tag", "start_time", "end_time")

Interval = tuple[datetime, datetime]


class Conference(NamedTuple):
    """One row of the history, and when it began and ended."""

    start: datetime
    end: datetime
    record: dict[str, Any]


class Stay(NamedTuple):
    """One connection of a participant who belongs to a unit."""

    name: str
    unit_code: str
    start: datetime
    end: datetime


def parse_utc(value: Any) -> datetime | None:
    """The instant, in UTC, of an ISO 8601 time that is UTC although it names no zone; None when it is no such time."""
    if not isinstance(value, str):
        return None
    return fields.parse_iso_instant(f"{value.strip()}+00:00") or fields.parse_iso_instant(value)


def read_conferences(rows: Iterable[Any]) -> tuple[list[Conference], list[Any]]:
    """The conferences in order of their begin, and the reduced rows that have no name or times to join them by."""
    good, others = [], []
    for row in rows:
        record = {field: row.get(field) for field in _CONFERENCE_FIELDS} if isinstance(row, dict) else None
        interval = _interval(record) if record else None
        if record and interval and isinstance(record["name"], str) and record["name"].strip():
            good.append(Conference(*interval, record))
        else:
            others.append(record)
    return sorted(good, key=lambda held: (held.start, held.end, str(held.record["id"]))), others


def read_stays(rows: Iterable[Any]) -> tuple[list[Stay], list[Any]]:
    """The stays of units' participants, and of the rows without usable times their ids and times."""
    good, bad = [], []
    for row in rows:
        interval = _interval(row) if isinstance(row, dict) else None
        if interval is None:
            named = isinstance(row, dict)
            bad.append({field: row.get(field) for field in ("id", "start_time", "end_time")} if named else None)
            continue
        match = _UNIT_OF_ALIAS.match(str(row.get("remote_alias")))
        if match:
            good.append(Stay(_one_line(row.get("conference_name")), agency_code(match[1]), *interval))
    return good, bad


def _interval(record: dict[str, Any]) -> Interval | None:
    start, end = parse_utc(record.get("start_time")), parse_utc(record.get("end_time"))
    return (start, end) if start and end and start <= end else None


def _one_line(name: Any) -> str:
    return " ".join(str(name or "").split())


def meeting_records(
    conferences: Iterable[Conference], stays: Iterable[Stay], begun_after: datetime | None
) -> Iterator[dict[str, Any]]:
    """One record per meeting: its first conference, the ids of the others, the seconds that each unit was there.

    A meeting that did not begin after `begun_after` is passed over.
    """
    stays_of: dict[str, list[Stay]] = defaultdict(list)
    for stay in stays:
        stays_of[stay.name].append(stay)
    for name, parts in _meetings(conferences):
        if begun_after is None or parts[0].start > begun_after:
            yield _meeting_record(parts, stays_of[name])


def _meetings(conferences: Iterable[Conference]) -> Iterator[tuple[str, list[Conference]]]:
    """The conferences, given in order of their begin, meeting by meeting; name and parts of each."""
    by_name: dict[str, list[Conference]] = defaultdict(list)
    for held in conferences:
        by_name[_one_line(held.record["name"])].append(held)
    for name, same_name in by_name.items():
        parts: list[Conference] = []
        for held in same_name:
            if parts and held.start - max(part.end for part in parts) >= LONGEST_PAUSE:
                yield name, parts
                parts = []
            parts = [*parts, held]
        yield name, parts


def _meeting_record(parts: Sequence[Conference], stays: Iterable[Stay]) -> dict[str, Any]:
    first, last = parts[0], max(parts, key=lambda part: part.end)
    intervals: dict[str, list[Interval]] = defaultdict(list)
    for stay in stays:
        if stay.start <= last.end and stay.end >= first.start:
            intervals[stay.unit_code].append((max(stay.start, first.start), min(stay.end, last.end)))
    return {
        **first.record,
        "end_time": last.record["end_time"],
        "parts": [part.record["id"] for part in parts[1:]],
        "stays": [{"unit": unit, "seconds": connected_seconds(intervals[unit])} for unit in sorted(intervals)],
    }


def connected_seconds(intervals: Iterable[Interval]) -> int:
    """Whole seconds that the intervals cover together."""
    covered = timedelta()
    reached: datetime | None = None
    for start, end in sorted(intervals):
        begin = max(start, reached) if reached else start
        covered += max(end - begin, timedelta())
        reached = max(end, reached) if reached else end
    return int(covered.total_seconds())
