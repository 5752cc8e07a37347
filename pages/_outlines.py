"""Units' outlines on a plane on which a kilometre is as long in both directions, north on top: for maps as SVG."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from math import cos, radians

import shapely
from shapely.geometry.base import BaseGeometry

from pages._live import Live
from pages._units import Units
from store.reads import shapes

WIDTH = 1000.0
_MARGIN = 4.0
_KEPT = 8
Project = Callable[[BaseGeometry], BaseGeometry]


@dataclass(frozen=True, eq=False)
class Outlines:
    """What is drawn of some units, in a box of WIDTH × `height`: `cells`: unit to its path; `borders`: the paths of the
    units above them; `centres`: a point well inside of each cell; `ground`: all cells together."""

    height: float
    cells: Mapping[str, str]
    borders: Sequence[str]
    centres: Mapping[str, tuple[float, float]]
    ground: BaseGeometry


def outlines(here: Live, units: Units, codes: Sequence[str]) -> Outlines | None:
    """The outlines of these units; None unless the store has one of every unit. StoreError."""
    known = dict(shapes(here.engine))
    if not codes or not all(code in known for code in codes):
        return None
    above = sorted({unit.parent_code for code in codes if (unit := units.by_code[code]).parent_code in known})
    return _outlines(
        tuple((code, known[code]) for code in codes), tuple(known[code] for code in above if code is not None)
    )


# Outlines change once in years.
@lru_cache(maxsize=_KEPT)
def _outlines(cells: Sequence[tuple[str, str]], borders: Sequence[str]) -> Outlines:
    shaped = {code: shapely.from_geojson(shape) for code, shape in cells}
    project, height = projection(shaped.values())
    flat = {code: project(shape) for code, shape in shaped.items()}
    return Outlines(
        height=height,
        cells={code: path_of(shape) for code, shape in flat.items()},
        borders=[path_of(project(shapely.from_geojson(shape))) for shape in borders],
        centres={code: centre_of(shape) for code, shape in flat.items()},
        ground=shapely.union_all(list(flat.values())),
    )


def projection(drawn: Iterable[BaseGeometry]) -> tuple[Project, float]:
    """How degrees become points of a box as wide as WIDTH, and the height of the box."""
    west, south, east, north = shapely.total_bounds(list(drawn))
    shorter = cos(radians((south + north) / 2))
    scale = (WIDTH - 2 * _MARGIN) / max((east - west) * shorter, 1e-9)

    def project(shape: BaseGeometry) -> BaseGeometry:
        return shapely.transform(shape, lambda at: (at - (west, north)) * (shorter * scale, -scale) + _MARGIN)

    return project, (north - south) * scale + 2 * _MARGIN


def path_of(shape: BaseGeometry) -> str:
    """The path of a shape's polygons."""
    polygons = [part for part in shapely.get_parts(shape) if part.geom_type == "Polygon"]
    rings = [ring for polygon in polygons for ring in (polygon.exterior, *polygon.interiors)]
    return "".join("M" + "L".join(f"{x:.1f} {y:.1f}" for x, y in ring.coords[:-1]) + "Z" for ring in rings)


def centre_of(shape: BaseGeometry) -> tuple[float, float]:
    """The middle of the largest circle within."""
    middle = shapely.maximum_inscribed_circle(shape, tolerance=1.0).coords[0]
    return round(middle[0], 1), round(middle[1], 1)
