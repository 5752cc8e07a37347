"""A centre in miniature: a simulated place, polled once, and its web server, each on a free port of loopback."""

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import (
    Browser,
    BrowserContext,
    ConsoleMessage,
    Error,
    Page,
    Request,
    ViewportSize,
    expect,
    sync_playwright,
)
from sqlalchemy import Engine

from clock import Clock, still_clock
from config import Settings, read_settings, write_settings
from store.engine import open_engine
from tests.centres import PLACE, ROOT, polled_store
from tests.servers import free_port
from tests.wall_screens import CHROMIUM, OPTIONS

START_SECONDS = 60
# Bounds how long a failing test waits; a part that draws itself anew every 3 s takes longer on a busy machine.
expect.set_options(timeout=20_000)


@dataclass(frozen=True)
class Centre:
    """A running centre at a standing clock: its address, and its store to write into."""

    address: str
    engine: Engine
    settings: Settings
    clock: Clock


@contextmanager
def web_server(settings_file: Path) -> Iterator[str]:
    """A web server of those settings in a process of its own, as an address."""
    port = free_port()
    environment = {**os.environ, "IOC_CONFIG": str(settings_file)}
    options = ["--server.address", "127.0.0.1", "--server.port", str(port), "--server.headless", "true"]
    command = [sys.executable, "-m", "streamlit", "run", str(ROOT / "app.py"), *options]
    with subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.DEVNULL) as server:  # ours
        try:
            address = f"http://127.0.0.1:{port}"
            _wait_until_ready(address, server)
            yield address
        finally:
            server.terminate()


def _wait_until_ready(address: str, server: "subprocess.Popen[bytes]") -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        try:
            if httpx.get(f"{address}/health/ready", timeout=5, trust_env=False).status_code == httpx.codes.OK:
                return
        except httpx.TransportError:
            with suppress(subprocess.TimeoutExpired):
                server.wait(0.2)
                break
    pytest.fail(f"the web server at {address} did not get ready", pytrace=False)


@pytest.fixture(scope="session")
def settings_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Settings of a store that holds the polled place; its simulator has ended, its clock stands still."""
    home = tmp_path_factory.mktemp("centre")
    write_settings(polled_store(home), home / "ioc.toml")
    return home / "ioc.toml"


@pytest.fixture(scope="session")
def centre(settings_file: Path) -> Iterator[Centre]:
    """The centre that most tests look at."""
    settings = read_settings(settings_file)
    engine = open_engine(settings.database_url)
    with web_server(settings_file) as address:
        yield Centre(address, engine, settings, still_clock(PLACE.start))
    engine.dispose()


# Not for the whole session: while Playwright runs, no other test can start an event loop.
@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    """One Chromium for all tests."""
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=CHROMIUM, args=OPTIONS)
        yield chromium
        chromium.close()


@dataclass
class Visit:
    """An open page, and what went wrong on it so far."""

    page: Page
    address: str
    errors: list[str] = field(default_factory=list)
    violations: list[str] = field(default_factory=list)
    outside: list[str] = field(default_factory=list)

    def open(self, path: str) -> None:
        """Go there, and return when the page has drawn its own first part."""
        self.page.goto(f"{self.address}{path}")
        self.page.locator(".ioc-foot").wait_for(timeout=60_000)

    def text(self) -> str:
        """Everything visible, menu included."""
        return self.page.locator("body").inner_text()

    def note_console(self, message: ConsoleMessage) -> None:
        """Keep an error of the console; what the policy of `door/security_headers.py` forbids is always one."""
        if message.type == "error":
            self.errors.append(message.text)
        if "Content Security Policy" in message.text:
            self.violations.append(message.text)

    def note_error(self, error: Error) -> None:
        """Keep an exception of a script."""
        self.errors.append(str(error))

    def note_request(self, request: Request) -> None:
        """Keep a request that leaves for another host."""
        own = (self.address, self.address.replace("http", "ws"), "data:", "blob:")
        if not request.url.startswith(own):
            self.outside.append(request.url)


@pytest.fixture(scope="package")
def shared_window(browser: Browser) -> Iterator[BrowserContext]:
    """A browser window that keeps nothing from test to test but the scripts it has fetched and compiled: in a fresh
    one these cost twice as much as all that a test does with a page."""
    shared = browser.new_context()
    yield shared
    shared.close()


@pytest.fixture
def visit(browser: Browser, shared_window: BrowserContext) -> Iterator[Callable[..., Visit]]:
    """Opens a page of a centre: visit(address, width, height). Each visit of a test is another person's browser, who
    was never there before."""
    visits: list[Visit] = []

    def start(address: str, width: int = 1366, height: int = 768) -> Visit:
        size: ViewportSize = {"width": width, "height": height}
        page = browser.new_page(viewport=size) if visits else _shared_tab(shared_window)
        page.set_viewport_size(size)
        made = Visit(page, address)
        visits.append(made)
        made.page.on("console", made.note_console)
        made.page.on("pageerror", made.note_error)
        made.page.on("request", made.note_request)
        return made

    yield start
    for made in visits[:1]:
        _forget(shared_window, made)
    for made in visits[1:]:
        made.page.close()
    assert [violation for made in visits for violation in made.violations] == []


def _shared_tab(window: BrowserContext) -> Page:
    """The one tab of the window that stays open: a new one is a new process, which loads and compiles all anew."""
    return window.pages[0] if window.pages else window.new_page()


def _forget(window: BrowserContext, visit: Visit) -> None:
    """What the browser remembers of a person, and every page that they have opened but the empty tab."""
    window.clear_cookies()
    window.clear_permissions()
    session = window.new_cdp_session(visit.page)
    session.send("Storage.clearDataForOrigin", {"origin": visit.address, "storageTypes": "local_storage"})
    session.detach()
    visit.page.evaluate("location.origin !== 'null' && sessionStorage.clear()")
    visit.page.goto("about:blank")
    visit.page.remove_listener("console", visit.note_console)
    visit.page.remove_listener("pageerror", visit.note_error)
    visit.page.remove_listener("request", visit.note_request)
    for opened in window.pages[1:]:
        opened.close()
