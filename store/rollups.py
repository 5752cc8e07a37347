"""Daily measures: kept by deltas in the transaction that changes the facts, and recomputed whole as the proof."""

from collections.abc import Callable, Mapping
from typing import NamedTuple

import numpy as np
import polars as pl
import sqlalchemy as sa
from sqlalchemy import Connection, Engine, Table

from store import contributions, tables
from store.counting import in_order
from store.first_load import FirstLoad
from store.frames import insert_into, load, staged
from store.point_contributions import point_days, register_timeline
from store.versions import bump


class Rollup(NamedTuple):
    """A daily table, the facts it counts, and what these add, once their days are known."""

    table: Table
    facts: str
    contributions: Callable[[pl.DataFrame, int], pl.DataFrame]

    @property
    def keys(self) -> list[str]:
        """The columns that name a counter."""
        return [column.name for column in self.table.c if column.primary_key]

    @property
    def measures(self) -> list[str]:
        """The columns that count."""
        return [column.name for column in self.table.c if column.name not in [*self.keys, "version"]]


TIMELINES: Mapping[str, Callable[[pl.LazyFrame], pl.LazyFrame]] = {
    "dossiers": contributions.dossier_timeline,
    "documents": contributions.document_timeline,
    "meetings": contributions.meeting_timeline,
    "bridge_points": register_timeline,
}
# A row of these facts is a row of their timeline, whatever other rows there are.
_EACH_BY_ITSELF = ("dossiers", "documents")
ROLLUPS = (
    Rollup(tables.dossier_days, "dossiers", contributions.dossier_days),
    Rollup(tables.day_pairs, "dossiers", contributions.day_pairs),
    Rollup(tables.document_days, "documents", contributions.document_days),
    Rollup(tables.meeting_days, "meetings", contributions.meeting_days),
    Rollup(tables.point_days, "bridge_points", point_days),
)


_CODES = ("unit_code", "procedure_code")


def counted(kind: str, facts: pl.LazyFrame) -> list[tuple[Rollup, pl.DataFrame]]:
    """What facts of a kind add, by daily table: keys and measures, one row per key, in the order of the keys."""
    return _counted(kind, TIMELINES[kind](facts).collect())


def _counted(kind: str, timeline: pl.DataFrame, taken: int = 0) -> list[tuple[Rollup, pl.DataFrame]]:
    numbered = timeline.with_columns(in_order(timeline[name]) for name in _CODES if name in timeline.columns)
    rollups = [rollup for rollup in ROLLUPS if rollup.facts == kind]
    return [(one, one.contributions(numbered, taken).select(*one.keys, *one.measures)) for one in rollups]


def apply_delta(
    connection: Connection, facts: str, old: pl.DataFrame, new: pl.DataFrame, first_load: FirstLoad | None = None
) -> None:
    """Subtract what the facts `old` contributed and add what `new` contribute; the frames have the fact's columns.

    The store's version rises when any counter changes.
    """
    deltas = changes(facts, old, new)
    changed = [(rollup, delta) for rollup, delta in deltas if not delta.is_empty()]
    if changed:
        version = bump(connection, "data")
        for rollup, delta in changed:
            add(connection, rollup, delta, version, first_load)


def changes(kind: str, old: pl.DataFrame, new: pl.DataFrame) -> list[tuple[Rollup, pl.DataFrame]]:
    """By daily table what is to be added to the counters when the facts `old` become `new`, as `difference`."""
    states = [new] if old.is_empty() else [old, new]  # as most polls replace none
    if kind in _EACH_BY_ITSELF:
        states = [pl.concat(states)]
    timelines = [TIMELINES[kind](facts.lazy()).collect() for facts in states]
    taken = timelines[0].height if len(timelines) > 1 else old.height
    deltas = _counted(kind, pl.concat(timelines), taken)
    return [(rollup, _without_zeros(rollup, delta)) for rollup, delta in deltas]


def difference(rollup: Rollup, old: pl.DataFrame, new: pl.DataFrame) -> pl.DataFrame:
    """Per key new less old, without the keys where nothing differs; sorted by key, so that writers never deadlock.
    `old` and `new` have one row per key."""
    measures = pl.col(*rollup.measures)
    both = pl.concat([new, old.select(new.columns).with_columns(-measures)])
    return _without_zeros(rollup, both.group_by(rollup.keys).agg(measures.sum()).sort(rollup.keys))


def _without_zeros(rollup: Rollup, counters: pl.DataFrame) -> pl.DataFrame:
    # Of few rows an expression over all measures costs as much as counting them.
    counts = np.zeros(counters.height, np.bool_)
    for name in rollup.measures:
        counts |= counters[name].to_numpy() != 0
    return counters.filter(counts)


def add(
    connection: Connection, rollup: Rollup, delta: pl.DataFrame, version: int, first_load: FirstLoad | None = None
) -> None:
    """Add to the counters; each row changed is of this version. A `first_load` knows which of them are new."""
    table = rollup.table
    if first_load:
        are_new = first_load.are_new(connection, table, delta.select(rollup.keys), version)
        load(connection, delta.filter(are_new).with_columns(version=pl.lit(version)), table)
        delta = delta.filter(~are_new)
    if delta.is_empty():
        return
    with staged(connection, delta, table) as stage:
        names = [*delta.columns, "version"]
        chosen = sa.select(*stage.c, sa.literal(version)).where(sa.true())  # SQLite's parser needs the WHERE
        insert = insert_into(connection, table)
        statement = insert.from_select(names, chosen)
        added = {name: table.c[name] + statement.excluded[name] for name in rollup.measures}
        newest = {**added, "version": version}
        connection.execute(statement.on_conflict_do_update(index_elements=rollup.keys, set_=newest))


def meetings_query() -> sa.Select[tuple[object, ...]]:
    """Meetings with their points: one row per point, or one with point_unit null."""
    points = tables.meeting_points
    same = (points.c.source == tables.meetings.c.source) & (points.c.source_id == tables.meetings.c.source_id)
    kept = [points.c.invited, points.c.first_connected_at, points.c.last_connected_at, points.c.connected_seconds]
    return sa.select(*tables.meetings.c, points.c.unit_code.label("point_unit"), *kept).outerjoin_from(
        tables.meetings, points, same
    )


def rebuild(engine: Engine) -> int:
    """Recompute every counter from the facts and mend what differs. Returns how many rows of counters differed:
    0 unless something is wrong."""
    from store.recompute import mend  # which counts by what stands here

    return mend(engine)
