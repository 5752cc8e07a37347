"""Every indicator of every unit, computed from the counters, is exactly what plain loops over the rows give."""

from collections.abc import Iterator
from random import Random

import pytest
from sqlalchemy import Engine

from metrics import Counters, Period, figures, processing_spread
from store.engine import empty, open_engine
from store.reads import read_snapshot
from tests.delivery import deliver_catalogues, deliver_polls, deliver_registers, deliver_versions
from tests.reference import Scope, reference
from tests.reference import figures as reference_figures
from tests.reference_facts import Hierarchy
from tests.stores import lay_tables
from tests.worlds import World, make_period, make_world

WORLDS = 200
PERIODS = 3
# (unit code, indicator) to numerator, denominator, value
Figures = dict[tuple[str, str], tuple[float | None, float | None, float | None]]
SCOPES: tuple[Scope, Scope] = ("subtree", "own")
# Of two periods: not in the reference.
ELSEWHERE = {"meeting_hours_change"}


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    """One SQLite store for all worlds: each begins with `empty`."""
    engine = open_engine(f"sqlite:///{tmp_path_factory.mktemp('worlds')}/store.db")
    lay_tables(engine)
    yield engine
    engine.dispose()


def counted(engine: Engine, world: World, random: Random) -> Counters:
    """The counters after the whole world was delivered, half of it before they were first loaded."""
    empty(engine)
    half = random.randrange(len(world.versions) + 1)
    deliver_catalogues(engine, world)
    deliver_versions(engine, world.versions[:half], random)
    early = Counters(read_snapshot(engine))
    deliver_versions(engine, world.versions[half:], random)
    deliver_polls(engine, world)
    deliver_registers(engine, world)
    return early.updated(read_snapshot(engine, early.version))


def fast_figures(counters: Counters, period: Period, scope: Scope, codes: list[str]) -> Figures:
    """What `metrics` says per (unit, indicator); numerators and denominators are whole but for hours."""
    frame = figures(counters, period, scope=scope, units=codes)
    return {(unit, key): (top, bottom, value) for unit, key, top, bottom, value in frame.iter_rows()}


def slow_figures(world: World, hierarchy: Hierarchy, period: Period, scope: Scope, codes: list[str]) -> Figures:
    """What the reference says per (unit, indicator), in floats: of a fraction there is but one nearest float."""
    slow: Figures = {}
    for code in codes:
        expected = reference_figures(world, hierarchy, period.start, period.end, code, scope)
        for key, figure in expected.items():
            top, bottom, value = (None if number is None else float(number) for number in figure)
            slow[code, key] = (top, bottom, value)
    return slow


def differences(world: World, counters: Counters, period: Period, scope: Scope) -> list[str]:
    """Where the two ways disagree, in words; indicators only one of them knows are differences too."""
    fast = fast_figures(counters, period, scope, world.codes)
    slow = slow_figures(world, Hierarchy(world.units), period, scope, world.codes)
    spread = {"processing_days_median", "processing_days_p90"}
    keys = {key for key in fast.keys() | slow.keys() if key[1] not in ELSEWHERE | spread}
    return [
        f"{key} {scope} {period.start}..{period.end}: {fast.get(key)}, not {slow.get(key)}"
        for key in sorted(keys)
        if fast.get(key) != slow.get(key)
    ]


@pytest.mark.parametrize("block", range(0, WORLDS, 20))
def test_every_indicator_of_every_unit_matches_in_random_worlds(store: Engine, block: int) -> None:
    for seed in range(block, block + 20):
        random = Random(seed)
        world = make_world(random, polls=3)
        counters = counted(store, world, random)
        for _ in range(PERIODS):
            period = Period(*make_period(random, world))
            for scope in SCOPES:
                assert differences(world, counters, period, scope) == [], f"seed {seed}"


def test_units_listed_are_those_in_force_on_the_last_day(store: Engine) -> None:
    for seed in range(10):
        random = Random(seed)
        world = make_world(random, dossiers=1, documents=1, polls=0)
        counters = counted(store, world, random)
        period = Period(*make_period(random, world))
        listed = set(figures(counters, period, ["received"])["unit"])
        assert listed == {code for code, _, _ in Hierarchy(world.units).in_force(period.end)}


def test_median_and_ninetieth_percentile_of_working_days_match(store: Engine) -> None:
    for seed in range(10):
        random = Random(seed)
        world = make_world(random, polls=0)
        counters = counted(store, world, random)
        period = Period(world.first_day, world.last_day)
        for code in world.codes:
            spread = processing_spread(counters, code, period)
            expected = reference(world, period.start, period.end, code, "subtree")
            keys = ("processing_days", "processing_days_median", "processing_days_p90")
            values = [expected[key][2] for key in keys]
            assert list(spread) == [None if value is None else float(value) for value in values]
