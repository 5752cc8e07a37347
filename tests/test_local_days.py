"""Days by columns are those of the time zone, also from before its clocks were last changed, in 1975."""

from datetime import UTC, date, datetime, timedelta
from random import Random

import polars as pl
import pytest

from clock import LOCAL_ZONE
from store.frames import local_day

MIDNIGHT = datetime(2021, 12, 9, 17, tzinfo=UTC)
MOMENT = timedelta(microseconds=1)


def days(instants: list[datetime | None]) -> list[date | None]:
    frame = pl.DataFrame({"at": instants}, schema={"at": pl.Datetime("us", "UTC")})
    return frame.select(local_day("at").cast(pl.Int32).cast(pl.Date))["at"].to_list()


def test_day_begins_at_five_in_the_afternoon_of_greenwich() -> None:
    assert days([MIDNIGHT - MOMENT, MIDNIGHT, None]) == [date(2021, 12, 9), date(2021, 12, 10), None]


def test_of_no_instants_there_are_no_days() -> None:
    assert days([]) == []
    assert days([None]) == [None]


def test_one_instant_of_another_time_of_the_clocks_changes_no_other() -> None:
    # Saigon's clocks were eight hours ahead of Greenwich in 1970.
    assert days([datetime(1970, 1, 1, 16, 30, tzinfo=UTC), MIDNIGHT]) == [date(1970, 1, 2), date(2021, 12, 10)]


@pytest.mark.parametrize("first", [1900, 1970, 1976])
def test_days_are_those_of_the_time_zone(first: int) -> None:
    random, start = Random(first), datetime(first, 1, 1, tzinfo=UTC)
    instants = [start + timedelta(seconds=random.randrange(80 * 365 * 86_400)) for _ in range(2_000)]
    assert days(list(instants)) == [instant.astimezone(LOCAL_ZONE).date() for instant in instants]
