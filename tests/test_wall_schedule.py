"""Which scene a screen shows: the same rule for all screens at every moment, by the real time alone."""

from dataclasses import dataclass
from datetime import time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wall.layout import SceneUse, Screen
from wall.schedule import loop, next_scene, previous_scene, shown_at, shown_between

LOOP = [("overview", 60_000), ("moved", 30_000), ("map?indicator=on_time_rate", 10_000)]


@dataclass(frozen=True)
class Pin:
    scene: str
    at_ms: int


def use(scene: str, seconds: float, hours: tuple[time, time] | None = None) -> SceneUse:
    return SceneUse(id=scene, scene=scene, parameters={}, dwell=timedelta(seconds=seconds), hours=hours)


def screen(*uses: SceneUse) -> Screen:
    return Screen(number=1, width=1920, height=1080, height_mm=685, distance_mm=4000, uses=uses)


@pytest.mark.parametrize(
    ("now", "scene"),
    [
        (0, "overview"),
        (59_999, "overview"),
        (60_000, "moved"),
        (89_999, "moved"),
        (90_000, "map?indicator=on_time_rate"),
        (99_999, "map?indicator=on_time_rate"),
        (100_000, "overview"),
        # 2026-11-22 11:00 UTC is 1,795,345,200,000 ms: 17,953,452 loops of 100 s exactly.
        (1_795_345_200_000, "overview"),
        (1_795_345_270_000, "moved"),
    ],
)
def test_the_loop_goes_round_from_1970_on(now: int, scene: str) -> None:
    assert shown_at(LOOP, None, now) == scene


loops = st.lists(st.tuples(st.text("abc", min_size=1, max_size=3), st.integers(1, 500)), min_size=1, max_size=4)


@given(loop=loops, now=st.integers(0, 5_000))
def test_each_scene_is_shown_for_its_dwell_in_order(loop: list[tuple[str, int]], now: int) -> None:
    at_each_ms = [scene for scene, dwell in loop for _ms in range(dwell)]
    assert shown_at(loop, None, now) == at_each_ms[now % len(at_each_ms)]


@given(loop=loops, first=st.integers(0, 3_000), length=st.integers(0, 1_500))
def test_what_is_shown_between_is_what_each_moment_shows(loop: list[tuple[str, int]], first: int, length: int) -> None:
    last = first + length
    found, after = shown_between(loop, None, first, last)
    assert found == {shown_at(loop, None, now) for now in range(first, last + 1)}
    assert after > last
    assert {shown_at(loop, None, now) for now in range(last, after)} == {shown_at(loop, None, last)}


def test_a_pin_that_will_hold_is_among_what_is_shown_soon() -> None:
    assert shown_between(LOOP, Pin("centre", at_ms=900), 0, 1_000)[0] == {"overview", "centre"}
    assert shown_between(LOOP, Pin("centre", at_ms=0), 0, 1_000)[0] == {"centre"}


def test_a_pin_holds_from_its_moment_on() -> None:
    pin = Pin("centre", at_ms=1_000)
    assert [shown_at(LOOP, pin, now) for now in (0, 999, 1_000, 75_000)] == ["overview", "overview", "centre", "centre"]
    assert shown_at(LOOP, None, 75_000) == "moved"


def test_steps_go_round_and_from_a_foreign_scene_into_the_loop() -> None:
    assert [next_scene(LOOP, scene) for scene, _dwell in LOOP] == ["moved", "map?indicator=on_time_rate", "overview"]
    assert [previous_scene(LOOP, scene) for scene, _dwell in LOOP] == [LOOP[2][0], "overview", "moved"]
    assert (next_scene(LOOP, "centre"), previous_scene(LOOP, "centre")) == ("overview", LOOP[2][0])
    assert next_scene(LOOP[:1], "overview") == previous_scene(LOOP[:1], "overview") == "overview"


def test_a_scene_is_in_the_loop_within_its_hours_only() -> None:
    day, night = (time(7), time(18)), (time(22), time(5, 30))
    found = screen(use("overview", 40), use("overdue", 20, day), use("centre", 0.5, night))
    assert loop(found, time(6, 59)) == [("overview", 40_000)]
    assert loop(found, time(7)) == loop(found, time(17, 59, 59)) == [("overview", 40_000), ("overdue", 20_000)]
    assert loop(found, time(18)) == [("overview", 40_000)]
    assert loop(found, time(22)) == loop(found, time(5, 29)) == [("overview", 40_000), ("centre", 500)]
    assert loop(found, time(5, 30)) == [("overview", 40_000)]
