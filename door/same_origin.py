"""Streams are for pages of this server only."""

from starlette.requests import HTTPConnection
from starlette.types import ASGIApp, Receive, Scope, Send

_POLICY_VIOLATION = 1008


def same_origin(connection: HTTPConnection) -> bool:
    """Whether a page of this very address asks: a browser always tells whose page it is."""
    origin, host = connection.headers.get("origin", ""), connection.headers.get("host", "")
    return bool(host) and origin.lower() in (f"http://{host.lower()}", f"https://{host.lower()}")


class OwnPagesOnly:
    """Middleware that refuses a stream to the page of another server, and to what says no origin, as no browser does.

    Streamlit would refuse the first too, but it looks first whether the page is of this host by an address that it
    asks the internet for, and everybody waits meanwhile.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve, or close what is a stranger's."""
        if scope["type"] == "websocket" and not same_origin(HTTPConnection(scope)):
            await receive()
            await send({"type": "websocket.close", "code": _POLICY_VIOLATION})
            return
        await self._app(scope, receive, send)
