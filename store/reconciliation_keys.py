"""Which records of a source we hold, and in which those that it shows differ from ours."""

from collections.abc import Sequence
from datetime import date
from typing import Literal

import polars as pl
import sqlalchemy as sa
from sqlalchemy import Connection, Table

from clock import end_of_day, start_of_day
from store.frames import read_frame, staged
from store.rows import Row
from store.tables import dossiers, quarantine
from store.upsert import TABLES, facts_frame

KeyedBy = Literal["updated", "entered"]
_NEWNESS = ("updated_at", "state", "content_hash")


def held_keys(
    connection: Connection, kind: str, source: str, keyed_by: KeyedBy, first: date, last: date
) -> pl.DataFrame:
    """Our records of the source in a window of local days: source_id, unit_code, state, updated_at, content_hash.

    `keyed_by` as in `connectors/_contract.py`: updated on or after the first day, or received (of what is not received
    yet: submitted) on the days from the first to the last, both included.
    """
    table = TABLES[kind]
    if keyed_by == "updated":
        inside = table.c.updated_at >= start_of_day(first)
    else:
        entered = sa.func.coalesce(dossiers.c.received_at, dossiers.c.submitted_at)
        inside = entered.between(start_of_day(first), end_of_day(last))
    columns = [table.c[name] for name in ("source_id", "unit_code", *_NEWNESS)]
    return read_frame(connection, sa.select(*columns).where(table.c.source == source, inside))


def compared(connection: Connection, kind: str, source: str, rows: Sequence[Row]) -> pl.DataFrame:
    """What the source shows beside what we hold: a row for each record, of several states the newest.

    Columns: source_id, unit_code, state, updated_at, content_hash, each of the last three also with `our_` before it
    (null: we do not hold the record), and `newer`: whether the source shows a newer state than ours, or one that we
    lack.
    """
    table = TABLES[kind]
    told = facts_frame(source, rows, table).select("source", "source_id", "unit_code", *_NEWNESS)
    with staged(connection, told.select("source", "source_id"), table) as stage:
        ours = read_frame(connection, _joined(table, stage))
    both = told.drop("source").join(ours, on="source_id", how="left")
    return both.with_columns(newer=_is_newer())


def _joined(table: Table, stage: Table) -> sa.Select[tuple[object, ...]]:
    same = sa.and_(table.c.source == stage.c.source, table.c.source_id == stage.c.source_id)
    named = [table.c[name].label(f"our_{name}") for name in _NEWNESS]
    return sa.select(table.c.source_id, *named).join_from(stage, table, same)


def _is_newer() -> pl.Expr:
    newer = pl.col("our_updated_at").is_null()
    equal = pl.lit(value=True)
    for name in _NEWNESS:
        newer = newer | (equal & (pl.col(name) > pl.col(f"our_{name}")))
        equal = equal & (pl.col(name) == pl.col(f"our_{name}"))
    return newer


def held_back(connection: Connection, kind: str, source: str) -> set[str]:
    """The ids of the source's records of that kind that are in quarantine."""
    mine = sa.and_(quarantine.c.source == source, quarantine.c.kind == kind, quarantine.c.source_id.is_not(None))
    return set(connection.scalars(sa.select(quarantine.c.source_id).where(mine)))


def unchanged(connection: Connection, kind: str, source: str, held: pl.DataFrame) -> list[str]:
    """The ids of these rows of `held_keys` that are still stored as they were."""
    table = TABLES[kind]
    keys = held.select("source_id", *_NEWNESS).with_columns(source=pl.lit(source))
    with staged(connection, keys, table) as stage:
        same = sa.and_(*(table.c[name] == stage.c[name] for name in ("source", "source_id", *_NEWNESS)))
        return list(connection.scalars(sa.select(table.c.source_id).join_from(stage, table, same)))
