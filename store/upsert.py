"""The newest-state rule for dossiers and documents, and the set-based upsert that keeps it.

Stored is the newest by update time; for an equal update time the one whose state is further on, then the greater
content hash: the same result in every order of delivery.
"""

from collections.abc import Sequence

import msgspec
import polars as pl
import sqlalchemy as sa
from sqlalchemy import Connection, Table
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.exc import IntegrityError

from store.content import content_hash, content_hashes
from store.first_load import FirstLoad
from store.frames import insert_into, load, read_frame, rows_frame, schema, staged
from store.rows import Document, Dossier, Row
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
    return newest(rows_frame(columns, schema(table)))


def with_identity(source: str, told: pl.DataFrame) -> pl.DataFrame:
    """Dossiers with a column for each field, as the table has them: with their source and content hash. Those that
    have these already stay as they are."""
    if told.columns == list(schema(dossiers)):
        return told
    assert set(told.columns) == set(Dossier.__struct_fields__)
    named = told.with_columns(pl.lit(source).alias("source"), content_hashes(told).alias("content_hash"))
    return named.select(*schema(dossiers))


def newest(facts: pl.DataFrame) -> pl.DataFrame:
    """The newest state of each record; of two that are the same the last."""
    if facts.select(_KEY).n_unique() == facts.height:
        return facts
    return facts.sort(_NEWNESS, maintain_order=True).unique(_KEY, keep="last", maintain_order=True)


def upsert(
    connection: Connection, facts: pl.DataFrame, table: Table, first_load: FirstLoad | None = None
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Store every fact, one of each record and all of one source, that is newer than what is stored.

    Returns (what it replaced, what was stored). Call it as the only writer (`store.engine.writing`): what the store
    does not hold yet is inserted without asking again. What it holds is replaced where the new state is newer.
    Of what came the first time in a `first_load` the store is not even asked.
    """
    if first_load and not facts.is_empty():
        were_told = first_load.were_told(connection, facts, table)
        fresh = facts.filter(~were_told)
        if not fresh.is_empty() and _add_unasked(connection, fresh, table):
            old, new = upsert(connection, facts.filter(were_told), table)
            return old, pl.concat([fresh, new])
    held = _held(connection, facts, table)
    if held.is_empty():
        _add(connection, facts, table)
        return held, facts
    fresh = facts.join(held, on=_KEY, how="anti")
    # Behind what is told, so that of two states that are the same ours stays.
    told = facts.join(held, on=_KEY, how="semi").with_columns(is_told=pl.lit(value=True))
    both = pl.concat([told, held.with_columns(is_told=pl.lit(value=False))])
    newer = newest(both).filter("is_told").drop("is_told")
    _add(connection, fresh, table)
    _replace(connection, newer, table)
    return held.join(newer, on=_KEY, how="semi"), pl.concat([fresh, newer])


def _held(connection: Connection, facts: pl.DataFrame, table: Table) -> pl.DataFrame:
    """What the store holds of these records."""
    if facts.is_empty():
        return facts
    ids = facts["source_id"].to_list()
    if connection.dialect.name == "postgresql":
        among = table.c.source_id == sa.any_(sa.literal(ids, ARRAY(sa.String)))
    else:
        listed = sa.func.json_each(msgspec.json.encode(ids).decode()).table_valued("value")
        among = table.c.source_id.in_(sa.select(listed.c.value))
    return read_frame(connection, sa.select(*table.c).where(table.c.source == facts["source"][0], among))


def _add(connection: Connection, fresh: pl.DataFrame, table: Table) -> None:
    """In the order of the key: neighbours come into the same page of the key's index one after the other."""
    load(connection, fresh.sort(_KEY), table)


def _add_unasked(connection: Connection, fresh: pl.DataFrame, table: Table) -> bool:
    """Whether they could be added: nothing is when the store holds one of them."""
    try:
        with connection.begin_nested():
            _add(connection, fresh, table)
    except IntegrityError:
        return False
    return True


def _replace(connection: Connection, newer: pl.DataFrame, table: Table) -> None:
    if newer.is_empty():
        return
    with staged(connection, newer, table) as stage:
        insert = insert_into(connection, table)
        statement = insert.from_select(newer.columns, sa.select(*stage.c).where(sa.true()))
        values = {name: statement.excluded[name] for name in newer.columns if name not in _KEY}
        stored, told = (sa.tuple_(*(side[name] for name in _NEWNESS)) for side in (table.c, statement.excluded))
        connection.execute(statement.on_conflict_do_update(index_elements=_KEY, set_=values, where=told > stored))
