"""Targets: which is in force, whether it is met, how many dossiers are still needed. Expected values by trying."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from metrics import catalogue, gap, targets_in_force
from metrics._target import is_met
from store.reads import Target

RATE, COUNT = catalogue()["online_dossier_rate"], catalogue()["received"]
ENTERED = datetime(2021, 3, 1, tzinfo=UTC)
comparators = st.sampled_from([">=", ">", "<=", "<"])
# Targets with two decimals, and shares of few cases, so that every answer can be found by trying.
per_cent = st.integers(0, 100)
shares = st.integers(0, 60).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n)))


def target(comparator: str = ">=", value: float = 0.51, unit: str = "H28.03", kind: str = "", **more: object) -> Target:
    words: dict[str, object] = {
        "indicator": "online_dossier_rate",
        "unit_code": unit,
        "kind": kind,
        "valid_from": date(2021, 1, 1),
        "valid_to": None,
        "comparator": comparator,
        "value": value,
        "decision": "531/QĐ-UBND",
        "decided_on": date(2021, 3, 15),
        "issuer": "UBND tỉnh",
        "entered_by": "an",
        "entered_at": ENTERED,
    }
    return Target(**(words | more))  # type: ignore[arg-type]


def reaches(numerator: int, denominator: int, comparator: str, wanted: Fraction) -> bool:
    return denominator > 0 and is_met(Fraction(numerator, denominator), comparator, wanted)


def tried(candidates: Iterator[int], works: object) -> int | None:
    assert callable(works)
    return next((k for k in candidates if works(k)), None)


@given(shares, comparators, per_cent)
def test_dossiers_needed_are_the_least_that_reach_the_target(
    share: tuple[int, int], comparator: str, wanted: int
) -> None:
    k, n = share
    needed = gap(RATE, k, n, target(comparator, wanted / 100)).dossiers_needed
    grows = 1 if comparator in (">=", ">") else 0

    def works(further: int) -> bool:
        return reaches(k + grows * further, n + further, comparator, Fraction(wanted, 100))

    # With 60 cases and whole per cents, 6,000 further ones reach whatever can be reached.
    assert needed == tried(iter(range(6001)), works)


@given(shares, comparators, per_cent)
def test_converted_dossiers_are_the_least_of_those_counted(
    share: tuple[int, int], comparator: str, wanted: int
) -> None:
    k, n = share
    converted = gap(RATE, k, n, target(comparator, wanted / 100)).dossiers_converted
    grows = 1 if comparator in (">=", ">") else -1

    def works(other: int) -> bool:
        return 0 <= k + grows * other <= n and reaches(k + grows * other, n, comparator, Fraction(wanted, 100))

    assert converted == tried(iter(range(n + 1)), works)


@given(st.integers(0, 10**9), st.integers(1, 10**9), st.integers(1, 999_999))
def test_of_large_numbers_the_dossiers_needed_work_and_one_less_does_not(k: int, more: int, millionths: int) -> None:
    # So many that the target is missed, be it by the least there can be.
    n, wanted = k * 1_000_000 // millionths + more, Fraction(millionths, 1_000_000)
    found = gap(RATE, k, n, target(">=", millionths / 1_000_000))
    assert found.dossiers_needed is not None
    assert found.dossiers_converted is not None
    for needed, grown in ((found.dossiers_needed, 1), (found.dossiers_converted, 0)):
        assert reaches(k + needed, n + needed * grown, ">=", wanted)
        assert not reaches(k + needed - 1, n + (needed - 1) * grown, ">=", wanted)


@given(shares, st.sampled_from([">=", ">", "<=", "<", "="]), per_cent)
def test_met_and_points_are_exact(share: tuple[int, int], comparator: str, wanted: int) -> None:
    k, n = share
    found = gap(RATE, k, n, target(comparator, wanted / 100))
    if n == 0:
        assert (found.met, found.points) == (None, None)
        return
    value, aim = Fraction(k, n), Fraction(wanted, 100)
    signs = {">=": value >= aim, ">": value > aim, "<=": value <= aim, "<": value < aim, "=": value == aim}
    assert found.met == signs[comparator]
    assert found.points == float(value - aim)


def test_exactly_the_target_is_met_and_nothing_is_needed() -> None:
    # 0.51 as a binary fraction is a little more than 51/100.
    assert gap(RATE, 51, 100, target(value=0.51)) == (True, 0.0, 0, 0)
    assert gap(RATE, 29, 100, target(value=0.29)) == (True, 0.0, 0, 0)
    assert gap(RATE, 998, 1000, target(">", 0.998)).met is False


def test_the_worked_example_of_hoa_binh() -> None:
    # 400 of 1,000 online, target 51 %: (400 + 225) / 1225 = 51.02 %, (400 + 224) / 1224 = 50.98 %; 510 of 1,000.
    found = gap(RATE, 400, 1000, target())
    assert (found.met, found.dossiers_needed, found.dossiers_converted) == (False, 225, 110)
    assert found.points == pytest.approx(-0.11)


def test_a_count_needs_what_is_missing_and_cannot_fall() -> None:
    at_least = target(value=1000.0, indicator="received")
    assert gap(COUNT, 990, None, at_least) == (False, -10.0, 10, None)
    assert gap(COUNT, 1000, None, at_least) == (True, 0.0, 0, 0)
    assert gap(COUNT, 1000, None, target(">", 1000.0)).dossiers_needed == 1
    assert gap(COUNT, 1001, None, target("<=", 1000.0)) == (False, 1.0, None, None)


@pytest.mark.parametrize("key", ["processing_days", "meeting_hours_change", "meeting_hours"])
def test_of_days_and_hours_no_dossiers_are_said_to_be_needed(key: str) -> None:
    indicator = catalogue()[key]
    found = gap(indicator, 900.0, None if indicator.denominator is None else 100.0, target("<=", 5.0))
    assert (found.met, found.dossiers_needed, found.dossiers_converted) == (False, None, None)


def test_a_returned_value_without_its_numbers_is_held_against_the_target() -> None:
    returned = replace(RATE, returned=True)
    assert gap(returned, None, None, target(value=0.5), value=0.45) == (False, pytest.approx(-0.05), None, None)
    assert gap(returned, None, None, target(value=0.5), value=0.5).met is True
    assert gap(returned, None, None, target(value=0.5)) == (None, None, None, None)


def test_an_unknown_comparator_is_named() -> None:
    with pytest.raises(ValueError, match=r"=>.*known: >="):
        gap(RATE, 1, 2, target("=>"))


UNITS = [("H28.03", "so"), ("H28.20", "huyen"), ("H28.21", "huyen")]


def test_a_units_own_target_goes_before_its_kinds() -> None:
    own = target(unit="H28.20", value=0.6)
    of_kind = target(unit="", kind="huyen", value=0.51)
    found = targets_in_force([own, of_kind], UNITS, "online_dossier_rate", date(2021, 6, 1))
    assert found == {"H28.20": own, "H28.21": of_kind}


def test_the_target_begun_last_counts_and_only_while_in_force() -> None:
    first = target(valid_to=date(2021, 12, 31))
    second = target(value=0.55, valid_from=date(2021, 7, 1), valid_to=date(2021, 9, 30))

    def value_on(day: date) -> float | None:
        found = targets_in_force([second, first], UNITS, "online_dossier_rate", day)
        return found["H28.03"].value if found else None

    days = [date(2020, 12, 31), date(2021, 1, 1), date(2021, 6, 30), date(2021, 7, 1), date(2021, 9, 30)]
    assert [value_on(day) for day in days] == [None, 0.51, 0.51, 0.55, 0.55]
    assert [value_on(day) for day in (date(2021, 10, 1), date(2021, 12, 31), date(2022, 1, 1))] == [0.51, 0.51, None]


def test_other_indicators_and_other_units_have_no_target() -> None:
    assert targets_in_force([target()], UNITS, "on_time_rate", date(2021, 6, 1)) == {}
    assert targets_in_force([target(unit="H99")], UNITS, "online_dossier_rate", date(2021, 6, 1)) == {}
