"""Rankings against slow ones in fractions: competition ranks, ties, who is not ranked, intervals, rank ranges."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from fractions import Fraction
from random import Random

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from scipy.stats import binomtest
from sqlalchemy import Engine

from metrics import Counters, Period, ranking
from metrics._interval import wilson
from store.engine import empty, open_engine
from store.reads import read_snapshot
from store.rows import PROCESSED, RECEIVED, Batch, Dossier, Procedure, Unit
from tests.delivery import write
from tests.stores import lay_tables

DAY = date(2021, 12, 1)
TODAY = Period(DAY, DAY)
LOWER_IS_BETTER = "overdue_rate"
AT = datetime(2021, 12, 1, 3, tzinfo=UTC)
# Unit to (online dossiers, dossiers) received on a day.
Counts = dict[str, tuple[int, int]]
UNITS = [f"H28.{number:02}" for number in range(1, 9)]

counts = st.tuples(st.integers(0, 12), st.integers(0, 12)).map(lambda pair: (min(pair), max(pair)))
worlds = st.fixed_dictionaries({}, optional=dict.fromkeys(UNITS, counts))
PARTS = ("own_change", "others_change", "entered", "left")
# One store serves all examples: each begins with `empty`.
shared_store = settings(
    max_examples=30,
    deadline=None,
    derandomize=True,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    engine = open_engine(f"sqlite:///{tmp_path_factory.mktemp('ranking')}/store.db")
    lay_tables(engine)
    yield engine
    engine.dispose()


def catalogue() -> Batch:
    """A province with eight districts and one procedure."""
    begin = date(2020, 1, 1)
    districts = [
        Unit(code=code, valid_from=begin, parent_code="H28", kind="huyen", name=f"Huyện {code}") for code in UNITS
    ]
    province = Unit(code="H28", valid_from=begin, kind="tinh", name="Tỉnh")
    procedure = Procedure(code="1.000001", valid_from=begin, name="P", level=4, tier="huyen")
    return Batch(units=[province, *districts], procedures=[procedure])


def received(world: Counts, moment: datetime) -> list[Dossier]:
    """Dossiers received at that moment, the online ones first."""
    return [
        Dossier(
            source_id=f"{unit}-{moment:%m%d}-{number}",
            unit_code=unit,
            procedure_code="1.000001",
            channel="online" if number < online else "counter",
            state=RECEIVED,
            submitted_at=moment,
            received_at=moment,
            due_at=moment + timedelta(days=-1 if number < online else 9),
            updated_at=moment,
        )
        for unit, (online, total) in world.items()
        for number in range(total)
    ]


def counters_of(store: Engine, world: Counts, day_before: Counts | None = None) -> Counters:
    """The counters after these dossiers came in today and the day before."""
    empty(store)
    write(store, "motcua", catalogue())
    dossiers = received(world, AT) + received(day_before or {}, AT - timedelta(days=1))
    Random(len(dossiers)).shuffle(dossiers)
    write(store, "motcua", Batch(dossiers=dossiers))
    return Counters(read_snapshot(store))


def slow_ranks(world: Counts, minimum: int, sign: int = -1) -> dict[str, int]:
    """1 + how many are strictly better, by fractions; only units with enough."""
    values = {unit: sign * Fraction(*pair) for unit, pair in world.items() if pair[1] >= max(minimum, 1)}
    return {unit: 1 + sum(other < value for other in values.values()) for unit, value in values.items()}


def ranks(counters: Counters, key: str, minimum: int, column: str = "rank") -> dict[str, int]:
    frame = ranking(counters, key, "huyen", TODAY, minimum)
    return {row["unit"]: row[column] for row in frame.iter_rows(named=True) if row[column] is not None}


@shared_store
@given(world=worlds, minimum=st.integers(0, 11))
def test_ranks_are_those_of_exact_fractions(store: Engine, world: Counts, minimum: int) -> None:
    counters = counters_of(store, world)
    assert ranks(counters, "online_dossier_rate", minimum) == slow_ranks(world, minimum)


@shared_store
@given(world=worlds, minimum=st.integers(0, 11))
def test_where_lower_is_better_the_least_stands_first(store: Engine, world: Counts, minimum: int) -> None:
    # Online dossiers of these worlds were due the day before.
    counters = counters_of(store, world)
    assert ranks(counters, LOWER_IS_BETTER, minimum) == slow_ranks(world, minimum, sign=1)


@shared_store
@given(world=worlds, minimum=st.integers(0, 11))
def test_every_unit_is_listed_once_and_the_unranked_say_why(store: Engine, world: Counts, minimum: int) -> None:
    frame = ranking(counters_of(store, world), "online_dossier_rate", "huyen", TODAY, minimum)
    assert sorted(frame["unit"]) == UNITS
    for row in frame.iter_rows(named=True):
        online, total = world.get(row["unit"], (0, 0))
        assert (row["numerator"], row["denominator"]) == (online, total)
        assert row["value"] == (online / total if total else None)
        reason = "nothing_to_count" if total == 0 else "too_few" if total < minimum else None
        assert row["reason"] == reason
        assert (row["rank"] is None) == (reason is not None)


@shared_store
@given(world=worlds)
def test_intervals_are_those_of_scipy(store: Engine, world: Counts) -> None:
    frame = ranking(counters_of(store, world), "online_dossier_rate", "huyen", TODAY, 1)
    for row in frame.iter_rows(named=True):
        online, total = world.get(row["unit"], (0, 0))
        if total == 0:
            assert row["low"] is None
            assert row["high"] is None
            continue
        expected = binomtest(online, total).proportion_ci(method="wilson")
        assert (row["low"], row["high"]) == pytest.approx((expected.low, expected.high), abs=1e-12)


@shared_store
@given(world=worlds, key=st.sampled_from(["online_dossier_rate", LOWER_IS_BETTER]))
def test_rank_ranges_hold_the_rank_and_count_who_is_surely_apart(store: Engine, world: Counts, key: str) -> None:
    frame = ranking(counters_of(store, world), key, "huyen", TODAY, 1)
    ranked = [row for row in frame.iter_rows(named=True) if row["rank"] is not None]
    for row in ranked:
        above = sum(other["low"] > row["high"] for other in ranked)
        below = sum(other["high"] < row["low"] for other in ranked)
        better, worse = (above, below) if key != LOWER_IS_BETTER else (below, above)
        assert row["rank_low"] == 1 + better
        assert row["rank_high"] == len(ranked) - worse
        assert row["rank_low"] <= row["rank"] <= row["rank_high"]


@shared_store
@given(world=worlds, day_before=worlds, minimum=st.integers(0, 11))
def test_previous_rank_is_the_rank_of_the_period_before(
    store: Engine, world: Counts, day_before: Counts, minimum: int
) -> None:
    counters = counters_of(store, world, day_before)
    assert ranks(counters, "online_dossier_rate", minimum, "previous_rank") == slow_ranks(day_before, minimum)


@shared_store
@given(world=worlds, day_before=worlds, minimum=st.integers(0, 11))
def test_the_parts_of_a_movement_add_up_to_it(store: Engine, world: Counts, day_before: Counts, minimum: int) -> None:
    counters = counters_of(store, world, day_before)
    now, before = slow_ranks(world, minimum), slow_ranks(day_before, minimum)
    for row in ranking(counters, "online_dossier_rate", "huyen", TODAY, minimum).iter_rows(named=True):
        parts = [row[name] for name in PARTS]
        if row["unit"] in now and row["unit"] in before:
            assert sum(parts) == before[row["unit"]] - now[row["unit"]]
        else:
            assert parts == [None] * 4


def test_a_movement_is_explained_by_what_happened(store: Engine) -> None:
    # Yesterday 1 > 2 > 3 > 4. Today 4 has gone, 5 is new at the top, 3 has overtaken 2, and 1 has fallen behind both.
    yesterday = {UNITS[0]: (9, 10), UNITS[1]: (8, 10), UNITS[2]: (7, 10), UNITS[3]: (6, 10)}
    today = {UNITS[0]: (1, 10), UNITS[1]: (8, 10), UNITS[2]: (17, 20), UNITS[4]: (10, 10)}
    frame = ranking(counters_of(store, today, yesterday), "online_dossier_rate", "huyen", TODAY, 10)
    moved = {row["unit"]: tuple(row[name] for name in PARTS) for row in frame.iter_rows(named=True) if row["rank"]}
    assert moved == {
        UNITS[4]: (None, None, None, None),
        UNITS[2]: (1, 1, -1, 0),
        UNITS[1]: (0, 0, -1, 0),
        UNITS[0]: (-2, 0, -1, 0),
    }


def test_without_parts_the_columns_are_those_of_the_interface(store: Engine) -> None:
    counters = counters_of(store, {})
    short = ranking(counters, "received", "huyen", TODAY, parts=False).columns
    assert short == [
        "rank", "unit", "name", "numerator", "denominator", "value", "low", "high",
        "rank_low", "rank_high", "previous_rank", "reason",
    ]  # fmt: skip
    assert ranking(counters, "received", "huyen", TODAY).columns == [*short, *PARTS]


def test_ties_share_a_rank_and_the_next_rank_is_left_out(store: Engine) -> None:
    world = {UNITS[0]: (1, 3), UNITS[1]: (4, 4), UNITS[2]: (2, 6), UNITS[3]: (0, 5)}
    frame = ranking(counters_of(store, world), "online_dossier_rate", "huyen", TODAY, 1)
    rows = [(row["rank"], row["unit"]) for row in frame.iter_rows(named=True)][:4]
    assert rows == [(1, UNITS[1]), (2, UNITS[0]), (2, UNITS[2]), (4, UNITS[3])]


def test_a_count_is_ranked_without_a_minimum_or_an_interval(store: Engine) -> None:
    frame = ranking(counters_of(store, {UNITS[4]: (0, 2), UNITS[5]: (0, 3)}), "received", "huyen", TODAY, 10)
    first = frame.row(0, named=True)
    assert (first["rank"], first["unit"], first["value"], first["denominator"]) == (1, UNITS[5], 3.0, None)
    assert (first["low"], first["high"], first["rank_low"]) == (None, None, None)


def test_only_units_of_the_kind_are_ranked(store: Engine) -> None:
    counters = counters_of(store, {UNITS[0]: (5, 10)})
    assert ranking(counters, "received", "tinh", TODAY)["unit"].to_list() == ["H28"]
    assert ranking(counters, "received", "xa", TODAY).is_empty()


@pytest.mark.parametrize(("key", "kind"), [("no_such_rate", "huyen"), ("received", "district")])
def test_an_unknown_indicator_or_kind_is_named_with_the_right_ones(store: Engine, key: str, kind: str) -> None:
    counters = counters_of(store, {})
    with pytest.raises(ValueError, match="known: ") as raised:
        ranking(counters, key, kind, TODAY)
    assert (key if key != "received" else kind) in str(raised.value)


@given(st.integers(1, 10**7).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))))
@settings(deadline=None, derandomize=True)
def test_wilson_interval_of_any_proportion_holds_it_within_0_and_1(pair: tuple[int, int]) -> None:
    low, high = (float(bound) for bound in wilson(*pair))
    assert 0 <= low <= pair[0] / pair[1] + 1e-15
    assert pair[0] / pair[1] - 1e-15 <= high <= 1


def test_close_fractions_of_large_numbers_do_not_tie(store: Engine) -> None:
    # 9/10 and 10/11 against 99/110: the last ties with the first.
    world = {UNITS[0]: (9, 10), UNITS[1]: (10, 11), UNITS[2]: (99, 110)}
    assert ranks(counters_of(store, world), "online_dossier_rate", 1) == {UNITS[0]: 2, UNITS[1]: 1, UNITS[2]: 2}


def test_completed_dossiers_rank_by_their_own_day(store: Engine) -> None:
    counters_of(store, {})
    late = [
        completed(dossier, AT + timedelta(days=days))
        for dossier, days in zip(received({UNITS[0]: (0, 2)}, AT), (0, 1), strict=True)
    ]
    write(store, "motcua", Batch(dossiers=late))
    frame = ranking(Counters(read_snapshot(store)), "on_time_rate", "huyen", TODAY, 1)
    assert frame.row(0, named=True)["denominator"] == 1


def completed(dossier: Dossier, moment: datetime) -> Dossier:
    """The same dossier, processed at that moment."""
    return Dossier(
        **{name: getattr(dossier, name) for name in dossier.__struct_fields__}
        | {"state": PROCESSED, "completed_at": moment, "updated_at": moment}
    )
