"""Which return counts: by period, by unit, by source; and what is counted beside the figures."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from random import Random
from typing import Any

import pytest
from sqlalchemy import Engine

from metrics import Counters, Period, apart, figures, ranking
from store.engine import empty, writing
from store.reads import read_snapshot
from store.rows import Batch, Dossier, Return, Unit
from store.tables import returns
from tests.delivery import deliver, write
from tests.reference_dossiers import accepted, completed_on, ended_otherwise_on, is_open, local_day
from tests.worlds import make_period, make_world

BEGUN = date(2020, 1, 1)
UNITS = [
    Unit(code="H28", valid_from=BEGUN, kind="tinh", name="Tỉnh"),
    *(
        Unit(code=f"H28.{number}", valid_from=BEGUN, parent_code="H28", kind="huyen", name=f"{number}")
        for number in "123"
    ),
]
YEAR, JUNE = Period(date(2021, 1, 1), date(2021, 12, 31)), Period(date(2021, 6, 1), date(2021, 6, 30))
RATE, COUNT = "plan_coverage_rate", "certificates"


@pytest.fixture
def store(fresh_engine: Callable[[str], Engine]) -> Engine:
    engine = fresh_engine("sqlite")
    write(engine, "motcua", Batch(units=UNITS))
    return engine


def returned(unit: str, period: Period, key: str = RATE, **given: float) -> Return:
    return Return(unit_code=unit, indicator=key, period_from=period.start, period_to=period.end, **given)


def put(engine: Engine, *rows: Return) -> Counters:
    write(engine, "baocao", Batch(returns=list(rows)))
    return Counters(read_snapshot(engine))


def shown(counters: Counters, period: Period, unit: str, key: str = RATE, scope: Any = "subtree") -> tuple[Any, ...]:
    return figures(counters, period, [key], scope, [unit]).row(0)[2:]


def test_of_the_returns_that_overlap_the_one_begun_last_counts_and_of_two_the_shorter(store: Engine) -> None:
    first_half = Period(YEAR.start, JUNE.end)
    counters = put(
        store,
        returned("H28", YEAR, value=0.1),
        returned("H28", first_half, value=0.2),
        returned("H28", JUNE, value=0.3),
    )
    assert shown(counters, Period(date(2021, 5, 1), date(2021, 5, 31)), "H28") == (None, None, 0.2)
    assert shown(counters, JUNE, "H28") == (None, None, 0.3)
    assert shown(counters, YEAR, "H28") == (None, None, 0.3)
    assert shown(counters, Period(date(2021, 8, 1), date(2021, 8, 9)), "H28") == (None, None, 0.1)
    assert shown(counters, Period(date(2022, 1, 1), date(2022, 1, 9)), "H28") == (None, None, None)


def test_a_return_is_the_units_own_and_nothing_is_added_up(store: Engine) -> None:
    counters = put(store, returned("H28.1", JUNE, numerator=4, denominator=5))
    for scope in ("own", "subtree"):
        assert shown(counters, JUNE, "H28.1", scope=scope) == (4, 5, 0.8)
        assert shown(counters, JUNE, "H28", scope=scope) == (None, None, None)


def test_a_count_is_shown_as_it_was_returned(store: Engine) -> None:
    counters = put(store, returned("H28.1", JUNE, COUNT, numerator=3000), returned("H28.2", JUNE, COUNT, value=80))
    assert shown(counters, JUNE, "H28.1", COUNT) == (3000, None, 3000)
    assert shown(counters, JUNE, "H28.2", COUNT) == (None, None, 80)


def test_a_rate_of_nothing_is_null(store: Engine) -> None:
    counters = put(store, returned("H28", JUNE, numerator=0, denominator=0))
    assert shown(counters, JUNE, "H28") == (0, 0, None)


def test_of_two_sources_the_one_stored_last_counts(store: Engine) -> None:
    counters = put(store, returned("H28", JUNE, value=0.5))
    row = {"indicator": RATE, "unit_code": "H28", "period_from": JUNE.start, "period_to": JUNE.end, "note": ""}
    with writing(store) as connection:
        for source, day, value in (("a", 30, 0.7), ("z", 1, 0.9)):
            at = datetime(2030, 6, day, tzinfo=UTC)
            connection.execute(returns.insert().values(**row, source=source, stored_at=at, value=value))
    assert shown(counters, JUNE, "H28") == (None, None, 0.5)
    assert shown(Counters(read_snapshot(store)), JUNE, "H28") == (None, None, 0.7)


def test_a_return_belongs_to_the_unit_that_its_code_meant_then(store: Engine) -> None:
    old = Unit(code="H28.9", valid_from=BEGUN, valid_to=JUNE.end, kind="xa", name="Old")
    new = Unit(code="H28.9", valid_from=date(2021, 7, 1), kind="xa", name="New")
    write(store, "motcua", Batch(units=[old, new]))
    counters = put(store, returned("H28.9", JUNE, value=0.4), returned("H28.9", YEAR, value=0.9))
    assert shown(counters, JUNE, "H28.9") == (None, None, 0.4)
    assert shown(counters, YEAR, "H28.9") == (None, None, 0.9)


def test_only_returns_with_a_base_are_ranked(store: Engine) -> None:
    counters = put(
        store,
        returned("H28.1", JUNE, numerator=19, denominator=20),
        returned("H28.2", JUNE, value=1.0),
    )
    rows = ranking(counters, RATE, "huyen", JUNE).select("unit", "rank", "value", "reason").rows()
    assert rows == [
        ("H28.1", 1, 0.95, None),
        ("H28.2", None, 1.0, "too_few"),
        ("H28.3", None, None, "nothing_to_count"),
    ]


def test_counts_are_ranked_by_their_value(store: Engine) -> None:
    counters = put(store, returned("H28.1", JUNE, COUNT, value=80), returned("H28.2", JUNE, COUNT, numerator=90))
    rows = ranking(counters, COUNT, "huyen", JUNE).select("unit", "rank", "value").rows()
    assert rows == [("H28.2", 1, 90), ("H28.1", 2, 80), ("H28.3", None, None)]


def ended_before_receipt(dossier: Dossier) -> bool:
    """A record that cannot be: its two days can lie in two periods, and then no arithmetic holds."""
    ended, received_on = completed_on(dossier) or ended_otherwise_on(dossier), local_day(dossier.received_at)
    return ended is not None and received_on is not None and ended < received_on


def test_what_stands_beside_the_figures_is_what_plain_loops_count(store: Engine) -> None:
    sound = 0
    for seed in range(16):
        random = Random(seed)
        world = make_world(random, dossiers=8, polls=0)
        empty(store)
        deliver(store, world, random)
        start, end = make_period(random, world)
        eve = start - timedelta(days=1)
        counters = Counters(read_snapshot(store))
        [row] = apart(counters, Period(start, end), units=["H28"]).rows(named=True)
        dossiers = {d.source_id: d for d in world.dossiers}.values()
        done = [d for d in dossiers if (day := completed_on(d)) and start <= day <= end]
        assert row == {
            "unit": "H28",
            "carried_over": sum(is_open(d, eve) for d in dossiers),
            "received": sum(accepted(d) and start <= (local_day(d.received_at) or eve) <= end for d in dossiers),
            "completed": len(done),
            "ended_otherwise": sum(start <= (ended_otherwise_on(d) or eve) <= end for d in dossiers),
            "open": sum(is_open(d, end) for d in dossiers),
            "without_due": sum(d.due_at is None for d in done),
            "awaiting": sum(is_open(d, end) and d.state in (5, 6) for d in dossiers),
            "signing_unknown": sum(
                d.direction == "out" and not d.classified and d.electronic and d.signed is None
                and start <= (d.issued_on or eve) <= end for d in world.documents
            ),
            "classified": sum(
                d.direction == "out" and d.classified and start <= (d.issued_on or eve) <= end for d in world.documents
            ),
        }  # fmt: skip
        if not any(ended_before_receipt(d) for d in dossiers):
            sound += 1
            assert row["carried_over"] + row["received"] == row["completed"] + row["ended_otherwise"] + row["open"]
    assert sound > 3
