"""What is told to whoever follows the store is what everybody else is told, on both databases."""

from datetime import UTC, datetime
from random import Random

import pytest
from polars.testing import assert_frame_equal
from sqlalchemy import Engine

from store import following
from store.following import Follower
from store.health import pulse, runs_ended
from store.reads import DAILY, DIMENSIONS, Snapshot, read_changes, read_snapshot
from store.runs import begin_run, end_run
from tests.delivery import deliver_catalogues, deliver_polls, deliver_registers, deliver_versions
from tests.worlds import make_world

MORNING = datetime(2021, 12, 10, 2, tzinfo=UTC)


def end_other_connections(engine: Engine) -> int:
    """How many there were; the server ends them, as when it is started again."""
    if engine.dialect.name != "postgresql":
        return 0
    others = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid()"
    with engine.connect() as connection:
        return len(connection.exec_driver_sql(f"{others} AND datname = current_database()").all())


def test_pulse_is_that_of_the_store_also_once_the_connection_is_gone(engine: Engine) -> None:
    follower = Follower(engine)
    for outcome in ("ok", "unavailable", "it's 100 % odd", "ok"):
        run = begin_run(engine, "motcua", MORNING)
        end_run(engine, run, outcome, MORNING)
        assert follower.pulse() == pulse(engine)
        # One connection is kept, however often it is asked.
        assert end_other_connections(engine) == (engine.dialect.name == "postgresql")
        assert follower.pulse() == pulse(engine)


def test_ended_runs_are_told_alike(engine: Engine) -> None:
    follower = Follower(engine)
    follower.pulse()
    for source in ("motcua", "vanban", "hop"):
        run = begin_run(engine, source, MORNING)
        end_run(engine, run, "ok", MORNING, f"100 % '{source}'; {{x}}", 7, 5)
    ids = sorted(pulse(engine).runs)
    for asked in (ids, ids[1:2]):
        told = follower.runs_ended(asked)
        assert told == runs_ended(engine, asked)
        assert {run.ended_at.tzinfo for run in told} == {UTC}
    end_other_connections(engine)
    assert follower.runs_ended(ids) == runs_ended(engine, ids)


@pytest.mark.parametrize("few", [0, 3, 500])
def test_changes_are_told_alike(engine: Engine, few: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(following, "_FEW", few)
    following._rows_texts.cache_clear()
    random, follower = Random(5), Follower(engine)
    world = make_world(random)
    follower.pulse()
    known = read_snapshot(engine)
    half = len(world.versions) // 2
    for step in (
        lambda: deliver_catalogues(engine, world),
        lambda: deliver_versions(engine, world.versions[:half], random),
        lambda: deliver_versions(engine, world.versions[half : half + 3], random),
        lambda: deliver_polls(engine, world),
        lambda: deliver_registers(engine, world),
        lambda: deliver_versions(engine, world.versions[half + 3 :], random),
        list,
    ):
        step()
        told, right = follower.changes(known), read_changes(engine, known)
        assert (told.version, told.catalogue_version) == (right.version, right.catalogue_version)
        for name in (*DIMENSIONS, *DAILY):
            assert_frame_equal(getattr(told, name), getattr(right, name), check_row_order=False)
        known = whole(read_snapshot(engine))
    following._rows_texts.cache_clear()


def whole(snapshot: Snapshot) -> Snapshot:
    """What a process knows that has read everything."""
    return snapshot.nothing_changed()
