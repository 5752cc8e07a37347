"""What the centre reads: the counters with their versions, targets, shapes, and dossiers by their keys."""

from collections.abc import Callable, Iterator, Mapping
from datetime import date, datetime
from functools import cache
from typing import Any, NamedTuple, TypeVar

import polars as pl
import sqlalchemy as sa
from sqlalchemy import Connection, Engine

from clock import end_of_day, start_of_day
from store import tables
from store.counter_rows import changed_rows, changed_rows_in_pieces, no_rows
from store.engine import reading
from store.frames import read_frame
from store.rows import (
    PROCESSING,
    RECEIVED,
)
from store.versions import version_of

DAILY = ("dossier_days", "day_pairs", "document_days", "meeting_days", "point_days")
DIMENSIONS = ("units", "procedures", "calendar", "successions", "returns")

Made = TypeVar("Made")


class Snapshot(NamedTuple):
    """The counters of the whole store (or what changed in them), with the dated dimensions, at one version."""

    version: int
    catalogue_version: int
    units: pl.DataFrame
    procedures: pl.DataFrame
    calendar: pl.DataFrame
    successions: pl.DataFrame
    returns: pl.DataFrame
    dossier_days: pl.DataFrame
    day_pairs: pl.DataFrame
    document_days: pl.DataFrame
    meeting_days: pl.DataFrame
    point_days: pl.DataFrame

    def nothing_changed(self) -> "Snapshot":
        """No counters, under the same dimensions and at the same version."""
        return self._replace(**{name: getattr(self, name).clear() for name in DAILY})

    def merged(self, changes: "Snapshot") -> "Snapshot":
        """This snapshot with the changed rows of `changes` in the place of the old ones."""
        daily = {}
        for name in DAILY:
            keys = [column.name for column in tables.metadata.tables[name].primary_key]
            fresh, old = getattr(changes, name), getattr(self, name)
            daily[name] = pl.concat([old.join(fresh, on=keys, how="anti"), fresh]) if fresh.height else old
        return changes._replace(**daily)


def read_snapshot(engine: Engine, since: int = -1) -> Snapshot:
    """The dimensions, and the counters whose version is greater than `since`, all of one state of the store."""
    with reading(engine) as connection:
        return snapshot_since(connection, since)


def read_in_pieces(engine: Engine, make: Callable[[Snapshot, Mapping[str, Iterator[pl.DataFrame]]], Made]) -> Made:
    """What `make` makes of the dimensions and, of each daily table, all rows: some at a time and one frame at least,
    table by table, all of one state of the store. At once the rows of a province take half a gigabyte."""
    with reading(engine) as connection:
        daily = {name: tables.metadata.tables[name] for name in DAILY}
        pieces = {name: changed_rows_in_pieces(connection, table, since=-1) for name, table in daily.items()}
        return make(_without_counters(connection), pieces)


def read_changes(engine: Engine, known: Snapshot) -> Snapshot:
    """As `read_snapshot` since the version of `known`; dimensions that have not changed are those of `known`."""
    with reading(engine) as connection:
        newest = {name: version or 0 for name, version in connection.execute(_question_of_newest())}
        if newest.get("catalogue", 0) != known.catalogue_version:
            return snapshot_since(connection, known.version)
        daily = {name: tables.metadata.tables[name] for name in DAILY}
        changed = {
            name: changed_rows(connection, table, known.version) if newest[name] > known.version else no_rows(table)
            for name, table in daily.items()
        }
        return known._replace(version=newest.get("data", 0), **changed)  # type: ignore[arg-type]  # only frames


def question_of_versions() -> sa.Select[Any]:
    """The versions of what is counted and of the catalogues."""
    versions = tables.versions.c
    return sa.select(versions.name, versions.version).where(versions.name.in_(["data", "catalogue"]))


@cache
def _question_of_newest() -> sa.CompoundSelect[Any]:
    """The same, and the newest of each daily table: most changes touch few of these."""
    daily = {name: tables.metadata.tables[name].c.version for name in DAILY}
    newest = [sa.select(sa.literal(name), sa.func.max(version)) for name, version in daily.items()]
    return sa.union_all(question_of_versions(), *newest)


def snapshot_since(connection: Connection, since: int) -> Snapshot:
    """As `read_snapshot`, among other reads of one state of the store."""
    daily = {name: changed_rows(connection, tables.metadata.tables[name], since) for name in DAILY}
    return _without_counters(connection)._replace(**daily)  # type: ignore[arg-type]  # only frames


