"""Explore as it is taken away: the rows shown, all of them, with the drawings and what was chosen."""

from collections.abc import Sequence

import polars as pl
from polars._typing import PolarsDataType

from exports.viewed import Picture, Table, Viewed
from pages import _format
from pages._badges import standing_word
from pages._bars import Bar
from pages._contract import Page
from pages._drawn import drawn_bars
from pages._goals import goal_text
from pages._language import _
from pages._names import indicator_name
from pages._notes import notes_said
from pages._small import rule
from pages._sourced import silences
from pages._taken import capital, period_words, table_of
from pages._trend_drawn import drawn_trend
from pages.analysts._asked import Figure
from pages.analysts._compare import compare_names, compared_text
from pages.analysts._days import days_of, picture_of
from pages.analysts._dossiers_taken import dossiers_table
from pages.analysts._headlines import months_of, sentence, trend_points, trend_text
from pages.analysts._navigation import place_steps
from pages.analysts._parts import complete, counted, figure_text, statement
from pages.analysts._place import Part
from pages.analysts._spread import spread_over
from pages.analysts._spread_charts import charts_of
from pages.analysts._taken_apart import Parts, parts_of
from pages.analysts._view import View
from pages.analysts._view_choice import part_names

_FLOAT = pl.Float64


def explore_taken(view: View, page: Page) -> Viewed:
    """What the page shows of a view; a list of dossiers longer than can be written says how long it is."""
    whole = view.figure(view.place)
    tables, pictures, told = _shown(view, whole)
    months, drawn = _months(view)
    name = indicator_name(view.indicator, view.period.end)
    publication = view.asked.publication
    if view.place.whole:
        told = [*told, *notes_said(view.here, view.indicator.key, [view.place.unit], view.period)]
    return Viewed(
        name=page.path,
        title=f"{_(page.title)}: {name}",
        sentence=sentence(view, whole),
        filters=_filters(view, name),
        period=period_words(view.period_name, view.period),
        data_time=publication.published_at if publication else view.here.data_time,
        definitions=[view.indicator],
        tables=[*tables, months],
        pictures=[*pictures, *drawn],
        notes=[
            *silences(view.here, view.indicator),
            capital(compared_text(view)),
            *([rule()] if view.asked.hides else []),
            *told,
        ],
    )


def _filters(view: View, name: str) -> list[tuple[str, str]]:
    place = " › ".join(step for step, _place in place_steps(view))
    parts = part_names(view.units, view.place, view.asked)
    chosen = [(_("Indicator"), name), (_("Place"), place), (_("Taken apart"), parts[view.part])]
    chosen.append((_("Compared with"), compare_names()[view.compare]))
    if view.asked.today:
        chosen.append((_("In the units"), _("mapped to today's units")))
    if view.asked.publication:
        day = _format.moment(view.asked.publication.published_at)
        chosen.append((_("Figures"), _("as published on {day}", day=day)))
    return chosen


def _shown(view: View, whole: Figure) -> tuple[list[Table], list[Picture], list[str]]:
    if view.part == "dossiers":
        listed, apart = dossiers_table(view)
        return [listed], [], apart
    if view.part == "spread":
        return _spread(view)
    if view.part == "days":
        return _days(view)
    found = parts_of(view)
    rows = complete(found.rows, whole, view.indicator)
    said = statement(rows, whole, view.name(), view.indicator)
    return [_parts(view, found, rows)], _bars(view, rows), [said] if rows and said != rule() else []


def _shares(view: View, *names: str) -> Sequence[str]:
    return names if view.indicator.form == "rate" else ()


def _parts(view: View, found: Parts, rows: list[Part]) -> Table:
    hiding = any(part.figure.hidden for part in rows)
    whole = view.figure(view.place).numerator if hiding else sum(part.figure.numerator for part in rows)
    columns: dict[str, tuple[PolarsDataType, str]] = {
        "code": (pl.String, _("Code")),
        "name": (pl.String, found.head),
        **_figure_columns(view),
        "compared": (_FLOAT, _("Compared with")),
        "share": (_FLOAT, _("Share of the sum")),
    }
    written = [
        (
            part.code,
            part.name,
            *_numbers(view, part.figure),
            found.compared.get(part.code),
            part.figure.numerator / whole if whole and not part.figure.hidden else None,
        )
        for part in rows
    ]
    return table_of(
        part_names(view.units, view.place, view.asked)[view.part],
        written,
        columns,
        ["share", *_shares(view, "value", "compared")],
    )


