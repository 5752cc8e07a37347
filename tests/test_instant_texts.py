"""Instants put together of tables are written as Python writes them, whatever their year."""

from datetime import UTC, datetime, timedelta
from random import Random

import polars as pl
import pytest

from store.instant_texts import instant_text

LAST_OF_TABLE = datetime(2100, 12, 31, 23, 59, 59, tzinfo=UTC)


def texts(instants: list[datetime | None]) -> list[str | None]:
    frame = pl.DataFrame({"at": instants}, schema={"at": pl.Datetime("us", "UTC")})
    return frame.select(instant_text("at"))["at"].to_list()


def iso(instant: datetime) -> str:
    return instant.replace(tzinfo=None).isoformat() + "Z"


@pytest.mark.parametrize("first", [1, 1969, 1970, 2099])
def test_instants_are_written_as_python_writes_them(first: int) -> None:
    random, start = Random(first), datetime(first, 1, 1, tzinfo=UTC)
    instants = [start + timedelta(seconds=random.randrange(3 * 365 * 86_400)) for _ in range(1_000)]
    assert texts([start, *instants]) == [iso(start), *map(iso, instants)]


def test_table_ends_with_its_last_second() -> None:
    after = LAST_OF_TABLE + timedelta(seconds=1)
    assert texts([LAST_OF_TABLE]) == ["2100-12-31T23:59:59Z"]
    assert texts([LAST_OF_TABLE, after]) == ["2100-12-31T23:59:59Z", "2101-01-01T00:00:00Z"]


def test_no_instant_is_no_text() -> None:
    assert texts([]) == []
    assert texts([None]) == [None]
    assert texts([None, datetime(2021, 12, 10, 8, tzinfo=UTC)]) == [None, "2021-12-10T08:00:00Z"]


def test_part_of_a_second_is_written_for_all() -> None:
    whole = datetime(2021, 12, 10, 8, tzinfo=UTC)
    assert texts([whole, whole + timedelta(microseconds=1)]) == [
        "2021-12-10T08:00:00.000000Z",
        "2021-12-10T08:00:00.000001Z",
    ]
