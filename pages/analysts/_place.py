"""Where an analyst stands: a unit, perhaps a field, perhaps a procedure; its figure for any period."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta

import polars as pl

from metrics import Counters, Indicator, Period, Scope, breakdown
from pages.analysts._asked import Asked, Figure

_DISTINCT = ("procedures", "units")  # what is counted distinct does not add up over units
_MONTHS = 12


@dataclass(frozen=True)
class Place:
    """A unit's code, a field's and a procedure's; the latter two may be empty."""

    unit: str
    field: str = ""
    procedure: str = ""


@dataclass(frozen=True)
class Part:
    """One row of a figure taken apart: a unit, field or procedure; `code` is empty where a click leads nowhere."""

    code: str
    name: str
    figure: Figure


def figure_at(asked: Asked, place: Place, period: Period, scope: Scope = "subtree") -> Figure:
    """The indicator at a place."""
    if not place.field and not place.procedure:
        return asked.of([place.unit], period, scope)[0]
    by = "procedure" if place.procedure else "field"
    rows = [
        part.figure
        for part in parts_by(asked.counters, replace(place, field=""), asked.indicator, period, by)
        if part.code == getattr(place, by)
    ]
    return rows[0] if rows else Figure(0.0, None if asked.indicator.denominator is None else 0.0, None)


def unit_parts(asked: Asked, codes: Sequence[str], names: Sequence[str], period: Period) -> list[Part]:
    """The figures of several units, each with everything under it."""
    found = asked.of(codes, period)
    return [Part(code, name, figure) for code, name, figure in zip(codes, names, found, strict=True)]


def parts_by(counters: Counters, place: Place, indicator: Indicator, period: Period, by: str) -> list[Part]:
    """The unit's figure by "field" or "procedure"; within the place's field where it has one."""
    found = breakdown(counters, indicator.key, place.unit, period, by="field" if by == "field" else "procedure")
    if place.field and by == "procedure":
        fields = counters.procedures.fields()
        inside = [code for code, (field, _name) in fields.items() if field == place.field]
        found = found.filter(pl.col("code").is_in(inside))
    return [Part(row["code"], row["name"], _figure(row)) for row in found.iter_rows(named=True)]


def adds_up(indicator: Indicator) -> bool:
    """Whether the numerators of disjoint parts sum to the whole's."""
    return indicator.counted not in _DISTINCT


def months_until(end: date) -> list[Period]:
    """Twelve calendar months, old to new; the last one ends on `end`."""
    periods = [Period(end.replace(day=1), end)]
    while len(periods) < _MONTHS:
        last = periods[0].start - timedelta(days=1)
        periods.insert(0, Period(last.replace(day=1), last))
    return periods


def month_name(month: Period) -> str:
    """10/2021."""
    return f"{month.start.month}/{month.start.year}"


def _figure(row: dict[str, float | None]) -> Figure:
    return Figure(row["numerator"] or 0.0, row["denominator"], row["value"])
