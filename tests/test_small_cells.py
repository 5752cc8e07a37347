"""What is hidden cannot be worked out: examples by hand, and an independent linear programme over random tables."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import linprog

from metrics import counts_of, hidden_nodes, hidden_parts
from tests.often import first

Tree = tuple[dict[int, tuple[int, ...]], dict[int, list[int]]]


def hidden(*counts: int, whole_hidden: bool = False) -> list[int]:
    """The places that are hidden, of parts with one count each."""
    chosen = hidden_parts([(count,) for count in counts], whole_hidden=whole_hidden)
    return [place for place, one in enumerate(chosen) if one]


@pytest.mark.parametrize(
    ("counts", "places"),
    [
        ((5, 0, 7), []),  # nothing is small: zero and five are shown
        ((3, 9, 40), [0, 1]),  # the small one, and the smallest of the others: 12 together
        ((1, 9, 40), [0, 1]),
        ((3, 4, 40), [0, 1]),  # two small ones hide each other: 7 together
        ((1, 1, 40), [0, 1, 2]),  # together 2: both would be one
        ((1, 1, 6, 40), [0, 1, 2]),
        ((2, 3, 40), [0, 1]),  # together 5: 1 and 4, 2 and 3, …
        ((1, 4, 0, 0), [0, 1]),
        ((1, 1, 1, 1, 1, 0), [0, 1, 2, 3, 4, 5]),
    ],
)
def test_small_counts_and_as_many_others_as_they_need(counts: tuple[int, ...], places: list[int]) -> None:
    assert hidden(*counts) == places


def test_of_a_hidden_whole_only_zeros_are_shown() -> None:
    assert hidden(30, 8, 0, whole_hidden=True) == [0, 1]
    assert hidden(4, 0, whole_hidden=True) == [0]


@pytest.mark.parametrize(
    ("figure", "counts"),
    [
        (("count", 3.0, None), (3,)),
        (("rate", 297.0, 300.0), (297, 300, 3)),  # 99 % of 300 tells of three
        (("days", 51.5, 12.0), (12,)),  # a mean: the days count nobody
        (("rate", 7.0, 5.0), (7, 5, 0)),
    ],
)
def test_what_a_figure_counts(figure: tuple[str, float, float | None], counts: tuple[int, ...]) -> None:
    assert counts_of(*figure) == counts


def test_a_rate_is_hidden_for_the_few_that_are_not_in_it() -> None:
    late = [counts_of("rate", done, of) for done, of in ((297, 300), (90, 100), (500, 600))]
    assert hidden_parts(late) == [True, True, False]


def test_a_part_that_hides_its_neighbour_is_hidden_with_its_own_parts() -> None:
    # 0 = 12 + 30 + 3; the 12 are hidden for the sake of the 3, and with them their 7 + 5, which would give them away.
    counts = {0: (45,), 1: (12,), 2: (30,), 3: (3,), 4: (7,), 5: (5,)}
    assert hidden_nodes(0, counts, {0: [1, 2, 3], 1: [4, 5]}) == {1, 3, 4, 5}


# ---- nobody can work it out: every reader's knowledge as equations, the least and the most that each count can be ----


@st.composite
def trees(draw: Any) -> Tree:
    """A whole with parts, of which some have parts again; one count each, or a rate's three."""
    wide = draw(st.booleans())
    few = st.one_of(st.integers(0, 6), st.integers(0, 60))

    def leaf() -> tuple[int, ...]:
        inside, outside = draw(few), draw(few)
        return (inside, inside + outside, outside) if wide else (inside,)

    counts: dict[int, tuple[int, ...]] = {}
    parts: dict[int, list[int]] = {}
    number = 0

    def grow(depth: int) -> int:
        nonlocal number
        here, number = number, number + 1
        below = [grow(depth - 1) for _ in range(draw(st.integers(2, 4)))] if depth and draw(st.booleans()) else []
        parts[here] = below
        counts[here] = tuple(map(sum, zip(*(counts[part] for part in below), strict=True))) if below else leaf()
        return here

    grow(3)
    return counts, parts


def span(node: int, measure: int, tree: Tree, unknown: Sequence[int]) -> tuple[float, float]:
    """The least and the most that a hidden count can be for who sees all others and knows what adds up to what."""
    counts, parts = tree
    column = {one: place for place, one in enumerate(unknown)}
    rows, sums = [], []
    for whole, below in parts.items():
        if below:
            row, known = np.zeros(len(unknown)), 0
            for one, sign in ((whole, -1), *((part, 1) for part in below)):
                if one in column:
                    row[column[one]] += sign
                else:
                    known -= sign * counts[one][measure]
            rows.append(row)
            sums.append(known)
    aim = np.zeros(len(unknown))
    aim[column[node]] = 1
    matrix: Mapping[str, Any] = {"A_eq": np.array(rows), "b_eq": np.array(sums)} if rows else {}
    least, most = (linprog(sign * aim, bounds=(0, None), **matrix) for sign in (1, -1))
    assert least.status == 0
    return float(least.fun), float("inf") if most.status == 3 else -float(most.fun)


@pytest.mark.parametrize("examples", first(1, [30, 1500]))
def test_no_small_count_can_be_worked_out_from_what_is_shown(examples: int) -> None:
    settings(max_examples=examples, deadline=None)(given(trees())(assert_kept))()


def assert_kept(tree: Tree) -> None:
    """Four values at least are left for each small count, whatever is shown of the others."""
    counts, parts = tree
    found = sorted(hidden_nodes(0, counts, parts))
    shown = set(counts) - set(found)
    assert not [node for node in shown if any(0 < count < 5 for count in counts[node])]
    for node in found:
        for measure, count in enumerate(counts[node]):
            if 0 < count < 5:
                least, most = span(node, measure, tree, found)
                assert least <= count <= most
                assert most - least >= 3, (node, measure, least, most)


@settings(max_examples=200, deadline=None)
@given(st.lists(st.integers(0, 30), min_size=1, max_size=8))
def test_nothing_is_hidden_without_need(counts: list[int]) -> None:
    if not any(0 < count < 5 for count in counts):
        assert hidden(*counts) == []


@settings(max_examples=200, deadline=None)
@given(st.lists(st.integers(0, 12), min_size=2, max_size=6))
def test_more_than_small_ones_are_hidden_only_as_long_as_they_give_each_other_away(counts: list[int]) -> None:
    places = hidden(*counts)
    extra = [place for place in places if not 0 < counts[place] < 5]
    if extra:
        last = max(extra, key=lambda place: (counts[place] == 0, counts[place], place))
        before = [counts[place] for place in places if place != last]
        present = sum(count > 0 for count in before)
        assert len(before) < 2 or sum(before) < 5 or sum(before) - present < 3
