"""A cable between screens and server: HAProxy, which can be cut, hung, and asked how much it carried."""

import csv
import os
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.servers import NotInstalledError, free_port

_CONFIGURATION = """
global
  stats socket {control} mode 600 level admin
defaults
  mode tcp
  timeout connect 2s
  retries 0
  option contstats
  timeout client 1h
  timeout server 1h
frontend screens
  bind 127.0.0.1:{port}
  default_backend centre
backend centre
  server web 127.0.0.1:{server}
"""
_START_SECONDS = 10


class Cable:
    """A running HAProxy before one server."""

    def __init__(self, port: int, control: Path, process: "subprocess.Popen[bytes]") -> None:
        self.port, self.address = port, f"http://127.0.0.1:{port}"
        self._control, self._process = control, process

    def cut(self) -> None:
        """Nobody gets through, and whoever was through is thrown out."""
        self._ask("disable frontend screens")
        self._ask("shutdown sessions server centre/web")

    def mend(self) -> None:
        """Connections are taken again."""
        self._ask("enable frontend screens")

    def swallow(self) -> None:
        """As a cable that is pulled: connections stay open, and nothing arrives any more."""
        os.kill(self._process.pid, signal.SIGSTOP)

    def release(self) -> None:
        """Everything arrives again, what was swallowed too."""
        os.kill(self._process.pid, signal.SIGCONT)

    def bytes_to_screens(self) -> int:
        """What went to the screens so far, as it was on the wire above TCP."""
        table = csv.DictReader(self._ask("show stat").removeprefix("# ").splitlines())
        return next(int(row["bout"]) for row in table if row["pxname"] == "screens" and row["svname"] == "FRONTEND")

    def _ask(self, words: str) -> str:
        return ask_haproxy(self._control, words)


def ask_haproxy(control: Path, words: str) -> str:
    """What a running HAProxy says to a command."""
    with socket.socket(socket.AF_UNIX) as caller:
        caller.connect(str(control))
        caller.sendall(words.encode() + b"\n")
        return b"".join(iter(lambda: caller.recv(65536), b"")).decode().strip()


def haproxy_command(configuration: Path) -> list[str]:
    """The command that runs HAProxy; NotInstalledError without it."""
    program = shutil.which("haproxy") or shutil.which("/usr/sbin/haproxy")
    if not program:
        raise NotInstalledError("HAProxy is not installed: make test-servers installs it")
    # -db: no daemon, so its process id is ours to know.
    return [program, "-db", "-f", str(configuration)]


@contextmanager
def cable(home: Path, server_port: int) -> Iterator[Cable]:
    """A cable to that port of this machine; NotInstalledError without HAProxy."""
    port, control = free_port(), home / "haproxy.sock"
    configuration = home / "haproxy.cfg"
    configuration.write_text(_CONFIGURATION.format(port=port, control=control, server=server_port))
    with subprocess.Popen(haproxy_command(configuration), stderr=subprocess.DEVNULL) as process:
        try:
            wait_for_port(port)
            yield Cable(port, control, process)
        finally:
            process.kill()


def wait_for_port(port: int) -> None:
    """Return when somebody listens there."""
    deadline = time.monotonic() + _START_SECONDS
    while True:
        with socket.socket() as caller:
            if caller.connect_ex(("127.0.0.1", port)) == 0:
                return
        if time.monotonic() > deadline:
            raise AssertionError(f"nobody listens at port {port}")
