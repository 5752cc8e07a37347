"""The systems of a place behind one port on loopback: /dvcqg, /opencps, /qlvb, /edxml, /bbb, /pexip, /files."""

import os
import signal
import socket
import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import Protocol

import uvicorn
from starlette.applications import Starlette
from starlette.routing import Mount, Route

from clock import Clock
from errors import ConfigError
from seed._bigbluebutton import ConferenceSystem
from seed._dvcqg import OneStop
from seed._edxml import DocumentAxis
from seed._files import RegisterFiles
from seed._opencps import OpenCps
from seed._pexip import ConferenceHistory
from seed._qlvb import DocumentSystem
from seed.place import Place, find_place
from seed.register import document_register, dossier_register
from seed.systems import base_urls, credentials
from seed.working_time import local_seconds

HOST = "127.0.0.1"


class _System(Protocol):
    def routes(self) -> list[Route]:
        """The addresses of a service below its base."""


# Path, name in `Place.systems`, and the service that answers there.
_SYSTEMS: tuple[tuple[str, str, Callable[[Place, Clock, dict[str, str]], _System]], ...] = (
    ("/dvcqg", "dvcqg", OneStop),
    ("/opencps", "opencps", OpenCps),
    ("/qlvb", "qlvb", DocumentSystem),
    ("/edxml", "edxml", DocumentAxis),
    ("/bbb", "bigbluebutton", ConferenceSystem),
    ("/pexip", "pexip", ConferenceHistory),
    ("/files", "files", RegisterFiles),
)


def make_app(place: Place, clock: Clock, secrets: dict[str, str]) -> Starlette:
    """The place's services; `secrets` holds the credentials by the names of `seed.demo_secrets`."""
    mounted = [(path, system) for path, name, system in _SYSTEMS if name in place.systems]
    return Starlette(routes=[Mount(path, routes=system(place, clock, secrets).routes()) for path, system in mounted])


@dataclass(frozen=True)
class RunningSimulator:
    """Simulated systems that answer until `stop`. `base_urls`: by the names of the demo's sources."""

    port: int
    base_urls: dict[str, str]
    _server: uvicorn.Server
    _thread: threading.Thread

    def stop(self) -> None:
        """End the server and wait for its thread."""
        self._server.should_exit = True
        self._thread.join()


def start(place: Place, clock: Clock, port: int = 0, secrets: dict[str, str] | None = None) -> RunningSimulator:
    """Serve a place from a thread of this process and return when it answers; port 0 takes a free one.

    Without `secrets` the credentials come from the environment (see `seed.credentials`). Raises ConfigError when
    the port is taken.
    """
    listener = _listen(port)
    number = int(listener.getsockname()[1])
    server = uvicorn.Server(_settings(make_app(place, clock, secrets or credentials(os.environ))))
    started = threading.Event()
    thread = threading.Thread(target=_run, args=(server, listener, started), daemon=True, name="simulator")
    thread.start()
    started.wait()
    return RunningSimulator(number, base_urls(place, number), server, thread)


def serve(place_name: str, port: int, clock: Clock) -> None:
    """Serve a place from the main thread until SIGINT or SIGTERM; its history is drawn before the port opens.

    Raises ConfigError for an unknown place or a port that is taken.
    """
    place = find_place(place_name)
    listener = _listen(port)
    now = local_seconds(clock.now())
    for register in (dossier_register(place), document_register(place)):
        register.changed(now, now)
    # The server ends in order on either signal and then raises it again: from here on that is a KeyboardInterrupt.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    with suppress(KeyboardInterrupt):
        uvicorn.Server(_settings(make_app(place, clock, credentials(os.environ)))).run(sockets=[listener])


def _run(server: uvicorn.Server, listener: socket.socket, started: threading.Event) -> None:
    # The listening socket queues requests from now on, so nobody has to wait for the loop to begin.
    started.set()
    server.run(sockets=[listener])


def _listen(port: int) -> socket.socket:
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((HOST, port))
    except OSError as error:
        listener.close()
        raise ConfigError(f"simulator: port {port} cannot be opened ({error.strerror})") from error
    listener.listen(128)
    return listener


def _settings(app: Starlette) -> uvicorn.Config:
    return uvicorn.Config(app, log_level="warning", lifespan="off", access_log=False, timeout_graceful_shutdown=2)
