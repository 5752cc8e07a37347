"""The list of definitions as it is taken away."""

from collections.abc import Sequence

import polars as pl

from exports.viewed import Table
from metrics import Indicator, formula
from pages._language import _, language
from pages._levels import level_words
from pages._live import Live
from pages._names import indicator_definition, indicator_name

_COLUMNS = {
    "indicator": pl.String,
    "name": pl.String,
    "definition": pl.String,
    "numerator": pl.String,
    "denominator": pl.String,
    "form": pl.String,
    "source": pl.String,
    "owner": pl.String,
    "since": pl.Date,
}


def definitions_table(found: Sequence[Indicator], here: Live, name: str) -> Table:
    """A row for each indicator: what it means, how it is computed, who defined it and since when."""
    frame = pl.DataFrame([_row(indicator, here) for indicator in found], schema=_COLUMNS, orient="row")
    heads = {
        "indicator": _("Key"),
        "name": _("Indicator"),
        "definition": _("Definition"),
        "numerator": _("Numerator"),
        "denominator": _("Denominator"),
        "form": _("Kind of figure"),
        "source": _("Source of the definition"),
        "owner": _("Owner"),
        "since": _("So since"),
    }
    return Table(name=name, frame=frame, heads=heads)


def _row(indicator: Indicator, here: Live) -> tuple[object, ...]:
    recorded = formula(indicator)
    forms = {"rate": _("rate"), "count": _("count")}
    return (
        indicator.key,
        indicator_name(indicator, here.today),
        indicator_definition(indicator, here.today),
        recorded.numerator,
        recorded.denominator,
        forms.get(indicator.form, _("mean")),
        indicator.source,
        indicator.owner_vi if language() == "vi" else indicator.owner,
        indicator.changes[-1].day,
    )


def changes_table(indicator: Indicator, here: Live) -> Table:
    """Since when the indicator is defined as it is, the newest first."""
    spoken = language()
    rows = [
        (change.day, level_words(change.text_vi if spoken == "vi" else change.text, here.today, spoken))
        for change in indicator.changes[::-1]
    ]
    frame = pl.DataFrame(rows, schema={"day": pl.Date, "change": pl.String}, orient="row")
    heads = {"day": _("Day"), "change": _("Change")}
    return Table(name=_("Changes of the definition"), frame=frame, heads=heads)