def _without_counters(connection: Connection) -> Snapshot:
    return Snapshot(
        version=version_of(connection, "data"),
        catalogue_version=version_of(connection, "catalogue"),
        units=read_frame(connection, sa.select(tables.units)),
        procedures=read_frame(connection, sa.select(tables.procedures)),
        calendar=read_frame(connection, sa.select(tables.calendar_days)),
        successions=read_frame(connection, sa.select(tables.successions)),
        returns=read_frame(connection, sa.select(tables.returns)),
        **{name: no_rows(tables.metadata.tables[name]) for name in DAILY},
    )


def data_version(engine: Engine) -> int:
    """The version of the store's figures: it rises with every change."""
    with reading(engine) as connection:
        return version_of(connection, "data")


def cursor_of(engine: Engine, source: str) -> datetime | None:
    """Up to which update time everything of the source has been seen; None before its first good poll."""
    with reading(engine) as connection:
        return connection.scalar(sa.select(tables.cursors.c.seen_to).where(tables.cursors.c.source == source))


class Target(NamedTuple):
    """What an indicator must reach while the target is in force, by whose decision.

    It is for one unit (`kind` "") or for every unit of a kind (`unit_code` ""). Rates are 0 to 1.
    """

    indicator: str
    unit_code: str
    kind: str
    valid_from: date
    valid_to: date | None
    comparator: str
    value: float
    decision: str
    decided_on: date | None
    issuer: str
    entered_by: str
    entered_at: datetime | None


def targets(engine: Engine) -> list[Target]:
    """All targets, in force or not."""
    with reading(engine) as connection:
        query = sa.select(*(tables.targets.c[name] for name in Target._fields))
        return [Target(*row) for row in connection.execute(query)]


def bridge_points(engine: Engine) -> pl.DataFrame:
    """Every row of every register of bridge points; columns as in the table."""
    with reading(engine) as connection:
        return read_frame(connection, sa.select(tables.bridge_points))


def shapes(engine: Engine) -> list[tuple[str, str]]:
    """The units' outlines: (unit code, GeoJSON geometry in longitude and latitude), by unit code."""
    outlines = tables.unit_shapes.c
    with reading(engine) as connection:
        rows = connection.execute(sa.select(outlines.unit_code, outlines.geometry).order_by(outlines.unit_code))
        return [(code, geometry) for code, geometry in rows]


def dossiers_in_work(engine: Engine, unit_codes: list[str], edges: list[date], on: date) -> pl.DataFrame:
    """How many dossiers the units still have to handle, by when they are due: unit_code, span, dossiers, oldest_due_at.

    `edges`: local days in order, at least two. Span 0 is what was due before the first of them, span i what is due
    from edge i-1 to the day before edge i; what is due from the last edge on is left out, as is what has no due date
    and what waits for a supplement or a payment. Received by the end of the local day `on`. What a source ends only
    after `on`, which no right one does, is not among it although the counters have it open. Counted by the database
    along an index: at most one row for each unit and span.
    """
    starts = [start_of_day(edge) for edge in edges]
    asked = {"unit_codes": unit_codes, **{f"start_{number}": start for number, start in enumerate(starts)}}
    with reading(engine) as connection:
        query = _question_of_work(len(edges), array=connection.dialect.name == "postgresql")
        return read_frame(connection, query, {**asked, "by": end_of_day(on)})


@cache
def _question_of_work(edges: int, *, array: bool) -> sa.Select[Any]:
    """Asked whenever a dossier changes, of hundreds of units: made once, and with the units as one value where the
    database has an `array`."""
    dossiers = tables.dossiers.c
    starts = [sa.bindparam(f"start_{number}", type_=dossiers.due_at.type) for number in range(edges)]
    span = sum((sa.case((dossiers.due_at >= start, 1), else_=0) for start in starts[:-1]), sa.literal(0)).label("span")
    mine = (
        dossiers.unit_code == sa.any_(sa.bindparam("unit_codes", type_=sa.ARRAY(sa.String)))
        if array
        else dossiers.unit_code.in_(sa.bindparam("unit_codes", expanding=True))
    )
    counted = sa.func.count().label("dossiers"), sa.func.min(dossiers.due_at).label("oldest_due_at")
    query = sa.select(dossiers.unit_code, span, *counted).where(
        mine,
        tables.is_undone,
        dossiers.state.in_([RECEIVED, PROCESSING]),
        dossiers.due_at < starts[-1],
        received_by(sa.bindparam("by", type_=dossiers.received_at.type)),
    )
    return query.group_by("unit_code", "span")


def received_by(at: datetime | sa.BindParameter[datetime]) -> sa.ColumnElement[bool]:
    """Dossiers received by an instant, said so that no index on the receipt is taken: those open are far fewer."""
    received = tables.dossiers.c.received_at
    return sa.func.coalesce(received, received) <= at
