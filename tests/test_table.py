"""Frames made of arrays: what is in them, what is null."""

import numpy as np
import polars as pl

from metrics._table import Known, Texts, frame_of, no_texts, numbers

LONG = "Ủy ban nhân dân xã có một cái tên dài hơn mười hai byte"


def test_a_frame_holds_numbers_and_texts_with_their_nulls() -> None:
    texts, known = Texts(["ngắn", LONG]), Known.of(np.array([True, False, True]))
    values = np.array([0.5, np.nan, 0.0])
    frame = frame_of(
        {
            "place": numbers(np.array([1, 0, 3]), known),
            "all": numbers(np.array([1, 0, 3])),
            "first": numbers(np.array([1, 0, 3]), Known.first(2, 3)),
            "value": numbers(values, Known.told(values)),
            "name": texts.of(np.array([1, 0, 1])),
            "reason": texts.of(np.array([0, 0, 1]), known),
            "nothing": no_texts(3),
        }
    )
    expected = {
        "place": [1, None, 3],
        "all": [1, 0, 3],
        "first": [1, 0, None],
        "value": [0.5, None, 0.0],
        "name": [LONG, "ngắn", LONG],
        "reason": ["ngắn", None, LONG],
        "nothing": [None, None, None],
    }
    wholes, texts_of = dict.fromkeys(["place", "all", "first"], pl.Int64), ["name", "reason", "nothing"]
    kinds = {**wholes, "value": pl.Float64, **dict.fromkeys(texts_of, pl.String)}
    assert frame.equals(pl.DataFrame(expected, schema=kinds))
    assert frame.schema == kinds


def test_a_frame_without_rows_keeps_its_columns() -> None:
    nobody = np.zeros(0, np.int64)
    frame = frame_of({"place": numbers(nobody, Known.of(nobody > 0)), "name": Texts([]).of(nobody)})
    assert frame.schema == {"place": pl.Int64, "name": pl.String}
    assert frame.is_empty()


def test_texts_outlive_what_they_were_taken_from() -> None:
    frame = frame_of({"name": Texts([f"{number} {LONG}" for number in range(1000)]).of(np.arange(999, -1, -1))})
    assert frame["name"].to_list() == [f"{number} {LONG}" for number in range(999, -1, -1)]
