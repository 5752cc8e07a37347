"""A page that runs for months: what it hears and how often its stream is cut leaves nothing behind."""

from collections.abc import Callable, Iterator, Mapping
from random import Random
from typing import Any

import msgspec
import pytest
from playwright.sync_api import Browser

from tests.browser.wall_page import Wall, open_wall
from tests.browser.wall_scenes import GEOMETRY, USUAL, geometry
from wall.layout import Screen

# Small: nobody looks at it, and drawing costs most.
SCREEN = Screen(number=3, width=480, height=270, height_mm=685, distance_mm=4000, uses=())
# Compiled code and its notes are there after so many; then four times as much must be as good as nothing.
WARM, MORE, ALLOWED = 200, 800, 1.05
CUTS = 10

Scenes = Mapping[str, Any]


@pytest.fixture
def scenes() -> Scenes:
    """A usual day, as the stream sends it."""
    return {name: msgspec.json.decode(msgspec.json.encode(make())) for name, make in USUAL.items()}


@pytest.fixture
def wall(browser: Browser, scenes: Scenes) -> Iterator[Wall]:
    """A page whose scenes follow one another every second."""
    opened = open_wall(browser, SCREEN, {GEOMETRY: geometry()})
    greet(opened, scenes)
    yield opened
    assert opened.errors == []
    opened.page.context.close()


def greet(wall: Wall, scenes: Scenes) -> None:
    wall.greet(scenes, program=[{"scene": name, "dwell": 1000} for name in scenes])


def other_numbers(told: Any, random: Random) -> Any:
    """The same with another number in place of each."""
    if isinstance(told, dict):
        return {key: other_numbers(value, random) for key, value in told.items()}
    if isinstance(told, list):
        return [other_numbers(value, random) for value in told]
    return str(random.randrange(10, 99_999)) if isinstance(told, str) and told[:1].isdigit() else told


def heap_after(wall: Wall, times: int, act: Callable[[], None]) -> int:
    """Bytes of JavaScript in use once that was done so often and garbage is collected."""
    for _ in range(times):
        act()
    watcher = wall.page.context.new_cdp_session(wall.page)
    watcher.send("HeapProfiler.collectGarbage")
    used = int(watcher.send("Runtime.getHeapUsage")["usedSize"])
    watcher.detach()
    return used


@pytest.mark.chaos
def test_pictures_leave_nothing_behind(wall: Wall, scenes: Scenes) -> None:
    random = Random(1)

    def news() -> None:
        changed = {name: other_numbers({"blocks": scene["blocks"]}, random) for name, scene in scenes.items()}
        wall.tell("patch", scenes=changed)

    warm = heap_after(wall, WARM, news)
    assert heap_after(wall, MORE, news) <= warm * ALLOWED
    assert wall.state()["errors"] == 0


@pytest.mark.chaos
def test_cut_streams_leave_nothing_behind(wall: Wall, scenes: Scenes) -> None:
    def cut() -> None:
        before = len(wall.streams)
        wall.streams[-1].close()
        while len(wall.streams) == before:
            wall.page.wait_for_timeout(20)
        greet(wall, scenes)

    warm = heap_after(wall, CUTS, cut)
    assert heap_after(wall, CUTS, cut) <= warm * ALLOWED
