"""Every kind of block with the longest names, at both sizes: seen whole, legible from the viewing distance, apart."""

import re
from collections.abc import Iterator, Mapping
from itertools import combinations
from math import atan, degrees
from pathlib import Path
from typing import Any

import msgspec
import pytest
from playwright.sync_api import Browser

from config import read_settings
from pages import _palette
from pages._live import Holder
from tests.browser.wall_long_scenes import LONG
from tests.browser.wall_page import ROOT, Wall, open_wall
from tests.browser.wall_scenes import GEOMETRY, USUAL, geometry
from tests.colours import rgb
from wall.composing import Composer
from wall.discovery import scene_modules
from wall.layout import Screen, read_layout

MEASURE = Path(__file__).with_name("wall_measure.js").read_text("utf-8")
ARC_MINUTES = {"head": 22, "read": 16, "small": 10}
SCREENS = {
    "1920x1080": Screen(number=3, width=1920, height=1080, height_mm=685, distance_mm=4000, uses=()),
    "3840x2160": Screen(number=3, width=3840, height=2160, height_mm=685, distance_mm=4000, uses=()),
}
# Worlds beyond what scenes bring: something is left out there, and said to be.
TOO_MUCH = {"bars", "work"}
Measured = Mapping[str, Any]


@pytest.fixture(scope="module")
def shipped(settings_file: Path) -> Mapping[str, Any]:
    """The scenes of the shipped layout, as composed for the simulated place."""
    layout = read_layout(ROOT / "wall" / "layout.toml")
    uses = {use.id: use for screen in layout.screens.values() for use in screen.uses}
    holder = Holder(read_settings(settings_file))
    pictures = Composer("vi", scene_modules()).pictures(holder.live(), uses.values())
    holder.engine.dispose()
    return {name: {**picture.document} for name, picture in pictures.items()}


@pytest.fixture(scope="module", params=list(SCREENS))
def seen(
    browser: Browser, shipped: Mapping[str, Any], request: pytest.FixtureRequest
) -> Iterator[Mapping[str, tuple[Screen, Measured]]]:
    """Every picture on that screen, measured."""
    screen = SCREENS[request.param]
    wall = open_wall(browser, screen, {GEOMETRY: geometry()})
    made = {name: make() for name, make in {**USUAL, **LONG}.items()}
    yield {name: (screen, _measured(wall, scene)) for name, scene in {**made, **_mapped(shipped)}.items()}
    assert wall.errors == []
    wall.page.context.close()


def _mapped(scenes: Mapping[str, Any]) -> Mapping[str, Any]:
    """The scenes with outlines that the test has."""
    text = msgspec.json.encode(scenes).decode()
    return dict(msgspec.json.decode(re.sub(r'"/api/wall/geometry/[^"]*"', f'"{GEOMETRY}"', text)))


def _measured(wall: Wall, scene: Any) -> Measured:
    wall.show(scene)
    return dict(wall.page.evaluate(MEASURE))


def _luminance(colour: str) -> float:
    parts = [int(number) / 255 for number in re.findall(r"\d+", colour)[:3]]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _contrast(one: str, other: str) -> float:
    dark, light = sorted((_luminance(one), _luminance(other)))
    return (light + 0.05) / (dark + 0.05)


def _cover(one: list[float], other: list[float]) -> bool:
    return one[0] < other[2] - 1 and other[0] < one[2] - 1 and one[1] < other[3] - 1 and other[1] < one[3] - 1


def test_every_text_stands_inside_its_block_and_the_screen(seen: Mapping[str, tuple[Screen, Measured]]) -> None:
    for name, (screen, measured) in seen.items():
        assert measured["scrolls"] == [0, 0], name
        for text in measured["texts"]:
            left, top, right, bottom = text["room"]
            for line in text["lines"]:
                assert line[0] >= left - 1, (name, text)
                assert line[1] >= top - 1, (name, text)
                assert line[2] <= right + 1, (name, text)
                assert line[3] <= bottom + 1, (name, text)
                assert 0 <= line[0] < line[2] <= screen.width, (name, text)
                assert 0 <= line[1] < line[3] <= screen.height, (name, text)


def test_nothing_covers_anything(seen: Mapping[str, tuple[Screen, Measured]]) -> None:
    for name, (_screen, measured) in seen.items():
        assert measured["hits"] == [], name
        for one, other in combinations(measured["texts"], 2):
            found = any(_cover(a, b) for a in one["lines"] for b in other["lines"])
            assert not found, (name, one["text"], other["text"])


def test_capitals_are_seen_under_the_arc_minutes_of_their_kind(seen: Mapping[str, tuple[Screen, Measured]]) -> None:
    kinds = set()
    for name, (screen, measured) in seen.items():
        for text in measured["texts"]:
            assert text["family"], (name, text)
            millimetres = text["capital"] * screen.height_mm / screen.height
            minutes = degrees(2 * atan(millimetres / 2 / screen.distance_mm)) * 60
            assert minutes >= ARC_MINUTES[text["kind"]] - 0.01, (name, text)
            kinds.add(text["kind"])
    assert kinds == set(ARC_MINUTES)


def test_every_text_has_a_contrast_of_seven(seen: Mapping[str, tuple[Screen, Measured]]) -> None:
    for name, (_screen, measured) in seen.items():
        for text in measured["texts"]:
            assert _contrast(text["colour"], text["ground"]) >= 7, (name, text)


def test_only_what_cannot_be_shown_at_all_is_left_out_and_that_is_said(
    seen: Mapping[str, tuple[Screen, Measured]],
) -> None:
    for name, (_screen, measured) in seen.items():
        told = [text["text"] for text in measured["texts"] if re.fullmatch(r"còn \d+ mục nữa", text["text"])]
        assert bool(told) == bool(measured["left_out"]), name
        assert not measured["left_out"] or name in TOO_MUCH, name


def test_areas_have_a_contrast_of_three_on_the_ground() -> None:
    areas = [name for name in _palette.WALL if name.endswith("-fill") or name.startswith("shade-")]
    assert areas
    for name in areas:
        colours = (str(tuple(rgb(_palette.WALL[key]))) for key in (name, "ground"))
        assert _contrast(*colours) >= 3, name
