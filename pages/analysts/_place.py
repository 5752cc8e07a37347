"""Where an analyst stands: a unit, perhaps a field, perhaps a procedure; its figure for any period, and its parts."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta

import polars as pl

from metrics import Counters, Indicator, Period, Scope, breakdown, figures_within, formula
from pages.analysts._asked import Asked, Figure

_DISTINCT = ("procedures", "units")  # what is counted distinct does not add up over units
_MONTHS = 12


@dataclass(frozen=True)
class Place:
    """A unit's code, a field's and a procedure's; the latter two may be empty. `own`: without the units below it."""

    unit: str
    field: str = ""
    procedure: str = ""
    own: bool = False

    @property
    def whole(self) -> bool:
        """Whether it is a unit with all that is under it."""
        return not (self.field or self.procedure or self.own)

    @property
    def scope(self) -> Scope:
        """The unit alone, or with everything under it."""
        return "own" if self.own else "subtree"


@dataclass(frozen=True)
class Part:
    """One row of a figure taken apart: a unit, field or procedure; a click leads to its `place`, None: nowhere."""

    code: str
    name: str
    figure: Figure
    place: Place | None = None


def figure_at(asked: Asked, place: Place, period: Period) -> Figure:
    """The indicator at a place."""
    return figures_at(asked, place, [place.unit], period)[0]


def figures_at(asked: Asked, place: Place, codes: Sequence[str], period: Period) -> list[Figure]:
    """The figures of several units in the place of its own, within its field and procedure."""
    inside = procedures_of(asked.counters, place)
    if inside is None:
        return asked.of(codes, period, place.scope)
    found = figures_within(asked.counters, asked.indicator.key, period, inside, codes, place.scope)
    if found.is_empty():
        return [Figure(0.0, None if asked.indicator.denominator is None else 0.0, None) for _code in codes]
    return [_figure(row) for row in found.iter_rows(named=True)]


def procedures_of(counters: Counters, place: Place) -> list[str] | None:
    """The codes of the procedures that a place is about; None where it is about all."""
    if place.procedure:
        return [place.procedure]
    if place.field:
        return [code for code, (field, _name) in counters.procedures.fields().items() if field == place.field]
    return None


def unit_parts(asked: Asked, place: Place, units: Sequence[tuple[str, str]], period: Period) -> list[Part]:
    """The figures of several units (code and name), within the place's field and procedure."""
    found = figures_at(asked, place, [code for code, _name in units], period)
    return [
        Part(code, name, figure, replace(place, unit=code)) for (code, name), figure in zip(units, found, strict=True)
    ]


def parts_by(counters: Counters, place: Place, indicator: Indicator, period: Period, by: str) -> list[Part]:
    """The unit's figure by "field" or "procedure"; within the place's field where it has one."""
    found = breakdown(
        counters, indicator.key, place.unit, period, "field" if by == "field" else "procedure", place.scope
    )
    if place.field and by == "procedure":
        inside = procedures_of(counters, replace(place, procedure="")) or []
        found = found.filter(pl.col("code").is_in(inside))
    return [
        Part(row["code"], row["name"], _figure(row), replace(place, **{by: row["code"]}) if row["code"] else None)
        for row in found.iter_rows(named=True)
    ]


def adds_up(indicator: Indicator) -> bool:
    """Whether the numerators of disjoint parts sum to the whole's."""
    return indicator.counted not in _DISTINCT


def denominators_add_up(indicator: Indicator) -> bool:
    """Whether those of disjoint parts do; each part may have procedures of its own that count."""
    return "of procedures with" not in (formula(indicator).denominator or "")


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
