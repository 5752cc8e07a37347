"""The conference system of a place that runs Pexip Infinity: its history (wire.md, section 6)."""

import hmac
from base64 import b64encode
from bisect import bisect_left, bisect_right
from collections.abc import Collection, Sequence
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlencode

import msgspec
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from clock import Clock
from seed.conference_history import Connection, Ended, history_until
from seed.place import PEXIP_VARIABLE, USERNAME, Place
from seed.working_time import day_of, instant_of, local_seconds

PAGE_SIZE, GREATEST_PAGE = 20, 1000


class ConferenceHistory:
    """One running service; `hosts`: the units whose conferences it held (None: those of the place's units on it)."""

    def __init__(
        self, place: Place, clock: Clock, credentials: dict[str, str], hosts: Collection[str] | None = None
    ) -> None:
        self._place, self._clock = place, clock
        self._hosts = place.units_of("pexip") if hosts is None else frozenset(hosts)
        given = f"{USERNAME}:{credentials[PEXIP_VARIABLE]}"
        self._authorization = f"Basic {b64encode(given.encode()).decode()}"

    def routes(self) -> list[Route]:
        """The addresses of this service below its base."""
        history = "/api/admin/history/v1"
        return [
            Route(f"{history}/conference/", self.conferences),
            Route(f"{history}/participant/", self.participants),
        ]

    def conferences(self, request: Request) -> Response:
        """A page of the conferences that have ended, the last first."""
        now = local_seconds(self._clock.now())
        held, _ = history_until(self._place, self._hosts, day_of(now))
        return self._page(request, held, now)

    def participants(self, request: Request) -> Response:
        """A page of the connections that have ended, the last first."""
        now = local_seconds(self._clock.now())
        _, connections = history_until(self._place, self._hosts, day_of(now))
        return self._page(request, connections, now)

    def _page(self, request: Request, rows: Sequence[Ended | Connection], now: int) -> Response:
        given = request.headers.get("authorization", "")
        if not hmac.compare_digest(given.encode(), self._authorization.encode()):
            return Response("", 401, {"WWW-Authenticate": 'Basic realm="pexip"'})
        query = request.query_params
        limit = min(_number(query.get("limit", "")) or PAGE_SIZE, GREATEST_PAGE)
        offset = _number(query.get("offset", ""))
        first = _position(rows, query.get("end_time__gte"), 0)
        end = min(_position(rows, query.get("end_time__lt"), len(rows)), _ended(rows, now))
        chosen = rows[first:end][::-1]
        following = {**query, "limit": limit, "offset": offset + limit}
        meta = {
            "limit": limit,
            "next": f"{request.url.path}?{urlencode(following)}" if offset + limit < len(chosen) else None,
            "offset": offset,
            "previous": None,
            "total_count": len(chosen),
        }
        shown = [history_record(row) for row in chosen[offset : offset + limit]]
        return Response(msgspec.json.encode({"meta": meta, "objects": shown}), media_type="application/json")


def history_record(row: Ended | Connection) -> dict[str, Any]:
    """A row of the history as it goes over the wire."""
    times = {"start_time": _utc(row.start), "end_time": _utc(row.end), "duration": row.end - row.start}
    if isinstance(row, Ended):
        return {"id": row.id, "name": row.name, "tag": row.tag, "participant_count": row.participants, **times}
    return {
        "id": row.id,
        "conference_name": row.conference,
        "display_name": row.display_name,
        "remote_alias": row.alias,
        "disconnect_reason": "Call disconnected",
        "call_quality": row.quality,
        **times,
    }


def _ended(rows: Sequence[Ended | Connection], now: int) -> int:
    return bisect_right(rows, now, key=lambda row: row.end)


def _position(rows: Sequence[Ended | Connection], bound: str | None, otherwise: int) -> int:
    """Where the rows begin that end at or after a bound, written as a time of UTC without a zone."""
    if not bound:
        return otherwise
    seconds = local_seconds(datetime.fromisoformat(bound).replace(tzinfo=UTC))
    return bisect_left(rows, seconds, key=lambda row: row.end)


def _utc(seconds: int) -> str:
    return f"{instant_of(seconds):%Y-%m-%dT%H:%M:%S}"


def _number(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() else 0
