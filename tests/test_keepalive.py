"""Which streams are asked whether they are still there, and what happens to one that is not."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import uvicorn
from uvicorn.config import WS_PROTOCOLS
from websockets.frames import Opcode

from clock import real_clock
from door.keepalive import AskedWhileSilent, ask_only_the_silent
from tests.connected import SteppedClock
from tests.wall_stream import RawScreen, Server, TestWall, comes_true

INTERVAL = 1.0


@pytest.fixture
def wall(tmp_path: Path) -> Iterator[TestWall]:
    made = TestWall(tmp_path, SteppedClock(real_clock().now()))
    yield made
    made.engine.dispose()


@contextmanager
def serving(wall: TestWall) -> Iterator[Server]:
    with wall.serving(ws=AskedWhileSilent, ws_ping_interval=INTERVAL, ws_ping_timeout=INTERVAL) as browser:
        yield browser


def asked(screen: RawScreen, seconds: float) -> int:
    """How many pings come within that time."""
    return sum(frame.opcode is Opcode.PING for frame in screen.taken(seconds))


def test_stream_that_does_not_answer_is_noticed_and_cleared(wall: TestWall) -> None:
    with serving(wall) as browser, browser.screen(2) as alive:
        alive.next("hello")
        dumb = RawScreen(browser, 1)
        assert comes_true(lambda: sorted(wall.hub.connected()) == [1, 2])
        assert comes_true(lambda: wall.hub.connected() == [2], seconds=10 * INTERVAL)
        assert not comes_true(lambda: wall.hub.connected() != [2], seconds=3 * INTERVAL), "it answers, and stays"
        dumb.close()


def test_who_speaks_is_not_asked(wall: TestWall) -> None:
    with serving(wall) as browser:
        dumb = RawScreen(browser, 1)
        for _report in range(20):
            assert asked(dumb, INTERVAL / 8) == 0
            dumb.say("{}")
        assert asked(dumb, 1.5 * INTERVAL) == 1
        dumb.close()


def test_streamlits_server_asks_in_this_way(monkeypatch: pytest.MonkeyPatch) -> None:
    from streamlit.web.server.starlette.starlette_server import _get_uvicorn_config_kwargs

    monkeypatch.setitem(WS_PROTOCOLS, "websockets-sansio", WS_PROTOCOLS["websockets-sansio"])
    ask_only_the_silent()
    made = uvicorn.Config("app:app", **_get_uvicorn_config_kwargs())
    monkeypatch.setattr(made, "app", lambda: None)
    made.load()
    assert made.ws_protocol_class is AskedWhileSilent
