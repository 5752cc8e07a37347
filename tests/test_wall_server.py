"""The web server with screens connected: it ends when it is told to, and they hear at once that it does."""

import os
import signal
import time
from contextlib import ExitStack
from pathlib import Path

import launch
from config import parse_settings
from tests.centres import web_server
from tests.wall_stream import Server, comes_true


def test_server_with_screens_ends_within_seconds(tmp_path: Path) -> None:
    settings = parse_settings(f'[store]\nurl = "sqlite:///{tmp_path}/store.db"\n'.encode(), "test")
    launch.prepare_store(settings).dispose()
    with web_server(settings, tmp_path) as web, ExitStack() as opened:
        server = Server(f"127.0.0.1:{web.port}")
        screens = [opened.enter_context(server.screen(number)) for number in (1, 2, 9)]
        assert {screen.next(seconds=30)["t"] for screen in screens} == {"hello"}
        began = time.monotonic()
        os.kill(web.pid, signal.SIGTERM)
        assert {screen.closed_with() for screen in screens} == {1012}
        assert comes_true(lambda: os.waitid(os.P_PID, web.pid, os.WEXITED | os.WNOHANG | os.WNOWAIT), seconds=8)
        assert time.monotonic() - began < 8
