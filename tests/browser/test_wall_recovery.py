"""Whatever falls, the wall tells the truth and comes back by itself: real servers killed, hung, cut off and replaced.

`make chaos` runs those that take minutes.
"""

import os
import shutil
import signal
import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import msgspec
import pytest
from playwright.sync_api import Browser

from clock import real_clock
from config import WallSettings, read_settings
from store.engine import open_engine, writing
from store.pairing import approve_pairing
from store.screens import forget_screen
from store.tables import screen_tokens
from store.versions import bump
from tests.cable import Cable, cable
from tests.centres import ROOT, WebServer, web_server
from tests.test_kiosk import kiosk, renderer
from tests.wall_centre import WallCentre, wall_centre
from tests.wall_screens import ALL, LOST_WORDS, Screens, screens

# What a person at the wall may have to wait for: the words, the picture, a changed layout (ui.md).
TOLD_SECONDS, BACK_SECONDS, LAYOUT_SECONDS = 30, 60, 60
BEAT_SECONDS = 5
KILLS = 20
RECONNECTIONS = 10
LAYOUT = """version = 1
language = "vi"
[every_screen]
width = 1920
height = 1080
height_mm = 685
distance_mm = 4000
[[screens]]
number = 1
scenes = [ {{ scene = "{first}", dwell = "1h" }} ]
[[screens]]
number = 2
scenes = [ {{ scene = "overdue", dwell = "1h" }} ]
"""


def all_told(wall: Screens) -> None:
    """Every screen says since when it is cut off, and nothing else lies over the picture."""
    assert wall.until("lost", TOLD_SECONDS) == []
    assert [number for number in wall.pages if not LOST_WORDS.search(wall.lost_words(number))] == []
    assert [number for number in wall.pages if not wall.shows_only_the_wall(number)] == []


def all_back(wall: Screens) -> None:
    """Every screen is live again, its words gone, its page the same as before: nobody loaded it anew."""
    assert wall.until("live", BACK_SECONDS) == []
    assert [number for number in wall.pages if wall.lost_words(number)] == []
    assert [number for number in wall.pages if not wall.shows_only_the_wall(number)] == []
    assert wall.reloaded() == []


@pytest.fixture
def small(settings_file: Path, tmp_path: Path, browser: Browser) -> Iterator[tuple[WebServer, Screens, Path]]:
    """Two screens with a layout file of their own, which is the last."""
    layout = tmp_path / "layout.toml"
    layout.write_text(LAYOUT.format(first="overview"))
    settings = msgspec.structs.replace(read_settings(settings_file), wall=WallSettings(layout=str(layout)))
    with web_server(settings, tmp_path) as server, screens(server.address, (1, 2), browser=browser) as wall:
        assert wall.until("live", BACK_SECONDS) == []
        wall.note_births()
        yield server, wall, layout


def test_killed_server_that_is_started_again_finds_its_screens_and_its_layout_changes_reach_them(
    small: tuple[WebServer, Screens, Path],
) -> None:
    server, wall, layout = small
    server.kill()
    server.start()
    wall.until_true(1, "!state.connected", BEAT_SECONDS)
    all_back(wall)
    layout.write_text(LAYOUT.format(first="online"))
    assert wall.until_true(1, "state.scene === 'online'", LAYOUT_SECONDS)
    layout.write_text(LAYOUT.format(first="overview"))
    assert wall.until_true(1, "state.scene === 'overview'", LAYOUT_SECONDS)
    assert wall.state(2)["scene"] == "overdue"
    assert wall.reloaded() == []


