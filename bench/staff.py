"""One of many at their desks: a page of Streamlit's kept open, an action every ten seconds, and what the page asks for
by itself in between."""

import asyncio
import time
from collections.abc import Sequence
from contextlib import suppress
from uuid import UUID

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import WebSocketException
from websockets.typing import Origin

from bench.tally import Tally
from tests import streamlit_words
from tests.front import trusting

EVERY_SECONDS = 10.0
_PATIENCE_SECONDS = 60.0
_AGAIN_SECONDS = 1.0
# Neighbours in number do not act at the same moment: steps of the golden ratio fill the ten seconds evenly.
_STEP = 0.618034
_TLS = trusting()


class Staff:
    """`waiting_since`: when the action began that has not ended (`time.monotonic`)."""

    def __init__(
        self,
        number: int,
        address: str,
        office: str,
        views: Sequence[tuple[str, str]],
        tally: Tally,
        *,
        timers: bool,
    ) -> None:
        self.waiting_since: float | None = None
        self._number, self._address, self._office, self._views = number, address, office, views
        self._tally, self._with_timers = tally, timers
        self._drawn = asyncio.Event()
        self._timers: dict[str, asyncio.Task[None]] = {}
        self._pages: dict[str, str] = {}

    async def live(self) -> None:
        """Stay, and come back when the stream ends."""
        while True:
            try:
                async with connect(
                    f"{self._address.replace('https', 'wss')}{streamlit_words.PATH}",
                    ssl=_TLS,
                    origin=Origin(self._address),
                    additional_headers={"Cookie": f"ioc_seat={UUID(int=self._number * 7919).hex}"},
                    subprotocols=streamlit_words.subprotocols(),
                    local_addr=(self._office, 0),
                    max_size=None,
                    proxy=None,
                    open_timeout=_PATIENCE_SECONDS,
                    ping_interval=None,
                ) as stream:
                    await self._stay(stream)
            except (OSError, WebSocketException, TimeoutError):
                self._tally.broken += 1
            finally:
                self.waiting_since = None
                self._stop_timers()
            await asyncio.sleep(_AGAIN_SECONDS)

    async def _stay(self, stream: ClientConnection) -> None:
        listening = asyncio.create_task(self._listen(stream))
        try:
            due = time.monotonic() + (self._number * _STEP) % 1 * EVERY_SECONDS
            turn = self._number
            while not listening.done():
                await self._act(stream, *self._views[turn % len(self._views)])
                turn, due = turn + 1, due + EVERY_SECONDS
                await asyncio.wait({listening}, timeout=max(0.0, due - time.monotonic()))
        finally:
            listening.cancel()
            await asyncio.gather(listening, return_exceptions=True)

    async def _act(self, stream: ClientConnection, page: str, query: str) -> None:
        """Open a view, and wait until it is drawn; the page before is gone, and so are its timers."""
        self._drawn.clear()
        self._stop_timers()
        known = self._pages.get(page, "")
        self.waiting_since = time.monotonic()
        await stream.send(streamlit_words.asking(query, page="" if known else page, page_hash=known))
        async with asyncio.timeout(_PATIENCE_SECONDS):
            await self._drawn.wait()
        self._tally.took.append((time.monotonic() - self.waiting_since) * 1000)
        self.waiting_since = None
        self._start_timers(stream, page, query)

    async def _listen(self, stream: ClientConnection) -> None:
        self._asked_for: dict[str, float] = {}
        with suppress(WebSocketException):
            async for word in stream:
                assert isinstance(word, bytes)
                self._tally.heard_bytes += len(word)
                said = streamlit_words.heard(word)
                self._pages = said.pages or self._pages
                self._asked_for.update(said.timers)
                self._tally.parts += said.part_drawn
                if said.page_drawn:
                    self._drawn.set()

    def _start_timers(self, stream: ClientConnection, page: str, query: str) -> None:
        if self._with_timers:
            for part, seconds in self._asked_for.items():
                asking = streamlit_words.asking(query, page_hash=self._pages[page], part=part)
                self._timers[part] = asyncio.create_task(_ask_again(stream, asking, seconds))
        self._asked_for = {}

    def _stop_timers(self) -> None:
        for timer in self._timers.values():
            timer.cancel()
        self._timers = {}


async def _ask_again(stream: ClientConnection, asking: bytes, seconds: float) -> None:
    with suppress(WebSocketException):
        while True:
            await asyncio.sleep(seconds)
            await stream.send(asking)
