"""Video conferences in the history of Pexip Infinity: conference and participant (wire.md, 6).

Oddities: only what has ended is told, in times of UTC without a zone; rows shift while they are paged; a meeting that
was broken off and begun again is several conferences of one name; the history knows no invitations. Of a participant
only the unit's code at the start of `remote_alias` and the times are taken over, already here at the door.
"""

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any, Final
from urllib.parse import parse_qs, urlsplit

import httpx

from config import SourceSettings
from connectors import _fields as fields
from connectors._contract import Connector, Page
from connectors._fields import BadFieldError, Record, member
from connectors._http import SourceClient
from connectors._kept import Kept, codes, is_code
from connectors._offsets import Rows, key_of, read_list
from connectors._pexip_meetings import LONGEST_PAUSE, meeting_records, parse_utc, read_conferences, read_stays
from connectors._records import read_records
from errors import SourceChanged
from store.rows import Batch, Meeting, MeetingPoint, Row

_HISTORY = "/api/admin/history/v1"
PAGE_SIZE = 1000
# No meeting is longer: one that has a conference since a poll began at most so long before it.
LONGEST_MEETING = timedelta(hours=24)

KEPT_FIELDS: Final[Mapping[str, Mapping[str, Kept]]] = {
    "meetings": {**codes("id tag start_time end_time parts"), "stays": codes("unit seconds")},
    "participants": codes("id start_time end_time"),
}


def basic_auth(settings: SourceSettings) -> httpx.Auth:
    """User name and password with every request."""
    return httpx.BasicAuth(settings.username, settings.secret("password_env"))


def pull(http: SourceClient, since: datetime | None) -> Iterator[Page]:
    """The meetings with a conference that ended at most a day before `since`, each whole; and what was not readable.

    What began before that, or within a pause's length after it, may have parts that are not in the window: it was
    seen whole by an earlier poll. The pages have no count of the source: several of its rows are one meeting.
    """
    begin = since - LONGEST_MEETING if since else None
    conferences, others = read_conferences(_history(http, "conference", begin))
    stays, unreadable_stays = read_stays(_history(http, "participant", begin))
    meetings = meeting_records(conferences, stays, begin + LONGEST_PAUSE if begin else None)
    newest = max((held.end for held in conferences), default=None)
    yield Page(kind="participants", records=unreadable_stays)
    yield Page(kind="meetings", records=[*meetings, *others], cursor=newest)


def _history(http: SourceClient, name: str, begin: datetime | None) -> list[Any]:
    """Every row that ended since `begin`, once and as it was seen last."""

    def ask(offset: int) -> Rows:
        return _rows(http, name, begin, offset)

    read = read_list(http.source, f"{name} history since {begin or 'its begin'}", "id", ask)
    return list({key_of(row, "id"): row for fresh in read for row in fresh.rows}.values())


def _rows(http: SourceClient, name: str, begin: datetime | None, offset: int) -> Rows:
    question: dict[str, str | int] = {"limit": PAGE_SIZE, "offset": offset}
    if begin:
        question["end_time__gte"] = begin.strftime("%Y-%m-%dT%H:%M:%S")
    answer = http.get_json(f"{_HISTORY}/{name}/", question)
    meta, rows = member(http.source, answer, "meta", dict), member(http.source, answer, "objects", list)
    following = member(http.source, meta, "next", object)
    total = member(http.source, meta, "total_count", int)
    return Rows(rows, total, None if following is None else _offset(http.source, following, offset))


def _offset(source: str, following: Any, offset: int) -> int:
    """The offset in the path of the next page; the path itself is not followed, it could lead anywhere."""
    given = parse_qs(urlsplit(following).query).get("offset", []) if isinstance(following, str) else []
    if len(given) != 1 or not (given[0].isascii() and given[0].isdigit()) or int(given[0]) <= offset:
        raise SourceChanged(source, "meta.next does not lead on to another page")
    return int(given[0])


def to_rows(page: Page, _seen_at: datetime) -> Batch:
    """Meetings that have ended, with the seconds that each unit was connected."""
    kept_fields = KEPT_FIELDS[page.kind]
    if page.kind == "participants":
        # A stay alone says nothing: those that can be read come with their meeting.
        _, rejected = read_records(page.kind, page.records, "id", kept_fields, _stay)
        return Batch(rejected=rejected)
    meetings, rejected = read_records(page.kind, page.records, "id", kept_fields, _meeting, "tag")
    return Batch(meetings=meetings, rejected=rejected)


def _stay(record: Record) -> Row:
    _interval(record)
    return Row()


def _meeting(record: Record) -> Meeting:
    source_id = fields.code(record, "id", missing="missing_key")
    started_at, ended_at = _interval(record)
    return Meeting(
        source_id=source_id,
        unit_code=fields.unit_code(record, "tag"),
        name=fields.words(record, "name"),
        started_at=started_at,
        ended_at=ended_at,
        points=tuple(map(_point, fields.objects(record, "stays"))),
        parts=_parts(record),
    )


def _interval(record: Record) -> tuple[datetime, datetime]:
    start, end = _instant(record, "start_time"), _instant(record, "end_time")
    if end < start:
        raise BadFieldError("bad_date", "end_time", "lies before start_time")
    return start, end


def _instant(record: Record, field: str) -> datetime:
    moment = parse_utc(fields.required(record, field, "bad_date"))
    if moment is None:
        raise BadFieldError("bad_date", field, "is no ISO 8601 time", record.get(field))
    return moment


def _point(stay: Record) -> MeetingPoint:
    seconds = fields.integer(stay, "seconds")
    if seconds is None or seconds < 0:
        raise BadFieldError("bad_number", "seconds", "is no length of time", seconds)
    return MeetingPoint(fields.unit_code(stay, "unit"), invited=False, connected=True, seconds=seconds)


def _parts(record: Record) -> tuple[str, ...]:
    value = fields.present(record, "parts") or []
    if not isinstance(value, list) or not all(isinstance(part, str) and part and is_code(part) for part in value):
        raise BadFieldError("bad_code", "parts", "is no list of ids")
    return tuple(value)


CONNECTOR = Connector(
    dialect="pexip",
    kinds=("meetings", "participants"),
    auth=basic_auth,
    pull=pull,
    to_rows=to_rows,
)
