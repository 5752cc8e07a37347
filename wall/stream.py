"""The stream of a screen, /api/wall/stream?screen=N: what changed goes out, what the screen says of itself comes in."""

import asyncio
import time
from collections.abc import Coroutine
from contextlib import suppress
from datetime import UTC, datetime
from functools import partial
from typing import Annotated, Any, Literal

import msgspec
import structlog
from starlette.concurrency import run_in_threadpool
from starlette.routing import BaseRoute, WebSocketRoute
from starlette.websockets import WebSocket, WebSocketDisconnect

from clock import real_clock
from store.health import Freshness
from store.screens import ScreenReport
from wall.devices import FOREIGN, NOT_PAIRED, TRY_LATER, Refusal
from wall.hub import Hub
from wall.seat import Seat

log = structlog.get_logger("wall")

NO_SUCH_SCREEN, RUBBISH = 4404, 1008
_LONGEST_REPORT = 4096
# A screen says something every half a minute and at each change of scene.
_MOST_REPORTS, _WINDOW_SECONDS = 40, 10.0
_SEND_SECONDS = 10.0
_FIRST_SECONDS = 20.0

_Count = Annotated[int, msgspec.Meta(ge=0, le=2**53)]
_Name = Annotated[str, msgspec.Meta(max_length=200)]


class _Report(msgspec.Struct, frozen=True):
    t: Literal["report"]
    scene: _Name
    build: _Name
    skew: Annotated[float, msgspec.Meta(ge=-1e12, le=1e12)]
    worst: Freshness
    since: Annotated[float, msgspec.Meta(ge=0, le=4e12)]
    missed: _Count
    errors: _Count
    width: _Count
    height: _Count
    heap: _Count | None = None


def stream_routes(hub: Hub) -> list[BaseRoute]:
    """The route of the stream."""

    async def stream(socket: WebSocket) -> None:
        await _serve(socket, hub)

    return [WebSocketRoute("/api/wall/stream", stream)]


async def _serve(socket: WebSocket, hub: Hub) -> None:
    number = _screen_asked_for(socket)
    admission = await run_in_threadpool(hub.devices.admit, socket, number)
    if isinstance(admission, Refusal) and admission.code == FOREIGN:
        await socket.close(FOREIGN)
        return
    await socket.accept()
    if isinstance(admission, Refusal):
        await socket.close(admission.code)
    elif not hub.has_screen(number):
        await socket.close(NO_SUCH_SCREEN)
    else:
        with hub.seat(admission, partial(_say, socket)) as seat:
            code = await _first_of(_tell(socket, hub, seat), _listen(socket, hub, seat))
            if code:
                with suppress(WebSocketDisconnect, RuntimeError):
                    await socket.close(code)


def _screen_asked_for(socket: WebSocket) -> int:
    text = socket.query_params.get("screen", "")
    return int(text) if text.isascii() and text.isdigit() and len(text) <= 3 else 0


async def _first_of(*works: Coroutine[Any, Any, int | None]) -> int | None:
    """The code with which the first to end closes the stream, None when it is closed; the others are given up."""
    tasks = [asyncio.ensure_future(work) for work in works]
    try:
        done, _pending = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
    with suppress(WebSocketDisconnect):
        return next(iter(done)).result()
    return None


def _say(socket: WebSocket, text: str) -> bool:
    """Sends without waiting; False, and nothing sent, while the screen has not yet taken what it was sent before.

    What sends waits for room first and writes then, so it runs to its end at one go or has not begun; if anything
    around it did otherwise, a screen would hear something twice, which changes nothing.
    """
    sending = socket.send_text(text)
    try:
        sending.send(None)
    except StopIteration:
        return True
    except (WebSocketDisconnect, RuntimeError):
        return True  # it is gone, and `_listen` is being told
    sending.close()
    return False


async def _tell(socket: WebSocket, hub: Hub, seat: Seat) -> int:
    """Tells a screen that comes all it needs, and a slow one what it could not take; the hub tells the others. Returns
    when the screen cannot stay."""
    came_at = time.monotonic()
    while True:
        await seat.woken.wait()
        seat.woken.clear()
        if seat.revoked:
            return NOT_PAIRED
        wall = hub.wall
        if wall is not None and seat.number not in wall.layout.screens:
            return NO_SUCH_SCREEN
        seat.busy = True
        due = seat.due(wall)
        if not due and not seat.greeted and time.monotonic() - came_at > _FIRST_SECONDS:
            return TRY_LATER
        if due:
            try:
                async with asyncio.timeout(_SEND_SECONDS):
                    for message in due:
                        await socket.send_text(message)
            except TimeoutError:
                return TRY_LATER
        seat.busy, seat.silence = False, 0


async def _listen(socket: WebSocket, hub: Hub, seat: Seat) -> int | None:
    """Hands the screen's reports to the hub. What is none is passed over; too much of anything ends the stream."""
    window, count, sense = time.monotonic(), 0, True
    while (message := await socket.receive())["type"] != "websocket.disconnect":
        text = message.get("text") or ""
        if time.monotonic() - window > _WINDOW_SECONDS:
            window, count = time.monotonic(), 0
        count += 1
        if count > _MOST_REPORTS or len(text) > _LONGEST_REPORT:
            log.warning("a screen says too much", screen=seat.number)
            return RUBBISH
        try:
            hub.report(_report(seat.number, msgspec.json.decode(text, type=_Report)))
        except msgspec.DecodeError as error:
            if sense:
                log.warning("a screen's report makes no sense", screen=seat.number, error=str(error))
            sense = False
    return None


def _report(number: int, told: _Report) -> ScreenReport:
    return ScreenReport(
        screen=number,
        seen_at=real_clock().now(),
        scene=told.scene,
        build=told.build,
        heap=told.heap,
        skew_ms=round(told.skew),
        worst=told.worst,
        started_at=datetime.fromtimestamp(told.since / 1000, UTC),
        missed=told.missed,
        errors=told.errors,
        width=told.width,
        height=told.height,
    )
