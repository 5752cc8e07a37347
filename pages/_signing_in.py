"""What happens around Streamlit's three routes of a sign-in: it is noted when it begins and when it ends, and the
visitor comes back to the page that was wanted. And the route by which our own page to sign in begins it.
"""

import re
from collections.abc import Iterator
from http.cookies import SimpleCookie
from urllib.parse import quote, unquote

import structlog
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import MutableHeaders
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute, Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from access.sessions import Sessions, SignInNeeded
from access.streamlit_cookies import CALLBACK, COOKIES, LOGIN, LOGOUT, login_address
from errors import StoreError
from pages._holder import holder
from pages._wanted import own_page

log = structlog.get_logger("web")

SIGN_IN = "/sign-in"
# What the page to sign in says of the attempt before: a word of `pages._sign_in`.
SAID = "ioc_said"
_WANTED = "ioc_wanted"
_WANTED_SECONDS = 600
_SAID_SECONDS = 300
_AGE = re.compile(r"(?i)max-age=\d+")
_FAILURES = 400


def sign_in_routes() -> list[BaseRoute]:
    """`/sign-in?to=PATH`."""
    return [Route(SIGN_IN, _begin)]


def _begin(request: Request) -> Response:
    """To the provider, as st.login does; `to` is where the visitor comes back to."""
    wanted = own_page(request.query_params.get("to", "/"))
    if holder().settings.access.mode == "demo":
        return RedirectResponse(wanted, 303)
    response = RedirectResponse(login_address(), 303)
    response.set_cookie(_WANTED, quote(wanted, safe=""), max_age=_WANTED_SECONDS, httponly=True, samesite="lax")
    return response


class SigningIn:
    """Middleware around the routes of a sign-in; nothing in a demo."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve."""
        if scope["type"] != "http" or scope["path"] not in (LOGIN, LOGOUT, CALLBACK):
            await self._app(scope, receive, send)
            return
        centre = holder()
        if centre.settings.access.mode == "demo":
            await RedirectResponse("/", 303)(scope, receive, send)
            return
        request = Request(scope)
        if scope["path"] == LOGOUT:
            await run_in_threadpool(_end, centre.sessions, request)

        async def sending(message: Message) -> None:
            if message["type"] == "http.response.start":
                await run_in_threadpool(_completed, message, request, centre.sessions)
            await send(message)

        await self._app(scope, receive, sending)


def _end(sessions: Sessions, request: Request) -> None:
    try:
        sessions.end(request.cookies)
    except StoreError as error:  # this browser at least forgets
        log.warning("sign-out not noted", reason=str(error))


def _completed(message: Message, request: Request, sessions: Sessions) -> None:
    """Change the answer of one of Streamlit's routes into ours, in place."""
    headers = MutableHeaders(scope=message)
    path = request.url.path
    if path == LOGOUT:
        _say(headers, "signed_out")
    elif path == LOGIN and message["status"] >= _FAILURES:
        _lead(message, headers, "/")
        _say(headers, "unreachable")
    elif path == CALLBACK:
        _received(message, headers, request, sessions)


def _received(message: Message, headers: MutableHeaders, request: Request, sessions: Sessions) -> None:
    """The provider has sent somebody back."""
    cookies = dict(_new_cookies(headers))
    if COOKIES not in cookies:
        if "state" in request.query_params:  # else it is back from signing out there
            _say(headers, "failed")
        return
    try:
        sessions.begin(cookies)
    except (SignInNeeded, StoreError) as error:
        log.warning("sign-in not begun", reason=str(error))
        _take_back(headers)
        _say(headers, error.reason if isinstance(error, SignInNeeded) else "failed")
        return
    _shorten(headers, int(sessions.settings.access.session.total_seconds()))
    _lead(message, headers, own_page(unquote(request.cookies.get(_WANTED, "/"))))
    for name in (_WANTED, SAID):
        _set(headers, name, "", 0)


def _new_cookies(headers: MutableHeaders) -> Iterator[tuple[str, str]]:
    """The cookies of a sign-in that an answer sets; not those that it takes away."""
    for written in headers.getlist("set-cookie"):
        for name, morsel in SimpleCookie(written).items():
            if name.startswith(COOKIES) and morsel["max-age"] != "0":
                yield name, morsel.value


def _take_back(headers: MutableHeaders) -> None:
    kept = [cookie for cookie in headers.getlist("set-cookie") if not cookie.startswith(COOKIES)]
    del headers["set-cookie"]
    for cookie in kept:
        headers.append("set-cookie", cookie)


def _shorten(headers: MutableHeaders, seconds: int) -> None:
    """Streamlit's cookies stay for a month; ours as long as a sign-in holds."""
    cookies = headers.getlist("set-cookie")
    del headers["set-cookie"]
    for cookie in cookies:
        lasting = cookie.startswith(COOKIES) and "max-age=0" not in cookie.lower()
        headers.append("set-cookie", _AGE.sub(f"Max-Age={seconds}", cookie) if lasting else cookie)


def _lead(message: Message, headers: MutableHeaders, address: str) -> None:
    message["status"] = 303
    headers["location"] = address


def _say(headers: MutableHeaders, word: str) -> None:
    _set(headers, SAID, word, _SAID_SECONDS)


def _set(headers: MutableHeaders, name: str, value: str, seconds: int) -> None:
    headers.append("set-cookie", f"{name}={value}; Max-Age={seconds}; Path=/; HttpOnly; SameSite=Lax")
