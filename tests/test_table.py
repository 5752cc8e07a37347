"""Frames made of arrays: what is in them, what is null."""

import numpy as np
import polars as pl

from metrics._table import Texts, frame_of, numbers

LONG = "Ủy ban nhân dân xã có một cái tên dài hơn mười hai byte"


def test_a_frame_holds_numbers_and_texts_with_their_nulls() -> None:
    texts, known = Texts(["ngắn", LONG]), np.array([True, False, True])
    frame = frame_of(
        {
            "place": numbers(np.array([1, 0, 3]), known),
            "value": numbers(np.array([0.5, np.nan, 0.0])),
            "name": texts.of(np.array([1, 0, 1])),
            "reason": texts.of(np.array([0, 0, 1]), known),
        }
    )
    expected = {
        "place": [1, None, 3],
        "value": [0.5, None, 0.0],
        "name": [LONG, "ngắn", LONG],
        "reason": ["ngắn", None, LONG],
    }
    kinds = {"place": pl.Int64, "value": pl.Float64, "name": pl.String, "reason": pl.String}
    assert frame.equals(pl.DataFrame(expected, schema=kinds))
    assert frame.schema == kinds


def test_a_frame_without_rows_keeps_its_columns() -> None:
    nobody = np.zeros(0, np.int64)
    frame = frame_of({"place": numbers(nobody, nobody > 0), "name": Texts([]).of(nobody)})
    assert frame.schema == {"place": pl.Int64, "name": pl.String}
    assert frame.is_empty()


def test_texts_outlive_what_they_were_taken_from() -> None:
    frame = frame_of({"name": Texts([f"{number} {LONG}" for number in range(1000)]).of(np.arange(999, -1, -1))})
    assert frame["name"].to_list() == [f"{number} {LONG}" for number in range(999, -1, -1)]
