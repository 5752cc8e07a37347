"""What may be called a change: on steady data at most once in a hundred times, of three sigmas nearly always."""

from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime, timedelta

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import hypergeom
from sqlalchemy import Engine

from metrics import Counters, Share, Signal, catalogue, funnel, individuals, moved, shifted, weekly, weekly_of_units
from metrics._drift import drift
from metrics._weekly import is_standing
from store.reads import read_snapshot
from store.rows import RECEIVED, Batch, Dossier, Procedure, Unit
from tests.delivery import write

WEEKS, RUNS = 28, 5_000
Values = Callable[[np.random.Generator, int, int], np.ndarray]


def normal(chance: np.random.Generator, runs: int, weeks: int) -> np.ndarray:
    return chance.normal(0.5, 0.02, (runs, weeks))


def rates(of: float, least: int, most: int) -> Values:
    """Binomial rates of weekly counts between `least` and `most`."""

    def drawn(chance: np.random.Generator, runs: int, weeks: int) -> np.ndarray:
        counts = chance.integers(least, most, (runs, weeks), endpoint=True)
        return chance.binomial(counts, of) / counts

    return drawn


def counts(of: float) -> Values:
    return lambda chance, runs, weeks: chance.poisson(of, (runs, weeks)).astype(float)


def skewed(chance: np.random.Generator, runs: int, weeks: int) -> np.ndarray:
    return chance.lognormal(1.0, 0.8, (runs, weeks))


STEADY: dict[str, Values] = {
    "normal": normal,
    "half of 50": rates(0.5, 50, 50),
    "nine of ten, of 5 to 200": rates(0.9, 5, 200),
    "nearly all of 30": rates(0.99, 30, 30),
    "a rare event of 50": rates(0.001, 50, 50),
    "few a week": counts(2),
    "mostly none": counts(0.3),
    "skewed": skewed,
}

# Where the chart is near its limit of 1 %; the others it keeps by a wide margin.
OFTEN = ("normal", "half of 50", "nine of ten, of 5 to 200")


def named(values: np.ndarray, **how: bool) -> float:
    """The share of the runs in which a change is named."""
    return sum(individuals(run, **how).direction != 0 for run in values.tolist()) / len(values)


@pytest.mark.parametrize("before", [24, 12])
@pytest.mark.parametrize("kind", STEADY)
def test_at_most_one_in_a_hundred_steady_series_is_called_changed(kind: str, before: int) -> None:
    chance = np.random.default_rng([before, *kind.encode()])
    assert named(STEADY[kind](chance, RUNS, before + 4)) <= 0.01


@pytest.mark.chaos
@pytest.mark.parametrize("kind", OFTEN)
def test_nor_more_often_in_four_times_as_many(kind: str) -> None:
    assert named(STEADY[kind](np.random.default_rng([24, *kind.encode()]), 4 * RUNS, WEEKS)) <= 0.01


@pytest.mark.parametrize("kind", ["normal", "half of 50", "nine of ten, of 5 to 200", "few a week"])
def test_a_shift_of_three_sigmas_is_named_within_one_period(kind: str) -> None:
    values = STEADY[kind](np.random.default_rng(3), 1_000, WEEKS)
    for sign in (1, -1):
        after = values.copy()
        after[:, -4:] += sign * 3 * values.std()
        found = [individuals(run).direction for run in after.tolist()]
        assert found.count(sign) / len(found) >= 0.9
        assert found.count(-sign) == 0


@pytest.mark.parametrize("kind", ["normal", "half of 50", "nine of ten, of 5 to 200"])
def test_a_steady_rise_or_fall_is_named_though_no_week_stands_out(kind: str) -> None:
    values = STEADY[kind](np.random.default_rng(5), 500, WEEKS)
    for sign in (1, -1):
        found = [
            individuals(run).direction for run in (values + sign * 0.15 * values.std() * np.arange(WEEKS)).tolist()
        ]
        assert found.count(sign) / len(found) >= 0.9


def test_a_state_that_grows_week_by_week_is_named_and_one_that_wanders_is_not() -> None:
    growing: list[float | None] = [10.0 + 2 * week + (week % 3) for week in range(WEEKS)]
    assert individuals(growing, standing=True).direction == 1
    wandering = np.random.default_rng(6).normal(size=(5_000, WEEKS)).cumsum(axis=1)
    assert np.mean([drift(run, among=1, standing=True) != 0 for run in wandering]) < 0.005


def stocks(likeness: float, runs: int) -> np.ndarray:
    """States of which so much is the same a week later."""
    chance = np.random.default_rng(4)
    values = np.empty((runs, WEEKS))
    values[:, 0] = chance.normal(size=runs)
    for week in range(1, WEEKS):
        new = np.sqrt(1 - likeness**2) * chance.normal(size=runs)
        values[:, week] = likeness * values[:, week - 1] + new
    return values


