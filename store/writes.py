"""Storing a batch: facts, daily measures, cursor, quarantine and the poll run's counts in one transaction."""

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import NamedTuple

import msgspec
import polars as pl
import sqlalchemy as sa
from sqlalchemy import Connection, Engine

from errors import SourceChanged
from store import tables
from store.audit import Deed, note
from store.catalogues import known_codes, put_catalogue
from store.document_merge import is_of_partner, merge_documents
from store.dossier_writes import put_dossiers
from store.engine import writing
from store.first_load import FirstLoad
from store.meeting_writes import merge_meetings
from store.point_writes import put_points
from store.quarantine import (
    ROW_TYPES,
    UNKNOWN_CODE_REASONS,
    Held,
    forget,
    forget_others,
    held_on,
    hold,
    release,
)
from store.return_writes import put_returns
from store.rollups import apply_delta
from store.rows import Batch, BridgePoint, Document, Dossier, Meeting, Rejected, Return, Row
from store.strangers import stranger
from store.upsert import TABLES, facts_frame, upsert
from store.versions import bump

_OTHER_FACTS = ("documents", "meetings")


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
    deed: Deed | None = None,
    first_load: FirstLoad | None = None,
) -> Written:
    """Store a batch of `source` as part of the poll run `run_id`; all of it, or nothing.

    `cursor`: everything updated up to this instant has been seen; it never moves back. `at` is the clock's time.
    `replayed`: numbers of quarantined records that the batch holds again; they leave the quarantine, and those that
    are rejected again come back into it. `deed`: what the audit log is told of it, with what became of the batch.
    `first_load`: what this run, the first of its source, remembers from batch to batch.
    Records of unknown units or procedures are quarantined, and come in by themselves with the catalogue that names
    them. A register of bridge points is taken as the source's whole one, unless it is replayed. Returns are taken all
    or none: SourceChanged names those of unknown units. Raises StoreError when the database fails; either way nothing
    has changed.
    """
    again = list(replayed)
    with writing(engine, many=first_load is not None) as connection:
        forget(connection, again)
        written = store_batch(connection, source, batch, at, whole=not again, first_load=first_load)
        if cursor is not None:
            _move_cursor(connection, source, cursor)
        _count(connection, run_id, len(batch), written)
        if deed:
            became = {name: getattr(written, name) for name in ("accepted", "unchanged", "rejected")}
            note(connection, deed._replace(details={**deed.details, **became}))
    if first_load:
        first_load.committed()
    return written


def store_batch(
    connection: Connection,
    source: str,
    batch: Batch,
    at: datetime,
    *,
    whole: bool = True,
    first_load: FirstLoad | None = None,
) -> Written:
    """Store a batch within a transaction; as `write_batch`, without a poll run. `whole`: of a register."""
    catalogued = _write_catalogues(connection, source, batch)
    accepted, unchanged = catalogued, len(batch.units) + len(batch.procedures) - catalogued
    rejected = list(batch.rejected)
    held_now = hold(connection, source, batch.rejected, "raw", at)
    stored, strangers = put_dossiers(connection, source, batch.dossiers, batch.frames, at, first_load)
    accepted += stored
    unchanged += max(0, batch.dossier_count - stored - len(strangers))
    rejected += strangers
    for kind in _OTHER_FACTS:
        stored, strangers = _write_facts(connection, source, kind, getattr(batch, kind), batch, at)
        accepted += stored
        unchanged += max(0, len(getattr(batch, kind)) - stored - len(strangers))
        rejected += strangers
    if batch.bridge_points is not None:
        stored, strangers, waiting = _write_points(connection, source, batch.bridge_points, at, whole=whole)
        if whole:
            forget_others(connection, source, "bridge_points", held_now | waiting)
        accepted += stored
        unchanged += max(0, len(batch.bridge_points) - stored - len(strangers))
        rejected += strangers
    stored = _write_returns(connection, source, batch.returns, at)
    accepted += stored
    unchanged += len(batch.returns) - stored
    if catalogued:
        _replay_strangers(connection, at)
    return Written(accepted, unchanged, len(rejected), dict(Counter(record.reason for record in rejected)))


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
        held = stranger(kind, row, unit_codes, procedure_codes)
        if isinstance(row, Document) and is_of_partner(row, unit_codes):
            passed_over.add(row.source_id)
        elif held:
            strangers.append(held)
        else:
            known.append(row)
    hold(connection, source, [record for record in strangers if record.payload is not None], "row", at)
    hold(connection, source, [record for record in strangers if record.payload is None], "raw", at)
    old, new, touched = _upsert_facts(connection, source, kind, known, batch, at)
    understood = touched | passed_over | {row.source_id for row in known if isinstance(row, Meeting) and row.room}
    if understood:
        release(connection, source, kind, understood)
    # What is only taken away, such as a meeting that proved to be a part, is in `old` alone.
    if not (old.is_empty() and new.is_empty()):
        apply_delta(connection, kind, old, new)
    return len(touched), strangers


