"""A stand before any source system that answers over HTTP: it passes calls on, and spoils the answers as it is told.

    with fault_stand("http://127.0.0.1:9000") as stand:       # a simulator, or any other source
        source = SourceSettings(base_url=f"{stand.address}/dvcqg", ...)
        stand.fault = "cut"                                   # every call from now on
        stand.fault = once("500", at=3)                       # the third call from now on, and no other
        stand.fault = sometimes(Random(1), 0.2, FAULTS)       # any fault, now and then
        stand.fault = ""                                      # no fault
        stand.struck["cut"]                                   # how often it spoilt an answer
        stand.elsewhere                                       # calls at the host that redirects name: always 0

`FAULTS` names every fault (`tests/fault_answers.py` says what each does). Set `page_size` to make small sources give
many pages, `shift` to what changes the source while its pages are read. Usable from any thread, and by pollers in
other processes: it listens on loopback.
"""

import sys
import threading
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from random import Random
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

import httpx

from tests.fault_answers import FAULTS, Call, Reply

__all__ = ["FAULTS", "Call", "FaultStand", "fault_stand", "once", "sometimes"]

# Another host, also on loopback: nobody who follows a redirect can be overlooked.
ELSEWHERE = "127.0.0.2"
_DROPPED = {"host", "connection", "accept-encoding", "content-length", "transfer-encoding", "content-encoding", "date"}
_PAGE_SIZES = ("kichThuoc", "gioi_han")

Choice = Callable[[Call], str]


def once(name: str, at: int = 1) -> Choice:
    """This fault at the `at`-th call from now on."""
    return lambda call: name if call.number == at else ""


def sometimes(random: Random, share: float, names: Iterable[str]) -> Choice:
    """Any of these faults, at a share of the calls."""
    known = list(names)
    return lambda _call: random.choice(known) if random.random() < share else ""


@dataclass
class FaultStand:
    """`fault`: a name of FAULTS, "" for none, or what chooses one for each call."""

    origin: str
    address: str = ""
    elsewhere_address: str = ""
    elsewhere: int = 0
    page_size: int | None = None
    slow_seconds: float = 0.05
    shift: Callable[[], None] | None = None
    struck: Counter[str] = field(default_factory=Counter)
    calls: list[Call] = field(default_factory=list)
    _fault: str | Choice = ""
    _first: int = 0
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _changed: threading.Event = field(default_factory=threading.Event)
    _client: httpx.Client = field(default_factory=lambda: httpx.Client(trust_env=False, timeout=60))

    @property
    def fault(self) -> str | Choice:
        """What goes wrong from now on; setting it lets go of all who hang, and counts calls from 1 again."""
        return self._fault

    @fault.setter
    def fault(self, fault: str | Choice) -> None:
        if isinstance(fault, str) and fault and fault not in FAULTS:
            raise ValueError(f"no fault {fault!r}; known: {', '.join(FAULTS)}")
        with self._lock:
            self._fault, self._first = fault, len(self.calls)
            self._changed.set()
            self._changed = threading.Event()

    def wait(self, seconds: float) -> None:
        """Return after some time, or when the fault has changed."""
        self._changed.wait(seconds)

    def answer(self, call: Call) -> Reply:
        """The source's answer, spoilt as the fault of the moment says."""
        name = self._fault if isinstance(self._fault, str) else self._fault(call)
        if not name:
            return self.ask(call)
        self._count(name, 1)  # whoever hangs has been struck before the answer is there
        reply = FAULTS[name](self, call)
        if reply is None:  # it has nothing to spoil here
            self._count(name, -1)
            return self.ask(call)
        return reply

    def _count(self, name: str, more: int) -> None:
        with self._lock:
            self.struck[name] += more

    def ask(self, call: Call, **changed: str) -> Reply:
        """What the source itself says, with some words of the question changed."""
        question = {**call.question, **changed}
        query = urlencode(question) if question != call.question or self._cap(question) else call.query
        address = f"{self.origin}{call.path}{'?' if query else ''}{query}"
        given = {name: value for name, value in call.headers.items() if name.lower() not in _DROPPED}
        answer = self._client.request(call.method, address, content=call.body, headers=given)
        told = {name: value for name, value in answer.headers.items() if name.lower() not in _DROPPED}
        return Reply(answer.status_code, answer.content, told)

    def _cap(self, question: dict[str, str]) -> bool:
        """Make the asked page smaller; returns whether that was needed."""
        names = [name for name in _PAGE_SIZES if name in question] + ["limit"] * ("offset" in question)
        if not self.page_size:
            return False
        for name in names:
            question[name] = str(min(self.page_size, int(question[name])))
        if "start" in question and "end" in question:
            start = int(question["start"])
            question["end"] = str(min(int(question["end"]), start + self.page_size))
            names.append("end")
        return bool(names)

    def take(self, method: str, target: str, headers: dict[str, str], body: bytes) -> Call:
        """Note a call."""
        parts = urlsplit(target)
        with self._lock:
            number = len(self.calls) - self._first + 1
            question = dict(parse_qsl(parts.query, keep_blank_values=True))
            call = Call(number, method, parts.path, parts.query, question, headers, body)
            self.calls.append(call)
        return call

    def close(self) -> None:
        """Let go of all who hang."""
        self.fault = ""
        self._client.close()


@contextmanager
def fault_stand(origin: str) -> Iterator[FaultStand]:
    """A stand on a free port before the source at `origin` (scheme, host and port), until the block ends."""
    stand = FaultStand(origin.rstrip("/"))

    class Before(_Handler):
        def answer(self) -> Reply:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            return stand.answer(stand.take(self.command, self.path, dict(self.headers), body))

    class Elsewhere(_Handler):
        def answer(self) -> Reply:
            stand.elsewhere += 1
            return Reply(200, b"{}", {"Content-Type": "application/json"})

    with _listening("127.0.0.1", Before) as stand.address, _listening(ELSEWHERE, Elsewhere) as stand.elsewhere_address:
        try:
            yield stand
        finally:
            stand.close()


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True  # head and body are sent apart: each answer would take 40 ms

    def answer(self) -> Reply:
        """What to say."""
        raise NotImplementedError

    def _handle(self) -> None:
        reply = self.answer()
        self.close_connection = reply.silent or reply.cut
        if reply.silent:
            return
        self.send_response_only(reply.status)
        for name, value in reply.headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(reply.body)))
        self.end_headers()
        try:
            self.wfile.write(reply.body[: len(reply.body) // 2] if reply.cut else reply.body)
        except (BrokenPipeError, ConnectionResetError):
            self.close_connection = True  # whoever asked has gone: the answer was too slow or too large for it

    do_GET = do_POST = _handle  # noqa: N815  # names given by http.server

    def log_message(self, *_words: Any) -> None:
        """Nothing: pytest shows what matters."""


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Nothing where the caller has gone: pollers are killed in the middle of a call."""
        if not isinstance(sys.exception(), ConnectionError):
            super().handle_error(request, client_address)


@contextmanager
def _listening(host: str, handler: type[_Handler]) -> Iterator[str]:
    server = _Server((host, 0), handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield f"http://{host}:{server.server_address[1]}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
