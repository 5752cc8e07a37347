#!/usr/bin/env python3
"""One screen of the wall on this computer: Chromium full screen on a named output, and never anything else for long.

Needs Python 3.11 and Chromium, nothing more. It speaks with its browser over a pipe that no other program can reach,
and asks it every few seconds whether the wall still runs: a crashed page is opened again, a hung one gets a new
browser, an error page is replaced as soon as the server answers. What the page shows while the server is away is the
page's own business. The display's token is a cookie in the browser's profile: never in an address or a process list.
"""

import argparse
import contextlib
import fcntl
import json
import logging
import math
import os
import re
import select
import shutil
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Iterator, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any, NamedTuple, NoReturn

_LOOK_SECONDS, _SERVER_SECONDS = 5.0, 2.0  # how often the page is asked, and a server that is silent
_ORDER_SECONDS = 30.0  # how long an order to a sound browser may take: a cold start from a slow disk
_END_SECONDS, _LONGEST_PAUSE = 2.0, 30.0
_SETTLED_SECONDS = 60.0  # a browser that lived so long did not fail at its start
_TO_BROWSER, _FROM_BROWSER = 3, 4  # where Chromium looks for its pipe
_FREE = 10  # file descriptors from here on are none of these

# Shown only until the server answers for the first time, and in place of Chromium's own error pages.
_WAITING = """<!doctype html><meta charset="utf-8"><style>html{{background:#0c1218;color:#c9d3dc;cursor:none;
font:4vh sans-serif}}body{{display:grid;place-items:center;height:96vh;text-align:center}}</style>
<p>Màn hình {screen}: chưa kết nối được máy chủ<br>từ {time}</p>"""

# What is to be seen: "wall", "error" (the browser's own error page), or "other": loading, or not the wall.
_LOOK = """location.protocol === "chrome-error:" ? "error"
  : globalThis.iocWall && globalThis.iocWall.alive() === true ? "wall" : "other" """

_OPTIONS = [
    "--kiosk",
    "--no-first-run",
    "--no-default-browser-check",
    "--noerrdialogs",
    "--hide-crash-restore-bubble",
    "--disable-features=Translate",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-renderer-backgrounding",
    "--disable-backgrounding-occluded-windows",
    "--disable-background-timer-throttling",
    "--overscroll-history-navigation=0",
    "--password-store=basic",
    "--force-device-scale-factor=1",  # the layout counts pixels of the screen
    # A screen draws little, for months: without compiled code its memory stays as it was on the first day, and most of
    # what breaks into browsers breaks into their compilers.
    "--js-flags=--jitless",
]

log = logging.getLogger("kiosk")


class BrowserFailed(Exception):
    """The browser has ended, does not answer, or refuses an order: only a new one helps."""


class Area(NamedTuple):
    """Where an output lies on the desktop, in pixels."""

    width: int
    height: int
    left: int
    top: int


