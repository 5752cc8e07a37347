"""A funnel plot: the rate of each unit of a group against how many cases it has, with the limits of chance."""

from math import log10

from metrics import AT_95, AT_998, Funnel, funnel_limits
from pages import _format
from pages._language import _
from pages._names import indicator_name, short_name
from pages._palette import ACCENT, INK, LINE, MISSED, MUTED, NO_DATA, REACHED, TRACK
from pages.analysts._chance_view import Found, Row
from pages.analysts._chance_words import good
from pages.analysts._plot import WIDE, Key, Plot, area, dot, padded, rule, triangle

_SIZES = 60
_MOST_LABELS, _MOST_LABELS_NARROW = 16, 6
_GROUP = f'stroke="{INK}" stroke-width="1.5"'
_NAMING = f'stroke="{MUTED}" stroke-width="1.5" stroke-dasharray="5 3"'
_ROUND = (1, 2, 5)


def funnel_description(found: Found) -> str:
    """What the drawing shows, for who does not see it."""
    return _(
        "Funnel plot: {indicator} of each unit against its number of cases, with the limits of chance. The same figures stand in the table below.",  # noqa: E501
        indicator=indicator_name(found.view.indicator, found.view.period.end),
    )


def funnel_plot(found: Found, funnel: Funnel, width: int = WIDE) -> str:
    """The drawing as SVG in so many px: limits as areas, those outside as named triangles, the chosen unit ringed."""
    sizes = sorted({spot.part.denominator for spot in funnel.spots})
    least, most = sizes[0] * 0.85, min(sizes[-1] * 1.15, funnel.whole.denominator)
    middle = funnel_limits(sizes[len(sizes) // 2], funnel.whole, AT_998)
    low, high = padded([*middle, *(row.value for row in found.rows)], most=1.0)
    span = log10(most / least)
    plot = Plot(width, low, high, lambda size: log10(size / least) / span, _keys(found, funnel))
    curve = sorted({*sizes, *(max(round(least * (most / least) ** (step / _SIZES)), 1) for step in range(_SIZES + 1))})
    curve = [size for size in curve if least <= size <= most]
    for among, colour in ((AT_998, TRACK), (AT_95, LINE)):
        limits = [(size, funnel_limits(size, funnel.whole, among)) for size in curve]
        edge = [(size, limit.high) for size, limit in limits] + [(size, limit.low) for size, limit in reversed(limits)]
        plot.path(edge, f'fill="{colour}"', "Z")
    for side in (0, 1):
        edge = [(size, funnel_limits(size, funnel.whole, funnel.among)[side]) for size in curve]
        plot.path(edge, f'fill="none" {_NAMING}')
    plot.level(funnel.whole.value or 0.0, _GROUP)
    _draw_units(plot, found, _MOST_LABELS if width == WIDE else _MOST_LABELS_NARROW)
    plot.scale(found.view.indicator)
    plot.foot([(tick, _format.number(tick)) for tick in _round_sizes(least, most)], _("number of cases (n)"))
    return plot.svg()


def _draw_units(plot: Plot, found: Found, most_labels: int) -> None:
    mine = found.view.mine
    within_first = sorted(found.rows, key=lambda row: (row.spot.unit == mine, abs(row.spot.named)))
    for row in within_first:
        x, y = plot.across(row.spot.part.denominator), plot.up(row.value)
        plot.keep_free(x, y)
        plot.drawn.append(triangle(row.spot.named, x, y, _colour(row, found)) if row.spot.named else dot(x, y, NO_DATA))
        if row.spot.unit == mine:
            plot.drawn.append(
                f'<circle cx="{x:.1f}" cy="{y:.1f}" r="10" fill="none" stroke="{ACCENT}" stroke-width="2.5"/>'
            )
    named = sorted((row for row in found.rows if row.spot.named), key=lambda row: -abs(row.value - _middle(found)))
    own = [row for row in found.rows if row.spot.unit == mine]
    for row in [*own, *(row for row in named if row.spot.unit != mine)][:most_labels]:
        x, y = plot.across(row.spot.part.denominator), plot.up(row.value)
        gap, weight = (14, 700) if row.spot.unit == mine else (10, 400)
        plot.label(short_name(row.name), x, y, gap=gap, weight=weight, colour=INK)


def _middle(found: Found) -> float:
    return (found.funnel.whole.value if found.funnel else None) or 0.0


def _colour(row: Row, found: Found) -> str:
    colours = {True: REACHED, False: MISSED, None: ACCENT}
    return colours[good(row.spot.named, found.view.indicator)]


def _keys(found: Found, funnel: Funnel) -> list[Key]:
    keys = [
        (area(LINE), _("95 %: chance alone leaves 1 of 20 outside")),
        (area(TRACK), _("99.8 %: 1 of 500")),
        (rule(_NAMING), _("named beyond: 1 % for all {n} together", n=_format.number(funnel.among))),
        (rule(_GROUP), _("whole group {rate}", rate=_format.percent(funnel.whole.value))),
        (triangle(1, 8, 0, MUTED) + triangle(-1, 22, 0, MUTED), _("higher, lower than chance explains")),
        (dot(13, 0, NO_DATA), _("within chance")),
    ]
    if any(row.spot.unit == found.view.mine for row in found.rows):
        ring = f'<circle cx="13" cy="0" r="7" fill="none" stroke="{ACCENT}" stroke-width="2.5"/>'
        keys.append((ring, found.units.label(found.view.mine)))
    return keys


def _round_sizes(least: float, most: float) -> list[float]:
    """1, 2, 5, 10, 20 … within the range; of many only the powers of ten with their halves."""
    found = [float(times * 10**power) for power in range(8) for times in _ROUND]
    found = [size for size in found if least <= size <= most]
    return found if len(found) <= 7 else [size for size in found if str(size)[0] != "2"]
