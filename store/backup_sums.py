"""What a store holds, in numbers: rows of every table, and checksums over published figures and counters.

A backup carries them, and what is restored from it must have the same. Tables and columns are those that the database
has, so that a store of an older version can be summed up too.
"""

import hashlib
from collections.abc import Iterable
from typing import Any

import msgspec
import sqlalchemy as sa
from alembic.runtime.migration import MigrationContext
from sqlalchemy import Connection, Table

from store.rollups import ROLLUPS
from store.tables import metadata, publications, published_figures

_PUBLISHED = [publications.name, published_figures.name]
_COUNTERS = [rollup.table.name for rollup in ROLLUPS]
_VERSION = "alembic_version"
# What migrating an empty database, and the calendar that comes with the program, put there.
_SHIPPED = {_VERSION, "calendar_days", "versions"}
_ROWS_AT_ONCE = 10_000


class Sums(msgspec.Struct, frozen=True):
    """Rows by table, and SHA-256 over the published figures and over the daily counters."""

    rows: dict[str, int]
    published: str
    counters: str

    def __str__(self) -> str:
        """The numbers in words, for a person."""
        of = self.rows.get
        return (
            f"{sum(self.rows.values())} rows in {len(self.rows)} tables: {of('dossiers', 0)} dossiers,"
            f" {of('documents', 0)} documents, {of('meetings', 0)} meetings, {of('published_figures', 0)} published"
            f" figures (sha256 {self.published[:12]}), {sum(of(name, 0) for name in _COUNTERS)} counters (sha256"
            f" {self.counters[:12]})"
        )


def sums(connection: Connection) -> Sums:
    """The sums of one state of the store."""
    present = _tables(connection)
    counted = {name: _count(connection, table) for name, table in present.items()}
    return Sums(
        rows=counted,
        published=_checksum(connection, (present[name] for name in _PUBLISHED if name in present)),
        counters=_checksum(connection, (present[name] for name in _COUNTERS if name in present)),
    )


def migration_of(connection: Connection) -> str | None:
    """The version of the tables; None where there are none of ours."""
    return MigrationContext.configure(connection).get_current_revision()


def holdings(connection: Connection) -> dict[str, int]:
    """Tables in which there is what somebody brought, with how many rows: none of an empty store."""
    counted = {name: _count(connection, table) for name, table in _tables(connection).items() if name not in _SHIPPED}
    return {name: rows for name, rows in counted.items() if rows}


def _tables(connection: Connection) -> dict[str, Table]:
    known = {*metadata.tables, _VERSION}
    names = sorted(known.intersection(sa.inspect(connection).get_table_names()))
    reflected = sa.MetaData()
    return {name: Table(name, reflected, autoload_with=connection) for name in names}


def _count(connection: Connection, table: Table) -> int:
    return connection.scalar(sa.select(sa.func.count()).select_from(table)) or 0


def _checksum(connection: Connection, tables: Iterable[Table]) -> str:
    """SHA-256 over the tables as text: a line of JSON with its name and columns, then one per row, by key."""
    digest = hashlib.sha256()
    for table in tables:
        columns = sorted(table.c, key=lambda column: column.name)
        digest.update(msgspec.json.encode([str(table.name), *(str(column.name) for column in columns)]) + b"\n")
        order = [_bytewise(connection, column) for column in table.primary_key.columns]
        answer = connection.execute(
            sa.select(*columns).order_by(*order), execution_options={"yield_per": _ROWS_AT_ONCE}
        )
        for row in answer:
            digest.update(msgspec.json.encode(tuple(row)) + b"\n")
    return digest.hexdigest()


def _bytewise(connection: Connection, column: sa.Column[Any]) -> sa.ColumnElement[Any]:
    """The column in an order that is the same on every host, whatever language its database sorts by."""
    if connection.dialect.name == "postgresql" and isinstance(column.type, sa.String):
        return sa.collate(column, "C")
    return column
