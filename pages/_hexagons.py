"""A grid of hexagons, one for each unit, as near as can be to where it lies: every unit is equally visible."""

from collections.abc import Sequence
from functools import lru_cache
from html import escape
from math import cos, pi, sin, sqrt

import numpy as np
import shapely

from pages._marks import FILLS, Member, Spot, drawing, mark
from pages._outlines import Outlines
from pages._palette import GROUND, INK

_WIDTH = 1000.0
_CLOSER = 0.985  # the next try for the distance of two hexagons, of the one before
_KEPT = 8
Places = dict[str, tuple[float, float]]


@lru_cache(maxsize=_KEPT)
def arranged(drawn: Outlines) -> tuple[float, Places]:
    """The distance of two neighbouring hexagons and the middle of each unit's, in points of the outlines.

    Of all ways to give each unit a hexagon it is that with the least sum of squared distances.
    """
    # It takes half a second to import, and only this page needs it.
    from scipy.optimize import linear_sum_assignment

    codes = list(drawn.centres)
    wanted = np.array([drawn.centres[code] for code in codes])
    apart = sqrt(drawn.ground.area / len(codes) * 2 / sqrt(3))
    free = _inside(drawn, apart)
    while len(free) < len(codes):
        apart *= _CLOSER
        free = _inside(drawn, apart)
    squares = ((wanted[:, None, :] - free[None, :, :]) ** 2).sum(axis=2)
    units, places = linear_sum_assignment(squares)
    return apart, {
        codes[unit]: (float(free[at][0]), float(free[at][1])) for unit, at in zip(units, places, strict=True)
    }


def _inside(drawn: Outlines, apart: float) -> np.ndarray:
    """The middles of a hexagon grid that lie on the ground, row by row."""
    west, north, east, south = drawn.ground.bounds
    down = apart * sqrt(3) / 2
    rows = []
    for row in range(int((south - north) / down) + 2):
        across = np.arange(west + (apart / 2 if row % 2 else 0.0), east + apart, apart)
        rows.append(np.column_stack([across, np.full(len(across), north + row * down)]))
    grid = np.concatenate(rows)
    return np.asarray(grid[shapely.contains_xy(drawn.ground, grid)])


def hexagons(members: Sequence[Member], drawn: Outlines, short: dict[str, str]) -> tuple[str, list[Spot]]:
    """The SVG and where its hexagons are. `short`: what is written into each, by code."""
    apart, places = arranged(drawn)
    xs, ys = [x for x, _y in places.values()], [y for _x, y in places.values()]
    radius = apart / sqrt(3)
    left, top = min(xs) - apart / 2, min(ys) - radius
    scale = _WIDTH / (max(xs) + apart / 2 - left)
    height = (max(ys) + radius - top) * scale
    size = apart * scale

    def at(code: str) -> tuple[float, float]:
        x, y = places[code]
        return (x - left) * scale, (y - top) * scale

    cells = "".join(
        _cell(one, *at(one.code), size, short[one.code]) for one in sorted(members, key=lambda one: one.own)
    )
    svg = drawing(_WIDTH, height, cells)
    wide, high = size * 0.9 / _WIDTH, size * 0.9 / height
    middles = [(one, *at(one.code)) for one in members]
    return svg, [Spot(one, x / _WIDTH - wide / 2, y / height - high / 2, wide, high) for one, x, y in middles]


def _cell(one: Member, x: float, y: float, size: float, text: str) -> str:
    radius = size / sqrt(3)
    corners = [(x + radius * sin(side * pi / 3), y + radius * cos(side * pi / 3)) for side in range(6)]
    points = " ".join(f"{corner_x:.1f},{corner_y:.1f}" for corner_x, corner_y in corners)
    rim = f'stroke="{INK}" stroke-width="5"' if one.own else f'stroke="{GROUND}" stroke-width="3"'
    ink = INK if one.state in ("none", "near") else GROUND
    said = (
        f'<text x="{x:.1f}" y="{y + size * 0.28:.1f}" text-anchor="middle" font-size="{size * 0.3:.1f}" '
        f'font-weight="600" fill="{ink}">{escape(text)}</text>'
    )
    shape = mark(one.state, x, y - size * 0.2, size * 0.24, on_fill=True)
    return f'<polygon points="{points}" fill="{FILLS[one.state]}" {rim}/>{shape}{said}'
