"""The file of counters that a web process starts from: what it keeps counts as the store does, else it is not taken."""

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from random import Random

import numpy as np
import polars as pl
import pytest
import sqlalchemy as sa
from polars.testing import assert_frame_equal
from sqlalchemy import Engine

from config import parse_settings
from metrics import Counters
from pages import _holder
from pages._live import Holder
from store import tables
from store.counters_file import counters_file, read_counters, write_counters
from store.dimensions import put_calendar
from store.engine import migrate, open_engine, writing
from store.reads import DAILY, read_changes, read_snapshot
from store.runs import begin_run, end_run
from tests.delivery import deliver_catalogues, deliver_versions
from tests.worlds import World, make_world

AT = datetime(2021, 12, 10, 2, tzinfo=UTC)


@pytest.fixture
def store(tmp_path: Path) -> Engine:
    engine = open_engine(f"sqlite:///{tmp_path}/store.db")
    migrate(engine)
    return engine


@pytest.fixture
def world(store: Engine) -> World:
    world = make_world(Random(3))
    deliver_catalogues(store, world)
    deliver_versions(store, world.versions[: len(world.versions) // 2], Random(3))
    end_run(store, begin_run(store, "motcua", AT), "ok", AT)
    return world


@pytest.fixture
def file(store: Engine, world: World, tmp_path: Path) -> Path:
    counters = Counters(read_snapshot(store))
    frames = counters.frames()
    assert frames
    assert write_counters(tmp_path / "counters", store, counters.snapshot, frames)
    return tmp_path / "counters"


def same(one: Counters, other: Counters) -> None:
    assert one.version == other.version
    assert_frame_equal(one.cells.rows(), other.cells.rows())
    assert_frame_equal(one.pairs.rows(), other.pairs.rows())
    days = range(18_000, 20_000, 7)
    assert all(
        np.array_equal(one.sums.until(measure, day), other.sums.until(measure, day))
        for measure in other.sums.measures
        for day in days
    )


def test_counters_of_the_file_brought_to_the_newest_version_are_those_of_the_store(
    store: Engine, world: World, file: Path
) -> None:
    deliver_versions(store, world.versions[len(world.versions) // 2 :], Random(4))
    found = read_counters(file, store)
    assert found
    assert found.changes.version > found.known.version
    same(Counters(found.known, frames=found.frames).updated(found.changes), Counters(read_snapshot(store)))


def test_counters_in_several_parts_are_kept_in_as_many(store: Engine, world: World, tmp_path: Path) -> None:
    before = Counters(read_snapshot(store))
    deliver_versions(store, world.versions[len(world.versions) // 2 :][:3], Random(4))
    counters = before.updated(read_changes(store, before.snapshot))
    frames = counters.frames()
    assert frames
    assert write_counters(tmp_path / "counters", store, counters.snapshot, frames)
    found = read_counters(tmp_path / "counters", store)
    assert found
    assert len(found.frames["dossier_days"]) == len(frames["dossier_days"]) > 1
    same(Counters(found.known, frames=found.frames).updated(found.changes), Counters(read_snapshot(store)))


def test_large_parts_are_read_in_one_piece_of_which_numpy_takes_views(store: Engine, world: World, file: Path) -> None:
    snapshot = read_snapshot(store)
    large = pl.DataFrame({"key": range(300_000)})
    assert write_counters(file, store, snapshot, {name: [large] for name in DAILY})
    found = read_counters(file, store)
    assert found
    [read] = found.frames["dossier_days"]
    assert_frame_equal(read, large)
    assert not read["key"].to_numpy().flags.owndata


def flip_a_byte(file: Path, _store: Engine) -> None:
    written = bytearray(file.read_bytes())
    written[len(written) // 2] ^= 0xFF
    file.write_bytes(written)


def cut_off(file: Path, _store: Engine) -> None:
    file.write_bytes(file.read_bytes()[:-100])


def remove(file: Path, _store: Engine) -> None:
    file.unlink()


def change_the_calendar(_file: Path, store: Engine) -> None:
    put_calendar(store, [(AT.date(), "holiday", "Ngày nghỉ")])


def set_back_to_an_older_version(_file: Path, store: Engine) -> None:
    with writing(store) as connection:
        connection.execute(tables.versions.update().where(tables.versions.c.name == "data").values(version=1))


def poll_otherwise_after_a_backup(_file: Path, store: Engine) -> None:
    with writing(store) as connection:
        connection.execute(tables.poll_runs.update().values(began_at=AT.replace(minute=1)))


def forget_the_poll(_file: Path, store: Engine) -> None:
    with writing(store) as connection:
        connection.execute(tables.poll_runs.delete())


def migrate_further(_file: Path, store: Engine) -> None:
    with writing(store) as connection:
        connection.execute(sa.text("UPDATE alembic_version SET version_num = '9999'"))


@pytest.mark.parametrize(
    "spoil",
    [
        flip_a_byte,
        cut_off,
        remove,
        change_the_calendar,
        set_back_to_an_older_version,
        poll_otherwise_after_a_backup,
        forget_the_poll,
        migrate_further,
    ],
)
def test_file_that_does_not_fit_the_store_is_not_taken(
    store: Engine, file: Path, spoil: Callable[[Path, Engine], None]
) -> None:
    assert read_counters(file, store)
    spoil(file, store)
    assert read_counters(file, store) is None


def test_file_of_another_store_is_not_taken(store: Engine, file: Path, tmp_path: Path) -> None:
    store.dispose()
    copy = tmp_path / "copy.db"
    copy.write_bytes((tmp_path / "store.db").read_bytes())
    assert read_counters(file, open_engine(f"sqlite:///{copy}")) is None


def test_second_web_process_starts_from_what_the_first_has_written(
    store: Engine, world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(_holder, "_WORTH_A_FILE", 1)
    settings = parse_settings(f'[store]\nurl = "sqlite:///{tmp_path}/store.db"\n'.encode(), "test")
    first = Holder(settings)
    first.warm()
    first.wait_until_kept()
    monkeypatch.setattr(_holder, "read_in_pieces", lambda *_asked: pytest.fail("it was loaded from the database"))
    second = Holder(settings)
    same(second.live().counters, first.last().counters)


def test_file_lies_beside_the_database_or_where_the_service_may_write(
    store: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    elsewhere = open_engine("postgresql+psycopg://ioc@database.example.vn/ioc")  # nobody connects
    assert counters_file(store) == tmp_path / "store.db.counters"
    monkeypatch.setenv("STATE_DIRECTORY", str(tmp_path))
    kept = counters_file(elsewhere)
    assert kept
    assert kept.parent == tmp_path
    monkeypatch.delenv("STATE_DIRECTORY")
    assert counters_file(elsewhere) == Path("var") / kept.name
    assert counters_file(open_engine("sqlite://")) is None
