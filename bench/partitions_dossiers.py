"""Ways to lay out dossiers in PostgreSQL: what a batch and the usual lists cost with each, on the same rows.

Every way keeps the rule of the newest state; a dossier is never there twice. By month of receipt the month is part of
the key, and a narrow table keeps which month a dossier is in: it moves when its receipt is corrected.
"""

import statistics
from collections.abc import Callable
from typing import NamedTuple

import sqlalchemy as sa
from sqlalchemy import Connection, Engine

from bench.measure import cost_of
from bench.partitions_measures import core_ms, outside, turned
from store.tables import dossiers

MONTHS, SOURCES, UNITS, HASHES = 60, 8, 180, 16
BATCH = 20_000
_INDEXES = [[column.name for column in index.columns] for index in dossiers.indexes]
_NEWNESS = ("updated_at", "state", "content_hash")
_BORN = "timestamptz '2017-01-01 01:00+00'"


class Layout(NamedTuple):
    """A way: what is added to CREATE TABLE, the partitions' bounds, storage settings; and whether a month is in the
    key."""

    name: str
    by: str = ""
    bounds: tuple[str, ...] = ()
    storage: str = ""
    monthly: bool = False


LAYOUTS = (
    Layout("one table"),
    Layout("one table, fillfactor 70", storage="WITH (fillfactor = 70)"),
    Layout("by source", "PARTITION BY LIST (source)", tuple(f"IN ('s{n}')" for n in range(SOURCES))),
    Layout(
        "by hash of the id",
        "PARTITION BY HASH (source_id)",
        tuple(f"WITH (MODULUS {HASHES}, REMAINDER {n})" for n in range(HASHES)),
    ),
    Layout(
        "by month, with a table of keys",
        "PARTITION BY RANGE (month)",
        tuple(f"FROM ({n}) TO ({n + 1})" for n in range(MONTHS)),
        monthly=True,
    ),
)


class DossiersCost(NamedTuple):
    """One layout: core-s of the server per million records upserted, megabytes with indexes, core-ms of three lists
    (open dossiers of a unit; those a unit received in a month; a hundred dossiers by their keys)."""

    layout: str
    upsert_core: float
    megabytes: float
    open_ms: float
    month_ms: float
    keys_ms: float


def measure_dossiers(
    engine: Engine, rows: int, repeats: int, pid: int, say: Callable[[str], None]
) -> list[DossiersCost]:
    """Every layout with the same rows, batches and questions, in turn. The tables of the store must be there."""
    names = [(layout, f"dossiers_{number}") for number, layout in enumerate(LAYOUTS)]
    with engine.begin() as connection:
        for layout, table in names:
            say(f"dossiers: {rows:,}, {layout.name}")
            _fill(connection, layout, table, rows)
    outside(engine, "VACUUM ANALYZE")
    upserts: dict[str, list[float]] = {table: [] for _, table in names}
    for number in range(1, repeats + 2):
        say(f"dossiers: batch {number} of {repeats + 1}")
        for layout, table in turned(names, number):
            upserts[table].append(_upsert(engine, layout, table, number, rows, pid) / BATCH * 1e6)
    with engine.begin() as connection:
        answers = {table: _contents(connection, table) for _, table in names}
        assert len(set(answers.values())) == 1, answers
        return [_reads(connection, *way, statistics.median(upserts[way[1]][1:]), rows, repeats, pid) for way in names]


def _fill(connection: Connection, layout: Layout, table: str, rows: int) -> None:
    """`rows` dossiers, evenly over five years, units and sources; one in thirty is open, all of them among the last."""
    run = connection.exec_driver_sql
    month, key = (", month integer NOT NULL", ", month") if layout.monthly else ("", "")
    run(f"CREATE TABLE {table} (LIKE dossiers INCLUDING DEFAULTS{month}) {layout.by} {layout.storage}")
    for number, bound in enumerate(layout.bounds):
        run(f"CREATE TABLE {table}_{number} PARTITION OF {table} FOR VALUES {bound}")
    names = ", ".join([*dossiers.c.keys(), *(["month"] if layout.monthly else [])])
    run(f"INSERT INTO {table} ({names}) {_generated(layout, f'generate_series(1, {rows})', rows, 0)}")
    run(f"ALTER TABLE {table} ADD PRIMARY KEY (source, source_id{key})")
    for columns in _INDEXES:
        run(f"CREATE INDEX ON {table} ({', '.join(columns)})")
    if layout.monthly:
        run(f"CREATE TABLE {table}_keys AS SELECT source, source_id, month FROM {table}")
        run(f"ALTER TABLE {table}_keys ADD PRIMARY KEY (source, source_id)")


def _generated(layout: Layout, numbers: str, rows: int, version: int) -> str:
    """SELECT of dossiers by their numbers; a later version has moved on, and one receipt in a hundred to another
    month."""
    moved = f"CASE WHEN mod(i, 100) = {version} THEN 40 ELSE 0 END * interval '1 day'"
    received = f"{_BORN} + i * interval '{MONTHS * 30} days' / {rows}" + (f" - {moved}" if version else "")
    number = f"least({MONTHS - 1}, greatest(0, (extract(epoch FROM received - {_BORN}) / 2592000)::integer))"
    month = f", {number} AS month" if layout.monthly else ""
    done = f"i <= {rows} * 0.967"
    return f"""
        SELECT 's' || mod(i, {SOURCES}) source, 'H99-' || hashint4(i) || '-' || i source_id,
            'H99.' || mod(i, {UNITS}) unit_code, '9.' || mod(i, 120) procedure_code, 'online' channel,
            CASE WHEN {done} THEN 10 ELSE {min(4 + version, 9)} END state, received submitted_at, received received_at,
            received + interval '10 days' due_at, CASE WHEN {done} THEN received + interval '7 days' END completed_at,
            NULL::timestamptz returned_at, false returned_by_post, true digitised, true authenticated, 'online' payment,
            false fee_due, 0 supplements, true e_result, NULL::integer rating, false untold,
            {_BORN} + interval '{3000 + version} days' updated_at, hashint4(i)::bigint content_hash{month}
        FROM {numbers} i, LATERAL (SELECT {received} AS received) r"""


