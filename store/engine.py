"""Opening the database, migrating it, and the two ways to use it: `reading` and `writing`."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import timedelta
from functools import cache
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy import URL, Connection, event
from sqlalchemy import Engine as Engine  # pages name the type from here
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError, SQLAlchemyError

import store.audit_tables
import store.lease_tables
import store.message_tables
import store.note_tables
import store.polling_tables
import store.reconciliation_tables
import store.sign_in_tables  # noqa: F401  # their tables are among the metadata's
from config import StoreSettings
from errors import ConfigError, StoreError
from store.advice import with_advice
from store.fencing import confirm, fence_of
from store.tables import metadata

MIGRATIONS = Path(__file__).parent / "migrations"
_WRITER_LOCK = 47_15_08  # any number: one writer at a time on PostgreSQL, so versions are in commit order
# What is momentary waits no longer than this for a lock: it is tried again soon.
_MOMENT_SECONDS = 3
# How many pages SQLite's log may hold before they are copied back into the file: its own number, and that of a first
# load, where one page after the other is changed again by the next batch. The log shrinks when it is begun anew.
_LOG_PAGES, _LOG_PAGES_OF_MANY, _LOG_BYTES = 1_000, 16_000, 16 << 20
# A host that swallows packets must not hold a thread until TCP gives up after many minutes or hours: the first two
# while we connect or send, the others while we wait for an answer.
_PATIENCE = {
    "connect_timeout": 5,
    "tcp_user_timeout": 10_000,
    "keepalives_idle": 5,
    "keepalives_interval": 2,
    "keepalives_count": 3,
}


def open_engine(url: str, limits: StoreSettings | None = None) -> Engine:
    """An engine for `url` (SQLite in WAL mode, or PostgreSQL through psycopg, also behind pgbouncer in transaction
    mode). Nothing is created but the folder of a SQLite file. `limits`: pool and timeouts on PostgreSQL, not its URL.
    Raises ConfigError for a URL that is none of the two."""
    try:
        parsed = make_url(url)
    except ArgumentError as error:
        raise ConfigError(f"[store] url {url!r} is no database URL") from error
    backend = parsed.get_backend_name()
    if backend == "postgresql":
        return _open_postgresql(parsed, limits or StoreSettings())
    if backend != "sqlite":
        raise ConfigError(f"[store] url: {backend} is not supported; use sqlite:///FILE or postgresql+psycopg://…")
    if parsed.database and parsed.database != ":memory:":
        _make_folder(Path(parsed.database).parent)
    engine = sa.create_engine(parsed, connect_args={"timeout": 30})
    event.listen(engine, "connect", _prepare_sqlite)
    event.listen(engine, "begin", _begin_sqlite)
    return engine


def _make_folder(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise ConfigError(f"[store] url: folder {folder} cannot be made ({error.strerror})") from error


def _open_postgresql(url: URL, limits: StoreSettings) -> Engine:
    engine = sa.create_engine(
        url.set(drivername="postgresql+psycopg"),
        pool_pre_ping=True,
        pool_size=limits.pool_size,
        max_overflow=limits.pool_overflow,
        pool_timeout=limits.pool_timeout.total_seconds(),
        # Transactions are ours, as with SQLite: psycopg would ask once for the BEGIN and once for each setting of it.
        # Behind pgbouncer the next transaction may have another server, which knows no statement prepared before.
        connect_args={**_PATIENCE, "autocommit": True, "prepare_threshold": None},
    )
    timeouts = {
        "statement_timeout": limits.statement_timeout,
        "lock_timeout": limits.lock_timeout,
        "idle_in_transaction_session_timeout": limits.idle_in_transaction_timeout,
    }
    # For the same reason of each transaction, not of the session; as start-up options pgbouncer would refuse them.
    limiting = "; ".join(f"SET LOCAL {name} = {_milliseconds(timeout)}" for name, timeout in timeouts.items())

    def begin(connection: Connection) -> None:
        options = connection.get_execution_options()
        # SQLite's readers see one state anyway; PostgreSQL's would see a new one with each statement.
        level = "REPEATABLE READ" if options.get("ioc_read") else "READ COMMITTED"
        if options.get("isolation_level") != "AUTOCOMMIT":
            connection.exec_driver_sql(f"BEGIN ISOLATION LEVEL {level}; {limiting}")

    event.listen(engine, "begin", begin)
    return engine


def _milliseconds(timeout: timedelta) -> int:
    return timeout // timedelta(milliseconds=1)


def _prepare_sqlite(dbapi_connection: Any, _record: Any) -> None:
    dbapi_connection.isolation_level = None  # transactions are ours: see _begin_sqlite
    settings = ("journal_mode=WAL", "synchronous=NORMAL", "temp_store=MEMORY", "cache_size=-16384")
    for pragma in (*settings, f"journal_size_limit={_LOG_BYTES}"):
        dbapi_connection.execute(f"PRAGMA {pragma}")


def _begin_sqlite(connection: Connection) -> None:
    options = connection.get_execution_options()
    if not options.get("ioc_write"):
        connection.exec_driver_sql("BEGIN")
        return
    pages = _LOG_PAGES_OF_MANY if options.get("ioc_many") else _LOG_PAGES
    connection.exec_driver_sql(f"PRAGMA wal_autocheckpoint={pages}")
    connection.exec_driver_sql("BEGIN IMMEDIATE")


@contextmanager
def reading(engine: Engine) -> Iterator[Connection]:
    """A connection that sees one state of the store. A fault of the database is raised as StoreError."""
    try:
        with engine.connect().execution_options(ioc_read=True) as connection:
            # Begun before anything is asked, for who asks through the driver itself; taken back when it is closed.
            connection.begin()
            yield connection
    except SQLAlchemyError as error:
        raise StoreError(f"store {_place(engine)}: {_reason(error)}") from error


@contextmanager
def writing(engine: Engine, *, many: bool = False) -> Iterator[Connection]:
    """A connection in one transaction, the only writer meanwhile; all of it is stored, or nothing.

    `many`: large transactions follow each other, and another one will come that is not of these.
    Raises LeaseLost when the engine is that of a poller that works no more."""
    fence = fence_of(engine)
    with _transaction(engine, many=many) as connection:
        # First, so that a take-over ends us also while we wait for the writer's lock: a process that stands still would
        # be given it, and keep it.
        if fence:
            confirm(connection, fence)
        if connection.dialect.name == "postgresql":
            connection.execute(sa.text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _WRITER_LOCK})
        yield connection


@contextmanager
def momentary(engine: Engine) -> Iterator[Connection]:
    """A connection in one short transaction beside the writer on PostgreSQL: for what no version counts, such as who
    polls. It waits seconds at most for a lock there."""
    with _transaction(engine) as connection:
        if connection.dialect.name == "postgresql":
            connection.exec_driver_sql(f"SET LOCAL lock_timeout = '{_MOMENT_SECONDS}s'")
        yield connection


@contextmanager
def _transaction(engine: Engine, *, many: bool = False) -> Iterator[Connection]:
    options = {"ioc_write": True, "ioc_many": many}
    try:
        with engine.connect().execution_options(**options) as connection, connection.begin():
            yield connection
    except SQLAlchemyError as error:
        raise StoreError(f"store {_place(engine)}: {_reason(error)}") from error


def migrate(engine: Engine) -> None:
    """Bring the tables to the newest version; nothing to do is fine. ConfigError for tables of a newer program."""
    # Here, as a web process never migrates: Alembic and what it loads are 8 MB.
    from alembic import command
    from alembic.config import Config

    pending_migration(engine)
    with writing(engine) as connection:
        if connection.dialect.name == "postgresql":
            # An index on years of dossiers takes its time.
            connection.exec_driver_sql("SET LOCAL statement_timeout = 0; SET LOCAL lock_timeout = 0")
        settings = Config()
        settings.set_main_option("script_location", str(MIGRATIONS))
        settings.attributes["connection"] = connection
        command.upgrade(settings, "head")


@cache
def _versions() -> Sequence[str]:
    """The versions of the tables that this program knows, in their order: with them begin the names of the files."""
    return sorted(file.name.partition("_")[0] for file in (MIGRATIONS / "versions").glob("[0-9]*.py"))


def tables_version(connection: Connection) -> str | None:
    """The version of the tables; None where there are none of ours."""
    if not connection.dialect.has_table(connection, "alembic_version"):
        return None
    version: str | None = connection.exec_driver_sql("SELECT version_num FROM alembic_version").scalar()
    return version


def pending_migration(engine: Engine) -> str | None:
    """What the tables lack, in words; None when they are at the newest version. ConfigError for tables of a newer
    program."""
    newest = _versions()[-1]
    with reading(engine) as connection:
        present = tables_version(connection)
    if present and present not in _versions():
        raise ConfigError(
            f"store {_place(engine)}: its tables are at version {present}, this program knows up to {newest}: a newer"
            " program has migrated them; run that one, or restore a backup of before to an empty store"
        )
    return (
        None if present == newest else f"tables are at version {present}, the newest is {newest}: ioc.py run migrates"
    )


def empty(engine: Engine) -> None:
    """Delete every row of every table but the audit log, which nobody empties: for tests that use one database for many
    worlds."""
    with writing(engine) as connection:
        for table in metadata.sorted_tables:
            if table.name != "audit":
                connection.execute(table.delete())


def _place(engine: Engine) -> str:
    return engine.url.render_as_string(hide_password=True)


def _reason(error: SQLAlchemyError) -> str:
    """The database's own first line: no statement and no parameters, which could hold anything."""
    cause = getattr(error, "orig", None) or error
    return with_advice(str(cause).strip().splitlines()[0][:300]) if str(cause).strip() else type(cause).__name__
