"""*Chance or change*: the limits as drawn are those by which units are named; its sentences follow the wall's rules."""

import re
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from math import comb
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine

from exports.viewed import Viewed
from metrics import AT_95, AT_998, Limits, Share, course, funnel, funnel_limits, funnel_of, moved, weekly
from pages._filters import Choices
from pages._language import speaking
from pages._live import Live
from pages.analysts._chance_view import find, wanted_of
from pages.analysts.chance import viewed
from store.engine import open_engine
from store.rows import RECEIVED, Batch, Dossier, Procedure, Unit
from tests.delivery import write
from tests.stores import lay_tables
from tests.wall_here import here_at
from wall.scenes._headline import headline

NOON = datetime(2021, 12, 10, 5, tzinfo=UTC)
YESTERDAY = date(2021, 12, 9)
KEY, SINCE = "online_dossier_rate", date(2020, 1, 1)
DISTRICTS = {code: f"Huyện {code}" for code in "ABCDE"}
# Of ten dossiers a week so many online, the last four weeks up to yesterday; E has none.
CHANGED = [5, *[5, 6, 4] * 8, 9, 9, 10, 9]
WEEKLY = {"A": CHANGED, **{code: [5] * len(CHANGED) for code in "BCD"}}


def test_limits_of_ten_cases_by_hand() -> None:
    # Ten of a hundred of which half are hits: C(50,10)/C(100,10) = 0.0006, with nine or more 0.0078, eight 0.0458.
    whole = Share(50, 100)
    assert funnel_limits(10, whole, AT_95) == Limits(0.15, 0.85)  # 2 to 8 of ten
    assert funnel_limits(10, whole, AT_998) == Limits(0.05, 0.95)  # 1 to 9
    assert funnel_limits(10, whole, 100) == Limits(0.0, 1.0)
    with pytest.raises(ValueError, match="does not fit"):
        funnel_limits(101, whole, AT_95)


@settings(max_examples=60, deadline=None)
@given(size=st.integers(1, 120), rest=st.integers(1, 400), share=st.floats(0, 1), among=st.sampled_from([0.2, 5.0, 10]))
def test_a_part_lies_outside_the_limits_exactly_when_the_funnel_names_it(
    size: int, rest: int, share: float, among: float
) -> None:
    whole = Share(round(share * (size + rest)), size + rest)
    low, high = funnel_limits(size, whole, among)
    for hits in range(max(size - (size + rest - int(whole.numerator)), 0), min(size, int(whole.numerator)) + 1):
        side = (hits / size > high) - (hits / size < low)
        assert side == funnel(Share(hits, size), whole, among)


def test_funnel_leaves_out_who_counts_nothing_and_needs_two() -> None:
    parts = {"A": Share(3, 10), "B": Share(0, 0), "C": Share(12, 10), "D": Share(5, 10)}
    found = funnel_of(parts)
    assert found
    assert ([spot.unit for spot in found.spots], found.whole, found.among) == (["A", "D"], Share(8, 20), 2)
    assert funnel_of({"A": Share(3, 10), "B": Share(0, 0)}) is None


def _dossiers() -> Iterator[Dossier]:
    for unit, weeks in WEEKLY.items():
        for back, online in enumerate(reversed(weeks)):
            at = NOON - timedelta(days=1 + 7 * back)
            for number in range(10):
                yield Dossier(
                    source_id=f"{unit}-{back}-{number}",
                    unit_code=unit,
                    procedure_code="1.01",
                    channel="online" if number < online else "counter",
                    state=RECEIVED,
                    received_at=at,
                    updated_at=at,
                )


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    """29 weeks of five districts."""
    engine = open_engine(f"sqlite:///{tmp_path_factory.mktemp('chance')}/store.db")
    lay_tables(engine)
    units = [Unit(code="P", valid_from=SINCE, kind="tinh", name="Tỉnh P")]
    units += [
        Unit(code=code, valid_from=SINCE, kind="huyen", name=name, parent_code="P") for code, name in DISTRICTS.items()
    ]
    procedure = Procedure(code="1.01", valid_from=SINCE, name="Thủ tục", level=3, tier="huyen")
    write(engine, "motcua", Batch(units=units, procedures=[procedure], dossiers=list(_dossiers())))
    yield engine
    engine.dispose()


@pytest.fixture
def here(engine: Engine) -> Live:
    """The centre at noon."""
    return here_at(engine, NOON, {"motcua": "dvcqg"})


def _seen(here: Live, **asked: str) -> Viewed:
    choices = Choices(here.today, given={"indicator": KEY, **asked})
    with speaking("en"):
        return viewed(here, choices)


def _rows(seen: Viewed, place: int) -> list[dict[str, Any]]:
    return seen.tables[place].frame.rows(named=True)


