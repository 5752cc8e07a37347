"""Working time of Vietnamese offices as arithmetic on whole columns.

Instants are local seconds: seconds since 1970 of the wall clock in Vietnam, which knows no daylight saving.
A working instant counts the seconds worked since 1 January 2018; a working day has 27,000 of them
(07:30 to 11:30 and 13:30 to 17:00).
"""

import csv
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

CALENDAR = Path(__file__).parent / "calendar-vn.csv"

Seconds = NDArray[np.int64]

DAY = 86_400
OPENS, MORNING, REOPENS, WORKDAY = 27_000, 14_400, 48_600, 27_000
CLOSES = 61_200
ZONE_OFFSET = 7 * 3600
FIRST_DAY, LAST_DAY = date(2018, 1, 1), date(2031, 12, 31)
_EPOCH = date(1970, 1, 1)


def local_seconds(instant: datetime) -> int:
    """An aware instant as local seconds, fractions dropped."""
    return int(instant.timestamp()) + ZONE_OFFSET


def instant_of(seconds: int) -> datetime:
    """Local seconds as an aware instant in UTC."""
    return datetime.fromtimestamp(seconds - ZONE_OFFSET, UTC)


def midnight(day: date) -> int:
    """Local seconds at the start of a day."""
    return (day - _EPOCH).days * DAY


def day_of(seconds: int) -> date:
    """The local day on which local seconds fall."""
    return _EPOCH + timedelta(days=seconds // DAY)


@lru_cache
def read_calendar() -> dict[date, str]:
    """`holiday` or `makeup` for each day that differs from its weekday."""
    lines = (line for line in CALENDAR.read_text("utf-8").splitlines() if not line.startswith("#"))
    return {date.fromisoformat(row["date"]): row["kind"] for row in csv.DictReader(lines)}


def is_working_day(day: date) -> bool:
    """Whether offices are open on that day."""
    kind = read_calendar().get(day)
    return kind == "makeup" or (kind is None and day.weekday() < 5)


class _Table:
    """For each day how many working days came before it, and the midnights of the working days."""

    def __init__(self) -> None:
        days = [FIRST_DAY + timedelta(days=n) for n in range((LAST_DAY - FIRST_DAY).days + 1)]
        self.working = np.array([is_working_day(day) for day in days])
        self.before = np.concatenate(([0], np.cumsum(self.working)))
        self.midnights = np.array([midnight(day) for day in days], dtype=np.int64)[self.working]


@lru_cache
def _table() -> _Table:
    return _Table()


def to_working(instants: Seconds) -> Seconds:
    """Seconds worked before each instant."""
    table = _table()
    day = instants // DAY - (FIRST_DAY - _EPOCH).days
    second = instants % DAY
    morning = np.clip(second - OPENS, 0, MORNING)
    afternoon = np.clip(second - REOPENS, 0, WORKDAY - MORNING)
    today: Seconds = np.where(table.working[day], morning + afternoon, 0)
    worked: Seconds = table.before[day] * WORKDAY + today
    return worked


def from_working(worked: Seconds) -> Seconds:
    """The instants at which so many seconds have been worked; the end of a day is the start of the next."""
    day, second = np.divmod(worked, WORKDAY)
    begins = np.where(second < MORNING, OPENS, REOPENS - MORNING)
    instants: Seconds = _table().midnights[day] + begins + second
    return instants


def end_of_working_day(number: Seconds) -> Seconds:
    """17:00 of the working days with these numbers (0: the first of 2018)."""
    closing: Seconds = _table().midnights[number] + CLOSES
    return closing
