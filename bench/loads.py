"""How long a page takes until it is completely there, in a real Chromium behind a real nginx, and what it fetches."""

import base64
import hashlib
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

from playwright.sync_api import Browser, Page, sync_playwright

from tests.wall_screens import CHROMIUM, OPTIONS

_SECONDS = 120
# The frame after everything is there; the time begins with the navigation.
_WATCH = """
if (window === top) {
  const look = () => (%s)
    ? requestAnimationFrame(() => setTimeout(() => { window.iocComplete = performance.now() }))
    : requestAnimationFrame(look)
  requestAnimationFrame(look)
}
"""
PAGE = """document.querySelector(".ioc-foot") && !document.querySelector("[data-testid=stSkeleton]")
  && document.querySelector("[data-test-script-state]")?.dataset.testScriptState !== "running" """
WALL = """globalThis.iocWall && ((state) => state.connected && !state.lost && state.scene !== null)(iocWall.state())"""


class Load(NamedTuple):
    """Seconds until the page was completely drawn; bytes of HTTP answers as they came over the wire, and of the
    stream's messages as they were unpacked."""

    seconds: float
    fetched: int
    streamed: int


class Visitor:
    """A page of one browser with a cache of its own."""

    def __init__(self, page: Page) -> None:
        self._page = page
        self._fetched = self._streamed = 0
        network = page.context.new_cdp_session(page)
        network.send("Network.enable")
        network.on("Network.loadingFinished", self._note_answer)
        network.on("Network.webSocketFrameReceived", self._note_message)

    def _note_answer(self, told: dict[str, Any]) -> None:
        self._fetched += int(told["encodedDataLength"])

    def _note_message(self, told: dict[str, Any]) -> None:
        data, binary = told["response"]["payloadData"], told["response"]["opcode"] == 2
        self._streamed += len(data) * 3 // 4 if binary else len(data)

    def keep_cookie(self, address: str, name: str, value: str) -> None:
        """As if the server at this address had set it before."""
        self._page.context.add_cookies([{"name": name, "value": value, "url": address}])

    def load(self, address: str) -> Load:
        """Go there, as who types the address or reloads, until all is drawn."""
        self._fetched = self._streamed = 0
        self._page.goto(address, wait_until="commit")
        self._page.wait_for_function("() => window.iocComplete", timeout=_SECONDS * 1000)
        return Load(self._page.evaluate("() => window.iocComplete") / 1000, self._fetched, self._streamed)


@contextmanager
def chromium(certificate: Path) -> Iterator[Browser]:
    """A browser that believes this certificate, so that it also keeps what came with it."""
    trusted = f"--ignore-certificate-errors-spki-list={_fingerprint(certificate)}"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=[*OPTIONS, trusted])
        try:
            yield browser
        finally:
            browser.close()


@contextmanager
def visitor(browser: Browser, complete: str, size: tuple[int, int]) -> Iterator[Visitor]:
    """A visitor who has never been there. `complete`: PAGE, WALL, or what else is true in a complete page."""
    context = browser.new_context(viewport={"width": size[0], "height": size[1]})
    context.add_init_script(_WATCH % complete)
    try:
        yield Visitor(context.new_page())
    finally:
        context.close()


def _fingerprint(certificate: Path) -> str:
    """The hash of its public key, as Chromium wants it."""
    key = subprocess.run(
        ["openssl", "x509", "-in", str(certificate), "-noout", "-pubkey"], check=True, capture_output=True, text=True
    ).stdout
    inner = "".join(line for line in key.splitlines() if not line.startswith("-----"))
    return base64.b64encode(hashlib.sha256(base64.b64decode(inner)).digest()).decode()
