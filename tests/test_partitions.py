"""Daily measures by year on PostgreSQL: nothing is lost, doubled or seen twice while years get their partitions."""

from collections import Counter
from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path
from random import Random

import pytest
import sqlalchemy as sa
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from sqlalchemy import Connection, Engine

import store.partitions
from clock import still_clock
from errors import StoreError
from poller import Poller
from store.backup import back_up, restore
from store.engine import MIGRATIONS, migrate, open_engine, reading, writing
from store.partitions import SCHEMA, divided, keep_ahead, partitions
from store.rollups import rebuild
from store.tables import day_pairs, document_days, dossier_days, metadata
from tests.delivery import deliver
from tests.servers import fresh_database
from tests.worlds import make_world

TODAY, NOON = date(2021, 12, 10), datetime(2021, 12, 10, 5, tzinfo=UTC)
TABLES = (dossier_days, document_days, day_pairs)
FIRST_DAY = {year: (date(year, 1, 1) - date(1970, 1, 1)).days for year in range(2019, 2025)}


@pytest.fixture
def postgresql(fresh_engine: Callable[[str], Engine]) -> Engine:
    """A migrated and empty store on PostgreSQL."""
    return fresh_engine("postgresql")


def counted(connection: Connection) -> dict[str, Counter[tuple[object, ...]]]:
    """Every row of the divided tables, and how often it is there."""
    return {table.name: Counter(tuple(row) for row in connection.execute(sa.select(table))) for table in TABLES}


def everything(engine: Engine) -> dict[str, Counter[tuple[object, ...]]]:
    with reading(engine) as connection:
        return counted(connection)


def put(engine: Engine, *days: int, version: int = 1) -> None:
    """A counter of one procedure for each of these days."""
    rows = [{"unit_code": "H99", "procedure_code": "1", "day": day, "version": version} for day in days]
    with writing(engine) as connection:
        connection.execute(dossier_days.insert(), rows)


def days_in(engine: Engine, part: str) -> list[int]:
    with reading(engine) as connection:
        return sorted(connection.execute(sa.text(f"SELECT day FROM {SCHEMA}.{part}")).scalars())


def test_a_new_store_gets_this_year_and_the_next_and_keeps_the_rest_together(postgresql: Engine) -> None:
    made = keep_ahead(postgresql, TODAY)
    assert made == [f"{table}_{year}" for table in divided() for year in (2021, 2022)]
    new_year, odd = FIRST_DAY[2022], -700_000
    put(postgresql, new_year - 1, new_year, odd)
    assert days_in(postgresql, "dossier_days_2021") == [new_year - 1]
    assert days_in(postgresql, "dossier_days_2022") == [new_year]
    assert days_in(postgresql, "dossier_days_other") == [odd]


def test_doing_it_again_changes_nothing_and_the_new_year_adds_the_one_after(postgresql: Engine) -> None:
    keep_ahead(postgresql, TODAY)
    assert keep_ahead(postgresql, TODAY) == []
    assert keep_ahead(postgresql, date(2022, 1, 1)) == [f"{table}_2023" for table in divided()]


def test_a_year_whose_counters_lie_among_the_others_takes_them_with_it(postgresql: Engine) -> None:
    edges = [FIRST_DAY[2021] - 1, FIRST_DAY[2021], FIRST_DAY[2022] - 1, FIRST_DAY[2022]]
    put(postgresql, *edges)
    before = everything(postgresql)
    keep_ahead(postgresql, date(2020, 6, 1))
    assert days_in(postgresql, "dossier_days_2021") == edges[1:3]
    assert days_in(postgresql, "dossier_days_other") == [edges[3]]
    assert everything(postgresql) == before


