"""Counters under changed catalogues are those that are counted anew under them; rows are read again only where what
they mean has changed."""

from collections.abc import Iterator
from random import Random

import polars as pl
import pytest
from polars.testing import assert_frame_equal
from sqlalchemy import Engine

from metrics import Counters, Period, _counters, figures
from store.engine import empty, open_engine
from store.reads import DAILY, DIMENSIONS, Snapshot, read_snapshot
from tests.delivery import deliver_catalogues, deliver_registers, deliver_versions
from tests.stores import lay_tables
from tests.worlds import World, make_reformed_world


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    engine = open_engine(f"sqlite:///{tmp_path_factory.mktemp('catalogues')}/store.db")
    lay_tables(engine)
    yield engine
    engine.dispose()


def same(one: Counters, other: Counters, world: World) -> None:
    for name in DAILY:
        assert_frame_equal(one._kept[name].rows(), other._kept[name].rows())
        assert_frame_equal(getattr(one.snapshot, name), getattr(other.snapshot, name), check_row_order=False)
    for name in DIMENSIONS:
        assert_frame_equal(getattr(one.snapshot, name), getattr(other.snapshot, name))
    days = range((world.first_day - _counters.EPOCH).days - 5, (world.last_day - _counters.EPOCH).days + 5)
    assert all(
        (one.sums.until(measure, day) == other.sums.until(measure, day)).all()
        for measure in other.sums.measures
        for day in days
    )
    whole = Period(world.first_day, world.last_day)
    assert_frame_equal(figures(one, whole), figures(other, whole))
    assert (one.version, one.changed) == (other.version, other.changed)


def less(snapshot: Snapshot, dimension: str) -> Snapshot:
    rows: pl.DataFrame = getattr(snapshot, dimension)
    assert rows.height > 1, dimension
    fewer: dict[str, pl.DataFrame] = {dimension: rows[:-1]}
    return snapshot._replace(**fewer)  # type: ignore[arg-type]  # only a frame


@pytest.mark.parametrize("dimension", DIMENSIONS)
def test_counters_under_other_catalogues_are_those_counted_anew(
    store: Engine, dimension: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(_counters, "_ROWS_AT_ONCE", 100)
    random = Random(1)
    world = make_reformed_world(random)
    empty(store)
    deliver_catalogues(store, world)
    deliver_registers(store, world)
    half = len(world.versions) // 2
    deliver_versions(store, world.versions[:half], random)
    before = Counters(read_snapshot(store))
    figures(before, Period(world.first_day, world.last_day))
    deliver_versions(store, world.versions[half:], random)
    changed = before.updated(less(read_snapshot(store, before.version), dimension))
    same(changed, Counters(less(read_snapshot(store), dimension)), world)
    assert (changed.hierarchy is before.hierarchy) == (dimension not in ("units", "procedures"))
    back = changed.updated(read_snapshot(store, changed.version))
    same(back, Counters(read_snapshot(store)), world)