def test_what_stays_from_week_to_week_is_not_taken_for_a_change() -> None:
    values = stocks(0.5, 2_000)
    assert named(values) > 0.05  # the plain chart would cry wolf
    assert named(values, standing=True) < 0.02
    values[:, -4:] += 5
    assert named(values, standing=True) > 0.9


def test_limits_are_those_worked_out_by_hand() -> None:
    # 24 weeks of 10, 12, 10, 12 …: moving ranges of 2, sigma 2 / 1.1284; the factor for 24 weeks is 2.895.
    values = [10.0, 12.0] * 12 + [15.0, 15.0, 15.0, 15.0]
    found = individuals(values)
    margin = 2.895 * 2 / 1.1284 * (1 / 4 + 1 / 24) ** 0.5
    assert (found.direction, found.now, found.center, found.enough) == (1, 15.0, 11.0, True)
    assert (found.low, found.high) == (pytest.approx(11 - margin, abs=1e-3), pytest.approx(11 + margin, abs=1e-3))
    assert individuals([10.0, 12.0] * 12 + [13.0] * 4).direction == 0
    assert individuals([10.0, 12.0] * 12 + [7.0] * 4).direction == -1


def test_older_weeks_than_24_before_do_not_count() -> None:
    recent = [10.0, 12.0] * 12 + [15.0] * 4
    assert individuals([1000.0, None, *recent]) == individuals(recent)


def test_a_shift_is_no_news_among_a_thousand() -> None:
    values = [10.0, 12.0] * 12 + [14.9, 15.4, 15.1, 15.6]
    assert individuals(values, among=100).direction == 1  # these four are the highest of all choices: 1 in 20,475
    assert individuals(values, among=1_000).direction == 0


def test_one_odd_week_after_always_the_same_is_no_change_but_four_are() -> None:
    always: list[float | None] = [1.0] * 24
    assert individuals([*always, 1.0, 1.0, 1.0, 0.5]).direction == 0
    assert individuals([*always, 0.9, 0.9, 0.8, 0.9]).direction == -1
    assert individuals([*always, 1.0, 1.0, 1.0, 1.0]) == Signal(0, 1.0, 1.0, 1.0, 1.0, enough=True)


@pytest.mark.parametrize(
    ("values", "enough"),
    [
        ([], False),
        ([None] * WEEKS, False),
        ([1.0, 2.0] * 7, False),  # ten weeks before
        ([1.0, 2.0] * 8, True),  # twelve
        ([1.0, 2.0] * 12 + [5.0, None, 5.0, None], False),  # two of the last four
        ([1.0, 2.0] * 12 + [5.0, None, 5.0, 5.0], True),
        ([None] * 12 + [1.0, 2.0] * 8, True),
    ],
)
def test_too_few_weeks_say_nothing(values: Sequence[float | None], enough: bool) -> None:
    found = individuals(values)
    assert found.enough is enough
    assert enough or (found.direction, found.low, found.high) == (0, None, None)


def test_a_rate_seen_twice_is_a_change_only_beyond_chance() -> None:
    # Fisher's exact test, from a table: 50 % against 40 % of 100 has a one-sided p of 0.101, against 30 % of 0.003.
    assert shifted(Share(50, 100), Share(40, 100)) == 0
    assert (shifted(Share(50, 100), Share(30, 100)), shifted(Share(30, 100), Share(50, 100))) == (1, -1)
    assert shifted(Share(50, 100), Share(30, 100), among=2) == 0
    assert shifted(Share(18_466, 35_212), Share(17_500, 35_000)) == 1


@pytest.mark.parametrize(
    ("now", "before"),
    [
        (Share(0, 0), Share(1, 2)),
        (Share(1, 2), Share(0, 0)),
        (Share(500, 100), Share(1, 100)),
        (Share(-1, 100), Share(50, 100)),
        (Share(0, 50), Share(0, 70)),
        (Share(50, 50), Share(70, 70)),
    ],
)
def test_nothing_to_compare_is_no_change(now: Share, before: Share) -> None:
    assert shifted(now, before) == 0


@given(size=st.integers(1, 400), rest=st.integers(1, 400), part=st.floats(0, 1), others=st.floats(0, 1))
def test_two_rates_are_told_apart_as_the_exact_test_does(size: int, rest: int, part: float, others: float) -> None:
    hits, other_hits = round(size * part), round(rest * others)
    draw = hypergeom(size + rest, hits + other_hits, size)
    up, down = draw.sf(hits - 1), draw.cdf(hits)
    expected = 1 if up <= 0.005 else -1 if down <= 0.005 else 0
    assert shifted(Share(hits, size), Share(other_hits, rest)) == expected
    whole = Share(hits + other_hits, size + rest)
    assert funnel(Share(hits, size), whole) == expected


