"""Stores that tests share; the servers below them are in `tests/servers.py`."""

from collections.abc import Callable, Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from sqlalchemy import Engine

from store.engine import migrate, open_engine
from tests.servers import NotInstalledError, fresh_database, postgresql_programs, postgresql_server


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
        else:
            name = f"test_{tmp_path.name}".replace("-", "_")[:60].lower()
            engine = open_engine(fresh_database(request.getfixturevalue("postgresql_url"), name))
        migrate(engine)
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
