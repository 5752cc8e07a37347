"""One unit's figure taken apart by procedure or by field: the same definitions, asked of procedures, not units."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Literal, NamedTuple

import numpy as np
import polars as pl

from metrics._codes import codes_of
from metrics._counters import Counters
from metrics._figures import indicators, sums
from metrics._hierarchy import Ints, numbers_of
from metrics._of_dossiers import DossierQuestion, NotByProcedure
from metrics._part import Chosen
from metrics._period import Period
from metrics._question import Scope

_COLUMNS = {
    "code": pl.String,
    "name": pl.String,
    "numerator": pl.Float64,
    "denominator": pl.Float64,
    "value": pl.Float64,
}


class Groups(NamedTuple):
    """Codes and names of the groups, and the place among them of each procedure number."""

    codes: Sequence[str]
    names: Sequence[str]
    of_procedure: Mapping[int, int]


class _ProcedureQuestion(DossierQuestion):
    """A question whose answers are numbered by procedure (or field) instead of by unit."""

    def __init__(self, counters: Counters, period: Period, scope: Scope, unit: str, groups: Groups) -> None:
        super().__init__(counters, period, scope)
        self._groups = groups
        self._spans = [*self.spans_with(numbers_of(counters.hierarchy, [unit], self.end)[0])]
        self._now = codes_of(counters, unit, period, scope)[-1].codes

    def flow(self, *measures: str) -> Ints:
        self.check(*measures)
        return self._grouped(self._in_period(*measures))

    def stock(self, change: str) -> Ints:
        self.check(change)
        chosen = {"unit_code": self._hierarchy.chosen_codes(self._now)}
        return self._grouped(self._counted(None, self.end, [change], chosen))

    def of_procedures_with(self, trigger: str, *measures: str) -> Ints:
        return self._grouped(self._in_period(*measures) * (self._in_period(trigger) > 0))

    def _in_period(self, *measures: str) -> Ints:
        """Per procedure what the measures count for the unit in the period."""
        parts = [self._counted(start, end, measures, chosen) for start, end, chosen in self._spans]
        total: Ints = np.sum(parts, axis=0, dtype=np.int64)
        return total

    def _counted(self, first: int | None, last: int, measures: Sequence[str], chosen: Chosen) -> Ints:
        procedures = {"procedure": self.counters.procedures.numbers}
        counted: Ints = self.counters.cells.counted(first, last, measures, procedures, chosen).sum(axis=0)
        return counted

    def _grouped(self, by_procedure: Ints) -> Ints:
        total = np.zeros(len(self._groups.codes), np.int64)
        numbers = np.fromiter(self._groups.of_procedure.values(), np.int64)
        np.add.at(total, numbers, by_procedure[np.fromiter(self._groups.of_procedure, np.int64)])
        return total


def breakdown(
    counters: Counters,
    key: str,
    unit: str,
    period: Period,
    by: Literal["procedure", "field"] = "procedure",
    scope: Scope = "subtree",
) -> pl.DataFrame:
    """One row per procedure (or field) with anything counted: code, name, numerator, denominator, value.

    The rows add up to the unit's figure. Empty for an indicator that is not made of dossiers. Raises ValueError for
    an unknown unit or indicator.
    """
    indicator = indicators([key])[0]
    groups = groups_of(counters, by)
    ask = _ProcedureQuestion(counters, period, scope, unit, groups)
    try:
        found = sums(indicator, ask)
    except NotByProcedure:
        return pl.DataFrame(schema=_COLUMNS)
    scale = indicator.unit_of_sum
    denominator = None if found.denominator is None else found.denominator / scale
    frame = pl.DataFrame(
        {
            "code": groups.codes,
            "name": groups.names,
            "numerator": found.numerator / scale,
            "denominator": [None] * len(groups.codes) if denominator is None else denominator,
            "value": found.value,
        },
        schema=_COLUMNS,
    ).with_columns(pl.col("value").fill_nan(None))
    return frame.filter((pl.col("numerator") != 0) | (pl.col("denominator").fill_null(0) != 0))


def groups_of(counters: Counters, by: Literal["procedure", "field"]) -> Groups:
    """All procedures, or all fields."""
    return counters.remembered(("groups of", by), date.min, lambda: _groups_of(counters, by))


def _groups_of(counters: Counters, by: Literal["procedure", "field"]) -> Groups:
    procedures = counters.procedures
    names, fields = procedures.names(), procedures.fields()
    if by == "procedure":
        codes = procedures.codes
        return Groups(codes, [names[code] for code in codes], {number: number for number in range(len(codes))})
    field_names = dict(fields.values())
    ordered = list(field_names)
    numbered = {number: ordered.index(fields[code][0]) for number, code in enumerate(procedures.codes)}
    return Groups(ordered, list(field_names.values()), numbered)
