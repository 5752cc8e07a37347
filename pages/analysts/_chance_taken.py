"""*Chance or change* as it is taken away: both tables with their limits, both drawings."""

from collections.abc import Iterator

import polars as pl

from exports.viewed import Picture, Table, Viewed
from pages._contract import Page
from pages._language import _
from pages._live import Live
from pages._names import indicator_name
from pages._notes import notes_said
from pages._sourced import silences
from pages._taken import Columns, period_words, table_of
from pages.analysts._chance_tables import ordered
from pages.analysts._chance_view import Found, by_names
from pages.analysts._chance_words import (
    beyond_998,
    course_sentence,
    group_sentence,
    judged,
    odd_sentence,
    odd_words,
    who_differs,
)
from pages.analysts._control_chart import control_chart, control_description
from pages.analysts._funnel_plot import funnel_description, funnel_plot
from pages.units._view import group_name


def chance_taken(here: Live, found: Found, page: Page) -> Viewed:
    """The view of those choices."""
    indicator, asked = found.view.indicator, found.wanted.asked
    name = indicator_name(indicator, found.view.period.end)
    notes = [beyond_998(found), course_sentence(found), odd_sentence(found), *silences(here, indicator)]
    notes += notes_said(here, indicator.key, [found.unit], found.view.period)
    return Viewed(
        name=page.path,
        title=f"{_(page.title)}: {name}",
        sentence=f"{group_sentence(found)} {who_differs(found)}".rstrip(),
        filters=[
            (_("Indicator"), name),
            (_("Peer group"), group_name(found.view.group)),
            (_("Unit"), found.name),
            (_("Values"), by_names()[found.wanted.by]),
        ],
        period=period_words(asked.period_name, asked.period),
        data_time=here.data_time,
        definitions=[indicator],
        tables=list(_tables(found)),
        pictures=list(_pictures(found)),
        notes=[note for note in notes if note],
    )


def _tables(found: Found) -> Iterator[Table]:
    if found.funnel:
        yield _group(found)
    if found.course and found.course.steps:
        yield _course(found)


def _pictures(found: Found) -> Iterator[Picture]:
    if found.funnel:
        yield Picture(svg=funnel_plot(found, found.funnel), description=funnel_description(found))
    if found.course and found.course.steps:
        yield Picture(svg=control_chart(found, found.course), description=control_description(found))


def _group(found: Found) -> Table:
    columns: Columns = {
        "unit": (pl.String, _("Unit code")),
        "name": (pl.String, _("Unit")),
        "value": (pl.Float64, _("Value")),
        "numerator": (pl.Float64, _("Numerator")),
        "denominator": (pl.Float64, _("Denominator")),
        "low_95": (pl.Float64, _("95 % limits from")),
        "high_95": (pl.Float64, _("95 % limits to")),
        "low_998": (pl.Float64, _("99.8 % limits from")),
        "high_998": (pl.Float64, _("99.8 % limits to")),
        "judged": (pl.String, _("Said plainly")),
    }
    rows = (
        (row.spot.unit, row.name, row.value, *row.spot.part, *row.at_95, *row.at_998, judged(row.spot)[1])
        for row in found.rows
    )
    return table_of(_("Units of the group"), rows, columns, rates=("value", "low_95", "high_95", "low_998", "high_998"))


def _course(found: Found) -> Table:
    columns: Columns = {
        "from": (pl.Date, _("From")),
        "to": (pl.Date, _("To")),
        "value": (pl.Float64, _("Value")),
        "numerator": (pl.Float64, _("Numerator")),
        "denominator": (pl.Float64, _("Denominator")),
        "low": (pl.Float64, _("Limits from")),
        "high": (pl.Float64, _("Limits to")),
        "judged": (pl.String, _("Said plainly")),
    }
    limits = (found.course.single if found.course else None) or (None, None)
    rows = (
        (
            step.period.start,
            step.period.end,
            step.value,
            step.numerator,
            step.denominator,
            *limits,
            odd_words(step, limited=limits[0] is not None)[1],
        )
        for step in ordered(found)
    )
    rates = ("value", "low", "high") if found.view.indicator.form == "rate" else ()
    return table_of(_("Values over time"), rows, columns, rates=rates)
