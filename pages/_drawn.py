"""Bars as a drawing that is taken away: what `_bars` and `_ranked` show as HTML, as SVG with its texts inside."""

from collections.abc import Sequence
from html import escape

from exports.viewed import Picture
from pages._badges import COLOURS, Standing
from pages._bars import Bar
from pages._palette import INK, MISSED_FILL, MUTED, NEAR_FILL, NEUTRAL_FILL, REACHED_FILL, TRACK

FILLS = {"reached": REACHED_FILL, "near": NEAR_FILL, "missed": MISSED_FILL, "none": NEUTRAL_FILL}
_ROW, _THICK, _TOP = 24, 16, 26
_WIDTH, _RANK, _LABEL, _RIGHT = 920, 34, 280, 250
_TRACK = _WIDTH - _RANK - _LABEL - _RIGHT
_IN_ONE = 32  # rows of one picture, so that it fits on a page


def drawn_bars(
    rows: Sequence[Bar], description: str, *, goals: Sequence[float | None] = (), goal_text: str = ""
) -> list[Picture]:
    """The rows on one scale, in as many pictures as pages need. `goals`: of each row, on the scale of the bars;
    `goal_text`: what the dashed line is."""
    aims = list(goals) or [None] * len(rows)
    reach = [
        0.0,
        *(row.value or 0.0 for row in rows),
        *(row.high or 0.0 for row in rows),
        *(aim or 0.0 for aim in aims),
    ]
    scale = max(reach) or 1.0
    aimed = list(zip(rows, aims, strict=True))
    parts = [aimed[start : start + _IN_ONE] for start in range(0, len(aimed), _IN_ONE)]
    return [Picture(svg=_svg(part, scale, goal_text), description=description) for part in parts]


def _svg(rows: Sequence[tuple[Bar, float | None]], scale: float, goal_text: str) -> str:
    inner = "".join(_row(row, aim, scale, _TOP + number * _ROW) for number, (row, aim) in enumerate(rows))
    aims = {aim for _row, aim in rows if aim is not None}
    if goal_text and aims:
        middle = _x(max(aims), scale)
        inner = text(goal_text, middle, 16, anchor="middle", colour=MUTED, size=12) + inner
    height = _TOP + len(rows) * _ROW + 4
    return f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {height}">{inner}</svg>'


def _x(value: float, scale: float) -> float:
    return _RANK + _LABEL + _TRACK * max(0.0, min(value / scale, 1.0))


def _row(row: Bar, aim: float | None, scale: float, top: float) -> str:
    left, middle, line = _RANK + _LABEL, top + _ROW / 2, top + _ROW / 2 + 4.5
    bar_top = middle - _THICK / 2
    drawn = [
        text(row.rank, _RANK - 10, line, anchor="end", colour=MUTED),
        text(row.label, _RANK, line),
        _box(left, bar_top, _TRACK, TRACK),
        _box(left, bar_top, _x(row.value or 0.0, scale) - left, FILLS[row.state]),
    ]
    if row.low is not None and row.high is not None:
        drawn.append(
            f'<path d="M{_x(row.low, scale):.1f} {middle}H{_x(row.high, scale):.1f}" stroke="{INK}" stroke-width="2"/>'
        )
    if aim is not None:
        x = _x(aim, scale)
        path = f"M{x:.1f} {bar_top - 3}V{bar_top + _THICK + 3}"
        drawn.append(f'<path d="{path}" stroke="{INK}" stroke-width="1.6" stroke-dasharray="4 2.5"/>')
    right = left + _TRACK + 14
    drawn += [mark(row.state, right, middle), text(row.text, right + 12, line, weight=600)]
    drawn.append(text(row.n, right + 88, line, colour=MUTED, size=12))
    return "".join(drawn)


def _box(x: float, y: float, width: float, colour: str) -> str:
    return f'<rect x="{x}" y="{y}" width="{width:.1f}" height="{_THICK}" fill="{colour}"/>'


def mark(state: Standing, x: float, y: float) -> str:
    """The shape of a state around a point; nothing for none."""
    colour = COLOURS[state]
    if state == "reached":
        return f'<circle cx="{x}" cy="{y}" r="4.5" fill="{colour}"/>'
    if state == "near":
        return f'<path d="M{x - 5} {y + 4.5}L{x} {y - 5}L{x + 5} {y + 4.5}Z" fill="{colour}"/>'
    return f'<rect x="{x - 4.5}" y="{y - 4.5}" width="9" height="9" fill="{colour}"/>' if state == "missed" else ""


def text(
    words: str, x: float, y: float, *, anchor: str = "start", colour: str = INK, size: float = 13, weight: int = 400
) -> str:
    """A line of text in a drawing, escaped; nothing for no words."""
    if not words:
        return ""
    look = f'font-size="{size}" font-weight="{weight}" fill="{colour}" text-anchor="{anchor}"'
    return f'<text x="{x:.1f}" y="{y:.1f}" {look}>{escape(words)}</text>'
