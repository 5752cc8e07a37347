"""Clicks and choices on the page Explore in a real Chromium, timed inside the browser until all is drawn."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import NamedTuple
from urllib.parse import parse_qsl, urlsplit

from playwright.sync_api import Page, sync_playwright

from tests.wall_screens import CHROMIUM, OPTIONS

_DRAWN_SECONDS = 60
# Notes the moment of a click or choice, of every word to and from the server, and of the frame that shows the new view:
# its last part, the bar of downloads, is for the new address, and the script's state is "running" no longer.
_WATCH = """
if (window === top) {
  const Real = window.WebSocket
  window.WebSocket = class extends Real {
    constructor(...words) {
      super(...words)
      this.addEventListener("message", () => { window.iocHeardAt = performance.now() })
    }
    send(word) {
      window.iocSentAt ??= performance.now()
      super.send(word)
    }
  }
  const begin = (event) => {
    const list = event.type === "change"
    if (list ? !event.target.closest("form[data-filters]") : !event.target.closest("a[data-follow]")) return
    window.iocSentAt = undefined
    window.iocDrawn = undefined
    const from = event.timeStamp, before = location.search
    const words = view()
    const look = () => {
      const state = document.querySelector("[data-test-script-state]")?.dataset.testScriptState
      const bar = document.querySelector(".ioc-downloads a")?.href
      const done = location.search !== before && state !== "running" && bar && same(bar, location.search)
      if (!done || document.querySelector("[data-stale=true]")) return
      watch.disconnect()
      const changed = view() !== words
      const heard = window.iocHeardAt
      // After the frame that paints it.
      requestAnimationFrame(() => setTimeout(() => {
        const at = performance.now()
        window.iocDrawn = { total: at - from, sent: window.iocSentAt - from, heard: heard - from, changed }
      }))
    }
    const watch = new MutationObserver(look)
    watch.observe(document, { subtree: true, childList: true, attributes: true, characterData: true })
  }
  const view = () =>
    [...document.querySelectorAll(".ioc-sentence, .ioc-note, .ioc-parts")].map((part) => part.textContent).join()
  const same = (address, search) => {
    const [shown, wanted] = [new URL(address).search, search].map((text) => {
      const chosen = new URLSearchParams(text)
      chosen.delete("lang")
      chosen.sort()
      return chosen.toString()
    })
    return shown === wanted
  }
  document.addEventListener("click", begin, true)
  document.addEventListener("change", begin, true)
}
"""


class Drawn(NamedTuple):
    """Milliseconds from a click until its view was completely drawn, and how they divide: until the browser told the
    server, until the server's last word was there, until the frame that shows it."""

    total: float
    sent: float
    server: float
    browser: float


class Explorer:
    """Somebody on the page Explore."""

    def __init__(self, page: Page) -> None:
        self._page = page

    @property
    def chosen(self) -> dict[str, str]:
        """The query string of the view."""
        return dict(parse_qsl(urlsplit(self._page.url).query))

    @property
    def figure(self) -> tuple[int, int]:
        """Numerator and denominator of the figure as drawn; of a count the latter is 0."""
        tile = self._page.locator(".ioc-tile").first
        shown = tile.locator(".ioc-small").first.inner_text().split(" · ")[0]
        parts = shown.split(" / ") if " / " in shown else [tile.locator(".ioc-value").inner_text(), "0"]
        numerator, denominator = (int(part.replace(".", "")) for part in parts)
        return numerator, denominator

    def open_part(self, number: int) -> Drawn:
        """Click on the name in a row of the table: the `number`th of those that lead on, round and round.

        The unit itself, without those under it, leads nowhere new.
        """
        below = self._page.locator(".ioc-parts tbody th a:not([href*='scope=own'])")
        return self._timed(below.nth(number % below.count()).click)

    def go_up(self) -> Drawn:
        """Click on the step before the last one of the path."""
        return self._timed(self._page.locator(".ioc-path li").nth(-2).locator("a").click)

    def choose(self, name: str, value: str) -> Drawn:
        """Choose something else in a list of the filters."""
        chooser = self._page.locator(f".ioc-filters select[name={name}]")
        return self._timed(lambda: chooser.select_option(value))

    def _timed(self, act: Callable[[], object]) -> Drawn:
        self._page.evaluate("() => { window.iocDrawn = undefined }")
        act()
        self._page.wait_for_function("() => window.iocDrawn", timeout=_DRAWN_SECONDS * 1000)
        told = self._page.evaluate("() => window.iocDrawn")
        assert told["changed"], f"the view stayed as it was: {self._page.url}"
        return Drawn(told["total"], told["sent"], told["heard"] - told["sent"], told["total"] - told["heard"])


@contextmanager
def explorer(address: str, query: str) -> Iterator[Explorer]:
    """Explore of the server at `address`, opened in a window of its own and drawn."""
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=CHROMIUM, args=OPTIONS)
        page = chromium.new_page(viewport={"width": 1366, "height": 768})
        page.add_init_script(_WATCH)
        page.goto(f"{address}/explore?{query}")
        page.locator(".ioc-foot").wait_for(timeout=_DRAWN_SECONDS * 1000)
        yield Explorer(page)
        chromium.close()
