"""The database goes away under load and comes back, or its copy does: poller and web survive, nothing is lost."""

import tempfile
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest
import sqlalchemy as sa
from sqlalchemy import Engine

from config import Duration, Settings, StoreSettings
from errors import StoreError
from store.engine import migrate, open_engine, reading, writing
from store.following import Follower
from store.rollups import rebuild
from store.tables import poll_runs
from tests.centres import web_server
from tests.databases import at_port, pgbouncer, port_of, promote, standby_server, switch
from tests.growing_source import GrowingSource, PollerProcess, overlaps, poller_process, stored_ids, until
from tests.servers import crash_postgresql, postgresql_server, restart_postgresql, start_postgresql
from tests.source_server import source_server

# An outage that outlasts the lease, and what still runs when it is lost: the poller must get it anew.
LONG_SECONDS = 45.0


@dataclass
class Centre:
    """A poller at work and somebody who reads all the time, both through PgBouncer, and what they work on."""

    engine: Engine
    source: GrowingSource
    poller: PollerProcess
    pooled_url: str
    reads: int = 0
    failed_reads: int = 0

    def until_more_is_stored(self) -> None:
        """All that the source has now and more gets into the store, and somebody can read."""
        there, reads = self.source.ids, self.reads
        until(lambda: stored_ids(self.engine) > there and self.reads > reads, "more is stored and read")


@contextmanager
def centre(home: Path, direct: str, through: str = "") -> Iterator[Centre]:
    """Everything, on the server `direct`, to which PgBouncer comes by the address `through`; under load."""
    with ExitStack() as parts:
        pooler = Path(parts.enter_context(tempfile.TemporaryDirectory(prefix="ioc-pgbouncer-")))
        pooled = parts.enter_context(pgbouncer(pooler, through or direct))
        engine = open_engine(pooled)
        parts.callback(engine.dispose)
        migrate(engine)
        source = GrowingSource()
        address = parts.enter_context(source_server(source.reply)).address
        poller = parts.enter_context(poller_process(home, "only", pooled, address, source.clock))
        here = Centre(engine, source, poller, pooled)
        parts.enter_context(reader(here))
        here.until_more_is_stored()
        yield here


@contextmanager
def reader(here: Centre) -> Iterator[None]:
    """Somebody who looks at the store all the time, as the web server does, and looks again when it failed."""
    ended, engine = threading.Event(), open_engine(here.pooled_url)
    follower = Follower(engine)

    def read() -> None:
        while not ended.wait(0.05):
            try:
                follower.pulse()
                here.reads += 1
            except StoreError:
                here.failed_reads += 1

    thread = threading.Thread(target=read)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()
        engine.dispose()


def assert_nothing_lost_or_doubled(here: Centre) -> None:
    """The same poller has stored all that the source has, each dossier once, with right counters."""
    assert here.poller.process.poll() is None
    here.source.grows = False
    until(lambda: stored_ids(here.engine) == here.source.ids, "all dossiers are stored")
    with reading(here.engine) as connection:
        accepted = connection.scalar(sa.select(sa.func.sum(poll_runs.c.accepted)))
    assert accepted == len(here.source.ids) + 2  # a unit and a procedure
    assert rebuild(here.engine) == 0
    assert overlaps(here.engine) == []


@contextmanager
def own_server(*options: str) -> Iterator[tuple[Path, str]]:
    """A server that a test may take away: its folder and its URL."""
    with (
        tempfile.TemporaryDirectory(prefix="ioc-postgresql-") as folder,
        postgresql_server(Path(folder), *options) as url,
    ):
        yield Path(folder), url


def test_restart_under_load_loses_nothing_through_pgbouncer(tmp_path: Path) -> None:
    with own_server() as (home, url), centre(tmp_path, url) as here:
        restart_postgresql(home)
        here.until_more_is_stored()
        assert_nothing_lost_or_doubled(here)


@pytest.mark.chaos
@pytest.mark.parametrize("number", range(2))
def test_ten_restarts_and_an_outage_longer_than_the_lease(number: int, tmp_path: Path) -> None:
    with own_server() as (home, url), centre(tmp_path, url) as here:
        for _ in range(9):
            restart_postgresql(home)
            here.until_more_is_stored()
        crash_postgresql(home)
        until(lambda: "lease lost" in here.poller.events(), "the poller stops polling", LONG_SECONDS)
        start_postgresql(home)
        here.until_more_is_stored()
        assert_nothing_lost_or_doubled(here)
        assert here.failed_reads > 0


@pytest.mark.chaos
def test_web_server_answers_again_after_each_restart(tmp_path: Path) -> None:
    with own_server() as (home, url), centre(tmp_path, url) as here:
        settings = Settings(store=StoreSettings(url=here.pooled_url))
        with web_server(settings, tmp_path) as web:
            for _ in range(5):
                restart_postgresql(home)
                web.wait_until_ready()
                assert httpx.get(f"{web.address}/", timeout=30, trust_env=False).status_code == httpx.codes.OK
        here.until_more_is_stored()
        assert_nothing_lost_or_doubled(here)


@pytest.mark.chaos
@pytest.mark.parametrize("number", range(5))
def test_copy_that_answers_at_the_same_address_has_everything(number: int, tmp_path: Path) -> None:
    with (
        own_server() as (home, url),
        tempfile.TemporaryDirectory(prefix="ioc-copy-") as folder,
        standby_server(Path(folder), home, url) as copy_url,
        switch(tmp_path, port_of(url), port_of(copy_url)) as line,
        centre(tmp_path, url, at_port(url, line.port)) as here,
    ):
        crash_postgresql(home)
        promote(Path(folder))
        line.go_over()
        here.until_more_is_stored()
        assert_nothing_lost_or_doubled(here)


def test_limits_are_those_of_the_settings_also_through_pgbouncer(postgresql_url: str) -> None:
    with tempfile.TemporaryDirectory(prefix="ioc-pgbouncer-") as folder, pgbouncer(Path(folder), postgresql_url) as url:
        limits = StoreSettings(pool_size=1, pool_overflow=0)
        engine = open_engine(url, limits)
        asked = ("statement_timeout", "lock_timeout", "idle_in_transaction_session_timeout")
        for way in (reading, writing):
            with way(engine) as connection:
                told = [connection.scalar(sa.text(f"SHOW {name}")) for name in asked]
            assert told == ["5min", "30s", "2min"]
        # Nothing of it stays with the server that the next one gets.
        plain = sa.create_engine(engine.url, connect_args={"prepare_threshold": None}, poolclass=sa.NullPool)
        with plain.connect() as connection:
            assert [connection.scalar(sa.text(f"SHOW {name}")) for name in asked] == ["0", "0", "0"]
        engine.dispose()


def test_statement_that_takes_too_long_is_a_store_error(postgresql_url: str) -> None:
    engine = open_engine(postgresql_url, StoreSettings(statement_timeout=Duration(milliseconds=100)))
    with pytest.raises(StoreError, match="statement timeout"), reading(engine) as connection:
        connection.execute(sa.text("SELECT pg_sleep(20)"))
    with reading(engine) as connection:
        assert connection.scalar(sa.text("SELECT 1")) == 1
    engine.dispose()
