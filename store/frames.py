"""Frames and tables: rows to a frame, a query to a frame, a frame into a temporary staging table."""

import io
import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import cache
from typing import Any

import polars as pl
import psycopg
import sqlalchemy as sa
from sqlalchemy import Connection, MetaData, Table
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import DBAPIError

from store.instant_texts import instant_text
from store.sqlite_rows import insert_rows
from store.tables import UtcDateTime

_LOCAL = "Asia/Ho_Chi_Minh"
_INSTANT = pl.Datetime("us", "UTC")
# In microseconds, as frames keep instants.
_UNCHANGED_SINCE = int(datetime(1975, 6, 14, tzinfo=UTC).timestamp()) * 1_000_000
_LOCAL_AHEAD, _DAY = 7 * 3_600_000_000, 86_400_000_000
# Enough that each of them is written down quickly, so few that the server need not wait long for the first.
_COPIED_ROWS = 4_000
_RAW: dict[type[pl.DataType], pl.DataType] = {pl.Datetime: pl.Int64(), pl.Date: pl.String()}  # as SQLite keeps them


def polars_type(kind: sa.types.TypeEngine[Any]) -> pl.DataType:
    """The column type of a frame that holds a column of this SQL type."""
    if isinstance(kind, UtcDateTime):
        return pl.Datetime("us", "UTC")
    if isinstance(kind, sa.Date):
        return pl.Date()
    if isinstance(kind, sa.Boolean):
        return pl.Boolean()
    if isinstance(kind, sa.Integer):
        return pl.Int64()
    if isinstance(kind, sa.Float):
        return pl.Float64()
    return pl.String()


def schema(table: Table, columns: Sequence[str] | None = None) -> dict[str, pl.DataType]:
    """Names and frame types of a table's columns, in their order."""
    return {name: polars_type(table.c[name].type) for name in columns or table.c.keys()}


def rows_frame(columns: dict[str, list[Any]], kinds: dict[str, pl.DataType]) -> pl.DataFrame:
    """A frame of these columns; aware instants go in as numbers, which polars takes ten times faster."""
    series = [
        _instants(name, columns[name]) if isinstance(kind, pl.Datetime) else pl.Series(name, columns[name], dtype=kind)
        for name, kind in kinds.items()
    ]
    return pl.DataFrame(series)


def _instants(name: str, values: list[datetime | None]) -> pl.Series:
    seconds = pl.Series(name, [None if value is None else value.timestamp() for value in values], dtype=pl.Float64)
    # A double holds microseconds of our centuries exactly once rounded.
    return (seconds * 1e6).round().cast(pl.Int64).cast(pl.Datetime("us", "UTC"))


def read_frame(connection: Connection, query: sa.Select[Any], asked: Mapping[str, Any] | None = None) -> pl.DataFrame:
    """The answer to a query as a frame: one column per selected column, typed as in the tables. `asked`: the values of
    the query's parameters."""
    kinds = {column.name: polars_type(column.type) for column in query.selected_columns}
    if connection.dialect.name == "postgresql":
        return pl.DataFrame([tuple(row) for row in connection.execute(query, asked)], schema=kinds, orient="row")
    raw = [sa.type_coerce(column, _raw_type(column.type)).label(column.name) for column in query.selected_columns]
    rows = [tuple(row) for row in connection.execute(query.with_only_columns(*raw, maintain_column_froms=True), asked)]
    frame = pl.DataFrame(rows, schema={name: _RAW.get(type(kind), kind) for name, kind in kinds.items()}, orient="row")
    days = [pl.col(name).str.to_date("%Y-%m-%d") for name, kind in kinds.items() if kind == pl.Date]
    return frame.with_columns(days).cast({name: kind for name, kind in kinds.items() if kind != pl.Date})


def _raw_type(kind: sa.types.TypeEngine[Any]) -> sa.types.TypeEngine[Any]:
    """How SQLite itself keeps a column, so that no Python object is made per value: much the faster way out."""
    if isinstance(kind, UtcDateTime):
        return sa.BigInteger()
    return sa.String() if isinstance(kind, sa.Date) else kind


