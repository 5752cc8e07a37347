"""The wall's page without a server: its assets from the disk, its stream played by the test."""

import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import msgspec
from playwright.sync_api import Browser, Page, Route, WebSocketRoute

from pages._language import speaking
from pages._palette import WALL
from wall.blocks import Scene
from wall.layout import Screen, type_sizes
from wall.words import client_words

ROOT = Path(__file__).parents[2]
ADDRESS = "http://wall.test"
KINDS = {".js": "text/javascript", ".css": "text/css", ".woff2": "font/woff2"}
FOLDERS = {"/wall-assets/b1/": ROOT / "wall" / "assets", "/app/static/": ROOT / "pages" / "static"}
SHOWN = 1_639_119_900_000  # 14:05 on 10/12/2021, a Friday, at the place
BUILD = "b1"


@dataclass
class Wall:
    """An open page of one screen, and the server's side of its stream."""

    page: Page
    screen: Screen
    geometries: Mapping[str, Any]
    streams: list[WebSocketRoute] = field(default_factory=list)
    reports: list[Mapping[str, Any]] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)
    refused: bool = False
    now_ms: int | None = None  # the server's time where the page's clock stands still; else the real one

    def later(self, milliseconds: int) -> None:
        """Let that much time pass, at the page and at the server."""
        assert self.now_ms is not None
        self.now_ms += milliseconds
        self.page.clock.run_for(milliseconds)

    def send(self, kind: str, **members: Any) -> None:
        """Send a message."""
        now = int(time.time() * 1000) if self.now_ms is None else self.now_ms
        self.streams[-1].send(msgspec.json.encode({"t": kind, "now": now, "shown": SHOWN, **members}).decode())

    def tell(self, kind: str, **members: Any) -> None:
        """Send a message, and return when the page has heard it."""
        before = self.state()["received"]
        self.send(kind, **members)
        self.page.wait_for_function("before => iocWall.state().received > before", arg=before)

    def greet(self, scenes: Mapping[str, Scene], **members: Any) -> None:
        """Send everything."""
        self.tell("hello", **self.greeting(scenes, **members))

    def greeting(self, scenes: Mapping[str, Scene], **members: Any) -> Mapping[str, Any]:
        """What a hello says of these scenes; `members` take the place of its own."""
        with speaking("vi"):
            texts = dict(client_words())
        said = {
            "speed": 0.0,
            "build": BUILD,
            "screen": self.screen.number,
            "language": "vi",
            "style": type_sizes(self.screen) | {"width": self.screen.width, "height": self.screen.height},
            "program": [{"scene": name, "dwell": 3_600_000} for name in scenes],
            "pin": None,
            "night": None,
            "beat": 5000,
            "lost": 14000,
            "texts": texts,
            "scenes": scenes,
        }
        return said | members

    def show(self, scene: Scene) -> None:
        """Let the screen show this scene alone, and return when it is drawn."""
        self.greet({"only": scene})
        self.page.wait_for_function("() => iocWall.state().scene === 'only'")
        self.settle()

    def settle(self) -> None:
        """Return when fonts are there and some frames have been drawn: fitting takes one, a late outline one more."""
        self.page.evaluate(
            "document.fonts.ready.then(() => new Promise(done => {"
            "let frames = 6; const next = () => (frames -= 1) ? requestAnimationFrame(next) : done(); next(); }))"
        )

    def state(self) -> Mapping[str, Any]:
        """What the page says of itself."""
        return self.page.evaluate("iocWall.state()")


def open_wall(
    browser: Browser, screen: Screen, geometries: Mapping[str, Any], at: int | None = None, refused: bool = False
) -> Wall:
    """The page of that screen in a window of its size, connected (or refused).

    `at`: the page's clock stands at that instant (ms since 1970) and only `later` moves it.
    """
    window = browser.new_context(viewport={"width": screen.width, "height": screen.height})
    wall = Wall(window.new_page(), screen, geometries, now_ms=at, refused=refused)
    if at is not None:
        wall.page.clock.install(time=at / 1000 - 60)
        wall.page.clock.pause_at(at / 1000)
    wall.page.on("pageerror", lambda error: wall.errors.append(str(error)))
    wall.page.on("console", lambda said: wall.errors.append(said.text) if said.type == "error" else None)
    wall.page.route(f"{ADDRESS}/**", lambda route: _answer(route, wall))
    wall.page.route_web_socket(f"**/api/wall/stream?screen={screen.number}", lambda stream: _connect(wall, stream))
    wall.page.goto(f"{ADDRESS}/wall?screen={screen.number}")
    with speaking("vi"):
        data = {"build": BUILD, "screen": screen.number, "language": "vi"}
        data |= {"texts": dict(client_words()), "palette": dict(WALL)}
    wall.page.evaluate("data => import('/wall-assets/b1/wall.js').then(wall => wall.mount(data))", data)
    wall.page.wait_for_function("() => globalThis.iocWall")
    while not wall.streams and not refused:
        wall.page.wait_for_timeout(20)
    return wall


def _connect(wall: Wall, stream: WebSocketRoute) -> None:
    if wall.refused:
        stream.close(code=4401)
        return
    stream.on_message(lambda said: wall.reports.append(msgspec.json.decode(said)))
    wall.streams.append(stream)


def _answer(route: Route, wall: Wall) -> None:
    path = route.request.url.removeprefix(ADDRESS).partition("?")[0]
    if path in wall.geometries:
        route.fulfill(json=wall.geometries[path])
        return
    for prefix, folder in FOLDERS.items():
        file = folder / path.removeprefix(prefix)
        if path.startswith(prefix) and file.is_file():
            route.fulfill(body=file.read_bytes(), content_type=KINDS[file.suffix])
            return
    if path == "/wall":
        route.fulfill(
            body="<!doctype html><html lang=vi><title>wall</title><body></body></html>", content_type="text/html"
        )
        return
    route.fulfill(status=404, body="")
