"""Storing a batch: facts, daily measures, cursor, quarantine and the poll run's counts in one transaction."""

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import NamedTuple

import msgspec
import polars as pl
import sqlalchemy as sa
from sqlalchemy import Connection, Engine

from store import tables
from store.catalogues import known_codes, put_catalogue
from store.document_merge import is_of_partner, merge_documents
from store.engine import writing
from store.meeting_writes import merge_meetings
from store.quarantine import ROW_TYPES, UNKNOWN_CODE_REASONS, Held, forget, held_on, hold, release
from store.rollups import apply_delta
from store.rows import Batch, Document, Dossier, Meeting, Rejected, Row
from store.upsert import TABLES, facts_frame, upsert
from store.versions import bump


class Written(NamedTuple):
    """What became of a batch: how many records changed the store, changed nothing, went to quarantine (and why)."""

    accepted: int
    unchanged: int
    rejected: int
    reasons: dict[str, int]


def write_batch(
    engine: Engine,
    source: str,
    batch: Batch,
    run_id: int,
    cursor: datetime | None,
    at: datetime,
    replayed: Iterable[int] = (),
) -> Written:
    """Store a batch of `source` as part of the poll run `run_id`; all of it, or nothing.

    `cursor`: everything updated up to this instant has been seen; it never moves back. `at` is the clock's time.
    `replayed`: numbers of quarantined records that the batch holds again; they leave the quarantine, and those that
    are rejected again come back into it.
    Dossiers, documents and meetings of unknown units or procedures are quarantined, and come in by themselves with
    the catalogue that names them. Raises StoreError when the database fails; then nothing has changed.
    """
    with writing(engine) as connection:
        forget(connection, replayed)
        catalogued = _write_catalogues(connection, source, batch)
        accepted, unchanged = catalogued, len(batch.units) + len(batch.procedures) - catalogued
        rejected = list(batch.rejected)
        hold(connection, source, batch.rejected, "raw", at)
        for kind in ROW_TYPES:
            stored, strangers = _write_facts(connection, source, kind, getattr(batch, kind), batch, at)
            accepted += stored
            unchanged += max(0, len(getattr(batch, kind)) - stored - len(strangers))
            rejected += strangers
        if catalogued:
            _replay_strangers(connection, at)
        if cursor is not None:
            _move_cursor(connection, source, cursor)
        written = Written(accepted, unchanged, len(rejected), dict(Counter(record.reason for record in rejected)))
        _count(connection, run_id, written)
    return written


def _write_catalogues(connection: Connection, source: str, batch: Batch) -> int:
    changed = 0
    for rows, table in ((batch.units, tables.units), (batch.procedures, tables.procedures)):
        if rows and put_catalogue(connection, source, rows, table):
            changed += len(rows)
    if changed:
        bump(connection, "catalogue")
        bump(connection, "data")
    return changed


def _write_facts(
    connection: Connection, source: str, kind: str, rows: Sequence[Row], batch: Batch, at: datetime
) -> tuple[int, list[Rejected]]:
    """Store the rows of one kind; returns how many records changed, and those of unknown units or procedures."""
    if not rows and (kind != "meetings" or batch.running is None):
        return 0, []
    unit_codes, procedure_codes = known_codes(connection)
    known, strangers, passed_over = [], [], set()
    for row in rows:
        stranger = _stranger(kind, row, unit_codes, procedure_codes)
        if isinstance(row, Document) and is_of_partner(row, unit_codes):
            passed_over.add(row.source_id)
        elif stranger:
            strangers.append(stranger)
        else:
            known.append(row)
    hold(connection, source, [record for record in strangers if record.payload is not None], "row", at)
    hold(connection, source, [record for record in strangers if record.payload is None], "raw", at)
    old, new, touched = _upsert_facts(connection, source, kind, known, batch, at)
    understood = touched | passed_over | {row.source_id for row in known if isinstance(row, Meeting) and row.room}
    if understood:
        release(connection, source, kind, understood)
    if touched:
        apply_delta(connection, kind, old, new)
    return len(touched), strangers


def _upsert_facts(
    connection: Connection, source: str, kind: str, rows: Sequence[Row], batch: Batch, at: datetime
) -> tuple[pl.DataFrame, pl.DataFrame, set[str]]:
    if kind == "meetings":
        seen = [row for row in rows if isinstance(row, Meeting)]
        old, new = merge_meetings(connection, source, seen, batch.running, batch.seen_at or at)
        return old, new, set(new["source_id"])
    table = TABLES[kind]
    if not rows:
        nothing = pl.DataFrame()
        return nothing, nothing, set()
    partial = [row for row in rows if isinstance(row, Document) and row.partial]
    if partial:
        # A source tells all its documents in messages, or none.
        old, new = merge_documents(connection, source, partial)
    else:
        old, new = upsert(connection, facts_frame(source, rows, table), table)
    return old, new, set(new["source_id"])


def _stranger(kind: str, row: Row, unit_codes: set[str], procedure_codes: set[str]) -> Rejected | None:
    assert isinstance(row, Dossier | Document | Meeting)
    if row.unit_code not in unit_codes:
        reason, detail = "unknown_unit", f"unit {row.unit_code!r} is in no catalogue"
    elif isinstance(row, Dossier) and row.procedure_code not in procedure_codes:
        reason, detail = "unknown_procedure", f"procedure {row.procedure_code!r} is in no catalogue"
    else:
        return None
    # An occupied room is only true at the moment: the next poll tells it again, a replay could not.
    payload = None if isinstance(row, Meeting) and row.room else msgspec.to_builtins(row)
    return Rejected(kind=kind, source_id=row.source_id, reason=reason, detail=detail, payload=payload)


def _replay_strangers(connection: Connection, at: datetime) -> None:
    waiting = [record for record in held_on(connection, reasons=UNKNOWN_CODE_REASONS) if record.form == "row"]
    for source in {record.source for record in waiting}:
        for kind in ROW_TYPES:
            rows = [as_row(record) for record in waiting if (record.source, record.kind) == (source, kind)]
            _write_facts(connection, source, kind, rows, Batch(), at)


def as_row(record: Held) -> Row:
    """The typed row that a record of form "row" holds."""
    return msgspec.convert(record.payload, ROW_TYPES[record.kind])


def _move_cursor(connection: Connection, source: str, seen_to: datetime) -> None:
    cursors = tables.cursors
    stored = connection.scalar(sa.select(cursors.c.seen_to).where(cursors.c.source == source))
    if stored is None:
        connection.execute(cursors.insert().values(source=source, seen_to=seen_to))
    elif stored < seen_to:
        connection.execute(cursors.update().where(cursors.c.source == source).values(seen_to=seen_to))


def _count(connection: Connection, run_id: int, written: Written) -> None:
    runs = tables.poll_runs
    counts = {name: runs.c[name] + getattr(written, name) for name in ("accepted", "unchanged", "rejected")}
    connection.execute(runs.update().where(runs.c.id == run_id).values(**counts))
