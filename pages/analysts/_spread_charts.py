"""The distribution drawn: strip, map and hexagons, each with its words, and the same figures as a table."""

from dataclasses import dataclass

from metrics import Indicator
from pages import _format
from pages._badges import SHAPES
from pages._hexagons import hexagons
from pages._html import escape, h2, remark, svg_image, table
from pages._language import _
from pages._links import link
from pages._marks import Member, Spot, spots
from pages._names import indicator_name
from pages._outline_map import outline_map
from pages._outlines import outlines
from pages._periods import period_text
from pages._strip import strip, ticks_of
from pages.analysts._spread import Spread, spread_over
from pages.analysts._view import View


@dataclass(frozen=True)
class Chart:
    """A drawing: what kind, its SVG, what it shows, and the spots that lead somewhere."""

    kind: str
    svg: str
    description: str
    spots: list[Spot]


def charts_of(view: View, found: Spread) -> list[Chart]:
    """The strip, and map and hexagons where the store has the outlines; none where nothing was counted."""
    known = [member for member in found.members if member.value is not None]
    if not known:
        return []
    said = _said(view, known)
    values = [member.value for member in known if member.value is not None]
    ends = ticks_of([*values, *(value for value, _text in found.lines)], most=_most(view.indicator))
    ticks = [(value, _axis_text(view.indicator, value)) for value in ends]
    svg, places = strip(found.members, found.lines, ticks)
    charts = [Chart("strip", svg, _("Strip: {said}", said=said), places)]
    drawn = outlines(view.here, view.units, [member.code for member in found.members])
    if drawn is None:
        return charts
    svg, places = outline_map(found.members, drawn)
    charts.append(Chart("map", svg, _("Schematic map: {said}", said=said), places))
    short = {member.code: _short(view.indicator, member) for member in found.members}
    svg, places = hexagons(found.members, drawn, short)
    charts.append(Chart("hexagons", svg, _("Hexagon for each unit: {said}", said=said), places))
    return charts


def _most(indicator: Indicator) -> float | None:
    return 1.0 if indicator.form == "rate" else None


def _axis_text(indicator: Indicator, value: float) -> str:
    if indicator.form == "rate":
        return _format.short_percent(value)
    return _format.number(value, 0 if value == int(value) else 1)


def _short(indicator: Indicator, member: Member) -> str:
    if member.value is None:
        return "–"
    return _format.number(member.value * 100 if indicator.form == "rate" else member.value)


def _said(view: View, known: list[Member]) -> str:
    """What is drawn, of whom, and the outermost values."""
    ordered = sorted(known, key=lambda member: member.value or 0.0)
    return _(
        "{indicator}, {place}, {period}: {n} units from {low} ({lowest}) to {high} ({highest}).",
        indicator=indicator_name(view.indicator, view.period.end),
        place=view.name(),
        period=period_text(view.period),
        n=_format.number(len(known)),
        low=ordered[0].text,
        lowest=ordered[0].name,
        high=ordered[-1].text,
        highest=ordered[-1].name,
    )


def spread_section(view: View) -> str:
    """The whole distribution as HTML."""
    found = spread_over(view)
    charts = charts_of(view, found)
    if not charts:
        return f'<div class="ioc-empty">{escape(_("Nothing happened here in this period."))}</div>'
    drawn = {chart.kind: _figure(chart) for chart in charts}
    maps = ""
    if "map" in drawn:
        words = _("Schematic map: cells are drawn around the communes' centres, they are no administrative borders.")
        hexed = _("One hexagon for each unit, as near as can be to where it lies: every unit is equally visible.")
        maps = (
            f'<div class="ioc-maps"><div>{drawn["map"]}{remark(words)}</div>'
            f"<div>{drawn['hexagons']}{remark(hexed)}</div></div>"
        )
    said = charts[0].description.split(": ", 1)[1]
    shown = f'<div class="ioc-wide">{drawn["strip"]}</div>{maps}'
    return remark(said) + _legend(found) + shown + _table(view, found)


def _figure(chart: Chart) -> str:
    image = svg_image(chart.svg, chart.description)
    return f'<div class="ioc-chart ioc-chart-{chart.kind}">{image}{spots(chart.spots)}</div>'


def _legend(found: Spread) -> str:
    words = {member.state: member.state_text for member in found.members if member.state_text}
    order = [state for state in ("reached", "near", "missed", "none") if state in words]
    parts = "".join(f'<span class="ioc-{state}">{SHAPES[state]} {escape(words[state])}</span>' for state in order)
    return f'<div class="ioc-legend">{parts}</div>' if parts else ""


def _table(view: View, found: Spread) -> str:
    """The same figures, the highest first; the way to each unit without a pointer."""
    ordered = sorted(found.members, key=lambda one: (one.value is None, -(one.value or 0.0)))
    rows = [
        [
            link(one.name, one.href, current=one.own),
            escape(one.text),
            *([escape(one.n)] if view.indicator.denominator else []),
            f'<span class="ioc-{one.state}">{SHAPES[one.state]} {escape(one.state_text)}</span>'
            if one.state_text
            else "",
        ]
        for one in ordered
    ]
    counts = [_("Numerator / denominator")] if view.indicator.denominator else []
    head = [_("Unit"), _("Value"), *counts, _("State")]
    heading = h2(_("The same figures as a table"))
    return heading + table(head, rows, "figures ioc-spread", figure=view.indicator.key)
