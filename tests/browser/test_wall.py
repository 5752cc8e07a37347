"""The wall's page: turns by the server's time, changes only what changed, marks itself, pairs, stands in Streamlit."""

from collections.abc import Callable, Iterator
from typing import Any

import msgspec
import pytest
from playwright.sync_api import Browser, expect

from tests.browser.conftest import Centre, Visit
from tests.browser.wall_page import BUILD, Wall, open_wall
from tests.browser.wall_scenes import GEOMETRY, geometry, overview, ranking, work
from wall.blocks import Scene
from wall.layout import Screen
from wall.patch import merge_patch, without_nulls
from wall.schedule import shown_at

Visiting = Callable[..., Visit]
SCREEN = Screen(number=3, width=1920, height=1080, height_mm=685, distance_mm=4000, uses=())
NOON = 1_795_000_002_000
# Keeps what changes in the scenes; that another scene's turn came is no change of it.
WATCH = """() => {
  globalThis.changed = [];
  globalThis.watcher?.disconnect();
  globalThis.watcher = new MutationObserver((all) => all.forEach((one) => {
    const turn = ['data-shown', 'aria-hidden'].includes(one.attributeName);
    const node = one.type === 'characterData' ? one.target.parentElement : one.target;
    if (!turn) changed.push(`${one.type} ${one.attributeName ?? ''} ${node.getAttribute('class')}`);
  }));
  const parts = {subtree: true, childList: true, attributes: true, characterData: true};
  watcher.observe(document.querySelector('#ioc-wall .scenes'), parts);
}"""
LOOP = [{"scene": "overview", "dwell": 10_000}, {"scene": "work", "dwell": 5_000}]


@pytest.fixture(scope="module")
def screen(browser: Browser) -> Iterator[Wall]:
    """One screen for all tests, whose clock stands until a test lets time pass."""
    opened = open_wall(browser, SCREEN, {GEOMETRY: geometry()}, at=NOON)
    yield opened
    opened.page.context.close()


@pytest.fixture
def wall(screen: Wall) -> Iterator[Wall]:
    """The screen, connected, with two scenes in its loop."""
    del screen.streams[:-1]
    screen.greet({"overview": overview(), "work": work()}, program=LOOP)
    screen.later(1500)
    yield screen
    assert screen.errors == []


def _changes(wall: Wall, act: Callable[[], None]) -> list[str]:
    """What the act changed on the page, as one line per change; that another scene's turn came is none."""
    wall.page.evaluate(WATCH)
    act()
    wall.later(100)
    return list(wall.page.evaluate("changed"))


def test_scenes_turn_by_the_servers_time_as_the_server_computes_them(wall: Wall) -> None:
    loop = [(use["scene"], use["dwell"]) for use in LOOP]
    for _step in range(16):
        assert wall.now_ms is not None
        assert wall.state()["scene"] == shown_at(loop, None, wall.now_ms)
        wall.later(1900)
        wall.tell("beat")
    assert wall.state()["missed"] == 0
    assert wall.page.locator(".scene[data-shown]").count() == 1


def test_pinned_scene_stands_from_its_moment_on_until_it_is_let_go(wall: Wall) -> None:
    assert wall.now_ms is not None
    free = wall.state()["scene"]
    other = "work" if free == "overview" else "overview"
    wall.tell("pin", pin={"scene": other, "at": wall.now_ms + 1500})
    wall.later(1400)
    assert wall.state()["scene"] == free
    wall.later(300)
    assert wall.state()["scene"] == other
    for _beat in range(5):
        wall.later(4000)
        wall.tell("beat")
        assert wall.state()["scene"] == other
    wall.tell("pin", pin=None)
    wall.later(300)
    assert wall.state()["scene"] == shown_at([(use["scene"], use["dwell"]) for use in LOOP], None, wall.now_ms)


def test_refresh_changes_only_what_changed(wall: Wall) -> None:
    patch = {"overview": {"blocks": {"f2": {"value": "413", "n": "2,9 % của 14.211 đang giải quyết"}}}}
    same = {"overview": {"title": overview().title}}
    assert set(_changes(wall, lambda: wall.tell("patch", scenes=same))) == set()
    changed = _changes(wall, lambda: wall.tell("patch", scenes=patch))
    assert wall.page.locator("[data-block=f2] .value").text_content() == "413"
    assert sorted(changed) == ["characterData  print t-small", "characterData  value t-head"]