def _upsert_facts(
    connection: Connection, source: str, kind: str, rows: Sequence[Row], batch: Batch, at: datetime
) -> tuple[pl.DataFrame, pl.DataFrame, set[str]]:
    if kind == "meetings":
        seen = [row for row in rows if isinstance(row, Meeting)]
        old, new = merge_meetings(connection, source, seen, batch.running, batch.seen_at or at)
        return old, new, set(new["source_id"])
    if not rows:
        nothing = pl.DataFrame()
        return nothing, nothing, set()
    partial = [row for row in rows if isinstance(row, Document) and row.partial]
    if partial:
        # A source tells all its documents in messages, or none.
        old, new = merge_documents(connection, source, partial)
    else:
        old, new = upsert(connection, facts_frame(source, rows, TABLES[kind]), TABLES[kind])
    return old, new, set(new["source_id"])


def _write_points(
    connection: Connection, source: str, rows: Sequence[BridgePoint], at: datetime, *, whole: bool
) -> tuple[int, list[Rejected], set[str]]:
    """Store bridge points; returns how many rows changed, came or went, and those of unknown units (and by which
    fingerprints they are held)."""
    codes = known_codes(connection)
    strangers = [held for row in rows if (held := stranger("bridge_points", row, *codes))]
    waiting = hold(connection, source, strangers, "row", at)
    known = [row for row in rows if row.unit_code in codes[0]]
    touched = put_points(connection, source, known, whole=whole)
    release(connection, source, "bridge_points", (row.source_id for row in known))
    return len(touched), strangers, waiting


def _write_returns(connection: Connection, source: str, rows: Sequence[Return], at: datetime) -> int:
    if not rows:
        return 0
    unit_codes, _ = known_codes(connection)
    strangers = [row for row in rows if row.unit_code not in unit_codes]
    if strangers:
        named = ", ".join(f"{row.indicator} of unit {row.unit_code!r}" for row in strangers)
        raise SourceChanged(source, f"nothing of the file was stored; in no catalogue are the units of: {named}")
    return len(put_returns(connection, source, rows, at))


def _replay_strangers(connection: Connection, at: datetime) -> None:
    waiting = [record for record in held_on(connection, reasons=UNKNOWN_CODE_REASONS) if record.form == "row"]
    for source in {record.source for record in waiting}:
        known = [as_row(record) for record in waiting if (record.source, record.kind) == (source, "dossiers")]
        put_dossiers(connection, source, [row for row in known if isinstance(row, Dossier)], [], at)
        for kind in _OTHER_FACTS:
            rows = [as_row(record) for record in waiting if (record.source, record.kind) == (source, kind)]
            _write_facts(connection, source, kind, rows, Batch(), at)
        held = [as_row(record) for record in waiting if (record.source, record.kind) == (source, "bridge_points")]
        if points := [row for row in held if isinstance(row, BridgePoint)]:
            _write_points(connection, source, points, at, whole=False)


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


def _count(connection: Connection, run_id: int, fetched: int, written: Written) -> None:
    runs = tables.poll_runs
    counts = {name: runs.c[name] + getattr(written, name) for name in ("accepted", "unchanged", "rejected")}
    counts["fetched"] = runs.c.fetched + fetched
    connection.execute(runs.update().where(runs.c.id == run_id).values(**counts))
