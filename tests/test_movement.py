"""Why a unit's place changed: parts that add up, each what a slow recount of its own step gives."""

from collections.abc import Mapping
from fractions import Fraction
from itertools import pairwise

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from metrics._figures import Sums
from metrics._movement import Movement, exact_values, movements, places

# Unit to a value, the smaller the better; few different ones, so that ties are common.
rankings = st.dictionaries(st.integers(0, 9), st.integers(0, 5), max_size=10)
numbers = st.integers(0, 2**62)


def place(unit: int, values: Mapping[int, int]) -> int:
    return 1 + sum(value < values[unit] for other, value in values.items() if other != unit)


def slow(unit: int, now: Mapping[int, int], before: Mapping[int, int]) -> Movement:
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
    return Movement(own_change=own, others_change=others, entered=entered, left=left)


@given(now=rankings, before=rankings)
def test_parts_are_those_of_a_slow_recount_and_add_up(now: dict[int, int], before: dict[int, int]) -> None:
    moved = movements(now, before)
    assert moved.keys() == now.keys() & before.keys()
    for unit, movement in moved.items():
        assert movement == slow(unit, now, before)
        assert sum(movement) == place(unit, before) - place(unit, now)
        assert movement.left >= 0 >= movement.entered


def test_each_cause_alone_is_the_only_part() -> None:
    before = {1: 10, 2: 20, 3: 30}
    assert movements({2: 20, 3: 30}, before)[3] == Movement(0, 0, 0, left=1)
    assert movements({1: 10, 2: 20, 3: 5}, before)[3] == Movement(own_change=2, others_change=0, entered=0, left=0)
    assert movements({1: 40, 2: 20, 3: 30}, before)[3] == Movement(own_change=0, others_change=1, entered=0, left=0)
    assert movements({**before, 4: 1}, before)[3] == Movement(0, 0, entered=-1, left=0)


def test_causes_that_cancel_out_are_told_apart() -> None:
    # 3 overtakes 2 by itself, and is overtaken by the newcomer 4: it stays third.
    moved = movements({1: 10, 2: 20, 3: 15, 4: 5}, {1: 10, 2: 20, 3: 30})
    assert moved[3] == Movement(own_change=1, others_change=0, entered=-1, left=0)


@given(st.dictionaries(st.integers(0, 9), st.integers(0, 4), max_size=10))
def test_places_are_one_more_than_the_number_of_the_better(values: dict[int, int]) -> None:
    assert places(values) == {unit: place(unit, values) for unit in values}


@given(st.lists(st.tuples(numbers, st.integers(1, 2**62)), min_size=2, max_size=6), st.booleans())
def test_values_order_as_fractions_of_any_size(pairs: list[tuple[int, int]], smaller_is_better: bool) -> None:
    found = Sums(np.array([top for top, _ in pairs]), np.array([bottom for _, bottom in pairs]))
    values = exact_values(found, range(len(pairs)), smaller_is_better=smaller_is_better)
    sign = 1 if smaller_is_better else -1
    for one, (top, bottom) in enumerate(pairs):
        for other, (other_top, other_bottom) in enumerate(pairs):
            exact, other_exact = sign * Fraction(top, bottom), sign * Fraction(other_top, other_bottom)
            assert (values[one] < values[other]) == (exact < other_exact)
            assert (values[one] == values[other]) == (exact == other_exact)


def test_neighbours_that_floats_cannot_tell_apart_do_not_tie() -> None:
    great = 2**60
    found = Sums(np.array([great - 1, great - 2]), np.array([great, great - 1]))
    assert found.value[0] == found.value[1]
    values = exact_values(found, [0, 1], smaller_is_better=False)
    assert places(values) == {0: 1, 1: 2}


def test_equal_fractions_of_different_sizes_tie() -> None:
    found = Sums(np.array([1, 333_333_333_333]), np.array([3, 999_999_999_999]))
    values = exact_values(found, [0, 1], smaller_is_better=True)
    assert places(values) == {0: 1, 1: 1}
