"""GET /wall-assets/BUILD/FILE: what draws the wall.

BUILD is a hash of all of it, so a browser keeps a file for ever and an older page gets nothing that does not fit to it.
"""

import hashlib
from collections.abc import Mapping
from functools import cache
from pathlib import Path

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

_FOLDER = Path(__file__).with_name("assets")
_KINDS = {".js": "text/javascript", ".css": "text/css"}


@cache
def _files() -> Mapping[str, bytes]:
    return {path.name: path.read_bytes() for path in sorted(_FOLDER.iterdir()) if path.suffix in _KINDS}


@cache
def build() -> str:
    """The name of this build of the wall's page."""
    digest = hashlib.sha256()
    for name, content in _files().items():
        digest.update(f"{name}\0{len(content)}\0".encode() + content)
    return digest.hexdigest()[:12]


def asset(request: Request) -> Response:
    """The file; 404 for another build's."""
    name = request.path_params["name"]
    if request.path_params["build"] != build() or name not in _files():
        return Response("no such file in this build", status_code=404, headers={"Cache-Control": "no-store"})
    headers = {"Cache-Control": "public, max-age=31536000, immutable", "X-Content-Type-Options": "nosniff"}
    return Response(_files()[name], media_type=_KINDS[Path(name).suffix], headers=headers)


def asset_routes() -> list[BaseRoute]:
    """The route."""
    return [Route("/wall-assets/{build}/{name}", asset)]
