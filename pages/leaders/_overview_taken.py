"""Overview as it is taken away: the headline figures, the ranking, who holds what is overdue, and the communes."""

from collections.abc import Sequence
from datetime import date

import polars as pl

from exports.viewed import Table
from metrics import Period
from pages._badges import standing, standing_word
from pages._feeds import weakest
from pages._goals import goal_text
from pages._language import _
from pages._live import Live
from pages._names import indicator_name
from pages._taken import INSTANT, Columns, table_of
from pages._units import kind_names
from pages.leaders import _map, _words
from pages.leaders._picture import RANKED, Headline, Late, Picture, target_of


def overview_tables(here: Live, shown: Picture) -> list[Table]:
    """The four parts of the page, each with all its rows."""
    return [
        _headlines(here, shown),
        _ranking(shown, kind_names()[shown.ranked_kind]),
        _late(shown.late, here.today),
        _communes(shown),
    ]


def year_of(here: Live) -> Period:
    """What the headlines are of."""
    return Period.year_to_date(here.today)


def _headlines(here: Live, shown: Picture) -> Table:
    columns: Columns = {
        "indicator": (pl.String, _("Key")),
        "name": (pl.String, _("Indicator")),
        "value": (pl.Float64, _("Value")),
        "numerator": (pl.Float64, _("Numerator")),
        "denominator": (pl.Float64, _("Denominator")),
        "target": (pl.String, _("Target")),
        "state": (pl.String, _("State")),
        "recent": (pl.Float64, _("Last 4 weeks")),
        "before": (pl.Float64, _("4 weeks before")),
        "change": (pl.String, _("Change")),
        "data_time": (INSTANT, _("Data as of")),
    }
    rows = [_headline(headline, here) for headline in shown.headlines]
    rated = [headline.indicator.form == "rate" for headline in shown.headlines]
    return table_of(_("Headline figures"), rows, columns, ["value", "recent", "before"], rated)


def _headline(headline: Headline, here: Live) -> tuple[object, ...]:
    indicator, target, year = headline.indicator, headline.target, headline.year
    state = standing(year.value, target.value, target.comparator) if target else "none"
    source = weakest(indicator, here.sources)
    return (
        indicator.key,
        indicator_name(indicator, here.today),
        year.value,
        year.numerator if year.denominator is not None else None,
        year.denominator,
        goal_text(target) if target else None,
        standing_word(state) if state != "none" else None,
        headline.recent.value,
        headline.before.value,
        _words.change(headline),
        source.last_good_at if source else None,
    )


def _ranking(shown: Picture, name: str) -> Table:
    columns: Columns = {
        "rank": (pl.Int64, _("Rank")),
        "unit": (pl.String, _("Unit code")),
        "name": (pl.String, _("Unit")),
        "value": (pl.Float64, _("Value")),
        "numerator": (pl.Float64, _("Numerator")),
        "denominator": (pl.Float64, _("Denominator")),
        "low": (pl.Float64, _("95 % interval from")),
        "high": (pl.Float64, _("95 % interval to")),
        "target": (pl.String, _("Target")),
        "state": (pl.String, _("State")),
    }
    rows = []
    for row in shown.ranked.iter_rows(named=True):
        target = target_of(shown.targets, RANKED, row["unit"], shown.root)
        state = (
            standing(row["value"], target.value, target.comparator) if target and row["rank"] is not None else "none"
        )
        said = (goal_text(target) if target else None, standing_word(state) if state != "none" else None)
        rows.append((*(row[name] for name in columns if name in row), *said))
    return table_of(name, rows, columns, ["value", "low", "high"])


def _late(late: Sequence[Late], today: date) -> Table:
    columns: Columns = {
        "name": (pl.String, _("Unit")),
        "overdue": (pl.Int64, _("Overdue")),
        "open": (pl.Int64, _("Open")),
        "oldest_due": (pl.Date, _("Oldest due")),
        "oldest_days": (pl.Int64, _("Oldest (days)")),
    }
    rows = [
        (unit.name, unit.count, unit.open, unit.oldest_due, (today - unit.oldest_due).days if unit.oldest_due else None)
        for unit in late
    ]
    return table_of(_("Overdue now, by holder"), rows, columns)


def _communes(shown: Picture) -> Table:
    columns: Columns = {
        "unit": (pl.String, _("Unit code")),
        "name": (pl.String, _("Commune")),
        "district": (pl.String, _("District")),
        "value": (pl.Float64, _("Online")),
        "numerator": (pl.Float64, _("Numerator")),
        "denominator": (pl.Float64, _("Dossiers")),
        "state": (pl.String, _("State")),
    }
    rows = [
        (
            row["unit"],
            row["name"],
            row["district"],
            counted["value"],
            counted["numerator"],
            counted["denominator"],
            _map.state_text(row).split(" ", 1)[1],
        )
        for row, counted in zip(_map.commune_rows(shown), shown.communes.iter_rows(named=True), strict=True)
    ]
    return table_of(_("Communes"), rows, columns, ["value"])
