"""Finished rows into a table as fast as the database takes them: COPY, or one executemany on SQLite."""

import io

import polars as pl
from sqlalchemy import Engine, Table

from store.engine import writing


def load(engine: Engine, table: Table, frame: pl.DataFrame) -> None:
    """Insert the frame's rows; no newest-state rule, no measures, no quarantine."""
    names = ", ".join(frame.columns)
    with writing(engine) as connection:
        if engine.dialect.name == "postgresql":
            text = io.BytesIO()
            frame.write_csv(text, include_header=False, datetime_format="%Y-%m-%dT%H:%M:%S%.6f%:z")
            with (
                connection.connection.cursor() as cursor,  # type: ignore[attr-defined]  # psycopg's own
                cursor.copy(f"COPY {table.name} ({names}) FROM STDIN (FORMAT csv)") as copy,
            ):
                copy.write(text.getvalue())
            return
        rows = frame.with_columns(pl.col(pl.Datetime("us", "UTC")).dt.epoch("us")).rows()
        marks = ", ".join("?" * frame.width)
        connection.exec_driver_sql(f"INSERT INTO {table.name} ({names}) VALUES ({marks})", rows)


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
