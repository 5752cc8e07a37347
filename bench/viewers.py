"""How many viewers two web processes bear: staff at their pages, screens of the wall, through nginx as it is shipped.

Everything is on this machine: two web processes, nginx, PostgreSQL, and the visitors, who are a process of their own.
"""

import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from statistics import median
from typing import NamedTuple

import msgspec

from bench.measure import tree_seconds
from bench.tally import Counted
from bench.visitors import Place, Task
from clock import Clock, real_clock
from config import Settings
from metrics import catalogue
from store.engine import open_engine
from store.pairing import approve_pairing, begin_pairing, claim
from tests.centres import PLACE, WebServer, polled_store
from tests.feed import Feed
from tests.front import Front, front
from wall.layout import read_layout
from wall.watch import layout_path

STAFF, SCREENS, LIMIT_MS = 600, 1000, 300.0
# Where p95 is looked for after that of 600, and how near.
_STEPS, _NEAR = (25, 50, 100, 200, 300, 400, 600, 800, 1000, 1400, 2000), 50
_ALONE = 50
_WARM_SECONDS, _WINDOW_SECONDS = 10.0, 10.0
# Four sources that are polled once a minute bring something every fifteen seconds; for the wall every five.
_STAFF_NEWS, _WALL_NEWS = 15.0, 5.0

Say = Callable[[str], None]


class Load(NamedTuple):
    """So many visitors, and what they met: the median of several windows of each. Cores are shares of one core;
    `web_mb`: what the larger web process holds."""

    here: int
    actions_per_second: float
    p50_ms: float
    p95_ms: float
    parts_per_second: float
    broken: float
    bytes_each: float
    own_lag_ms: float
    own_core: float
    web_core: float
    nginx_core: float
    database_core: float
    web_mb: float


class Viewers(NamedTuple):
    """`alone`: a few staff whose pages ask for nothing by themselves; `staff` by number, rising, 600 among them;
    `screens`: none, nine and a thousand, without news and with; `news` says which."""

    alone: Load
    staff: list[Load]
    quiet_screens: list[Load]
    screens: list[Load]
    windows: int


class Centre(NamedTuple):
    """All that runs."""

    settings: Settings
    clock: Clock
    webs: list[WebServer]
    nginx: Front
    database_pid: int


def measure_viewers(url: str, home: Path, database_pid: int, windows: int, say: Say) -> Viewers:
    """Measure everything, in the empty PostgreSQL database at `url`; `home`: an empty folder. Some half an hour."""
    # One feed for all: another one would bring again what this has brought, and so nothing new.
    with _centre(url, home, database_pid) as centre, Feed(centre.settings, centre.clock, _STAFF_NEWS) as feed:
        with _crowd(centre) as crowd:
            probe = _Probe(centre, crowd, windows, say)
            alone = probe.load(Task("staff", _ALONE, _WINDOW_SECONDS, timers=False))
            probe.empty("staff")
            staff = _until_it_breaks(probe)
        screens = {}
        feed.every = _WALL_NEWS
        for news in (False, True):
            feed.news = news
            with _crowd(centre) as crowd:
                probe = _Probe(centre, crowd, windows, say)
                screens[news] = [probe.load(Task("screens", here, _WINDOW_SECONDS)) for here in (0, 9, SCREENS)]
    return Viewers(alone, staff, screens[False], screens[True], windows)


@contextmanager
def _centre(url: str, home: Path, database_pid: int) -> Iterator[Centre]:
    for name in ("0", "1", "nginx"):
        (home / name).mkdir()
    settings = polled_store(home, url, speed=1.0)
    clock = Clock(real_clock().now(), PLACE.start, 1.0)
    with ExitStack() as parts:
        webs = [WebServer(settings, home / name, clock) for name in ("0", "1")]
        for web in webs:
            parts.callback(web.stop)
            web.start()
        for web in webs:
            web.wait_until_ready()
        first, second = (f"127.0.0.1:{web.port}" for web in webs)
        before = parts.enter_context(front(home / "nginx", (first, second)))
        yield Centre(settings, clock, webs, before, database_pid)


