"""Middleware on Streamlit's stream: what the timer of an open page asks for is drawn only where something is new.

Every open page asks for its parts every few seconds. To draw one costs a thread, a run of Streamlit's and half a dozen
messages, and nearly always it comes out as it stands. Where it would, the question goes no further: the page stays as
it is, and asks again. Whatever is not sure is let through.
"""

import asyncio
from uuid import uuid4

from google.protobuf.message import DecodeError
from starlette.requests import HTTPConnection
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from streamlit.proto.BackMsg_pb2 import BackMsg

from errors import IocError
from pages._standing import STREAM, moment_asked, moment_at_once, standing

_PATH = "/_stcore/stream"
# A store that does not answer must not keep a visitor's click waiting behind a timer's question.
_PATIENCE_SECONDS = 0.25
# A timer's question says a few words and what stands in the page's fields.
_LONGEST = 64_000


class Timers:
    """Keeps from Streamlit what timers ask for in vain."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

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
                if not part or not await _stands(stream, part, cookies):
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


async def _stands(stream: str, part: str, cookies: dict[str, str]) -> bool:
    """Whether the part would come out as it stands on the page."""
    drawn = standing().drawn(stream, part)
    if drawn is None:
        return False
    try:
        moment = moment_at_once() or await asyncio.wait_for(asyncio.to_thread(moment_asked, cookies), _PATIENCE_SECONDS)
    except (IocError, TimeoutError):
        return False
    return bool(moment == drawn)
