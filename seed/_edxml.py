"""The gateway to the national document axis (wire.md, section 4). Its errors are HTTP 200 with status FAIL."""

import hmac
import re
from datetime import date, datetime
from typing import Any

import msgspec
import numpy as np
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from clock import Clock
from seed.packets import MESSAGE_TYPES, clock_text, find_message, messages, packet_id, packet_xml
from seed.place import AXIS_VARIABLE, Place
from seed.working_time import local_seconds

PAGE_SIZE, GREATEST_PAGE = 100, 1000
_PACKET_ID = re.compile(r"(\d{4})(\d\d)(\d\d)-(\d{5,9})-([01])", re.ASCII)


class DocumentAxis:
    """One running gateway."""

    def __init__(self, place: Place, clock: Clock, credentials: dict[str, str]) -> None:
        self._place, self._clock = place, clock
        self._authorization = f"Bearer {credentials[AXIS_VARIABLE]}"

    def routes(self) -> list[Route]:
        """The addresses of this service below its base."""
        return [Route("/getReceivedEdocList", self.received), Route("/getEdoc", self.packet)]

    def received(self, request: Request) -> Response:
        """A page of the packets created at or after `from`, by time."""
        if not self._known(request):
            return _failed("401", "Mã truy cập không hợp lệ")
        query = request.query_params
        try:
            # A plus sign that was not escaped arrives as a blank.
            since = datetime.fromisoformat(query.get("from", "").replace(" ", "+"))
            size = min(int(query.get("limit", PAGE_SIZE)), GREATEST_PAGE)
        except ValueError:
            return _failed("400", "from phải theo ISO 8601, limit phải là số")
        if since.tzinfo is None or size < 1:
            return _failed("400", "from phải có múi giờ, limit phải dương")
        documents, told = messages(self._place, local_seconds(since), local_seconds(self._clock.now()))
        listed = [
            _entry(documents[record], event, created)
            for created, record, event in zip(*(column[:size].tolist() for column in told), strict=True)
        ]
        return Response(msgspec.json.encode({"status": "OK", "data": listed}), media_type="application/json")

    def packet(self, request: Request) -> Response:
        """The packet of that id."""
        if not self._known(request):
            return _failed("401", "Mã truy cập không hợp lệ")
        asked = _PACKET_ID.fullmatch(request.query_params.get("docId", ""))
        found = self._find(asked) if asked else None
        if found is None:
            return _failed("404", "Không tìm thấy gói tin")
        document, event = found
        return Response(packet_xml(self._place, document, event), media_type="application/xml")

    def _find(self, asked: re.Match[str]) -> tuple[np.void, int] | None:
        try:
            day = date(int(asked[1]), int(asked[2]), int(asked[3]))
        except ValueError:
            return None
        event, now = int(asked[5]), local_seconds(self._clock.now())
        document = find_message(self._place, day, int(asked[4]), event, now)
        return None if document is None else (document, event)

    def _known(self, request: Request) -> bool:
        given = request.headers.get("authorization", "")
        return hmac.compare_digest(given.encode(), self._authorization.encode())


def _entry(document: np.void, event: int, created: int) -> dict[str, Any]:
    return {
        "docId": packet_id(document, event),
        "serviceType": "eDoc",
        "messageType": MESSAGE_TYPES[event],
        "createdTime": clock_text(created),
    }


def _failed(code: str, description: str) -> Response:
    failure = {"status": "FAIL", "ErrorCode": code, "ErrorDesc": description}
    return Response(msgspec.json.encode(failure), media_type="application/json")
