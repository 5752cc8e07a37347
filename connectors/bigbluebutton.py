"""Video conferences of a BigBlueButton server: API calls getMeetings and getRecordings (wire.md, 5).

Oddities: the API knows no update time and no cursor; an ended meeting vanishes from getMeetings, so the list of what
runs is handed on beside the meetings; a call is proved by a checksum over its query and a shared secret. Of an
attendee's name only the unit's code in brackets at its start is taken over, already here at the door.
"""

import hashlib
import re
from collections.abc import Generator, Iterator, Mapping
from datetime import datetime
from typing import Any, Final
from xml.etree.ElementTree import Element

import httpx
import msgspec

from config import SourceSettings
from connectors import _fields as fields
from connectors._contract import Connector, Page
from connectors._fields import BadFieldError, Record
from connectors._http import SourceClient
from connectors._kept import Kept, codes, is_code
from connectors._records import read_records
from errors import SourceChanged, SourceRefused
from store.rows import Batch, Meeting, MeetingPoint

_API = "/bigbluebutton/api/"
_UNIT_OF_ATTENDEE = re.compile(r"\s*\[\s*([A-Za-z]{0,3}\d[0-9A-Za-z.]{0,60})\s*\]")
_TIMES = ("createTime", "startTime", "endTime")

KEPT_FIELDS: Final[Mapping[str, Kept]] = codes(
    "internalMeetingID createTime startTime endTime unit-code scheduled-start invited-units attendee-units"
)


class ChecksumAuth(httpx.Auth):
    """Appends checksum = SHA-256 over call name, query and shared secret."""

    def __init__(self, settings: SourceSettings) -> None:
        self._secret = settings.secret("secret_env")

    def auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response, None]:
        """One request, no dialogue."""
        call = request.url.path.rsplit("/", 1)[-1]
        query = request.url.query.decode("ascii")
        checksum = hashlib.sha256(f"{call}{query}{self._secret}".encode()).hexdigest()
        signed = f"{query}&checksum={checksum}" if query else f"checksum={checksum}"
        request.url = request.url.copy_with(query=signed.encode("ascii"))
        yield request


def pull(http: SourceClient, _since: datetime | None) -> Iterator[Page]:
    """What is on now with its attendees, the list of what runs, and the recordings of what has ended."""
    listed = _listed(http, "getMeetings", "meetings", "meeting")
    yield Page(kind="meetings", records=[_meeting_record(element) for element in listed])
    # A page of its own: a meeting that is replayed from quarantine alone must not end all others.
    yield Page(kind="running", records=[_text(element, "internalMeetingID") for element in listed if _runs(element)])
    recorded = _listed(http, "getRecordings", "recordings", "recording")
    yield Page(kind="recordings", records=[_meeting_record(element) for element in recorded])


def _listed(http: SourceClient, call: str, group: str, name: str) -> list[Element]:
    answer = http.get_xml(_API + call)
    outcome, message_key = _text(answer, "returncode"), _text(answer, "messageKey")
    if message_key == "checksumError":
        raise SourceRefused(http.source, f"{call}: checksumError; check the shared secret")
    if message_key in ("noMeetings", "noRecordings"):
        return []
    if outcome != "SUCCESS":
        shown = message_key if message_key and is_code(message_key) else "no messageKey"
        raise SourceChanged(http.source, f"{call}: answered {'FAILED' if outcome else 'no returncode'} ({shown})")
    elements = answer.find(group)
    if elements is None:
        # Without this a broken answer would look like the end of every running meeting.
        raise SourceChanged(http.source, f"{call}: the answer has no {group}")
    return [element for element in elements.findall(name) if _text(element, "isBreakout").lower() != "true"]


def _text(element: Element, path: str) -> str:
    return (element.findtext(path) or "").strip()


def _runs(element: Element) -> bool:
    return _text(element, "endTime") in ("", "0")


def _meeting_record(element: Element) -> dict[str, Any]:
    record: dict[str, Any] = {field: _text(element, field) for field in ("internalMeetingID", *_TIMES)}
    record["name"] = _text(element, "meetingName") or _text(element, "name")
    record["unit-code"] = _text(element, "metadata/unit-code")
    record["scheduled-start"] = _text(element, "metadata/scheduled-start")
    invited = _text(element, "metadata/invited-units").split(",")
    record["invited-units"] = [unit.strip() for unit in invited if unit.strip()]
    names = (_text(attendee, "fullName") for attendee in element.findall("attendees/attendee"))
    record["attendee-units"] = sorted({match[1] for match in map(_UNIT_OF_ATTENDEE.match, names) if match})
    return record


def to_rows(page: Page, seen_at: datetime) -> Batch:
    """Meetings with their points, or the ids of all that were running when seen."""
    if page.kind == "running":
        running = frozenset(identity for identity in page.records if isinstance(identity, str) and identity)
        return Batch(running=running, seen_at=seen_at)
    make = _recorded_meeting if page.kind == "recordings" else _meeting
    meetings, rejected = read_records(page.kind, page.records, "internalMeetingID", KEPT_FIELDS, make, "unit-code")
    return Batch(meetings=meetings, rejected=rejected)


def _recorded_meeting(record: Record) -> Meeting:
    if fields.millisecond_instant(record, "endTime") is None:
        raise BadFieldError("bad_date", "endTime", "of a recording is missing")
    # A recording does not say who was connected: its invited points would all count as absent.
    return msgspec.structs.replace(_meeting(record), points=())


def _meeting(record: Record) -> Meeting:
    source_id = fields.code(record, "internalMeetingID", missing="missing_key")
    started_at = fields.millisecond_instant(record, "startTime") or fields.millisecond_instant(record, "createTime")
    ended_at = fields.millisecond_instant(record, "endTime")
    if started_at is None:
        raise BadFieldError("bad_date", "startTime", "is missing")
    if ended_at and ended_at < started_at:
        raise BadFieldError("bad_date", "endTime", "lies before startTime")
    invited, connected = (set(fields.unit_codes(record, field)) for field in ("invited-units", "attendee-units"))
    return Meeting(
        source_id=source_id,
        unit_code=fields.unit_code(record, "unit-code"),
        name=fields.words(record, "name"),
        scheduled_at=_scheduled(record),
        started_at=started_at,
        ended_at=ended_at,
        points=tuple(MeetingPoint(unit, unit in invited, unit in connected) for unit in sorted(invited | connected)),
    )


def _scheduled(record: Record) -> datetime | None:
    # Whoever books the meeting writes this field by hand or by program: milliseconds, local digits or ISO 8601.
    value = fields.present(record, "scheduled-start")
    if value is None:
        return None
    moment = fields.parse_local_instant(value) or fields.parse_iso_instant(value)
    return moment or fields.millisecond_instant(record, "scheduled-start")


CONNECTOR = Connector(
    dialect="bigbluebutton",
    kinds=("meetings", "running", "recordings"),
    auth=ChecksumAuth,
    pull=pull,
    to_rows=to_rows,
)
