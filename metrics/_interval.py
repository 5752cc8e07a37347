"""How sure a rate is, and which places that leaves possible."""

import numpy as np
import numpy.typing as npt

from metrics._hierarchy import Floats, Ints
from metrics._order import order

_Z95 = 1.959963984540054  # two-sided 95 % of the normal distribution


def wilson(numerator: npt.ArrayLike, denominator: npt.ArrayLike) -> tuple[Floats, Floats]:
    """The 95 % Wilson score interval of a proportion; NaN where it is none (no denominator, more than all)."""
    k, n = np.asarray(numerator, np.float64), np.asarray(denominator, np.float64)
    possible = (n > 0) & (k >= 0) & (k <= n)
    if not possible.all():
        n = np.where(possible, n, np.nan)
    wide = n + _Z95**2
    middle = (k + _Z95**2 / 2) / wide
    half = _Z95 / wide * np.sqrt(k * (n - k) / n + _Z95**2 / 4)
    return np.maximum(middle - half, 0.0), np.minimum(middle + half, 1.0)


def rank_range(low: Floats, high: Floats, *, smaller_is_better: bool) -> tuple[Ints, Ints]:
    """Per interval the best and the worst rank that it and the others' leave possible; 0 where the bounds are NaN."""
    known = ~np.isnan(low)
    if not known.all():
        best, worst = np.zeros(len(low), np.int64), np.zeros(len(low), np.int64)
        best[known], worst[known] = rank_range(low[known], high[known], smaller_is_better=smaller_is_better)
        return best, worst
    count, each = len(low), np.arange(len(low))
    # Of equal bounds the lower ones come first: who only touch are not surely apart.
    bounds = order(np.concatenate([low, high]))
    lows, highs = np.flatnonzero(bounds < count), np.flatnonzero(bounds >= count)
    surely_lower, surely_higher = np.empty_like(each), np.empty_like(each)
    surely_lower[bounds[lows]] = lows - each
    surely_higher[bounds[highs] - count] = count + each - highs
    better, worse = (surely_lower, surely_higher) if smaller_is_better else (surely_higher, surely_lower)
    return 1 + better, count - worse
