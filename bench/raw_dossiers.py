"""Raw dossiers as a BI tool finds them: a table in PostgreSQL with covering indexes, and Parquet files under DuckDB."""

from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any

import duckdb
import polars as pl
from sqlalchemy import Column, Date, Integer, MetaData, String, Table

from bench import bulk
from bench.nation import RAW, procedures
from bench.question_sql import DUCKDB_DAY, INDEXES, POSTGRESQL_DAY, Asked, statement
from store import tables
from store.engine import open_engine

_METADATA = MetaData()
_DOSSIERS = Table(
    "dossiers",
    _METADATA,
    *(Column(name, tables.dossiers.c[name].type) for name in RAW),
    prefixes=["UNLOGGED"],
)
_PROCEDURES = Table(
    "procedures",
    _METADATA,
    Column("code", String),
    Column("valid_from", Date),
    Column("valid_to", Date),
    Column("level", Integer),
)

# Units with their sums and ranks, as `bench.questions` compares them.
Ranked = dict[str, tuple[int | None, ...]]


class RawDossiers:
    """The table in an empty PostgreSQL database, growing. What is added last must be settled before it is asked."""

    def __init__(self, url: str) -> None:
        self._engine = open_engine(url).execution_options(isolation_level="AUTOCOMMIT")
        self._times = 1
        _METADATA.create_all(self._engine)
        self._rows(_PROCEDURES, procedures())

    def close(self) -> None:
        """Let the server go."""
        self._engine.dispose()

    def add(self, chunk: pl.DataFrame) -> None:
        """More dossiers; before they are multiplied."""
        bulk.load(self._engine, _DOSSIERS, chunk)

    def multiply(self, times: int) -> None:
        """Have each dossier so many times, under keys of its own."""
        if times > self._times:
            others = ", ".join(f"d.{name}" for name in RAW if name != "source_id")
            first = "position('+' in d.source_id) = 0"
            numbers = f"generate_series({self._times}, {times - 1}) AS n"
            copied = f"SELECT d.source_id || '+' || n, {others} FROM dossiers d, {numbers} WHERE {first}"
            self._do(*(f"DROP INDEX IF EXISTS {name}" for name in INDEXES), f"INSERT INTO dossiers {copied}")
            self._times = times

    def settle(self) -> None:
        """Indexes that cover the questions, VACUUM and ANALYZE."""
        indexes = [f"CREATE INDEX IF NOT EXISTS {name} ON dossiers {columns}" for name, columns in INDEXES.items()]
        self._do(*indexes, "VACUUM ANALYZE")

    def ranked(self, asked: Asked) -> Ranked:
        """The answer by SQL."""
        with self._engine.connect() as connection:
            return _by_unit(connection.exec_driver_sql(statement(asked, POSTGRESQL_DAY)))

    def _rows(self, table: Table, rows: Sequence[dict[str, Any]]) -> None:
        names = [column.name for column in table.c]
        with self._engine.connect() as connection:
            connection.execute(table.insert(), [{name: row[name] for name in names} for row in rows])

    def _do(self, *statements: str) -> None:
        with self._engine.connect() as connection:
            for one in statements:
                connection.exec_driver_sql(one)


def raw_parquet(files: Sequence[Path]) -> Callable[[Asked], Ranked]:
    """Asks DuckDB over these files, of which one may stand there many times."""
    connection = duckdb.connect()
    names = ", ".join(f"'{file}'" for file in files)
    connection.execute(f"CREATE VIEW dossiers AS SELECT * FROM read_parquet([{names}])")
    catalogue = pl.DataFrame(procedures()).select(column.name for column in _PROCEDURES.c)
    connection.register("procedures", catalogue.to_arrow())
    return lambda asked: _by_unit(connection.execute(statement(asked, DUCKDB_DAY)).fetchall())


def _by_unit(rows: Iterable[Any]) -> Ranked:
    return {unit: tuple(row) for unit, *row in rows}
