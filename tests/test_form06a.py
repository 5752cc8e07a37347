"""Form II.06a: its columns are those of slow loops over the dossiers, and they add up to the last dossier."""

from collections import Counter
from collections.abc import Iterator
from datetime import date, timedelta
from random import Random

import polars as pl
import pytest
from sqlalchemy import Engine

from metrics import Counters, Period, broken_identities, figures, form06a
from store.engine import empty, open_engine
from store.reads import read_snapshot
from store.rows import Dossier
from tests.delivery import deliver
from tests.reference_dossiers import (
    accepted,
    completed_on,
    ended_otherwise_on,
    is_open,
    is_overdue,
    punctuality,
    received_on,
)
from tests.reference_facts import Hierarchy
from tests.stores import lay_tables
from tests.worlds import World, make_period, make_reformed_world, make_world

WORLDS = range(12)


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    engine = open_engine(f"sqlite:///{tmp_path_factory.mktemp('form06a')}/store.db")
    lay_tables(engine)
    yield engine
    engine.dispose()


def counted(store: Engine, seed: int, *, reformed: bool) -> tuple[World, Counters, Period]:
    """A random world, with or without reforms of its units, its counters and a period in it."""
    random = Random(seed)
    world = make_reformed_world(random, documents=1, polls=0) if reformed else make_world(random, polls=0)
    empty(store)
    deliver(store, world, random)
    return world, Counters(read_snapshot(store)), Period(*make_period(random, world))


def slow_counts(world: "World | _Only", unit: str, period: Period, procedures: set[str]) -> Counter[str]:
    """The columns of one row, dossier by dossier; what moved is left out."""
    hierarchy, found = Hierarchy(world.units), Counter[str]()
    asked = hierarchy.asked(unit, period.end)

    def within(dossier: Dossier, day: date | None) -> bool:
        return day is not None and asked in hierarchy.line(dossier.unit_code, day)

    def flow(dossier: Dossier, day: date | None) -> bool:
        return day is not None and period.start <= day <= period.end and within(dossier, day)

    for dossier in world.dossiers:
        if dossier.procedure_code not in procedures or not accepted(dossier):
            continue
        found["received_online"] += dossier.channel == "online" and flow(dossier, received_on(dossier))
        found["received_other"] += dossier.channel != "online" and flow(dossier, received_on(dossier))
        if flow(dossier, completed_on(dossier)):
            found[{"early": "early", "on time": "on_time", "late": "late"}[punctuality(dossier)]] += 1
        found["ended_otherwise"] += flow(dossier, ended_otherwise_on(dossier))
        found["open"] += is_open(dossier, period.end) and within(dossier, period.end)
        found["overdue"] += is_overdue(dossier, period.end) and within(dossier, period.end)
    return found


def ends_before_it_came(dossier: Dossier) -> bool:
    """A record that contradicts itself: it was never open, and counts on two days that are the wrong way round."""
    ended = completed_on(dossier) or ended_otherwise_on(dossier)
    return accepted(dossier) and ended is not None and ended < received_on(dossier)


@pytest.mark.parametrize("reformed", [False, True])
@pytest.mark.parametrize("seed", WORLDS)
def test_every_row_is_that_of_slow_loops_and_adds_up(store: Engine, seed: int, reformed: bool) -> None:
    world, counters, period = counted(store, seed, reformed=reformed)
    contradictions = [dossier for dossier in world.dossiers if ends_before_it_came(dossier)]
    procedures = {row.procedure_code for row in world.dossiers}
    for unit in counters.units_on(period.end)["code"]:
        form = form06a(counters, unit, period, by="procedure")
        broken = {said.split(":")[0]: said for said in broken_identities(form)}
        for row in form.iter_rows(named=True):
            of_row = {row["code"]} if row["code"] else procedures
            expected = slow_counts(world, unit, period, of_row)
            for column, count in expected.items():
                assert row[column] == count, (unit, row["code"], column)
            odd = _through_the_period(contradictions, world, unit, period, of_row)
            left = row["received_total"] - row["completed"] - row["open"] - row["ended_otherwise"]
            assert left == odd, (unit, row["code"])
            assert broken.get(row["code"], "").endswith("ended otherwise" if odd else "")


def _through_the_period(dossiers: list[Dossier], world: World, unit: str, period: Period, procedures: set[str]) -> int:
    """Receipts less endings in the period."""
    found = slow_counts(_Only(world, dossiers), unit, period, procedures)
    came = found["received_online"] + found["received_other"]
    return came - found["early"] - found["on_time"] - found["late"] - found["ended_otherwise"]


class _Only:
    """A world of some of its dossiers."""

    def __init__(self, world: World, dossiers: list[Dossier]) -> None:
        self.units, self.dossiers = world.units, dossiers


def test_where_no_unit_changes_nothing_moves_and_what_was_open_is_carried_over(store: Engine) -> None:
    compared = 0
    for seed in WORLDS:
        world, counters, period = counted(store, seed, reformed=False)
        hierarchy, before = Hierarchy(world.units), period.start - timedelta(days=1)
        ends = {row.valid_to + timedelta(days=1) for row in world.units if row.valid_to}
        if any(before < day <= period.end for day in {row.valid_from for row in world.units} | ends):
            continue
        for unit in counters.units_on(period.end)["code"]:
            total = form06a(counters, unit, period).row(-1, named=True)
            asked = hierarchy.asked(unit, before)
            held = [d for d in world.dossiers if is_open(d, before) and asked in hierarchy.line(d.unit_code, before)]
            assert (total["carried_over"], total["moved"]) == (len(held), 0)
            compared += len(held)
    assert compared


@pytest.mark.parametrize("seed", WORLDS)
def test_fields_and_procedures_add_up_to_the_indicators_of_the_unit(store: Engine, seed: int) -> None:
    _, counters, period = counted(store, seed, reformed=True)
    keys = {"received": "received", "open": "open", "overdue": "overdue"}
    shown = figures(counters, period, list(keys)).select("unit", "indicator", "numerator")
    for unit in counters.units_on(period.end)["code"]:
        by_field, by_procedure = form06a(counters, unit, period), form06a(counters, unit, period, by="procedure")
        assert by_field.row(-1)[2:] == by_procedure.row(-1)[2:]
        own = dict(shown.filter(pl.col("unit") == unit).select("indicator", "numerator").iter_rows())
        total = by_field.row(-1, named=True)
        received = total["received_online"] + total["received_other"]
        assert (received, total["open"], total["overdue"]) == (own["received"], own["open"], own["overdue"])


def test_a_sum_that_does_not_hold_is_named() -> None:
    columns = dict.fromkeys(
        ("received_total", "received_online", "received_other", "carried_over", "completed", "early", "on_time", "late",
         "open", "open_in_time", "overdue", "ended_otherwise", "moved"),
        0,
    )  # fmt: skip
    right = {"code": "DD", "name": "", **columns, "received_total": 3, "received_online": 3, "completed": 3, "late": 3}
    wrong = right | {"code": "HT", "received_total": 4, "open": 1}
    assert broken_identities(pl.DataFrame([right])) == []
    assert broken_identities(pl.DataFrame([right, wrong])) == ["HT: (3) = (4) + (5) + (6)", "HT: (11) = (12) + (13)"]
