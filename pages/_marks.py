"""Marks of a drawing: a shape for each state, so that colour is never alone; and what lies over a drawing to be found
by the pointer."""

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

from pages._badges import Standing
from pages._palette import FEW_FILL, GROUND, INK, MISSED_FILL, NEAR_FILL, NO_DATA, REACHED_FILL

FILLS: dict[Standing, str] = {
    "reached": REACHED_FILL,
    "near": NEAR_FILL,
    "missed": MISSED_FILL,
    "none": FEW_FILL,
}
_FONT = "'Be Vietnam Pro', sans-serif"


@dataclass(frozen=True, kw_only=True)
class Member:
    """One unit of a distribution: its value (None: nothing to count), that and n as written, its state in a word, and
    where a click on it leads. `own`: the unit asked about."""

    code: str
    name: str
    value: float | None
    text: str
    n: str
    state: Standing
    state_text: str
    href: str
    own: bool = False

    @property
    def said(self) -> str:
        """Everything in a line."""
        return " · ".join(part for part in (f"{self.name}: {self.text}", self.n, self.state_text) if part)


@dataclass(frozen=True)
class Spot:
    """A place of a drawing, in shares of its width and height, that leads somewhere."""

    member: Member
    left: float
    top: float
    width: float
    height: float


def drawing(width: float, height: float, inner: str, size: float = 14) -> str:
    """An SVG of this size around drawn parts, its texts in the font of the pages."""
    frame = f'viewBox="0 0 {width:g} {height:.0f}" width="{width:g}" height="{height:.0f}"'
    # Not on the root: whoever writes it to paper sets the font there.
    texts = f'<g font-family="{_FONT}" font-size="{size:g}">{inner}</g>'
    return f'<svg xmlns="http://www.w3.org/2000/svg" {frame}>{texts}</svg>'


def mark(state: Standing, x: float, y: float, size: float, *, on_fill: bool = False, own: bool = False) -> str:
    """The shape of a state around a point, as SVG: disc, triangle, square, ring. `on_fill`: it lies on the state's own
    colour, so it is light; `own`: with a dark rim."""
    half = size / 2
    colour = (INK if state == "none" else GROUND) if on_fill else FILLS[state]
    rim = f' stroke="{INK}" stroke-width="2"' if own else f' stroke="{GROUND}" stroke-width="0.6"'
    if state == "near":
        points = f"{x:.1f},{y - half:.1f} {x + half:.1f},{y + half:.1f} {x - half:.1f},{y + half:.1f}"
        return f'<polygon points="{points}" fill="{colour}"{rim}/>'
    if state == "missed":
        side = f'width="{size * 0.9:.1f}" height="{size * 0.9:.1f}"'
        return f'<rect x="{x - half * 0.9:.1f}" y="{y - half * 0.9:.1f}" {side} fill="{colour}"{rim}/>'
    if state == "none":
        ring = INK if on_fill or own else NO_DATA
        return (
            f'<circle cx="{x:.1f}" cy="{y:.1f}" r="{half * 0.8:.1f}" fill="none" stroke="{ring}" '
            f'stroke-width="{max(size * 0.16, 1.2):.1f}"/>'
        )
    return f'<circle cx="{x:.1f}" cy="{y:.1f}" r="{half:.1f}" fill="{colour}"{rim}/>'


def spots(found: Sequence[Spot]) -> str:
    """Links over a drawing for the pointer, each with its words; the keyboard has those of the table beside it."""
    return "".join(
        f'<a href="{escape(spot.member.href)}" target="_self" data-follow="1" tabindex="-1" aria-hidden="true" '
        f'title="{escape(spot.member.said)}" style="left:{spot.left:.2%};top:{spot.top:.2%};'
        f'width:{spot.width:.2%};height:{spot.height:.2%}"></a>'
        for spot in found
    )
