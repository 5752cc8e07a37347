"""A fact that its source no longer has leaves the figures, stays as history, and comes back cleanly."""

from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta
from typing import Any

import msgspec
import polars as pl
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine

from store import tables
from store.engine import empty, reading, writing
from store.frames import read_frame
from store.reconciliation import forget_dossiers, forget_facts
from store.reconciliation_tables import deleted_facts
from store.rollups import rebuild
from store.rows import Batch, Document, Dossier, Procedure, Unit
from tests.delivery import write

NOON = datetime(2021, 12, 10, 5, tzinfo=UTC)
DAY = timedelta(days=1)
UNIT = Unit(code="H28.03", valid_from=date(2020, 1, 1), kind="so", name="Sở Tài chính")
PROCEDURE = Procedure(code="1.01", valid_from=date(2020, 1, 1), name="Kê khai giá", level=3, tier="tinh")
COUNTERS = (tables.dossier_days, tables.day_pairs, tables.document_days)


def dossier(number: int, state: int = 4, at: datetime = NOON) -> Dossier:
    return Dossier(
        source_id=f"d{number}",
        unit_code="H28.03",
        procedure_code="1.01",
        channel="online" if number % 2 else "counter",
        state=state,
        submitted_at=NOON - 3 * DAY,
        received_at=NOON - number * DAY,
        due_at=NOON + DAY,
        completed_at=at if state >= 9 else None,
        updated_at=at,
    )


def counted(engine: Engine) -> list[list[tuple[Any, ...]]]:
    """Every counter that is not zero, without its version."""
    found = []
    with reading(engine) as connection:
        for table in COUNTERS:
            frame = read_frame(connection, sa.select(*(column for column in table.c if column.name != "version")))
            measures = [column.name for column in table.c if not column.primary_key and column.name != "version"]
            found.append(sorted(frame.filter(pl.any_horizontal(pl.col(measures) != 0)).rows()))
    return found


def forget(engine: Engine, ids: Iterable[str], at: datetime = NOON) -> int:
    with writing(engine) as connection:
        return forget_dossiers(connection, "motcua", ids, at)


def load(engine: Engine, dossiers: list[Dossier]) -> None:
    write(engine, "motcua", Batch(units=[UNIT], procedures=[PROCEDURE], dossiers=dossiers))


def test_what_is_gone_counts_no_more_and_is_kept_as_it_was(engine: Engine) -> None:
    load(engine, [dossier(1), dossier(3)])
    without = counted(engine)
    load(engine, [dossier(2, state=10)])
    assert counted(engine) != without
    assert forget(engine, ["d2", "d2", "never there"], NOON + DAY) == 1
    assert counted(engine) == without
    assert rebuild(engine) == 0
    with reading(engine) as connection:
        assert set(connection.scalars(sa.select(tables.dossiers.c.source_id))) == {"d1", "d3"}
        [kept] = connection.execute(sa.select(deleted_facts)).all()
    assert (kept.kind, kept.source, kept.source_id, kept.unit_code) == ("dossiers", "motcua", "d2", "H28.03")
    assert kept.deleted_at == NOON + DAY
    fact = msgspec.json.decode(kept.fact)
    assert (fact["state"], fact["channel"], fact["completed_at"]) == (10, "counter", "2021-12-10T05:00:00Z")
    assert fact.keys() == set(tables.dossiers.c.keys())


def test_another_source_keeps_its_dossier_of_the_same_id(engine: Engine) -> None:
    load(engine, [dossier(1)])
    write(engine, "lienthong", Batch(dossiers=[dossier(1)]))
    assert forget(engine, ["d1"]) == 1
    with reading(engine) as connection:
        assert connection.scalars(sa.select(tables.dossiers.c.source)).all() == ["lienthong"]


def test_a_document_that_is_gone_is_no_longer_issued(engine: Engine) -> None:
    load(engine, [])
    row = Document(source_id="v1", unit_code="H28.03", direction="out", issued_on=date(2021, 12, 9), updated_at=NOON)
    write(engine, "motcua", Batch(documents=[row]))
    assert counted(engine)[2]
    with writing(engine) as connection:
        assert forget_facts(connection, "documents", "motcua", ["v1"], NOON) == 1
    assert counted(engine) == [[], [], []]


@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    steps=st.lists(
        st.tuples(st.sampled_from(["store", "forget"]), st.integers(0, 3), st.sampled_from([2, 4, 7, 10])), max_size=12
    )
)
def test_any_order_of_stored_and_forgotten_is_one_clean_load_of_what_is_left(
    engine: Engine, steps: list[tuple[str, int, int]]
) -> None:
    empty(engine)
    load(engine, [])
    held: dict[int, Dossier] = {}
    for minute, (act, number, state) in enumerate(steps):
        if act == "store":
            held[number] = dossier(number, state, NOON + timedelta(minutes=minute))
            load(engine, [held[number]])
        else:
            assert forget(engine, [f"d{number}"]) == (held.pop(number, None) is not None)
    after = counted(engine)
    assert rebuild(engine) == 0
    empty(engine)
    load(engine, list(held.values()))
    assert counted(engine) == after
