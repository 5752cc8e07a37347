"""Which figures of Explore are hidden, so that no small count can be worked out by opening one place after another.

Units are one tree, the fields and procedures of the whole province another; they share nothing but the whole. What
crosses them (a procedure in a district) is always hidden, since rows and columns together would tell too much.
"""

from collections.abc import Sequence
from datetime import date

import polars as pl

from metrics import Indicator, Period, Scope, counts_of, hidden_nodes
from pages._live import Live
from pages._small import Counts, Node, hidden_units, hides
from pages._units import Units
from pages.analysts._asked import Asked, Figure
from pages.analysts._place import Place, parts_by

_WHOLE, _FIELD, _PROCEDURE = "whole", "field", "procedure"


def is_hidden(here: Live, asked: Asked, place: Place, period: Period) -> bool:
    """Whether the figure of a place in a period is hidden."""
    if not asked.hides:
        return False
    units = Units(here.counters, asked.today or period.end)
    if place.unit not in units.by_code:
        return True
    if not (place.field or place.procedure):
        return (place.unit, place.scope) in _units(asked, units, period)
    by, code = (_PROCEDURE, place.procedure) if place.procedure else (_FIELD, place.field)
    return hidden_inside(asked, place, period, by, code, units)


def hidden_inside(asked: Asked, place: Place, period: Period, by: str, code: str, units: Units | None = None) -> bool:
    """Whether the figure of a "field" or "procedure" within a place's unit is hidden."""
    if not asked.hides:
        return False
    units = units or Units(asked.counters, asked.today or period.end)
    if place.own or place.unit not in {root.code for root in units.roots()}:
        return True
    return (by, code) in _inside(asked, place.unit, period)


def hidden_of(here: Live, indicator: Indicator, codes: Sequence[str], period: Period) -> frozenset[str]:
    """Those of the units, each with everything below it, whose figure is hidden."""
    asked = Asked(counters=here.counters, indicator=indicator, hides=hides(here, indicator))
    if not asked.hides:
        return frozenset()
    return frozenset(code for code in codes if is_hidden(here, asked, Place(code), period))


def without_hidden(here: Live, indicator: Indicator, found: pl.DataFrame, period: Period) -> pl.DataFrame:
    """A ranking without what is known of units whose figure is hidden: a rank or an interval tells the figure too.
    Their reason is "hidden"."""
    gone = hidden_of(here, indicator, found["unit"].to_list(), period)
    if not gone:
        return found
    hidden, told = pl.col("unit").is_in(gone), ("unit", "name", "reason")
    return found.with_columns(
        pl.when(hidden).then(pl.lit("hidden")).otherwise(pl.col("reason")).alias("reason"),
        *(pl.when(~hidden).then(pl.col(name)).alias(name) for name in found.columns if name not in told),
    )


def _units(asked: Asked, units: Units, period: Period) -> frozenset[Node]:
    def counted(codes: Sequence[str], scope: Scope) -> list[Counts]:
        return [_counts(asked, figure) for figure in asked.of(codes, period, scope)]

    return asked.counters.remembered(
        ("hidden units", *_question(asked), period), period.end, lambda: hidden_units(units, counted)
    )


def _inside(asked: Asked, root: str, period: Period) -> frozenset[tuple[str, str]]:
    """The fields and procedures of the whole that are hidden."""

    def found() -> frozenset[tuple[str, str]]:
        whole, counters = Place(root), asked.counters
        counts = {(_WHOLE, ""): _counts(asked, asked.of([root], period)[0])}
        parts: dict[tuple[str, str], list[tuple[str, str]]] = {}
        for part in parts_by(counters, whole, asked.indicator, period, "field"):
            counts[_FIELD, part.code] = _counts(asked, part.figure)
            parts.setdefault((_WHOLE, ""), []).append((_FIELD, part.code))
        fields = counters.procedures.fields()
        for part in parts_by(counters, whole, asked.indicator, period, "procedure"):
            counts[_PROCEDURE, part.code] = _counts(asked, part.figure)
            parts.setdefault((_FIELD, fields[part.code][0]), []).append((_PROCEDURE, part.code))
        return hidden_nodes((_WHOLE, ""), counts, parts)

    return asked.counters.remembered(("hidden inside", root, *_question(asked), period), period.end, found)


def _question(asked: Asked) -> tuple[str, date | None, str | None]:
    return asked.indicator.key, asked.today, asked.publication.checksum if asked.publication else None


def _counts(asked: Asked, figure: Figure) -> Counts:
    return counts_of(asked.indicator.form, figure.numerator, figure.denominator)
