"""How long the dossiers of a place took, in working days: a histogram with the usual and the slow ones marked."""

from dataclasses import dataclass

import polars as pl

from metrics import Spread, processing_days, spread_of
from pages import _format
from pages._histogram import histogram
from pages._html import escape, remark, svg_image, table
from pages._language import _
from pages._periods import period_text
from pages._strip import ticks_of
from pages.analysts._view import View

_MOST_BARS = 40


@dataclass(frozen=True)
class Days:
    """`counted`: working_days, dossiers; `bars`: name and number, the last one of all that took longer."""

    counted: pl.DataFrame
    usual: Spread
    bars: list[tuple[str, int]]


def days_of(view: View) -> Days:
    """The working days of the dossiers that were completed in the period."""
    counted = processing_days(
        view.here.counters,
        view.place.unit,
        view.period,
        view.place.scope,
        units_as="today" if view.asked.today else "period",
        today=view.asked.today,
    )
    found = {int(days): int(count) for days, count in counted.iter_rows()}
    last = min(max(found, default=0), _MOST_BARS - 1)
    bars = [(str(days), found.get(days, 0)) for days in range(last + 1)]
    longer = sum(count for days, count in found.items() if days > last)
    return Days(counted, spread_of(counted), [*bars, (f">{last}", longer)] if longer else bars)


def picture_of(view: View, days: Days) -> tuple[str, str]:
    """The SVG, and what it shows in a sentence. ValueError when nothing was completed."""
    usual = days.usual
    if usual.mean is None or usual.median is None or usual.percentile_90 is None:
        raise ValueError("a histogram of nothing")
    marked = [
        (usual.median, _("half within {n} working days", n=_number(usual.median))),
        (usual.percentile_90, _("90 % within {n} working days", n=_number(usual.percentile_90))),
    ]
    lines = [(min(value + 0.5, len(days.bars) - 0.5), text) for value, text in marked]
    heights = ticks_of([0.0, float(max(count for _name, count in days.bars))])
    ticks = [(height, _format.number(height)) for height in heights]
    svg = histogram(days.bars, lines, ticks, _("Working days from receipt to completion"))
    return svg, sentence_of(view, days)


def sentence_of(view: View, days: Days) -> str:
    """How many dossiers took how long."""
    usual = days.usual
    return _(
        "{place}, {period}: {n} dossiers completed, in {mean} working days on average, half of them within {median}, 90 % within {slow}.",  # noqa: E501
        place=view.units.label(view.place.unit),
        period=period_text(view.period),
        n=_format.number(int(days.counted["dossiers"].sum())),
        mean=_format.number(usual.mean, 1),
        median=_number(usual.median),
        slow=_number(usual.percentile_90),
    )


def _number(days: float | None) -> str:
    return _format.number(days, 0 if days is None or days == int(days) else 1)


def days_section(view: View) -> str:
    """The histogram and its table, as HTML."""
    days = days_of(view)
    if days.counted.is_empty():
        return f'<div class="ioc-empty">{escape(_("No dossier was completed here in this period."))}</div>'
    svg, said = picture_of(view, days)
    rows = [[escape(_number(float(taken))), _format.number(count)] for taken, count in days.counted.iter_rows()]
    inner = table([_("Working days"), _("Dossiers")], rows, "figures", figure="processing_days")
    more = f'<details class="ioc-more"><summary>{escape(_("The chart as a table"))}</summary>{inner}</details>'
    image = svg_image(svg, said)
    drawn = f'<div class="ioc-wide"><div class="ioc-chart ioc-chart-days">{image}</div></div>'
    return remark(said) + f'<div data-figure="processing_days">{drawn}{more}</div>'
