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
from metrics._hierarchy import Flags, Ints
from metrics._order import order

# Comparable with each other: whole numbers of a count, floats where these tell all fractions apart, else whole numbers
# of any size.
Values = npt.NDArray[Any]

# Different fractions of numbers below 2^25 are apart by 2^-50 of themselves, equal ones round to one float.
_PLAIN = 2**25
# Two different fractions with 63-bit denominators are at least 2^-126 apart: at this scale, whole numbers tell them
# apart in their right order, and equal fractions give equal numbers.
_SCALE_BITS = 128


def exact_values(asked: Sequence[Sums], *, smaller_is_better: bool) -> list[Values]:
    """For each of the sums asked, the values of its units as numbers: the smaller, the better, equal only for equal
    fractions; those of one sum can be compared with those of the others.

    Every unit must have a denominator above 0 (or the indicator none).
    """
    if all(found.denominator is None and found.given is None for found in asked):
        values: list[Values] = [found.numerator for found in asked]
    elif all(_plain(found) for found in asked):
        values = [found.value for found in asked]
    else:
        values = [np.array([_scaled(found, unit) for unit in range(len(found.numerator))], object) for found in asked]
    return values if smaller_is_better else [-one for one in values]


def _plain(found: Sums) -> bool:
    """Whether the floats of the units' values are in the order of the values, and equal only where they are."""
    if found.given is not None:
        return True
    if found.denominator is None or found.numerator.min(initial=0) <= -_PLAIN:
        return False
    return bool(found.numerator.max(initial=0) < _PLAIN and found.denominator.max(initial=0) < _PLAIN)


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

    def where(self, units: Ints, count: int) -> Ints:
        """Where among these units each of others stands, -1 where it does not; all units are numbered below `count`."""
        # From 1 on, so that 0 is nowhere.
        place = np.zeros(count, np.int64)
        place[self.units] = np.arange(1, len(self.units) + 1)
        return place.take(units) - 1


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
    is_now = found < count
    of_now, of_before = is_now.nonzero()[0], (~is_now).nonzero()[0]
    return Placements(
        now=_placed(*now, found.take(of_now)),
        before=_placed(*before, found.take(of_before) - count),
        behind=of_now - np.arange(count),
    )


def _placed(units: Ints, values: Values, found: Ints) -> Placed:
    ordered = values.take(found)
    return Placed(units.take(found), ordered, _places(ordered))


def _places(ordered: Values) -> Ints:
    """The places of values in their order."""
    others = (ordered[1:] != ordered[:-1]).nonzero()[0] + 1
    steps, step = others.copy(), np.zeros(len(ordered), np.int64)
    steps[1:] -= others[:-1]
    step[:1], step[others] = 1, steps
    return step.cumsum()


class Movement(NamedTuple):
    """Places gained (negative: lost) since the previous period; the parts add up to `previous - now`."""

    own_change: Ints
    others_change: Ints
    entered: Ints
    left: Ints


def movements(both: Placements, last: Ints) -> tuple[Flags, Movement]:
    """Which units of `now` had a place before too, and of each of these its movement.

    `last`: where among the units of `before` those of `now` stand, -1 where they do not.
    """
    now, before, behind = both
    stays = last >= 0
    if len(now.units) == len(before.units) and stays.all():
        # Nobody came or went.
        without_left, own_changed = before.places.take(last), _own_changed(behind, before.values.take(last), now.values)
        nothing = np.zeros(len(last), np.int64)
        return stays, Movement(without_left - own_changed, own_changed - now.places, entered=nothing, left=nothing)
    in_both = stays.nonzero()[0]
    last = last[in_both]
    stayed = np.zeros(len(before.units) + 1, np.int64)
    stayed[last + 1] = 1
    new, old = _only(now, in_both), _only(before, stayed[1:].nonzero()[0])
    # Of so many first ones of the old order how many stayed.
    stayed = stayed.cumsum()
    at = stayed[last]
    without_left = old.places[at]
    own_changed = _own_changed(stayed[behind[in_both]], old.values[at], new.values)
    return stays, Movement(
        own_change=without_left - own_changed,
        others_change=own_changed - new.places,
        entered=new.places - now.places[in_both],
        left=before.places[last] - without_left,
    )


def _own_changed(better: Ints, old: Values, new: Values) -> Ints:
    """The places of new values among the others' old ones. `better`: how many old ones are better than each; its own
    is among these, and must not stand in its own way."""
    return better + (old >= new)


def _only(ranked: Placed, chosen: Ints) -> Placed:
    """The chosen ones, in their order, with their places among each other."""
    if len(chosen) == len(ranked.units):
        return ranked
    values = ranked.values[chosen]
    return Placed(ranked.units[chosen], values, _places(values))
