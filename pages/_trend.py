"""A line over twelve months with the target as a rule; the same numbers stand below as a table."""

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

from pages._html import remark, svg_image, table
from pages._language import _
from pages._palette import ACCENT, MUTED

_HEADROOM = 0.12  # of the range, above and below
_NEAR = 0.13  # of the height: closer labels would overlap
_MONTHS_APART = 3  # of the names shown on a narrow screen


@dataclass(frozen=True, kw_only=True)
class Point:
    """A month: its name, its value (None: nothing to count) and the value and n as written."""

    month: str
    value: float | None
    text: str
    n: str = ""


def trend_chart(points: Sequence[Point], goal: float | None, goal_text: str, description: str, figure: str) -> str:
    """The line as HTML; `figure`: the key of the indicator that it shows; a sentence when there is no value at all."""
    known = [point.value for point in points if point.value is not None]
    if not known:
        return remark(_("Nothing to count in these twelve months."))
    low, high = min([*known, *_some(goal)]), max([*known, *_some(goal)])
    room = (high - low or abs(high) or 1.0) * _HEADROOM
    low, high = max(low - room, 0.0) if low >= 0 else low - room, high + room
    heights = [None if point.value is None else 1 - (point.value - low) / (high - low) for point in points]
    rule = None if goal is None else 1 - (goal - low) / (high - low)
    image = svg_image(_line(heights, rule), description)
    marks = "".join(_mark(index, len(points), point, heights) for index, point in enumerate(points))
    named = "" if rule is None else _rule_name(rule, heights, goal_text)
    return f'<div data-figure="{figure}"><div class="ioc-trend">{image}{marks}{named}</div>{_as_table(points)}</div>'


def _line(heights: Sequence[float | None], rule: float | None) -> str:
    path, pen = "", "M"
    for index, height in enumerate(heights):
        if height is None:
            pen = "M"
            continue
        path, pen = f"{path}{pen}{_across(index, len(heights)) * 1000:.0f} {height * 100:.2f}", "L"
    style = 'fill="none" vector-effect="non-scaling-stroke"'
    dashed = ""
    if rule is not None:
        dashed = (
            f'<path d="M0 {rule * 100:.2f}H1000" stroke="{MUTED}" stroke-width="1.5" stroke-dasharray="6 4" {style}/>'
        )
    line = f'<path d="{path}" stroke="{ACCENT}" stroke-width="2.5" stroke-linejoin="round" {style}/>'
    frame = 'viewBox="0 0 1000 100" preserveAspectRatio="none" width="1000" height="100"'
    return f'<svg xmlns="http://www.w3.org/2000/svg" {frame}>{dashed}{line}</svg>'


def _mark(index: int, count: int, point: Point, heights: Sequence[float | None]) -> str:
    left, height = f"left:{_across(index, count):.1%}", heights[index]
    spare = "" if index % _MONTHS_APART == _MONTHS_APART - 1 else " ioc-spare"
    month = f'<span class="ioc-month{spare}" style="{left}">{escape(point.month)}</span>'
    if height is None:
        return month
    dot = f'<span class="ioc-dot" style="{left};top:{height:.1%}"></span>'
    known = [place for place, other in enumerate(heights) if other is not None]
    if index not in (known[0], known[-1]):
        return dot + month
    side = "ioc-last" if index == known[-1] else "ioc-first"
    return f'{dot}<span class="ioc-mark {side}" style="{left};top:{height:.1%}">{escape(point.text)}</span>{month}'


def _rule_name(rule: float, heights: Sequence[float | None], text: str) -> str:
    """The target's name at the end of its rule, moved away from the last value's."""
    last = heights[-1]
    shift = 0.0
    if last is not None and abs(last - rule) < _NEAR:
        shift = _NEAR if rule >= last else -_NEAR
    return f'<span class="ioc-rule-name" style="top:{rule + shift:.1%}">{escape(text)}</span>'


def _across(index: int, count: int) -> float:
    return (index + 0.5) / max(count, 1)


def _as_table(points: Sequence[Point]) -> str:
    rows = [[escape(point.month), escape(point.text), escape(point.n)] for point in points]
    inner = table([_("Month"), _("Value"), _("Numerator / denominator")], rows, "figures")
    return f'<details class="ioc-more"><summary>{escape(_("The line as a table"))}</summary>{inner}</details>'


def _some(value: float | None) -> list[float]:
    return [] if value is None else [value]
