"""Nine screens in one headless Chromium, and what each of them shows when: told by an observer inside each page."""

import os
import re
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import Any, Literal, NamedTuple

from playwright.sync_api import Browser, CDPSession, Error, Page, sync_playwright
from playwright.sync_api import TimeoutError as NotInTimeError

CHROMIUM = os.environ.get("CHROMIUM", "/usr/bin/chromium")
# Nine pages of which none is in front: none of them may be slowed down for that.
OPTIONS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-renderer-backgrounding",
    "--disable-backgrounding-occluded-windows",
    "--disable-background-timer-throttling",
    "--js-flags=--jitless",  # as the kiosk does
]
ALL = tuple(range(1, 10))
LOST_WORDS = re.compile(r"Mất kết nối từ \d\d:\d\d ngày \d\d/\d\d")

# Notes the very moment at which a scene comes on, the words of a lost connection come and go, and news are drawn.
_OBSERVER = """
if (window === top) {
  window.iocSeen = []
  window.iocHeard = []
  const Real = window.WebSocket
  window.WebSocket = class extends Real {
    constructor(...words) {
      super(...words)
      // After the page's own handler, which draws at once.
      this.addEventListener("message", ({ data }) => typeof data === "string" && setTimeout(() => {
        const told = data.slice(0, 20).match(/"t":"(hello|patch)"/)?.[1]
        if (told && window.iocHeard.length < 1000) window.iocHeard.push(Date.now())
      }))
    }
  }
  let lost = false
  const note = () => {
    const root = document.getElementById("ioc-wall")
    if (!root) return
    const scene = root.querySelector("section.scene[data-shown]")?.dataset.scene ?? ""
    const last = window.iocSeen.findLast((one) => one.what === "shown")
    if (scene && scene !== last?.scene) window.iocSeen.push({ what: "shown", scene, at: Date.now() })
    if (root.hasAttribute("data-lost") !== lost) {
      lost = !lost
      window.iocSeen.push({ what: lost ? "lost" : "found", scene: "", at: Date.now() })
    }
    if (window.iocSeen.length > 2000) window.iocSeen.splice(0, 1000)
  }
  new MutationObserver(note).observe(document, {
    subtree: true, childList: true, attributes: true, attributeFilter: ["data-shown", "data-lost"],
  })
}
"""
_MARKS = """() => Object.fromEntries([...document.querySelectorAll("#ioc-wall section.scene")].map((scene) => [
  scene.dataset.scene,
  Object.fromEntries([...scene.querySelectorAll("[data-block]")].map((block) => [
    block.dataset.block, block.dataset.fresh])),
]))"""
_LOST_WORDS = """() => {
  const banner = document.querySelector("#ioc-wall .lost")
  return banner?.checkVisibility({ visibilityProperty: true }) ? banner.innerText : ""
}"""

Wish = Literal["lost", "live", "paired", "code"]
_WISHES: dict[Wish, str] = {
    "lost": "state.lost",
    "live": "state.connected && !state.lost && state.scene !== null",
    "paired": "state.pairing === null",
    "code": "Boolean(state.pairing)",
}


class Seen(NamedTuple):
    """Something that an observer noted; `at` in seconds since 1970 by the browser's clock, which is this machine's."""

    what: Literal["shown", "lost", "found"]
    scene: str
    at: float


