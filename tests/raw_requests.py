"""Requests as bytes, which no client makes harmless on the way, and what must never come back."""

import socket
import ssl
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from urllib.parse import SplitResult, urljoin, urlsplit

from tests.front import trusting

# A word that stands in: /etc/passwd, win.ini, the settings of the test, the program, its settings, its store.
NEVER_ANSWERED = (
    b"root:x:0:0", b"[extensions]", b"[store]\nurl", b"The web server: Streamlit's ASGI", b"enableStaticServing",
    b"SQLite format 3",
)  # fmt: skip
_UP = "../" * 12
_TARGETS = ("etc/passwd", "app.py", ".streamlit/config.toml", "centre.toml", "store.db")
_SIMPLE = [f"{_UP}{target}" for target in _TARGETS] + ["../app.py", "../../app.py", "../centre.toml", "../../../app.py"]
_WRITTEN: tuple[Callable[[str], str], ...] = (
    lambda path: path,
    lambda path: path.replace("../", "%2e%2e/"),
    lambda path: path.replace("../", "..%2f"),
    lambda path: path.replace("../", "%2e%2e%2f").replace("/", "%2F"),
    lambda path: path.replace("../", "%252e%252e%252f"),
    lambda path: path.replace("../", "..\\"),
    lambda path: path.replace("../", "..%5c"),
    lambda path: path.replace("../", "%2e%2e%5c"),
    lambda path: path.replace("../", "%c0%ae%c0%ae/"),
    lambda path: path.replace("../", "%c0%ae%c0%ae%c0%af"),
    lambda path: path.replace("../", "%e0%80%ae%e0%80%ae/"),
    lambda path: path.replace("../", "....//"),
    lambda path: path.replace("../", ".././"),
    lambda path: path.replace("../", "..;/"),
    lambda path: path.replace("../", "..%00/"),
    lambda path: path.replace("../", "%uff0e%uff0e/"),
)
_OTHER = [
    "/etc/passwd", "//etc/passwd", "%2fetc%2fpasswd", "/etc/passwd%00.js", "etc/passwd%00", "%00", "%0a", "%0d%0aX:1",
    "C:/Windows/win.ini", "C:%5cWindows%5cwin.ini", "C%3a/Windows/win.ini", "file:///etc/passwd", "~root/.profile",
    "%5c%5cevil.vn%5cshare%5cx", "\\\\evil.vn\\share\\x", "//evil.vn/share/x", "%2f%2fevil.vn%2fshare", "/\\evil.vn",
    "\\\\?\\C:\\Windows\\win.ini", "\\\\.\\C:\\Windows\\win.ini", "%5c%5c?%5cUNC%5cevil.vn%5cx", ".", "..", "...",
    "%2e", "proc/self/environ", "/proc/self/cmdline", "/dev/stdin", "a" * 4000, "/" * 500, "%ff%fe", "%", "%zz", "?",
    "#", "*", ";", "'", '"', "<script>", "{}", "$%7b7*7%7d", "index.html/..", ".git/config", "__pycache__", "app.py",
]  # fmt: skip

PATHS = list(dict.fromkeys([write(path) for path in _SIMPLE for write in _WRITTEN] + _OTHER))
# Where an address could lead away: first in the path, then as an argument that somebody might follow.
AWAY = [
    "//evil.vn", "//evil.vn/", "//evil.vn/%2e%2e/", "/\\evil.vn/", "/%5cevil.vn/", "/%2fevil.vn/", "/%09/evil.vn/",
    "/\t/evil.vn/", "/%0a/evil.vn/", "/%0d%0aLocation:%20http://evil.vn/", "///evil.vn/", "/.//evil.vn/",
    "/..//evil.vn/", "/x/..//evil.vn/", "/;//evil.vn/", "/@evil.vn/", "/http://evil.vn/", "http://evil.vn/",
    "http://evil.vn/overview/", "/overview//evil.vn/", "/static//evil.vn/", "/export//evil.vn/",
]  # fmt: skip
_ARGUMENTS = ("next", "url", "redirect", "redirect_uri", "return", "return_to", "continue", "post_logout_redirect_uri")
ARGUMENTS = [f"{name}={where}" for name in _ARGUMENTS for where in ("//evil.vn/", "https://evil.vn/", "/\\evil.vn")]


@dataclass(frozen=True)
class Answer:
    """What came back: `status` 0 when the connection was only closed."""

    status: int
    headers: dict[str, str]
    body: bytes

    def leads_away(self, address: str) -> bool:
        """Whether a browser at that address would go to another host."""
        # As browsers read it: a backslash is a slash, tabs and line ends are not there.
        location = self.headers.get("location", "").replace("\\", "/").translate({9: None, 10: None, 13: None}).strip()
        return urlsplit(urljoin(address, location)).hostname != urlsplit(address).hostname


def ask(address: str, target: str, method: str = "GET", host: str = "") -> Answer:
    """The answer of the server at `address` to this very request line."""
    parts = urlsplit(address)
    with _connected(parts) as stream:
        lines = (f"{method} {target} HTTP/1.1", f"Host: {host or parts.netloc}", "Connection: close", "", "")
        stream.sendall("\r\n".join(lines).encode("utf-8", "surrogateescape"))
        return _parsed(_all(stream))


_trusting = cache(trusting)


def _connected(parts: SplitResult) -> socket.socket:
    plain = socket.create_connection((parts.hostname, parts.port), timeout=30)
    return _trusting().wrap_socket(plain, server_hostname=parts.hostname) if parts.scheme == "https" else plain


def _all(stream: socket.socket) -> bytes:
    received = bytearray()
    try:
        while chunk := stream.recv(1 << 16):
            received += chunk
    except (ConnectionResetError, ssl.SSLEOFError):
        pass  # the server has said enough
    return bytes(received)


def _parsed(received: bytes) -> Answer:
    head, _, body = received.partition(b"\r\n\r\n")
    first, *lines = head.decode("latin-1").split("\r\n")
    words = first.split()
    headers = {name.strip().lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
    return Answer(int(words[1]) if len(words) > 1 else 0, headers, body)
