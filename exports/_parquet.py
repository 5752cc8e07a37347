"""Parquet: typed columns under their names for programs; what explains the view is in the file's metadata.

A file has one set of columns. Several tables stand one below the other: the first column, `table`, says to which
table a row belongs, and a column that a table does not have is null in its rows.
"""

import io

import polars as pl

from exports._head import properties
from exports.viewed import Table, Viewed

TABLE = "table"


def parquet_bytes(viewed: Viewed) -> bytes:
    """All rows of all tables."""
    content = io.BytesIO()
    _one_frame(viewed).write_parquet(content, metadata=properties(viewed))
    return content.getvalue()


def _one_frame(viewed: Viewed) -> pl.DataFrame:
    if len(viewed.tables) == 1:
        return viewed.tables[0].frame
    types: dict[str, pl.DataType] = {}
    return pl.concat([_named(table, types) for table in viewed.tables], how="diagonal")


def _named(table: Table, types: dict[str, pl.DataType]) -> pl.DataFrame:
    """The rows with their table's name; a column whose name stands for another type already gets the type's name."""
    names = {}
    for column, dtype in table.frame.schema.items():
        name = column if types.setdefault(column, dtype) == dtype else f"{column}_{dtype.base_type().__name__.lower()}"
        types.setdefault(name, dtype)
        names[column] = name
    return table.frame.rename(names).select(pl.lit(table.name).alias(TABLE), pl.all())
