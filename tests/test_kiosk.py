"""The kiosk: one real Chromium that shows the wall's page whatever happens to it; its server is a static page."""

import importlib.util
import json
import os
import select
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from queue import Empty, Queue
from types import ModuleType

import pytest

from tests.servers import free_port
from tests.wall_screens import CHROMIUM

KIOSK = Path(__file__).parents[1] / "deploy" / "kiosk" / "kiosk.py"
# Works hard for a moment, so that its process can be told from the browser's others.
WALL = b"""<!doctype html><script>globalThis.iocWall = {alive: () => true}
const until = performance.now() + 500; while (performance.now() < until); </script>wall"""
LEAVES = b"<!doctype html><script>location.href = '/sign-in'</script>"
# Bounds how long a failing test waits.
START_SECONDS = 60
XRANDR = """Screen 0: minimum 320 x 200, current 5760 x 2160, maximum 16384 x 16384
HDMI-1 connected primary 1920x1080+0+0 (normal left inverted right x axis y axis) 1210mm x 680mm
   1920x1080     60.00*+
DP-1 disconnected (normal left inverted right x axis y axis)
DP-2 connected 3840x2160+1920+0 (normal left inverted right x axis y axis) 1210mm x 680mm
"""


class Server:
    """The centre as a kiosk knows it: says that it lives, and gives the wall's page, counting how often."""

    def __init__(self) -> None:
        self.port = free_port()
        self.page = WALL
        self.opened = threading.Semaphore(0)
        self._running: ThreadingHTTPServer | None = None

    def start(self) -> None:
        served = self

        class Answers(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                wall = self.path == "/wall?screen=3"
                live = json.dumps({"status": "live"}).encode()
                body = served.page if wall else live if self.path == "/health/live" else b"sign in"
                self.send_response(200)
                self.send_header("Content-Type", "text/html")
                self.end_headers()
                self.wfile.write(body)
                if wall:
                    served.opened.release()

            def log_message(self, *_words: object) -> None:
                """Says nothing."""

        self._running = ThreadingHTTPServer(("127.0.0.1", self.port), Answers)
        threading.Thread(target=self._running.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()

    def stop(self) -> None:
        if self._running:
            self._running.shutdown()
            self._running.server_close()
        self._running = None

    def wait_for_visit(self) -> None:
        assert self.opened.acquire(timeout=START_SECONDS), "the page was not opened"


@pytest.fixture
def server() -> Iterator[Server]:
    serving = Server()
    serving.start()
    yield serving
    serving.stop()


class Kiosk:
    """A running kiosk, and what it says."""

    def __init__(self, process: "subprocess.Popen[str]") -> None:
        self.process = process
        self.said: list[str] = []
        self._lines: Queue[str] = Queue()
        threading.Thread(target=self._listen, daemon=True).start()

    def _listen(self) -> None:
        assert self.process.stderr
        with suppress(ValueError):  # who has heard enough closes it while we read
            for line in self.process.stderr:
                self._lines.put(line)

    def heard(self, words: str, seconds: float = START_SECONDS) -> None:
        """Return when it has said this; no silence may be longer than that."""
        while not self.said or words not in self.said[-1]:
            try:
                self.said.append(self._lines.get(timeout=seconds))
            except Empty:
                pytest.fail(f"never said {words!r}, but: {''.join(self.said)}")
        self.said.append("")


@contextmanager
def kiosk(port: int, profile: Path, patience: float = 2.0) -> Iterator[Kiosk]:
    words = ["--server", f"http://127.0.0.1:{port}", "--screen", "3", "--profile", str(profile)]
    words += ["--browser", CHROMIUM, "--patience", str(patience)]
    words += [f"--browser-option={word}" for word in ("--headless", "--no-sandbox", "--disable-gpu")]
    command = [sys.executable, str(KIOSK), *words]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as process:
        try:
            yield Kiosk(process)
        finally:
            process.terminate()


def browser_processes(profile: Path) -> dict[int, str]:
    """The command lines of the profile's browser by process id."""
    found = {}
    for file in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            line = file.read_text().replace("\0", " ")
        except OSError:  # it has ended meanwhile
            continue
        if f"--user-data-dir={profile}" in line and "kiosk.py" not in line:
            found[int(file.parent.name)] = line
    return found


def assert_ending(profile: Path) -> None:
    """Nothing of the browser stays: its helpers end by themselves once it has, a moment later."""
    for process in browser_processes(profile):
        with suppress(ProcessLookupError):
            ended = os.pidfd_open(process)
            assert select.select([ended], [], [], START_SECONDS)[0], browser_processes(profile)
            os.close(ended)
    assert browser_processes(profile) == {}


def one_process(profile: Path, wanted: Callable[[str], bool]) -> int:
    [process] = [pid for pid, line in browser_processes(profile).items() if wanted(line)]
    return process


def renderer(profile: Path) -> int:
    """The process that runs the page (Chromium keeps others, which belong to none)."""
    pages = [pid for pid, line in browser_processes(profile).items() if "--type=renderer" in line]
    return max(pages, key=_processor_ticks)


def _processor_ticks(pid: int) -> int:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return int(fields[11]) + int(fields[12])


def test_crashed_page_is_opened_again(server: Server, tmp_path: Path) -> None:
    profile = tmp_path / "profile"
    with kiosk(server.port, profile) as screen:
        server.wait_for_visit()
        screen.heard("showing the wall")
        lines = browser_processes(profile).values()
        assert not [line for line in lines if "--remote-debugging-port" in line]
        os.kill(renderer(profile), signal.SIGSEGV)
        screen.heard("the page has crashed")
        server.wait_for_visit()
        screen.heard("showing the wall")
    assert screen.process.returncode == 0
    assert_ending(profile)


@pytest.mark.chaos
def test_hung_page_and_dead_browser_are_replaced(server: Server, tmp_path: Path) -> None:
    profile = tmp_path / "profile"
    with kiosk(server.port, profile) as screen:
        server.wait_for_visit()
        screen.heard("showing the wall")
        os.kill(renderer(profile), signal.SIGSTOP)
        screen.heard("no answer to Runtime.evaluate for 2 s")
        server.wait_for_visit()
        screen.heard("showing the wall")
        os.kill(one_process(profile, lambda line: "--type=" not in line), signal.SIGKILL)
        screen.heard("the browser has ended")
        server.wait_for_visit()
        screen.heard("showing the wall")


@pytest.mark.chaos
def test_another_page_or_none_is_not_taken_for_the_wall(server: Server, tmp_path: Path) -> None:
    server.page = LEAVES
    with kiosk(server.port, tmp_path / "profile") as screen:
        server.wait_for_visit()
        server.page = WALL
        screen.heard("this is not the wall: other")
        server.wait_for_visit()
        screen.heard("showing the wall")


def test_waits_for_a_server_that_is_not_there_yet(server: Server, tmp_path: Path) -> None:
    server.stop()
    with kiosk(server.port, tmp_path / "profile") as screen:
        screen.heard("waiting for http://127.0.0.1:")
        server.start()
        server.wait_for_visit()


def kiosk_module() -> ModuleType:
    specification = importlib.util.spec_from_file_location("kiosk", KIOSK)
    assert specification
    assert specification.loader
    module = importlib.util.module_from_spec(specification)
    specification.loader.exec_module(module)
    return module


def test_output_is_found_by_its_name() -> None:
    assert tuple(kiosk_module().output_area(XRANDR, "DP-2")) == (3840, 2160, 1920, 0)


def test_output_that_is_not_connected_is_refused_with_those_that_are() -> None:
    with pytest.raises(ValueError, match="'DP-1' is not connected; connected: HDMI-1, DP-2"):
        kiosk_module().output_area(XRANDR, "DP-1")
