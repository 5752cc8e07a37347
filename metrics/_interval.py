"""How sure a rate is, and which places that leaves possible."""

import numpy as np
import numpy.typing as npt

from metrics._contract import Indicator
from metrics._figures import Sums
from metrics._hierarchy import Floats, Ints

_Z95 = 1.959963984540054  # two-sided 95 % of the normal distribution


def wilson(numerator: npt.ArrayLike, denominator: npt.ArrayLike) -> tuple[Floats, Floats]:
    """The 95 % Wilson score interval of a proportion; NaN where it is none (no denominator, more than all)."""
    k, n = np.asarray(numerator, np.float64), np.asarray(denominator, np.float64)
    possible = (n > 0) & (k >= 0) & (k <= n)
    n, k = np.where(possible, n, np.nan), np.where(possible, k, np.nan)
    middle = (k + _Z95**2 / 2) / (n + _Z95**2)
    half = _Z95 / (n + _Z95**2) * np.sqrt(k * (n - k) / n + _Z95**2 / 4)
    return np.maximum(middle - half, 0.0), np.minimum(middle + half, 1.0)


def interval(indicator: Indicator, found: Sums, numbers: Ints) -> tuple[Floats, Floats]:
    """The Wilson interval of these units' rates; NaN for what is no rate."""
    if indicator.form != "rate" or found.denominator is None:
        nothing = np.full(len(numbers), np.nan)
        return nothing, nothing.copy()
    return wilson(found.numerator[numbers], found.denominator[numbers])


def rank_range(low: Floats, high: Floats, ranks: Ints, *, smaller_is_better: bool) -> tuple[Ints, Ints]:
    """Per unit the best and the worst rank that its interval and the others' leave possible; 0 where not ranked."""
    if smaller_is_better:
        low, high = -high, -low
    best, worst = np.zeros_like(ranks), np.zeros_like(ranks)
    ranked = np.flatnonzero((ranks > 0) & ~np.isnan(low))
    low, high = low[ranked], high[ranked]
    best[ranked] = 1 + len(ranked) - np.searchsorted(np.sort(low), high, side="right")
    worst[ranked] = len(ranked) - np.searchsorted(np.sort(high), low, side="left")
    return best, worst
