"""A strip: every unit a mark at its value; targets and what else is to be named are lines."""

from collections.abc import Sequence
from html import escape
from itertools import count
from math import floor, log10

from pages._marks import Member, Spot, drawing, mark
from pages._palette import INK, LINE, MUTED

WIDTH, _SIZE, _SIDE = 1000, 11, 26
_FOOT, _WORDS = 26, 15


def strip(
    members: Sequence[Member], lines: Sequence[tuple[float, str]], ticks: Sequence[tuple[float, str]]
) -> tuple[str, list[Spot]]:
    """The SVG and where its marks are. `lines`: values with their words, such as targets; `ticks`: those of the axis,
    the first and the last are its ends. Members without a value are left out."""
    low, high = ticks[0][0], ticks[-1][0]

    def x(value: float) -> float:
        return _SIDE + (WIDTH - 2 * _SIDE) * (value - low) / ((high - low) or 1.0)

    shown = sorted((one for one in members if one.value is not None), key=lambda one: one.value or 0.0)
    levels = _levels([x(one.value or 0.0) for one in shown])
    rows = max(map(abs, levels), default=0)
    top = len(lines) * _WORDS + 8
    middle = top + rows * _SIZE + _SIZE
    bottom = middle + rows * _SIZE + _SIZE
    height = bottom + _FOOT
    axis = "".join(_tick(x(value), top, bottom, text) for value, text in ticks)
    ruled = "".join(_line(x(value), bottom, text, row) for row, (value, text) in enumerate(lines))
    placed = [(one, x(one.value or 0.0), middle + level * _SIZE) for one, level in zip(shown, levels, strict=True)]
    marks = "".join(mark(one.state, at, y, _SIZE, own=one.own) for one, at, y in sorted(placed, key=_own_last))
    svg = drawing(WIDTH, height, f"{axis}{ruled}{marks}")
    side = _SIZE / WIDTH, _SIZE / height
    return svg, [Spot(one, at / WIDTH - side[0] / 2, y / height - side[1] / 2, *side) for one, at, y in placed]


def ticks_of(values: Sequence[float], *, most: float | None = None) -> list[float]:
    """Round values from below the least to above the greatest, about five steps apart; `most`: none is above it."""
    low, high = min(values), max(values)
    rough = (high - low) / 5 or abs(high) / 5 or 0.2
    power = 10.0 ** floor(log10(rough))
    step = next(factor * power for factor in (1, 2, 5, 10) if factor * power >= rough * 0.999)
    first = floor(low / step) * step
    found = [first]
    while found[-1] < high - step * 1e-9:
        found.append(first + len(found) * step)
    if len(found) == 1:
        found.append(first + step)
    return [value for value in found if most is None or value <= most + 1e-9]


def _levels(places: Sequence[float]) -> list[int]:
    """How many marks above (−) or below (+) the middle each must lie so that none lies on another; places rise."""
    last: dict[int, float] = {}
    found = []
    for place in places:
        tried = ((number + 1) // 2 * (1 if number % 2 else -1) for number in count())
        level = next(level for level in tried if level not in last or place - last[level] >= _SIZE)
        last[level] = place
        found.append(level)
    return found


def _own_last(placed: tuple[Member, float, float]) -> bool:
    return placed[0].own


def _tick(x: float, top: float, bottom: float, text: str) -> str:
    label = f'<text x="{x:.1f}" y="{bottom + 18:.0f}" text-anchor="middle" fill="{MUTED}">{escape(text)}</text>'
    return f'<path d="M{x:.1f} {top:.0f}V{bottom:.0f}" stroke="{LINE}"/>{label}'


def _line(x: float, bottom: float, text: str, row: int) -> str:
    """A rule with its words on top; they stand on the side that has more room."""
    right = x < WIDTH / 2
    at = x + 5 if right else x - 5
    rule = f'<path d="M{x:.1f} 4V{bottom:.0f}" stroke="{INK}" stroke-width="1.5" stroke-dasharray="6 4"/>'
    anchor = "start" if right else "end"
    return f'{rule}<text x="{at:.1f}" y="{14 + _WORDS * row}" text-anchor="{anchor}" fill="{INK}">{escape(text)}</text>'
