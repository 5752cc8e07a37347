"""Where messages go in tests: a real SMTP server and a webhook, each on a free port of loopback."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session

from tests.servers import free_port

SECRET = "m4t-kh4u"


@dataclass
class Mailbox:
    """An SMTP server: what it took, and what it says instead of taking, such as "550 no such mailbox"."""

    port: int
    taken: list[EmailMessage] = field(default_factory=list)
    refusal: str = ""
    arrived: threading.Event = field(default_factory=threading.Event)

    @property
    def url(self) -> str:
        """Its address as apprise reads it, with a mailbox, and a name that no log may show."""
        return f"mailto://127.0.0.1:{self.port}?from=ioc@tinh.test&to={SECRET}@tinh.test&mode=insecure"

    async def handle_DATA(self, _server: SMTP, _session: Session, envelope: Envelope) -> str:  # theirs
        """Take a mail, or refuse it."""
        if self.refusal:
            return self.refusal
        assert isinstance(envelope.content, bytes)
        made = message_from_bytes(envelope.content, policy=policy.default)
        assert isinstance(made, EmailMessage)
        self.taken.append(made)
        self.arrived.set()
        return "250 taken"


@contextmanager
def mailbox() -> Iterator[Mailbox]:
    """A running SMTP server."""
    box = Mailbox(free_port())
    server = Controller(box, hostname="127.0.0.1", port=box.port)
    server.start()
    try:
        yield box
    finally:
        server.stop()


@dataclass
class Webhook:
    """An HTTP server: the JSON that it took, with the headers, and the status that it answers."""

    port: int
    taken: list[tuple[dict[str, str], dict[str, Any]]] = field(default_factory=list)
    status: int = 200
    location: str = ""

    @property
    def url(self) -> str:
        """Its address as apprise reads it."""
        return f"json://ioc:{SECRET}@127.0.0.1:{self.port}/{SECRET}"


@contextmanager
def webhook() -> Iterator[Webhook]:
    """A running HTTP server."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:  # theirs
            body = self.rfile.read(int(self.headers["Content-Length"]))
            hook.taken.append((dict(self.headers), json.loads(body)))
            self.send_response(hook.status)
            if hook.location:
                self.send_header("Location", hook.location)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_words: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        hook = Webhook(server.server_port)
        thread = threading.Thread(target=server.serve_forever, args=(0.02,))
        thread.start()
        try:
            yield hook
        finally:
            server.shutdown()
            thread.join()
