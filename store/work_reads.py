"""The work that units have before them: open dossiers by due time, and the counters as they would be with them done."""

from collections.abc import Collection, Sequence
from datetime import UTC, date, datetime
from typing import NamedTuple

import polars as pl
import sqlalchemy as sa
from sqlalchemy import Connection, Engine

from clock import local_day, start_of_day
from store import tables
from store.engine import reading
from store.frames import read_frame
from store.reads import Snapshot, received_by, snapshot_since
from store.rollups import changes
from store.rows import AWAITING_PAYMENT, AWAITING_SUPPLEMENT, PROCESSED, PROCESSING, RECEIVED
from store.scope import only_theirs
from store.versions import version_of

IN_WORK, AWAITING = (RECEIVED, PROCESSING), (AWAITING_SUPPLEMENT, AWAITING_PAYMENT)


class Work(NamedTuple):
    """Which open dossiers are meant.

    `states`: IN_WORK, AWAITING or some of them. `due_from`, `due_before`: local days between which the due day lies,
    the first included, the second not; with either, dossiers without a due date are left out. `keys`: only these, as
    (source, source id).
    """

    unit_codes: Sequence[str]
    states: Sequence[int] = IN_WORK
    due_from: date | None = None
    due_before: date | None = None
    procedure_code: str = ""
    keys: Collection[tuple[str, str]] | None = None


class Completed(NamedTuple):
    """What completing dossiers would change, in one state of the store.

    `since`: what has changed in the store since the snapshot that was known. `difference`: its rows of counters are
    what the completions add to a cell, under the same dimensions. `dossiers`: how many are meant, `late` of them are
    past their due day; `found`: which of `Work.keys` are among them.
    """

    since: Snapshot
    difference: Snapshot
    dossiers: int
    late: int
    found: frozenset[tuple[str, str]]


def open_dossiers(engine: Engine, work: Work, at: datetime, limit: int = 200) -> tuple[int, pl.DataFrame]:
    """How many there are of those received by `at`, and the first `limit` by due time, those without one last.

    Columns as in the table; no personal data is stored.
    """
    wanted = _theirs(engine, work, at)
    with reading(engine) as connection:
        total = connection.scalar(sa.select(sa.func.count()).where(*wanted)) or 0
        return total, _read(connection, wanted, limit)


def open_count(engine: Engine, work: Work, at: datetime) -> int:
    """How many there are of those received by `at`, also of units whose dossiers this engine is closed to: a figure."""
    with reading(engine) as connection:
        return connection.scalar(sa.select(sa.func.count()).where(*_wanted(work, at))) or 0


def due_by_procedure(engine: Engine, work: Work, at: datetime) -> list[tuple[str, int]]:
    """(procedure code, dossiers) of those received by `at`, the most first."""
    code, count = tables.dossiers.c.procedure_code, sa.func.count()
    query = sa.select(code, count).where(*_wanted(work, at)).group_by(code).order_by(count.desc(), code)
    with reading(engine) as connection:
        return [(row[0], row[1]) for row in connection.execute(query)]


def open_counts(engine: Engine, unit_codes: Sequence[str], edges: Sequence[date], at: datetime) -> pl.DataFrame:
    """How many open dossiers the units have: state, span, dossiers; received by `at`.

    `edges`: local days in order. Span 0 is what is due before the first, span i what is due from edge i-1 to the day
    before edge i, the last span what is due later; null is what has no due date.
    """
    due_at = tables.dossiers.c.due_at
    passed = sum((sa.case((due_at >= start_of_day(edge), 1), else_=0) for edge in edges), sa.literal(0))
    span = sa.case((due_at.is_not(None), passed)).label("span")
    wanted = _wanted(Work(unit_codes, (*IN_WORK, *AWAITING)), at)
    query = sa.select(tables.dossiers.c.state, span, sa.func.count().label("dossiers")).where(*wanted)
    with reading(engine) as connection:
        return read_frame(connection, query.group_by("state", "span"))


def past_due(engine: Engine, unit_codes: Sequence[str], today: date, at: datetime) -> tuple[int, int]:
    """Of these units' open dossiers that were due before the local day `today` and received by `at`: how many wait for
    a supplement or a payment; for how many of the others a supplement was asked once."""
    waiting = _wanted(Work(unit_codes, AWAITING, due_before=today), at)
    supplemented = [*_wanted(Work(unit_codes, due_before=today), at), tables.dossiers.c.supplements > 0]
    with reading(engine) as connection:
        counts = [connection.scalar(sa.select(sa.func.count()).where(*which)) for which in (waiting, supplemented)]
    return counts[0] or 0, counts[1] or 0


def completed(engine: Engine, known: Snapshot, work: Work, at: datetime) -> Completed:
    """What it changes when these dossiers are completed at the instant `at`.

    Only what they contribute is computed, of their stored rows by the code that counts every delivery. What completing
    a part of a unit's work does is a figure, as the part itself is; of dossiers named by their keys this engine's
    visitor learns it only where they may see them.
    """
    wanted = _wanted(work, at) if work.keys is None else _theirs(engine, work, at)
    with reading(engine) as connection:
        same = version_of(connection, "data") == known.version
        since = known.nothing_changed() if same else snapshot_since(connection, known.version)
        open_now = _read(connection, wanted)
    end = at.astimezone(UTC)
    ended = open_now.with_columns(state=PROCESSED, completed_at=end, updated_at=end).cast(open_now.schema)
    added = {rollup.table.name: delta for rollup, delta in changes("dossiers", open_now, ended)}
    added_to = since.nothing_changed()._replace(dossier_days=added["dossier_days"], day_pairs=added["day_pairs"])
    late = open_now.filter(pl.col("due_at") < start_of_day(local_day(at)).astimezone(UTC)).height
    named = open_now if work.keys is not None else open_now.clear()
    found = frozenset(named.select("source", "source_id").iter_rows())
    return Completed(since, added_to, open_now.height, late, found)


def _theirs(engine: Engine, work: Work, at: datetime) -> list[sa.ColumnElement[bool]]:
    """As `_wanted`, of those that this engine's visitor may see one by one."""
    return [*_wanted(work, at), *only_theirs(engine, tables.dossiers.c)]


def _wanted(work: Work, at: datetime) -> list[sa.ColumnElement[bool]]:
    columns = tables.dossiers.c
    wanted = [columns.unit_code.in_(work.unit_codes), columns.state.in_(work.states), received_by(at)]
    if work.due_from:
        wanted.append(columns.due_at >= start_of_day(work.due_from))
    if work.due_before:
        wanted.append(columns.due_at < start_of_day(work.due_before))
    if work.procedure_code:
        wanted.append(columns.procedure_code == work.procedure_code)
    if work.keys is not None:
        wanted.append(sa.tuple_(columns.source, columns.source_id).in_(sorted(work.keys)))
    return wanted


def _read(connection: Connection, wanted: Sequence[sa.ColumnElement[bool]], limit: int | None = None) -> pl.DataFrame:
    columns = tables.dossiers.c
    order = (columns.due_at.asc().nulls_last(), columns.source_id, columns.source)
    return read_frame(connection, sa.select(tables.dossiers).where(*wanted).order_by(*order).limit(limit))
