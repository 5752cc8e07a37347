"""Two pollers in processes of their own: one works, the other takes over in under 30 seconds, never both."""

import signal
import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from sqlalchemy import Engine

from store.engine import migrate, open_engine
from store.lease import lease_holder
from store.rollups import rebuild
from tests.cable import Cable, cable
from tests.databases import at_port, pgbouncer, port_of
from tests.growing_source import GrowingSource, PollerProcess, good_runs, overlaps, poller_process, stored_ids, until
from tests.servers import fresh_database
from tests.source_server import source_server

TAKE_OVER_SECONDS = 30.0
ROUNDS = 5  # of each way to lose a poller: 20 in all


@dataclass
class Pair:
    """A poller that works, through a cable that can be cut, and one that stands by; what they poll and where to."""

    engine: Engine
    source: GrowingSource
    line: Cable
    working: PollerProcess
    standing_by: PollerProcess

    def until_second_works(self) -> float:
        return until(lambda: good_runs(self.engine, 2) > 1, "the second poller has polled", TAKE_OVER_SECONDS)


@contextmanager
def pair_of_pollers(home: Path, server: str, *, pooled: bool) -> Iterator[Pair]:
    """Two pollers on a database of their own, from the moment that the second says that it stands by."""
    with ExitStack() as parts, tempfile.TemporaryDirectory(prefix="ioc-pgbouncer-") as folder:
        direct = fresh_database(server, "two_pollers")
        engine = open_engine(direct)
        parts.callback(engine.dispose)
        migrate(engine)
        url = parts.enter_context(pgbouncer(Path(folder), direct)) if pooled else direct
        line = parts.enter_context(cable(home, port_of(url)))
        source = GrowingSource()
        address = parts.enter_context(source_server(source.reply)).address
        through = at_port(url, line.port)
        first = parts.enter_context(poller_process(home, "first", through, address, source.clock))
        until(lambda: good_runs(engine, 1) > 1, "the first poller has polled")
        second = parts.enter_context(poller_process(home, "second", url, address, source.clock))
        until(lambda: "standing by" in second.events(), "the second poller stands by")
        yield Pair(engine, source, line, first, second)


def assert_nothing_lost_or_doubled(pair: Pair) -> None:
    """All that the source has is stored once it grows no more, the counters are right, no term reached into another."""
    pair.source.grows = False
    until(lambda: stored_ids(pair.engine) == pair.source.ids, "all dossiers are stored")
    assert rebuild(pair.engine) == 0
    assert overlaps(pair.engine) == []


def kill(pair: Pair) -> None:
    pair.working.kill()


def cut(pair: Pair) -> None:
    pair.line.cut()


def swallow(pair: Pair) -> None:
    pair.line.swallow()


def pause(pair: Pair) -> None:
    pair.working.signal(signal.SIGSTOP)


def stays_cut(_pair: Pair) -> None:
    """Nothing to undo."""


def mend(pair: Pair) -> None:
    pair.line.mend()


def release(pair: Pair) -> None:
    pair.line.release()


def resume(pair: Pair) -> None:
    pair.working.signal(signal.SIGCONT)


ENDS: dict[str, tuple[Callable[[Pair], None], Callable[[Pair], None]]] = {
    "kill": (kill, stays_cut),
    "cut": (cut, mend),
    "swallowed": (swallow, release),
    "paused": (pause, resume),
}


def take_over(pair: Pair, way: str) -> float:
    """Take the first poller away, see the second work, and what the first does when it comes back; the seconds."""
    begin, undo = ENDS[way]
    begin(pair)
    seconds = pair.until_second_works()
    undo(pair)
    if way != "kill":
        until(lambda: "standing by" in pair.working.events(), "the first poller stands by in its turn")
        assert "lease lost" in pair.working.events()
    assert_nothing_lost_or_doubled(pair)
    return seconds


def test_killed_poller_is_replaced_in_under_30_seconds(postgresql_url: str, tmp_path: Path) -> None:
    with pair_of_pollers(tmp_path, postgresql_url, pooled=True) as pair:
        take_over(pair, "kill")


@pytest.mark.chaos
def test_poller_that_ends_gives_way_at_once(postgresql_url: str, tmp_path: Path) -> None:
    with pair_of_pollers(tmp_path, postgresql_url, pooled=False) as pair:
        assert pair.working.end() == 0
        assert pair.until_second_works() < 10
        assert_nothing_lost_or_doubled(pair)
        assert pair.standing_by.end() == 0
        assert lease_holder(pair.engine) is None


@pytest.mark.chaos
@pytest.mark.parametrize("number", range(ROUNDS))
@pytest.mark.parametrize("way", ENDS)
def test_take_over_every_time(
    way: str, number: int, postgresql_url: str, tmp_path: Path, record_property: Callable[[str, object], None]
) -> None:
    with pair_of_pollers(tmp_path, postgresql_url, pooled=number % 2 == 0) as pair:
        record_property("take_over_seconds", round(take_over(pair, way), 1))
