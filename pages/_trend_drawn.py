"""The line over twelve months as a drawing that is taken away: with its texts inside."""

from collections.abc import Sequence

from exports.viewed import Picture
from pages._drawn import text
from pages._palette import ACCENT, INK, LINE, MUTED
from pages._trend import Point

_WIDTH, _HEIGHT = 920, 260
_LEFT, _RIGHT, _TOP, _FOOT = 40, 90, 30, 34


def drawn_trend(points: Sequence[Point], goal: float | None, goal_text: str, description: str) -> list[Picture]:
    """The line, each value named; nothing where there is no value at all."""
    known = [point.value for point in points if point.value is not None]
    if not known:
        return []
    reach = [*known, *([] if goal is None else [goal])]
    low, high = min(reach), max(reach)
    room = high - low or abs(high) or 1.0

    def x(index: int) -> float:
        return _LEFT + (_WIDTH - _LEFT - _RIGHT) * index / max(len(points) - 1, 1)

    def y(value: float) -> float:
        return _HEIGHT - _FOOT - 14 - (_HEIGHT - _TOP - _FOOT - 14) * (value - low) / room

    floor = _HEIGHT - _FOOT
    drawn = [f'<path d="M{_LEFT} {floor}H{_WIDTH - _RIGHT}" stroke="{LINE}"/>']
    if goal is not None:
        rule = f"M{_LEFT} {y(goal):.1f}H{_WIDTH - _RIGHT}"
        drawn.append(f'<path d="{rule}" stroke="{MUTED}" stroke-width="1.5" stroke-dasharray="6 4"/>')
        drawn.append(text(goal_text, _WIDTH - _RIGHT + 10, y(goal) + 4, colour=MUTED))
    path, pen = "", "M"
    for index, point in enumerate(points):
        drawn.append(text(point.month, x(index), floor + 20, anchor="middle", colour=MUTED, size=12))
        if point.value is None:
            pen = "M"
            continue
        path, pen = f"{path}{pen}{x(index):.1f} {y(point.value):.1f}", "L"
        drawn.append(f'<circle cx="{x(index):.1f}" cy="{y(point.value):.1f}" r="3.5" fill="{ACCENT}"/>')
        drawn.append(text(point.text, x(index), y(point.value) - 8, anchor="middle", colour=INK, size=11))
    drawn.append(f'<path d="{path}" fill="none" stroke="{ACCENT}" stroke-width="2"/>')
    svg = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {_HEIGHT}">{"".join(drawn)}</svg>'
    return [Picture(svg=svg, description=description)]
