"""Stores of older versions with rows in every table become new ones: no row is lost, no figure changes."""

from collections import Counter
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from random import Random
from typing import Any

import polars as pl
import pytest
import sqlalchemy as sa
from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from polars.testing import assert_frame_equal
from sqlalchemy import Engine

from metrics import Counters, Period, figures
from publishing import close_period, verify
from store.backup import back_up, restore
from store.content import content_hash
from store.engine import MIGRATIONS, migrate, open_engine, pending_migration, reading, writing
from store.reads import read_snapshot
from store.rollups import rebuild
from store.rows import Batch, Dossier
from store.tables import UtcDateTime, metadata
from tests.delivery import deliver, write
from tests.often import first
from tests.servers import fresh_database
from tests.worlds import make_world

YEAR = Period(date(2021, 1, 1), date(2021, 12, 31))
AT = datetime(2021, 6, 1, 2, 30, 0, 123456, tzinfo=UTC)
# The first, the one that release 0.4.0 left behind, and the one before the newest.
OLDER = ("0001", "0006", ScriptDirectory(str(MIGRATIONS)).get_revisions("head")[0].down_revision)
# Since then the tables that figures are read from are as today's program reads them; one of before does not hold all
# that the counters given to it were counted from.
READABLE_SINCE = "0002"
VERSION = "alembic_version"

Rows = dict[str, list[dict[str, Any]]]


@pytest.fixture(scope="module")
def everything(tmp_path_factory: pytest.TempPathFactory) -> Rows:
    """Rows for every table: a year of everything, published, and made-up ones where that leaves a table empty."""
    engine = open_engine(f"sqlite:///{tmp_path_factory.mktemp('newest')}/store.db")
    migrate(engine)
    world = make_world(Random(6))
    deliver(engine, world, Random(6))
    stranger = Dossier(
        source_id="s", unit_code="H99", procedure_code="1", channel="online", state=4, received_at=AT, updated_at=AT
    )
    write(engine, "motcua", Batch(dossiers=[stranger]))
    close_period(engine, "2021", datetime(2022, 1, 3, tzinfo=UTC))
    with reading(engine) as connection:
        stored = {
            name: [dict(row) for row in connection.execute(sa.select(table)).mappings()]
            for name, table in metadata.tables.items()
        }
    engine.dispose()
    return {
        name: rows or [invented(metadata.tables[name], number) for number in (1, 2)] for name, rows in stored.items()
    }


def invented(table: sa.Table, number: int) -> dict[str, Any]:
    """A row of this table that keeps to the types of its columns; another number gives another row."""
    return {column.name: _value(column.type, number) for column in table.c}


def _value(kind: Any, number: int) -> Any:
    if isinstance(kind, UtcDateTime):
        return AT.replace(microsecond=number)
    if isinstance(kind, sa.Date):
        return date(2021, 6, number)
    if isinstance(kind, sa.Boolean):
        return number == 1
    if isinstance(kind, sa.Integer | sa.Float):
        return number
    return f'{{"n": {number}}}' if isinstance(kind, sa.Text) else f"chữ {number}"


@pytest.fixture(params=["sqlite", "postgresql"])
def blank(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Engine]:
    """A database without any table."""
    url = f"sqlite:///{tmp_path}/old.db"
    if request.param == "postgresql":
        url = fresh_database(request.getfixturevalue("postgresql_url"), f"blank_{tmp_path.name}"[:60].replace("-", "_"))
    engine = open_engine(url)
    yield engine
    engine.dispose()


def fill(engine: Engine, version: str, everything: Rows) -> None:
    """The tables of an older version, with all rows that they can hold."""
    with writing(engine) as connection:
        settings = Config(attributes={"connection": connection})
        settings.set_main_option("script_location", str(MIGRATIONS))
        command.upgrade(settings, version)
        for name, table in old_tables(connection).items():
            rows = [{column: row[column] for column in table.c.keys()} for row in everything[name]]  # noqa: SIM118
            connection.execute(table.insert(), rows)


def old_tables(connection: sa.Connection) -> dict[str, sa.Table]:
    """Our tables with the columns that the database has, typed as today."""
    inspector = sa.inspect(connection)
    names = [str(name) for name in inspector.get_table_names() if name in metadata.tables]
    return {
        name: sa.Table(
            name,
            sa.MetaData(),
            *(
                sa.Column(column["name"], metadata.tables[name].c[column["name"]].type)
                for column in inspector.get_columns(name)
            ),
        )
        for name in names
    }


def contents(engine: Engine, tables: dict[str, sa.Table]) -> dict[str, Counter[tuple[Any, ...]]]:
    """Each row of these tables, by these columns, and how often it is there."""
    with reading(engine) as connection:
        return {
            name: Counter(tuple(row) for row in connection.execute(sa.select(table))) for name, table in tables.items()
        }


def all_figures(engine: Engine) -> pl.DataFrame:
    counters = Counters(read_snapshot(engine))
    return pl.concat([figures(counters, YEAR, scope=scope) for scope in ("own", "subtree")])


def test_every_dossier_of_an_older_store_gets_todays_hash(blank: Engine, everything: Rows) -> None:
    fill(blank, "0013", everything)
    told = metadata.tables["dossiers"]
    with writing(blank) as connection:
        connection.execute(told.update().values(content_hash=7))
    migrate(blank)
    with reading(blank) as connection:
        hashes = {(row.source, row.source_id): row.content_hash for row in connection.execute(sa.select(told))}
    names = Dossier.__struct_fields__
    assert hashes == {
        (row["source"], row["source_id"]): content_hash(Dossier(**{name: row[name] for name in names}))
        for row in everything["dossiers"]
    }


@pytest.mark.parametrize("version", first(1, reversed(OLDER)))
def test_every_row_and_every_figure_of_an_older_store_is_kept(blank: Engine, everything: Rows, version: str) -> None:
    fill(blank, version, everything)
    with reading(blank) as connection:
        tables = old_tables(connection)
    before = contents(blank, tables)
    assert all(before.values())
    told = all_figures(blank) if version >= READABLE_SINCE else None
    migrate(blank)
    assert pending_migration(blank) is None
    after = contents(blank, tables)
    for name, rows in before.items():
        assert after[name] == rows, name
    if told is not None:
        assert told.filter(pl.col("numerator") > 0).height > 100
        assert_frame_equal(all_figures(blank), told)
        assert [one.sound for one in verify(blank)] == [True]
        assert rebuild(blank) == 0


def test_a_backup_of_an_older_version_is_restored_and_then_migrated(
    blank: Engine, everything: Rows, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    fill(blank, "0006", everything)
    told = all_figures(blank)

    def quiet(_what: str, _share: float) -> None: ...

    made = back_up(blank, tmp_path / "old.backup", AT, "0.4.0", quiet)
    assert made.migration == "0006"
    url = f"sqlite:///{tmp_path}/new.db"
    if blank.dialect.name == "postgresql":
        url = fresh_database(request.getfixturevalue("postgresql_url"), f"{blank.url.database}_n"[:60])
    new = open_engine(url)
    migrate(new)  # a host prepared by today's program, with tables that the backup does not know
    restore(new, tmp_path / "old.backup", quiet)
    assert "0006" in str(pending_migration(new))
    migrate(new)
    assert_frame_equal(all_figures(new), told)
    new.dispose()
