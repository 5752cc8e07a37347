"""The work that units have before them: open dossiers by due time, and the counters as they would be with them done."""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
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


class Ahead:
    """The open work of units in one state of the store, by when it is due: figures alone, since its dossiers may be of
    units that are not the visitor's.

    `counts`: by state and span of due days how many dossiers there are. With local days in order as edges, span 0 is
    what is due before the first, span i what is due from edge i-1 to the day before edge i, the last span what is due
    later; None is what has no due date.
    """

    def __init__(
        self,
        since: Snapshot,
        dossiers: pl.DataFrame,
        edges: Sequence[date],
        at: datetime,
        before: "Ahead | None" = None,
    ) -> None:
        """`since`: what has changed in the store since a snapshot; `dossiers`: the open ones, but for their names.
        `before`: of an earlier state, whose completions are not counted again where they are the same."""
        due_at = pl.col("due_at")
        passed = pl.sum_horizontal(due_at >= start_of_day(edge).astimezone(UTC) for edge in edges)
        self._dossiers = dossiers.with_columns(span=pl.when(due_at.is_not_null()).then(passed))
        self._since, self._at = since, at
        self.counts: Mapping[tuple[int, int | None], int] = Counter(self._dossiers.select("state", "span").iter_rows())
        # By spans what completing them adds: of the same dossiers on the same local day the same.
        same = before and local_day(before._at) == local_day(at) and before._dossiers.equals(self._dossiers)
        self._completed: dict[frozenset[int | None], Completed] = before._completed if before and same else {}

    def waiting(self, span: int) -> int:
        """How many of a span wait for a supplement or a payment."""
        return sum(self.counts.get((state, span), 0) for state in AWAITING)

    def supplemented(self, span: int) -> int:
        """For how many of those in work of a span a supplement was asked once."""
        return int((self._in_work([span])["supplements"] > 0).sum())

    def completed(self, spans: Collection[int | None]) -> Completed:
        """What it changes when the dossiers in work of these spans are completed, as `completed` tells it."""
        key = frozenset(spans)
        known = self._completed.get(key)
        if known is None:
            known = self._completed[key] = _completed(self._since, self._in_work(spans).drop("span"), self._at)
        return known._replace(since=self._since)

    def _in_work(self, spans: Collection[int | None]) -> pl.DataFrame:
        chosen = pl.col("span").is_in([*spans], nulls_equal=True)
        return self._dossiers.filter(chosen, pl.col("state").is_in(IN_WORK))


def work_ahead(
    engine: Engine,
    known: Snapshot,
    unit_codes: Sequence[str],
    edges: Sequence[date],
    at: datetime,
    before: Ahead | None = None,
) -> Ahead:
    """The open work of units received by `at`, by these edges of `Ahead`; a whole unit is asked for in one question.
    `before`: what was found of the same units earlier, if it is known."""
    wanted = _wanted(Work(unit_codes, (*IN_WORK, *AWAITING)), at)
    columns = [column for column in tables.dossiers.c if column.name not in ("source", "source_id", "content_hash")]
    query = sa.select(*columns).where(*wanted).order_by(tables.dossiers.c.source, tables.dossiers.c.source_id)
    with reading(engine) as connection:
        return Ahead(_since(connection, known), read_frame(connection, query), edges, at, before)


def completed(engine: Engine, known: Snapshot, work: Work, at: datetime) -> Completed:
    """What it changes when these dossiers are completed at the instant `at`.

    Only what they contribute is computed, of their stored rows by the code that counts every delivery. What completing
    a part of a unit's work does is a figure, as the part itself is; of dossiers named by their keys this engine's
    visitor learns it only where they may see them.
    """
    wanted = _wanted(work, at) if work.keys is None else _theirs(engine, work, at)
    with reading(engine) as connection:
        since, open_now = _since(connection, known), _read(connection, wanted)
    named = open_now if work.keys is not None else open_now.clear()
    found = frozenset(named.select("source", "source_id").iter_rows())
    return _completed(since, open_now, at)._replace(found=found)


def _since(connection: Connection, known: Snapshot) -> Snapshot:
    same = version_of(connection, "data") == known.version
    return known.nothing_changed() if same else snapshot_since(connection, known.version)


def _completed(since: Snapshot, open_now: pl.DataFrame, at: datetime) -> Completed:
    end = at.astimezone(UTC)
    ended = open_now.with_columns(state=PROCESSED, completed_at=end, updated_at=end).cast(open_now.schema)
    added = {rollup.table.name: delta for rollup, delta in changes("dossiers", open_now, ended)}
    added_to = since.nothing_changed()._replace(dossier_days=added["dossier_days"], day_pairs=added["day_pairs"])
    late = open_now.filter(pl.col("due_at") < start_of_day(local_day(at)).astimezone(UTC)).height
    return Completed(since, added_to, open_now.height, late, frozenset())


def _theirs(engine: Engine, work: Work, at: datetime) -> list[sa.ColumnElement[bool]]:
    """As `_wanted`, of those that this engine's visitor may see one by one."""
    return [*_wanted(work, at), *only_theirs(engine, tables.dossiers.c)]


def _wanted(work: Work, at: datetime) -> list[sa.ColumnElement[bool]]:
    columns = tables.dossiers.c
    in_states = (tables.is_undone, columns.state.in_(work.states))
    wanted = [columns.unit_code.in_(work.unit_codes), *in_states, received_by(at)]
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
