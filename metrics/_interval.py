"""How sure a rate is, and which places that leaves possible."""

import numpy as np
import numpy.typing as npt

from metrics._hierarchy import Floats, Ints
from metrics._order import order

_Z95 = 1.959963984540054  # two-sided 95 % of the normal distribution


def wilson(numerator: npt.ArrayLike, denominator: npt.ArrayLike) -> tuple[Floats, Floats]:
    """The 95 % Wilson score interval of a proportion; NaN where it is none (no denominator, more than all)."""
    k, n = np.asarray(numerator, np.float64), np.asarray(denominator, np.float64)
    rest = n - k
    # By the least of each: three numbers are compared, not three thousand.
    if not (n.min(initial=1) > 0 and k.min(initial=0) >= 0 and rest.min(initial=0) >= 0):
        n = np.where((n > 0) & (k >= 0) & (rest >= 0), n, np.nan)
    wide = n + _Z95**2
    middle = (k + _Z95**2 / 2) / wide
    # In its place: each further array costs as much as what is worked out.
    half = k * rest
    half /= n
    half += _Z95**2 / 4
    half = np.sqrt(half)
    half *= _Z95 / wide
    return np.maximum(middle - half, 0.0), np.minimum(middle + half, 1.0)


def rank_range(low: Floats, high: Floats, *, smaller_is_better: bool) -> tuple[Ints, Ints]:
    """Per interval the best and the worst rank that it and the others' leave possible; 0 where the bounds are NaN."""
    if np.isnan(low).any():
        known = ~np.isnan(low)
        best, worst = np.zeros(len(low), np.int64), np.zeros(len(low), np.int64)
        best[known], worst[known] = rank_range(low[known], high[known], smaller_is_better=smaller_is_better)
        return best, worst
    count, each = len(low), np.arange(len(low))
    # Of equal bounds the lower ones come first: who only touch are not surely apart.
    bounds = order(np.concatenate([low, high]))
    is_low = bounds < count
    lows, highs = is_low.nonzero()[0], (~is_low).nonzero()[0]
    surely_lower, surely_higher = np.empty(count, np.int64), np.empty(count, np.int64)
    surely_lower[bounds.take(lows)] = lows - each
    surely_higher[bounds.take(highs) - count] = count + each - highs
    better, worse = (surely_lower, surely_higher) if smaller_is_better else (surely_higher, surely_lower)
    return 1 + better, count - worse
