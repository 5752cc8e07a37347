"""A radar of shares, one axis each; an axis without data is dashed and left open, never drawn as full or as zero."""

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from itertools import pairwise
from math import cos, pi, sin

from exports.viewed import Picture
from pages._drawn import text
from pages._html import svg_image
from pages._palette import ACCENT, LINE, NO_DATA

_WIDTH, _HEIGHT, _RADIUS = 640, 430, 150
_X, _Y = _WIDTH / 2, _HEIGHT / 2
_RINGS = (0.25, 0.5, 0.75, 1.0)
_GAP = 0.09  # of the radius, between the outer ring and a name
_ASIDE = 130  # for the longest names in the drawing
_UPRIGHT = 0.1  # an axis that leans less stands straight up or down


@dataclass(frozen=True, kw_only=True)
class Axis:
    """`share` is 0 to 1, None where there is no data; `text` is the score as written, under the name."""

    name: str
    share: float | None
    text: str


def radar(axes: Sequence[Axis], description: str) -> str:
    """The drawing with its names as HTML; `description` is what a screen reader says of it."""
    names = "".join(_label(axis, angle) for axis, angle in zip(axes, _angles(axes), strict=True))
    return f'<div class="ioc-radar">{svg_image(_frame(_shape(axes)), description)}{names}</div>'


def drawn_radar(axes: Sequence[Axis], description: str) -> Picture:
    """The same drawing with the names inside, to be taken away."""
    names = "".join(_written(axis, angle) for axis, angle in zip(axes, _angles(axes), strict=True))
    return Picture(svg=_frame(_shape(axes) + names, _ASIDE), description=description)


def _angles(axes: Sequence[Axis]) -> list[float]:
    return [2 * pi * index / len(axes) - pi / 2 for index in range(len(axes))]


def _frame(inner: str, aside: int = 0) -> str:
    """The whole drawing; `aside`: how much more room there is on both sides."""
    frame = f'viewBox="{-aside} 0 {_WIDTH + 2 * aside} {_HEIGHT}" width="{_WIDTH + 2 * aside}" height="{_HEIGHT}"'
    return f'<svg xmlns="http://www.w3.org/2000/svg" {frame}>{inner}</svg>'


def _shape(axes: Sequence[Axis]) -> str:
    angles = _angles(axes)
    rings = "".join(_ring(angles, ring) for ring in _RINGS)
    spokes = "".join(_spoke(axis, angle) for axis, angle in zip(axes, angles, strict=True))
    ends = [None if axis.share is None else _at(angle, axis.share) for axis, angle in zip(axes, angles, strict=True)]
    sides = "".join(_side(one, other) for one, other in pairwise([*ends, ends[0]]) if one and other)
    dots = "".join(f'<circle cx="{end[0]:.1f}" cy="{end[1]:.1f}" r="4.5" fill="{ACCENT}"/>' for end in ends if end)
    return f"{rings}{spokes}{sides}{dots}"


def _at(angle: float, share: float) -> tuple[float, float]:
    return _X + _RADIUS * share * cos(angle), _Y + _RADIUS * share * sin(angle)


def _ring(angles: Sequence[float], share: float) -> str:
    corners = " ".join("{:.1f},{:.1f}".format(*_at(angle, share)) for angle in angles)
    return f'<polygon points="{corners}" fill="none" stroke="{LINE}"/>'


def _spoke(axis: Axis, angle: float) -> str:
    x, y = _at(angle, 1.0)
    look = f'stroke="{NO_DATA}" stroke-dasharray="5 5"' if axis.share is None else f'stroke="{LINE}"'
    return f'<line x1="{_X}" y1="{_Y}" x2="{x:.1f}" y2="{y:.1f}" {look}/>'


def _side(one: tuple[float, float], other: tuple[float, float]) -> str:
    """The piece between two neighbouring axes that both have data."""
    (x, y), (to_x, to_y) = one, other
    area = f'<path d="M{_X} {_Y}L{x:.1f} {y:.1f}L{to_x:.1f} {to_y:.1f}Z" fill="{ACCENT}" fill-opacity="0.18"/>'
    return f'{area}<path d="M{x:.1f} {y:.1f}L{to_x:.1f} {to_y:.1f}" stroke="{ACCENT}" stroke-width="2.5"/>'


def _label(axis: Axis, angle: float) -> str:
    x, y = _at(angle, 1 + _GAP)
    across, down = x / _WIDTH, y / _HEIGHT
    if abs(cos(angle)) < _UPRIGHT:
        place = f"left:50%;width:60%;margin-left:-30%;text-align:center;{'bottom' if sin(angle) < 0 else 'top'}:"
        place += f"{1 - down:.1%}" if sin(angle) < 0 else f"{down:.1%}"
    elif cos(angle) > 0:
        place = f"left:{across:.1%};right:0;top:{down:.1%};transform:translateY(-50%)"
    else:
        place = f"right:{1 - across:.1%};left:0;top:{down:.1%};transform:translateY(-50%);text-align:right"
    shown = "ioc-none" if axis.share is None else "ioc-small"
    text = f'<span class="{shown}">{escape(axis.text)}</span>'
    return f'<div style="{place}" aria-hidden="true"><b>{escape(axis.name)}</b><br>{text}</div>'


def _written(axis: Axis, angle: float) -> str:
    """Name and score of an axis as two lines in the drawing."""
    x, y = _at(angle, 1 + _GAP)
    anchor = "middle" if abs(cos(angle)) < _UPRIGHT else "start" if cos(angle) > 0 else "end"
    y += -20 if anchor == "middle" and sin(angle) < 0 else 10 if anchor == "middle" else -4
    name = text(axis.name, x, y, anchor=anchor, weight=600)
    return name + text(axis.text, x, y + 17, anchor=anchor, colour=NO_DATA, size=12)
