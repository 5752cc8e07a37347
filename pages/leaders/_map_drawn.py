"""The map of communes as a drawing that is taken away: the same cells and outlines, with its legend inside."""

from collections.abc import Sequence
from math import cos, radians
from typing import Any

from exports.viewed import Picture
from pages._drawn import text
from pages._language import _
from pages._live import Live
from pages._marks import FILLS
from pages._palette import GROUND, INK
from pages.leaders._map import Row, cells_of, points_of, state_text

_WIDTH, _HEIGHT, _LEGEND, _LINE = 720, 520, 30, 220
Cells = dict[str, dict[str, Any]]


def drawn_map(here: Live, rows: Sequence[Row]) -> list[Picture]:
    """The map in one picture; none when the store has no shapes."""
    cells = cells_of(here)
    drawn = [row for row in rows if row["unit"] in cells]
    if not drawn:
        return []
    place = _Place([cells[row["unit"]] for row in drawn])
    edge = f'stroke="{GROUND}" stroke-width="0.7"'
    communes = "".join(
        f'<path d="{place.path(cells[row["unit"]])}" fill="{FILLS[row["state"]]}" {edge}/>' for row in drawn
    )
    inside = {row["unit"] for row in rows}
    around = "".join(
        f'<path d="{place.path(shape)}" fill="none" stroke="{INK}" stroke-width="1.4"/>'
        for code, shape in cells.items()
        if code not in inside
    )
    inner = communes + around + _legend(drawn)
    svg = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {_HEIGHT + _LEGEND}">{inner}</svg>'
    return [Picture(svg=svg, description=_("Map of communes; the table below holds its figures."))]


class _Place:
    """Longitude and latitude to places in the drawing."""

    def __init__(self, shapes: Sequence[dict[str, Any]]) -> None:
        points = [point for shape in shapes for point in points_of(shape["coordinates"])]
        west, east = min(x for x, _y in points), max(x for x, _y in points)
        south, north = min(y for _x, y in points), max(y for _x, y in points)
        self._shrink = cos(radians((south + north) / 2))
        self._scale = min(_WIDTH / ((east - west) * self._shrink), (_HEIGHT - 8) / (north - south))
        self._west = west - (_WIDTH / self._scale / self._shrink - (east - west)) / 2
        self._north = north

    def path(self, shape: dict[str, Any]) -> str:
        """A geometry as the path of an SVG."""
        polygons = [shape["coordinates"]] if shape["type"] == "Polygon" else shape["coordinates"]
        return "".join(self._ring(ring) for polygon in polygons for ring in polygon)

    def _ring(self, ring: Sequence[Sequence[float]]) -> str:
        places = (
            f"{(x - self._west) * self._shrink * self._scale:.1f} {(self._north - y) * self._scale + 4:.1f}"
            for x, y in ring
        )
        return f"M{'L'.join(places)}Z"


def _legend(rows: Sequence[Row]) -> str:
    """Every state on the map with its colour and words, below it."""
    states = {state_text(row): FILLS[row["state"]] for row in rows}
    drawn = ""
    for number, (words, colour) in enumerate(sorted(states.items())):
        x, y = number * _LINE % _WIDTH, _HEIGHT + 6
        drawn += f'<rect x="{x}" y="{y}" width="16" height="16" fill="{colour}"/>{text(words, x + 24, y + 13)}'
    return drawn
