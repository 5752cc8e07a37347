"""Outlines of units: a GeoJSON FeatureCollection in longitude and latitude, each feature with the property `code`.

Every code is a unit, no commune without an end is missing, each geometry is a valid Polygon or MultiPolygon. The file
takes the place of the outlines that are there.
"""

from collections.abc import Iterator
from typing import Any

import msgspec
import shapely
import sqlalchemy as sa
from shapely.errors import ShapelyError
from shapely.geometry import shape
from sqlalchemy import Connection

from connectors._codes import agency_code
from connectors._kept import is_code
from errors import InputError
from imports._contract import Brought, Checked, Kind, change_of, compared
from imports._known import Known
from sheets.tabular import BadRow, refuse
from store.dimensions import replace_shapes, shapes_of
from store.tables import units

MOST_BYTES = 64 * 1024 * 1024
_KINDS = ("Polygon", "MultiPolygon")

Outline = tuple[str, dict[str, Any]]


def check(connection: Connection, known: Known, content: bytes, name: str) -> Checked:
    """The outlines of a file, compared with the store's; raises InputError. A "row" is a feature, counted from 1."""
    outlines: list[Outline] = []
    seen: set[str] = set()
    bad: list[BadRow] = []
    for number, feature in enumerate(_features(content, name), start=1):
        found = _outline(number, feature, known)
        if isinstance(found, BadRow):
            bad.append(found)
        elif found[0] in seen:
            bad.append(BadRow(number, "code", f"{found[0]} has two features"))
        else:
            seen.add(found[0])
            outlines.append(found)
    if not bad:
        bad += _missing(connection, seen)
    refuse(name, bad)
    stored = shapes_of(connection)
    words = [change_of(geometry, stored.get(code)) for code, geometry in outlines]
    gone = [{"code": code} for code in stored if code not in seen]
    shown = [{"code": code, "geometry": str(geometry["type"])} for code, geometry in outlines]
    return compared("boundaries", name, outlines, [*shown, *gone], [*words, *["gone"] * len(gone)])


def _features(content: bytes, name: str) -> list[Any]:
    if len(content) > MOST_BYTES:
        raise InputError(f"{name}: larger than {MOST_BYTES // 1024**2} MB")
    try:
        collection = msgspec.json.decode(content.removeprefix(b"\xef\xbb\xbf"))
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise InputError(f"{name}: is no GeoJSON ({error})") from error
    features = collection.get("features") if isinstance(collection, dict) else None
    if not isinstance(features, list) or collection.get("type") != "FeatureCollection":
        raise InputError(f"{name}: is no GeoJSON FeatureCollection")
    return features


def _outline(number: int, feature: Any, known: Known) -> Outline | BadRow:
    properties = feature.get("properties") if isinstance(feature, dict) else None
    code = properties.get("code") if isinstance(properties, dict) else None
    if not isinstance(code, str) or not is_code(code) or not code:
        return BadRow(number, "code", "the feature has no property code, as text")
    unit = agency_code(code)
    if unit not in known.units:
        return BadRow(number, "code", f"{unit} is no unit of any catalogue")
    geometry = feature.get("geometry")
    if problem := "; ".join(_problems(geometry)):
        return BadRow(number, "geometry", f"of {unit}: {problem}")
    return unit, {"type": geometry["type"], "coordinates": geometry["coordinates"]}


def _problems(geometry: Any) -> Iterator[str]:
    if not isinstance(geometry, dict) or geometry.get("type") not in _KINDS:
        yield f"is no {' or '.join(_KINDS)}"
        return
    try:
        outline = shape(geometry)
    except (ShapelyError, ValueError, TypeError, KeyError, IndexError, AttributeError) as error:
        yield f"cannot be read ({type(error).__name__})"
        return
    if outline.is_empty:
        yield "is empty"
        return
    west, south, east, north = outline.bounds
    if not (-180 <= west <= east <= 180 and -90 <= south <= north <= 90):
        yield "is not in degrees of longitude and latitude"
    elif not outline.is_valid:
        yield f"is not valid ({shapely.is_valid_reason(outline)})"


def _missing(connection: Connection, codes: set[str]) -> Iterator[BadRow]:
    """Communes without an end that the file leaves out: a map with holes would show units that are not there."""
    communes = sa.select(units.c.code, units.c.name).where(units.c.kind == "xa", units.c.valid_to.is_(None))
    for code, title in connection.execute(communes.order_by(units.c.code)):
        if code not in codes:
            yield BadRow(0, "code", f"{code} ({title}) has no feature")


def store(connection: Connection, checked: Checked, _brought: Brought) -> None:
    """Store the outlines."""
    replace_shapes(connection, checked.rows)


KIND = Kind(("code",), (), check, store)
