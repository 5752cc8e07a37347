"""Bridge points and returns in the store: what counts on which day, what goes, what waits, what is refused."""

from collections import Counter
from datetime import UTC, date, datetime, timedelta
from random import Random

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine

from errors import SourceChanged
from store import tables
from store.engine import empty, reading
from store.quarantine import held
from store.reads import data_version
from store.rollups import rebuild
from store.rows import Batch, BridgePoint, Rejected, Return, Unit
from store.runs import begin_run
from store.writes import write_batch

DAY = date(2021, 6, 1)
AT = datetime(2021, 6, 1, 5, tzinfo=UTC)
UNITS = [Unit(code=code, valid_from=date(2020, 1, 1), kind="xa", name=code) for code in ("A", "B")]
HORIZON = 40


def day(number: int) -> date:
    return DAY + timedelta(days=number)


def point(code: str, first: int, last: int | None, status: str = "active", unit: str = "A") -> BridgePoint:
    until = None if last is None else day(last)
    return BridgePoint(unit_code=unit, point_code=code, status=status, valid_from=day(first), valid_to=until)  # type: ignore[arg-type]


def poll(engine: Engine, batch: Batch, hours: int = 0, source: str = "diemcau", replayed: tuple[int, ...] = ()) -> int:
    """Store a batch; the number of records that changed anything."""
    at = AT + timedelta(hours=hours)
    return write_batch(engine, source, batch, begin_run(engine, source, at), None, at, replayed).accepted


def register(engine: Engine, *rows: BridgePoint, hours: int = 0, source: str = "diemcau") -> int:
    return poll(engine, Batch(bridge_points=list(rows)), hours, source)


def changes(engine: Engine) -> dict[tuple[str, int], int]:
    """The counters as (unit, days after DAY): change; those that are 0 say the same as none."""
    table = tables.point_days
    epoch = (DAY - date(1970, 1, 1)).days
    with reading(engine) as connection:
        rows = connection.execute(sa.select(table.c.unit_code, table.c.day, table.c.active_points_change)).all()
    return {(unit, number - epoch): change for unit, number, change in rows if change}


def stored_points(engine: Engine) -> set[tuple[str, str]]:
    with reading(engine) as connection:
        return {tuple(row) for row in connection.execute(sa.select(tables.bridge_points.c["source", "point_code"]))}


def known(engine: Engine) -> None:
    poll(engine, Batch(units=UNITS), source="motcua")


def test_point_counts_from_its_first_active_day_to_its_last(engine: Engine) -> None:
    known(engine)
    register(engine, point("DC1", 0, 9), point("DC2", 3, None), point("DC3", 4, 5, "broken", "B"))
    assert changes(engine) == {("A", 0): 1, ("A", 10): -1, ("A", 3): 1}


def test_of_overlapping_rows_the_one_begun_last_counts(engine: Engine) -> None:
    known(engine)
    register(engine, point("DC1", 0, 20), point("DC1", 5, 8, "broken"), point("DC1", 15, None, "active", "B"))
    # Active in A on days 0 to 4 and 9 to 14; from 15 on in B.
    assert changes(engine) == {("A", 0): 1, ("A", 5): -1, ("A", 9): 1, ("A", 15): -1, ("B", 15): 1}


def test_row_that_vanishes_from_the_register_is_gone_and_the_other_sources_stay(engine: Engine) -> None:
    known(engine)
    register(engine, point("DC1", 0, None), point("DC2", 0, None))
    register(engine, point("DC1", 0, None, "active", "B"), source="huyen")
    assert register(engine, point("DC1", 0, None), hours=1) == 1
    assert stored_points(engine) == {("diemcau", "DC1"), ("huyen", "DC1")}
    assert changes(engine) == {("A", 0): 1, ("B", 0): 1}


def test_empty_register_empties_and_no_register_changes_nothing(engine: Engine) -> None:
    known(engine)
    register(engine, point("DC1", 0, None))
    poll(engine, Batch())
    assert stored_points(engine) == {("diemcau", "DC1")}
    register(engine)
    assert (stored_points(engine), changes(engine)) == (set(), {})


def test_same_register_twice_changes_nothing(engine: Engine) -> None:
    known(engine)
    rows = (point("DC1", 0, None), point("DC2", 1, 4, "retired"))
    assert register(engine, *rows) == 2
    before = data_version(engine)
    assert register(engine, *rows, hours=1) == 0
    assert data_version(engine) == before


def test_point_of_an_unknown_unit_waits_for_the_catalogue(engine: Engine) -> None:
    register(engine, point("DC1", 0, None))
    assert [(one.kind, one.reason, one.form) for one in held(engine)] == [("bridge_points", "unknown_unit", "row")]
    assert stored_points(engine) == set()
    known(engine)
    assert (held(engine), stored_points(engine)) == ([], {("diemcau", "DC1")})
    assert changes(engine) == {("A", 0): 1}


