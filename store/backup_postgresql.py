"""A copy of a PostgreSQL store by pg_dump while others write, and a copy put into an empty database by pg_restore."""

import os
import re
import subprocess
from pathlib import Path
from shutil import which

import sqlalchemy as sa
from sqlalchemy import Connection, Engine

from errors import ConfigError, InputError, StoreError
from store.backup_file import Told, private
from store.backup_sqlite import full
from store.backup_sums import Sums, holdings, sums
from store.engine import reading, tables_version, writing
from store.partitions import SCHEMA
from store.tables import metadata

_SERVICE = "ioc"
_LOCK_WAIT = "60s"


def copy_out(engine: Engine, copy: Path, told: Told) -> tuple[str | None, Sums]:
    """Write one state of the store to the new file `copy` (pg_dump's custom format); returns its version and sums.

    Nobody waits meanwhile. Raises ConfigError without a pg_dump for this server, StoreError when it fails.
    """
    with reading(engine) as connection:
        told("copying", 0.0)
        # This transaction lends its view to pg_dump, and is idle until that has ended.
        for setting in ("statement_timeout", "idle_in_transaction_session_timeout"):
            connection.execute(sa.text(f"SET LOCAL {setting} = 0"))
        snapshot = connection.scalar(sa.text("SELECT pg_export_snapshot()"))
        words = ["--format=custom", f"--snapshot={snapshot}", f"--lock-wait-timeout={_LOCK_WAIT}"]
        _run(engine, program(connection, "pg_dump"), [*words, f"--file={copy}", f"--dbname=service={_SERVICE}"], copy)
        told("copying", 1.0)
        return tables_version(connection), sums(connection)


def refuse_full(engine: Engine) -> None:
    """Raise InputError when the database holds anything of ours."""
    with reading(engine) as connection:
        held = holdings(connection)
    if held:
        raise InputError(full(_place(engine), held))


def put_in(engine: Engine, copy: Path, expected: Sums) -> None:
    """Fill the database, which must be empty, from the copy, and check the sums; else it is left empty.

    Raises InputError when it is not empty or when the sums differ, StoreError when pg_restore fails.
    """
    with writing(engine) as connection:
        restore = program(connection, "pg_restore")
        if held := holdings(connection):
            raise InputError(full(_place(engine), held))
        _drop(connection)
    words = ["--single-transaction", "--exit-on-error", "--no-owner", "--no-privileges", "--no-comments"]
    _run(engine, restore, [*words, f"--dbname=service={_SERVICE}", str(copy)], copy)
    with writing(engine) as connection:
        found = sums(connection)
        if found != expected:
            _drop(connection)
    if found != expected:
        raise InputError(f"{copy.name}: what came out ({found}) is not what went in ({expected}); nothing was restored")


def program(connection: Connection, name: str) -> Path:
    """The newest `name` of this machine that is as new as the server, best of the server's own version.

    Raises ConfigError naming what to install.
    """
    server = int(connection.scalar(sa.text("SHOW server_version_num")) or 0) // 10_000
    places = [*Path("/usr/lib/postgresql").glob(f"*/bin/{name}"), *(Path(found) for found in [which(name)] if found)]
    versions = {place: _version(place) for place in places}
    fitting = sorted((version, place) for place, version in versions.items() if version >= server)
    if not fitting:
        have = ", ".join(str(version) for version in sorted(set(versions.values()))) or "none"
        raise ConfigError(
            f"{name} of PostgreSQL {server} or newer is needed (found: {have});"
            f" apt-get install postgresql-client-{server}"
        )
    return fitting[0][1]


def _version(place: Path) -> int:
    said = subprocess.run([place, "--version"], capture_output=True, text=True, check=False).stdout  # noqa: S603  # nosec B603  # found by us
    found = re.search(r"\) (\d+)", said)
    return int(found[1]) if found else 0


def _run(engine: Engine, path: Path, words: list[str], copy: Path) -> None:
    """Run a program of PostgreSQL. The address with its password stands in a file that only we may read."""
    service = copy.with_name("service")
    _, options = engine.dialect.create_connect_args(engine.url)
    lines = [f"{name}={value}" for name, value in options.items() if name != "context"]
    with open(service, "x", encoding="utf-8", opener=private) as stream:
        stream.write("\n".join([f"[{_SERVICE}]", *lines, ""]))
    environment = {**os.environ, "PGSERVICEFILE": str(service)}
    try:
        ended = subprocess.run([path, *words], env=environment, capture_output=True, text=True, check=False)  # noqa: S603  # nosec B603  # our words
    finally:
        service.unlink()
    if ended.returncode:
        said = [line for line in ended.stderr.splitlines() if "error:" in line] or ended.stderr.splitlines() or ["?"]
        raise StoreError(f"store {_place(engine)}: {said[0][:300]}")


def _drop(connection: Connection) -> None:
    metadata.drop_all(connection)
    connection.execute(sa.text("DROP TABLE IF EXISTS alembic_version"))
    connection.execute(sa.text("DROP FUNCTION IF EXISTS ioc_append_only()"))  # its triggers went with the audit log
    connection.execute(sa.text(f"DROP SCHEMA IF EXISTS {SCHEMA}"))  # empty: its partitions went with their tables


def _place(engine: Engine) -> str:
    return engine.url.render_as_string(hide_password=True)
