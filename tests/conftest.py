"""Stores that tests share; the servers below them are in `tests/servers.py`."""

from collections.abc import Callable, Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from sqlalchemy import Engine

from store.engine import open_engine
from tests.left_behind import none_left_behind
from tests.servers import NotInstalledError, postgresql_programs, postgresql_server
from tests.stores import copied_database, lay_tables

# The longest files, in the order in which they begin, so that none of them is left to one process alone in the end. The
# chaos run mostly waits: beside it there is work for two processes from first to last.
BEGIN_FIRST = ("test_chaos_run.py",)
BEGIN_SOON = (
    "test_store_stateful.py",
    "test_figures.py",
    "test_end_to_end.py",
    "test_whatif_simulator.py",
    "test_reform.py",
    "test_mixed_dialects.py",
)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The longest first; those of the browser stay together, for they share one Chromium."""
    items.sort(key=_turn)


def _turn(item: pytest.Item) -> tuple[int, int]:
    name = item.path.name
    if name in BEGIN_FIRST:
        return 0, 0
    if item.path.parent.name == "browser":
        return 1, 0
    return (2, BEGIN_SOON.index(name)) if name in BEGIN_SOON else (3, 0)


@pytest.fixture(scope="session", autouse=True)
def _none_left_behind(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """A run that is killed takes its servers and temporary files with it."""
    tmp_path_factory.getbasetemp()  # made before: pytest keeps those of the last runs, to look into them
    with none_left_behind():
        yield


@pytest.fixture(scope="session")
def postgresql_url() -> Iterator[str]:
    """A PostgreSQL server of this test run, as a URL of its database; created once, stopped at the end."""
    # Not in pytest's folder: another run of pytest closes that to all users but its own, and the server has its own.
    try:
        postgresql_programs()
    except NotInstalledError as error:
        pytest.fail(str(error), pytrace=False)
    with TemporaryDirectory(prefix="ioc-postgresql-") as home, postgresql_server(Path(home)) as url:
        yield url


@pytest.fixture
def fresh_engine(request: pytest.FixtureRequest, tmp_path: Path) -> Callable[[str], Engine]:
    """Gives, for "sqlite" or "postgresql", an engine on a migrated and empty store of its own."""

    def make(backend: str) -> Engine:
        if backend == "sqlite":
            engine = open_engine(f"sqlite:///{tmp_path}/store.db")
            lay_tables(engine)
        else:
            name = f"test_{tmp_path.name}".replace("-", "_")[:60].lower()
            engine = open_engine(copied_database(request.getfixturevalue("postgresql_url"), name))
        request.addfinalizer(engine.dispose)
        return engine

    return make


@pytest.fixture(params=["sqlite", "postgresql"])
def engine(request: pytest.FixtureRequest, fresh_engine: Callable[[str], Engine]) -> Engine:
    """A migrated, empty store: every test that asks for it runs on SQLite and on PostgreSQL."""
    return fresh_engine(request.param)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print what tests have to tell whoever runs them: `record_property("told", text)`."""
    for report in [*terminalreporter.getreports("passed"), *terminalreporter.getreports("failed")]:
        for name, text in report.user_properties:
            if name == "told":
                terminalreporter.write_line(str(text))
