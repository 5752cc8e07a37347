"""A line of the log for each request that the web server has answered: what was asked for, without its query."""

import time

import structlog
from starlette.types import ASGIApp, Message, Receive, Scope, Send

log = structlog.get_logger("web")

# What browsers and machines ask for again and again is told on the level "debug" unless it fails.
_COMMON = ("/static/", "/app/static/", "/wall-assets/", "/_stcore/", "/media/", "/health/", "/metrics")
_LONGEST_PATH = 200


class RequestLog:
    """Middleware around everything that is served. A query, a header and a body are never written."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve, and tell how it ended."""
        if scope["type"] not in ("http", "websocket"):
            await self._app(scope, receive, send)
            return
        began, answered = time.monotonic(), [0]

        async def sending(message: Message) -> None:
            if message["type"] == "http.response.start":
                answered[0] = message["status"]
            elif message["type"] == "websocket.accept":
                answered[0] = 101
            await send(message)

        try:
            await self._app(scope, receive, sending)
        finally:
            _tell(scope, answered[0], time.monotonic() - began)


def _tell(scope: Scope, status: int, seconds: float) -> None:
    """`status`: 101 for a stream that was open for these seconds; 0 for what was given up or refused before it was."""
    path = scope["path"][:_LONGEST_PATH]
    method = scope.get("method", "WEBSOCKET")
    told = log.debug if path.startswith(_COMMON) and 100 <= status < 400 else log.info
    told("answered", method=method, path=path, status=status, ms=round(seconds * 1000))
