"""Counts by key: whatever rows are chosen, and in however many parts they are kept, the sums are those of all rows."""

from datetime import date

import numpy as np
import polars as pl
import pytest
from numpy.random import Generator, default_rng

from metrics._kept import Kept
from metrics._part import LARGE, Part
from metrics._period import day_number

DAYS, UNITS, PROCEDURES = 60, 40, 30
MEASURES = ["received", "open_change"]
SIZES = {"unit": UNITS, "procedure": PROCEDURES}


def _rows(random: Generator, keys: pl.Series) -> pl.DataFrame:
    """Rows whose counts fit into one byte each, while their sums do not."""
    day, rest = keys // (UNITS * PROCEDURES), keys % (UNITS * PROCEDURES)
    kinds = {"day": pl.Int32, "unit": pl.Int32, "procedure": pl.Int32}
    named = pl.DataFrame({"key": keys, "day": day, "unit": rest // PROCEDURES, "procedure": rest % PROCEDURES})
    counts = {"received": random.integers(0, 128, len(keys)), "open_change": random.integers(-128, 128, len(keys))}
    return named.with_columns(**{name: pl.Series(values) for name, values in counts.items()}).cast(kinds)  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def all_rows() -> pl.DataFrame:
    return _rows(default_rng(1), pl.Series(range(DAYS * UNITS * PROCEDURES)))


@pytest.fixture(scope="module", params=["in one part", "in one part, read in pieces", "in several"])
def kept(request: pytest.FixtureRequest, all_rows: pl.DataFrame) -> Kept:
    if request.param == "in one part":
        return Kept.of([Part(all_rows)], MEASURES)
    if request.param == "in one part, read in pieces":
        shuffled = all_rows.sample(fraction=1, shuffle=True, seed=3)
        kept = Kept.of((Part(piece.sort("key")) for piece in shuffled.iter_slices(LARGE + 1)), MEASURES)
        assert len(kept.parts) == 1
        return kept
    part = default_rng(2).random(all_rows.height)
    kept = Kept.of([Part(all_rows.filter(part < 0.9))], MEASURES)
    assert kept.parts[0].height > LARGE
    for low, high in ((0.9, 0.99), (0.99, 1)):
        kept = kept.plus(Part(all_rows.filter((part >= low) & (part < high))))
    assert len(kept.parts) == 3
    return kept


def _flags(numbers: list[int], size: int) -> np.ndarray:
    return np.isin(np.arange(size), numbers)


CHOICES = [
    ({}, None, DAYS - 1),
    ({"unit": [7]}, None, DAYS - 1),
    ({"unit": [7, 8, 39]}, 13, 55),
    ({"procedure": list(range(1, PROCEDURES))}, 0, 40),
    ({"procedure": [0, 3], "unit": [1, 2, 3, 4]}, None, 50),
    ({"unit": [5]}, 20, 20),
    ({"unit": []}, None, DAYS - 1),
    ({"unit": [5]}, DAYS + 3, DAYS + 9),
]


@pytest.mark.parametrize(("numbers", "first", "last"), CHOICES)
def test_what_is_counted_is_the_sum_of_the_rows_chosen(
    kept: Kept, all_rows: pl.DataFrame, numbers: dict[str, list[int]], first: int | None, last: int
) -> None:
    chosen = {name: _flags(some, SIZES[name]) for name, some in numbers.items()}
    days = pl.col("day").is_between(-1 if first is None else first, last)
    right = all_rows.filter(days, *(pl.col(name).is_in(some) for name, some in numbers.items()))
    expected = np.zeros((len(MEASURES), UNITS, PROCEDURES), np.int64)
    by_day = np.zeros(DAYS + 10, np.int64)
    for day, unit, procedure, received, change in right.select("day", *SIZES, *MEASURES).iter_rows():
        expected[:, unit, procedure] += received, change
        by_day[day] += received + change
    assert (kept.counted(first, last, MEASURES, SIZES, chosen) == expected).all()
    by_procedure = kept.counted(first, last, MEASURES, {"procedure": PROCEDURES}, chosen)
    assert (by_procedure == expected.sum(axis=1)).all()
    assert (kept.by_day(first or 0, last, MEASURES, chosen) == by_day[first or 0 : last + 1]).all()
    columns = ["day", "unit", "procedure", *MEASURES]
    between = kept.between(first, last, *columns, chosen=chosen)
    assert between.sort(columns).equals(right.select(columns).sort(columns))
    assert between.schema["received"] == pl.Int64
    assert between.schema["day"] == between.schema["unit"] == between.schema["procedure"] == pl.Int32


def test_a_large_part_takes_a_byte_for_each_number_that_fits_into_one(kept: Kept) -> None:
    narrow = dict.fromkeys(["day", *SIZES, *MEASURES], pl.Int8)
    assert kept.parts[0].rows.schema == {"key": pl.Int64, **narrow}
    assert kept.rows().schema["day"] == pl.Int32


def test_days_before_and_after_all_that_are_known_may_be_asked_about(kept: Kept, all_rows: pl.DataFrame) -> None:
    received, ever = all_rows["received"].sum(), (day_number(date.min), day_number(date.max))
    assert kept.counted(*ever, ["received"], {"unit": UNITS}).sum() == received
    assert kept.counted(None, ever[1], ["received"], {"unit": UNITS}).sum() == received
    assert not kept.counted(ever[0], -1, ["received"], {"unit": UNITS}).any()
    assert not kept.counted(DAYS, ever[1], ["received"], {"unit": UNITS}).any()
    assert not kept.by_day(-5000, -1000, ["received"]).any()


def test_rows_are_the_sums_of_all_parts_and_none_that_counts_nothing(kept: Kept, all_rows: pl.DataFrame) -> None:
    counting = all_rows.filter(pl.any_horizontal(pl.col(MEASURES) != 0))
    assert kept.rows().equals(counting)
    doubled = kept.plus(kept.difference(Part(all_rows.with_columns(pl.col(MEASURES) * 2))))
    assert doubled.rows().equals(counting.with_columns(pl.col(MEASURES) * 2))
    [part] = doubled.parts
    assert part.rows.schema["day"] == pl.Int8
    assert part.rows.cast(dict(counting.schema)).equals(doubled.rows())  # type: ignore[arg-type]
    nothing = doubled.plus(doubled.difference(Part(all_rows.with_columns(pl.col(MEASURES) * 0))))
    assert nothing.rows().is_empty()


@pytest.mark.parametrize("rows", [5_000, 7_321, DAYS * UNITS * PROCEDURES])
def test_pieces_are_all_rows(kept: Kept, rows: int) -> None:
    pieces = list(kept.in_pieces(rows))
    assert len(pieces) >= kept.parts[0].height // rows
    assert max(piece.height for piece in pieces) <= rows * 1.2
    assert pl.concat(pieces).equals(kept.rows())
    nothing = kept.plus(kept.difference(Part(kept.rows().with_columns(pl.col(MEASURES) * 0))))
    assert [piece.height for piece in nothing.in_pieces(rows) if piece.height] == []


def test_of_no_rows_there_is_one_piece() -> None:
    [piece] = Kept.of([Part(_rows(default_rng(1), pl.Series([], dtype=pl.Int64)))], MEASURES).in_pieces(5)
    assert piece.is_empty()
