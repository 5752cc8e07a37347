"""Why a unit's place changed: parts that add up, each what a slow recount of its own step gives."""

from collections.abc import Mapping
from fractions import Fraction
from itertools import chain, pairwise
from random import Random
from typing import NamedTuple

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from metrics._figures import Sums
from metrics._hierarchy import Ints
from metrics._movement import Values, exact_values, placed
from metrics._movement import movements as arrays_of_movements

# Unit to a value, the smaller the better; few different ones, so that ties are common.
rankings = st.dictionaries(st.integers(0, 9), st.integers(0, 5), max_size=10)
fractions = st.one_of(st.tuples(st.integers(0, most), st.integers(1, most)) for most in (3, 2**25 - 1, 2**26, 2**62))


class Moved(NamedTuple):
    """The movement of one unit."""

    own_change: int
    others_change: int
    entered: int
    left: int


def place(unit: int, values: Mapping[int, int]) -> int:
    return 1 + sum(value < values[unit] for other, value in values.items() if other != unit)


def slow(unit: int, now: Mapping[int, int], before: Mapping[int, int]) -> Moved:
    """Let the four things happen one after the other, and look at the place after each."""
    world = dict(before)
    steps = [place(unit, world)]
    world = {other: value for other, value in world.items() if other in now}
    steps.append(place(unit, world))
    world[unit] = now[unit]
    steps.append(place(unit, world))
    world = {other: now[other] for other in world}
    steps.append(place(unit, world))
    steps.append(place(unit, now))
    left, own, others, entered = (first - then for first, then in pairwise(steps))
    return Moved(own_change=own, others_change=others, entered=entered, left=left)


def valued(values: Mapping[int, int], kind: type) -> tuple[Ints, Values]:
    return np.array(list(values), np.int64), np.array(list(values.values()), dtype=kind)


def places(values: Mapping[int, int]) -> dict[int, int]:
    found = placed(valued(values, object), valued({}, object)).now
    return dict(zip(found.units.tolist(), found.places.tolist(), strict=True))


def movements(now: Mapping[int, int], before: Mapping[int, int], kind: type = object) -> dict[int, Moved]:
    both = placed(valued(now, kind), valued(before, kind))
    in_both, parts = arrays_of_movements(both, both.before.where(both.now.units, 200))
    rows = zip(*(part.tolist() for part in parts), strict=True)
    return {unit: Moved(*row) for unit, row in zip(both.now.units[in_both].tolist(), rows, strict=True)}


@given(now=rankings, before=rankings, kind=st.sampled_from([object, np.int64, np.float64]))
def test_parts_are_those_of_a_slow_recount_and_add_up(now: dict[int, int], before: dict[int, int], kind: type) -> None:
    moved = movements(now, before, kind)
    assert moved.keys() == now.keys() & before.keys()
    for unit, movement in moved.items():
        assert movement == slow(unit, now, before)
        assert sum(movement) == place(unit, before) - place(unit, now)
        assert movement.left >= 0 >= movement.entered


def test_parts_of_many_units_are_those_of_a_slow_recount() -> None:
    random = Random(2021)
    now, before = ({unit: random.randrange(60) for unit in random.sample(range(200), 150)} for _ in range(2))
    moved = movements(now, before, np.float64)
    assert moved == {unit: slow(unit, now, before) for unit in now.keys() & before.keys()}


def test_each_cause_alone_is_the_only_part() -> None:
    before = {1: 10, 2: 20, 3: 30}
    assert movements({2: 20, 3: 30}, before)[3] == Moved(0, 0, 0, left=1)
    assert movements({1: 10, 2: 20, 3: 5}, before)[3] == Moved(own_change=2, others_change=0, entered=0, left=0)
    assert movements({1: 40, 2: 20, 3: 30}, before)[3] == Moved(own_change=0, others_change=1, entered=0, left=0)
    assert movements({**before, 4: 1}, before)[3] == Moved(0, 0, entered=-1, left=0)


def test_causes_that_cancel_out_are_told_apart() -> None:
    # 3 overtakes 2 by itself, and is overtaken by the newcomer 4: it stays third.
    moved = movements({1: 10, 2: 20, 3: 15, 4: 5}, {1: 10, 2: 20, 3: 30})
    assert moved[3] == Moved(own_change=1, others_change=0, entered=-1, left=0)


@given(st.dictionaries(st.integers(0, 9), st.integers(0, 4), max_size=10))
def test_places_are_one_more_than_the_number_of_the_better(values: dict[int, int]) -> None:
    assert places(values) == {unit: place(unit, values) for unit in values}


@given(st.lists(fractions, min_size=2, max_size=6), st.booleans())
def test_values_order_as_fractions_of_any_size(pairs: list[tuple[int, int]], smaller_is_better: bool) -> None:
    halves = [pairs[: len(pairs) // 2], pairs[len(pairs) // 2 :]]
    asked = [sums_of(half) for half in halves]
    values = [*chain.from_iterable(exact_values(asked, smaller_is_better=smaller_is_better))]
    sign = 1 if smaller_is_better else -1
    for one, (top, bottom) in enumerate(pairs):
        for other, (other_top, other_bottom) in enumerate(pairs):
            exact, other_exact = sign * Fraction(top, bottom), sign * Fraction(other_top, other_bottom)
            assert (values[one] < values[other]) == (exact < other_exact)
            assert (values[one] == values[other]) == (exact == other_exact)


def sums_of(pairs: list[tuple[int, int]]) -> Sums:
    return Sums(np.array([top for top, _ in pairs]), np.array([bottom for _, bottom in pairs]))


def test_nearest_fractions_that_are_compared_as_floats_are_told_apart() -> None:
    most = 2**25 - 1
    pairs = [(most - 1, most), (most - 2, most - 1), (1, most), (1, most - 1), (most, most - 1), (most - 1, most - 2)]
    [values] = exact_values([sums_of(pairs)], smaller_is_better=True)
    assert values.dtype == np.float64
    by_float = sorted(range(len(pairs)), key=lambda place: float(values[place]))
    assert by_float == sorted(range(len(pairs)), key=lambda place: Fraction(*pairs[place]))
    assert len(set(values.tolist())) == len(pairs)


def test_neighbours_that_floats_cannot_tell_apart_do_not_tie() -> None:
    great = 2**60
    found = Sums(np.array([great - 1, great - 2]), np.array([great, great - 1]))
    assert found.value[0] == found.value[1]
    [values] = exact_values([found], smaller_is_better=False)
    assert places(dict(enumerate(values))) == {0: 1, 1: 2}


def test_equal_fractions_of_different_sizes_tie() -> None:
    found = Sums(np.array([1, 333_333_333_333]), np.array([3, 999_999_999_999]))
    [values] = exact_values([found], smaller_is_better=True)
    assert places(dict(enumerate(values))) == {0: 1, 1: 1}
