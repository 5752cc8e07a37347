"""The lease: who holds it, who may take it, and that nothing is written under a term that is over."""

import subprocess
import sys
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa
from sqlalchemy import Engine

from errors import LeaseLost, StoreError
from standing_by import Term
from store import lease, lease_process
from store.engine import reading, writing
from store.fencing import Fence, fenced
from store.lease import LEASE_SECONDS, Holder, give_back, lease_holder, renew_lease, take_lease
from store.lease_tables import leases
from store.runs import begin_run, end_run
from store.tables import cursors, poll_runs
from tests.growing_source import until

NOW = datetime(2021, 12, 10, tzinfo=UTC)


def taken(engine: Engine, holder: str = "a:1") -> Fence:
    fence = take_lease(engine, holder)
    assert isinstance(fence, Fence)
    return fence


def age(engine: Engine, seconds: float) -> None:
    """Let the lease be renewed that long ago."""
    with writing(engine) as connection:
        renewed = connection.scalar(sa.select(leases.c.renewed_at))
        connection.execute(leases.update().values(renewed_at=renewed - timedelta(seconds=seconds)))


def sources_stored(engine: Engine) -> list[str]:
    with reading(engine) as connection:
        return list(connection.scalars(sa.select(cursors.c.source)))


def store_cursor(engine: Engine) -> None:
    with writing(engine) as connection:
        connection.execute(cursors.insert().values(source="motcua", seen_to=NOW))


def test_nobody_holds_what_nobody_took(engine: Engine) -> None:
    assert lease_holder(engine) is None


def test_first_one_works_and_the_second_is_told_who_does(engine: Engine) -> None:
    assert taken(engine).number == 1
    told = take_lease(engine, "b:2")
    assert isinstance(told, Holder)
    assert (told.name, told.fence, told.works) == ("a:1", 1, True)
    assert timedelta() <= told.age < timedelta(seconds=LEASE_SECONDS)
    found = lease_holder(engine)
    assert found is not None
    assert found._replace(age=told.age) == told


def test_instants_are_the_databases_own_and_move_with_each_renewal(engine: Engine) -> None:
    fence = taken(engine)
    first = lease_holder(engine)
    assert first is not None
    assert abs(first.since - datetime.now(UTC)) < timedelta(seconds=30)
    assert renew_lease(engine, fence)
    second = lease_holder(engine)
    assert second is not None
    assert (second.since, second.renewed_at > first.renewed_at) == (first.since, True)


@pytest.mark.parametrize("seconds", [LEASE_SECONDS + 1, -LEASE_SECONDS - 60])
def test_silent_holder_is_replaced_also_after_the_clock_was_put_back(engine: Engine, seconds: float) -> None:
    old = taken(engine)
    age(engine, seconds)
    assert lease_holder(engine).works is False  # type: ignore[union-attr]
    assert taken(engine, "b:2").number == old.number + 1
    assert not renew_lease(engine, old)


def test_holder_that_was_only_slow_goes_on_when_nobody_came(engine: Engine) -> None:
    fence = taken(engine)
    age(engine, LEASE_SECONDS + 1)
    assert renew_lease(engine, fence)
    assert isinstance(take_lease(engine, "b:2"), Holder)


def test_lease_given_back_is_free_at_once_and_of_nobody(engine: Engine) -> None:
    fence = taken(engine)
    give_back(engine, fence)
    assert lease_holder(engine) is None
    assert not renew_lease(engine, fence)
    assert taken(engine, "b:2").number == 2
    give_back(engine, fence)
    assert lease_holder(engine).name == "b:2"  # type: ignore[union-attr]


