"""What a page costs: from its address until it is completely drawn, and the server's work for it."""

import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median
from typing import NamedTuple

from playwright.sync_api import Browser

from bench.loads import PAGE, WALL, Load, Visitor, chromium, visitor
from clock import real_clock
from config import Settings
from pages._discovery import page_modules
from store.engine import open_engine
from store.pairing import approve_pairing, begin_pairing, claim
from tests.centres import WebServer, polled_store, web_server
from tests.front import front
from tests.servers import free_port, serving_process, wait_for_http

_DESK, _SCREEN = (1366, 768), (1920, 1080)
# What Streamlit itself takes for nothing at all: no page of ours can be drawn sooner.
_EMPTY = """import streamlit as st
st.set_page_config(layout="wide")
st.html('<div class="ioc-foot">nothing</div>')
"""

Say = Callable[[str], None]


class PageCost(NamedTuple):
    """A page: its first load by anybody, the loads after that (warm), and the server's core-seconds of one load."""

    path: str
    first: Load
    warm: list[Load]
    core: float


class Pages(NamedTuple):
    """All that was measured. `empty`: warm loads of a Streamlit page with nothing on it; `wall_cold`: each by a browser
    that has never been there, `wall_warm` its reload; `ready`: core-seconds of a web server until it was ready."""

    pages: list[PageCost]
    empty: list[Load]
    wall_cold: list[Load]
    wall_warm: list[Load]
    ready: float


def measure_pages(repeats: int, say: Say) -> Pages:
    """Load every page of a simulated province through nginx, once and then `repeats` times more."""
    with tempfile.TemporaryDirectory(prefix="ioc-pages-") as folder:
        home, nginx = Path(folder), Path(folder) / "nginx"
        nginx.mkdir()
        settings = polled_store(home)
        with web_server(settings, home) as server:
            ready, answering = server.core_seconds(), f"127.0.0.1:{server.port}"
            with front(nginx, (answering, answering)) as centre, chromium(nginx / "ioc.crt") as browser:
                with visitor(browser, PAGE, _DESK) as somebody:
                    paths = [module.PAGE.path for module in page_modules() if not module.PAGE.bare]
                    found = [_cost(somebody, server, centre.address, path, repeats, say) for path in paths]
                with _empty_app(home) as address, visitor(browser, PAGE, _DESK) as somebody:
                    somebody.load(address)
                    empty = [somebody.load(address) for _number in range(repeats)]
                loads = [_wall(browser, settings, centre.address, say) for _number in range(repeats)]
    return Pages(found, empty, [cold for cold, _warm in loads], [warm for _cold, warm in loads], ready)


def _cost(somebody: Visitor, server: WebServer, address: str, path: str, repeats: int, say: Say) -> PageCost:
    first = somebody.load(f"{address}/{path}")
    began = server.core_seconds()
    warm = [somebody.load(f"{address}/{path}") for _number in range(repeats)]
    core = (server.core_seconds() - began) / repeats
    say(f"pages: {path}: first {first.seconds:.2f} s, warm {_middle(warm):.2f} s, server {core * 1000:.0f} ms")
    return PageCost(path, first, warm, core)


def _wall(browser: Browser, settings: Settings, address: str, say: Say) -> tuple[Load, Load]:
    """Screen 1 on a computer that has just been paired, and loaded again."""
    with visitor(browser, WALL, _SCREEN) as screen:
        screen.keep_cookie(address, "ioc_screen_1", _token(settings))
        cold, warm = (screen.load(f"{address}/wall?screen=1") for _time in range(2))
    say(f"pages: the wall is there after {cold.seconds:.2f} s, again after {warm.seconds:.2f} s")
    return cold, warm


def _token(settings: Settings) -> str:
    """What shows that an operator has paired the computer: whoever comes through nginx is not on this host."""
    engine, now = open_engine(settings.database_url), real_clock().now()
    begun = begin_pairing(engine, 1, now)
    assert begun
    assert approve_pairing(engine, begun.code, 1, "bench", now) == "approved"
    token = claim(engine, begun.secret, 1, now).token
    engine.dispose()
    return token


def _middle(loads: list[Load]) -> float:
    return median(load.seconds for load in loads)


@contextmanager
def _empty_app(home: Path) -> Iterator[str]:
    """The address of an empty Streamlit page."""
    (home / "empty.py").write_text(_EMPTY)
    port, log = free_port(), home / "empty.log"
    options = ["--server.port", str(port), "--server.address", "127.0.0.1", "--server.headless", "true"]
    with serving_process([sys.executable, "-m", "streamlit", "run", str(home / "empty.py"), *options], log) as process:
        address = f"http://127.0.0.1:{port}"
        wait_for_http(f"{address}/_stcore/health", process, log)
        yield address


_HEAD = """\
## Pages: from the address until all is drawn

One web server with the simulated province of Hòa Bình on SQLite behind nginx as deploy/nginx/ioc.conf has it (TLS,
HTTP/2), one real Chromium of 1366×768 on the same machine. *First*: nobody had opened the page since the server began;
the browser had Streamlit's files but for Overview, which was opened first of all. *Warm*: the same address again.
*Server*: core of the web server's process for one such load, what refreshes meanwhile included.
*Ratio*: the warm time over that of a Streamlit page with nothing on it, straight from its server: {empty:.2f} s, the
limit for any page. A web server used {ready:.2f} s of a core until it was ready.

| page | first, s | warm, s (median) | warm, s (worst) | ratio | server, ms | fetched warm, kB | streamed, kB |
|---|---:|---:|---:|---:|---:|---:|---:|"""


def pages_part(found: Pages) -> list[str]:
    """The section, as Markdown."""
    empty = _middle(found.empty)
    lines = [_HEAD.format(empty=empty, ready=found.ready)]
    for page in found.pages:
        middle, worst = _middle(page.warm), max(load.seconds for load in page.warm)
        last = page.warm[-1]
        lines.append(
            f"| {page.path} | {page.first.seconds:.2f} | {middle:.2f} | {worst:.2f} | {middle / empty:.2f} "
            f"| {page.core * 1000:.0f} | {last.fetched / 1000:.0f} | {last.streamed / 1000:.0f} |"
        )
    lines += [
        "",
        "The wall (1920×1080, screen 1) through the same nginx, each time by a browser that had never been there:",
    ]
    lines += ["", "| wall | must be | s (median) | s (worst) | fetched, kB |", "|---|---|---:|---:|---:|"]
    lines.append(_wall_line("cold", "under 2 s and 1,200 kB", found.wall_cold))
    lines.append(_wall_line("warm reload", "under 0.5 s", found.wall_warm))
    return [*lines, ""]


def _wall_line(name: str, limit: str, loads: list[Load]) -> str:
    fetched = median(load.fetched for load in loads) / 1000
    worst = max(load.seconds for load in loads)
    return f"| {name} | {limit} | {_middle(loads):.2f} | {worst:.2f} | {fetched:,.0f} |"
