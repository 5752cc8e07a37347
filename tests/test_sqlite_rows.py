"""Rows that SQLite is given hundreds at a time are the rows that it holds."""

import sqlite3
from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from store.sqlite_rows import insert_rows

_LEAST, _MOST = -(2**63), 2**63 - 1
_KINDS: dict[str, tuple[pl.DataType, st.SearchStrategy[Any]]] = {
    "code": (pl.String(), st.text(max_size=5) | st.none()),
    "flag": (pl.Boolean(), st.booleans()),
    "maybe": (pl.Boolean(), st.booleans() | st.none()),
    "count": (pl.Int64(), st.integers(-2, 12)),
    "short": (pl.Int32(), st.integers(-(2**31), 2**31 - 1)),
    "number": (pl.Int64(), st.integers(_LEAST, _MOST)),
    "rating": (pl.Int64(), st.integers(1, 3) | st.none()),
    "share": (pl.Float64(), st.floats(allow_nan=False) | st.none()),
}


def inserted(rows: pl.DataFrame) -> list[tuple[Any, ...]]:
    """What a table without types holds of them, in the order in which they came in."""
    driver = sqlite3.connect(":memory:")
    driver.execute(f"CREATE TABLE held ({', '.join(rows.columns)})")
    insert_rows(driver, "held", rows)
    return driver.execute("SELECT * FROM held ORDER BY rowid").fetchall()


@settings(deadline=None)  # a busy machine takes its time
@given(st.data(), st.sampled_from([1, 3, 99, 100, 101, 200, 333]))
def test_what_is_inserted_is_there(drawn: st.DataObject, count: int) -> None:
    names = drawn.draw(st.lists(st.sampled_from(list(_KINDS)), min_size=1, unique=True))
    few = {name: drawn.draw(st.lists(_KINDS[name][1], min_size=1, max_size=9)) for name in names}
    columns = {name: [values[row % len(values)] for row in range(count)] for name, values in few.items()}
    rows = pl.DataFrame(columns, schema={name: _KINDS[name][0] for name in names})
    assert inserted(rows) == rows.rows()


@pytest.mark.parametrize("width", [1, 40])
def test_of_many_narrow_columns_each_keeps_its_own(width: int) -> None:
    columns = {f"c{number}": [(row * number) % 17 - 3 for row in range(130)] for number in range(width)}
    assert inserted(pl.DataFrame(columns)) == list(zip(*columns.values(), strict=True))


def test_a_row_that_is_there_already_is_an_error() -> None:
    driver = sqlite3.connect(":memory:", isolation_level=None)
    driver.execute("CREATE TABLE held (code PRIMARY KEY, count NOT NULL)")
    driver.execute("INSERT INTO held VALUES (99, 0)")
    driver.execute("BEGIN")
    with pytest.raises(sqlite3.IntegrityError, match=r"held\.code"):
        insert_rows(driver, "held", pl.DataFrame({"code": range(300), "count": range(300)}))
    driver.execute("ROLLBACK")
    assert driver.execute("SELECT * FROM held").fetchall() == [(99, 0)]
