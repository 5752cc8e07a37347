"""What the wall costs and how quick it is: nine real screens, one web server, and the bytes that its cable counts."""

import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from clock import real_clock
from tests.wall_centre import POLL_SECONDS, WallCentre, wall_centre

NUMBERS = range(1, 10)
_WINDOW_SECONDS = 60.0
_START_SECONDS, _TOLD_SECONDS, _BACK_SECONDS = 180.0, 30.0, 60.0
# All nine show the same, so that one change concerns all of them.
_SAME = """version = 1
language = "vi"
[every_screen]
width = 1920
height = 1080
height_mm = 685
distance_mm = 4000
""" + "".join(f'[[screens]]\nnumber = {n}\nscenes = [ {{ scene = "overview", dwell = "1h" }} ]\n' for n in NUMBERS)

Say = Callable[[str], None]


class Load(NamedTuple):
    """What nine screens cost while polls go on: parts of a core, and those without any screen; bytes on the wire per
    screen and poll interval."""

    core: float
    idle_core: float
    bytes: float


class Trial(NamedTuple):
    """Seconds that something took on the slowest of nine screens; None when one of them did not get there."""

    seconds: float | None


class Restart(NamedTuple):
    """From the start of a killed server: seconds until it answered, and until the last of nine screens was live."""

    answered: float
    live: float | None


class Wall(NamedTuple):
    """All that was measured."""

    steady: Load
    changing: Load
    changes: list[Trial]
    hangs: list[Trial]
    pulls: list[Trial]
    restarts: list[Restart]


def measure_wall(repeats: int, say: Say) -> Wall:
    """Measure everything: some ten minutes, and two for each of `repeats`."""
    steady, changing = _loads(say)
    with tempfile.TemporaryDirectory(prefix="ioc-wall-layout-") as folder:
        layout = Path(folder) / "layout.toml"
        layout.write_text(_SAME)
        with wall_centre(NUMBERS, str(layout)) as centre:
            _wait_until_live(centre)
            centre.feed.freeze(source.name for source in centre.settings.sources)
            changes = [_change(centre, say) for _ in range(4 * repeats)]
            centre.feed.freeze([])
            hangs = [_told(centre, say, centre.web.hang, centre.web.resume) for _ in range(2 * repeats)]
            pulls = [_told(centre, say, centre.cable.swallow, centre.cable.release) for _ in range(2 * repeats)]
            restarts = [_restart(centre, say) for _ in range(repeats)]
    return Wall(steady, changing, changes, hangs, pulls, restarts)


def _wait_until_live(centre: WallCentre) -> None:
    missing = centre.screens.until("live", _START_SECONDS)
    assert not missing, f"screens {missing} never showed anything"


def _loads(say: Say) -> tuple[Load, Load]:
    """What the shipped layout costs while polls bring nothing new, and while each brings something."""
    with wall_centre(NUMBERS) as centre:
        _wait_until_live(centre)
        measured: dict[tuple[bool, bool], tuple[float, float]] = {}
        for connected in (True, False):
            for news in (True, False):
                centre.feed.news = news
                _pass(centre, 2 * POLL_SECONDS)
                measured[connected, news] = _consumption(centre)
                core, wire = measured[connected, news]
                say(f"wall: {9 * connected} screens, news {news}: {core:.2%} of a core, {wire / 9:.0f} B per screen")
            for page in centre.screens.pages.values():
                page.goto("about:blank")
    steady, changing = (
        Load(measured[True, news][0], measured[False, news][0], measured[True, news][1] / len(NUMBERS))
        for news in (False, True)
    )
    return steady, changing


def _consumption(centre: WallCentre) -> tuple[float, float]:
    """Parts of a core that the web server used, and bytes to all screens per poll interval."""
    began, core, carried = time.monotonic(), centre.web.core_seconds(), centre.cable.bytes_to_screens()
    _pass(centre, _WINDOW_SECONDS)
    took = time.monotonic() - began
    carried = centre.cable.bytes_to_screens() - carried
    return (centre.web.core_seconds() - core) / took, carried / took * POLL_SECONDS


def _pass(centre: WallCentre, seconds: float) -> None:
    """Let time pass, and the browser go on."""
    centre.screens.pages[1].wait_for_timeout(seconds * 1000)


def _change(centre: WallCentre, say: Say) -> Trial:
    """From the end of a poll that brings dossiers until all screens have drawn them."""
    centre.screens.listen()
    began = real_clock().now().timestamp()
    for source in centre.settings.sources:
        if source.dialect == "dvcqg":
            centre.feed.poll(source.name, source.dialect)
    ended = real_clock().now().timestamp()
    arrivals = [centre.screens.heard_after(number, began, 10) for number in centre.screens.pages]
    known = [at for at in arrivals if at is not None]
    took = max(0.0, max(known) - ended) if len(known) == len(arrivals) else None
    say(f"wall: a change is on {len(known)} of {len(arrivals)} screens after {took} s")
    return Trial(took)


def _told(centre: WallCentre, say: Say, begin: Callable[[], None], end: Callable[[], None]) -> Trial:
    """From a fault that closes no connection until all screens say so."""
    _forget(centre)
    began = real_clock().now().timestamp()
    begin()
    missing = centre.screens.until("lost", _TOLD_SECONDS)
    told = [
        max((one.at for one in centre.screens.seen(number) if one.what == "lost"), default=began) for number in NUMBERS
    ]
    end()
    _wait_until_live(centre)
    took = None if missing or not told else max(told) - began
    say(f"wall: a hang or a pulled cable is told by {9 - len(missing)} of 9 after {took} s")
    return Trial(took)


def _restart(centre: WallCentre, say: Say) -> Restart:
    """A server that is killed and started again at once, as its supervisor does."""
    _forget(centre)
    centre.web.kill()
    began = real_clock().now().timestamp()
    centre.web.start()
    centre.web.wait_until_ready()
    answered = real_clock().now().timestamp() - began
    heard = [centre.screens.heard_after(number, began, _BACK_SECONDS) for number in NUMBERS]
    known = [at for at in heard if at is not None]
    live = max(known) - began if len(known) == len(heard) else None
    say(f"wall: killed and started again, it answers after {answered:.1f} s, all screens are live after {live} s")
    _wait_until_live(centre)
    return Restart(answered, live)


def _forget(centre: WallCentre) -> None:
    centre.screens.listen()
    for number in NUMBERS:
        centre.screens.seen(number)