@pytest.mark.chaos
def test_reconnections_leave_nothing_behind_in_the_page_and_looking_at_it_weighs_nothing(
    settings_file: Path, tmp_path: Path, browser: Browser
) -> None:
    with (
        web_server(read_settings(settings_file), tmp_path) as server,
        cable(tmp_path, server.port) as line,
        screens(line.address, (1,), browser=browser) as wall,
    ):
        assert wall.until("live", BACK_SECONDS) == []
        wall.note_births()
        heap = wall.heap(1)
        assert wall.lost_words(1) == ""
        assert wall.shows_only_the_wall(1)
        assert wall.heap(1) - heap < 0.1 * 2**20
        cut_and_mend(line, wall)
        before = wall.held(1)
        for _time in range(RECONNECTIONS):
            cut_and_mend(line, wall)
        after = wall.held(1)
        assert after == before
        assert wall.reloaded() == []


def cut_and_mend(line: Cable, wall: Screens) -> None:
    """A cable is cut for a moment, and both connections of the page, Streamlit's and the wall's, are back."""
    streamlit = "document.querySelector('[data-test-connection-state]').dataset.testConnectionState"
    line.cut()
    assert wall.until_true(1, f"!state.connected && {streamlit} !== 'CONNECTED'", BACK_SECONDS)
    line.mend()
    assert wall.until_true(1, f"state.connected && {streamlit} === 'CONNECTED'", BACK_SECONDS)


@pytest.fixture(scope="module")
def nine(browser: Browser) -> Iterator[WallCentre]:
    """Nine live screens on PostgreSQL, behind a cable."""
    with wall_centre(range(1, 10), browser=browser) as centre:
        assert centre.screens.until("live", BACK_SECONDS * 2) == []
        centre.screens.note_births()
        yield centre


@pytest.mark.chaos
def test_nine_of_nine_tell_a_kill_and_come_back_twenty_times_of_twenty(nine: WallCentre) -> None:
    for _kill in range(KILLS):
        nine.web.kill()
        all_told(nine.screens)
        nine.web.start()
        all_back(nine.screens)


@pytest.mark.chaos
def test_hung_server_is_told_within_three_beats(nine: WallCentre) -> None:
    began = time.monotonic()
    nine.web.hang()
    all_told(nine.screens)
    took = time.monotonic() - began
    nine.web.resume()
    all_back(nine.screens)
    assert took < 3 * BEAT_SECONDS + 3  # and what nine questions to nine busy pages take


@pytest.mark.chaos
def test_pulled_cable_is_told_within_three_beats(nine: WallCentre) -> None:
    began = time.monotonic()
    nine.cable.swallow()
    all_told(nine.screens)
    took = time.monotonic() - began
    nine.cable.release()
    all_back(nine.screens)
    assert took < 3 * BEAT_SECONDS + 3


def goes_on_being_told(wall: Screens, minutes: float) -> None:
    """For so long nothing but the words over the last good picture is shown."""
    end = time.monotonic() + minutes * 60
    while time.monotonic() < end:
        wall.pages[1].wait_for_timeout(10_000)
        assert [number for number in wall.pages if not wall.shows_only_the_wall(number)] == []
        assert [number for number, state in wall.states().items() if not state["lost"]] == []


@pytest.mark.chaos
def test_network_cut_for_five_minutes(nine: WallCentre) -> None:
    nine.cable.cut()
    all_told(nine.screens)
    goes_on_being_told(nine.screens, 5)
    nine.cable.mend()
    all_back(nine.screens)


@pytest.mark.chaos
def test_server_down_for_ten_minutes(nine: WallCentre) -> None:
    nine.web.kill()
    all_told(nine.screens)
    goes_on_being_told(nine.screens, 10)
    nine.web.start()
    all_back(nine.screens)


def all_fresh(wall: Screens) -> bool:
    """Whether no block of any screen is marked."""
    marks = [wall.marks(number) for number in wall.pages]
    return all(mark == "fresh" for drawn in marks for blocks in drawn.values() for mark in blocks.values())


@pytest.mark.chaos
def test_restarted_database_leaves_no_screen_dark_and_no_mark(nine: WallCentre) -> None:
    nine.restart_database()
    end = time.monotonic() + BACK_SECONDS
    all_back(nine.screens)
    while not all_fresh(nine.screens):
        assert time.monotonic() < end
        nine.screens.pages[1].wait_for_timeout(500)


