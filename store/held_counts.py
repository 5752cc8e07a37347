"""How many records of which unit and day are held back, to be told beside the figures that lack them."""

from typing import Any

import polars as pl
import sqlalchemy as sa
from sqlalchemy import Engine

from store import tables
from store.engine import reading
from store.frames import local_day, read_frame
from store.tables import quarantine

# The figures that a kind of record enters; units, procedures and registers of points are not counted by the day.
_FIGURES = {"dossiers": "dossiers", "documents": "documents", "meetings": "meetings", "recordings": "meetings"}


def held_counts(engine: Engine) -> pl.DataFrame:
    """Held records that figures lack: kind, unit_code (null: the record names none), day, stored, records.

    kind     "dossiers", "documents" or "meetings"
    day      days since 1970-01-01 of the local day on which it counts; where the record does not tell, that on which
             it was first met
    stored   an earlier state of the same record is stored, so that it is counted, but not as it is now
    records  different ones: several held versions of one record are one
    """
    columns = quarantine.c
    read = [columns.id, columns.source, columns.kind, columns.source_id, columns.unit_code, columns.counts_on]
    query = sa.select(*read, columns.first_seen_at, _is_stored().label("stored")).where(columns.kind.in_(_FIGURES))
    with reading(engine) as connection:
        held = read_frame(connection, query.order_by(columns.id))
    told = pl.col("counts_on").cast(pl.Int32).cast(pl.Int64)
    identity = pl.coalesce("source_id", pl.col("id").cast(pl.String))
    records = held.with_columns(
        kind=pl.col("kind").replace_strict(_FIGURES, return_dtype=pl.String),
        day=pl.coalesce(told, local_day("first_seen_at")),
        source_id=identity,
    ).unique(["source", "kind", "source_id"], keep="last", maintain_order=True)
    return records.group_by("kind", "unit_code", "day", "stored", maintain_order=True).agg(records=pl.len())


def _is_stored() -> sa.ColumnElement[bool]:
    found: list[tuple[Any, Any]] = []
    for kind, facts in _FIGURES.items():
        table = tables.metadata.tables[facts]
        same = sa.and_(table.c.source == quarantine.c.source, table.c.source_id == quarantine.c.source_id)
        found.append((quarantine.c.kind == kind, sa.exists().where(same)))
    return sa.case(*found, else_=sa.false())
