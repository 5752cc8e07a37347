"""The document system's service (wire.md, section 3).

Its cursor holds what it needs, signed, so that the service remembers nothing: the window, the instant at which the
window was opened (later changes belong to the next window), how far it was read, and when the cursor was given.
"""

import base64
import binascii
import hmac
import secrets
from datetime import datetime
from typing import Any

import msgspec
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from clock import Clock
from seed.document_records import document_records
from seed.place import TOKEN_VARIABLE, Place
from seed.register import document_register
from seed.working_time import local_seconds

CURSOR_SECONDS = 600
PAGE_SIZE, GREATEST_PAGE = 1000, 5000


class _Window(msgspec.Struct, array_like=True):
    since: int | None
    at: int
    offset: int
    given: int


class DocumentSystem:
    """One running service; its cursors end by the place's clock."""

    def __init__(self, place: Place, clock: Clock, credentials: dict[str, str]) -> None:
        self._place, self._clock = place, clock
        self._token = credentials[TOKEN_VARIABLE]
        self._key = secrets.token_bytes(32)

    def routes(self) -> list[Route]:
        """The addresses of this service below its base."""
        return [Route("/vanban", self.documents)]

    def documents(self, request: Request) -> Response:
        """A page of the documents updated since `capNhatTu`, or the page that the cursor `con_tro` points at."""
        given = request.headers.get("authorization", "")
        if not secrets.compare_digest(given.encode(), f"Bearer {self._token}".encode()):
            return _error(401, "Mã truy cập không hợp lệ")
        query = request.query_params
        size = query.get("gioi_han", str(PAGE_SIZE))
        if not size.isdecimal() or int(size) < 1:
            return _error(400, "gioi_han phải là số nguyên dương")
        now = local_seconds(self._clock.now())
        if query.get("con_tro"):
            window = self._open(query["con_tro"])
            if window is None or now >= window.given + CURSOR_SECONDS:
                return _error(410, "Con trỏ đã hết hạn, đọc lại từ đầu")
        else:
            try:
                since = _since(query.get("capNhatTu"))
            except ValueError:
                return _error(400, "capNhatTu phải theo ISO 8601 có múi giờ")
            window = _Window(since, now, 0, now)
        return self._page(window, min(int(size), GREATEST_PAGE), now)

    def _page(self, window: _Window, size: int, now: int) -> Response:
        held, found, events = document_register(self._place).changed(window.since, window.at)
        end = window.offset + size
        here = slice(window.offset, end)
        following = self._seal(_Window(window.since, window.at, end, now)) if end < len(found) else None
        records = document_records(self._place, held[found[here]], events[here])
        return _json({"data": records, "con_tro_tiep": following, "tong_so": len(found)})

    def _seal(self, window: _Window) -> str:
        content = msgspec.json.encode(window)
        return base64.urlsafe_b64encode(self._sign(content) + content).decode()

    def _open(self, cursor: str) -> _Window | None:
        try:
            sealed = base64.urlsafe_b64decode(cursor)
        except (binascii.Error, ValueError):
            return None
        signature, content = sealed[:32], sealed[32:]
        if not hmac.compare_digest(signature, self._sign(content)):
            return None
        return msgspec.json.decode(content, type=_Window)

    def _sign(self, content: bytes) -> bytes:
        return hmac.digest(self._key, content, "sha256")


def _since(text: str | None) -> int | None:
    if not text:
        return None
    # A plus sign that was not escaped arrives as a blank.
    instant = datetime.fromisoformat(text.replace(" ", "+"))
    if instant.tzinfo is None:
        raise ValueError(text)
    return local_seconds(instant)


def _json(content: Any, status: int = 200) -> Response:
    return Response(msgspec.json.encode(content), status, media_type="application/json")


def _error(status: int, message: str) -> Response:
    return _json({"error": message}, status)
