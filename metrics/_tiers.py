"""A figure taken apart by the tier of the units whose records it counts."""

from typing import Literal

import numpy as np

from metrics._change import Share
from metrics._counters import Counters
from metrics._figures import indicators, sums
from metrics._hierarchy import numbers_of
from metrics._period import Period, day_number
from metrics._procedures import TIER_OF_KIND
from metrics._question import Question

Tier = Literal["tinh", "huyen", "xa"]
_TIERS: tuple[Tier, ...] = ("tinh", "huyen", "xa")


def by_tier(counters: Counters, key: str, root: str, period: Period) -> dict[Tier, Share]:
    """What the units of each tier under `root` (and itself) count for themselves in the period, the highest tier first.

    Departments are of the province's tier. For a rate of events the tiers add up to the root's figure; a tier without
    units is left out. ValueError for an unknown unit or indicator.
    """
    top = numbers_of(counters.hierarchy, [root], day_number(period.end))[0]
    spans = [chosen["unit"] for _start, _end, chosen in Question(counters, period).spans_with(top)]
    under = np.flatnonzero(np.any(spans, axis=0)).tolist()
    found = sums(indicators([key])[0], Question(counters, period, "own"))
    bottom = np.zeros_like(found.numerator) if found.denominator is None else found.denominator
    tiers: dict[Tier, Share] = {}
    for tier in _TIERS:
        mine = [unit for unit in under if TIER_OF_KIND.get(counters.hierarchy.kinds[unit]) == tier]
        if mine:
            tiers[tier] = Share(float(found.numerator[mine].sum()), float(bottom[mine].sum()))
    return tiers
