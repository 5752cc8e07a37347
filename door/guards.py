"""What stands around everything that the web server answers, in this order."""

from functools import cache
from urllib.parse import urlsplit

from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import Response

from admission import AccessSettings
from door.known_hosts import KnownHosts, host_name
from door.pace import Paced
from door.same_origin import OwnPagesOnly
from door.security_headers import SecurityHeaders, broken_answer, content_policy
from door.short_paths import ShortPaths
from pages._entry import first_pages


@cache
def _policy() -> str:
    return content_policy(first_pages())


def guards(access: AccessSettings) -> list[Middleware]:
    """The middleware of app.py: headers and cookies, known names, no path too long, pace, own pages only."""
    demo = access.mode == "demo"
    known = frozenset() if demo else frozenset({host_name(urlsplit(access.public_url).netloc)})
    return [
        Middleware(SecurityHeaders, policy=_policy(), secure=not demo and access.public_url.startswith("https://")),
        Middleware(KnownHosts, known=known, only_here=demo),
        Middleware(ShortPaths),
        Middleware(Paced),
        Middleware(OwnPagesOnly),
    ]


def broken(_request: Request, _error: Exception) -> Response:
    """The answer where ours has failed."""
    return broken_answer(_policy())
