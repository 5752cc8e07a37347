"""Many viewers, without browsers: a process of its own, so that what it spends is nobody else's.

`python -m bench.visitors` reads one JSON object a line from standard input (`Place` first, then `Task` after `Task`),
and answers each task with one line, `Counted`. Staff speak Streamlit's own protocol, screens that of the wall's stream.
"""

import asyncio
import sys
import time
from typing import Literal

import msgspec
import uvloop

from bench.screens import StreamedScreen
from bench.staff import Staff
from bench.tally import Counted, Tally

# An office has one address: nginx counts by it.
_AN_OFFICE = 100
_OPENED_PER_SECOND = 25
_LAG_SECONDS = 0.05


class Place(msgspec.Struct, frozen=True):
    """Where visitors go: `address` of the front; `views`, page and query that staff look at one after the other;
    `cookies` of each screen of the wall."""

    address: str
    views: list[tuple[str, str]]
    cookies: dict[int, str]


class Task(msgspec.Struct, frozen=True):
    """From now on so many are here (the last to come go first); `seconds`: then count for so long. `timers`: whether
    an open page asks for its parts again by itself, as a browser does."""

    who: Literal["staff", "screens"]
    here: int
    seconds: float
    timers: bool = True


class Crowd:
    """Those who are here."""

    def __init__(self, place: Place) -> None:
        self._place = place
        self._tally = Tally()
        self._here: list[tuple[Staff | StreamedScreen, asyncio.Task[None]]] = []

    async def do(self, task: Task) -> Counted:
        """Let people come or go, wait, and count."""
        while len(self._here) > task.here:
            _, living = self._here.pop()
            living.cancel()
            await asyncio.wait({living})
        while len(self._here) < task.here:
            visitor = self._newcomer(task, len(self._here))
            self._here.append((visitor, asyncio.create_task(visitor.live())))
            await asyncio.sleep(1 / _OPENED_PER_SECOND)
        self._tally.begin()
        await self._pass(task.seconds)
        waiting = [visitor.waiting_since for visitor, _ in self._here if visitor.waiting_since is not None]
        return self._tally.counted(len(self._here), waiting)

    def _newcomer(self, task: Task, number: int) -> Staff | StreamedScreen:
        office = f"127.0.1.{1 + number // _AN_OFFICE}"
        if task.who == "staff":
            return Staff(number, self._place.address, office, self._place.views, self._tally, timers=task.timers)
        screens = sorted(self._place.cookies)
        screen = screens[number % len(screens)]
        return StreamedScreen(screen, self._place.address, office, self._place.cookies[screen], self._tally)

    async def _pass(self, seconds: float) -> None:
        """Wait, and look how late we ourselves are woken."""
        end = time.monotonic() + seconds
        while (began := time.monotonic()) < end:
            await asyncio.sleep(_LAG_SECONDS)
            self._tally.own_lag.append((time.monotonic() - began - _LAG_SECONDS) * 1000)


async def _answer() -> None:
    loop = asyncio.get_running_loop()
    crowd = Crowd(msgspec.json.decode(await loop.run_in_executor(None, sys.stdin.buffer.readline), type=Place))
    while line := await loop.run_in_executor(None, sys.stdin.buffer.readline):
        counted = await crowd.do(msgspec.json.decode(line, type=Task))
        sys.stdout.buffer.write(msgspec.json.encode(counted) + b"\n")
        sys.stdout.buffer.flush()


if __name__ == "__main__":
    uvloop.run(_answer())
