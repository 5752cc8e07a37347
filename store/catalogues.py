"""Dated units and procedures: a catalogue replaces all rows of the codes that it names."""

from collections.abc import Sequence

import sqlalchemy as sa
from sqlalchemy import Connection, Table

from config import IMPORTED
from store.rows import Procedure, Row, Unit
from store.tables import procedures, units


def put_catalogue(
    connection: Connection, source: str, rows: Sequence[Unit] | Sequence[Procedure], table: Table
) -> bool:
    """Store the rows in place of those with the same codes; of two with one (code, valid_from) the last counts.

    Codes that the catalogue no longer names stay: their dossiers must not lose their unit. A guessed row never takes
    the place of another source's, and none takes the place of what a person has imported. Returns whether anything
    changed.
    """
    named = {row.code for row in rows}
    held = [dict(row) for row in connection.execute(sa.select(table)).mappings() if row["code"] in named]
    of_others = {row["code"] for row in held if row["source"] != source}
    imported = {row["code"] for row in held if row["source"] == IMPORTED != source}
    taken = [row for row in rows if row.code not in imported and not (row.guessed and row.code in of_others)]
    fresh = {(row.code, row.valid_from): {**_values(row), "source": source} for row in taken}
    codes = {row.code for row in taken}
    stored = {(row["code"], row["valid_from"]): row for row in held if row["code"] in codes}
    changed = {
        code
        for code, valid_from in fresh.keys() | stored.keys()
        if fresh.get((code, valid_from)) != stored.get((code, valid_from))
    }
    if not changed:
        return False
    connection.execute(table.delete().where(table.c.code == sa.bindparam("changed")), [{"changed": c} for c in changed])
    connection.execute(table.insert(), [values for (code, _), values in fresh.items() if code in changed])
    return True


def _values(row: Row) -> dict[str, object]:
    return {field: getattr(row, field) for field in row.__struct_fields__ if field != "guessed"}


def known_codes(connection: Connection) -> tuple[set[str], set[str]]:
    """All codes of units and of procedures that any catalogue has named, in force or not."""
    return set(connection.scalars(sa.select(units.c.code))), set(connection.scalars(sa.select(procedures.c.code)))