def _figure_columns(view: View) -> dict[str, tuple[PolarsDataType, str]]:
    counts: dict[str, tuple[PolarsDataType, str]] = {
        "numerator": (_FLOAT, _("Numerator")),
        "denominator": (_FLOAT, _("Denominator")),
    }
    return {"value": (_FLOAT, _("Value")), **(counts if view.indicator.denominator else {})}


def _numbers(view: View, figure: Figure) -> tuple[float | None, ...]:
    if figure.hidden:
        return (None, None, None) if view.indicator.denominator else (None,)
    return (figure.value, figure.numerator, figure.denominator) if view.indicator.denominator else (figure.value,)


def _bars(view: View, rows: list[Part]) -> list[Picture]:
    """The bars of the table, if they fit on a page."""
    if not rows or len(rows) > _MOST_BARS:
        return []
    drawn = [
        Bar(
            label=part.name,
            value=max(part.figure.value or 0.0, 0.0),
            text=figure_text(view.indicator, part.figure),
            n=counted(part.figure, view.indicator) if view.indicator.denominator else "",
            state=view.state(part.place, part.figure.value) if part.place else "none",
        )
        for part in rows
    ]
    return drawn_bars(drawn, f"{indicator_name(view.indicator, view.period.end)} · {view.name()}")


_MOST_BARS = 64


def _spread(view: View) -> tuple[list[Table], list[Picture], list[str]]:
    found = spread_over(view)
    columns: dict[str, tuple[PolarsDataType, str]] = {
        "code": (pl.String, _("Code")),
        "name": (pl.String, _("Unit")),
        **_figure_columns(view),
        "state": (pl.String, _("State")),
    }
    rows = [
        (member.code, member.name, *_numbers(view, figure), member.state_text)
        for member, figure in zip(found.members, found.figures, strict=True)
    ]
    rows.sort(key=lambda row: (row[2] is None, -float(row[2] or 0.0)))
    table = table_of(_("Distribution"), rows, columns, _shares(view, "value"))
    charts = charts_of(view, found)
    told = [text for _value, text in found.lines]
    if len(charts) > 1:
        told.append(
            _("Schematic map: cells are drawn around the communes' centres, they are no administrative borders.")
        )
    return [table], [Picture(svg=chart.svg, description=chart.description) for chart in charts], told


def _days(view: View) -> tuple[list[Table], list[Picture], list[str]]:
    days = days_of(view)
    columns = {"working_days": (pl.Int64, _("Working days")), "dossiers": (pl.Int64, _("Dossiers"))}
    table = table_of(_("Processing time"), days.counted.rows(), columns)
    if days.counted.is_empty():
        return [table], [], []
    svg, said = picture_of(view, days)
    return [table], [Picture(svg=svg, description=said)], [said]


def _months(view: View) -> tuple[Table, list[Picture]]:
    """The twelve months, and their line."""
    columns: dict[str, tuple[PolarsDataType, str]] = {
        "from": (pl.Date, _("From")),
        "to": (pl.Date, _("To")),
        **_figure_columns(view),
        "state": (pl.String, _("State")),
    }
    rows = []
    for month, figure in months_of(view):
        state = view.state(view.place, figure.value)
        rows.append((month.start, month.end, *_numbers(view, figure), standing_word(state) if state != "none" else ""))
    table = table_of(_("Month by month"), rows, columns, _shares(view, "value"))
    target = view.target(view.place) if view.indicator.form == "rate" else None
    goal = goal_text(target) if target else ""
    return table, drawn_trend(trend_points(view), target.value if target else None, goal, trend_text(view))
