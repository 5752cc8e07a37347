"""The figures of units within some procedures, such as those of one field: the same definitions, of fewer dossiers."""

from collections.abc import Collection, Sequence

import numpy as np
import polars as pl

from metrics._counters import Counters
from metrics._figures import indicators, numbers_asked, sums
from metrics._hierarchy import Ints
from metrics._of_dossiers import DossierQuestion, NotByProcedure
from metrics._period import Period
from metrics._question import Scope

_COLUMNS = {"unit": pl.String, "numerator": pl.Float64, "denominator": pl.Float64, "value": pl.Float64}


class _WithinQuestion(DossierQuestion):
    """A question per unit, of the dossiers of some procedures (numbered as in the catalogue) only."""

    def __init__(self, counters: Counters, period: Period, scope: Scope, numbers: Sequence[int]) -> None:
        super().__init__(counters, period, scope)
        self._wanted = pl.col("procedure").is_in(numbers)

    def flow(self, *measures: str) -> Ints:
        self.check(*measures)
        found = self._cells(self.start, "unit", "day", *measures)
        counted = found.select("unit", "day", count=pl.sum_horizontal(*measures))
        return self._per_unit(self._ascended(counted, ["count"]))

    def stock(self, change: str) -> Ints:
        self.check(change)
        codes = self._hierarchy.code_numbers()
        by_code = np.zeros(len(codes), np.int64)
        counted = self._cells(None, "unit_code", change).group_by("unit_code").agg(pl.col(change).sum())
        for code, count in counted.iter_rows():
            by_code[codes[code]] = count
        return self._scoped(by_code, self.end)

    def of_procedures_with(self, trigger: str, *measures: str) -> Ints:
        columns = list(dict.fromkeys([trigger, *measures]))
        found = self._ascended(self._cells(self.start, "unit", "day", *columns), ["procedure", *columns])
        per_procedure = found.group_by("unit", "procedure").agg(pl.col(columns).sum())
        chosen = per_procedure.filter(pl.col(trigger) > 0)
        return self._per_unit(chosen.with_columns(count=pl.sum_horizontal(*measures)))

    def _cells(self, first: int | None, *columns: str) -> pl.DataFrame:
        """These columns of the cells of the procedures, from a day (None: from the first one) to the period's end."""
        return self.cells_from(first, "procedure", *columns).filter(self._wanted)


def figures_within(
    counters: Counters,
    key: str,
    period: Period,
    procedures: Collection[str],
    units: Sequence[str] | None = None,
    scope: Scope = "subtree",
) -> pl.DataFrame:
    """One row per unit (None: those in force on the last day): unit, numerator, denominator, value; as `figures`, of
    the dossiers of these procedures only.

    Empty for an indicator that is not made of dossiers. Raises ValueError for an unknown unit or indicator; an unknown
    procedure has no dossiers.
    """
    chosen, codes = None if units is None else tuple(units), frozenset(procedures)
    asked = ("within", key, period, codes, chosen, scope)
    return counters.remembered(asked, period.end, lambda: _figures(counters, key, period, codes, chosen, scope))


def _figures(
    counters: Counters,
    key: str,
    period: Period,
    procedures: Collection[str],
    units: Sequence[str] | None,
    scope: Scope,
) -> pl.DataFrame:
    indicator = indicators([key])[0]
    wanted = [number for number, code in enumerate(counters.procedures.codes) if code in procedures]
    ask = _WithinQuestion(counters, period, scope, wanted)
    numbers = numbers_asked(ask, units)
    try:
        found = sums(indicator, ask)
    except NotByProcedure:
        return pl.DataFrame(schema=_COLUMNS)
    scale = indicator.unit_of_sum
    below = [None] * len(numbers) if found.denominator is None else found.denominator[numbers] / scale
    return pl.DataFrame(
        {
            "unit": [counters.hierarchy.codes[number] for number in numbers],
            "numerator": found.numerator[numbers] / scale,
            "denominator": below,
            "value": found.value[numbers] / (1 if found.denominator is not None else scale),
        },
        schema=_COLUMNS,
    ).with_columns(pl.col("value").fill_nan(None))
