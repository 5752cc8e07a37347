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
    """A question per unit, of the dossiers of some procedures only."""

    def __init__(self, counters: Counters, period: Period, scope: Scope, procedures: Collection[str]) -> None:
        super().__init__(counters, period, scope)
        self._chosen = {"procedure": counters.procedures.chosen(procedures)}

    def flow(self, *measures: str) -> Ints:
        self.check(*measures)
        total = np.zeros(len(self._hierarchy), np.int64)
        for start, end in self.standing.segments:
            total += self._scoped(self._counted_within(start, end, *measures), end)
        return total

    def stock(self, change: str) -> Ints:
        self.check(change)
        return self._scoped(self._counted_within(None, self.end, change), self.end)

    def _counted_within(self, first: int | None, last: int, *measures: str) -> Ints:
        codes = {"unit_code": len(self._hierarchy.code_numbers())}
        counted: Ints = self.counters.cells.counted(first, last, measures, codes, self._chosen).sum(axis=0)
        return counted


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
    ask = _WithinQuestion(counters, period, scope, procedures)
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
