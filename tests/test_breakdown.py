"""A figure taken apart by procedure or field: each part is the reference's, and the parts add up to the whole."""

from collections.abc import Callable, Iterator
from functools import cache
from random import Random
from typing import Literal

import pytest
from sqlalchemy import Engine

from metrics import Counters, Period, breakdown, catalogue, figures
from store.engine import empty, open_engine
from store.reads import Snapshot, read_snapshot
from tests.delivery import deliver
from tests.often import first
from tests.reference import figures as reference_figures
from tests.reference_facts import Hierarchy
from tests.stores import lay_tables
from tests.worlds import World, make_period, make_world

WORLDS = first(2, range(12))
# No sum over the dossiers of one procedure: they count procedures, units, or working days by pairs of days.
NOT_BY_PROCEDURE = {
    "procedures_online_rate", "procedures_level4_rate", "procedures_level3_rate", "procedures_level2_rate",
    "services_used_rate", "national_portal_rate", "units_signing_rate", "refused_rate", "processing_days",
    "electronic_document_rate", "signed_document_rate", "signed_and_exchanged_rate", "incoming_on_time_rate",
    "incoming_overdue", "meetings_held", "meeting_hours", "participation_rate", "meeting_hours_change",
    "conference_coverage_rate", "district_coverage_rate", "bridge_points",
} | {key for key, indicator in catalogue().items() if indicator.returned}  # fmt: skip
BY_PROCEDURE = sorted(set(catalogue()) - NOT_BY_PROCEDURE)


Counted = Callable[[int], tuple[World, Counters, Period]]


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    engine = open_engine(f"sqlite:///{tmp_path_factory.mktemp('breakdown')}/store.db")
    lay_tables(engine)
    yield engine
    engine.dispose()


def delivered(store: Engine, seed: int) -> tuple[World, Snapshot, Period]:
    random = Random(seed)
    world = make_world(random, polls=0)
    empty(store)
    deliver(store, world, random)
    return world, read_snapshot(store), Period(*make_period(random, world))


@pytest.fixture(scope="module")
def counted(store: Engine) -> Counted:
    """Gives the random world of a seed, its counters and a period in it; each is counted once."""

    @cache
    def count(seed: int) -> tuple[World, Counters, Period]:
        world, snapshot, period = delivered(store, seed)
        return world, Counters(snapshot), period

    return count


@pytest.mark.parametrize("seed", WORLDS)
@pytest.mark.parametrize("scope", ["subtree", "own"])
def test_each_procedure_has_the_figure_of_its_own_dossiers(counted: Counted, seed: int, scope: str) -> None:
    world, counters, period = counted(seed)
    hierarchy = Hierarchy(world.units)
    for unit in world.codes:
        expected: dict[str, dict[str, tuple[float, float | None]]] = {key: {} for key in BY_PROCEDURE}
        for procedure in {row.procedure_code for row in world.dossiers}:
            # A world of one procedure: postal rates have procedures as their base.
            part = _Part(world, procedure)
            found = reference_figures(part, hierarchy, period.start, period.end, unit, scope)
            for key in BY_PROCEDURE:
                top, bottom, _ = found[key]
                if top or bottom:
                    expected[key][procedure] = (float(top), bottom)
        for key in BY_PROCEDURE:
            frame = breakdown(counters, key, unit, period, scope=scope)
            shown = {row["code"]: (row["numerator"], row["denominator"]) for row in frame.iter_rows(named=True)}
            assert shown == expected[key], (key, unit)


class _Part:
    """A world without the dossiers of other procedures."""

    def __init__(self, world: World, procedure: str) -> None:
        self.units, self.procedures = world.units, world.procedures
        self.dossiers = [row for row in world.dossiers if row.procedure_code == procedure]
        self.documents, self.meetings, self.bridge_points, self.returns = [], [], [], []
        self.holidays, self.made_up = world.holidays, world.made_up


@pytest.mark.parametrize("seed", WORLDS)
def test_the_parts_by_procedure_and_by_field_add_up_to_the_unit(counted: Counted, seed: int) -> None:
    world, counters, period = counted(seed)
    for unit in world.codes:
        whole = figures(counters, period, BY_PROCEDURE, units=[unit])
        for row in whole.iter_rows(named=True):
            for by in ("procedure", "field"):
                parts = breakdown(counters, row["indicator"], unit, period, by)
                assert parts["numerator"].sum() == row["numerator"], (row, by)
                assert (parts["denominator"].sum() or 0) == (row["denominator"] or 0), (row, by)


@pytest.mark.parametrize("key", sorted(NOT_BY_PROCEDURE))
def test_what_is_no_sum_over_dossiers_of_a_procedure_has_no_parts(counted: Counted, key: str) -> None:
    world, counters, _ = counted(0)
    assert breakdown(counters, key, "H28", Period(world.first_day, world.last_day)).is_empty()


def test_an_unknown_unit_is_named(counted: Counted) -> None:
    _, counters, period = counted(0)
    with pytest.raises(ValueError, match="unknown unit 'H99'"):
        breakdown(counters, "received", "H99", period)


@pytest.mark.parametrize("seed", WORLDS)
@pytest.mark.parametrize("by", ["procedure", "field"])
def test_supposed_is_taken_apart_like_counted(store: Engine, seed: int, by: Literal["procedure", "field"]) -> None:
    world, snapshot, period = delivered(store, seed)
    counters = Counters(snapshot)
    days = snapshot.dossier_days
    # Every other cell, the earliest day's among them, comes after all the others.
    first = Counters(snapshot._replace(dossier_days=days.gather_every(2, 1)))
    together = first.supposing(snapshot.nothing_changed()._replace(dossier_days=days.gather_every(2)))
    for unit in world.codes:
        for key in ("on_time_rate", "received", "overdue"):
            whole = breakdown(counters, key, unit, period, by)
            assert breakdown(together, key, unit, period, by).equals(whole), (key, unit)
