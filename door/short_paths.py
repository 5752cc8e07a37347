"""Paths no longer than any of ours: of a longer name a file system makes an error, and Streamlit an answer 500. Query
strings in plain letters, as browsers write them: of others a URL cannot be made, which is an answer 500 too."""

from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Receive, Scope, Send

_LONGEST_PATH, _LONGEST_NAME = 1024, 255


class ShortPaths:
    """Middleware that answers 404 for a path, or one name in it, of more bytes than a file's can have, and 400 for a
    query that is not in ASCII."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve, or refuse."""
        if scope["type"] == "http" and _too_long(scope["path"]):
            await PlainTextResponse("Not found.\n", 404)(scope, receive, send)
            return
        if scope["type"] == "http" and not scope["query_string"].isascii():
            await PlainTextResponse("Not a query.\n", 400)(scope, receive, send)
            return
        await self._app(scope, receive, send)


def _too_long(path: str) -> bool:
    names = path.encode("utf-8", "surrogatepass").split(b"/")
    return sum(map(len, names)) > _LONGEST_PATH or max(map(len, names)) > _LONGEST_NAME
