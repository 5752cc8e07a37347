"""A slow and steady way in one direction, which no comparison of the last weeks with those before must overlook.

Of what happens (flows, rates): Kendall's rank test of a trend over all the weeks, its variance widened by how alike
neighbouring weeks are once the trend is taken off. Of a state, such as what is open: the mean of its changes from week
to week, which for a state that wanders without aim is nothing.
"""

from math import sqrt
from statistics import NormalDist

import numpy as np

from metrics._hierarchy import Floats

_CHANCE = 0.002  # how often a series without any drift may be said to have one
_FEWEST = 16  # weeks
_MOST_ALIKE = 0.9


def drift(values: Floats, *, among: int, standing: bool) -> int:
    """1 when the values, old to new, rise, -1 when they fall, 0 when chance explains it or they are too few.

    `among`: so many series are looked at together.
    """
    if len(values) < _FEWEST or np.ptp(values) == 0:
        return 0
    limit = NormalDist().inv_cdf(1 - _CHANCE / among / 2)
    return _of_changes(np.diff(values), limit) if standing else _of_ranks(values, limit)


def _of_changes(changes: Floats, limit: float) -> int:
    """The mean against its own error; the limit widened to Student's, for the error is an estimate."""
    free = len(changes) - 1
    error = float(changes.std(ddof=1)) / sqrt(len(changes))
    widened = limit + (limit**3 + limit) / (4 * free)
    mean = float(changes.mean())
    if abs(mean) <= widened * error:
        return 0
    return 1 if mean > 0 else -1


def _of_ranks(values: Floats, limit: float) -> int:
    count = len(values)
    later, earlier = np.triu_indices(count, 1)[::-1]
    score = float(np.sign(values[later] - values[earlier]).sum())
    weeks = np.arange(count, dtype=np.float64)
    off_the_trend = values - np.polyval(np.polyfit(weeks, values, 1), weeks)
    spread = sqrt(count * (count - 1) * (2 * count + 5) / 18 * likeness(off_the_trend))
    if abs(score) <= limit * spread + 1:
        return 0
    return 1 if score > 0 else -1


def likeness(apart: Floats) -> float:
    """How much more chance spreads what is made of values when each is like the one before it (autocorrelation at one
    step); 1 when none is. `apart`: their distances from what they are expected to be."""
    spread = float(apart @ apart)
    alike = float(apart[1:] @ apart[:-1]) / spread if spread else 0.0
    alike = min(max(alike, 0.0), _MOST_ALIKE)
    return (1 + alike) / (1 - alike)
