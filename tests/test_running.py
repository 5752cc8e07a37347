"""Running sums: whatever was added in whatever order, the sums of each day are those of all events until then."""

from random import Random

import numpy as np
import polars as pl

from metrics._part import Part
from metrics._running import Sums

CODES, DAYS = 5, range(100, 180)
MEASURES = ["received", "open_change"]
Event = tuple[int, int, int, int]


def _rows(events: list[Event]) -> Part:
    frame = pl.DataFrame(events, schema=["day", "unit_code", *MEASURES], orient="row")
    codes = pl.Enum([str(code) for code in range(CODES)])
    return Part(frame.with_columns(pl.col("unit_code").cast(pl.String).cast(codes)))


def _until(events: list[Event], measure: int, day: int) -> list[int]:
    return [
        sum(event[2 + measure] for event in events if event[0] <= day and event[1] == code) for code in range(CODES)
    ]


def _batches(random: Random) -> list[list[Event]]:
    """Small counts and such as do not fit into two bytes, on days that are known and days before, between and after."""
    most = random.choice([3, 30_000, 100_000])
    return [
        [
            (random.choice(DAYS), random.randrange(CODES), random.randrange(most), random.randrange(-most, most))
            for _ in range(random.choice([1, 5, 60]))
        ]
        for _ in range(8)
    ]


def test_sums_until_each_day_are_those_of_all_events_until_then() -> None:
    random = Random(7)
    for _ in range(20):
        sums, events = Sums(MEASURES, CODES), list[Event]()
        for batch in _batches(random):
            before = sums.until("received", DAYS[-1])
            later = sums.plus(_rows(batch))
            assert np.array_equal(sums.until("received", DAYS[-1]), before)
            sums, events = later, events + batch
        for day in (DAYS[0] - 1, *DAYS, DAYS[-1] + 1000):
            for number, measure in enumerate(MEASURES):
                assert sums.until(measure, day).tolist() == _until(events, number, day)


def test_small_sums_take_two_bytes_each() -> None:
    days = [(day, code, 1, 0) for day in DAYS for code in range(CODES)]
    small = Sums(MEASURES, CODES).plus(_rows(days))
    large = Sums(MEASURES, CODES).plus(_rows([(day, code, 40_000, 0) for day, code, *_ in days]))
    running = CODES * len(DAYS)
    assert round((large.megabytes - small.megabytes) * 1e6) == running * 2
