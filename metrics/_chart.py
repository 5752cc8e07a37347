"""What may be called a change: rules that call chance a change at most once in a hundred times.

Over time (`individuals`): the mean of the last four weeks against the 24 weeks before. It is a change when
1. it lies outside the limits of the individuals chart: the mean of the weeks before, plus and minus so many sigmas
   (from the mean moving range, as for every individuals chart) that steady values stay inside 99 times of 100; and
2. of all ways to choose as many of these weeks, at most 1 in 150 has a mean as far from that of all of them. This
   holds for any steady values: counts of rare events and skewed ones too, for which the chart alone cries wolf.
A real shift of three sigmas of the weekly values is named once its four weeks are there, at least nine times of ten.
It is a change too when all the weeks drift one way beyond chance (`metrics/_drift.py`): a wall that draws a rising line
must not say beside it that nothing changes.

Between two (`shifted`, `funnel`): the exact test of two proportions, at 1 % for all comparisons together.
"""

from collections.abc import Sequence
from functools import lru_cache
from itertools import combinations
from math import exp, isclose, lgamma, sqrt
from typing import NamedTuple

import numpy as np

from metrics._change import Share
from metrics._drift import drift, likeness
from metrics._hierarchy import Floats, Ints

LATEST, BEFORE = 4, 24  # weeks
# So many figures are looked at together: a scene of the wall holds six at most. The same everywhere, so that none says
# "changed" where another says "unchanged".
TOGETHER = 6
_FEWEST_LATEST, _FEWEST_BEFORE = 3, 12
FALSE = 0.01  # how often two alike may be called different
_RARE = 1 / 150  # below FALSE by more than a simulation of 20,000 runs errs
_Z99 = 2.5758293035489004  # two-sided 99 % of the normal distribution
RANGE_PER_SIGMA = 1.1283791670955126  # the mean moving range of two normal values
_TOLERANCE = 1e-9


class Signal(NamedTuple):
    """Whether a value has moved: 1 up, -1 down, 0 no more than chance explains. A drift moves it within its limits too.

    `now`: the mean of the last weeks; `center`, `low`, `high`: the mean of those before and its limits. `enough`:
    whether there are enough weeks to say anything; without, direction is 0 and the numbers may be None.
    """

    direction: int
    now: float | None
    center: float | None
    low: float | None
    high: float | None
    enough: bool


def individuals(values: Sequence[float | None], *, among: int = 1, standing: bool = False) -> Signal:
    """Whether the last four of weekly values, old to new, differ from the 24 before; None: nothing was to count.

    At least 3 of the last and 12 of those before must be there. `among`: so many values are looked at together, and
    1 % is the chance that any of them is called changed falsely. `standing`: a state, such as what is open, of which
    much is still the same a week later: the limits widen by how alike neighbouring weeks are. Beyond an `among` of
    about 100 nothing can be so rare that it is named.
    """
    latest = _present(values[-LATEST:])
    before = _present(values[-LATEST - BEFORE : -LATEST])
    now, center = _mean(latest), _mean(before)
    if now is None or center is None or len(latest) < _FEWEST_LATEST or len(before) < _FEWEST_BEFORE:
        return Signal(0, now, center, None, None, enough=False)
    margin = _limit(before, standing=standing) * sqrt(1 / len(latest) + 1 / len(before))
    outside = abs(now - center) > margin + _TOLERANCE * abs(center)
    together = np.concatenate([before, latest])
    shifted_to = (now > center) - (now < center)
    named = outside and _rarity(together, len(latest)) <= _RARE / among
    if not named:
        named = drift(together, among=among, standing=standing) == shifted_to
    direction = shifted_to if named else 0
    return Signal(direction, now, center, center - margin, center + margin, enough=True)


def _present(values: Sequence[float | None]) -> Floats:
    return np.array([value for value in values if value is not None], dtype=np.float64)


def _mean(values: Floats) -> float | None:
    return float(values.mean()) if len(values) else None


def _limit(before: Floats, *, standing: bool) -> float:
    """Sigma times its factor; the factors, found by simulation, allow for how badly few weeks tell sigma."""
    sigma = float(np.abs(np.diff(before)).mean()) / RANGE_PER_SIGMA
    if not standing:
        return _Z99 * (1 + 2.6 / len(before) + 9 / len(before) ** 2) * sigma
    sigma = max(sigma, float(before.std(ddof=1)))
    return _Z99 * (1 + 6 / len(before)) * sigma * sqrt(likeness(before - before.mean()))


def _rarity(values: Floats, latest: int) -> float:
    """The share of all choices of `latest` of the values whose mean is as far from the middle as that of the last."""
    apart = values - values.mean()
    sums = np.abs(apart.take(_choices(len(values), latest)).sum(axis=0))
    seen = abs(float(apart[-latest:].sum()))
    return float((sums >= seen - _TOLERANCE * float(np.abs(values).max())).mean())


@lru_cache(maxsize=32)
def _choices(among: int, chosen: int) -> Ints:
    return np.array(list(combinations(range(among), chosen)), dtype=np.int64).T.copy()


def shifted(now: Share, before: Share, among: int = 1) -> int:
    """1 when the rate is higher than before, -1 when lower, 0 when chance explains the difference.

    Two independent proportions, exactly, at 1 % for all `among` comparisons together. 0 too where one counts nothing
    or is no proportion.
    """
    if not (_is_proportion(now) and _is_proportion(before)):
        return 0
    total = now.denominator + before.denominator
    return _beyond_chance(now, Share(now.numerator + before.numerator, total), among)


def funnel(part: Share, whole: Share, among: float = 1) -> int:
    """1 when the rate of a part lies above that of the whole it belongs to by more than chance explains, -1 below.

    The limits are those of a funnel plot: wide for a part that counts little. At 1 % for all `among` parts together.
    0 too where one counts nothing, is no proportion, or the part is not within the whole.
    """
    rest = Share(whole.numerator - part.numerator, whole.denominator - part.denominator)
    if not (_is_proportion(part) and _is_proportion(rest)):
        return 0
    return _beyond_chance(part, whole, among)


def _is_proportion(share: Share) -> bool:
    return share.denominator > 0 and 0 <= share.numerator <= share.denominator


def _beyond_chance(part: Share, whole: Share, among: float) -> int:
    """The exact test: were the hits of the whole dealt at random, would a part of this size get so many, so few?"""
    hits, size = round(part.numerator), round(part.denominator)
    all_hits, total = round(whole.numerator), round(whole.denominator)
    expected = size * all_hits / total
    if isclose(hits, expected):
        return 0
    upwards = hits > expected
    chance = _tail(hits, size, all_hits, total) if upwards else _tail(size - hits, size, total - all_hits, total)
    return (1 if upwards else -1) if chance <= FALSE / among / 2 else 0


def _tail(hits: int, size: int, all_hits: int, total: int) -> float:
    """The chance of at least `hits` (more than expected) among `size` drawn of `total`, of which `all_hits` hit."""
    ways = _log_choose(all_hits, hits) + _log_choose(total - all_hits, size - hits)
    term = exp(ways - _log_choose(total, size))
    chance = 0.0
    while term > chance * _TOLERANCE and hits <= min(size, all_hits):
        chance += term
        term *= (all_hits - hits) * (size - hits) / ((hits + 1) * (total - all_hits - size + hits + 1))
        hits += 1
    return chance


def _log_choose(among: int, chosen: int) -> float:
    return lgamma(among + 1) - lgamma(chosen + 1) - lgamma(among - chosen + 1)
