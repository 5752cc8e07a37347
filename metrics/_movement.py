"""Places among peers by exact fractions, and the change of a place taken apart.

A place moves for four reasons, and one after the other they are let happen, in this order: those who left the ranking
go; the unit's own value changes; the others' values change; those who entered come. Each part is the places gained by
its step, so the parts always add up to the whole: previous place less new place.
"""

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from metrics._figures import Sums
from metrics._hierarchy import Ints
from metrics._order import order

# Comparable with each other: whole numbers of a count, floats where these tell all fractions apart, else whole numbers
# of any size.
Values = npt.NDArray[Any]

# Different fractions of numbers below 2^25 are apart by 2^-50 of themselves, equal ones round to one float.
_PLAIN = 2**25
# Two different fractions with 63-bit denominators are at least 2^-126 apart: at this scale, whole numbers tell them
# apart in their right order, and equal fractions give equal numbers.
_SCALE_BITS = 128


def exact_values(asked: Sequence[tuple[Sums, Ints]], *, smaller_is_better: bool) -> list[Values]:
    """For each of the sums asked, the values of its units as numbers: the smaller, the better, equal only for equal
    fractions; those of one sum can be compared with those of the others.

    Every unit asked must have a denominator above 0 (or the indicator none).
    """
    sign = 1 if smaller_is_better else -1
    if all(found.denominator is None and found.given is None for found, _ in asked):
        return [sign * found.numerator[units] for found, units in asked]
    if all(_plain(found, units) for found, units in asked):
        return [sign * found.value[units] for found, units in asked]
    return [np.array([sign * _scaled(found, int(unit)) for unit in units], dtype=object) for found, units in asked]


def _plain(found: Sums, units: Ints) -> bool:
    """Whether the floats of these units' values are in the order of the values, and equal only where they are."""
    if found.given is not None:
        return True
    if found.denominator is None:
        return False
    parts = (found.numerator[units], found.denominator[units])
    return all(part.min(initial=0) > -_PLAIN and part.max(initial=0) < _PLAIN for part in parts)


def _scaled(found: Sums, unit: int) -> int:
    if found.given is not None:
        numerator, denominator = float(found.given[unit]).as_integer_ratio()
    else:
        numerator = int(found.numerator[unit])
        denominator = 1 if found.denominator is None else int(found.denominator[unit])
    return (numerator << _SCALE_BITS) // denominator


class Placed(NamedTuple):
    """Units, best first (of equal ones those first that came first), with their values and places (1, 2, 2, 4)."""

    units: Ints
    values: Values
    places: Ints


class Placements(NamedTuple):
    """The units of two periods, and of each of `now`, in its order, how many of `before` have a better value."""

    now: Placed
    before: Placed
    behind: Ints


def placed(now: tuple[Ints, Values], before: tuple[Ints, Values]) -> Placements:
    """Competition places of units with these values: one more than the number of the period's that are better."""
    values, count = np.concatenate([now[1], before[1]]), len(now[0])
    # Both periods in one order: of equal values those of now come first.
    found = order(values)
    of_now, of_before = np.flatnonzero(found < count), np.flatnonzero(found >= count)
    return Placements(
        now=_placed(*now, found[of_now]),
        before=_placed(*before, found[of_before] - count),
        behind=of_now - np.arange(count),
    )


def _placed(units: Ints, values: Values, found: Ints) -> Placed:
    ordered = values[found]
    return Placed(units[found], ordered, _places(ordered))


def _places(ordered: Values) -> Ints:
    """The places of values in their order."""
    place = np.arange(1, len(ordered) + 1)
    place[1:] *= ordered[1:] != ordered[:-1]
    return np.maximum.accumulate(place)


class Movement(NamedTuple):
    """Places gained (negative: lost) since the previous period; the parts add up to `previous - now`."""

    own_change: Ints
    others_change: Ints
    entered: Ints
    left: Ints


def movements(both: Placements) -> tuple[Ints, Movement]:
    """Where among the units of `now` those stand that had a place before too, and of each of these its movement."""
    now, before, behind = both
    # Where in the old order a unit stands; -1 where it does not.
    place = np.full(max(now.units.max(initial=0), before.units.max(initial=0)) + 1, -1)
    place[before.units] = np.arange(len(before.units))
    last = place[now.units]
    in_both = np.flatnonzero(last >= 0)
    last = last[in_both]
    stayed = np.zeros(len(before.units) + 1, np.int64)
    stayed[last + 1] = 1
    new, old = _only(now, in_both), _only(before, np.flatnonzero(stayed[1:]))
    # Of so many first ones of the old order how many stayed.
    stayed = stayed.cumsum()
    at = stayed[last]
    without_left = old.places[at]
    # Its own old value is still among the others' old ones: it must not stand in its own way.
    own_changed = stayed[behind[in_both]] + 1 - (old.values[at] < new.values)
    return in_both, Movement(
        own_change=without_left - own_changed,
        others_change=own_changed - new.places,
        entered=new.places - now.places[in_both],
        left=before.places[last] - without_left,
    )


def _only(ranked: Placed, chosen: Ints) -> Placed:
    """The chosen ones, in their order, with their places among each other."""
    if len(chosen) == len(ranked.units):
        return ranked
    values = ranked.values[chosen]
    return Placed(ranked.units[chosen], values, _places(values))
