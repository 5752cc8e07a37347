"""Every indicator that the folder metrics/ holds: on an empty store, and in what it tells people."""

from collections.abc import Callable
from datetime import date

import pytest
from sqlalchemy import Engine

from metrics import Counters, Period, catalogue, figures, ranking, trend
from store.reads import read_snapshot
from store.rows import Batch, Unit
from store.runs import begin_run
from store.writes import write_batch
from tests.test_store import NOON, PROCEDURES, UNITS, dossier, store

PERIOD = Period(date(2021, 1, 1), date(2021, 12, 10))


@pytest.fixture
def empty_store(fresh_engine: Callable[[str], Engine]) -> Engine:
    return fresh_engine("sqlite")


def test_an_empty_store_has_no_figures_and_raises_nothing(empty_store: Engine) -> None:
    counters = Counters(read_snapshot(empty_store))
    assert figures(counters, PERIOD).is_empty()
    assert ranking(counters, "online_dossier_rate", "huyen", PERIOD).is_empty()


@pytest.mark.parametrize("key", catalogue())
def test_of_a_unit_where_nothing_happened_counts_are_zero_and_rates_are_null(empty_store: Engine, key: str) -> None:
    unit = Unit(code="H28", valid_from=date(2020, 1, 1), kind="tinh", name="Tỉnh Hòa Bình")
    write_batch(empty_store, "motcua", Batch(units=[unit]), begin_run(empty_store, "motcua", NOON), None, NOON)
    counters = Counters(read_snapshot(empty_store))
    for scope in ("subtree", "own"):
        row = figures(counters, PERIOD, [key], scope).row(0, named=True)
        if catalogue()[key].returned:
            assert (row["numerator"], row["denominator"], row["value"]) == (None, None, None)
        elif catalogue()[key].denominator is None:
            assert (row["numerator"], row["denominator"], row["value"]) == (0, None, 0)
        else:
            assert (row["denominator"], row["value"]) == (0, None)
    assert ranking(counters, key, "tinh", PERIOD).height == 1
    assert trend(counters, key, "H28", [PERIOD.end], 28) in ([0.0], [None])


@pytest.mark.parametrize("key", catalogue())
def test_an_indicator_says_what_it_is_in_both_languages_and_by_whose_decision(key: str) -> None:
    indicator = catalogue()[key]
    texts = (indicator.name, indicator.name_vi, indicator.definition, indicator.definition_vi, indicator.source)
    assert all(text.strip() for text in texts)
    assert indicator.definition.endswith(".")
    assert indicator.definition_vi.endswith(".")


def test_a_period_before_the_first_dossier_is_not_covered(fresh_engine: Callable[[str], Engine]) -> None:
    engine = fresh_engine("sqlite")
    store(engine, units=UNITS, procedures=PROCEDURES)
    period = Period(date(2021, 6, 14), date(2021, 6, 20))
    assert not Counters(read_snapshot(engine)).cover(period)
    store(engine, dossiers=[dossier()])
    counters = Counters(read_snapshot(engine))
    assert counters.cover(period)
    assert not counters.cover(period.previous())
