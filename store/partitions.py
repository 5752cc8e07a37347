"""Daily measures by year on PostgreSQL: a partition for each, made ahead; days of no year that has one lie in DEFAULT.

The partitions stand in a schema of their own, so that our tables are the same ones on both databases. By year and not
by month: `docs/decisions/023-partitions.md`. Counters are read by version, from all partitions: a transaction that
began before a year was divided, and asked by days, would look for them where it cannot see them yet.
"""

from datetime import date

import sqlalchemy as sa
from sqlalchemy import Connection, Engine

from store.engine import reading, writing
from store.tables import metadata

SCHEMA = "ioc_partitions"
# A year with fewer counters among the others, as of mistyped days, is left there: a partition costs every reader.
CROWDED_ROWS = 10_000
_EPOCH = date(1970, 1, 1)
# So long may readers wait for us: what cannot be done now is done at the next time.
_LOCK_WAIT = "3s"


def divided() -> dict[str, str]:
    """The tables that are divided by year, each with the column of the day (days since 1970) that says which."""
    ways = {table.name: table.dialect_options["postgresql"]["partition_by"] for table in metadata.sorted_tables}
    return {name: way.removeprefix("RANGE (").removesuffix(")") for name, way in ways.items() if way}


def keep_ahead(engine: Engine, today: date) -> list[str]:
    """Give this year, the next, and each year with many counters in DEFAULT a partition; nothing to do is fine.

    Returns the names of those that were made; none on SQLite. Each is one transaction of the writer, and no reader
    sees counters missing or twice. Raises StoreError when somebody reads for too long.
    """
    if engine.dialect.name != "postgresql":
        return []
    made = []
    for table, column in divided().items():
        with reading(engine) as connection:
            wanted = {today.year, today.year + 1, *_crowded_years(connection, table, column)}
        for year in sorted(wanted):
            with writing(engine) as connection:
                if _name(table, year) not in partitions(connection):
                    _divide(connection, table, column, year)
                    made.append(_name(table, year))
    return made


def partitions(connection: Connection) -> set[str]:
    """The names of all partitions, DEFAULT's (they end in "other") among them."""
    return set(sa.inspect(connection).get_table_names(SCHEMA))


def _name(table: str, year: int) -> str:
    return f"{table}_{year}"


def _crowded_years(connection: Connection, table: str, column: str) -> list[int]:
    year = f"extract(year FROM date '1970-01-01' + {column})::integer"
    counted = f"SELECT {year} FROM {SCHEMA}.{table}_other GROUP BY 1 HAVING count(*) >= {CROWDED_ROWS}"  # noqa: S608  # nosec B608  # our names
    return list(connection.execute(sa.text(counted)).scalars())


def _divide(connection: Connection, table: str, column: str, year: int) -> None:
    """Make the partition, with the rows of its year that lie in DEFAULT.

    Readers go on meanwhile: only its last step waits for those that read the table, and new ones wait for it.
    """
    first, end = ((date(number, 1, 1) - _EPOCH).days for number in (year, year + 1))
    part, other = f"{SCHEMA}.{_name(table, year)}", f"{SCHEMA}.{table}_other"
    inside = f"{column} >= {first} AND {column} < {end}"
    for statement in (
        f"SET LOCAL statement_timeout = 0; SET LOCAL lock_timeout = '{_LOCK_WAIT}'",
        f"CREATE TABLE {part} (LIKE {table} INCLUDING ALL)",
        f"WITH moved AS (DELETE FROM {other} WHERE {inside} RETURNING *) INSERT INTO {part} SELECT * FROM moved",  # noqa: S608  # nosec B608  # our names
        f"ALTER TABLE {table} ATTACH PARTITION {part} FOR VALUES FROM ({first}) TO ({end})",
    ):
        connection.exec_driver_sql(statement)
