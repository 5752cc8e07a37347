"""Every part that is asked to end does so in ten seconds with exit code 0, whatever hangs and whoever is connected."""

import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import pytest
from websockets.sync.client import connect
from websockets.typing import Origin

from config import Settings, SourceSettings, StoreSettings, write_settings
from store.engine import open_engine
from tests.centres import web_server
from tests.servers import free_port
from tests.source_server import Answer, Asked, source_server
from tests.stores import lay_tables

ROOT = Path(__file__).parents[1]
LIMIT_SECONDS = 10.0
START_SECONDS = 120


@contextmanager
def silent_source() -> Iterator[tuple[SourceSettings, threading.Event]]:
    """A document register that takes every question and answers none; the event is set when it was asked."""
    asked_once = threading.Event()

    def reply(_asked: Asked) -> Answer:
        asked_once.set()
        return Answer(silent=True)

    with source_server(reply) as server:
        yield SourceSettings(name="vanban", dialect="qlvb", base_url=server.address, token_env="TEST_TOKEN"), asked_once


@pytest.fixture(autouse=True)
def token(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TEST_TOKEN", "t")
    monkeypatch.delenv("IOC_DATABASE_URL", raising=False)


def settings_in(home: Path, *sources: SourceSettings) -> Settings:
    """Settings of an empty store, in `home`/centre.toml too."""
    settings = Settings(store=StoreSettings(f"sqlite:///{home}/store.db"), sources=sources)
    engine = open_engine(settings.database_url)
    lay_tables(engine)
    engine.dispose()
    write_settings(settings, home / "centre.toml")
    return settings


def seconds_to_end(process: "subprocess.Popen[bytes]") -> float:
    """From SIGTERM to its end, which must be well."""
    began = time.monotonic()
    process.send_signal(signal.SIGTERM)
    assert process.wait(START_SECONDS) == 0
    return time.monotonic() - began


@contextmanager
def visitors(address: str) -> Iterator[None]:
    """A screen, a page, and somebody who asked for a large file and reads nothing of it, all connected."""
    parts = urlsplit(address)
    origin, stream = Origin(address), f"ws://{parts.netloc}"
    with ExitStack() as connected:
        screen = connect(f"{stream}/api/wall/stream?screen=1", origin=origin, open_timeout=60, proxy=None)
        connected.enter_context(screen)
        assert screen.recv(60)
        connected.enter_context(connect(f"{stream}/_stcore/stream", origin=origin, open_timeout=60, proxy=None))
        reader = connected.enter_context(socket.socket())
        reader.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        reader.settimeout(60)
        reader.connect((parts.hostname or "", parts.port or 0))
        reader.sendall(f"GET {large_file()} HTTP/1.1\r\nHost: {parts.netloc}\r\n\r\n".encode())
        assert reader.recv(1) == b"H"
        yield


def large_file() -> str:
    """The largest that Streamlit serves, as its path: megabytes, more than buffers hold."""
    import streamlit

    folder = Path(streamlit.__file__).parent
    largest = max((folder / "static" / "static" / "js").glob("*.js"), key=lambda file: file.stat().st_size)
    assert largest.stat().st_size > 2_000_000
    return f"/static/js/{largest.name}"


def test_a_poll_that_a_silent_source_holds_does_not_hold_up_the_end(tmp_path: Path) -> None:
    with silent_source() as (source, asked):
        settings_in(tmp_path, source)
        command = [sys.executable, str(ROOT / "ioc.py"), "--config", str(tmp_path / "centre.toml"), "poll"]
        with subprocess.Popen(command, cwd=ROOT, stderr=subprocess.DEVNULL) as poller:
            assert asked.wait(START_SECONDS)
            assert seconds_to_end(poller) < LIMIT_SECONDS


def test_a_web_server_ends_with_screens_and_an_unread_download(tmp_path: Path) -> None:
    with web_server(settings_in(tmp_path), tmp_path) as web, visitors(web.address):
        began = time.monotonic()
        os.kill(web.pid, signal.SIGTERM)
        assert web.wait(START_SECONDS) == 0
        assert time.monotonic() - began < LIMIT_SECONDS
    assert "ended with requests unanswered" in (tmp_path / "web.log").read_text()


@pytest.mark.chaos
def test_everything_at_once_ends_together_and_leaves_nobody_behind(tmp_path: Path) -> None:
    port = free_port()
    environment = {**os.environ, "IOC_HOST": "127.0.0.1", "IOC_PORT": str(port)}
    with silent_source() as (source, asked):
        settings_in(tmp_path, source)
        command = [sys.executable, str(ROOT / "ioc.py"), "--config", str(tmp_path / "centre.toml"), "run"]
        with subprocess.Popen(
            command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
        ) as centre:
            assert centre.stdout
            address = next(line.decode().strip() for line in centre.stdout if b"http://" in line)
            assert asked.wait(START_SECONDS)
            with visitors(address):
                children = Path(f"/proc/{centre.pid}/task/{centre.pid}/children").read_text().split()
                assert len(children) == 2
                assert seconds_to_end(centre) < LIMIT_SECONDS
    assert [child for child in children if Path(f"/proc/{child}").exists()] == []
    with pytest.raises(httpx.ConnectError):
        httpx.get(f"{address}/health/live", trust_env=False)