def test_in_a_steady_province_at_most_one_funnel_in_a_hundred_names_anybody() -> None:
    chance = np.random.default_rng(5)
    sizes = np.array([3, 10, 25, 60, 150, 400, 1000, 4000])
    hits = chance.binomial(sizes, 0.95, (2_000, len(sizes)))
    false = 0
    for row in hits.tolist():
        whole = Share(sum(row), int(sizes.sum()))
        parts = zip(row, sizes.tolist(), strict=True)
        false += any(funnel(Share(hit, size), whole, among=len(sizes)) for hit, size in parts)
    assert false / len(hits) <= 0.01


def test_a_funnel_names_those_far_from_the_whole() -> None:
    whole = Share(5_100, 10_000)
    assert [funnel(Share(hits, 300), whole, among=10) for hits in (110, 140, 165, 200)] == [-1, 0, 0, 1]
    assert funnel(Share(2, 4), whole) == 0
    assert funnel(Share(5_100, 10_000), whole) == 0  # all of it
    assert funnel(Share(11_000, 11_000), whole) == 0  # not within it


TODAY = date(2021, 12, 12)
UNITS = ("H28.03", "H28.04")


def counted(engine: Engine, online: Sequence[int], total: int, unit: str = UNITS[0]) -> Counters:
    """Every week, up to today, so many dossiers online of a total; all come in on the week's last day."""
    units = [Unit(code=code, valid_from=date(2020, 1, 1), kind="so", name=f"Sở {code}") for code in UNITS]
    procedure = Procedure(code="1.01", valid_from=date(2020, 1, 1), name="P", level=4, tier="tinh")
    dossiers = []
    for back, count in enumerate(reversed(online)):
        moment = datetime(2021, 12, 12, 5, tzinfo=UTC) - timedelta(weeks=back)
        dossiers += [
            Dossier(
                source_id=f"{back}-{number}",
                unit_code=unit,
                procedure_code="1.01",
                channel="online" if number < count else "counter",
                state=RECEIVED,
                received_at=moment,
                updated_at=moment,
            )
            for number in range(total)
        ]
    write(engine, "motcua", Batch(units=units, procedures=[procedure], dossiers=dossiers))
    return Counters(read_snapshot(engine))


@pytest.fixture
def sqlite(fresh_engine: Callable[[str], Engine]) -> Engine:
    return fresh_engine("sqlite")


def test_weekly_values_end_today_and_begin_after_the_first_known_week(sqlite: Engine) -> None:
    counters = counted(sqlite, [1, 2, 3, 1, 4], 4)
    nothing: list[float | None] = [None] * 24
    assert weekly(counters, "online_dossier_rate", UNITS[0], TODAY) == [*nothing, 0.5, 0.75, 0.25, 1.0]
    assert weekly(counters, "received", UNITS[0], TODAY) == [*nothing, 4, 4, 4, 4]
    assert weekly(counters, "open", UNITS[0], TODAY) == [*nothing, 8, 12, 16, 20]
    everybody = weekly_of_units(counters, "received", TODAY)
    # Who has nothing while others have is at zero, and its rate is nothing to count.
    assert everybody == {UNITS[0]: [*nothing, 4, 4, 4, 4], UNITS[1]: [*nothing, 0, 0, 0, 0]}
    assert weekly(counters, "online_dossier_rate", UNITS[1], TODAY) == [None] * WEEKS


def test_a_change_of_a_stored_indicator_is_named(sqlite: Engine) -> None:
    steady = [5, 6, 4] * 8
    counters = counted(sqlite, [5, *steady, 9, 9, 10, 9], 10)
    found = moved(counters, "online_dossier_rate", UNITS[0], TODAY)
    assert (found.direction, found.now, found.center) == (1, pytest.approx(0.925), pytest.approx(0.5))
    assert moved(counters, "online_dossier_rate", UNITS[0], TODAY - timedelta(weeks=4)).direction == 0
    assert not moved(counters, "online_dossier_rate", UNITS[1], TODAY).enough


def test_an_empty_store_and_an_unknown_unit_are_told_apart(sqlite: Engine) -> None:
    empty = Counters(read_snapshot(sqlite))
    assert weekly_of_units(empty, "received", TODAY) == {}
    with pytest.raises(ValueError, match=r"unknown unit 'H28\.03'"):
        weekly(empty, "received", "H28.03", TODAY)


def test_states_are_told_from_what_happens_in_a_week() -> None:
    states = {key for key, indicator in catalogue().items() if is_standing(indicator)}
    assert {"open", "overdue", "overdue_rate", "bridge_points"} <= states
    assert not states & {"received", "online_dossier_rate", "on_time_rate", "meetings_held", "signed_document_rate"}
