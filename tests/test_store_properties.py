"""Whatever the order, the repetition and the batches of delivery, the store ends with the same facts and counters."""

from collections.abc import Iterable
from dataclasses import replace
from random import Random
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy import Engine, Table

from store import tables
from store.engine import empty, reading, writing
from store.rollups import ROLLUPS, rebuild
from store.rows import Row
from tests.delivery import (
    deliver,
    deliver_catalogues,
    deliver_polls,
    deliver_registers,
    deliver_versions,
)
from tests.worlds import World, make_world

COUNTERS = tuple(rollup.table for rollup in ROLLUPS)
SEEDS = range(4)


def rows_of(engine: Engine, table: Table, columns: Iterable[str]) -> set[tuple[Any, ...]]:
    """The rows of a table, these columns only."""
    with reading(engine) as connection:
        return {tuple(row) for row in connection.execute(sa.select(*(table.c[name] for name in columns)))}


def facts(engine: Engine) -> dict[str, set[tuple[Any, ...]]]:
    """All facts with all their columns."""
    kept = (
        tables.dossiers,
        tables.documents,
        tables.meetings,
        tables.meeting_points,
        tables.bridge_points,
        tables.returns,
    )
    return {table.name: rows_of(engine, table, table.c.keys()) for table in kept}


def counters(engine: Engine) -> dict[str, dict[tuple[Any, ...], tuple[int, ...]]]:
    """All counters by table and key, but for keys where everything is 0: they say the same as no row."""
    found: dict[str, dict[tuple[Any, ...], tuple[int, ...]]] = {}
    for rollup in ROLLUPS:
        width = len(rollup.keys)
        rows = rows_of(engine, rollup.table, [*rollup.keys, *rollup.measures])
        found[rollup.table.name] = {row[:width]: row[width:] for row in rows if any(row[width:])}
    return found


def values(row: Row, columns: Iterable[str]) -> tuple[Any, ...]:
    """The fields of a row struct in the order of these columns."""
    return tuple(getattr(row, name) for name in columns)


def forget_counters(engine: Engine) -> None:
    """Delete every counter."""
    with writing(engine) as connection:
        for table in COUNTERS:
            connection.execute(table.delete())


def redelivered(world: World, seed: int) -> World:
    """The same world with its versions in another order, some of them once more."""
    random = Random(seed)
    versions = world.versions + random.sample(world.versions, k=len(world.versions) // 3)
    random.shuffle(versions)
    return replace(world, versions=versions)


@pytest.mark.parametrize("seed", SEEDS)
def test_reference_does_not_depend_on_the_order_of_versions(seed: int) -> None:
    world = make_world(Random(seed))
    other = redelivered(world, seed + 1)
    assert set(world.dossiers) == set(other.dossiers)
    assert set(world.documents) == set(other.documents)


def test_store_keeps_the_newest_version_of_each_record(engine: Engine) -> None:
    for seed in SEEDS:
        empty(engine)
        world = make_world(Random(seed))
        deliver(engine, world, Random(seed))
        for table, newest in ((tables.dossiers, world.dossiers), (tables.documents, world.documents)):
            columns = [name for name in type(newest[0]).__struct_fields__ if name in table.c]
            assert rows_of(engine, table, columns) == {values(row, columns) for row in newest}, seed


def test_store_keeps_when_meetings_ended_and_which_points_joined(engine: Engine) -> None:
    for seed in SEEDS:
        empty(engine)
        world = make_world(Random(seed), dossiers=0, documents=0, polls=8)
        deliver(engine, world, Random(seed))
        ended = {row for row in rows_of(engine, tables.meetings, ["source_id", "unit_code", "ended_at"]) if row[2]}
        assert ended == {(held.source_id, held.unit_code, held.ended_at) for held in world.meetings}, seed


def test_same_delivery_twice_changes_nothing(engine: Engine) -> None:
    for seed in SEEDS:
        empty(engine)
        world = make_world(Random(seed))
        deliver(engine, world, Random(seed))
        before = facts(engine), counters(engine), _versions(engine)
        written = [deliver_catalogues(engine, world), *deliver_versions(engine, world.versions, Random(seed))]
        written += deliver_registers(engine, world)
        assert (facts(engine), counters(engine), _versions(engine)) == before, seed
        assert sum(one.accepted for one in written) == 0, seed


def test_last_poll_of_meetings_twice_changes_nothing(engine: Engine) -> None:
    for seed in SEEDS:
        empty(engine)
        world = make_world(Random(seed), dossiers=0, documents=0, polls=5)
        deliver(engine, world, Random(seed))
        before = facts(engine), counters(engine), _versions(engine)
        last = replace(world, polls=world.polls[-1:])
        written = deliver_polls(engine, last)
        assert (facts(engine), counters(engine), _versions(engine)) == before, seed
        assert sum(one.accepted for one in written) == 0, seed


def test_rebuild_finds_nothing_to_mend_and_recomputes_lost_counters_alike(engine: Engine) -> None:
    for seed in SEEDS:
        empty(engine)
        deliver(engine, make_world(Random(seed)), Random(seed))
        kept = counters(engine)
        assert rebuild(engine) == 0, seed
        assert counters(engine) == kept, seed
        forget_counters(engine)
        assert rebuild(engine) > 0, seed
        assert counters(engine) == kept, seed


def _versions(engine: Engine) -> set[tuple[Any, ...]]:
    """What tells readers that data has changed: the version of every counter row."""
    return {(table.name, *row) for table in COUNTERS for row in rows_of(engine, table, table.c.keys())}
