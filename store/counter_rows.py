"""Rows of a daily table, of which a process that starts on a whole province reads millions: the database gives each as
a line of text, so that no Python object is made of a value."""

import io
import sqlite3
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import closing
from functools import cache
from typing import Any

import polars as pl
import psycopg
import sqlalchemy as sa
from sqlalchemy import Connection, Table
from sqlalchemy.dialects.postgresql import psycopg as psycopg_dialect

from store.frames import told_as_sqlalchemy

# At a time: as text and in a frame rows are several times as large as in counters.
_ROWS, _BYTES = 20_000, 1 << 21
# Whether it is a number, and one of the keys (days) or a count.
_KINDS: Mapping[tuple[bool, bool], pl.DataType] = {
    (False, True): pl.String(),
    (True, True): pl.Int64(),
    (True, False): pl.Int32(),
}
Kinds = Mapping[str, pl.DataType]


def changed_rows(connection: Connection, table: Table, since: int) -> pl.DataFrame:
    """The keys and counts of the rows whose version is greater than `since`: texts and whole numbers, none null."""
    return pl.concat(changed_rows_in_pieces(connection, table, since), rechunk=True)


def changed_rows_in_pieces(connection: Connection, table: Table, since: int) -> Iterator[pl.DataFrame]:
    """The same, some at a time: one frame at least. None of another table can be asked for meanwhile."""
    yield no_rows(table)
    postgresql = connection.dialect.name == "postgresql"
    for text in _of_copy(connection, table, since) if postgresql else _of_sqlite(connection, table, since):
        yield pl.read_csv(text, has_header=False, schema=_kinds(table), empty_string_is_null=False)


@cache
def no_rows(table: Table) -> pl.DataFrame:
    """The same where none has changed."""
    return pl.DataFrame(schema=_kinds(table))


@cache
def _kinds(table: Table) -> Kinds:
    columns = [column for column in table.c if column.name != "version"]
    return {column.name: _KINDS[isinstance(column.type, sa.Integer), column.primary_key] for column in columns}


def question_of_rows(table: Table, since: sa.ColumnElement[Any]) -> sa.Select[Any]:
    """What `changed_rows` asks."""
    return sa.select(*(table.c[name] for name in _kinds(table))).where(table.c.version > since)


def _question(table: Table) -> sa.Select[Any]:
    return question_of_rows(table, sa.bindparam("since"))


@cache
def _copying(table: Table) -> str:
    """The question as PostgreSQL is asked to copy its answer: made once, as making it costs more than a few rows do."""
    asked = _question(table).compile(dialect=psycopg_dialect.dialect())  # type: ignore[no-untyped-call]
    return f"COPY ({asked}) TO STDOUT (FORMAT csv)"


def _of_copy(connection: Connection, table: Table, since: int) -> Iterator[io.BytesIO]:
    """PostgreSQL's own text of many rows."""
    statement = _copying(table)
    driver: Any = connection.connection.driver_connection
    with (
        told_as_sqlalchemy(connection, statement, psycopg.Error),
        driver.cursor() as cursor,
        cursor.copy(statement, {"since": since}) as copy,
    ):
        yield from _in_blocks(copy)


def _in_blocks(rows: Iterable[bytes]) -> Iterator[io.BytesIO]:
    block = io.BytesIO()
    for row in rows:
        block.write(row)
        if block.tell() >= _BYTES:
            block.seek(0)
            yield block
            block = io.BytesIO()
    if block.tell():
        block.seek(0)
        yield block


@cache
def _printing(table: Table) -> str:
    """The question whose answer SQLite gives in the same way."""
    forms = ",".join("%d" if kind.is_integer() else '"%w"' for kind in _kinds(table).values())
    columns = ", ".join(_kinds(table))
    return f"SELECT printf('{forms}', {columns}) FROM {table.name} WHERE version > ?"  # noqa: S608  # nosec B608  # our names


def _of_sqlite(connection: Connection, table: Table, since: int) -> Iterator[bytes]:
    statement = _printing(table)
    driver: Any = connection.connection.driver_connection
    with told_as_sqlalchemy(connection, statement, sqlite3.Error), closing(driver.cursor()) as cursor:
        cursor.execute(statement, [since])
        while rows := cursor.fetchmany(_ROWS):
            yield "\n".join(row for (row,) in rows).encode()


def frame_of_rows(table: Table, rows: Sequence[Any]) -> pl.DataFrame:
    """What `changed_rows` gives, of rows that answer its question."""
    columns = zip(_kinds(table).items(), zip(*rows, strict=True), strict=True)
    return pl.DataFrame([pl.Series(name, list(values), dtype=kind) for (name, kind), values in columns])