@contextmanager
def _crowd(centre: Centre) -> Iterator[Callable[[Task], Counted]]:
    """Give the visitors' process something to do, and get what it counted."""
    place = Place(centre.nginx.address, _views(centre.settings), _paired(centre.settings))
    command = [sys.executable, "-m", "bench.visitors"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdin
        assert process.stdout
        asking, answering = process.stdin, process.stdout

        def tell(what: Place | Task) -> None:
            asking.write(msgspec.json.encode(what) + b"\n")
            asking.flush()

        def do(task: Task) -> Counted:
            tell(task)
            return msgspec.json.decode(answering.readline(), type=Counted)

        tell(place)
        try:
            yield do
        finally:
            process.terminate()


def _views(settings: Settings) -> list[tuple[str, str]]:
    """What staff look at, district by district: their unit, its work, rankings, and clicks on Explore."""
    keys = [indicator.key for indicator in catalogue().values()][:4]
    engine = open_engine(settings.database_url)
    with engine.connect() as connection:
        found = connection.exec_driver_sql("SELECT DISTINCT code FROM units WHERE kind = 'huyen' ORDER BY code")
        units = [str(code) for (code,) in found]
    engine.dispose()
    return [view for unit in units for view in _views_of(unit, keys)]


def _views_of(unit: str, keys: list[str]) -> list[tuple[str, str]]:
    return [
        ("my-unit", f"unit={unit}"),
        ("today", f"unit={unit}"),
        ("ranking", f"indicator={keys[0]}&kind=huyen&unit={unit}"),
        ("ranking", f"indicator={keys[1]}&kind=huyen&unit={unit}"),
        ("explore", f"indicator={keys[0]}&unit={unit}"),
        ("explore", f"indicator={keys[0]}&part=field&unit={unit}"),
        ("explore", f"indicator={keys[2]}&period=quarter&unit={unit}"),
        ("my-unit", f"indicator={keys[3]}&unit={unit}"),
    ]


def _paired(settings: Settings) -> dict[int, str]:
    """The cookies of every screen of the layout, each with a token."""
    engine, now = open_engine(settings.database_url), real_clock().now()
    cookies = {}
    for number in read_layout(layout_path(settings)).screens:
        begun = begin_pairing(engine, number, now)
        assert begun
        assert approve_pairing(engine, begun.code, number, "bench", now) == "approved"
        cookies[number] = f"ioc_screen_{number}={claim(engine, begun.secret, number, now).token}"
    engine.dispose()
    return cookies


class _Probe:
    """Loads the centre and reads its meters."""

    def __init__(self, centre: Centre, crowd: Callable[[Task], Counted], windows: int, say: Say) -> None:
        self._centre, self._crowd, self._windows, self._say = centre, crowd, windows, say

    def empty(self, who: str) -> None:
        """Everybody goes."""
        self._crowd(msgspec.convert({"who": who, "here": 0, "seconds": 0}, Task))

    def load(self, task: Task) -> Load:
        """Let so many come, warm up, and take the median of the windows."""
        self._crowd(msgspec.structs.replace(task, seconds=_WARM_SECONDS))
        windows = [self._window(task) for _ in range(self._windows)]
        load = Load(task.here, *(median(part) for part in list(zip(*windows, strict=True))[1:]))
        self._say(
            f"viewers: {task.here} {task.who}: p50 {load.p50_ms:.0f}, p95 {load.p95_ms:.0f} ms, web "
            f"{load.web_core:.1%} of a core, nginx {load.nginx_core:.1%}, visitors {load.own_core:.1%}"
        )
        return load

    def _window(self, task: Task) -> Load:
        before = self._meters()
        counted = self._crowd(task)
        web, nginx, database = (
            (after - earlier) / counted.seconds for earlier, after in zip(before, self._meters(), strict=True)
        )
        return Load(
            here=counted.here,
            actions_per_second=counted.actions / counted.seconds,
            p50_ms=counted.p50_ms,
            p95_ms=counted.p95_ms,
            parts_per_second=counted.parts / counted.seconds,
            broken=counted.broken,
            bytes_each=counted.heard_bytes / max(1, counted.here) / counted.seconds * _WALL_NEWS,
            own_lag_ms=counted.own_lag_ms,
            own_core=counted.own_core / counted.seconds,
            web_core=web,
            nginx_core=nginx,
            database_core=database,
            web_mb=max(server.memory() for server in self._centre.webs) / 1e6,
        )

    def _meters(self) -> tuple[float, float, float]:
        web = sum(server.core_seconds() for server in self._centre.webs)
        return web, tree_seconds(self._centre.nginx.pid), tree_seconds(self._centre.database_pid)


def _until_it_breaks(probe: _Probe) -> list[Load]:
    """Ever more staff until their p95 passes the limit; then between the last two, down to fifty; 600 in any case."""
    found: dict[int, Load] = {}

    def bears(here: int) -> bool:
        found[here] = found.get(here) or probe.load(Task("staff", here, _WINDOW_SECONDS))
        return found[here].p95_ms <= LIMIT_MS

    broken = next((here for here in _STEPS if not bears(here)), None)
    if broken is not None:
        low = max((here for here in found if here < broken), default=0)
        while broken - low > _NEAR:
            between = (low + broken) // 2 // 10 * 10
            low, broken = (between, broken) if bears(between) else (low, between)
    bears(STAFF)
    return [found[here] for here in sorted(found)]


def breaks_between(staff: list[Load]) -> tuple[int, int] | None:
    """The last number of staff whose p95 is within the limit (0: none) and the first with which it is not; None while
    all are within."""
    first = next((load.here for load in staff if load.p95_ms > LIMIT_MS), None)
    if first is None:
        return None
    return max((load.here for load in staff if load.here < first), default=0), first
