"""Middleware on Streamlit's stream: what the timer of an open page asks for is drawn only where something is new.

Every open page asks for its parts every few seconds. To draw one costs a thread, a run of Streamlit's and half a dozen
messages, and nearly always it comes out as it stands. Where it would, the question goes no further: the page stays as
it is, and asks again. Whatever is not sure is let through.

After news all pages ask within a few seconds. What is more than a process can draw beside its visitors' clicks waits
for its next turn, once.
"""

import asyncio
import time
from typing import Literal
from uuid import uuid4

from google.protobuf.message import DecodeError
from starlette.requests import HTTPConnection
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from streamlit.proto.BackMsg_pb2 import BackMsg

from errors import IocError
from pages._live import moment_asked, moment_at_once
from pages._standing import STREAM, standing

_PATH = "/_stcore/stream"
# A store that does not answer must not keep a visitor's click waiting behind a timer's question.
_PATIENCE_SECONDS = 0.25
# A timer's question says a few words and what stands in the page's fields.
_LONGEST = 64_000
# Few beside the clicks of hundreds: the first of a view after news takes twenty milliseconds of a core. Of all pages
# that ask within five seconds thirty are drawn at once, and none waits for more than one more turn.
_PARTS_PER_SECOND = 6


class Pace:
    """How many of the parts that are to be drawn anew are drawn at once, in all streams together."""

    def __init__(self, per_second: float) -> None:
        self._per_second = per_second
        self._left, self._at = per_second, time.monotonic()

    def has_room(self) -> bool:
        """Whether one more may be drawn now; then there is room for one less."""
        now = time.monotonic()
        self._left = min(self._per_second, self._left + (now - self._at) * self._per_second)
        self._at = now
        if self._left < 1:
            return False
        self._left -= 1
        return True


class Timers:
    """Keeps from Streamlit what timers ask for in vain."""

    def __init__(self, app: ASGIApp, per_second: float = _PARTS_PER_SECOND) -> None:
        self._app = app
        self._pace = Pace(per_second)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve; a stream has a name of its own meanwhile, which nobody outside can choose."""
        if scope["type"] != "websocket" or scope["path"] != _PATH:
            await self._app(scope, receive, send)
            return
        stream, cookies = uuid4().hex, HTTPConnection(scope).cookies
        headers = [pair for pair in scope["headers"] if pair[0] != STREAM.encode()]
        named = {**scope, "headers": [*headers, (STREAM.encode(), stream.encode())]}

        async def receiving() -> Message:
            while True:
                message = await receive()
                part = _asked_by_timer(message)
                found = await _stands(stream, part, cookies) if part else "unknown"
                if found == "unknown":
                    return message
                if found == "older" and (self._pace.has_room() or not standing().put_off(stream, part)):
                    return message

        standing().begin(stream)
        try:
            await self._app(named, receiving, send)
        finally:
            standing().end(stream)


def _asked_by_timer(message: Message) -> str:
    """The part (fragment) that a timer asks for with this message; empty for anything else."""
    said = message.get("bytes")
    if message["type"] != "websocket.receive" or not said or len(said) > _LONGEST:
        return ""
    try:
        asked = BackMsg.FromString(said)
    except DecodeError:
        return ""
    return asked.rerun_script.fragment_id if asked.rerun_script.is_auto_rerun else ""


async def _stands(stream: str, part: str, cookies: dict[str, str]) -> Literal["as drawn", "older", "unknown"]:
    """Whether the part would come out as it stands on the page, or, for the same visitor, newer."""
    drawn = standing().drawn(stream, part)
    if drawn is None:
        return "unknown"
    try:
        now = moment_at_once()
        if now is None:
            now = await asyncio.wait_for(asyncio.to_thread(moment_asked, cookies), _PATIENCE_SECONDS)
    except (IocError, TimeoutError):
        return "unknown"
    if now == drawn:
        return "as drawn"
    return "older" if now.visitor == drawn.visitor else "unknown"
