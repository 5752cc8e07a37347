"""How often one address may begin to sign in, pair a screen or bring a file: against floods, never against an office.

Counted per process, in memory; nginx counts before (deploy/nginx). Passwords are guessed at the provider, not here. A
library for rates (limits) would keep the same windows in the same memory, by a clock of its own.
"""

import time
from collections import OrderedDict, deque
from collections.abc import Callable
from typing import NamedTuple

import structlog
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Receive, Scope, Send

log = structlog.get_logger("web")

WINDOW_SECONDS = 60.0
_MOST_ADDRESSES = 10_000


class Pace(NamedTuple):
    """At most `calls` in a minute by one address to paths that begin with `path`."""

    path: str
    calls: int


# Officials of a province come from few addresses, in the morning all at once; a sign-in is three requests. A screen
# that waits for its code to be typed asks every few seconds, and a wall has up to ninety-nine.
PACES = (
    Pace("/sign-in", 300),
    Pace("/auth/", 300),
    Pace("/oauth2callback", 300),
    Pace("/api/wall/pair", 120),
    Pace("/api/wall/claim", 3000),
    Pace("/api/wall/renew", 600),
    Pace("/_stcore/upload_file/", 60),
)


class Paced:
    """Middleware that answers 429 with Retry-After to whoever asks more often than a minute allows."""

    def __init__(
        self, app: ASGIApp, paces: tuple[Pace, ...] = PACES, monotonic: Callable[[], float] = time.monotonic
    ) -> None:
        self._app, self._paces, self._monotonic = app, paces, monotonic
        self._asked: OrderedDict[tuple[str, str], deque[float]] = OrderedDict()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve, or say when to come again."""
        if scope["type"] == "http":
            for pace in self._paces:
                if scope["path"].startswith(pace.path) and (seconds := self._spent(pace, scope)):
                    headers = {"Retry-After": str(seconds)}
                    await PlainTextResponse("Too many requests.\n", 429, headers)(scope, receive, send)
                    return
        await self._app(scope, receive, send)

    def _spent(self, pace: Pace, scope: Scope) -> int:
        """Note the request and return 0, or return the whole seconds until the next is allowed."""
        client, now = scope.get("client"), self._monotonic()
        place = (pace.path, client[0] if client else "")
        calls = self._asked.setdefault(place, deque(maxlen=pace.calls))
        self._asked.move_to_end(place)
        if len(self._asked) > _MOST_ADDRESSES:
            self._asked.popitem(last=False)
        if len(calls) == pace.calls and now < calls[0] + WINDOW_SECONDS:
            log.warning("asked too often", path=pace.path, calls=pace.calls)
            return int(calls[0] + WINDOW_SECONDS - now) + 1
        calls.append(now)
        return 0