@pytest.mark.chaos
def test_crashed_tab_of_a_kiosk_shows_the_wall_again(settings_file: Path, tmp_path: Path) -> None:
    profile = tmp_path / "profile"
    with web_server(read_settings(settings_file), tmp_path) as server, kiosk(server.port, profile, 30.0) as screen:
        screen.heard("showing the wall", BACK_SECONDS)
        os.kill(renderer(profile), signal.SIGSEGV)
        began = time.monotonic()
        screen.heard("the page has crashed", BACK_SECONDS)
        screen.heard("showing the wall", BACK_SECONDS)
        assert time.monotonic() - began < BACK_SECONDS


@pytest.mark.chaos
def test_new_version_reaches_every_screen_without_a_hand(settings_file: Path, tmp_path: Path, browser: Browser) -> None:
    program = tmp_path / "program"
    shutil.copytree(ROOT, program, ignore=shutil.ignore_patterns(".*", "var", "tests", "bench", "__pycache__"))
    shutil.copytree(ROOT / ".streamlit", program / ".streamlit")
    settings = read_settings(settings_file)
    with web_server(settings, tmp_path, root=program) as server, screens(server.address, browser=browser) as wall:
        assert wall.until("live", BACK_SECONDS * 2) == []
        wall.note_births()
        old = wall.state(1)["build"]
        server.kill()
        with (program / "wall" / "assets" / "wall.css").open("a") as style:
            style.write("/* a new version */\n")
        server.start()
        for number in wall.pages:
            renewed = f"state.build !== '{old}' && state.connected && state.scene !== null"
            assert wall.until_true(number, renewed, BACK_SECONDS)
        assert wall.reloaded() == list(ALL)
        assert [number for number in wall.pages if not wall.shows_only_the_wall(number)] == []


@pytest.mark.chaos
def test_paired_screens_keep_their_place_through_renewal_and_restart_until_revoked(
    settings_file: Path, tmp_path: Path, browser: Browser
) -> None:
    settings = msgspec.structs.replace(read_settings(settings_file), wall=WallSettings(pairing="always"))
    engine = open_engine(settings.database_url)
    with web_server(settings, tmp_path) as server, screens(server.address, browser=browser) as wall:
        assert wall.until("code", BACK_SECONDS) == []
        for number, state in wall.states().items():
            said = approve_pairing(engine, state["pairing"], number, "Lò Thị Mai", real_clock().now())
            assert said == "approved"
        assert wall.until("live", BACK_SECONDS) == []
        wall.note_births()
        assert [page.url for page in wall.pages.values()] == [f"{server.address}/wall?screen={n}" for n in ALL]

        tokens = {number: _token(wall, number) for number in ALL}
        with writing(engine) as connection:
            old = real_clock().now() - timedelta(days=8)
            connection.execute(screen_tokens.update().values(issued_at=old))
            bump(connection, "wall")
        _wait(wall, lambda: all(_token(wall, number) != tokens[number] for number in ALL))
        server.kill()
        with writing(engine) as connection:  # only the new tokens are good
            connection.execute(screen_tokens.delete().where(screen_tokens.c.issued_at == old))
        server.start()
        wall.until_true(1, "!state.connected", BEAT_SECONDS)
        all_back(wall)
        forget_screen(engine, 4)
        assert wall.until_true(4, "Boolean(state.pairing)", BACK_SECONDS)
        assert [number for number, state in wall.states().items() if state["pairing"]] == [4]
    engine.dispose()


def _token(wall: Screens, number: int) -> str:
    cookies = wall.pages[number].context.cookies()
    return next((cookie.get("value", "") for cookie in cookies if cookie.get("name") == f"ioc_screen_{number}"), "")


def _wait(wall: Screens, condition: Callable[[], bool]) -> None:
    end = time.monotonic() + BACK_SECONDS
    while not condition():
        assert time.monotonic() < end
        wall.pages[1].wait_for_timeout(200)
