"""A first load that remembers which counters are there stores the same ones, whoever else writes meanwhile."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from random import Random

import polars as pl
import pytest
import sqlalchemy as sa
from msgspec.structs import replace
from sqlalchemy import Engine

from store import first_load, tables, writes
from store.engine import reading, writing
from store.first_load import FirstLoad
from store.rows import Batch, Dossier
from store.runs import begin_run
from store.writes import write_batch
from tests.delivery import AT
from tests.worlds import make_world

RECEIVED = datetime(2021, 12, 1, 2, 0, tzinfo=UTC)
WORLD = make_world(Random(3), dossiers=0, documents=0, polls=0)
UNIT, PROCEDURE = WORLD.units[0].code, WORLD.procedures[0].code


def dossiers(source: str, days: range) -> Batch:
    """One online dossier received on each of these days of December 2021."""
    return Batch(
        dossiers=[
            Dossier(
                source_id=f"{source}-{day}",
                unit_code=UNIT,
                procedure_code=PROCEDURE,
                channel="online",
                state=2,
                received_at=RECEIVED + timedelta(days=day),
                updated_at=RECEIVED + timedelta(days=day),
            )
            for day in days
        ]
    )


def write(engine: Engine, source: str, batch: Batch, load: FirstLoad | None = None) -> None:
    write_batch(engine, source, batch, begin_run(engine, source, AT), None, AT, first_load=load)


def received_online(engine: Engine) -> list[int]:
    """Day by day."""
    days = sa.select(tables.dossier_days.c.received_online).order_by(tables.dossier_days.c.day)
    with reading(engine) as connection:
        return list(connection.scalars(days))


@pytest.mark.parametrize("backend", ["sqlite", "postgresql"])
@pytest.mark.parametrize("most_of_others", [first_load.MOST_OF_OTHERS, 1])
def test_counters_of_others_are_added_to(
    fresh_engine: Callable[[str], Engine], monkeypatch: pytest.MonkeyPatch, backend: str, most_of_others: int
) -> None:
    monkeypatch.setattr(first_load, "MOST_OF_OTHERS", most_of_others)
    engine, load = fresh_engine(backend), FirstLoad()
    write(engine, "a", Batch(units=WORLD.units, procedures=WORLD.procedures))
    write(engine, "b", dossiers("b", range(2)))  # before it begins
    write(engine, "a", dossiers("a", range(3)), load)
    write(engine, "b", dossiers("b", range(2, 6)))  # while it goes on
    write(engine, "a", dossiers("a", range(1, 7)), load)
    assert received_online(engine) == [2, 2, 2, 2, 2, 2, 1]


def test_what_was_rolled_back_is_not_taken_for_stored(
    fresh_engine: Callable[[str], Engine], monkeypatch: pytest.MonkeyPatch
) -> None:
    engine, load = fresh_engine("sqlite"), FirstLoad()
    write(engine, "a", Batch(units=WORLD.units, procedures=WORLD.procedures))
    write(engine, "a", dossiers("a", range(2)), load)
    with monkeypatch.context() as cut:
        cut.setattr(writes, "_count", _cut_off)
        with pytest.raises(ConnectionError):
            write(engine, "a", dossiers("a", range(2, 4)), load)
    write(engine, "b", dossiers("b", range(2, 5)))
    write(engine, "a", dossiers("a", range(2, 6)), load)
    assert received_online(engine) == [1, 1, 2, 2, 2, 1]


def _cut_off(*_of_run: object) -> None:
    raise ConnectionError


def test_only_what_is_surely_not_there_is_new(fresh_engine: Callable[[str], Engine]) -> None:
    engine, load = fresh_engine("sqlite"), FirstLoad()
    keys = pl.DataFrame({"unit_code": ["a", "b"], "procedure_code": ["1", "1"], "day": [7, 7]})
    with writing(engine) as connection:
        assert load.are_new(connection, tables.dossier_days, keys[:1], 1).to_list() == [True]
    load.committed()
    with writing(engine) as connection:
        assert load.are_new(connection, tables.dossier_days, keys, 2).to_list() == [False, True]


@pytest.mark.parametrize("backend", ["sqlite", "postgresql"])
def test_the_newest_state_stays_when_another_process_stores_a_record_first(
    fresh_engine: Callable[[str], Engine], backend: str
) -> None:
    engine, load = fresh_engine(backend), FirstLoad()
    write(engine, "a", Batch(units=WORLD.units, procedures=WORLD.procedures))
    write(engine, "a", dossiers("a", range(2)), load)
    [one, other] = dossiers("a", range(2, 4)).dossiers
    later = timedelta(hours=1)
    refused, forestalled = (replace(row, state=3, updated_at=row.updated_at + later) for row in (one, other))
    write(engine, "a", Batch(dossiers=[refused, other]))  # as a backfill does
    write(engine, "a", Batch(dossiers=[one, forestalled, *dossiers("a", range(4, 5)).dossiers]), load)
    states = sa.select(tables.dossiers.c.state).order_by(tables.dossiers.c.source_id)
    with reading(engine) as connection:
        assert list(connection.scalars(states)) == [2, 2, 3, 3, 2]
    assert [count for count in received_online(engine) if count] == [1, 1, 1]


def test_a_run_that_does_not_begin_with_an_empty_store_asks_for_every_record(
    fresh_engine: Callable[[str], Engine],
) -> None:
    engine = fresh_engine("sqlite")
    write(engine, "a", Batch(units=WORLD.units, procedures=WORLD.procedures))
    write(engine, "a", dossiers("a", range(2)))
    write(engine, "a", dossiers("a", range(4)), FirstLoad())
    assert received_online(engine) == [1, 1, 1, 1]