def test_point_that_waits_adds_to_the_register_and_takes_nothing_away(engine: Engine) -> None:
    poll(engine, Batch(units=UNITS[:1]), source="motcua")
    register(engine, point("DC1", 0, None), point("DC2", 0, None, "active", "B"))
    known(engine)
    assert stored_points(engine) == {("diemcau", "DC1"), ("diemcau", "DC2")}


def test_held_row_that_has_left_the_register_is_forgotten(engine: Engine) -> None:
    bad = Rejected(kind="bridge_points", source_id="DC9", reason="bad_date", detail="valid_from is no day")
    poll(engine, Batch(bridge_points=[point("DC1", 0, None)], rejected=[bad]))
    assert {one.reason for one in held(engine)} == {"unknown_unit", "bad_date"}
    register(engine)
    assert held(engine) == []


def test_replayed_row_is_added_to_the_register(engine: Engine) -> None:
    known(engine)
    register(engine, point("DC1", 0, None), point("DC2", 0, None, "active", "Z"))
    [waiting] = held(engine)
    again = Batch(bridge_points=[point("DC2", 0, None, "active", "B")])
    assert poll(engine, again, 1, "diemcau", (waiting.id,)) == 1
    assert (held(engine), len(stored_points(engine))) == ([], 2)


ROWS = st.builds(
    lambda code, first, length, status, unit: point(code, first, None if length < 0 else first + length, status, unit),
    st.sampled_from(["P", "Q"]),
    st.integers(0, 20),
    st.integers(-1, 15),
    st.sampled_from(["active", "active", "broken"]),
    st.sampled_from(["A", "B"]),
)
REGISTERS = st.lists(st.lists(ROWS, max_size=6, unique_by=lambda row: row.source_id), min_size=1, max_size=4)


def slowly(rows: list[BridgePoint]) -> Counter[tuple[str, int]]:
    """Active points by unit and day, day by day."""
    counted: Counter[tuple[str, int]] = Counter()
    for number in range(HORIZON):
        for code in {row.point_code for row in rows}:
            there = [
                row
                for row in rows
                if row.point_code == code
                and row.valid_from <= day(number)
                and (not row.valid_to or row.valid_to >= day(number))
            ]
            if there and (counts := max(there, key=lambda row: row.valid_from)).status == "active":
                counted[counts.unit_code, number] += 1
    return counted


@settings(
    max_examples=40,
    deadline=None,
    derandomize=True,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(registers=REGISTERS, seed=st.integers(0, 1000))
def test_counters_are_those_of_the_last_register_whatever_came_before(
    engine: Engine, registers: list[list[BridgePoint]], seed: int
) -> None:
    empty(engine)
    known(engine)
    for hours, rows in enumerate(registers):
        register(engine, *Random(seed).sample(rows, len(rows)), hours=hours)
    running = changes(engine)
    counted = Counter(
        {
            (unit, number): sum(change for (of, at), change in running.items() if of == unit and at <= number)
            for unit in ("A", "B")
            for number in range(HORIZON)
        }
    )
    assert +counted == slowly(registers[-1])
    assert rebuild(engine) == 0


def returned(numerator: float, unit: str = "A") -> Return:
    return Return(
        unit_code=unit,
        indicator="lan_rate",
        period_from=date(2021, 1, 1),
        period_to=date(2021, 12, 31),
        numerator=numerator,
        denominator=10.0,
    )


def numerators(engine: Engine) -> list[tuple[str, float, datetime]]:
    table = tables.returns
    with reading(engine) as connection:
        rows = connection.execute(sa.select(table.c["source", "numerator", "stored_at"]).order_by(table.c.source))
        return [tuple(row) for row in rows]  # type: ignore[misc]


def test_corrected_return_replaces_the_earlier_one_and_an_equal_one_keeps_its_time(engine: Engine) -> None:
    known(engine)
    assert poll(engine, Batch(returns=[returned(4)]), 0) == 1
    before = data_version(engine)
    assert poll(engine, Batch(returns=[returned(4)]), 1) == 0
    assert (numerators(engine), data_version(engine)) == ([("diemcau", 4.0, AT)], before)
    assert poll(engine, Batch(returns=[returned(5)]), 2) == 1
    assert numerators(engine) == [("diemcau", 5.0, AT + timedelta(hours=2))]
    assert data_version(engine) > before


def test_each_source_keeps_its_own_returns(engine: Engine) -> None:
    known(engine)
    poll(engine, Batch(returns=[returned(4)]), 0, "a")
    poll(engine, Batch(returns=[returned(6)]), 0, "b")
    assert [(source, numerator) for source, numerator, _ in numerators(engine)] == [("a", 4.0), ("b", 6.0)]


def test_returns_with_one_unknown_unit_are_refused_all_together(engine: Engine) -> None:
    known(engine)
    with pytest.raises(SourceChanged, match="lan_rate of unit 'Z'"):
        poll(engine, Batch(returns=[returned(4), returned(5, "Z")]))
    assert numerators(engine) == []