def test_years_long_ago_get_a_partition_when_they_hold_many_counters(
    postgresql: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(store.partitions, "CROWDED_ROWS", 3)
    many, few = [FIRST_DAY[2019] + day for day in range(3)], [FIRST_DAY[2020], FIRST_DAY[2020] + 1]
    put(postgresql, *many, *few)
    assert "dossier_days_2019" in keep_ahead(postgresql, date(2023, 1, 1))
    assert days_in(postgresql, "dossier_days_2019") == many
    assert days_in(postgresql, "dossier_days_other") == few


def test_who_began_to_read_before_a_year_was_divided_misses_nothing_and_sees_nothing_twice(postgresql: Engine) -> None:
    put(postgresql, *range(FIRST_DAY[2020], FIRST_DAY[2023], 30))
    expected = everything(postgresql)
    with reading(postgresql) as connection:
        connection.scalar(sa.text("SELECT version FROM versions LIMIT 1"))  # from here on it sees this state
        keep_ahead(postgresql, TODAY)
        put(postgresql, FIRST_DAY[2021] + 1, version=2)
        assert counted(connection) == expected


def test_who_reads_for_long_is_not_waited_for_and_nothing_has_changed(
    postgresql: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(store.partitions, "_LOCK_WAIT", "50ms")
    put(postgresql, FIRST_DAY[2021])
    with reading(postgresql) as connection:
        before = counted(connection)
        with pytest.raises(StoreError, match="lock timeout"):
            keep_ahead(postgresql, TODAY)
    assert everything(postgresql) == before
    assert days_in(postgresql, "dossier_days_other") == [FIRST_DAY[2021]]
    assert "dossier_days_2021" in keep_ahead(postgresql, TODAY)


def test_a_world_delivered_before_and_after_is_counted_as_from_the_facts(postgresql: Engine) -> None:
    deliver(postgresql, make_world(Random(3)), Random(3))
    before = everything(postgresql)
    assert all(before.values())
    keep_ahead(postgresql, TODAY)
    assert everything(postgresql) == before
    deliver(postgresql, make_world(Random(4)), Random(4))
    assert everything(postgresql) != before
    assert rebuild(postgresql) == 0
    assert days_in(postgresql, "dossier_days_2021")


def test_the_version_before_is_reached_back_and_forth_without_losing_a_row(postgresql: Engine) -> None:
    put(postgresql, FIRST_DAY[2021], FIRST_DAY[2022], -700_000)
    keep_ahead(postgresql, TODAY)
    before = everything(postgresql)
    with writing(postgresql) as connection:
        settings = Config(attributes={"connection": connection})
        settings.set_main_option("script_location", str(MIGRATIONS))
        command.downgrade(settings, "0010")
        assert counted(connection) == before
        assert SCHEMA not in sa.inspect(connection).get_schema_names()
    migrate(postgresql)
    assert everything(postgresql) == before
    with reading(postgresql) as connection:
        assert compare_metadata(MigrationContext.configure(connection), metadata) == []
        assert partitions(connection) == {f"{table}_other" for table in divided()}


def test_a_backup_is_restored_with_its_partitions_to_a_host_that_has_others(
    postgresql: Engine, tmp_path: Path, postgresql_url: str
) -> None:
    put(postgresql, FIRST_DAY[2021], FIRST_DAY[2022], -700_000)
    keep_ahead(postgresql, TODAY)
    before = everything(postgresql)

    def quiet(_what: str, _share: float) -> None: ...

    back_up(postgresql, tmp_path / "one.backup", NOON, "0.7.0", quiet)
    new = open_engine(fresh_database(postgresql_url, f"{postgresql.url.database}_n"[:60]))
    migrate(new)
    keep_ahead(new, date(2023, 6, 1))
    restore(new, tmp_path / "one.backup", quiet)
    assert everything(new) == before
    assert days_in(new, "dossier_days_2022") == [FIRST_DAY[2022]]
    assert keep_ahead(new, TODAY) == []
    new.dispose()


def test_the_poller_makes_them_by_its_clock(postgresql: Engine) -> None:
    Poller(postgresql, [], still_clock(NOON)).make_partitions()
    with reading(postgresql) as connection:
        assert {"day_pairs_2021", "day_pairs_2022"} <= partitions(connection)


def test_sqlite_has_no_partitions(fresh_engine: Callable[[str], Engine]) -> None:
    assert keep_ahead(fresh_engine("sqlite"), TODAY) == []
