"""What was asked before an update of the counters is answered as if nothing had been asked."""

from collections.abc import Iterator
from datetime import date, timedelta
from random import Random

import numpy as np
import pytest
from polars.testing import assert_frame_equal
from sqlalchemy import Engine

from metrics import Counters, Period, catalogue, figure, figures, ranking, weekly_of_units
from metrics._figures import Scope
from metrics._period import day_number
from metrics._standing import Units
from store.engine import empty, open_engine
from store.reads import read_snapshot
from store.rows import Document, Dossier
from tests.delivery import deliver, deliver_catalogues, deliver_polls, deliver_registers, deliver_versions
from tests.often import first
from tests.stores import lay_tables
from tests.worlds import World, make_reformed_world, make_world

KEYS = [
    "received", "on_time_rate", "overdue", "processing_days", "services_used_rate", "signed_document_rate",
    "participation_rate", "bridge_points", "computers_rate",
]  # fmt: skip
WEEKLY = ("received", "overdue", "on_time_rate")
WAYS: tuple[tuple[Scope, Units], ...] = (("subtree", "period"), ("own", "period"), ("subtree", "today"))


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    engine = open_engine(f"sqlite:///{tmp_path_factory.mktemp('asked')}/store.db")
    lay_tables(engine)
    yield engine
    engine.dispose()


def periods(world: World) -> list[Period]:
    """Three fortnights, and the whole."""
    weeks = [Period.ending(world.first_day + timedelta(days=day), 14) for day in (20, 60, 100)]
    return [*weeks, Period(world.first_day, world.last_day)]


def asked(counters: Counters, world: World) -> list[object]:
    over = world.last_day - timedelta(days=1)
    weeks: list[object] = [weekly_of_units(counters, key, day) for key in WEEKLY for day in (over, world.last_day)]
    ranks = [ranking(counters, "on_time_rate", "xa", period, 1).to_dicts() for period in periods(world)]
    covered = [counters.cover(period) for period in periods(world)]
    return (
        weeks
        + ranks
        + covered
        + [
            figures(counters, period, KEYS, scope=scope, units_as=units, today=world.last_day).to_dicts()
            for period in periods(world)
            for scope, units in WAYS
        ]
    )


@pytest.mark.parametrize("seed", first(2, range(6)))
def test_updated_counters_answer_like_new_ones(store: Engine, seed: int) -> None:
    random = Random(seed)
    world = (make_reformed_world if seed % 3 == 0 else make_world)(random)
    empty(store)
    deliver_catalogues(store, world)
    counters = Counters(read_snapshot(store))
    third = len(world.versions) // 3
    steps = [
        lambda: deliver_versions(store, world.versions[:third], random),
        lambda: deliver_polls(store, world),
        lambda: deliver_versions(store, world.versions[third : 2 * third], random),
        lambda: deliver_registers(store, world),
        lambda: deliver_versions(store, world.versions[2 * third :], random),
    ]
    for step in steps:
        asked(counters, world)
        step()
        counters = counters.updated(read_snapshot(store, counters.version))
    assert asked(counters, world) == asked(Counters(read_snapshot(store)), world)


@pytest.mark.parametrize("seed", first(2, range(6)))
def test_counting_from_the_first_changed_day_on_counts_what_counting_anew_does(store: Engine, seed: int) -> None:
    random = Random(seed)
    world = (make_reformed_world if seed % 3 == 0 else make_world)(random)
    empty(store)
    deliver_catalogues(store, world)
    counters = Counters(read_snapshot(store))
    in_time = sorted(world.versions, key=lambda version: version.updated_at)
    tenth = len(in_time) // 10 + 1
    for start in range(0, len(in_time), tenth):
        deliver_versions(store, in_time[start : start + tenth], random)
        later = counters.updated(read_snapshot(store, counters.version))
        assert later.hierarchy is counters.hierarchy
        counters = later
        anew = Counters(read_snapshot(store))
        assert_frame_equal(counters.cells.rows(), anew.cells.rows())
        assert_frame_equal(counters.pairs.rows(), anew.pairs.rows())
        assert all(
            np.array_equal(counters.sums.until(measure, day), anew.sums.until(measure, day))
            for measure in anew.sums.measures
            for day in range(day_number(world.first_day) - 60, day_number(world.last_day) + 60)
        )


def test_past_is_not_asked_again_and_what_changed_is(store: Engine) -> None:
    random = Random(1)
    world = make_world(random)
    empty(store)
    deliver_catalogues(store, world)
    half = len(world.versions) // 2
    deliver_versions(store, world.versions[:half], random)
    counters = Counters(read_snapshot(store))
    early, whole = Period.ending(world.first_day - timedelta(days=400), 7), Period(world.first_day, world.last_day)
    before = [figures(counters, period, KEYS) for period in (early, whole)]
    deliver_versions(store, world.versions[half:], random)
    later = counters.updated(read_snapshot(store, counters.version))
    assert later.version > counters.version
    assert figures(later, early, KEYS) is before[0]
    assert figures(later, whole, KEYS) is not before[1]


def test_what_other_records_count_is_not_asked_again(store: Engine) -> None:
    random = Random(3)
    world = make_world(random)
    empty(store)
    deliver_catalogues(store, world)
    counters = Counters(read_snapshot(store))
    whole = Period(world.first_day, world.last_day)
    of_dossiers, of_documents, of_both = ["received", "services_used_rate"], ["signed_document_rate"], KEYS

    def answers(of: Counters) -> list[object]:
        found: list[object] = [figures(of, whole, keys) for keys in (of_dossiers, of_documents, of_both)]
        # Found by way of other answers, and of no counts at all but the store's.
        found.append(of.remembered("nested", whole.end, lambda: [figures(of, whole, of_dossiers)]))
        return [*found, of.remembered("the store", whole.end, object), of.remembered("any change", date.max, object)]

    documents = [version for version in world.versions if isinstance(version, Document)]
    dossiers = [version for version in world.versions if isinstance(version, Dossier)]
    before = answers(counters)
    deliver_versions(store, documents, random)
    counters = counters.updated(read_snapshot(store, counters.version))
    after = answers(counters)
    assert [one is former for one, former in zip(after, before, strict=True)] == [
        True,
        False,
        False,
        True,
        False,
        False,
    ]
    deliver_versions(store, dossiers, random)
    last = answers(counters.updated(read_snapshot(store, counters.version)))
    assert [one is former for one, former in zip(last, after, strict=True)] == [False, True, False, False, False, False]


def test_one_figure_is_the_row_of_figures(store: Engine) -> None:
    random = Random(2)
    world = make_world(random)
    empty(store)
    deliver(store, world, random)
    counters = Counters(read_snapshot(store))
    for key in catalogue():
        for period in periods(world):
            rows = figures(counters, period, [key])
            told = rows.select("numerator", "denominator", "value").rows()
            assert [figure(counters, period, key, unit) for unit in rows["unit"]] == told, key
