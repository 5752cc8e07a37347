"""Rows of a daily table, read column by column: a process that starts on a whole province reads millions of them."""

import io
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cache
from typing import Any

import polars as pl
import psycopg
import sqlalchemy as sa
from sqlalchemy import Connection, Table
from sqlalchemy.dialects.postgresql import psycopg as psycopg_dialect

from store.frames import told_as_sqlalchemy

# At a time: as Python's objects rows are many times as large as in a frame, as text some times.
_ROWS, _BYTES = 20_000, 1 << 23
# Whether it is a number, and one of the keys (days) or a count.
_KINDS: Mapping[tuple[bool, bool], pl.DataType] = {
    (False, True): pl.String(),
    (True, True): pl.Int64(),
    (True, False): pl.Int32(),
}
Kinds = Mapping[str, pl.DataType]


def changed_rows(connection: Connection, table: Table, since: int) -> pl.DataFrame:
    """The keys and counts of the rows whose version is greater than `since`: texts and whole numbers, none null."""
    kinds = _kinds(table)
    read = _of_copy if connection.dialect.name == "postgresql" else _of_rows
    return pl.concat([no_rows(table), *read(connection, table, since, kinds)], rechunk=True)


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


def _of_copy(connection: Connection, table: Table, since: int, kinds: Kinds) -> Iterator[pl.DataFrame]:
    """PostgreSQL's own text of many rows: no Python object is made of a value."""
    statement = _copying(table)
    driver: Any = connection.connection.driver_connection
    with (
        told_as_sqlalchemy(connection, statement, psycopg.Error),
        driver.cursor() as cursor,
        cursor.copy(statement, {"since": since}) as copy,
    ):
        for text in _in_blocks(copy):
            yield pl.read_csv(text, has_header=False, schema=kinds, empty_string_is_null=False)


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


def _of_rows(connection: Connection, table: Table, since: int, kinds: Kinds) -> Iterator[pl.DataFrame]:
    query = _question(table).execution_options(yield_per=_ROWS)
    for rows in connection.execute(query, {"since": since}).partitions():
        yield _columns(rows, kinds)


def frame_of_rows(table: Table, rows: Sequence[Any]) -> pl.DataFrame:
    """What `changed_rows` gives, of rows that answer its question."""
    return _columns(rows, _kinds(table))


def _columns(rows: Sequence[Any], kinds: Kinds) -> pl.DataFrame:
    columns = zip(kinds.items(), zip(*rows, strict=True), strict=True)
    return pl.DataFrame([pl.Series(name, list(values), dtype=kind) for (name, kind), values in columns])
