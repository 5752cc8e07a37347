"""What every answer tells browsers to keep to, and what every cookie says of itself (docs/decisions/029).

`script-src` names the few inline scripts of the first HTML by their hashes and `blob:`, as which Streamlit loads the
script of a component; nothing is ever evaluated from text. Styles are inline because Streamlit makes them in the page.
"""

import base64
import hashlib
import re
from collections.abc import Iterable

from starlette.datastructures import MutableHeaders
from starlette.responses import PlainTextResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

# Streamlit's page reads it and sends it back as a header: that is what it is for.
_READ_BY_SCRIPTS = ("_streamlit_xsrf",)
_INLINE = re.compile(r"<script>(.*?)</script>", re.DOTALL)
_ONE_YEAR = "max-age=31536000"
_NOT_USED = (
    "accelerometer autoplay camera display-capture geolocation gyroscope magnetometer microphone midi payment usb"
)
_ALWAYS = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": ", ".join(f"{feature}=()" for feature in _NOT_USED.split()),
}


def content_policy(pages: Iterable[str]) -> str:
    """The Content-Security-Policy under which these first HTMLs work, and every page that Streamlit draws in them."""
    inline = sorted({_hash(script) for html in pages for script in _INLINE.findall(html)})
    directives = {
        "default-src": ["'none'"],
        "script-src": ["'self'", "blob:", *inline],
        "style-src": ["'self'", "'unsafe-inline'"],
        "img-src": ["'self'", "data:", "blob:"],
        "font-src": ["'self'", "data:"],
        "connect-src": ["'self'"],
        "worker-src": ["'self'", "blob:"],
        "manifest-src": ["'self'"],
        "base-uri": ["'none'"],
        "form-action": ["'self'"],
        "frame-ancestors": ["'none'"],
    }
    return "; ".join(f"{name} {' '.join(sources)}" for name, sources in directives.items())


def _hash(script: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()}'"


class SecurityHeaders:
    """Middleware that completes the headers and cookies of every answer.

    `policy`: as `content_policy` gives it; `secure`: visitors come by https whatever the last proxy says.
    """

    def __init__(self, app: ASGIApp, policy: str, *, secure: bool = False) -> None:
        self._app, self._policy, self._secure = app, policy, secure

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve, with the headers."""
        if scope["type"] not in ("http", "websocket"):
            await self._app(scope, receive, send)
            return
        secure = self._secure or scope["scheme"] in ("https", "wss")

        async def sending(message: Message) -> None:
            if message["type"] in ("http.response.start", "websocket.accept", "websocket.http.response.start"):
                message.setdefault("headers", [])
                complete(MutableHeaders(scope=message), self._policy, secure=secure)
            await send(message)

        await self._app(scope, receive, sending)


def complete(headers: MutableHeaders, policy: str, *, secure: bool) -> None:
    """Put into an answer's headers what must stand there; `secure`: it goes out by https."""
    headers.update(_ALWAYS)
    headers["Content-Security-Policy"] = policy
    headers.setdefault("Cache-Control", "no-store")
    if secure:
        headers["Strict-Transport-Security"] = _ONE_YEAR
    cookies = headers.getlist("set-cookie")
    if cookies:
        del headers["set-cookie"]
        for cookie in cookies:
            headers.append("set-cookie", guarded(cookie, secure=secure))


def guarded(cookie: str, *, secure: bool) -> str:
    """A Set-Cookie that says HttpOnly (unless our own page must read it), SameSite, and Secure where it can."""
    name = cookie.partition("=")[0].strip()
    said = {part.partition("=")[0].strip().lower() for part in cookie.split(";")[1:]}
    wanted = {"SameSite": "SameSite=Lax"}
    if name not in _READ_BY_SCRIPTS:
        wanted["HttpOnly"] = "HttpOnly"
    if secure:
        wanted["Secure"] = "Secure"
    return "; ".join([cookie, *(written for part, written in wanted.items() if part.lower() not in said)])


def broken_answer(policy: str) -> Response:
    """What a visitor gets where the server has failed: no word of why, with the headers of every answer."""
    response = PlainTextResponse("Internal Server Error", status_code=500)
    complete(response.headers, policy, secure=False)
    return response
