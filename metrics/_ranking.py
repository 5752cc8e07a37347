"""Ranking of units of one kind by one indicator: competition ranks on exact values, with how sure each rank is."""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import polars as pl

from metrics._contract import Indicator
from metrics._counters import Counters
from metrics._figures import Floats, Sums, indicators, sums
from metrics._period import Period, day_number
from metrics._question import Question

_Z95 = 1.959963984540054  # two-sided 95 % of the normal distribution
KINDS = ("tinh", "so", "huyen", "xa")
NOTHING_TO_COUNT, TOO_FEW = "nothing_to_count", "too_few"

_COLUMNS = {
    "rank": pl.Int64,
    "unit": pl.String,
    "name": pl.String,
    "numerator": pl.Float64,
    "denominator": pl.Float64,
    "value": pl.Float64,
    "low": pl.Float64,
    "high": pl.Float64,
    "rank_low": pl.Int64,
    "rank_high": pl.Int64,
    "previous_rank": pl.Int64,
    "reason": pl.String,
}


def wilson(numerator: npt.ArrayLike, denominator: npt.ArrayLike) -> tuple[Floats, Floats]:
    """The 95 % Wilson score interval of a proportion; NaN where it is none (no denominator, more than all)."""
    k, n = np.asarray(numerator, np.float64), np.asarray(denominator, np.float64)
    possible = (n > 0) & (k >= 0) & (k <= n)
    n, k = np.where(possible, n, np.nan), np.where(possible, k, np.nan)
    middle = (k + _Z95**2 / 2) / (n + _Z95**2)
    half = _Z95 / (n + _Z95**2) * np.sqrt(k * (n - k) / n + _Z95**2 / 4)
    return np.maximum(middle - half, 0.0), np.minimum(middle + half, 1.0)


class _Ranked(NamedTuple):
    ranks: npt.NDArray[np.int64]  # 0: not ranked
    found: Sums


def ranking(counters: Counters, key: str, kind: str, period: Period, minimum: int = 10) -> pl.DataFrame:
    """The units of a kind in force on the last day, best first, then those not ranked (rank null, with a reason).

    Columns: rank (1, 2, 2, 4), unit, name, numerator, denominator, value, low and high (95 % Wilson interval of a
    rate), rank_low and rank_high (the ranks that intervals leave possible: 1 + those surely better, and those not
    surely worse), previous_rank (same rule, the period before of the same length), reason ("nothing_to_count",
    "too_few": denominator under `minimum`). Where neither direction is better, the greater value stands first.
    Raises ValueError for an unknown indicator or kind.
    """
    if kind not in KINDS:
        raise ValueError(f"unknown kind {kind!r}; known: {', '.join(KINDS)}")
    indicator = indicators([key])[0]
    now = _ranked(counters, indicator, kind, period, minimum)
    before = _ranked(counters, indicator, kind, period.previous(), minimum)
    hierarchy = counters.hierarchy
    numbers = np.array(
        [unit for unit in hierarchy.in_force(day_number(period.end)) if hierarchy.kinds[unit] == kind], np.int64
    )
    numerator, denominator = now.found
    value = now.found.value / (indicator.unit_of_sum if denominator is None else 1)
    ranks = now.ranks[numbers]
    low, high = _interval(indicator, now.found, numbers)
    best, worst = _rank_range(low, high, ranks, smaller_is_better=indicator.better == "lower")
    frame = pl.DataFrame(
        {
            "rank": _null_zero(ranks),
            "unit": [hierarchy.codes[unit] for unit in numbers],
            "name": [hierarchy.names[unit] for unit in numbers],
            "numerator": numerator[numbers] / indicator.unit_of_sum,
            "denominator": [None] * len(numbers)
            if denominator is None
            else denominator[numbers] / indicator.unit_of_sum,
            "value": value[numbers],
            "low": low,
            "high": high,
            "rank_low": _null_zero(best),
            "rank_high": _null_zero(worst),
            "previous_rank": _null_zero(before.ranks[numbers]),
            "reason": _reasons(now.found, numbers, ranks),
        },
        schema=_COLUMNS,
    )
    return frame.with_columns(pl.col("value", "low", "high").fill_nan(None)).sort("rank", "unit", nulls_last=True)


def _ranked(counters: Counters, indicator: Indicator, kind: str, period: Period, minimum: int) -> _Ranked:
    found = sums(indicator, Question(counters, period))
    ranks = np.zeros(len(counters.hierarchy), np.int64)
    numbers = [
        unit for unit in counters.hierarchy.in_force(day_number(period.end)) if counters.hierarchy.kinds[unit] == kind
    ]
    enough = [unit for unit in numbers if found.denominator is None or found.denominator[unit] >= max(minimum, 1)]
    values = found.value[enough] * (1 if indicator.better == "lower" else -1)
    ranks[enough] = np.searchsorted(np.sort(values), values, side="left") + 1
    return _Ranked(ranks, found)


def _interval(indicator: Indicator, found: Sums, numbers: npt.NDArray[np.int64]) -> tuple[Floats, Floats]:
    if indicator.form != "rate" or found.denominator is None:
        nothing = np.full(len(numbers), np.nan)
        return nothing, nothing.copy()
    return wilson(found.numerator[numbers], found.denominator[numbers])


def _rank_range(
    low: Floats, high: Floats, ranks: npt.NDArray[np.int64], *, smaller_is_better: bool
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """Per unit the best and the worst rank that its interval and the others' leave possible; 0 where not ranked."""
    if smaller_is_better:
        low, high = -high, -low
    best, worst = np.zeros_like(ranks), np.zeros_like(ranks)
    ranked = (ranks > 0) & ~np.isnan(low)
    lows, highs = np.sort(low[ranked]), np.sort(high[ranked])
    best[ranked] = 1 + len(lows) - np.searchsorted(lows, high[ranked], side="right")
    worst[ranked] = len(highs) - np.searchsorted(highs, low[ranked], side="left")
    return best, worst


def _reasons(found: Sums, numbers: npt.NDArray[np.int64], ranks: npt.NDArray[np.int64]) -> list[str | None]:
    counted = np.ones(len(numbers)) if found.denominator is None else found.denominator[numbers]
    return [None if rank else TOO_FEW if n else NOTHING_TO_COUNT for rank, n in zip(ranks, counted, strict=True)]


def _null_zero(values: npt.NDArray[np.int64]) -> list[int | None]:
    return [int(value) or None for value in values]
