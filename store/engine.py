"""Opening the database, migrating it, and the two ways to use it: `reading` and `writing`."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, event
from sqlalchemy import Engine as Engine  # pages name the type from here
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError, SQLAlchemyError

import store.lease_tables
import store.message_tables
import store.note_tables
import store.polling_tables
import store.reconciliation_tables  # noqa: F401  # their tables are among the metadata's
from errors import ConfigError, StoreError
from store.tables import metadata

MIGRATIONS = Path(__file__).parent / "migrations"
_WRITER_LOCK = 47_15_08  # any number: one writer at a time on PostgreSQL, so versions are in commit order


def open_engine(url: str) -> Engine:
    """An engine for `url` (SQLite in WAL mode, or PostgreSQL through psycopg). Nothing is created but the folder of
    a SQLite file. Raises ConfigError for a URL that is none of the two."""
    try:
        parsed = make_url(url)
    except ArgumentError as error:
        raise ConfigError(f"[store] url {url!r} is no database URL") from error
    backend = parsed.get_backend_name()
    if backend == "postgresql":
        # A host that swallows packets must not hold a thread until TCP gives up after many minutes.
        patience = {"connect_timeout": 5, "tcp_user_timeout": 10_000}
        return sa.create_engine(parsed.set(drivername="postgresql+psycopg"), pool_pre_ping=True, connect_args=patience)
    if backend != "sqlite":
        raise ConfigError(f"[store] url: {backend} is not supported; use sqlite:///FILE or postgresql+psycopg://…")
    if parsed.database and parsed.database != ":memory:":
        Path(parsed.database).parent.mkdir(parents=True, exist_ok=True)
    engine = sa.create_engine(parsed, connect_args={"timeout": 30})
    event.listen(engine, "connect", _prepare_sqlite)
    event.listen(engine, "begin", _begin_sqlite)
    return engine


def _prepare_sqlite(dbapi_connection: Any, _record: Any) -> None:
    dbapi_connection.isolation_level = None  # transactions are ours: see _begin_sqlite
    for pragma in ("journal_mode=WAL", "synchronous=NORMAL", "temp_store=MEMORY", "cache_size=-65536"):
        dbapi_connection.execute(f"PRAGMA {pragma}")


def _begin_sqlite(connection: Connection) -> None:
    immediate = connection.get_execution_options().get("ioc_write")
    connection.exec_driver_sql("BEGIN IMMEDIATE" if immediate else "BEGIN")


@contextmanager
def reading(engine: Engine) -> Iterator[Connection]:
    """A connection that sees one state of the store. A fault of the database is raised as StoreError."""
    # SQLite's readers see one state anyway; PostgreSQL's would see a new one with each statement.
    options = {"isolation_level": "REPEATABLE READ"} if engine.dialect.name == "postgresql" else {}
    try:
        with engine.connect().execution_options(**options) as connection:
            yield connection
    except SQLAlchemyError as error:
        raise StoreError(f"store {_place(engine)}: {_reason(error)}") from error


@contextmanager
def writing(engine: Engine) -> Iterator[Connection]:
    """A connection in one transaction, the only writer meanwhile; all of it is stored, or nothing."""
    try:
        with engine.connect().execution_options(ioc_write=True) as connection, connection.begin():
            if connection.dialect.name == "postgresql":
                connection.execute(sa.text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _WRITER_LOCK})
            yield connection
    except SQLAlchemyError as error:
        raise StoreError(f"store {_place(engine)}: {_reason(error)}") from error


def migrate(engine: Engine) -> None:
    """Bring the tables to the newest version; nothing to do is fine."""
    with writing(engine) as connection:
        settings = Config()
        settings.set_main_option("script_location", str(MIGRATIONS))
        settings.attributes["connection"] = connection
        command.upgrade(settings, "head")


def pending_migration(engine: Engine) -> str | None:
    """What the tables lack, in words; None when they are at the newest version."""
    newest = ScriptDirectory(str(MIGRATIONS)).get_current_head()
    with reading(engine) as connection:
        present = MigrationContext.configure(connection).get_current_revision()
    return (
        None if present == newest else f"tables are at version {present}, the newest is {newest}: ioc.py run migrates"
    )


def empty(engine: Engine) -> None:
    """Delete every row of every table: for tests that use one database for many worlds."""
    with writing(engine) as connection:
        for table in metadata.sorted_tables:
            connection.execute(table.delete())


def _place(engine: Engine) -> str:
    return engine.url.render_as_string(hide_password=True)


def _reason(error: SQLAlchemyError) -> str:
    """The database's own first line: no statement and no parameters, which could hold anything."""
    cause = getattr(error, "orig", None) or error
    return str(cause).strip().splitlines()[0][:300] if str(cause).strip() else type(cause).__name__
