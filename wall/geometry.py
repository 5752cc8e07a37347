"""The outlines of the map, GET /api/wall/geometry/HASH.json: cells of communes, borders of districts, as SVG paths.

Projected to a plane on which a kilometre is as long in both directions, north on top. The address holds a hash of what
it names, so a screen keeps it for ever.
"""

import hashlib
from collections.abc import Mapping, Sequence
from datetime import date
from functools import cache, lru_cache

import msgspec
import shapely
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from errors import StoreError
from pages._live import Live, holder
from pages._outlines import WIDTH, centre_of, path_of, projection
from store.reads import shapes

_PATH = "/api/wall/geometry"
_KEPT = 4


class Outlines(msgspec.Struct, frozen=True, rename="camel"):
    """`cells`: commune to its path; `borders`: the districts' paths; `centres`: a point well inside of each cell."""

    view_box: str
    cells: Mapping[str, str]
    borders: list[str]
    centres: Mapping[str, tuple[float, float]]


def geometry_address(here: Live) -> str:
    """Where the outlines of the units in force today are to be had; empty when the store has none. StoreError."""
    question = ("outlines", here.versions.get("shapes", 0), here.today)
    found = here.counters.remembered(question, date.min, lambda: _outlines(here))
    if found is None:
        return ""
    (name, body), kept = found, _kept()
    kept[name] = body
    while len(kept) > _KEPT:
        del kept[next(iter(kept))]
    return f"{_PATH}/{name}.json"


def geometry(request: Request) -> Response:
    """The outlines; 404 when those of today have another name, 503 while the store cannot be asked."""
    name = request.path_params["name"]
    if name not in _kept():
        try:
            geometry_address(holder().live())
        except StoreError:
            return Response("the store cannot be asked", status_code=503, headers={"Cache-Control": "no-store"})
    body = _kept().get(name)
    if body is None:
        return Response("no such outlines", status_code=404, headers={"Cache-Control": "no-store"})
    headers = {"Cache-Control": "public, max-age=31536000, immutable"}
    return Response(body, media_type="application/json", headers=headers)


def geometry_routes() -> list[BaseRoute]:
    """The route."""

    async def endpoint(request: Request) -> Response:
        return await run_in_threadpool(geometry, request)

    return [Route(f"{_PATH}/{{name}}.json", endpoint)]


@cache
def _kept() -> dict[str, bytes]:
    """What was named lately in this process, also while the store cannot be asked."""
    return {}


def _outlines(here: Live) -> tuple[str, bytes] | None:
    units = here.counters.units_on(here.today).select("code", "parent_code").iter_rows()
    return _named(tuple(units), tuple(shapes(here.engine)))


# Asked at each change of a catalogue and each day, while outlines change once in years.
@lru_cache(maxsize=_KEPT)
def _named(units: Sequence[tuple[str, str | None]], outlines: Sequence[tuple[str, str]]) -> tuple[str, bytes] | None:
    """The outlines as JSON, and a name for these; None when no unit in force has any."""
    found = _projected(units, outlines)
    if found is None:
        return None
    body = msgspec.json.encode(found)
    return hashlib.sha256(body).hexdigest()[:16], body


def _projected(units: Sequence[tuple[str, str | None]], outlines: Sequence[tuple[str, str]]) -> Outlines | None:
    in_force = dict(units)
    drawn = {code: shapely.from_geojson(shape) for code, shape in outlines if code in in_force}
    drawn = {code: shape for code, shape in drawn.items() if not shape.is_empty}
    if not drawn:
        return None
    above = {in_force[code] for code in drawn}
    project, height = projection(drawn.values())
    flat = {code: project(shape) for code, shape in drawn.items()}
    cells = {code: shape for code, shape in flat.items() if code not in above}
    return Outlines(
        view_box=f"0 0 {WIDTH:g} {height:.1f}",
        cells={code: path_of(shape) for code, shape in cells.items()},
        borders=[path_of(shape) for code, shape in flat.items() if code in above],
        centres={code: centre_of(shape) for code, shape in cells.items()},
    )