class Browser:
    """A running Chromium with one page, ordered about by DevTools messages over its pipe."""

    def __init__(self, command: Sequence[str]) -> None:
        to_browser, self._out = os.pipe()
        self._in, from_browser = os.pipe()
        given = [fcntl.fcntl(end, fcntl.F_DUPFD_CLOEXEC, _FREE) for end in (to_browser, from_browser)]
        os.close(to_browser)
        os.close(from_browser)
        moved: list[tuple[Any, ...]] = [
            (os.POSIX_SPAWN_DUP2, given[0], _TO_BROWSER),
            (os.POSIX_SPAWN_DUP2, given[1], _FROM_BROWSER),
        ]
        # What a browser mutters would bury what the kiosk says.
        moved += [(os.POSIX_SPAWN_OPEN, said, os.devnull, os.O_WRONLY, 0) for said in (1, 2)]
        self.pid = os.posix_spawnp(command[0], list(command), os.environ, file_actions=moved, setsid=True)
        for end in given:
            os.close(end)
        self.crashed = False
        self._number, self._page, self._session = 0, "", ""
        self._read = b""

    def attach(self) -> None:
        """Take hold of the page that the browser began with."""
        self.order("Target.setDiscoverTargets", discover=True)
        targets = self.order("Target.getTargets")["targetInfos"]
        self._page = next(target["targetId"] for target in targets if target["type"] == "page")
        self._session = self.order("Target.attachToTarget", targetId=self._page, flatten=True)["sessionId"]

    def open(self, address: str) -> None:
        """Show an address; a crashed page is made anew by that. An address that cannot be reached is no failure."""
        self.crashed = False
        self.order("Page.navigate", url=address)

    def look(self, patience: float) -> str:
        """What the page shows; BrowserFailed when it says nothing for so many seconds."""
        said = self.order("Runtime.evaluate", seconds=patience, expression=_LOOK, returnByValue=True)
        return str(said.get("result", {}).get("value", "other"))

    def order(self, method: str, seconds: float = _ORDER_SECONDS, **parameters: object) -> dict[str, Any]:
        """The browser's answer to one order. BrowserFailed without one, or with a refusal; a crash ends the wait."""
        self._number += 1
        message = {"id": self._number, "method": method, "params": parameters}
        if self._session:
            message["sessionId"] = self._session
        try:
            os.write(self._out, json.dumps(message).encode() + b"\0")
        except BrokenPipeError as error:
            raise BrowserFailed("the browser has ended") from error
        for told in self._told(seconds):
            if told.get("id") == self._number:
                if "error" in told:
                    raise BrowserFailed(f"{method}: {told['error'].get('message')}")
                result: dict[str, Any] = told["result"]
                return result
            if self.crashed and self._session:
                return {}
        raise BrowserFailed(f"no answer to {method} for {seconds:g} s")

    def watch(self, seconds: float) -> None:
        """Let that time pass, or less when the page crashes; BrowserFailed when the browser ends."""
        told = self._told(0.0 if self.crashed else seconds)
        while not self.crashed and next(told, None):
            pass

    def _told(self, seconds: float) -> Iterator[dict[str, Any]]:
        deadline = time.monotonic() + seconds
        while True:
            while b"\0" in self._read:
                text, _, self._read = self._read.partition(b"\0")
                message: dict[str, Any] = json.loads(text)
                if message.get("method") == "Target.targetCrashed":
                    self.crashed |= message["params"]["targetId"] == self._page
                yield message
            left = deadline - time.monotonic()
            if left <= 0 or not select.select([self._in], [], [], left)[0]:
                return
            some = os.read(self._in, 65536)
            if not some:
                raise BrowserFailed("the browser has ended")
            self._read += some

    def end(self) -> None:
        """Close it in order, so that it keeps its cookies, else kill it with all its processes."""
        with contextlib.suppress(BrowserFailed):
            self._session = ""
            self.order("Browser.close", seconds=_END_SECONDS)
            self.watch(_END_SECONDS)  # until its end of the pipe closes
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.pid, signal.SIGKILL)
        os.waitpid(self.pid, 0)
        os.close(self._in)
        os.close(self._out)


