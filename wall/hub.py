"""The wall's hub, one in each web process: looks around while a screen is connected, and wakes whom it concerns.

One look around asks the store for its pulse, the layout file for its time, and the clock; only what changed is looked
at, composed and told. A database that does not answer in time is a store that cannot be read.
"""

import asyncio
import time
from collections import Counter
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager, contextmanager
from dataclasses import replace
from functools import partial
from typing import Any

import structlog

from errors import StoreError
from pages._live import Holder, Live
from store.screens import ScreenReport
from wall import messages
from wall.devices import Admission, Devices
from wall.seat import Said, Say, Seat
from wall.showing import Scenes, Showing, Wall
from wall.watch import LayoutWatch

log = structlog.get_logger("wall")

_LOOK_SECONDS = 0.5
_STORE_SECONDS = 3.0
# A hub that has not got round for so long says nothing: its screens will tell that they are alone.
_STUCK_SECONDS = 9.0
_AGAIN_SECONDS = 5.0
# A beat comes BEAT_MS after the last beat, and after other news sooner than that by up to this part of it.
_STEPS_OF_A_BEAT = 5


class Hub:
    """What connected screens show. `wall`: the newest look around; None while nobody looks."""

    def __init__(self, holder: Holder, watch: LayoutWatch, devices: Devices, scenes: Scenes) -> None:
        self.devices = devices
        self.wall: Wall | None = None
        self._holder = holder
        self._watch = watch
        self._seats: set[Seat] = set()
        self._admitted = Counter[Admission]()  # of how many seats each is
        self._said = Said()
        self._occupied = asyncio.Event()
        self._reading: asyncio.Future[Live] | None = None
        # Own threads, which no visitor keeps waiting: one for a store that may not answer, one that goes on meanwhile.
        self._threads = ThreadPoolExecutor(max_workers=2, thread_name_prefix="wall")
        self._looked_at = time.monotonic()
        self._showing = Showing(holder, watch, devices, scenes)

    @asynccontextmanager
    async def turning_round(self) -> AsyncIterator[None]:
        """Within the block the hub looks around; while nobody is connected it rests."""
        tasks = [asyncio.create_task(_keep_going(work)) for work in (self._go_round, self._beat)]
        try:
            yield
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.wait(tasks)

    async def _beat(self) -> None:
        """One timer for all: whoever has heard nothing for a beat hears it, made once for all of this moment. Told
        from here and not by a task each: of a thousand streams that is most of what they cost."""
        step = messages.BEAT_MS / 1000 / _STEPS_OF_A_BEAT
        due_at = 0.0
        while True:
            await self._occupied.wait()
            due_at = max(due_at + step, time.monotonic())
            await asyncio.sleep(due_at - time.monotonic())
            for seat in self._seats:
                seat.silence += 1
            silent = [seat for seat in self._seats if seat.silence >= _STEPS_OF_A_BEAT]
            text = messages.beat(self._holder.clock) if silent and self.turning else None
            aging = {one: self.devices.renewal_due(one) for one in self._admitted} if silent else {}
            for seat in silent:
                seat.beat(text, renew=aging[seat.admission])
                seat.tell(self.wall)

    @contextmanager
    def seat(self, admission: Admission, say: Say | None = None) -> Iterator[Seat]:
        """A place for a screen that is connected, as long as it is. `say`: how it is told something without waiting."""
        seat = Seat(admission, self._holder.clock, self._said, say)
        self._seats.add(seat)
        self._admitted[admission] += 1
        self._occupied.set()
        try:
            yield seat
        finally:
            self._seats.discard(seat)
            self._admitted[admission] -= 1
            self._admitted = +self._admitted
            if not self._seats:
                self._occupied.clear()
                self.wall = None  # what nobody keeps new must not be shown to the next who comes

    def has_screen(self, number: int) -> bool:
        """Whether the layout in force has it."""
        return number in self._watch.current()[0].screens

    def report(self, report: ScreenReport) -> None:
        """Keep what a screen says of itself; the store gets it soon."""
        self._showing.reports[report.screen] = report

    def screens(self) -> Mapping[int, ScreenReport]:
        """What each screen that was ever connected here last said of itself."""
        return dict(self._showing.reports)

    def connected(self) -> list[int]:
        """The number of each screen that is connected, once for each of its streams."""
        return [seat.number for seat in tuple(self._seats)]

    @property
    def problem(self) -> str | None:
        """Why the newest layout file was refused: file, line and reason; None when it is in force."""
        return self._watch.current()[1]

    @property
    def turning(self) -> bool:
        """Whether what is shown is being kept new: a beat says no less."""
        return time.monotonic() - self._looked_at < _STUCK_SECONDS

    async def _go_round(self) -> None:
        await self._look_around()  # before the first screen comes: it shall not wait
        while True:
            await self._occupied.wait()
            began = time.monotonic()
            await self._look_around()
            await asyncio.sleep(max(0.0, began + _LOOK_SECONDS - time.monotonic()))

    async def _look_around(self) -> None:
        here = await self._read()
        for visible_only in (True, False):
            if self.wall is not None and self._showing.settled(here, self._connected()):
                break
            show = partial(self._showing.wall, here, self._connected(), visible_only=visible_only)
            self._show(await asyncio.get_running_loop().run_in_executor(self._threads, show))
        out = {admission for admission in self._admitted if not self.devices.holds(admission)}
        for seat in self._seats if out else ():
            if seat.admission in out:
                seat.revoke()
                self._showing.reports.pop(seat.number, None)
        self._looked_at = time.monotonic()

    def _connected(self) -> frozenset[int]:
        return frozenset(admission.screen for admission in self._admitted)

    def _show(self, wall: Wall) -> None:
        """Tell the screens that would see a difference."""
        if not self._seats:
            return
        before, self.wall = self.wall, wall
        numbers = self._connected()
        differ = {number for number in numbers if before is None or not wall.same(before, number)}
        for seat in self._seats:
            if before is None or seat.number in differ:
                seat.change()
                seat.tell(wall)
            else:
                seat.stay(before, wall)

    async def _read(self) -> Live | None:
        """The newest state of the store, or the last one with the reason; None when it has never been readable."""
        if self._reading is None:
            self._reading = asyncio.get_running_loop().run_in_executor(self._threads, self._holder.live)
        try:
            done, _pending = await asyncio.wait({self._reading}, timeout=_STORE_SECONDS)
            if not done:
                return replace(self._holder.last(), stale_reason="the database does not answer")
            reading, self._reading = self._reading, None
            return reading.result()
        except StoreError:
            return None


async def _keep_going(work: Callable[[], Coroutine[Any, Any, None]]) -> None:
    """What breaks the hub is logged, and it goes on."""
    while True:
        going = asyncio.create_task(work())
        try:
            await asyncio.wait({going})
        finally:
            going.cancel()
        log.error("the hub broke", exc_info=going.exception())
        await asyncio.sleep(_AGAIN_SECONDS)