def test_course_is_the_weeks_of_the_wall_with_its_signal_and_since_when(here: Live) -> None:
    found = course(here.counters, KEY, "A", YESTERDAY, among=6)
    assert [step.value for step in found.steps] == weekly(here.counters, KEY, "A", YESTERDAY)
    assert found.signal == moved(here.counters, KEY, "A", YESTERDAY, among=6)
    assert found.signal.direction == 1
    assert (found.since, found.drifting) == (date(2021, 11, 12), False)
    # 23 moves of the 24 weeks add up to 3.1: their mean by 1.128 is sigma, 0.1195; three of them around a half.
    assert found.single == Limits(pytest.approx(0.1417, abs=1e-4), pytest.approx(0.8583, abs=1e-4))
    assert [step.odd for step in found.steps] == [0] * 24 + [1] * 4
    assert [(step.numerator, step.denominator) for step in found.steps[-2:]] == [(10, 10), (9, 10)]


@pytest.mark.parametrize("indicator", [KEY, "open"])
def test_the_wall_says_the_same_of_the_province(here: Live, indicator: str) -> None:
    wanted = wanted_of(here, Choices(here.today, given={"indicator": indicator}))
    assert wanted.asked.view
    shown = find(here, wanted, wanted.asked.view).course
    told = headline(here, indicator, "P")
    assert shown
    assert (shown.signal, [step.value for step in shown.steps]) == (told.signal, list(told.weeks))


def test_months_begin_after_the_first_known_one_and_too_few_say_nothing(here: Live) -> None:
    found = course(here.counters, KEY, "B", YESTERDAY, by="month")
    assert [step.period.name() for step in found.steps] == [f"2021-{month:02}" for month in range(6, 12)]
    assert {step.value for step in found.steps} == {0.5}
    assert (found.signal.enough, found.single, found.since) == (False, None, None)


def test_sentences_name_who_differs_and_what_has_changed(here: Live) -> None:
    # Four weeks: 37 of 40 in A, 20 of 40 in the others: 97 of 160.
    seen = _seen(here, period="4weeks", unit="A")
    assert seen.sentence == (
        "1 of 4 districts and cities truly differ from the group's 60.6%, 3 lie within chance. Higher: A 92.5%."
    )
    assert "Huyện A: higher since 12/11/2021, 92.5% against 50.0% before, more than chance explains." in seen.notes
    group, weeks = _rows(seen, 0), _rows(seen, 1)
    assert [(row["unit"], row["judged"]) for row in group] == [
        ("A", "higher than chance explains"), *((code, "within chance") for code in "BCD"),
    ]  # fmt: skip
    assert [row["judged"] for row in weeks] == ["above the limits"] * 4 + ["within the limits"] * 24
    assert weeks[0]["to"] == YESTERDAY
    steady = _seen(here, period="4weeks", unit="B", order="old")
    assert "Huyện B: no notable change; the last 4 weeks 50.0%, before 50.0%, within chance." in steady.notes
    assert _rows(steady, 1)[-1]["to"] == YESTERDAY


def test_limits_as_drawn_are_those_of_the_exact_test(here: Live) -> None:
    drawing = _seen(here, period="4weeks").pictures[0].svg
    marks = re.findall(r'<text x="48.0" y="([\d.]+)"[^>]*>(\d+)%</text>', drawing)
    (top, high), *_between, (bottom, low) = sorted((float(y) - 4.5, int(rate) / 100) for y, rate in marks)
    area = re.findall(r'<path d="M([^"]+)Z" fill="#D5DAE0"', drawing)[0]
    points = [tuple(float(number) for number in point.split()) for point in area.split("L")]
    heights = [y for x, y in points if x == pytest.approx(float(_dot(drawing)[0]))]
    drawn = sorted(low + (bottom - y) * (high - low) / (bottom - top) for y in heights)
    assert drawn == pytest.approx(_exact(40, 97, 160, 0.025), abs=0.001)


def _dot(drawing: str) -> tuple[str, str]:
    return re.findall(r'<circle cx="([\d.]+)" cy="([\d.]+)" r="4"', drawing)[0]


def _exact(size: int, all_hits: int, total: int, tail: float) -> list[float]:
    """Half a case beyond the fewest and the most hits whose tail is likelier than that, counted out."""
    ways = [comb(all_hits, hits) * comb(total - all_hits, size - hits) for hits in range(size + 1)]
    within = [
        hits
        for hits in range(size + 1)
        if sum(ways[hits:]) > tail * sum(ways) and sum(ways[: hits + 1]) > tail * sum(ways)
    ]
    return [(within[0] - 0.5) / size, (within[-1] + 0.5) / size]


@pytest.mark.parametrize(("key", "why"), [("received", "no denominator"), ("processing_days", "no share of cases")])
def test_without_a_share_there_is_no_funnel_and_the_page_says_why(here: Live, key: str, why: str) -> None:
    seen = _seen(here, indicator=key)
    assert why in seen.sentence
    assert [table.name for table in seen.tables] == (["Values over time"] if key == "received" else [])


def test_rows_are_sorted_as_the_address_asks(here: Live) -> None:
    value = [row["unit"] for row in _rows(_seen(here, sort="value"), 0)]
    name = [row["unit"] for row in _rows(_seen(here, sort="name", kind="huyen"), 0)]
    assert (value[0], name) == ("A", ["A", "B", "C", "D"])
