"""A wall without a browser: a store, two scenes that say what a test wants, the hub, and screens that listen."""

import json
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from datetime import date
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import msgspec
import uvicorn
from starlette.applications import Starlette
from websockets.client import ClientProtocol
from websockets.exceptions import ConnectionClosed
from websockets.frames import Frame
from websockets.sync.client import ClientConnection, connect
from websockets.typing import Origin
from websockets.uri import parse_uri

from clock import Clock
from config import Settings
from pages._live import Holder
from store.dimensions import put_targets
from tests.servers import free_port
from tests.stores import lay_tables
from wall.blocks import Figure, Place, Scene, Span
from wall.devices import Devices
from wall.freshness import mark_of_store
from wall.hub import Hub
from wall.routes import routes_of
from wall.scenes._contract import SceneKind, SceneModule
from wall.watch import LayoutWatch

SIZE = "width = 1920\nheight = 1080\nheight_mm = 685\ndistance_mm = 4000\n"
# No scene is away for longer than it is renewed before it comes on.
LAYOUT = f"""
version = 1
language = "vi"
[every_screen]
{SIZE}
[[screens]]
number = 1
scenes = [{{ scene = "version", dwell = "5s" }}, {{ scene = "brittle", dwell = "10s" }}]
[[screens]]
number = 2
scenes = [{{ scene = "version", dwell = "5s" }}]
"""
Message = dict[str, Any]


class Scenes:
    """The scene `version` shows the store's version; `brittle` too, until `breaks` is set. `looks` counts its looks."""

    def __init__(self) -> None:
        self.breaks = False
        self.looks = 0
        version = SimpleNamespace(SCENE=SceneKind(title="Overview"), look=_version, compose=_picture)
        brittle = SimpleNamespace(SCENE=SceneKind(title="Ranking"), look=self._look, compose=self._compose)
        self.modules = {"version": cast(SceneModule, version), "brittle": cast(SceneModule, brittle)}

    def _look(self, here: Any, parameters: Any) -> int:
        self.looks += 1
        return _version(here, parameters)

    def _compose(self, looked: int, here: Any, parameters: Any) -> Scene:
        if self.breaks:
            raise ZeroDivisionError("a fault in a scene")
        return _picture(looked, here, parameters)


def _version(here: Any, _parameters: Any) -> int:
    return int(here.version)


def _picture(looked: int, here: Any, _parameters: Any) -> Scene:
    at = Place(column=1, row=1, columns=4, rows=6)
    figure = Figure(at=at, mark=mark_of_store(here), title="Phiên bản", value=str(looked), trend=[1.0, None])
    return Scene(title="Kho", sentence=[Span("Đủ.")], blocks={"version": figure})


class TestWall:
    """A hub on a store of its own, whose clock and scenes the test holds."""

    __test__ = False

    def __init__(self, home: Path, clock: Clock, pairing: str = "remote") -> None:
        self.layout_file = home / "layout.toml"
        self.layout_file.write_text(LAYOUT, "utf-8")
        self.scenes = Scenes()
        url = f"sqlite:///{home}/store.db"
        self.holder = Holder(msgspec.convert({"store": {"url": url}}, Settings))
        self.holder.clock = clock
        self.engine = self.holder.engine
        lay_tables(self.engine)
        self.devices = Devices(self.engine, cast(Any, pairing))
        self.hub = Hub(
            self.holder, LayoutWatch(self.layout_file, self.scenes.modules), self.devices, self.scenes.modules
        )

    def change(self) -> None:
        """Write something that raises the store's version."""
        self.changes = getattr(self, "changes", 0) + 1
        target = {
            "indicator": "on_time_rate", "kind": "so", "valid_from": date(2020, 1, 1), "comparator": ">=",
            "value": self.changes / 100, "decision": "QĐ 1", "issuer": "UBND",
        }  # fmt: skip
        put_targets(self.engine, [target], by="A", at=self.holder.clock.now())

    @contextmanager
    def serving(self, **options: Any) -> Iterator["Server"]:
        """The hub turns, on a real server in a thread of its own; `options`: others than Uvicorn's own."""

        @asynccontextmanager
        async def lifespan(_app: Starlette) -> Any:
            async with self.hub.turning_round():
                yield

        app = Starlette(routes=routes_of(self.hub), lifespan=lifespan)
        port = free_port()
        options = {"ws": "websockets-sansio", "log_level": "error"} | options
        server = uvicorn.Server(uvicorn.Config(app, port=port, **options))
        thread = threading.Thread(target=server.run)
        thread.start()
        try:
            assert comes_true(lambda: server.started)
            yield Server(f"127.0.0.1:{port}")
        finally:
            server.should_exit = True
            thread.join(10)
        assert not thread.is_alive()


