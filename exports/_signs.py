"""Signs that the shipped fonts lack, added when they are unpacked: comparators, arrows and the shapes of states.

Within a drawing typst changes the font of a whole line for one sign that is missing.
"""

from collections.abc import Callable
from math import cos, pi, sin

from fontTools.pens.ttGlyphPen import TTGlyphPen
from fontTools.ttLib import TTFont

Point = tuple[float, float]
_ADVANCE, _MIDDLE, _HALF = 720, 340, 290  # in thousandths of the type's size
_UP, _DOWN = 70, -290  # of the comparator and the bar under it
_CORNERS = 32  # enough for a circle


def add_signs(font: TTFont) -> None:
    """Put ≥ ≤ ≈ ● ○ ■ ▲ ▼ → ← into a font of 1000 units; those that it has already stay."""
    names = font.getBestCmap()
    for sign, draw in _drawings(names).items():
        if ord(sign) in names:
            continue
        pen = TTGlyphPen(font.getGlyphSet())
        draw(pen)
        name, width = f"uni{ord(sign):04X}", _ADVANCE
        if sign in "≥≤≈":
            width = font["hmtx"][names[ord(">")]][0]
        glyph = pen.glyph()
        font["glyf"][name] = glyph
        glyph.recalcBounds(font["glyf"])
        font["hmtx"][name] = (width, getattr(glyph, "xMin", 0))
        for table in font["cmap"].tables:
            if table.isUnicode():
                table.cmap[ord(sign)] = name
    # So that it numbers the new glyphs too.
    font.setGlyphOrder(list(font["glyf"].glyphOrder))


def _drawings(names: dict[int, str]) -> dict[str, Callable[[TTGlyphPen], None]]:
    return {
        "≥": lambda pen: _over(pen, names[ord(">")], names[ord("−")]),
        "≤": lambda pen: _over(pen, names[ord("<")], names[ord("−")]),
        "≈": lambda pen: _twice(pen, names[ord("~")]),
        "●": lambda pen: _polygon(pen, _circle(_HALF)),
        "○": _ring,
        "■": lambda pen: _polygon(pen, [(-260, 260), (260, 260), (260, -260), (-260, -260)]),
        "▲": lambda pen: _polygon(pen, [(0, 300), (310, -260), (-310, -260)]),
        "▼": lambda pen: _polygon(pen, [(0, -300), (-310, 260), (310, 260)]),
        "→": lambda pen: _polygon(pen, _arrow(1)),
        "←": lambda pen: _polygon(pen, _arrow(-1)[::-1]),
    }


def _over(pen: TTGlyphPen, comparator: str, bar: str) -> None:
    pen.addComponent(comparator, (1, 0, 0, 1, 0, _UP))
    pen.addComponent(bar, (1, 0, 0, 1, 0, _DOWN))


def _twice(pen: TTGlyphPen, wave: str) -> None:
    for shift in (100, -100):
        pen.addComponent(wave, (1, 0, 0, 1, 0, shift))


def _ring(pen: TTGlyphPen) -> None:
    _polygon(pen, _circle(_HALF))
    _polygon(pen, _circle(_HALF - 75)[::-1])


def _circle(radius: float) -> list[Point]:
    angles = [-2 * pi * corner / _CORNERS for corner in range(_CORNERS)]
    return [(radius * cos(angle), radius * sin(angle)) for angle in angles]


def _arrow(to: int) -> list[Point]:
    shaft, tip, back = 35, 300, 60
    corners = [(-tip, shaft), (back, shaft), (back, 170), (tip, 0), (back, -170), (back, -shaft), (-tip, -shaft)]
    return [(x * to, y) for x, y in corners]


def _polygon(pen: TTGlyphPen, corners: list[Point]) -> None:
    """A closed outline around the middle of the sign."""
    placed = [(round(x + _ADVANCE / 2), round(y + _MIDDLE)) for x, y in corners]
    pen.moveTo(placed[0])
    for corner in placed[1:]:
        pen.lineTo(corner)
    pen.closePath()
