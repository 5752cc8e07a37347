"""Which ranks intervals leave possible, counted one by one: who is surely better, who is not surely worse."""

from random import Random

import numpy as np
import pytest

from metrics._interval import rank_range


def slow(bounds: list[tuple[float, float]], smaller_is_better: bool) -> list[tuple[int, int]]:
    """1 + those surely better, and all but those surely worse; (0, 0) for an interval that is none."""
    known = [pair for pair in bounds if pair[0] == pair[0]]
    ranges = []
    for low, high in bounds:
        lower, higher = sum(other[1] < low for other in known), sum(other[0] > high for other in known)
        better, worse = (lower, higher) if smaller_is_better else (higher, lower)
        ranges.append((1 + better, len(known) - worse) if low == low else (0, 0))
    return ranges


@pytest.mark.parametrize("smaller_is_better", [True, False])
@pytest.mark.parametrize("count", [0, 1, 7, 400])
@pytest.mark.parametrize("unknown", [0, 3])
def test_ranges_count_who_is_surely_apart(count: int, unknown: int, smaller_is_better: bool) -> None:
    # In twentieths bounds are often equal: who only touch are not apart.
    random = Random(count + unknown)
    lows = [random.randrange(20) for _ in range(count)]
    bounds = [(low / 20, random.randint(low, 20) / 20) for low in lows] + [(np.nan, np.nan)] * unknown
    random.shuffle(bounds)
    low, high = np.array(bounds).reshape(-1, 2).T
    best, worst = rank_range(low, high, smaller_is_better=smaller_is_better)
    assert list(zip(best.tolist(), worst.tolist(), strict=True)) == slow(bounds, smaller_is_better)
