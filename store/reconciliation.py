"""Removing facts that their source no longer has: out of the figures, and kept as history."""

from collections.abc import Iterable
from datetime import datetime

import msgspec
import polars as pl
import sqlalchemy as sa
from sqlalchemy import Connection

from store.frames import read_frame, staged
from store.quarantine import release
from store.reconciliation_tables import deleted_facts
from store.rollups import apply_delta
from store.upsert import TABLES


def forget_dossiers(connection: Connection, source: str, source_ids: Iterable[str], at: datetime) -> int:
    """Remove these dossiers of `source` within a transaction, and subtract what they counted; returns how many.

    Each is kept as history in `deleted_facts`, found gone at the instant `at`. An id that is not stored is passed over.
    What the quarantine holds of them goes too: else a replay would bring them back. A state of such a dossier that
    comes later is stored like that of any other.
    """
    return forget_facts(connection, "dossiers", source, source_ids, at)


def forget_facts(connection: Connection, kind: str, source: str, source_ids: Iterable[str], at: datetime) -> int:
    """As `forget_dossiers`, of "dossiers" or "documents"."""
    table, gone = TABLES[kind], sorted(set(source_ids))
    release(connection, source, kind, gone)
    keys = pl.DataFrame({"source_id": gone}, schema={"source_id": pl.String})
    with staged(connection, keys.with_columns(source=pl.lit(source)), table) as stage:
        same = sa.and_(table.c.source == stage.c.source, table.c.source_id == stage.c.source_id)
        facts = read_frame(connection, sa.select(*table.c).join_from(stage, table, same))
        if facts.is_empty():
            return 0
        connection.execute(table.delete().where(sa.exists().where(same)))
    history = [
        {
            "kind": kind,
            "source": source,
            "source_id": fact["source_id"],
            "unit_code": fact["unit_code"],
            "fact": msgspec.json.encode(fact).decode(),
            "deleted_at": at,
        }
        for fact in facts.iter_rows(named=True)
    ]
    connection.execute(deleted_facts.insert(), history)
    apply_delta(connection, kind, facts, facts.clear())
    return facts.height