class Screens:
    """The pages by screen number, each in a browser context of its own as on a computer of its own."""

    def __init__(self, browser: Browser, address: str, numbers: Sequence[int], size: tuple[int, int]) -> None:
        self.pages: dict[int, Page] = {}
        self._listeners: dict[int, CDPSession] = {}
        self._born: dict[int, float] = {}
        for number in numbers:
            context = browser.new_context(viewport={"width": size[0], "height": size[1]})
            context.add_init_script(_OBSERVER)
            page = context.new_page()
            page.goto(f"{address}/wall?screen={number}", wait_until="commit")
            self.pages[number] = page
            self._listeners[number] = context.new_cdp_session(page)

    def close(self) -> None:
        """Close all pages."""
        for page in self.pages.values():
            page.context.close()

    def state(self, number: int) -> dict[str, Any]:
        """What `iocWall.state()` tells; empty while there is no wall on the page."""
        told: dict[str, Any] = self.pages[number].evaluate("() => globalThis.iocWall?.state() ?? {}")
        return told

    def states(self) -> dict[int, dict[str, Any]]:
        """The state of every screen."""
        return {number: self.state(number) for number in self.pages}

    def until(self, wish: Wish, seconds: float) -> list[int]:
        """Wait until it is so on every screen; the numbers of those where it is not after that time."""
        deadline = time.monotonic() + seconds
        missing = []
        for number in self.pages:
            if not self.until_true(number, _WISHES[wish], max(deadline - time.monotonic(), 0.1)):
                missing.append(number)
        return missing

    def until_true(self, number: int, condition: str, seconds: float) -> bool:
        """Wait until a condition on `state` (JavaScript) holds on one screen; whether it did."""
        try:
            self.pages[number].wait_for_function(_condition(condition), polling=100, timeout=seconds * 1000)
        except NotInTimeError:
            return False
        return True

    def seen(self, number: int) -> list[Seen]:
        """What its observer noted since it was last asked."""
        noted = self.pages[number].evaluate("() => window.iocSeen.splice(0)")
        return [Seen(one["what"], one["scene"], one["at"] / 1000) for one in noted]

    def listen(self) -> None:
        """From now on note when news come."""
        for page in self.pages.values():
            page.evaluate("() => { window.iocHeard.length = 0 }")

    def heard_after(self, number: int, instant: float, seconds: float) -> float | None:
        """When, in seconds since 1970, a screen first drew something new after that instant; None: not in time."""
        first = f"window.iocHeard.find((at) => at > {instant * 1000})"
        try:
            self.pages[number].wait_for_function(f"() => {first} !== undefined", polling=50, timeout=seconds * 1000)
        except NotInTimeError:
            return None
        return float(self.pages[number].evaluate(f"() => {first}")) / 1000

    def marks(self, number: int) -> dict[str, dict[str, str]]:
        """The freshness of every block as drawn, by scene."""
        drawn: dict[str, dict[str, str]] = self.pages[number].evaluate(_MARKS)
        return drawn

    def lost_words(self, number: int) -> str:
        """What stands over the picture when the connection is lost; empty otherwise."""
        # Not by a locator: Playwright would put 0.7 MB of its own into the page's heap, which is weighed here.
        told: str = self.pages[number].evaluate(_LOST_WORDS)
        return told

    def shows_only_the_wall(self, number: int) -> bool:
        """Whether the wall lies over everything else that the page may hold, and the page is still its own."""
        page = self.pages[number]
        # Streamlit's dialog, though hidden, makes its surroundings inert, and what is inert is never found at a point.
        on_top = page.evaluate("""() => {
            const root = document.getElementById("ioc-wall"), inert = root.inert
            root.inert = false
            const found = [[0.5, 0.5], [0.02, 0.02], [0.98, 0.98]].every(([x, y]) =>
                root.contains(document.elementsFromPoint(innerWidth * x, innerHeight * y)[0]))
            root.inert = inert
            return found
        }""")
        return bool(on_top) and page.url.endswith(f"/wall?screen={number}")

    def note_births(self) -> None:
        """Remember which documents the pages hold now."""
        self._born = {number: self._birth(page) for number, page in self.pages.items()}

    def reloaded(self) -> list[int]:
        """The screens whose page has been loaded anew since `note_births`."""
        return [number for number, page in self.pages.items() if self._birth(page) != self._born[number]]

    @staticmethod
    def _birth(page: Page) -> float:
        born: float = page.evaluate("() => performance.timeOrigin")
        return born

    def heap(self, number: int) -> int:
        """Bytes of the page's JavaScript heap in use, after collecting garbage."""
        listener = self._listeners[number]
        listener.send("HeapProfiler.collectGarbage")
        return int(listener.send("Runtime.getHeapUsage")["usedSize"])

    def held(self, number: int) -> dict[str, int]:
        """What the page holds after collecting garbage: Documents, Frames, JSEventListeners, Nodes (detached too)."""
        listener = self._listeners[number]
        listener.send("Performance.enable")
        listener.send("HeapProfiler.collectGarbage")
        told = {one["name"]: int(one["value"]) for one in listener.send("Performance.getMetrics")["metrics"]}
        return {name: told[name] for name in ("Documents", "Frames", "JSEventListeners", "Nodes")}


def _condition(wish: str) -> str:
    return f"() => {{ const state = globalThis.iocWall?.state(); return Boolean(state && ({wish})) }}"


@contextmanager
def screens(
    address: str, numbers: Iterable[int] = ALL, size: tuple[int, int] = (1920, 1080), browser: Browser | None = None
) -> Iterator[Screens]:
    """Screens that have been opened; nothing has been waited for. Without `browser` they get one of their own."""
    if browser:
        opened = Screens(browser, address, tuple(numbers), size)
        try:
            yield opened
        finally:
            opened.close()
        return
    with sync_playwright() as playwright:
        own = playwright.chromium.launch(executable_path=CHROMIUM, args=OPTIONS)
        try:
            yield Screens(own, address, tuple(numbers), size)
        finally:
            with suppress(Error):  # it may be gone already
                own.close()
