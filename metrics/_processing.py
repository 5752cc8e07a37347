"""How long handling took: the working days of every dossier completed in a period, and what is usual of them."""

from datetime import date
from typing import NamedTuple

import numpy as np
import polars as pl

from metrics._counters import Counters
from metrics._hierarchy import numbers_of
from metrics._period import Period
from metrics._question import Question, Scope
from metrics._standing import Units


class Spread(NamedTuple):
    """Working days to completion of the dossiers completed in a period; None when there are none."""

    mean: float | None
    median: float | None
    percentile_90: float | None


def processing_days(
    counters: Counters,
    unit: str,
    period: Period,
    scope: Scope = "subtree",
    *,
    units_as: Units = "period",
    today: date | None = None,
) -> pl.DataFrame:
    """How many dossiers completed in the period took how many working days: working_days (rising), dossiers.

    `units_as` and `today` as for `figures`. Raises ValueError for an unknown unit.
    """
    asked = ("processing days", unit, period, scope, units_as, today)
    ask = Question(counters, period, scope, units_as, today)
    return counters.remembered(asked, period.end, lambda: _processing_days(ask, unit))


def _processing_days(ask: Question, unit: str) -> pl.DataFrame:
    members = ask.members(numbers_of(ask.counters.hierarchy, [unit], ask.standing.day)[0])
    pairs = ask.completed_pairs().join(members, on="unit")
    pairs = pairs.filter(pl.col("day").is_between(pl.col("from"), pl.col("to")))
    return pairs.group_by("working_days").agg(pl.col("dossiers").sum()).sort("working_days")


def processing_spread(
    counters: Counters,
    unit: str,
    period: Period,
    scope: Scope = "subtree",
    *,
    units_as: Units = "period",
    today: date | None = None,
) -> Spread:
    """Mean, median (of an even number the mean of the middle two) and 90th percentile (the least number of working
    days within which at least 90 % of the dossiers were completed)."""
    return spread_of(processing_days(counters, unit, period, scope, units_as=units_as, today=today))


def spread_of(counted: pl.DataFrame) -> Spread:
    """The spread of what `processing_days` found."""
    total = int(counted["dossiers"].sum())
    if not total:
        return Spread(None, None, None)
    days, running = counted["working_days"].to_numpy(), np.cumsum(counted["dossiers"].to_numpy())

    def at(rank: int) -> float:
        return float(days[np.searchsorted(running, rank)])

    median = (at((total + 1) // 2) + at(total // 2 + 1)) / 2
    mean = float((days * counted["dossiers"].to_numpy()).sum() / total)
    return Spread(mean, median, at(-(-total * 9 // 10)))
