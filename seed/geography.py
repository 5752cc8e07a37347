"""A schematic map of a place: one Voronoi cell for each commune's point, and the districts they make up.

Cells are not administrative borders. All communes of the region take part, so that the outline of the province
appears by itself; points that cannot be right are dropped, or for the place's own communes moved next to their
district's middle, so that every commune keeps a cell.
"""

import json
from collections import defaultdict
from contextlib import closing
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry

from seed.place import Place, profile
from seed.units import open_admin_units, units

# Neighbours up to so many degrees beyond the province's own points shape its outline.
MARGIN = 0.35
# No cell reaches farther beyond the hull of the province's own points.
BEYOND = 0.1
# Columns and table of the communes before the reform of 2025, and of those today, which are in no district.
_LEGACY = "provinceCode, districtCode, wardCode, wardLon, wardLat FROM admin_units_legacy"
_TODAY = "provinceCode, '', wardCode, wardLon, wardLat FROM admin_units"
# Ten metres: four decimals.
GRID = 0.0001
# Degrees of longitude are shorter than those of latitude by this factor at 20.7° north.
SHORTENING = 0.935
# A point is suspect when it lies farther from its district's middle than so many times the usual distance.
FAR = 3.3
LEAST_SPREAD = 0.02
SUSPECT_RING = 0.012


@lru_cache
def shapes(place: Place) -> list[tuple[str, dict[str, Any]]]:
    """(unit code, GeoJSON geometry) of every district and commune; longitude and latitude to four decimals."""
    facts = profile(place.name)
    cells = _cells(facts["province"], _TODAY if "reform" in facts else _LEGACY)
    known = {unit.code for unit in units(place)}
    districts: dict[str, list[BaseGeometry]] = defaultdict(list)
    communes = []
    for (district, commune), cell in sorted(cells.items()):
        code = ".".join(filter(None, (facts["agency"], district, commune)))
        if code in known:
            districts[district].append(cell)
            communes.append((code, _geojson(cell)))
    outlines = [
        (f"{facts['agency']}.{district}", _geojson(shapely.unary_union(parts, grid_size=GRID)))
        for district, parts in sorted(districts.items())
        if district
    ]
    return outlines + communes


def _cells(province: str, table: str) -> dict[tuple[str, str], BaseGeometry]:
    """The cell of each (district, commune) of the province."""
    points = _points(province, table)
    middles = _Middles(points)
    placed: dict[tuple[float, float], _Point | None] = {}
    for number, point in enumerate(points):
        own, good = point.province == province, middles.trust(point) and point.place not in placed
        if good:
            placed[point.place] = point if own else None
        elif own:
            placed[middles.beside(point, number)] = point
    polygons = shapely.voronoi_polygons(shapely.MultiPoint(list(placed)), ordered=True)
    # Beyond a coast or a border of the country no neighbours hold the cells back.
    reach = shapely.MultiPoint([place for place, point in placed.items() if point]).convex_hull.buffer(BEYOND)
    cut = shapely.intersection(shapely.get_parts(polygons), reach)
    cells = shapely.transform(cut, lambda xy: xy / (SHORTENING, 1.0))
    rounded = shapely.set_precision(cells, GRID)
    found = zip(placed.values(), rounded, strict=True)
    return {(point.district, point.commune): cell for point, cell in found if point}


@dataclass(frozen=True)
class _Point:
    """A commune and where it is said to lie, on a plane in degrees of latitude."""

    province: str
    district: str
    commune: str
    place: tuple[float, float]


class _Middles:
    """The middle of each district and how far from it a commune may lie."""

    def __init__(self, points: list[_Point]) -> None:
        members: dict[tuple[str, str], list[tuple[float, float]]] = defaultdict(list)
        for point in points:
            members[point.province, point.district].append(point.place)
        provinces: dict[tuple[float, float], set[str]] = defaultdict(set)
        for point in points:
            provinces[point.place].add(point.province)
        self._disputed = {place for place, claimants in provinces.items() if len(claimants) > 1}
        self._middle, self._reach = {}, {}
        for district, places in members.items():
            middle = np.median(np.array(places), axis=0)
            away = np.hypot(*(np.array(places) - middle).T)
            self._middle[district] = middle
            self._reach[district] = FAR * max(float(np.median(away)), LEAST_SPREAD)

    def trust(self, point: _Point) -> bool:
        """Whether the point can be right: of no other province too, and not much farther out than its neighbours."""
        district = (point.province, point.district)
        away = float(np.hypot(*(np.array(point.place) - self._middle[district])))
        # The middle of a whole province says nothing about where its communes may lie.
        return point.place not in self._disputed and (away <= self._reach[district] or not point.district)

    def beside(self, point: _Point, number: int) -> tuple[float, float]:
        """A place of its own near the middle of the point's district."""
        middle = self._middle[point.province, point.district]
        return float(middle[0] + SUSPECT_RING * np.cos(number)), float(middle[1] + SUSPECT_RING * np.sin(number))


def _points(province: str, table: str) -> list[_Point]:
    """The points of the province's communes, then of those around it."""
    with closing(open_admin_units()) as database:
        rows = database.execute(
            f"SELECT {table} WHERE wardCode IS NOT NULL AND wardLat IS NOT NULL "  # our own words
            "ORDER BY provinceCode != ?, wardCode",
            (province,),
        ).fetchall()
    points = [_Point(code, district, commune, (lon * SHORTENING, lat)) for code, district, commune, lon, lat in rows]
    own = np.array([point.place for point in points if point.province == province])
    # Without its outermost points, which may be wrong.
    low, high = np.quantile(own, 0.01, axis=0) - MARGIN, np.quantile(own, 0.99, axis=0) + MARGIN
    return [p for p in points if p.province == province or np.all((low <= p.place) & (high >= p.place))]


def _geojson(shape: BaseGeometry) -> dict[str, Any]:
    """The geometry with its points rounded, as plain lists."""
    geometry: dict[str, Any] = json.loads(shapely.to_geojson(shape))
    return {"type": geometry["type"], "coordinates": _rounded(geometry["coordinates"])}


def _rounded(coordinates: Any) -> Any:
    if isinstance(coordinates, list):
        return [_rounded(each) for each in coordinates]
    return round(coordinates, 4)
