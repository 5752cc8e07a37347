"""What the wall shows now: layout, loops, pins and pictures, put together from what the store held when last read."""

import time
from collections.abc import Collection, Hashable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime

from clock import LOCAL_ZONE, real_clock, whole_minute
from errors import StoreError
from pages._live import Holder, Live
from store.screens import Pin, ScreenReport, pins, put_reports
from wall.composing import Composer, Picture, moment
from wall.devices import Devices
from wall.freshness import store_state
from wall.layout import Layout, SceneUse, Screen
from wall.scenes._contract import SceneModule
from wall.schedule import Loop, loop, shown_between
from wall.watch import LayoutWatch

_REPORT_SECONDS = 30.0
# A scene that no screen shows rests: nobody sees what is new in it. It is renewed with everything else once a minute,
# and again from so long on before it comes on, since it must be known to the screen by then.
_AHEAD_MS = 10_000

Scenes = Mapping[str, SceneModule]


@dataclass(frozen=True, eq=False)
class Wall:
    """What the wall shows at one moment; `problem`: why the newest layout file was refused."""

    layout: Layout
    problem: str | None
    loops: Mapping[int, Loop]
    pins: Mapping[int, Pin]
    pictures: Mapping[str, Picture]

    def wanted(self, screen: Screen) -> set[str]:
        """The ids of the scenes that a screen may have to show."""
        pinned = self.pins.get(screen.number)
        return {use.id for use in screen.uses} | ({pinned.scene} if pinned else set())

    def same(self, other: "Wall", number: int) -> bool:
        """Whether the screen of this number would see no difference."""
        if self.layout is not other.layout or self.pins.get(number) != other.pins.get(number):
            return False
        screen = self.layout.screens.get(number)
        if screen is None or self.loops[number] != other.loops[number]:
            return screen is None
        return all(self.pictures.get(name) is other.pictures.get(name) for name in self.wanted(screen))


class Showing:
    """Puts the wall together; for one thread at a time. `reports`: what screens said of themselves, by number."""

    def __init__(self, holder: Holder, watch: LayoutWatch, devices: Devices, scenes: Scenes) -> None:
        self.reports: dict[int, ScreenReport] = {}
        self._holder = holder
        self._watch = watch
        self._devices = devices
        self._layout, self._problem = watch.current()
        self._scenes = scenes
        self._composer = Composer(self._layout.language, scenes)
        self._pins: Mapping[int, Pin] = {}
        self._wall_version = -1
        self._written_at = time.monotonic()
        self._written_to = datetime.min.replace(tzinfo=UTC)
        self._settled_for: Hashable = None
        self._whole_for: Hashable = None
        self._rests_until = 0

    def settled(self, here: Live | None, connected: frozenset[int]) -> bool:
        """Whether nothing is to be done since the wall was last put together: found out without the store."""
        layout, problem = self._watch.current()
        if here is None or layout is not self._layout or self._reports_due() or _now_ms() >= self._rests_until:
            return False
        return self._settled_for == (connected, moment(here, (self._newest_version(), problem, self._written_at)))

    def wall(self, here: Live | None, connected: Collection[int], *, visible_only: bool = False) -> Wall:
        """What the wall shows now, its pictures those of the connected screens, or of all while there is none.

        `here`: the store as last read; None when it has never been readable. `visible_only`: renew what stands on the
        screens now, which shall not wait for what comes on soon; where nothing else does, the wall is settled.
        """
        layout, self._problem = self._watch.current()
        if layout is not self._layout:
            self._layout, self._composer = layout, Composer(layout.language, self._scenes)
        if here is not None and here.stale_reason is None:
            with suppress(StoreError):  # the holder meets it too, and tells
                self._follow_store()
        known = {use.id: use for screen in layout.screens.values() for use in screen.uses}
        pinned = {number: pin for number, pin in self._pins.items() if pin.scene in known}
        local_time = self._holder.clock.now().astimezone(LOCAL_ZONE).time()
        loops = {number: loop(screen, local_time) for number, screen in layout.screens.items()}
        now_ms = _now_ms()
        soon, rests_until = _coming(loops, pinned, connected, now_ms, now_ms + _AHEAD_MS)
        whole_for = None if here is None else _whole_for(here, layout, connected, self._wall_version, self._problem)
        whole = not connected or whole_for is None or whole_for != self._whole_for
        due = None if whole else soon
        only = _coming(loops, pinned, connected, now_ms, now_ms)[0] if visible_only else due
        pictures = self._pictures(here, _in_use(layout, pinned, known, connected), only)
        self._settled_for = None
        # A scene that fails is tried again before anything changes, and so is a store that was never readable.
        if here is not None and only == due and not self._composer.restless:
            self._settled_for = (frozenset(connected), moment(here, self._around))
            self._whole_for, self._rests_until = whole_for, rests_until - _AHEAD_MS
        return Wall(layout=layout, problem=self._problem, loops=loops, pins=pinned, pictures=pictures)

    def _follow_store(self) -> None:
        """Pins and tokens as of the store's version "wall"; the screens' reports now and then the other way."""
        version = self._newest_version()
        if version != self._wall_version:
            self._pins = pins(self._holder.engine)
            self._devices.refresh()
            self._wall_version = version
        if self._reports_due():
            # Only what is new: a screen that was forgotten since must not come back by what it said before.
            newest = [report for report in list(self.reports.values()) if report.seen_at > self._written_to]
            put_reports(self._holder.engine, newest)
            self._written_at = time.monotonic()
            self._written_to = max((report.seen_at for report in newest), default=self._written_to)

    def _newest_version(self) -> int:
        return self._holder.pulse.versions.get("wall", 0) if self._holder.pulse else 0

    def _reports_due(self) -> bool:
        return time.monotonic() - self._written_at >= _REPORT_SECONDS

    @property
    def _around(self) -> Hashable:
        # What screens said of themselves is in the store as of the last time that it was written down.
        return self._wall_version, self._problem, self._written_at

    def _pictures(
        self, here: Live | None, uses: Mapping[str, SceneUse], only: Collection[str] | None
    ) -> Mapping[str, Picture]:
        if here is None:
            return self._composer.unread(uses.values())
        return self._composer.pictures(here, uses.values(), self._around, only)


def _now_ms() -> int:
    return int(real_clock().now().timestamp() * 1000)


def _coming(
    loops: Mapping[int, Loop], pinned: Mapping[int, Pin], connected: Collection[int], first_ms: int, last_ms: int
) -> tuple[Collection[str], int]:
    """The scenes that stand on the connected screens at any moment from the first to the last; and the first moment
    after the last at which another one may."""
    each = [shown_between(loops[one], pinned.get(one), first_ms, last_ms) for one in connected if one in loops]
    return set[str]().union(*(scenes for scenes, _after in each)), min((after for _scenes, after in each), default=0)


def _whole_for(here: Live, layout: Layout, connected: Collection[int], version: int, problem: str | None) -> Hashable:
    """As long as this stays, all that changes is what was counted: of that, who rests need not know."""
    states = tuple(source.state for source in here.sources)
    return layout, frozenset(connected), whole_minute(here.now), store_state(here), states, version, problem


def _in_use(
    layout: Layout, pinned: Mapping[int, Pin], known: Mapping[str, SceneUse], connected: Collection[int]
) -> Mapping[str, SceneUse]:
    numbers = [number for number in layout.screens if number in connected or not connected]
    own = {use.id: use for number in numbers for use in layout.screens[number].uses}
    return own | {pinned[number].scene: known[pinned[number].scene] for number in numbers if number in pinned}
