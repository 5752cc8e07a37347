"""Places among peers by exact fractions, and the change of a place taken apart.

A place moves for four reasons, and one after the other they are let happen, in this order: those who left the ranking
go; the unit's own value changes; the others' values change; those who entered come. Each part is the places gained by
its step, so the parts always add up to the whole: previous place less new place.
"""

from bisect import bisect_left
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from metrics._figures import Sums

# Two different fractions with 63-bit denominators are at least 2^-126 apart: at this scale, whole numbers tell them
# apart in their right order, and equal fractions give equal numbers.
_SCALE_BITS = 128


def exact_values(found: Sums, units: Sequence[int], *, smaller_is_better: bool) -> dict[int, int]:
    """Unit to a whole number that stands for its value: the smaller, the better, equal only for equal fractions.

    Every unit asked must have a denominator above 0 (or the indicator none).
    """
    sign = 1 if smaller_is_better else -1
    values = {}
    for unit in units:
        if found.given is None:
            numerator = int(found.numerator[unit])
            denominator = 1 if found.denominator is None else int(found.denominator[unit])
        else:
            numerator, denominator = float(found.given[unit]).as_integer_ratio()
        values[unit] = (sign * numerator << _SCALE_BITS) // denominator
    return values


def places(values: Mapping[int, int]) -> dict[int, int]:
    """Competition ranks (1, 2, 2, 4): one more than the number of those that are better."""
    ordered = sorted(values.values())
    return {unit: bisect_left(ordered, value) + 1 for unit, value in values.items()}


class Movement(NamedTuple):
    """Places gained (negative: lost) since the previous period; the parts add up to `previous - now`."""

    own_change: int
    others_change: int
    entered: int
    left: int


def movements(now: Mapping[int, int], before: Mapping[int, int]) -> dict[int, Movement]:
    """The movement of every unit with a place in both periods; values as `exact_values` gives them."""
    both = now.keys() & before.keys()
    old_all, new_all = sorted(before.values()), sorted(now.values())
    old, new = sorted(before[unit] for unit in both), sorted(now[unit] for unit in both)
    moved = {}
    for unit in both:
        old_value, new_value = before[unit], now[unit]
        first = bisect_left(old_all, old_value)
        without_left = bisect_left(old, old_value)
        # Its own old value is still among the others' old ones: it must not stand in its own way.
        own_changed = bisect_left(old, new_value) - (old_value < new_value)
        others_changed = bisect_left(new, new_value)
        last = bisect_left(new_all, new_value)
        moved[unit] = Movement(
            own_change=without_left - own_changed,
            others_change=own_changed - others_changed,
            entered=others_changed - last,
            left=first - without_left,
        )
    return moved
