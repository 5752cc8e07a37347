"""Middleware at the web server's door: what is not free for all is answered only to who may have it.

Free are the files that every browser gets, the page on which one signs in, the screens' own doors, and what says that
the process lives; a path that nobody has thought of is not. Pages themselves are drawn by `pages/_frame.py`, which asks
`visitor()` too: through a stream that anybody may open, a stranger sees the page to sign in and nothing else.
"""

from starlette.concurrency import run_in_threadpool
from starlette.requests import HTTPConnection
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from access.principal import DEMO, Capability, Principal
from errors import AccessError, IocError, StoreError
from pages._holder import holder
from pages._visitor import acting
from pages._wanted import page_paths

_FREE = ("/static/", "/app/static/", "/wall-assets/", "/api/wall/", "/auth/", "/_stcore/", "/component/")
_FREE_PATHS = (
    "/",
    "/home",
    "/sign-in",
    "/oauth2callback",
    "/health/live",
    "/health/ready",
    "/favicon.ico",
    "/favicon.png",
    "/robots.txt",
)
_GUARDED = ("/_stcore/upload_file", "/_stcore/metrics")
_NEEDS: dict[str, Capability] = {"/metrics": "metrics", "/health/data": "metrics", "/_stcore/metrics": "metrics"}


class Door:
    """Lets in who may, and names them to what is inside (`pages._visitor.visitor`)."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve; or answer 401 to a stranger, 403 to who may not, 503 while the store cannot tell who it is."""
        if scope["type"] != "http" or is_free(scope["path"]):
            await self._app(scope, receive, send)
            return
        try:
            who = await run_in_threadpool(who_asks, HTTPConnection(scope))
        except AccessError as error:
            await _refused(401, error)(scope, receive, send)
            return
        except StoreError as error:
            await _refused(503, error)(scope, receive, send)
            return
        try:
            if scope["path"] in _NEEDS:
                who.must(_NEEDS[scope["path"]])
        except AccessError as error:
            await _refused(403, error)(scope, receive, send)
            return
        with acting(who):
            await self._app(scope, receive, send)


def is_free(path: str) -> bool:
    """Whether anybody gets what lies under this path."""
    if path.startswith(_GUARDED):
        return False
    return path in _FREE_PATHS or path in page_paths() or path.startswith(_FREE)


def who_asks(connection: HTTPConnection) -> Principal:
    """The machine of the token, else who signed in. AccessError for neither."""
    centre = holder()
    if centre.settings.access.mode == "demo":
        return DEMO
    scheme, _space, token = connection.headers.get("authorization", "").partition(" ")
    if scheme.lower() == "bearer":
        return centre.sessions.machine(token.strip())
    return centre.sessions.principal(connection.cookies)


def _refused(status: int, error: IocError) -> PlainTextResponse:
    return PlainTextResponse(str(error), status, headers={"Cache-Control": "no-store"})
