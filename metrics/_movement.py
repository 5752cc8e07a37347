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

# Comparable with each other: short whole numbers or floats where these tell all fractions apart, else whole numbers of
# any size.
Values = npt.NDArray[Any]
Flags = npt.NDArray[np.bool_]

# Different fractions of numbers below 2^25 are apart by 2^-50 of themselves, equal ones round to one float.
_PLAIN = 2**25
# Different fractions of numbers below 2^20 are apart by 2^-40: at this scale, whole numbers tell them apart, and they
# leave room for a unit's place beside the value.
_SHORT, _SHORT_SCALE, _ROOM_BITS = 2**20, 2.0**44, 62
# Two different fractions with 63-bit denominators are at least 2^-126 apart: at this scale, whole numbers tell them
# apart in their right order, and equal fractions give equal numbers.
_SCALE_BITS = 128


def exact_values(asked: Sequence[tuple[Sums, Ints]], *, smaller_is_better: bool) -> list[Values]:
    """For each of the sums asked, the values of its units as numbers: the smaller, the better, equal only for equal
    fractions; those of one sum can be compared with those of the others.

    Every unit asked must have a denominator above 0 (or the indicator none).
    """
    sign = 1 if smaller_is_better else -1
    if all(_below(found, units, _SHORT) and abs(found.value[units]).max(initial=0) <= 1 for found, units in asked):
        return [(sign * _SHORT_SCALE * found.value[units]).astype(np.int64) for found, units in asked]
    if all(_plain(found, units) for found, units in asked):
        return [sign * found.value[units] for found, units in asked]
    return [np.array([sign * _scaled(found, int(unit)) for unit in units], dtype=object) for found, units in asked]


def _plain(found: Sums, units: Ints) -> bool:
    """Whether the floats of these units' values are in the order of the values, and equal only where they are."""
    if found.given is not None:
        return True
    if found.denominator is None:
        return bool((np.abs(found.numerator[units]) < 2 * _PLAIN**2).all())
    return _below(found, units, _PLAIN)


def _below(found: Sums, units: Ints, limit: int) -> bool:
    """Whether the values of these units are fractions of numbers below a limit."""
    if found.given is not None or found.denominator is None:
        return False
    parts = (found.numerator[units], found.denominator[units])
    return all(-limit < part.min(initial=0) and part.max(initial=0) < limit for part in parts)


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


def placed(units: Ints, values: Values) -> Placed:
    """Competition places: one more than the number of those that are better."""
    order = _order(values)
    ordered = values[order]
    return Placed(units[order], ordered, _places(ordered))


def _order(values: Values) -> Ints:
    """The smallest first, of equal ones the one that came first."""
    bits = len(values).bit_length()
    if values.dtype != np.int64 or abs(values).max(initial=0) >> (_ROOM_BITS - bits):
        return np.argsort(values, kind="stable")
    # Numbers are sorted in a third of the time in which their places are.
    order: Ints = np.sort((values << bits) | np.arange(len(values))) & ((1 << bits) - 1)
    return order


def _places(ordered: Values) -> Ints:
    """The places of values in their order."""
    place = np.arange(1, len(ordered) + 1)
    place[1:][ordered[1:] == ordered[:-1]] = 0
    return np.maximum.accumulate(place)


class Movement(NamedTuple):
    """Places gained (negative: lost) since the previous period; the parts add up to `previous - now`."""

    own_change: Ints
    others_change: Ints
    entered: Ints
    left: Ints


def movements(now: Placed, before: Placed) -> tuple[Flags, Movement]:
    """Which of the units of `now` had a place before too, and of each of these, in their order, its movement."""
    # Where in the old order a unit stands; -1 where it does not.
    place = np.full(max(now.units.max(initial=0), before.units.max(initial=0)) + 1, -1)
    place[before.units] = np.arange(len(before.units))
    in_both = place[now.units] >= 0
    new, last = now.values[in_both], place[now.units[in_both]]
    stayed = np.zeros(len(before.units), np.bool_)
    stayed[last] = True
    old = before.values[stayed]
    at = (np.cumsum(stayed) - 1)[last]
    without_left = _places(old)[at]
    # Its own old value is still among the others' old ones: it must not stand in its own way.
    own_changed = np.searchsorted(old, new) + 1 - (old[at] < new)
    others_changed = _places(new)
    return in_both, Movement(
        own_change=without_left - own_changed,
        others_change=own_changed - others_changed,
        entered=others_changed - now.places[in_both],
        left=before.places[last] - without_left,
    )