def test_refreshes_leave_as_many_nodes_as_before(wall: Wall) -> None:
    count = "document.querySelectorAll('*').length"
    before = wall.page.evaluate(count)
    for step in range(100):
        wall.send(
            "patch", scenes={"work": {"blocks": {"who": {"lines": {f"x{step}": {"head": "x"}}, "order": [f"x{step}"]}}}}
        )
        wall.send(
            "patch", scenes={"work": {"blocks": {"who": {"lines": {f"x{step}": None}, "order": ["l0", "l1", "l2"]}}}}
        )
    wall.tell("beat")
    wall.later(500)
    assert wall.page.evaluate(count) == before


def _told(scene: Scene) -> Any:
    return without_nulls(msgspec.to_builtins(scene))


def test_every_patch_of_the_server_is_understood(wall: Wall) -> None:
    documents = [_told(scene) for scene in (overview(), ranking(), work())]
    documents += [{"a": {"b": 1, "c": [1, {"d": None}]}, "e": ""}, {"a": 1}, {"a": {"b": 2}, "f": {"g": {}}}, {}]
    pairs = [(old, new) for old in documents for new in documents]
    merged = wall.page.evaluate(
        "pairs => import('/wall-assets/b1/patch.js').then(own => pairs.map(([old, patch]) => own.merged(old, patch)))",
        [[old, merge_patch(old, new)] for old, new in pairs],
    )
    assert merged == [new for _old, new in pairs]


def test_silent_server_is_told_over_the_last_good_picture_within_three_beats(wall: Wall) -> None:
    wall.later(12_000)
    assert not wall.page.locator(".lost").is_visible()
    wall.later(2_000)
    assert wall.page.locator(".lost").inner_text() == "Mất kết nối từ 14:05 ngày 10/12"
    assert wall.page.locator(".scene[data-shown] .value, .scene[data-shown] .line-value").first.is_visible()
    assert wall.state()["lost"] is True
    for _second in range(30):
        wall.later(1000)
    assert len(wall.streams) > 2
    wall.greet({"overview": overview(), "work": work()}, program=LOOP)
    wall.later(300)
    assert not wall.page.locator(".lost").is_visible()
    assert wall.state()["connected"] is True


def test_stream_that_breaks_is_opened_again_and_nothing_blinks(wall: Wall) -> None:
    def cut() -> None:
        wall.streams[-1].close()
        wall.later(400)
        wall.greet({"overview": overview(), "work": work()}, program=LOOP)

    assert _changes(wall, cut) == []
    assert wall.state()["connected"] is True


def test_nonsense_from_the_server_costs_a_new_stream_only(wall: Wall) -> None:
    before = wall.state()["errors"]
    wall.streams[-1].send("{")
    wall.later(400)
    wall.greet({"overview": overview(), "work": work()}, program=LOOP)
    wall.later(300)
    state = wall.state()
    assert (len(wall.streams), state["connected"], state["errors"] - before) == (2, True, 1)


def test_screen_reports_what_it_shows(wall: Wall) -> None:
    wall.later(10_500)
    report = wall.reports[-1]
    assert report["t"] == "report"
    assert (report["scene"], report["build"], report["worst"]) == (wall.state()["scene"], BUILD, "stale")
    assert (report["width"], report["height"], report["missed"]) == (1920, 1080, 0)


def test_layout_with_another_size_and_language_is_taken_over_at_once(wall: Wall) -> None:
    style = {"head": 114.0, "read": 82.0, "small": 52.0, "width": 3840, "height": 2160}
    wall.greet(
        {"overview": overview()}, style=style, language="en", texts={"date": "{weekday}", "weekdays": "S|M|T|W|T|Fri|S"}
    )
    wall.later(300)
    assert (
        wall.page.locator("[data-block=f0] .block-title").evaluate("node => getComputedStyle(node).fontSize") == "82px"
    )
    box = wall.page.locator(".stage").bounding_box()
    assert box is not None
    assert (box["width"], box["height"]) == (1920, 1080)
    assert wall.page.locator(".clock").inner_text() == "14:05Fri"
    assert wall.page.locator(".scene").count() == 1


