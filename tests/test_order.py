"""Many numbers in order: as a sort that compares them all, however they lie."""

from random import Random

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from metrics._order import order

MANY = 300
wholes = st.integers(-(2**63), 2**63 - 1)
shares = st.floats(0, 1)


def stable(values: list[float] | list[int]) -> list[int]:
    """Python's own sort, which is stable."""
    return sorted(range(len(values)), key=values.__getitem__)


@given(st.lists(st.one_of(shares, st.sampled_from([0.0, 1 / 3, 0.5, 1.0])), max_size=30), st.randoms())
@settings(deadline=None)
def test_floats_are_in_the_order_of_a_stable_sort(values: list[float], random: Random) -> None:
    many = [random.choice(values) if values else 0.0 for _ in range(MANY)] + values
    assert order(np.array(many)).tolist() == stable(many)


@given(st.lists(wholes, min_size=1, max_size=30), st.randoms())
@settings(deadline=None)
def test_whole_numbers_are_in_the_order_of_a_stable_sort(values: list[int], random: Random) -> None:
    many = [random.choice(values) for _ in range(MANY)] + values
    assert order(np.array(many, np.int64)).tolist() == stable(many)


@pytest.mark.parametrize("far", [1.0, 1e6, 1e300])
def test_numbers_that_a_coarse_order_cannot_tell_apart_are_in_order(far: float) -> None:
    # All but one lie closer together than the sixteen bits of the coarse order can see.
    random = Random(7)
    values = [random.random() * 1e-9 for _ in range(MANY)] + [far]
    assert order(np.array(values)).tolist() == stable(values)


def test_the_closest_numbers_are_in_order() -> None:
    values = [step * 5e-324 for step in Random(7).sample(range(MANY), MANY)]
    assert order(np.array(values)).tolist() == stable(values)


@pytest.mark.parametrize("kind", [np.int64, np.float64, object])
@pytest.mark.parametrize("count", [0, 1, MANY])
def test_equal_numbers_stay_as_they_came(kind: type, count: int) -> None:
    assert order(np.full(count, 3, kind)).tolist() == list(range(count))


def test_numbers_beyond_64_bits_are_in_order() -> None:
    values = [2**190 + 1, 2**190, -(2**190), 0] * MANY
    assert order(np.array(values, dtype=object)).tolist() == stable(values)