class Server:
    """Where streams are to be had."""

    def __init__(self, host: str) -> None:
        self.host = host

    @contextmanager
    def screen(self, number: object, origin: str | None = None, **headers: str) -> Iterator["Screen"]:
        """The stream of a screen. `origin`: of another page than the server's own."""
        page = Origin(f"http://{self.host}" if origin is None else origin)
        address = f"ws://{self.host}/api/wall/stream?screen={number}"
        with connect(address, origin=page or None, additional_headers=headers, max_size=None, proxy=None) as stream:
            yield Screen(stream)


class Screen:
    """What a screen hears and says."""

    def __init__(self, stream: ClientConnection) -> None:
        self.stream = stream

    def next(self, kind: str = "", seconds: float = 10.0) -> Message:
        """The next message, others than `kind` passed over; TimeoutError when none comes."""
        end = time.monotonic() + seconds
        while True:
            message: Message = json.loads(self.stream.recv(timeout=max(0.0, end - time.monotonic())))
            if message["t"] == kind or not kind:
                return message

    def changes(self) -> Message:
        """What patches tell of each scene until none comes for a while: the scenes on show come first."""
        scenes = self.next("patch")["scenes"]
        with suppress(TimeoutError):
            while True:
                scenes = scenes | self.next("patch", seconds=0.3)["scenes"]
        return {"scenes": scenes}

    def closed_with(self) -> int:
        """The code with which the server closes the stream."""
        with suppress(ConnectionClosed):
            while True:
                self.stream.recv(timeout=10)
        assert self.stream.close_code is not None
        return self.stream.close_code

    def say(self, what: object) -> None:
        """Text and bytes as they are, anything else as JSON."""
        self.stream.send(what if isinstance(what, str | bytes) else json.dumps(what))


class RawScreen:
    """A screen that takes what was sent when it is told to, and answers no ping."""

    def __init__(self, server: Server, number: int) -> None:
        page, address = Origin(f"http://{server.host}"), f"ws://{server.host}/api/wall/stream?screen={number}"
        self._protocol = ClientProtocol(parse_uri(address), origin=page, max_size=None)
        host, port = server.host.split(":")
        self._socket = socket.socket()
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        self._socket.connect((host, int(port)))
        self._protocol.send_request(self._protocol.connect())
        self._send()

    def say(self, text: str) -> None:
        """Send this."""
        self._protocol.send_text(text.encode())
        self._send()

    def taken(self, seconds: float) -> list[Frame]:
        """The frames that come within that time, or have come before."""
        end, frames = time.monotonic() + seconds, list[Frame]()
        while (left := end - time.monotonic()) > 0:
            self._socket.settimeout(left)
            with suppress(TimeoutError):
                self._protocol.receive_data(self._socket.recv(65536))
            frames += [event for event in self._protocol.events_received() if isinstance(event, Frame)]
            self._protocol.data_to_send()  # its pongs, which it keeps to itself
        return frames

    def close(self) -> None:
        """Hang up."""
        self._socket.close()

    def _send(self) -> None:
        self._socket.sendall(b"".join(self._protocol.data_to_send()))


def comes_true(condition: Any, seconds: float = 10.0) -> bool:
    """Whether it does within that time."""
    end = time.monotonic() + seconds
    while not condition() and time.monotonic() < end:
        time.sleep(0.02)
    return bool(condition())
