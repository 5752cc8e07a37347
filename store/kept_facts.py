"""Facts and counters of a store as they were at one moment, for processes that read them side by side."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from functools import lru_cache
from typing import Any, NamedTuple

import adbc_driver_postgresql
import polars as pl
import pyarrow as pa
import sqlalchemy as sa
from adbc_driver_manager import AdbcConnection, AdbcDatabase, AdbcStatement, Error
from sqlalchemy import URL, Connection, Engine, Table
from sqlalchemy.dialects import postgresql

from errors import StoreError
from store import tables
from store.advice import with_advice
from store.engine import open_engine, reading, writing
from store.frames import polars_type, read_frame
from store.rollups import ROLLUPS, Rollup, meetings_query

_RECOMPUTING_LOCK = 47_15_10  # any number but those of `store.engine` and `store.fencing`
# What no dossier's or document's counter depends on.
_NOT_COUNTED = ("source", "source_id", "content_hash", "number", "notation", "type_name", "told_at", "tier")
_FOR_LONG = "SET LOCAL idle_in_transaction_session_timeout = 0; SET LOCAL statement_timeout = 0"
_PLAIN = postgresql.dialect(paramstyle="named")  # type: ignore[no-untyped-call]  # of SQLAlchemy


class StoredFacts(NamedTuple):
    """The store at `url`; on PostgreSQL as it was when the `snapshot` was taken. It may be sent to other processes."""

    url: URL  # says of itself everything but the password
    snapshot: str

    def units(self, facts: str) -> Mapping[str, int]:
        """How many facts of a kind each unit has; 0 for one that has counters of such alone."""
        table = tables.metadata.tables[facts]
        sizes = self._read(sa.select(table.c.unit_code, sa.func.count().label("facts")).group_by(table.c.unit_code))
        counters = [rollup.table for rollup in ROLLUPS if rollup.facts == facts]
        units = [
            code for counter in counters for code in self._read(sa.select(counter.c.unit_code).distinct())["unit_code"]
        ]
        return dict.fromkeys(units, 0) | dict(sizes.iter_rows())

    def read(self, facts: str, units: Sequence[str] | None) -> pl.LazyFrame:
        """The facts of a kind, of these units or of all (meetings: one row per point), as far as they are counted."""
        if facts == "meetings":
            return self._read(meetings_query()).lazy()
        return self._read(_of(tables.metadata.tables[facts], _columns(facts), units)).lazy()

    def counters(self, rollup: Rollup, units: Sequence[str] | None) -> pl.DataFrame:
        """The stored counters of these units or of all: keys and measures."""
        return self._read(_of(rollup.table, [*rollup.keys, *rollup.measures], units))

    def _read(self, query: sa.Select[Any]) -> pl.DataFrame:
        if self.url.get_backend_name() == "postgresql":
            return self._read_columns(query)
        engine = open_engine(self.url.render_as_string(hide_password=False))
        try:
            with reading(engine) as connection:
                return read_frame(connection, query)
        finally:
            engine.dispose()

    def _read_columns(self, query: sa.Select[Any]) -> pl.DataFrame:
        address = self.url.set(drivername="postgresql").render_as_string(hide_password=False)
        asked = str(query.compile(dialect=_PLAIN, compile_kwargs={"literal_binds": True}))
        try:
            with AdbcConnection(_database(address)) as connection, AdbcStatement(connection) as statement:
                connection.set_autocommit(False)
                for words in (
                    "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY",
                    f"SET TRANSACTION SNAPSHOT '{self.snapshot}'",
                    "SET LOCAL statement_timeout = 0",
                ):
                    statement.set_sql_query(words)
                    statement.execute_update()
                statement.set_sql_query(asked)
                frame = pl.DataFrame(pa.RecordBatchReader.from_stream(statement.execute_query()[0]).read_all())
        except (Error, OSError, pa.ArrowException) as error:
            raise StoreError(f"store {self.url}: {with_advice(str(error).strip().splitlines()[0][:300])}") from error
        return frame.cast({column.name: polars_type(column.type) for column in query.selected_columns})


@lru_cache(maxsize=1)
def _database(address: str) -> AdbcDatabase:
    """What it learns of the server's types, by a connection of its own, costs ten times as much as a small query: once
    for all reads. It keeps no connection."""
    database: AdbcDatabase = adbc_driver_postgresql.connect(address)
    return database


def _columns(facts: str) -> list[str]:
    names = [column.name for column in tables.metadata.tables[facts].c]
    return names if facts == "bridge_points" else [name for name in names if name not in _NOT_COUNTED]


def _of(table: Table, columns: Sequence[str], units: Sequence[str] | None) -> sa.Select[Any]:
    query = sa.select(*(table.c[name] for name in columns))
    return query if units is None else query.where(table.c.unit_code.in_(units))


Settled = tuple[StoredFacts, Callable[[], AbstractContextManager[Connection]]]


@contextmanager
def settled(engine: Engine) -> Iterator[Settled]:
    """The store as it is now, standing still for every process, and how to write to it meanwhile, once.

    On PostgreSQL others go on writing; on SQLite nobody does until the block ends. Raises StoreError.
    """
    if engine.dialect.name != "postgresql":
        with writing(engine) as connection:
            yield StoredFacts(engine.url, ""), lambda: nullcontext(connection)
        return
    # The lock before the snapshot: what the one before us has mended must be seen.
    with _alone(engine), reading(engine) as connection:
        connection.exec_driver_sql(_FOR_LONG)
        snapshot = connection.scalar(sa.text("SELECT pg_export_snapshot()"))
        yield StoredFacts(engine.url, str(snapshot)), lambda: _mending(engine)


@contextmanager
def _alone(engine: Engine) -> Iterator[None]:
    """Nobody else recomputes; what differs is added to the counters, and two who found the same would add it twice."""
    with reading(engine) as connection:
        connection.exec_driver_sql(_FOR_LONG)
        if not connection.scalar(sa.select(sa.func.pg_try_advisory_xact_lock(_RECOMPUTING_LOCK))):
            raise StoreError("the counters are being recomputed already: let that end first")
        yield


@contextmanager
def _mending(engine: Engine) -> Iterator[Connection]:
    with writing(engine) as connection:
        connection.exec_driver_sql(_FOR_LONG)
        yield connection
