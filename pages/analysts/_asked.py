"""Where Explore's figures come from: the records as known now, in the units of the period or of today; or the figures
as they were published."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import polars as pl

from metrics import Counters, Indicator, Period, Scope, figures
from store.publications import Publication


@dataclass(frozen=True)
class Figure:
    """Numerator, denominator (None: a count) and value (None: nothing to count). `hidden`: they are not given."""

    numerator: float
    denominator: float | None
    value: float | None
    hidden: bool = False

    @property
    def empty(self) -> bool:
        """Whether nothing was counted at all."""
        return not self.hidden and not self.numerator and not self.denominator and self.value is None


HIDDEN = Figure(0.0, None, None, hidden=True)


@dataclass(frozen=True, kw_only=True)
class Asked:
    """An indicator and how it is asked.

    `today`: the day into whose units the figures are mapped; None: the units of the period itself. `frozen`: the
    figures of a closed period (`publication`), scope, unit, indicator, numerator, denominator, value; they stand for
    that period only. `hides`: small counts are hidden.
    """

    counters: Counters
    indicator: Indicator
    today: date | None = None
    publication: Publication | None = None
    frozen: pl.DataFrame | None = None
    hides: bool = False

    @property
    def plain(self) -> bool:
        """Whether records stand behind the figures as they are: only then are there procedures and dossiers."""
        return self.today is None and self.publication is None

    def of(self, codes: Sequence[str], period: Period, scope: Scope = "subtree") -> list[Figure]:
        """The figures of units, in their order. ValueError for a unit that the day asked about does not know."""
        if not codes:
            return []
        if self.publication and self.frozen is not None and period == _period_of(self.publication):
            return _published(self.frozen, self.indicator, codes, scope)
        found = figures(
            self.counters,
            period,
            [self.indicator.key],
            scope,
            list(codes),
            units_as="today" if self.today else "period",
            today=self.today,
        )
        return [_figure(row) for row in found.iter_rows(named=True)]


def _published(frozen: pl.DataFrame, indicator: Indicator, codes: Sequence[str], scope: Scope) -> list[Figure]:
    mine = frozen.filter((pl.col("indicator") == indicator.key) & (pl.col("scope") == scope))
    rows = {row["unit"]: _figure(row) for row in mine.iter_rows(named=True)}
    nothing = Figure(0.0, None if indicator.denominator is None else 0.0, None)
    return [rows.get(code, nothing) for code in codes]


def _period_of(publication: Publication) -> Period:
    return Period(publication.period_from, publication.period_to)


def _figure(row: dict[str, float | None]) -> Figure:
    return Figure(row["numerator"] or 0.0, row["denominator"], row["value"])