def insert_into(connection: Connection, table: Table) -> postgresql.Insert | sqlite.Insert:
    """The database's own INSERT, which can say what happens on conflict."""
    return postgresql.insert(table) if connection.dialect.name == "postgresql" else sqlite.insert(table)


@contextmanager
def staged(connection: Connection, frame: pl.DataFrame, like: Table) -> Iterator[Table]:
    """A temporary table with the frame's columns (typed as in `like`) and rows; gone when the block ends."""
    stage = _stage(like, tuple(frame.columns))
    stage.create(connection, checkfirst=False)
    load(connection, frame, stage)
    yield stage
    stage.drop(connection, checkfirst=False)


@cache
def _stage(like: Table, names: tuple[str, ...]) -> Table:
    """One object per shape, so that SQLAlchemy compiles each statement on it only once."""
    columns = [sa.Column(name, like.c[name].type) for name in names]
    return Table(f"staged_{like.name}", MetaData(), *columns, prefixes=["TEMPORARY"], postgresql_on_commit="DROP")


def load(connection: Connection, frame: pl.DataFrame, table: Table) -> None:
    """Insert the frame's rows, none of which the table holds, as fast as the database takes them."""
    if frame.is_empty():
        return
    if connection.dialect.name == "postgresql":
        _copy(connection, frame, table)
        return
    driver: Any = connection.connection.driver_connection
    rows = frame.with_columns(pl.col(_INSTANT).dt.epoch("us"), pl.col(pl.Date).dt.to_string("%Y-%m-%d"))
    with told_as_sqlalchemy(connection, f"INSERT INTO {table.name}", sqlite3.Error):
        insert_rows(driver, table.name, rows)


def _copy(connection: Connection, frame: pl.DataFrame, table: Table) -> None:
    """Some thousand rows at a time: while the server takes them, the next ones are written down."""
    driver: Any = connection.connection.driver_connection
    statement = f"COPY {table.name} ({', '.join(frame.columns)}) FROM STDIN (FORMAT csv)"
    texts = [instant_text(name) for name, kind in frame.schema.items() if kind == _INSTANT]
    with (
        told_as_sqlalchemy(connection, statement, psycopg.Error),
        driver.cursor() as cursor,
        cursor.copy(statement) as copy,
    ):
        for rows in frame.with_columns(texts).iter_slices(_COPIED_ROWS):
            text = io.BytesIO()
            rows.write_csv(text, include_header=False, quote_style="non_numeric")
            copy.write(text.getbuffer())


@contextmanager
def told_as_sqlalchemy(connection: Connection, statement: str, kind: type[Exception]) -> Iterator[None]:
    """A block that uses the driver itself: its errors (`kind`) are raised as SQLAlchemy's own, which callers know."""
    try:
        yield
    except kind as error:
        raise DBAPIError.instance(statement, None, error, kind, dialect=connection.dialect) from error


def local_day(column: str) -> pl.Expr:
    """The local day (Asia/Ho_Chi_Minh) of an instant column as days since 1970-01-01."""
    return pl.col(column).map_batches(_local_days, pl.Int64, is_elementwise=True)


def _local_days(instants: pl.Series) -> pl.Series:
    microseconds = instants.to_physical()
    oldest = microseconds.min()
    # Since then the clocks of Vietnam are never changed: a sum is right, and ten times faster than the zone's history.
    if oldest is None or oldest >= _UNCHANGED_SINCE:  # type: ignore[operator]  # of integers it is one
        return (microseconds + _LOCAL_AHEAD) // _DAY
    return instants.dt.convert_time_zone(_LOCAL).dt.date().cast(pl.Int32).cast(pl.Int64)


def day_number(column: str) -> pl.Expr:
    """A date column as days since 1970-01-01."""
    return pl.col(column).cast(pl.Int32).cast(pl.Int64)
