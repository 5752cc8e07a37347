"""Rooms of a Janus server, plugin VideoRoom, over its REST API (wire.md, 7).

Oddities: every answer is HTTP 200, a fault stands in it; a room that has gone is error 426; a session dies after a
minute without a sign of life, so each poll has one of its own. The server knows no meetings, no start and no end: a
room with participants is one, and what lasts comes from polling it. Private rooms are in no list. Nobody is invited, so
that its points take part in no participation rate. Of a description and a display name only what stands in brackets at
the start, and of a room its name, is taken over, already here at the door.
"""

import json
import re
from collections.abc import Generator, Iterator, Mapping
from contextlib import contextmanager, suppress
from datetime import datetime
from typing import Any, Final

import httpx
import msgspec

from config import SourceSettings
from connectors import _fields as fields
from connectors._contract import Connector, Page
from connectors._fields import Record, member
from connectors._http import SourceClient
from connectors._kept import Kept, codes
from connectors._records import read_records
from errors import SourceChanged, SourceError, SourceRefused
from store.rows import Batch, Meeting, MeetingPoint

_API = "/janus"
_PLUGIN = "janus.plugin.videoroom"
# Of a synchronous request over HTTP the answer is the answer: nothing has to be told apart.
_TRANSACTION = "ioc"
_UNAUTHORIZED, _NO_SUCH_ROOM = 403, 426
_BRACKETED = re.compile(r"\s*\[\s*([A-Za-z]{0,3}\d[0-9A-Za-z.]{0,60})\s*\](.*)", re.DOTALL)

KEPT_FIELDS: Final[Mapping[str, Kept]] = codes("room unit points")


class SecretAuth(httpx.Auth):
    """Puts the API secret into each request, where the server has one (`secret_env`)."""

    requires_request_body = True

    def __init__(self, settings: SourceSettings) -> None:
        self._secret = settings.secret("secret_env") if settings.secret_env else None

    def auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response, None]:
        """One request, no dialogue."""
        if self._secret is None:
            yield request
            return
        body = {**json.loads(request.content), "apisecret": self._secret}
        yield httpx.Request(request.method, request.url, json=body, extensions=request.extensions)


def pull(http: SourceClient, _since: datetime | None) -> Iterator[Page]:
    """The rooms that are occupied now with the units in them, and the list of these rooms."""
    with _plugin(http) as handle:
        listed = member(http.source, _ask(http, handle, {"request": "list"}), "list", list)
        rooms = [record for room in listed if (record := _occupied(http, handle, room))]
    yield Page(kind="meetings", records=rooms)
    # A page of its own: a room that is not understood is still occupied.
    yield Page(kind="running", records=[record["room"] for record in rooms])


@contextmanager
def _plugin(http: SourceClient) -> Iterator[str]:
    """A session with the plugin attached, as the path of its handle; the session is destroyed at the end."""
    session = f"{_API}/{_created(http, _API, {'janus': 'create'})}"
    try:
        yield f"{session}/{_created(http, session, {'janus': 'attach', 'plugin': _PLUGIN})}"
    finally:
        # It would end by itself within a minute.
        with suppress(SourceError):
            _post(http, session, {"janus": "destroy"})


def _created(http: SourceClient, path: str, request: dict[str, Any]) -> int:
    created = member(http.source, _post(http, path, request), "data", dict)
    return member(http.source, created, "id", int)


def _post(http: SourceClient, path: str, request: dict[str, Any]) -> Any:
    answer = http.post_json(path, {**request, "transaction": _TRANSACTION})
    outcome = member(http.source, answer, "janus", str)
    if outcome == "success":
        return answer
    fault = answer.get("error")
    code = fault.get("code") if isinstance(fault, dict) else None
    if code == _UNAUTHORIZED:
        raise SourceRefused(http.source, f"{_API}: unauthorized; check the API secret")
    shown = f"error {code}" if isinstance(code, int) else "neither success nor an error code"
    raise SourceChanged(http.source, f"{_API}: {request['janus']} answered {shown}")


def _ask(http: SourceClient, handle: str, body: dict[str, Any], *accepted: int) -> dict[str, Any]:
    """What the plugin answers. Raises SourceChanged for an error but the accepted ones."""
    answer = _post(http, handle, {"janus": "message", "body": body})
    told = member(http.source, member(http.source, answer, "plugindata", dict), "data", dict)
    code = told.get("error_code")
    if code is not None and code not in accepted:
        shown = code if isinstance(code, int) else "unreadable"
        raise SourceChanged(http.source, f"{_API}: {body['request']} answered error {shown}")
    return told


def _occupied(http: SourceClient, handle: str, room: Any) -> dict[str, Any] | None:
    """The room with the units in it; None when nobody is in it, or it has just gone."""
    number = room.get("room") if isinstance(room, dict) else None
    if isinstance(number, bool) or not isinstance(number, int | str):
        raise SourceChanged(http.source, f"{_API}: a room in the list has no number")
    if room.get("num_participants") == 0:
        return None
    told = _ask(http, handle, {"request": "listparticipants", "room": number}, _NO_SUCH_ROOM)
    if told.get("error_code") == _NO_SUCH_ROOM:
        return None
    participants = member(http.source, told, "participants", list)
    if not participants:
        return None
    unit, name = _bracketed(room.get("description"))
    inside = (_bracketed(person.get("display")) for person in participants if isinstance(person, dict))
    return {"room": str(number), "unit": unit, "name": name, "points": sorted({point for point, _ in inside if point})}


def _bracketed(text: Any) -> tuple[str, str]:
    """The unit's code in brackets at the start of a text and what follows it; both "" without one."""
    match = _BRACKETED.fullmatch(text) if isinstance(text, str) else None
    return (match[1], match[2].strip()) if match else ("", "")


def to_rows(page: Page, seen_at: datetime) -> Batch:
    """Occupied rooms as meetings with their points, or the list of all occupied rooms."""
    if page.kind == "running":
        return Batch(running=frozenset(room for room in page.records if isinstance(room, str)), seen_at=seen_at)
    meetings, rejected = read_records(
        page.kind, page.records, "room", KEPT_FIELDS, lambda record: _meeting(record, seen_at), "unit"
    )
    # What was on at that moment cannot be replayed at another: the next poll tells the room again.
    return Batch(meetings=meetings, rejected=[msgspec.structs.replace(bad, payload=None) for bad in rejected])


def _meeting(record: Record, seen_at: datetime) -> Meeting:
    points = dict.fromkeys(fields.unit_codes(record, "points"))
    return Meeting(
        source_id=fields.code(record, "room", missing="missing_key"),
        unit_code=fields.unit_code(record, "unit"),
        name=fields.words(record, "name"),
        started_at=seen_at,
        room=True,
        points=tuple(MeetingPoint(unit, invited=False, connected=True) for unit in points),
    )


CONNECTOR = Connector(
    dialect="janus",
    kinds=("meetings", "running"),
    auth=SecretAuth,
    pull=pull,
    to_rows=to_rows,
)