class Kiosk:
    """Keeps one screen on its page of the wall."""

    def __init__(self, server: str, screen: int, command: Sequence[str], patience: float) -> None:
        self.server, self.screen, self.command, self.patience = server, screen, command, patience
        self.address = f"{server}/wall?screen={screen}"
        # A proxy set for this computer is not for the centre's own server.
        self._web = urllib.request.build_opener(urllib.request.ProxyHandler({}))

    def run(self) -> NoReturn:
        """Show the wall until SIGTERM or SIGINT, with as many browsers one after the other as it takes."""
        pause = 1.0
        while True:
            began = time.monotonic()
            browser = Browser(self.command)
            try:
                self.show(browser)
            except BrowserFailed as failure:
                log.warning("new browser: %s", failure)
            finally:
                browser.end()
            pause = 1.0 if time.monotonic() - began > _SETTLED_SECONDS else min(2 * pause, _LONGEST_PAUSE)
            select.select([], [], [], pause)

    def show(self, browser: Browser) -> NoReturn:
        """Keep one browser on the page; BrowserFailed when it is of no more use."""
        browser.attach()
        crashed_at = -math.inf
        while True:
            self._open(browser)
            self._stay(browser)
            if browser.crashed and time.monotonic() - crashed_at < _SETTLED_SECONDS:
                raise BrowserFailed("the page crashes again and again")
            crashed_at = time.monotonic() if browser.crashed else crashed_at

    def _open(self, browser: Browser) -> None:
        if not self._server_answers():
            log.warning("waiting for %s", self.server)
            since = datetime.now().astimezone().strftime("%H:%M ngày %d/%m")
            waiting = _WAITING.format(screen=self.screen, time=since)
            browser.open("data:text/html;charset=utf-8," + urllib.parse.quote(waiting))
            while not self._server_answers():
                browser.watch(_SERVER_SECONDS)
        log.info("opening %s", self.address)
        browser.open(self.address)

    def _server_answers(self) -> bool:
        try:
            with self._web.open(f"{self.server}/health/live", timeout=_SERVER_SECONDS) as answer:
                return bool(json.load(answer).get("status") == "live")
        except (OSError, ValueError, AttributeError):  # silent, another page, or not JSON
            return False

    def _stay(self, browser: Browser) -> None:
        """Return when the page must be opened again."""
        wall_at, before = time.monotonic(), ""
        while True:
            browser.watch(min(_LOOK_SECONDS, self.patience))
            if browser.crashed:
                log.warning("the page has crashed")
                return
            seen = browser.look(self.patience)
            if seen == "wall":
                wall_at = time.monotonic()
                if before != "wall":
                    log.info("showing the wall")
            elif seen == "error" or time.monotonic() - wall_at > self.patience:
                log.warning("this is not the wall: %s", seen)
                return
            before = seen


def output_area(listing: str, name: str) -> Area:
    """Where the output `name` lies, from what `xrandr --query` prints. ValueError naming the connected ones if not."""
    found = re.findall(r"^(\S+) connected (?:primary )?(\d+)x(\d+)\+(\d+)\+(\d+)", listing, re.MULTILINE)
    areas = {output: Area(*map(int, numbers)) for output, *numbers in found}
    if name not in areas:
        raise ValueError(f"output {name!r} is not connected; connected: {', '.join(areas) or 'none'}")
    return areas[name]


def browser_command(chosen: argparse.Namespace) -> list[str]:
    """The words that start the browser. ValueError when there is none, or the output is not connected."""
    program = shutil.which(chosen.browser)
    if not program:
        raise ValueError(f"{chosen.browser} is not installed")
    command = [program, *_OPTIONS, "--remote-debugging-pipe", f"--user-data-dir={chosen.profile}"]
    if chosen.output:
        listing = subprocess.run(["xrandr", "--query"], check=True, capture_output=True, text=True)  # noqa: S607  # nosec B603 B607  # from PATH
        area = output_area(listing.stdout, chosen.output)
        command += ["--ozone-platform=x11", f"--window-position={area.left},{area.top}"]
        command.append(f"--window-size={area.width},{area.height}")
    return [*command, *chosen.browser_option, "--app=data:text/html,<html style='background:%230c1218'>"]


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    add = parser.add_argument
    add("--server", required=True, help="address of the centre, such as https://ioc.example.vn")
    add("--screen", required=True, type=int, help="number of the screen in wall/layout.toml")
    add("--output", help="name of the output as xrandr lists it, such as HDMI-1 (default: wherever the window opens)")
    add("--profile", required=True, type=Path, help="folder of this screen's own browser profile")
    add("--browser", default="chromium", help="the browser (default: chromium)")
    add("--browser-option", action="append", default=[], help="one more word for the browser; may be repeated")
    add("--patience", type=float, default=30.0, help="seconds without an answer until it counts as hung (default: 30)")
    return parser.parse_args()


def main() -> None:
    """Run until a signal; exit code 2 when the screen cannot be shown at all."""
    chosen = _options()
    logging.basicConfig(level=logging.INFO, format="%(levelname)s %(message)s")
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        command = browser_command(chosen)
    except (ValueError, OSError, subprocess.CalledProcessError) as error:
        log.error("%s", error)
        sys.exit(2)
    with contextlib.suppress(KeyboardInterrupt):
        Kiosk(chosen.server.rstrip("/"), chosen.screen, command, chosen.patience).run()


if __name__ == "__main__":
    main()
