"""What a store holds, in numbers: rows of every table, and checksums over published figures and counters.

A backup carries them, and what is restored from it must have the same. Tables and columns are those that the database
has, so that a store of an older version can be summed up too.
"""

import hashlib
from collections.abc import Iterable
from typing import Any

import msgspec
import sqlalchemy as sa
from sqlalchemy import Connection

from store.audit import head_on
from store.audit_tables import audit
from store.rollups import ROLLUPS
from store.tables import metadata, publications, published_figures

_PUBLISHED = [str(table.name) for table in (publications, published_figures)]
_COUNTERS = [str(rollup.table.name) for rollup in ROLLUPS]
_VERSION = "alembic_version"
# What is there although nobody brought it: from migrating, the calendar of the program, and who polls.
_SHIPPED = {_VERSION, "calendar_days", "versions", "leases"}
_ROWS_AT_ONCE = 10_000


class Sums(msgspec.Struct, frozen=True):
    """Rows by table, SHA-256 over the published figures and over the daily counters, and the head of the audit log
    (NUMBER:HASH; "" where there is none)."""

    rows: dict[str, int]
    published: str
    counters: str
    audit: str = ""

    def __str__(self) -> str:
        """The numbers in words, for a person."""
        of = self.rows.get
        return (
            f"{sum(self.rows.values())} rows in {len(self.rows)} tables: {of('dossiers', 0)} dossiers,"
            f" {of('documents', 0)} documents, {of('meetings', 0)} meetings, {of('published_figures', 0)} published"
            f" figures (sha256 {self.published[:12]}), {sum(of(name, 0) for name in _COUNTERS)} counters (sha256"
            f" {self.counters[:12]}), audit log {self.audit or 'empty'}"
        )


def sums(connection: Connection) -> Sums:
    """The sums of one state of the store."""
    present = _present(connection)
    return Sums(
        rows={name: _count(connection, name) for name in present},
        published=_checksum(connection, [name for name in _PUBLISHED if name in present]),
        counters=_checksum(connection, [name for name in _COUNTERS if name in present]),
        audit=_head(connection) if audit.name in present else "",
    )


def _head(connection: Connection) -> str:
    head = head_on(connection)
    return str(head) if head.number else ""


def holdings(connection: Connection) -> dict[str, int]:
    """Tables in which there is what somebody brought, with how many rows: none of an empty store."""
    counted = {name: _count(connection, name) for name in _present(connection) if name not in _SHIPPED}
    return {name: rows for name, rows in counted.items() if rows}


def _present(connection: Connection) -> list[str]:
    found = set(sa.inspect(connection).get_table_names())
    return sorted(str(name) for name in found & {*metadata.tables, _VERSION})


def _count(connection: Connection, name: str) -> int:
    return connection.scalar(sa.select(sa.func.count()).select_from(sa.table(name))) or 0


def _checksum(connection: Connection, names: Iterable[str]) -> str:
    """SHA-256 over the tables as text: a line of JSON with its name and columns, then one per row, by key."""
    digest = hashlib.sha256()
    for name in names:
        table = sa.Table(name, sa.MetaData(), autoload_with=connection)
        columns = sorted(table.c, key=lambda column: column.name)
        digest.update(msgspec.json.encode([name, *(str(column.name) for column in columns)]) + b"\n")
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