def _upsert(engine: Engine, layout: Layout, table: str, number: int, rows: int, pid: int) -> float:
    """Server core-seconds of one batch: seven of ten are among the last tenth, two are older ones, one is new."""
    numbers = f"""unnest(ARRAY(
        SELECT DISTINCT CASE
            WHEN mod(n, 10) = 0 THEN {rows} + {number} * {BATCH} + n
            WHEN mod(n, 10) < 3 THEN 1 + mod(abs(hashint4(n * 7 + {number})), {rows})
            ELSE {rows} - mod(abs(hashint4(n + {number})), {rows} / 10) END
        FROM generate_series(1, {BATCH}) n))"""
    with engine.begin() as connection:
        run = connection.exec_driver_sql
        run(f"CREATE TEMPORARY TABLE staged ON COMMIT DROP AS {_generated(layout, numbers, rows, number)}")
        statements = _monthly(table) if layout.monthly else _plain(table)
        return cost_of(lambda: [run(statement) for statement in statements], pid).server_core


def _plain(table: str) -> list[str]:
    """As store/upsert.py: what is not newer leaves the staging, the states to be replaced are read, the rest stored."""
    same = "t.source = s.source AND t.source_id = s.source_id"
    return [
        f"""DELETE FROM staged s WHERE EXISTS (SELECT FROM {table} t
            WHERE {same} AND {_newness("t")} >= {_newness("s")})""",
        f"CREATE TEMPORARY TABLE old ON COMMIT DROP AS SELECT t.* FROM staged s JOIN {table} t ON {same}",
        _insert(table, [*dossiers.c.keys()], "source, source_id"),
    ]


def _monthly(table: str) -> list[str]:
    """The same where the month is in the key; a dossier whose month was corrected leaves its old one."""
    keyed = "k.source = s.source AND k.source_id = s.source_id"
    same = "t.month = k.month AND t.source = k.source AND t.source_id = k.source_id"
    moved = """t.month = o.month AND t.source = o.source AND t.source_id = o.source_id
        AND o.source = s.source AND o.source_id = s.source_id AND o.month <> s.month"""
    return [
        f"""DELETE FROM staged s WHERE EXISTS (SELECT FROM {table}_keys k JOIN {table} t ON {same}
            WHERE {keyed} AND {_newness("t")} >= {_newness("s")})""",
        f"""CREATE TEMPORARY TABLE old ON COMMIT DROP AS
            SELECT t.* FROM staged s JOIN {table}_keys k ON {keyed} JOIN {table} t ON {same}""",
        f"DELETE FROM {table} t USING staged s, old o WHERE {moved}",
        _insert(table, [*dossiers.c.keys(), "month"], "source, source_id, month"),
        f"""INSERT INTO {table}_keys AS k SELECT source, source_id, month FROM staged WHERE true
            ON CONFLICT (source, source_id) DO UPDATE SET month = excluded.month WHERE k.month <> excluded.month""",
    ]


def _insert(table: str, columns: list[str], key: str) -> str:
    names = ", ".join(columns)
    values = ", ".join(f"{name} = excluded.{name}" for name in columns if name not in key.split(", "))
    return f"""INSERT INTO {table} AS t ({names}) SELECT {names} FROM staged WHERE true
        ON CONFLICT ({key}) DO UPDATE SET {values} WHERE {_newness("excluded")} > {_newness("t")}"""


def _newness(alias: str) -> str:
    return "(" + ", ".join(f"{alias}.{name}" for name in _NEWNESS) + ")"


def _contents(connection: Connection, table: str) -> tuple[object, ...]:
    """What every layout must agree on: dossiers, different ones, and a sum over their states."""
    total = "sum(extract(epoch FROM updated_at) + extract(epoch FROM received_at) + state)"
    query = f"SELECT count(*), count(DISTINCT (source, source_id)), {total} FROM {table}"
    return tuple(connection.exec_driver_sql(query).one())


def _reads(
    connection: Connection, layout: Layout, table: str, upsert_core: float, rows: int, repeats: int, pid: int
) -> DossiersCost:
    def ms(where: str) -> float:
        query = sa.text(f"SELECT * FROM {table} WHERE {where}")
        return core_ms(lambda: connection.execute(query).all(), 50 * repeats, pid)

    ids = ", ".join(
        f"('s' || mod({i}, {SOURCES}), 'H99-' || hashint4({i}) || '-{i}')" for i in range(1, rows, rows // 100)
    )
    first, end = (f"{_BORN} + interval '{days} days'" for days in (300, 330))
    size = sa.text(
        "SELECT sum(pg_total_relation_size(name)) / 1e6 FROM (SELECT CAST(:table AS regclass) UNION SELECT CAST(:keys"
        " AS regclass) UNION SELECT relid FROM pg_partition_tree(:table)) parts(name)"
    )
    keys = f"{table}_keys" if layout.monthly else table
    return DossiersCost(
        layout.name,
        upsert_core,
        float(connection.scalar(size, {"table": table, "keys": keys}) or 0),
        ms("unit_code = 'H99.7' AND state IN (4, 5) AND due_at < '2100-01-01' ORDER BY due_at LIMIT 200"),
        ms(f"unit_code = 'H99.7' AND received_at >= {first} AND received_at < {end}"),
        ms(f"(source, source_id) IN (VALUES {ids})"),
    )
