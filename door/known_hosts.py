"""Requests are answered only under the names by which this centre is known: a page of a stranger whose name was made to
lead here (DNS rebinding) gets nothing, and no header can put another address into what we write."""

from urllib.parse import urlsplit

from starlette.datastructures import Headers
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from access.loopback import is_loopback

# What a balancer on another host asks, by whatever address it knows us; it is told no more than a status.
_FOR_ALL = ("/health/live", "/health/ready")
# What a machine on another host asks with its token, by whatever address: a browser that was led here has none.
_BY_TOKEN = ("/metrics", "/health/data")
_REFUSED = "Not an address of this centre: see [access] public_url.\n"


def host_name(host: str) -> str:
    """The name or address in a header Host, without port, in small letters; empty when it is none."""
    try:
        parts = urlsplit(f"//{host}")
        _ = parts.port  # ValueError for what is no number
    except ValueError:
        return ""
    if parts.username is not None or parts.path or parts.query or parts.fragment:
        return ""
    return (parts.hostname or "").rstrip(".")


class KnownHosts:
    """Middleware that answers 400 under any other name than `known` and loopback's.

    `only_here`: a demo without sign-in, which answers nobody but visitors on this machine (403 for others): the
    visitor's address is the one that the server found, so a proxy on this machine lets nobody in.
    """

    def __init__(self, app: ASGIApp, known: frozenset[str], *, only_here: bool) -> None:
        self._app, self._known, self._only_here = app, known, only_here
        self._by_any_name = _FOR_ALL if only_here else (*_FOR_ALL, *_BY_TOKEN)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve, or refuse."""
        if scope["type"] in ("http", "websocket") and scope["path"] not in self._by_any_name:
            status = self._refusal(scope)
            if status:
                await PlainTextResponse(_REFUSED, status_code=status)(scope, receive, send)
                return
        await self._app(scope, receive, send)

    def _refusal(self, scope: Scope) -> int:
        """The status with which to refuse; 0 when it is to be served."""
        hosts = Headers(scope=scope).getlist("host")
        name = host_name(hosts[0]) if len(hosts) == 1 else ""
        if name not in self._known and not is_loopback(name):
            return 400
        client = scope.get("client")
        return 403 if self._only_here and not (client and is_loopback(client[0])) else 0
