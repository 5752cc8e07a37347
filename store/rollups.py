"""Daily measures: kept by deltas in the transaction that changes the facts, and recomputed whole as the proof."""

from collections.abc import Callable
from typing import NamedTuple

import polars as pl
import sqlalchemy as sa
from sqlalchemy import Connection, Engine, Table

from store import contributions, tables
from store.first_load import FirstLoad
from store.frames import insert_into, load, schema, staged
from store.point_contributions import point_days
from store.versions import bump


class Rollup(NamedTuple):
    """A daily table, the facts it counts, and what each fact adds."""

    table: Table
    facts: str
    contributions: Callable[[pl.LazyFrame], pl.LazyFrame]

    def counted(self, facts: pl.DataFrame) -> pl.DataFrame:
        """What the facts add, per key; of none, as most polls replace none, without the work of summing nothing."""
        if facts.is_empty():
            return pl.DataFrame(schema=schema(self.table, [*self.keys, *self.measures]))
        return self.contributions(facts.lazy()).collect()

    @property
    def keys(self) -> list[str]:
        """The columns that name a counter."""
        return [column.name for column in self.table.primary_key]

    @property
    def measures(self) -> list[str]:
        """The columns that count."""
        return [column.name for column in self.table.c if column.name not in [*self.keys, "version"]]


ROLLUPS = (
    Rollup(tables.dossier_days, "dossiers", contributions.dossier_days),
    Rollup(tables.day_pairs, "dossiers", contributions.day_pairs),
    Rollup(tables.document_days, "documents", contributions.document_days),
    Rollup(tables.meeting_days, "meetings", contributions.meeting_days),
    Rollup(tables.point_days, "bridge_points", point_days),
)


def apply_delta(
    connection: Connection, facts: str, old: pl.DataFrame, new: pl.DataFrame, first_load: FirstLoad | None = None
) -> None:
    """Subtract what the facts `old` contributed and add what `new` contribute; the frames have the fact's columns.

    The store's version rises when any counter changes.
    """
    rollups = [rollup for rollup in ROLLUPS if rollup.facts == facts]
    if facts == "dossiers":
        old, new = _with_numbered_codes(old, new)
    deltas = [(rollup, difference(rollup, rollup.counted(old), rollup.counted(new))) for rollup in rollups]
    changed = [(rollup, delta) for rollup, delta in deltas if not delta.is_empty()]
    if changed:
        version = bump(connection, "data")
        for rollup, delta in changed:
            add(connection, rollup, delta, version, first_load)


def difference(rollup: Rollup, old: pl.DataFrame, new: pl.DataFrame) -> pl.DataFrame:
    """Per key new less old, without the keys where nothing differs; sorted by key, so that writers never deadlock."""
    measures = pl.col(*rollup.measures)
    order = [*rollup.keys, *rollup.measures]
    parts = [frame for frame in (new.select(order), old.select(order).with_columns(-measures)) if not frame.is_empty()]
    if not parts:
        return new.select(order)
    # Of each key a part has one row.
    summed = parts[0] if len(parts) == 1 else pl.concat(parts).group_by(rollup.keys).agg(measures.sum())
    changed = summed.filter(pl.any_horizontal(measures != 0)).sort(rollup.keys)
    return changed.with_columns(pl.col(pl.Enum).cast(pl.String))


def _with_numbered_codes(old: pl.DataFrame, new: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    """The same dossiers with codes as numbers in the order of the codes: quicker to group and to sort by than texts."""
    codes = [
        pl.col(name).cast(pl.Enum(pl.concat([old[name], new[name]]).unique().sort()))
        for name in ("unit_code", "procedure_code")
    ]
    return old.with_columns(codes), new.with_columns(codes)


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
