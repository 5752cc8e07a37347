"""One of many screens of the wall: hears its stream, and says of itself every half a minute what a screen says."""

import asyncio
import time
from contextlib import suppress

import msgspec
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import WebSocketException
from websockets.typing import Origin

from bench.tally import Tally
from clock import real_clock
from tests.front import trusting

_REPORT_SECONDS = 30.0
_AGAIN_SECONDS = 1.0
_PATIENCE_SECONDS = 60.0
_TLS = trusting()


class _Told(msgspec.Struct):
    now: float


class StreamedScreen:
    """`waiting_since` is for those who act: a screen never waits."""

    def __init__(self, number: int, address: str, office: str, cookies: str, tally: Tally) -> None:
        self.waiting_since: float | None = None
        self._number, self._address, self._office, self._cookies = number, address, office, cookies
        self._tally = tally

    async def live(self) -> None:
        """Show, and come back when the stream ends."""
        while True:
            try:
                async with connect(
                    f"{self._address.replace('https', 'wss')}/api/wall/stream?screen={self._number}",
                    ssl=_TLS,
                    origin=Origin(self._address),
                    additional_headers={"Cookie": self._cookies},
                    local_addr=(self._office, 0),
                    max_size=None,
                    proxy=None,
                    open_timeout=_PATIENCE_SECONDS,
                    ping_interval=None,
                ) as stream:
                    await self._show(stream)
            except (OSError, WebSocketException, TimeoutError):
                pass
            self._tally.broken += 1
            await asyncio.sleep(_AGAIN_SECONDS)

    async def _show(self, stream: ClientConnection) -> None:
        telling = asyncio.create_task(self._tell(stream))
        try:
            async for word in stream:
                assert isinstance(word, str)
                self._tally.heard_bytes += len(word)
                made_at = msgspec.json.decode(word, type=_Told).now
                self._tally.took.append(real_clock().now().timestamp() * 1000 - made_at)
        finally:
            telling.cancel()
            await asyncio.gather(telling, return_exceptions=True)

    async def _tell(self, stream: ClientConnection) -> None:
        since = real_clock().now().timestamp() * 1000
        report = {"t": "report", "scene": "overview", "build": "", "skew": 0, "worst": "fresh", "since": since}
        counts = {"missed": 0, "errors": 0, "width": 1920, "height": 1080}
        with suppress(WebSocketException):
            await asyncio.sleep(time.monotonic() % 1 * _REPORT_SECONDS)
            while True:
                await stream.send(msgspec.json.encode(report | counts).decode())
                await asyncio.sleep(_REPORT_SECONDS)
