"""One unit's figure taken apart by procedure or by field: the same definitions, asked of procedures, not units."""

from typing import Literal

import numpy as np
import polars as pl

from metrics._counters import Counters
from metrics._figures import indicators, sums
from metrics._hierarchy import Ints, numbers_of
from metrics._of_dossiers import DossierQuestion, NotByProcedure
from metrics._period import EPOCH, Period
from metrics._question import Scope

_COLUMNS = {
    "code": pl.String,
    "name": pl.String,
    "numerator": pl.Float64,
    "denominator": pl.Float64,
    "value": pl.Float64,
}


class _ProcedureQuestion(DossierQuestion):
    """A question whose answers are numbered by procedure (or field) instead of by unit."""

    def __init__(self, counters: Counters, period: Period, scope: Scope, unit: int, group: dict[int, int]) -> None:
        super().__init__(counters, period, scope)
        self._group = group
        self._size = max(group.values(), default=-1) + 1
        self._members = self.members(unit)
        codes = {
            below: self._hierarchy.codes[below] for below in self._members.filter(pl.col("to") == self.end)["unit"]
        }
        self._now = [code for below, code in codes.items() if self._hierarchy.unit_on(code, self.end) == below]

    def flow(self, *measures: str) -> Ints:
        self.check(*measures)
        return self._grouped(self._in_period(*measures), pl.sum_horizontal(*measures))

    def stock(self, change: str) -> Ints:
        self.check(change)
        until_end = self.cells_from(None, "unit_code", "procedure", change)
        return self._grouped(until_end.filter(pl.col("unit_code").is_in(self._now)), pl.col(change))

    def of_procedures_with(self, trigger: str, *measures: str) -> Ints:
        columns = list(dict.fromkeys([trigger, *measures]))
        per_procedure = self._in_period(*columns).group_by("procedure").agg(pl.col(columns).sum())
        return self._grouped(per_procedure.filter(pl.col(trigger) > 0), pl.sum_horizontal(*measures))

    def _in_period(self, *columns: str) -> pl.DataFrame:
        """These columns, and the procedure, of the cells that count for the unit in the period."""
        cells = self.cells_from(self.start, "unit", "day", "procedure", *columns)
        of_members = cells.filter(pl.col("unit").is_in(self._members["unit"].unique()))
        return of_members.join(self._members, on="unit").filter(pl.col("day").is_between(pl.col("from"), pl.col("to")))

    def _grouped(self, frame: pl.DataFrame, count: pl.Expr) -> Ints:
        summed = frame.group_by("procedure").agg(count.sum().alias("count"))
        total = np.zeros(self._size, np.int64)
        for procedure, counted in summed.select("procedure", "count").iter_rows():
            total[self._group[procedure]] += counted
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
    number = numbers_of(counters.hierarchy, [unit], (period.end - EPOCH).days)[0]
    codes, names, group = _groups(counters, by)
    ask = _ProcedureQuestion(counters, period, scope, number, group)
    try:
        found = sums(indicator, ask)
    except NotByProcedure:
        return pl.DataFrame(schema=_COLUMNS)
    scale = indicator.unit_of_sum
    denominator = None if found.denominator is None else found.denominator / scale
    frame = pl.DataFrame(
        {
            "code": codes,
            "name": names,
            "numerator": found.numerator / scale,
            "denominator": [None] * len(codes) if denominator is None else denominator,
            "value": found.value,
        },
        schema=_COLUMNS,
    ).with_columns(pl.col("value").fill_nan(None))
    return frame.filter((pl.col("numerator") != 0) | (pl.col("denominator").fill_null(0) != 0))


def _groups(counters: Counters, by: str) -> tuple[list[str], list[str], dict[int, int]]:
    """Codes and names of the groups, and the group of each procedure number."""
    procedures = counters.procedures
    names, fields = procedures.names(), procedures.fields()
    if by == "procedure":
        codes = procedures.codes
        return codes, [names[code] for code in codes], {number: number for number in range(len(codes))}
    field_names = dict(fields.values())
    ordered = list(field_names)
    group = {number: ordered.index(fields[code][0]) for number, code in enumerate(procedures.codes)}
    return ordered, list(field_names.values()), group
