"""The newest-state rule for dossiers and documents: one staged, set-based upsert per batch.

Stored is the newest by update time; for an equal update time the one whose state is further on, then the greater
content hash: the same result in every order of delivery.
"""

from collections.abc import Sequence

import polars as pl
import sqlalchemy as sa
from sqlalchemy import Connection, Table

from store.content import content_hash
from store.frames import insert_into, read_frame, rows_frame, schema, staged
from store.rows import Document, Row
from store.tables import documents, dossiers

_NEWNESS = ("updated_at", "state", "content_hash")
_KEY = ("source", "source_id")
TABLES: dict[str, Table] = {"dossiers": dossiers, "documents": documents}


def facts_frame(source: str, rows: Sequence[Row], table: Table) -> pl.DataFrame:
    """The rows as a frame with the table's columns, the newest state of each record only."""
    columns = {name: [getattr(row, name, None) for row in rows] for name in table.c.keys()}  # noqa: SIM118  # SQLAlchemy iterates columns, not names
    columns["source"] = [source] * len(rows)
    columns["content_hash"] = [content_hash(row) for row in rows]
    if table is documents:
        columns["state"] = [int(row.completed_on is not None) for row in rows if isinstance(row, Document)]
    frame = rows_frame(columns, schema(table))
    return frame.sort(_NEWNESS).unique(_KEY, keep="last", maintain_order=True)


def upsert(connection: Connection, facts: pl.DataFrame, table: Table) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Store every fact that is newer than what is stored. Returns (what it replaced, what was stored)."""
    with staged(connection, facts, table) as stage:
        same = sa.and_(*(table.c[key] == stage.c[key] for key in _KEY))
        stored_newness = sa.tuple_(*(table.c[name] for name in _NEWNESS))
        staged_newness = sa.tuple_(*(stage.c[name] for name in _NEWNESS))
        not_newer = sa.exists().where(same, stored_newness >= staged_newness)
        older = connection.execute(stage.delete().where(not_newer)).rowcount
        old = read_frame(connection, sa.select(*table.c).join_from(stage, table, same))
        new = facts
        if older:
            new = facts.join(read_frame(connection, sa.select(*(stage.c[key] for key in _KEY))), on=_KEY, how="semi")
        insert = insert_into(connection, table)
        statement = insert.from_select(facts.columns, sa.select(*stage.c).where(sa.true()))
        values = {name: statement.excluded[name] for name in facts.columns if name not in _KEY}
        newer = sa.tuple_(*(statement.excluded[name] for name in _NEWNESS)) > stored_newness
        connection.execute(statement.on_conflict_do_update(index_elements=_KEY, set_=values, where=newer))
    return old, new
