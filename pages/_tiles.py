"""Headline figures: value, standing, target, change, n, data time and a small trend."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from html import escape

from pages._badges import Standing, standing_badge
from pages._html import svg_image
from pages._links import about
from pages._palette import ACCENT, MUTED

_WIDTH, _HEIGHT, _EDGE = 150, 44, 4
_EMPTY_LINE = '<div class="ioc-line">&nbsp;</div>'


@dataclass(frozen=True, kw_only=True)
class Tile:
    """One headline figure; all texts are in the visitor's language already.

    `figure` the key of the indicator that it comes from, so that its definition is one click away; `value` the figure,
    `unit` small behind it, `state` its standing, `target` and `change` a phrase each or empty,
    `n` what it counts, `data_time` until when; `warning` a phrase shown loudly when the data is late; `trend` values
    old to new with gaps as None, `goal` the target's height in the trend,
    `trend_text` says the trend in words; `mark`: behind the name, as HTML.
    """

    figure: str
    name: str
    value: str
    unit: str = ""
    state: Standing = "none"
    target: str = ""
    change: str = ""
    n: str = ""
    data_time: str = ""
    warning: str = ""
    definition: str = ""
    trend: Sequence[float | None] = field(default_factory=tuple)
    goal: float | None = None
    trend_text: str = ""
    mark: str = ""


def tiles(figures: Sequence[Tile], *, dense: bool = False) -> str:
    """Headline figures side by side, as HTML; they wrap on a narrow screen. `dense`: no room kept for empty lines."""
    inner = "".join(_tile(figure) for figure in figures)
    return f'<div class="ioc-tiles">{inner.replace(_EMPTY_LINE, "") if dense else inner}</div>'


def _tile(tile: Tile) -> str:
    # With a target the colour says reached or not; without one the figure stays neutral.
    judged = standing_badge(tile.state) if tile.state != "none" else ""
    line = " ".join(part for part in (judged, escape(tile.target)) if part) or "&nbsp;"
    warning = f'<div class="ioc-warning">▲ {escape(tile.warning)}</div>' if tile.warning else ""
    unit = f' <span class="ioc-unit">{escape(tile.unit)}</span>' if tile.unit else ""
    drawing = svg_image(sparkline(tile.trend, tile.goal), tile.trend_text, "ioc-spark") if any_value(tile.trend) else ""
    small = " · ".join(escape(part) for part in (tile.n, tile.data_time) if part)
    colour = f"ioc-{tile.state}" if tile.state != "none" else "ioc-plain"
    return (
        f'<section class="ioc-tile" data-figure="{tile.figure}" title="{escape(tile.definition)}">'
        f"<h2>{about(tile.figure, tile.name)}{tile.mark}</h2>"
        f'<div class="ioc-row"><div class="ioc-value {colour}">{escape(tile.value)}{unit}</div>{drawing}</div>'
        f'<div class="ioc-line">{line}</div><div class="ioc-line">{escape(tile.change) or "&nbsp;"}</div>'
        f'{warning}<div class="ioc-small">{small}</div></section>'
    )


def any_value(values: Sequence[float | None]) -> bool:
    """Whether there are two values at least, so that a line can be drawn."""
    return sum(value is not None for value in values) >= 2


def sparkline(values: Sequence[float | None], goal: float | None = None) -> str:
    """The SVG of a small line, old to new, broken at gaps, with the goal as a dashed rule and a dot at the end."""
    known = [value for value in values if value is not None]
    low, high = min([*known, *_some(goal)]), max([*known, *_some(goal)])
    height = (high - low) or 1.0

    def x(index: int) -> float:
        return _EDGE + (_WIDTH - 2 * _EDGE) * index / max(len(values) - 1, 1)

    def y(value: float) -> float:
        return _HEIGHT - _EDGE - (_HEIGHT - 2 * _EDGE) * (value - low) / height

    path, pen = "", "M"
    for index, value in enumerate(values):
        if value is None:
            pen = "M"
            continue
        path, pen = f"{path}{pen}{x(index):.1f} {y(value):.1f}", "L"
    rule = (
        f'<path d="M0 {y(goal):.1f}H{_WIDTH}" stroke="{MUTED}" stroke-dasharray="3 3" fill="none"/>'
        if goal is not None
        else ""
    )
    last = max(index for index, value in enumerate(values) if value is not None)
    dot = f'<circle cx="{x(last):.1f}" cy="{y(float(values[last] or 0)):.1f}" r="3" fill="{ACCENT}"/>'
    line = f'<path d="{path}" stroke="{ACCENT}" stroke-width="2" fill="none" stroke-linejoin="round"/>'
    return f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {_HEIGHT}">{rule}{line}{dot}</svg>'


def _some(value: float | None) -> list[float]:
    return [] if value is None else [value]
