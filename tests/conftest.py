"""Servers and stores that tests share. Servers are real, on loopback and free ports, and stopped by process id."""

import os
import shutil
import socket
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy import Engine

from store.engine import migrate, open_engine


def free_port() -> int:
    """A port on loopback that nobody listens on just now."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


def _postgresql_programs() -> Path:
    for programs in sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True):
        if (programs / "initdb").exists():
            return programs
    found = shutil.which("initdb")
    if found:
        return Path(found).parent
    pytest.fail("PostgreSQL is not installed (no initdb found): make test-servers installs it", pytrace=False)


@pytest.fixture(scope="session")
def postgresql_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A PostgreSQL server of this test run, as a URL of its database; created once, stopped at the end."""
    programs = _postgresql_programs()
    home = tmp_path_factory.mktemp("postgresql")
    cluster, port = home / "cluster", free_port()
    as_user: dict[str, Any] = {}
    if os.geteuid() == 0:  # the server refuses to run as root
        for folder in (home, *home.parents[:3]):
            folder.chmod(folder.stat().st_mode | 0o711)
        shutil.chown(home, "postgres", "postgres")
        as_user = {"user": "postgres", "group": "postgres", "extra_groups": []}

    def run(program: str, *words: str) -> None:
        command = [str(programs / program), *words]
        subprocess.run(command, check=True, capture_output=True, cwd=home, **as_user)  # noqa: S603  # our own words

    run("initdb", "-D", str(cluster), "-A", "trust", "-U", "ioc", "-E", "UTF8", "--locale=C.UTF-8", "--no-sync")
    options = f"-p {port} -c listen_addresses=127.0.0.1 -c unix_socket_directories={home} -c fsync=off"
    run("pg_ctl", "-D", str(cluster), "-o", options, "-l", str(home / "log"), "-w", "start")
    try:
        yield f"postgresql+psycopg://ioc@127.0.0.1:{port}/postgres"
    finally:
        run("pg_ctl", "-D", str(cluster), "-m", "immediate", "-w", "stop")


@pytest.fixture
def fresh_engine(request: pytest.FixtureRequest, tmp_path: Path) -> Callable[[str], Engine]:
    """Gives, for "sqlite" or "postgresql", an engine on a migrated and empty store of its own."""

    def make(backend: str) -> Engine:
        if backend == "sqlite":
            engine = open_engine(f"sqlite:///{tmp_path}/store.db")
        else:
            url = sa.make_url(request.getfixturevalue("postgresql_url"))
            name = f"test_{tmp_path.name}".replace("-", "_")[:60].lower()
            server = sa.create_engine(url, isolation_level="AUTOCOMMIT", poolclass=sa.NullPool)
            with server.connect() as connection:
                connection.exec_driver_sql(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
                connection.exec_driver_sql(f'CREATE DATABASE "{name}"')
            engine = open_engine(url.set(database=name).render_as_string(hide_password=False))
        migrate(engine)
        request.addfinalizer(engine.dispose)
        return engine

    return make


@pytest.fixture(params=["sqlite", "postgresql"])
def engine(request: pytest.FixtureRequest, fresh_engine: Callable[[str], Engine]) -> Engine:
    """A migrated, empty store: every test that asks for it runs on SQLite and on PostgreSQL."""
    return fresh_engine(request.param)
