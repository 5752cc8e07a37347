"""Rows into SQLite, hundreds with one statement, and of the whole numbers that need a few bits many in one value.

Every value that a statement is given costs Python about as much as SQLite needs to store it, and every statement as
much as a row. What is the same in all rows is a part of the statement. While SQLite works on one, other threads of
this process compute.
"""

import sqlite3

import numpy as np
import numpy.typing as npt
import polars as pl

# With one statement. More are hardly quicker, and SQLite keeps the last statements, which grow with them.
_ROWS = 100
# Of an integer that stays positive; a number that needs more than the widest goes by itself.
_BITS, _WIDEST = 63, 31


def insert_rows(driver: sqlite3.Connection, table: str, rows: pl.DataFrame) -> None:
    """Insert the rows in their order; texts, numbers, yes and no as SQLite keeps them.

    Raises sqlite3's errors; the caller's transaction or savepoint must then be rolled back, as some may be inserted.
    """
    # Otherwise SQLite would keep a copy of each page that a statement changes, to take back this statement alone.
    insert = f"INSERT OR FAIL INTO {table} ({', '.join(rows.columns)})"
    together = rows.height - rows.height % _ROWS
    if together:
        _insert_together(driver, insert, rows.head(together))
    marks = ", ".join("?" * rows.width)
    driver.executemany(f"{insert} VALUES ({marks})", rows.slice(together).rows())


def _insert_together(driver: sqlite3.Connection, insert: str, rows: pl.DataFrame) -> None:
    values, selected = _packed(rows)
    width = _ROWS * values.width
    names = ", ".join(f"v{number}" for number in range(values.width))
    told = ", ".join([f"({', '.join('?' * values.width)})"] * _ROWS)
    statement = f"{insert} WITH told ({names}) AS (VALUES {told}) SELECT {', '.join(selected)} FROM told"  # noqa: S608  # nosec B608  # our names
    each = _row_by_row(values)
    driver.executemany(statement, (each[first : first + width] for first in range(0, len(each), width)))


def _row_by_row(values: pl.DataFrame) -> list[object]:
    """The values of all rows in one list, put there a column at a time: no tuple is made for a row."""
    each: list[object] = [None] * (values.height * values.width)
    for number, column in enumerate(values):
        each[number :: values.width] = column.to_list()
    return each


def _packed(rows: pl.DataFrame) -> tuple[pl.DataFrame, list[str]]:
    """The values v0, v1 … to be handed over for each row, and each column of the rows as SQL of these."""
    spans = {column.name: _span(column) for column in rows if _is_whole(column)}
    narrow = {name for name, (_, bits) in spans.items() if bits <= _WIDEST}
    values = {column.name: column for column in rows if column.name not in narrow}
    selected, words, used = [], list[npt.NDArray[np.int64]](), 0
    for column in rows:
        if column.name in values:
            selected.append(f"v{list(values).index(column.name)}")
            continue
        lowest, bits = spans[column.name]
        if values and not bits:
            selected.append(str(lowest))
            continue
        if not words or used + bits > _BITS:
            words.append(np.zeros(rows.height, np.int64))
            used = 0
        words[-1] |= (column.cast(pl.Int64).to_numpy() - lowest) << used
        selected.append(f"(v{len(values) + len(words) - 1} >> {used} & {(1 << bits) - 1}) + {lowest}")
        used += bits
    return pl.DataFrame([*values.values(), *(pl.Series(f"word {at}", word) for at, word in enumerate(words))]), selected


def _is_whole(column: pl.Series) -> bool:
    return (column.dtype.is_integer() or column.dtype == pl.Boolean) and not column.has_nulls()


def _span(column: pl.Series) -> tuple[int, int]:
    """The lowest of the numbers, and how many bits tell each from it: none where all are the same."""
    numbers = column.cast(pl.Int64).to_numpy()
    lowest = int(numbers.min())
    return lowest, (int(numbers.max()) - lowest).bit_length()
