"""Children add up to their parents, as Explore takes figures apart: by unit, field and procedure, in random worlds."""

from collections.abc import Iterator
from dataclasses import replace
from random import Random

import pytest
from sqlalchemy import Engine

from metrics import Counters, Period, catalogue, codes_of, dossiers_by_day
from pages._units import Units
from pages.analysts._asked import Asked, Figure
from pages.analysts._parts import complete, sum_of
from pages.analysts._place import Part, Place, adds_up, denominators_add_up, figure_at, parts_by, unit_parts
from store.dossier_reads import completed_dossiers, open_dossiers, received_dossiers
from store.engine import empty, open_engine
from store.reads import read_snapshot
from tests.delivery import deliver
from tests.stores import lay_tables
from tests.test_breakdown import BY_PROCEDURE
from tests.worlds import World, make_period, make_reformed_world, make_world

WORLDS = range(6)
ADDITIVE = [
    indicator
    for key, indicator in catalogue().items()
    if adds_up(indicator) and not indicator.returned and key not in ("refused_rate", "meeting_hours_change")
]
# Their denominator counts the procedures of each unit anew.
OWN_DENOMINATOR = {"postal_receipt_rate", "postal_return_rate"}


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    engine = open_engine(f"sqlite:///{tmp_path_factory.mktemp('parts')}/store.db")
    lay_tables(engine)
    yield engine
    engine.dispose()


def drawn(store: Engine, seed: int) -> tuple[World, Counters, Period]:
    """A random world, every second one reformed, its counters and a period in it."""
    random = Random(seed)
    world = make_reformed_world(random) if seed % 2 else make_world(random, polls=2)
    empty(store)
    deliver(store, world, random)
    return world, Counters(read_snapshot(store)), Period(*make_period(random, world))


def written(figure: Figure, key: str = "") -> tuple[float, float | None]:
    """Numerator and denominator to the millionth, as hours are no whole numbers."""
    under = None if figure.denominator is None or key in OWN_DENOMINATOR else round(figure.denominator, 6)
    return round(figure.numerator, 6), under


def children(asked: Asked, units: Units, place: Place, period: Period) -> list[Figure]:
    """The figures of the units under a place, and of the unit itself."""
    below = [(unit.code, unit.name) for unit in units.children(place.unit)]
    own = figure_at(asked, replace(place, own=True), period)
    return [own, *(part.figure for part in unit_parts(asked, place, below, period))]


@pytest.mark.parametrize("seed", [seed for seed in WORLDS if seed % 2])
def test_after_a_reform_the_units_of_today_and_a_unit_itself_add_up_to_the_unit_above(store: Engine, seed: int) -> None:
    world, counters, period = drawn(store, seed)
    units = Units(counters, world.last_day)
    for indicator in ADDITIVE:
        asked = Asked(counters=counters, indicator=indicator, today=world.last_day)
        for code in units.by_code:
            whole = figure_at(asked, Place(code), period)
            rows = [Part("", "", figure) for figure in children(asked, units, Place(code), period)]
            assert written(sum_of(rows, indicator), indicator.key) == written(whole, indicator.key), code


@pytest.mark.parametrize("seed", WORLDS)
def test_what_units_of_the_period_lack_is_of_units_that_are_no_more(store: Engine, seed: int) -> None:
    _world, counters, period = drawn(store, seed)
    day = Period(period.end, period.end)
    units = Units(counters, period.end)
    for indicator in ADDITIVE:
        asked = Asked(counters=counters, indicator=indicator)
        for code in units.by_code:
            whole = figure_at(asked, Place(code), day)
            below = [(unit.code, unit.name) for unit in units.children(code)]
            itself = replace(unit_parts(asked, Place(code, own=True), [(code, "")], day)[0], code="")
            rows = complete([itself, *unit_parts(asked, Place(code), below, day)], whole, indicator)
            known = {unit.code for unit in units.by_code.values()}
            lasting = set(codes_of(counters, code, day)[0].codes) <= known
            assert len(rows) == len(below) + 1 or not lasting, (indicator.key, code)
            assert written(sum_of(rows, indicator), indicator.key) == written(whole, indicator.key)


@pytest.mark.parametrize("seed", WORLDS)
def test_fields_and_procedures_add_up_and_units_within_them_too(store: Engine, seed: int) -> None:
    _world, counters, period = drawn(store, seed)
    units = Units(counters, period.end)
    single = Period(period.end, period.end)
    for key in BY_PROCEDURE:
        indicator = catalogue()[key]
        asked = Asked(counters=counters, indicator=indicator)
        for unit in Random(key).sample(sorted(units.by_code), k=min(2, len(units.by_code))):
            for place in (Place(unit), Place(unit, own=True)):
                whole = written(figure_at(asked, place, period))
                for by in ("field", "procedure"):
                    parts = parts_by(counters, place, indicator, period, by)
                    assert written(sum_of(parts, indicator)) == whole, (key, place, by)
                    for part in (part for part in parts if part.place):
                        at = part.place or place
                        assert written(figure_at(asked, at, period)) == written(part.figure), (key, part)
                for field in parts_by(counters, place, indicator, period, "field"):
                    if field.place is None:
                        continue
                    inside = parts_by(counters, field.place, indicator, period, "procedure")
                    assert written(sum_of(inside, indicator)) == written(field.figure), (key, field)
        root = max(units.roots(), key=lambda one: len(units.subtree(one.code))).code
        for field in parts_by(counters, Place(root), indicator, single, "field"):
            if field.place is None:
                continue
            rows = children(asked, units, field.place, single)
            if set(codes_of(counters, root, single)[0].codes) <= set(units.by_code) and key not in OWN_DENOMINATOR:
                assert round(sum(row.numerator for row in rows), 6) == round(field.figure.numerator, 6), (key, field)


@pytest.mark.parametrize("seed", WORLDS)
def test_lists_hold_what_the_figures_count(store: Engine, seed: int) -> None:
    world, counters, period = drawn(store, seed)
    stored = {row.source_id: row for row in world.dossiers}
    for unit in Units(counters, period.end).by_code:
        spans = codes_of(counters, unit, period)
        asked = [(codes, part.start, part.end) for codes, part in spans]
        end = codes_of(counters, unit, Period(period.end, period.end))[0].codes
        lists = {
            "received": received_dossiers(store, asked),
            "on_time_rate": completed_dossiers(store, asked),
            "open": open_dossiers(store, end, period.end),
            "overdue": open_dossiers(store, end, period.end, overdue=True),
        }
        for key, rows in lists.items():
            figure = figure_at(Asked(counters=counters, indicator=catalogue()[key]), Place(unit), period)
            counted = figure.numerator if figure.denominator is None else figure.denominator
            assert rows.height == counted, (key, unit)
            assert rows["source_id"].n_unique() == rows.height
            assert set(rows["source_id"]) <= set(stored)
        by_day = dossiers_by_day(counters, spans, ["received"])
        assert by_day["dossiers"].sum() == lists["received"].height
        pages = [received_dossiers(store, asked, None, skip, 3) for skip in range(0, lists["received"].height, 3)]
        assert [row for page in pages for row in page["source_id"]] == lists["received"]["source_id"].to_list()


def test_only_postal_rates_have_denominators_that_do_not_add_up() -> None:
    assert {indicator.key for indicator in ADDITIVE if not denominators_add_up(indicator)} == OWN_DENOMINATOR