def test_night_is_dark_and_the_picture_wanders_a_few_pixels(wall: Wall) -> None:
    night = {"from": "14:00", "to": "05:30", "brightness": 0.4}
    places = set()
    for _step in range(8):
        wall.greet({"overview": overview()}, night=night)
        wall.later(600)
        places.add(wall.page.locator(".stage").evaluate("node => node.style.translate"))
        assert wall.now_ms is not None
        wall.now_ms += 600_000
    assert wall.page.locator(".veil").evaluate("node => node.style.opacity") == "0.6"
    assert len(places) > 5
    assert all(abs(float(part.removesuffix("px"))) <= 4 for place in places for part in place.split())


def test_unpaired_screen_shows_its_code_and_goes_on_once_it_is_typed(browser: Browser) -> None:
    wall = open_wall(browser, SCREEN, {}, at=NOON, refused=True)
    answers: list[Any] = [{"status": 204}, {"status": 204}, {"status": 200, "json": {}}]
    wall.page.route("**/api/wall/pair", lambda route: route.fulfill(json={"code": "K7M4-PQ2X", "expires": 600}))
    wall.page.route("**/api/wall/claim", lambda route: route.fulfill(**answers.pop(0)))
    code = wall.page.locator(".pairing-code")
    _until(wall, lambda: code.inner_text() == "K7M4-PQ2X")
    assert wall.state()["pairing"] == "K7M4-PQ2X"
    assert "Màn hình 3 chưa được ghép nối" in wall.page.locator(".pairing").inner_text()
    wall.refused = False
    _until(wall, lambda: bool(wall.streams))
    assert answers == []
    wall.greet({"overview": overview()})
    wall.later(300)
    assert not code.is_visible()
    assert wall.state()["scene"] == "overview"
    wall.page.context.close()


def _until(wall: Wall, holds: Callable[[], bool]) -> None:
    for _second in range(60):
        if holds():
            return
        wall.later(1000)
    pytest.fail("did not come to pass within a minute")


def test_new_build_is_loaded_once_the_server_answers(browser: Browser) -> None:
    wall = open_wall(browser, SCREEN, {})
    with wall.page.expect_navigation():
        wall.send("hello", **wall.greeting({"overview": overview()}, build="b2"))
    wall.page.context.close()


def test_wall_stands_in_streamlit_over_everything_and_asks_nobody_else(centre: Centre, visit: Visiting) -> None:
    seen = visit(centre.address, 1920, 1080)
    fonts: list[str] = []
    seen.page.on("request", lambda asked: fonts.append(asked.url) if asked.resource_type == "font" else None)
    seen.page.goto(f"{centre.address}/wall?screen=1")
    expect(seen.page.locator("#ioc-wall .scene[data-shown] .sentence")).to_be_visible(timeout=60_000)
    assert fonts
    assert [font for font in fonts if "be-vietnam-pro" not in font] == []
    state = seen.page.evaluate("iocWall.state()")
    assert (state["screen"], state["connected"], state["lost"]) == (1, True, False)
    assert seen.page.evaluate("iocWall.alive()") is True
    assert seen.page.locator("[data-testid=stSidebar], [data-testid=stAlertContainer]").count() == 0
    hit = "[[5, 5], [960, 540], [1900, 1060]].every(([x, y]) => document.elementFromPoint(x, y).closest('#ioc-wall'))"
    assert seen.page.evaluate(hit) is True
    assert seen.errors == []
    assert seen.outside == []


def test_wall_is_left_with_the_browsers_back(centre: Centre, visit: Visiting) -> None:
    seen = visit(centre.address)
    seen.open("/sources")
    seen.page.get_by_role("link", name="Màn hình lớn").click()
    expect(seen.page.locator("#ioc-wall .clock b")).to_be_visible(timeout=60_000)
    seen.page.go_back()
    expect(seen.page.locator("#ioc-wall")).to_have_count(0)
    expect(seen.page.locator(".ioc-foot")).to_be_visible()
