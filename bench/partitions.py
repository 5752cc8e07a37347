"""What it costs in PostgreSQL to divide large tables: daily measures and dossiers, each laid out in several ways."""

from collections.abc import Callable
from typing import NamedTuple

import sqlalchemy as sa

from bench.partitions_dossiers import DossiersCost, measure_dossiers
from bench.partitions_measures import MeasuresCost, measure_measures, outside
from store.engine import migrate, open_engine


class Layouts(NamedTuple):
    """What each way costs, on so many rows; the first of each is one table."""

    rows: int
    measures: list[MeasuresCost]
    dossiers: list[DossiersCost]


def measure_partitions(url: str, pid: int, rows: int, repeats: int, say: Callable[[str], None]) -> Layouts:
    """Both tables with so many rows each, in an empty database that is left full; `pid` is the server's."""
    store = open_engine(url)
    migrate(store)
    store.dispose()
    # As behind PgBouncer nothing is prepared; statements may take any time.
    engine = sa.create_engine(url, connect_args={"prepare_threshold": None})
    outside(engine, "ALTER SYSTEM SET autovacuum = off", "SELECT pg_reload_conf()")
    measures = measure_measures(engine, rows, repeats, pid, say)
    dossiers = measure_dossiers(engine, rows, repeats, pid, say)
    outside(engine, "ALTER SYSTEM RESET autovacuum", "SELECT pg_reload_conf()")
    engine.dispose()
    return Layouts(rows, measures, dossiers)
