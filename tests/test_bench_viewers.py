"""What the benchmark of many viewers makes of what it measured."""

import time
from typing import NamedTuple

import pytest

from bench.tally import Tally
from bench.viewers import Load, breaks_between
from tests import streamlit_words


class Case(NamedTuple):
    """p95 in ms by number of staff, and between which numbers it passes 300 ms."""

    measured: dict[int, float]
    between: tuple[int, int] | None


CASES = [
    Case({100: 80, 200: 120}, None),
    Case({100: 80, 200: 300, 400: 301}, (200, 400)),
    Case({100: 310, 200: 900}, (0, 100)),
    Case({100: 80, 200: 500, 400: 200}, (100, 200)),  # a number that bears again later was luck
]


def load(here: int, p95_ms: float) -> Load:
    return Load(here, 1.0, 1.0, p95_ms, *[0.0] * 9)


@pytest.mark.parametrize("case", CASES)
def test_limit_lies_between_the_last_number_borne_and_the_first_that_is_not(case: Case) -> None:
    assert breaks_between([load(here, p95) for here, p95 in case.measured.items()]) == case.between


def test_an_action_that_never_ends_counts_with_its_age_and_a_young_one_not_yet() -> None:
    tally = Tally()
    tally.took = [10.0]
    counted = tally.counted(3, [time.monotonic() - 5, time.monotonic()])
    assert (counted.here, counted.actions) == (3, 1)
    assert counted.slowest_ms >= 5000


def test_what_a_count_begins_with_is_nothing_of_the_one_before() -> None:
    tally = Tally()
    tally.took, tally.parts, tally.broken = [10.0], 4, 5
    tally.begin()
    counted = tally.counted(0, [])
    assert (counted.actions, counted.p95_ms, counted.parts, counted.broken) == (0, 0.0, 0, 0)


def test_a_timer_asks_for_its_part_and_a_visitor_for_the_whole_page() -> None:
    by_timer = streamlit_words.BackMsg.FromString(streamlit_words.asking("unit=H28", page_hash="abc", part="head"))
    by_click = streamlit_words.BackMsg.FromString(streamlit_words.asking("unit=H28", page_hash="abc"))
    assert (by_timer.rerun_script.fragment_id, by_timer.rerun_script.is_auto_rerun) == ("head", True)
    assert (by_click.rerun_script.fragment_id, by_click.rerun_script.is_auto_rerun) == ("", False)
