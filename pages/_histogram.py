"""A histogram of working days: a bar for each number of days, the median and the 90th percentile as lines."""

from collections.abc import Sequence
from html import escape

from pages._marks import drawing
from pages._palette import ACCENT, INK, LINE, MUTED

_WIDTH, _HEIGHT = 1000, 280
_LEFT, _RIGHT, _TOP, _FOOT = 60, 20, 46, 46
_MOST_NAMES = 20


def histogram(
    bars: Sequence[tuple[str, float]], lines: Sequence[tuple[float, str]], ticks: Sequence[tuple[float, str]], axis: str
) -> str:
    """The SVG. `bars`: name and height of each, from left to right; `lines`: their place in numbers of bars, with
    words; `ticks`: heights with their words, from 0 up; `axis`: what the bars are."""
    most = ticks[-1][0] or 1.0
    step = (_WIDTH - _LEFT - _RIGHT) / max(len(bars), 1)
    floor = _HEIGHT - _FOOT

    def y(height: float) -> float:
        return floor - (floor - _TOP) * height / most

    rules = "".join(
        f'<path d="M{_LEFT} {y(height):.1f}H{_WIDTH - _RIGHT}" stroke="{LINE}"/>'
        f'<text x="{_LEFT - 6}" y="{y(height) + 5:.1f}" text-anchor="end" fill="{MUTED}">{escape(text)}</text>'
        for height, text in ticks
    )
    every = -(-len(bars) // _MOST_NAMES)
    drawn = "".join(
        f'<rect x="{_LEFT + place * step + step * 0.08:.1f}" y="{y(height):.1f}" width="{step * 0.84:.1f}" '
        f'height="{floor - y(height):.1f}" fill="{ACCENT}"/>' + _named(place, step, floor, name, every)
        for place, (name, height) in enumerate(bars)
    )
    marked = "".join(_line(_LEFT + place * step, floor, text, row) for row, (place, text) in enumerate(lines))
    said = (
        f'<text x="{(_LEFT + _WIDTH) / 2}" y="{_HEIGHT - 6}" text-anchor="middle" fill="{MUTED}">{escape(axis)}</text>'
    )
    return drawing(_WIDTH, _HEIGHT, f"{rules}{drawn}{marked}{said}")


def _named(place: int, step: float, floor: float, name: str, every: int) -> str:
    if place % every:
        return ""
    x = _LEFT + (place + 0.5) * step
    return f'<text x="{x:.1f}" y="{floor + 17}" text-anchor="middle" fill="{MUTED}">{escape(name)}</text>'


def _line(x: float, floor: float, text: str, row: int) -> str:
    right = x < _WIDTH * 0.65
    at, anchor = (x + 5, "start") if right else (x - 5, "end")
    rule = f'<path d="M{x:.1f} {6 + row * 18}V{floor}" stroke="{INK}" stroke-width="1.5" stroke-dasharray="6 4"/>'
    return f'{rule}<text x="{at:.1f}" y="{18 + row * 18}" text-anchor="{anchor}" fill="{INK}">{escape(text)}</text>'
