"""Finished rows into a table as fast as the database takes them: COPY, or executemany on SQLite."""

import polars as pl
from sqlalchemy import Engine, Table

from store import frames
from store.engine import writing

# At a time: as text, or as Python's objects, rows are some times as large.
_ROWS = 100_000


def load(engine: Engine, table: Table, frame: pl.DataFrame) -> None:
    """Insert the frame's rows; no newest-state rule, no measures, no quarantine."""
    with writing(engine) as connection:
        for rows in frame.iter_slices(_ROWS):
            frames.load(connection, rows, table)


def bare(engine: Engine, table: Table) -> None:
    """Take away the table's indexes, and its key where the database can do without."""
    with writing(engine) as connection:
        for index in table.indexes:
            index.drop(connection)
        if engine.dialect.name == "postgresql":
            connection.exec_driver_sql(f"ALTER TABLE {table.name} DROP CONSTRAINT {table.name}_pkey")


def load_then_index(engine: Engine, table: Table, frame: pl.DataFrame) -> None:
    """Load into a bare table, then make its key and indexes."""
    load(engine, table, frame)
    with writing(engine) as connection:
        if engine.dialect.name == "postgresql":
            key = ", ".join(column.name for column in table.primary_key)
            connection.exec_driver_sql(f"ALTER TABLE {table.name} ADD PRIMARY KEY ({key})")
        for index in table.indexes:
            index.create(connection)
