"""The one clock: zones, days, speed, and two processes that agree."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from clock import (
    ANCHOR_VARIABLE,
    Clock,
    end_of_day,
    local_day,
    real_clock,
    replay_clock,
    start_of_day,
    still_clock,
)

HANOI = ZoneInfo("Asia/Ho_Chi_Minh")
START = datetime(2021, 12, 10, 8, 0, tzinfo=HANOI)


@pytest.fixture(autouse=True)
def no_anchor(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(ANCHOR_VARIABLE, raising=False)


def test_a_still_clock_always_shows_its_instant_in_utc() -> None:
    clock = still_clock(START)
    assert clock.now() == datetime(2021, 12, 10, 1, 0, tzinfo=UTC)
    assert clock.now().tzinfo is UTC
    assert clock.now() == clock.now()


@pytest.mark.parametrize(
    ("instant", "day"),
    [
        (datetime(2021, 12, 10, 16, 59, 59, 999_999, tzinfo=UTC), date(2021, 12, 10)),
        (datetime(2021, 12, 10, 17, 0, tzinfo=UTC), date(2021, 12, 11)),
        (datetime(2021, 12, 31, 23, 59, 59, tzinfo=HANOI), date(2021, 12, 31)),
    ],
)
def test_a_day_is_the_local_day(instant: datetime, day: date) -> None:
    assert local_day(instant) == day
    assert still_clock(instant).today() == day


def test_a_day_begins_and_ends_at_local_midnight() -> None:
    day = date(2021, 12, 10)
    assert start_of_day(day) == datetime(2021, 12, 9, 17, 0, tzinfo=UTC)
    assert end_of_day(day) == datetime(2021, 12, 10, 16, 59, 59, 999_999, tzinfo=UTC)
    assert local_day(start_of_day(day)) == local_day(end_of_day(day)) == day
    assert local_day(end_of_day(day) + timedelta(microseconds=1)) == date(2021, 12, 11)


def test_a_replay_clock_starts_at_its_date_and_runs() -> None:
    clock = replay_clock(START, 1.0)
    first = clock.now()
    assert timedelta() <= first - START < timedelta(minutes=1)
    assert clock.now() >= first


@pytest.mark.parametrize(("speed", "shown"), [(0.0, 0), (1.0, 3600), (60.0, 216_000)])
def test_speed_is_times_real_time(monkeypatch: pytest.MonkeyPatch, speed: float, shown: int) -> None:
    began = datetime(2026, 1, 1, tzinfo=UTC)
    monkeypatch.setattr("clock._real_now", lambda: began + timedelta(hours=1))
    assert Clock(began, START, speed).now() == START + timedelta(seconds=shown)


def test_two_processes_with_one_anchor_show_the_same_time(monkeypatch: pytest.MonkeyPatch) -> None:
    began = datetime(2026, 1, 1, tzinfo=UTC)
    monkeypatch.setattr("clock._real_now", lambda: began)
    anchor = replay_clock(START, 2.0).anchor()
    monkeypatch.setenv(ANCHOR_VARIABLE, anchor)
    monkeypatch.setattr("clock._real_now", lambda: began + timedelta(minutes=5))
    other = replay_clock(datetime(2000, 1, 1, tzinfo=UTC), 2.0)
    assert other.now() == START + timedelta(minutes=10)


def test_a_real_clock_shows_the_real_time(monkeypatch: pytest.MonkeyPatch) -> None:
    moment = datetime(2026, 1, 1, tzinfo=UTC)
    monkeypatch.setattr("clock._real_now", lambda: moment)
    clock = real_clock()
    monkeypatch.setattr("clock._real_now", lambda: moment + timedelta(seconds=7))
    assert clock.now() == moment + timedelta(seconds=7)