def test_dead_process_of_this_machine_is_replaced_at_once_one_of_another_is_not(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    dead = subprocess.run([sys.executable, "-c", "import os; print(os.getpid())"], capture_output=True, check=True)
    machine = lease_process._machine()
    monkeypatch.setattr(lease, "this_process", lambda: f"elsewhere {int(dead.stdout)}")
    taken(engine)
    assert isinstance(take_lease(engine, "b:2"), Holder)
    with writing(engine) as connection:
        connection.execute(leases.update().values(process=f"{machine} {int(dead.stdout)}"))
    assert taken(engine, "b:2").number == 2


def test_of_many_that_come_at_once_one_works(engine: Engine) -> None:
    start = threading.Barrier(8)

    def come(number: int) -> Fence | Holder | None:
        start.wait()
        return take_lease(engine, f"a:{number}")

    with ThreadPoolExecutor(8) as threads:
        came = list(threads.map(come, range(8)))
    fences = [one for one in came if isinstance(one, Fence)]
    assert [fence.number for fence in fences] == [1]


def test_runs_say_under_which_fence_they_wrote(engine: Engine) -> None:
    begin_run(engine, "motcua", NOW)
    begin_run(fenced(engine, taken(engine)), "motcua", NOW)
    with reading(engine) as connection:
        assert list(connection.scalars(sa.select(poll_runs.c.fence).order_by(poll_runs.c.id))) == [None, 1]


@pytest.mark.parametrize("over", [give_back, lambda engine, _fence: (age(engine, 60), taken(engine, "b:2"))])
def test_nothing_is_written_under_a_term_that_is_over(engine: Engine, over: Callable[[Engine, Fence], object]) -> None:
    fence = taken(engine)
    old = fenced(engine, fence)
    run = begin_run(old, "motcua", NOW)
    over(engine, fence)
    for write in (lambda: store_cursor(old), lambda: end_run(old, run, "ok", NOW), lambda: begin_run(old, "x", NOW)):
        with pytest.raises(LeaseLost, match="term 1 is over"):
            write()
    with reading(engine) as connection:
        assert connection.execute(sa.select(poll_runs.c.source, poll_runs.c.outcome)).all() == [("motcua", "running")]
    assert sources_stored(engine) == []


def write_until_taken_over(engine: Engine, old: Engine) -> None:
    with writing(old) as connection:
        connection.execute(cursors.insert().values(source="motcua", seen_to=NOW))
        with lease.momentary(engine) as other:
            other.execute(leases.update().values(renewed_at=NOW))
        assert taken(engine, "b:2").number == 2


def test_take_over_ends_what_the_one_before_was_writing(fresh_engine: Callable[[str], Engine]) -> None:
    engine = fresh_engine("postgresql")
    old = fenced(engine, taken(engine))
    with pytest.raises(StoreError):
        write_until_taken_over(engine, old)
    assert sources_stored(engine) == []


def test_take_over_ends_also_what_waits_to_write(fresh_engine: Callable[[str], Engine]) -> None:
    """Or a poller that stands still would be given the writer's lock, and nobody could write until it wakes up."""
    engine = fresh_engine("postgresql")
    old = fenced(engine, taken(engine))
    with ThreadPoolExecutor(1) as waiting:
        with writing(engine) as connection:
            queued = waiting.submit(store_cursor, old)
            locks = sa.text("SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted")
            until(lambda: connection.scalar(locks) == 1, "it waits to write")
            with lease.momentary(engine) as other:
                other.execute(leases.update().values(renewed_at=NOW))
            until(lambda: isinstance(take_lease(engine, "b:2"), Fence), "a take-over")
            until(lambda: connection.scalar(locks) == 0, "what waited is ended", seconds=10)
        with pytest.raises(StoreError):
            queued.result(timeout=10)
    assert sources_stored(engine) == []


def test_renewal_waits_for_no_writer(fresh_engine: Callable[[str], Engine]) -> None:
    engine = fresh_engine("postgresql")
    fence = taken(engine)
    with writing(engine) as connection:
        connection.execute(cursors.insert().values(source="motcua", seen_to=NOW))
        assert renew_lease(engine, fence)
    assert sources_stored(engine) == ["motcua"]


def test_term_that_cannot_be_renewed_is_over_but_on_sqlite_only_when_another_works(engine: Engine) -> None:
    """On SQLite our own write keeps our renewal waiting, and nobody else writes meanwhile."""
    fence = taken(engine)
    term = Term(engine, fence, time.monotonic() - 2 * LEASE_SECONDS)
    working = threading.Thread(target=term.until_over, daemon=True)
    working.start()
    if engine.dialect.name == "sqlite":
        working.join(0.5)
        assert working.is_alive()
        age(engine, LEASE_SECONDS + 1)
        taken(engine, "b:2")
        term.keep()
    working.join(30)
    assert not working.is_alive()
