"""The migrations make exactly the tables that the code knows, and instants keep their zone, on both databases."""

from datetime import UTC, date, datetime, timedelta, timezone
from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Engine

import store.tables
from errors import ConfigError, StoreError
from store.engine import MIGRATIONS, migrate, open_engine, pending_migration, reading, tables_version, writing
from store.tables import UtcDateTime, cursors, metadata, screens, units

HANOI = timezone(timedelta(hours=7))


def table_texts(engine: Engine) -> dict[str, str]:
    """Every table with its columns, types, keys and indexes, as text."""
    inspector = sa.inspect(engine)
    return {
        name: repr((inspector.get_columns(name), inspector.get_pk_constraint(name), index_texts(inspector, name)))
        for name in inspector.get_table_names()
    }


def index_texts(inspector: sa.Inspector, table: str) -> list[str]:
    """Each index with the condition of what it holds, which is no text itself."""
    found = inspector.get_indexes(table)
    held = [sorted((name, str(value)) for name, value in index.get("dialect_options", {}).items()) for index in found]
    return [
        repr((index["name"], index["column_names"], index["unique"], of)) for index, of in zip(found, held, strict=True)
    ]


def test_migrated_tables_equal_the_metadata(engine: Engine) -> None:
    with reading(engine) as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, metadata) == []


def test_the_numbers_of_the_files_are_the_versions_that_alembic_knows(engine: Engine) -> None:
    scripts = ScriptDirectory(str(MIGRATIONS))
    known = [script.revision for script in scripts.walk_revisions()]
    assert sorted(known) == sorted(file.name[:4] for file in (MIGRATIONS / "versions").glob("[0-9]*.py"))
    with writing(engine) as connection:
        assert tables_version(connection) == scripts.get_current_head() == max(known)
        connection.execute(sa.text("DROP TABLE alembic_version"))
        assert tables_version(connection) is None


def test_migrating_again_changes_nothing(engine: Engine) -> None:
    with writing(engine) as connection:
        connection.execute(cursors.insert().values(source="motcua", seen_to=datetime(2021, 12, 10, tzinfo=UTC)))
    before = table_texts(engine)
    migrate(engine)
    assert table_texts(engine) == before
    assert pending_migration(engine) is None
    with reading(engine) as connection:
        assert connection.scalar(sa.select(cursors.c.source)) == "motcua"


def test_store_of_the_version_before_keeps_its_rows_and_gets_the_screens(engine: Engine) -> None:
    with writing(engine) as connection:
        metadata.drop_all(connection)
        connection.execute(sa.text("DROP TABLE alembic_version"))
        settings = Config(attributes={"connection": connection})
        settings.set_main_option("script_location", str(Path(store.tables.__file__).parent / "migrations"))
        command.upgrade(settings, "0002")
        connection.execute(cursors.insert().values(source="motcua", seen_to=datetime(2021, 12, 10, tzinfo=UTC)))
    assert "0002" in str(pending_migration(engine))
    migrate(engine)
    assert pending_migration(engine) is None
    with reading(engine) as connection:
        assert compare_metadata(MigrationContext.configure(connection), metadata) == []
        assert connection.scalar(sa.select(cursors.c.seen_to)) == datetime(2021, 12, 10, tzinfo=UTC)
        assert connection.execute(sa.select(screens)).all() == []


def test_an_empty_database_lacks_every_migration(tmp_path: Path) -> None:
    engine = open_engine(f"sqlite:///{tmp_path}/new.db")
    assert "None" in str(pending_migration(engine))
    engine.dispose()


def test_aware_instants_come_back_aware_in_utc(engine: Engine) -> None:
    written = datetime(2021, 12, 10, 23, 59, 59, 999_999, tzinfo=HANOI)
    with writing(engine) as connection:
        connection.execute(cursors.insert().values(source="motcua", seen_to=written))
    with reading(engine) as connection:
        read = connection.scalar(sa.select(cursors.c.seen_to))
    assert read == datetime(2021, 12, 10, 16, 59, 59, 999_999, tzinfo=UTC)
    assert read.utcoffset() == timedelta(0)


def test_instants_are_compared_as_instants_whatever_their_zone(engine: Engine) -> None:
    early, late = datetime(2021, 12, 10, 7, 30, tzinfo=HANOI), datetime(2021, 12, 10, 1, 0, tzinfo=UTC)
    with writing(engine) as connection:
        connection.execute(cursors.insert(), [{"source": "a", "seen_to": late}, {"source": "b", "seen_to": early}])
    with reading(engine) as connection:
        assert connection.scalars(sa.select(cursors.c.source).where(cursors.c.seen_to < late)).all() == ["b"]
        assert connection.scalars(sa.select(cursors.c.source).order_by(cursors.c.seen_to)).all() == ["b", "a"]


def test_naive_instants_are_refused(engine: Engine) -> None:
    with pytest.raises(StoreError, match="naive time 2021-12-10T08:00:00"), writing(engine) as connection:
        connection.execute(cursors.insert().values(source="motcua", seen_to=datetime(2021, 12, 10, 8)))
    with reading(engine) as connection:
        assert connection.scalar(sa.select(sa.func.count()).select_from(cursors)) == 0


@pytest.mark.parametrize("dialect", ["sqlite", "postgresql"])
def test_the_type_itself_refuses_naive_instants(dialect: str) -> None:
    chosen = sa.create_mock_engine(f"{dialect}://", executor=print).dialect
    with pytest.raises(ValueError, match="aware instants only"):
        UtcDateTime().process_bind_param(datetime(2021, 12, 10, 8), chosen)


def test_a_failed_transaction_leaves_nothing(engine: Engine) -> None:
    unit = {"code": "H28", "valid_from": date(2020, 1, 1), "kind": "tinh", "name": "P", "source": "s"}
    with pytest.raises(StoreError), writing(engine) as connection:
        connection.execute(units.insert(), [unit, unit])
    with reading(engine) as connection:
        assert connection.scalar(sa.select(sa.func.count()).select_from(units)) == 0


@pytest.mark.parametrize("url", ["nothing", "mysql://host/ioc"])
def test_other_databases_are_refused_by_name(url: str) -> None:
    with pytest.raises(ConfigError, match="url"):
        open_engine(url)


def test_a_database_that_does_not_answer_is_a_store_error_without_its_password() -> None:
    engine = open_engine("postgresql://ioc:geheim@127.0.0.1:1/ioc")
    with pytest.raises(StoreError) as raised, reading(engine):
        pass
    assert "127.0.0.1" in str(raised.value)
    assert "geheim" not in str(raised.value)
