"""Periods: their names, their edges, their neighbours in time."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from metrics import Period

days = st.dates(date(1900, 1, 1), date(2999, 12, 1))
CALENDAR = (Period.week_of, Period.month_of, Period.quarter_of, Period.half_of, Period.year_of)


@pytest.mark.parametrize(
    ("name", "start", "end"),
    [
        ("2021", date(2021, 1, 1), date(2021, 12, 31)),
        ("2021-H1", date(2021, 1, 1), date(2021, 6, 30)),
        ("2021-H2", date(2021, 7, 1), date(2021, 12, 31)),
        ("2021-Q2", date(2021, 4, 1), date(2021, 6, 30)),
        ("2021-Q4", date(2021, 10, 1), date(2021, 12, 31)),
        ("2021-06", date(2021, 6, 1), date(2021, 6, 30)),
        ("2024-02", date(2024, 2, 1), date(2024, 2, 29)),
        ("2021-W23", date(2021, 6, 7), date(2021, 6, 13)),
        ("2020-W53", date(2020, 12, 28), date(2021, 1, 3)),
        ("2021-W01", date(2021, 1, 4), date(2021, 1, 10)),
        ("2025-W01", date(2024, 12, 30), date(2025, 1, 5)),
        ("2021-06-15", date(2021, 6, 15), date(2021, 6, 15)),
        ("2021-01-05..2021-06-30", date(2021, 1, 5), date(2021, 6, 30)),
    ],
)
def test_a_name_is_read_and_given_back(name: str, start: date, end: date) -> None:
    assert Period.parse(name) == Period(start, end)
    assert Period(start, end).name() == name


@pytest.mark.parametrize("name", ["2021-q2", " 2021-Q2 ", "2021-04-01..2021-06-30"])
def test_other_spellings_mean_the_same(name: str) -> None:
    assert Period.parse(name).name() == "2021-Q2"


@pytest.mark.parametrize(
    "name",
    [
        "",
        "21",
        "2021-13",
        "2021-00",
        "2021-Q5",
        "2021-H3",
        "2021-W00",
        "2021-W53",  # 2021 has 52 weeks
        "2021-W1",
        "2021-02-29",
        "2021-6",
        "2021-06-15..",
        "2021-06-15..2021-06-14",
        "1899",
        "3000-01-01",
        "０２０２１",
        "٢٠٢١",
    ],
)
def test_what_is_no_period_is_refused_with_the_right_forms(name: str) -> None:
    with pytest.raises(ValueError, match="2021-W23") as raised:
        Period.parse(name)
    assert repr(name) in str(raised.value)


@given(days, st.integers(0, 800))
def test_every_period_is_what_its_name_reads_as(start: date, more: int) -> None:
    period = Period(start, min(start + timedelta(days=more), date(2999, 12, 31)))
    assert Period.parse(period.name()) == period


@given(days, st.sampled_from(CALENDAR))
def test_calendar_periods_hold_their_day_and_touch_the_next(day: date, of: object) -> None:
    assert callable(of)
    period = of(day)
    assert period.start <= day <= period.end
    assert of(period.start) == of(period.end) == period
    following = of(period.end + timedelta(days=1))
    assert following.start == period.end + timedelta(days=1)
    assert Period.parse(period.name()) == period


@given(days)
def test_weeks_are_those_of_iso_8601(day: date) -> None:
    year, week, _ = day.isocalendar()
    period = Period.week_of(day)
    assert (period.days, period.start.weekday()) == (7, 0)
    assert period == Period.parse(f"{year:04}-W{week:02}")


@given(days, st.integers(0, 400))
def test_the_previous_period_is_as_long_and_touches(start: date, more: int) -> None:
    period = Period(start, start + timedelta(days=more))
    before = period.previous()
    assert (before.days, before.end) == (period.days, start - timedelta(days=1))


@pytest.mark.parametrize(
    ("name", "year_before"),
    [
        ("2021", "2020"),
        ("2021-Q2", "2020-Q2"),
        ("2024-02", "2023-02"),
        ("2025-02", "2024-02"),  # a whole month stays one: until 29 February
        ("2024-02-29", "2023-02-28"),
        ("2025-02-28", "2024-02-28"),
        ("2024-01-01..2024-02-29", "2023-01-01..2023-02-28"),
        ("2024-02-29..2024-03-05", "2023-02-28..2023-03-05"),
        ("2021-06-07..2021-06-14", "2020-06-07..2020-06-14"),
    ],
)
def test_a_year_before_has_the_same_dates(name: str, year_before: str) -> None:
    assert Period.parse(name).a_year_before() == Period.parse(year_before)


@given(days.filter(lambda day: day.year > 1900), st.integers(0, 400))
def test_a_year_before_never_fails_and_keeps_the_months(start: date, more: int) -> None:
    period = Period(start, start + timedelta(days=more))
    before = period.a_year_before()
    assert (before.start.year, before.start.month) == (start.year - 1, start.month)
    assert (before.end.year, before.end.month) == (period.end.year - 1, period.end.month)
    if period.whole_months:
        assert before.whole_months == period.whole_months


def test_a_period_that_ends_before_it_starts_is_refused() -> None:
    with pytest.raises(ValueError, match="cannot end"):
        Period(date(2021, 1, 2), date(2021, 1, 1))
