"""A funnel plot: the rates of a group's units beside how many cases each has, and what chance alone would give.

Its limits are exactly where `funnel` begins to call a part different: a part is named when it lies outside, and only
then. They know chance only. Where units do different work, many lie outside for a reason.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from math import sqrt
from statistics import NormalDist
from typing import NamedTuple

from metrics._change import Share
from metrics._chart import FALSE, funnel

# As `among`: of parts that are alike, so many in a hundred lie outside by chance: 5, and 0.2.
AT_95, AT_998 = FALSE / 0.05, FALSE / 0.002
_FEWEST = 2


class Limits(NamedTuple):
    """Rates of 0 to 1 between which chance explains a part."""

    low: float
    high: float


class Spot(NamedTuple):
    """A unit of a funnel. Each of `named`, `at_998`, `at_95`: 1 above, -1 below, 0 within the limits.

    `named`: the limits that at most 1 % of all funnels of so many units would leave anybody outside of.
    """

    unit: str
    part: Share
    named: int
    at_998: int
    at_95: int


@dataclass(frozen=True, kw_only=True)
class Funnel:
    """The units that have something to count, in the order given, around the rate of all of them together."""

    whole: Share
    spots: Sequence[Spot]

    @property
    def among(self) -> int:
        """How many are compared at once."""
        return len(self.spots)


def funnel_of(parts: Mapping[str, Share]) -> Funnel | None:
    """The funnel of units by their code; who counts nothing, or is no proportion, is left out.

    None where fewer than two are left: there is nothing to compare.
    """
    counted = {unit: part for unit, part in parts.items() if 0 <= part.numerator <= part.denominator > 0}
    if len(counted) < _FEWEST:
        return None
    shares = counted.values()
    whole = Share(sum(part.numerator for part in shares), sum(part.denominator for part in shares))
    levels = (len(counted), AT_998, AT_95)
    spots = [Spot(unit, part, *(funnel(part, whole, level) for level in levels)) for unit, part in counted.items()]
    return Funnel(whole=whole, spots=spots)


# A drawing asks for each limit again and again: for its curves, for each of its widths, for the table beside it.
@lru_cache(maxsize=16384)
def funnel_limits(size: float, whole: Share, among: float) -> Limits:
    """The limits for a part of so many cases of the whole, as `funnel` draws them with the same `among`.

    They stand half a case beyond the last number of hits within, so that no part lies on one. ValueError for a part
    that counts nothing or more than the whole.
    """
    count = round(size)
    if not 0 < count <= round(whole.denominator):
        raise ValueError(f"a part of {size} cases does not fit into {whole.denominator}")
    least, most = _last_within(count, whole, among, -1), _last_within(count, whole, among, 1)
    return Limits(max((least - 0.5) / count, 0.0), min((most + 0.5) / count, 1.0))


def _last_within(size: int, whole: Share, among: float, side: int) -> int:
    """The furthest number of hits on a side that chance still explains: from where the normal distribution puts it,
    step by step."""
    all_hits, total = round(whole.numerator), round(whole.denominator)
    fewest, most = max(size - (total - all_hits), 0), min(size, all_hits)
    rate = all_hits / total
    spread = sqrt(size * rate * (1 - rate) * (total - size) / max(total - 1, 1))
    guess = round(size * rate + side * NormalDist().inv_cdf(1 - FALSE / among / 2) * spread)
    hits, end = min(max(guess, fewest), most), most if side > 0 else fewest
    while hits != end and funnel(Share(hits, size), whole, among) != side:
        hits += side
    while funnel(Share(hits, size), whole, among) == side:
        hits -= side
    return hits
