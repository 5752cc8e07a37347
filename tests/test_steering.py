"""What hold, back and next mean for a screen that goes round, or is held already."""

from datetime import time, timedelta

import pytest

from store.screens import Pin
from wall.layout import Layout, SceneUse, Screen
from wall.steering import Step, scenes_of, stepped

NOON = time(12)
MINUTE_MS = 60_000


def use(scene: str, seconds: int = 60, hours: tuple[time, time] | None = None) -> SceneUse:
    return SceneUse(id=scene, scene=scene, parameters={}, dwell=timedelta(seconds=seconds), hours=hours)


def layout(*uses: SceneUse) -> Layout:
    size = {"width": 1920, "height": 1080, "height_mm": 685, "distance_mm": 4000}
    screens = {number: Screen(number=number, uses=uses, **size) for number in (1, 2)}
    return Layout(version=1, language="vi", night=None, screens=screens)


THREE = layout(use("overview"), use("map"), use("ranking"))


@pytest.mark.parametrize(
    ("step", "minute", "scene"),
    [
        ("hold", 0, "overview"),
        ("hold", 1, "map"),
        ("next", 0, "map"),
        ("next", 2, "overview"),
        ("back", 1, "overview"),
        ("back", 0, "ranking"),
    ],
)
def test_a_step_starts_from_the_scene_of_its_moment(step: Step, minute: int, scene: str) -> None:
    assert stepped(THREE, {}, [2], step, NOON, minute * MINUTE_MS) == {2: scene}


@pytest.mark.parametrize(("step", "scene"), [("hold", "ranking"), ("next", "overview"), ("back", "map")])
def test_a_held_screen_steps_from_what_it_keeps(step: Step, scene: str) -> None:
    pins = {1: Pin("ranking", 0)}
    assert stepped(THREE, pins, [1, 2], step, NOON, 5)[1] == scene
    assert stepped(THREE, pins, [2], "hold", NOON, 5) == {2: "overview"}, "the other goes round"


def test_a_scene_that_the_layout_lost_is_no_longer_kept() -> None:
    assert stepped(THREE, {1: Pin("conferences", 0)}, [1], "hold", NOON, MINUTE_MS) == {1: "map"}


def test_scenes_out_of_their_hours_are_stepped_over() -> None:
    at_night = layout(use("overview"), use("map", hours=(time(7), time(18))), use("ranking"))
    assert stepped(at_night, {}, [1], "next", time(23), 0) == {1: "ranking"}


def test_scenes_to_choose_from_are_those_of_all_screens_once() -> None:
    assert list(scenes_of(THREE)) == ["overview", "map", "ranking"]
