"""A tiny source system on loopback for the tests of connectors and poller: it answers as it is told."""

import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qsl, urlsplit

import msgspec


@dataclass(frozen=True)
class Asked:
    """A request as the server saw it."""

    method: str
    path: str
    query: dict[str, str]
    headers: dict[str, str]
    body: bytes
    raw_query: str


@dataclass(frozen=True)
class Answer:
    """`cut`: the header promises more than the body holds. `silent`: nothing is said until the server stops."""

    status: int = 200
    body: bytes = b""
    headers: dict[str, str] = field(default_factory=dict)
    cut: bool = False
    silent: bool = False


def json_answer(value: object, status: int = 200) -> Answer:
    """A JSON answer."""
    return Answer(status, msgspec.json.encode(value), {"Content-Type": "application/json"})


def xml_answer(text: str) -> Answer:
    """An XML answer."""
    return Answer(200, text.encode(), {"Content-Type": "text/xml; charset=utf-8"})


@dataclass
class SourceServer:
    """`reply` makes the answer to each request; `asked` are the requests so far."""

    reply: Callable[[Asked], Answer]
    address: str = ""
    asked: list[Asked] = field(default_factory=list)
    stopping: threading.Event = field(default_factory=threading.Event)


class _Server(ThreadingHTTPServer):
    def handle_error(self, request: object, client_address: object) -> None:
        """Nothing, when who asked is gone: pollers are killed here."""
        if not isinstance(sys.exception(), ConnectionError):
            super().handle_error(request, client_address)  # type: ignore[arg-type]


@contextmanager
def source_server(reply: Callable[[Asked], Answer]) -> Iterator[SourceServer]:
    """Serve on a free port until the block ends."""
    served = SourceServer(reply)

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True  # head and body are sent apart: each answer would take 40 ms

        def _handle(self) -> None:
            parts = urlsplit(self.path)
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            asked = Asked(self.command, parts.path, dict(parse_qsl(parts.query)), dict(self.headers), body, parts.query)
            served.asked.append(asked)
            answer = served.reply(asked)
            if answer.silent:
                served.stopping.wait(10)
                self.close_connection = True
                return
            self.send_response_only(answer.status)  # without a Date, which would be of another year
            for name, value in answer.headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(answer.body) + 100 * answer.cut))
            self.end_headers()
            self.wfile.write(answer.body)
            self.close_connection = answer.cut

        do_GET = do_POST = _handle  # noqa: N815  # names given by http.server

        def log_message(self, *_words: object) -> None:
            """Nothing: pytest shows what matters."""

    server = _Server(("127.0.0.1", 0), Handler)
    served.address = f"http://127.0.0.1:{server.server_address[1]}/api"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield served
    finally:
        served.stopping.set()
        server.shutdown()
        server.server_close()
        thread.join()
