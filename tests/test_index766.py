"""The index of Decision 766: points by hand; the missing are neither full nor zero; of how many the total is."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import Engine

from metrics import Counters, Index766, Period, catalogue, index766
from metrics._criteria766 import CRITERIA
from store.reads import read_snapshot
from store.rows import RETURNED, Batch, Dossier, Procedure, Unit
from tests.delivery import write

BEGIN = date(2020, 1, 1)
YEAR = Period.parse("2022")
NOON = datetime(2022, 9, 1, 5, tzinfo=UTC)
UNIT = Unit(code="H28.20", valid_from=BEGIN, kind="huyen", name="Huyện Đà Bắc")


def procedure(code: str, level: int) -> Procedure:
    return Procedure(code=code, valid_from=BEGIN, name=code, level=level, tier="huyen")


def dossier(number: int, **more: object) -> Dossier:
    words: dict[str, object] = {
        "source_id": f"d{number}",
        "unit_code": "H28.20",
        "procedure_code": "1.01",
        "channel": "counter",
        "state": RETURNED,
        "received_at": NOON,
        "due_at": NOON + timedelta(days=2),
        "completed_at": NOON + timedelta(days=1),
        "updated_at": NOON + timedelta(days=1),
    }
    return Dossier(**(words | more))  # type: ignore[arg-type]


@pytest.fixture
def index_of(fresh_engine: Callable[[str], Engine]) -> Callable[[list[Dossier]], Index766]:
    engine = fresh_engine("sqlite")
    procedures = [procedure("1.01", 4), procedure("1.02", 3), procedure("1.03", 2), procedure("1.04", 2)]
    write(engine, "motcua", Batch(units=[UNIT], procedures=procedures))

    def counted(dossiers: list[Dossier]) -> Index766:
        write(engine, "motcua", Batch(dossiers=dossiers))
        return index766(Counters(read_snapshot(engine)), "H28.20", YEAR)

    return counted


def scores(index: Index766) -> dict[str, float | None]:
    return {part.criterion.number: part.score for group in index.groups for part in group.components}


def test_the_groups_have_the_points_of_the_decision_and_criteria_add_up_to_them() -> None:
    points = {group.key: group.points for group in CRITERIA}
    assert list(points.values()) == [20, 12, 10, 22, 18, 18]
    assert next(iter(points)) == "progress"
    for group in CRITERIA:
        assert sum(criterion.points for criterion in group.criteria) == group.points
    numbers = [criterion.number for group in CRITERIA for criterion in group.criteria]
    assert len(set(numbers)) == len(numbers)


def test_every_measured_criterion_is_a_rate_of_the_catalogue_and_says_where_its_points_come_from() -> None:
    for criterion in (criterion for group in CRITERIA for criterion in group.criteria):
        if criterion.indicator is not None:
            assert catalogue()[criterion.indicator].form == "rate"
        assert criterion.points_from in ("reported", "transcribed")
        assert bool(criterion.differs) == bool(criterion.differs_vi)


def test_points_are_those_worked_out_by_hand(index_of: Callable[[list[Dossier]], Index766]) -> None:
    # Ten dossiers: 1 late, 4 online, 6 digitised, 5 with an electronic result, 8 with a fee of which 2 paid online,
    # 5 rated of which 4 satisfied. Of four procedures two are at level 3 or 4, and one of those was used online.
    index = index_of(
        [
            dossier(
                number,
                channel="online" if number < 4 else "counter",
                due_at=NOON + timedelta(days=-1 if number == 9 else 2),
                digitised=number < 6,
                e_result=number < 5,
                fee_due=number < 8,
                payment="national" if number < 2 else "unpaid" if number < 8 else "none",
                rating=(3 if number < 4 else 1) if number < 5 else None,
            )
            for number in range(10)
        ]
    )
    found = scores(index)
    assert found["2.1"] == pytest.approx(18.0)  # 9/10 of 20
    assert found["3.1"] == pytest.approx(1.25)  # 2/4 of 80 % of 2
    assert found["3.2"] == pytest.approx(2.0)  # 1/2 of 4
    assert found["3.3"] == pytest.approx(4.8)  # 4/10 of 50 % of 6
    assert found["3.6"] == pytest.approx(1.5)  # 2/8 of 6
    assert found["4.1"] == pytest.approx(3.0)  # 6/10 of 80 % of 4
    assert found["4.2"] == pytest.approx(3.0)  # 5/10 of 6
    assert found["5.4"] == pytest.approx(16 / 3)  # 4/5 of 90 % of 6
    assert index.of == 20 + 12 + 6 + 10 + 6
    assert index.score == pytest.approx(18 + 1.25 + 2 + 4.8 + 1.5 + 3 + 3 + 16 / 3)


def test_from_the_full_rate_on_points_are_full_and_never_more(index_of: Callable[[list[Dossier]], Index766]) -> None:
    found = scores(index_of([dossier(number, channel="online", digitised=True) for number in range(3)]))
    assert (found["3.3"], found["4.1"], found["2.1"]) == (6.0, 4.0, 20.0)


def test_what_is_missing_has_no_score_and_is_not_in_the_total(index_of: Callable[[list[Dossier]], Index766]) -> None:
    index = index_of([dossier(1)])
    missing = {part.criterion.number: part.missing for group in index.groups for part in group.components}
    assert missing["1.1"] == missing["4.3"] == missing["5.2"] == "no_source"
    assert missing["3.6"] == missing["5.4"] == "nothing_to_count"
    assert missing["2.1"] is None
    by_key = {group.key: group for group in index.groups}
    assert (by_key["openness"].score, by_key["openness"].of, by_key["openness"].points) == (None, 0, 18)
    assert (by_key["satisfaction"].score, by_key["satisfaction"].of) == (None, 0)
    assert (by_key["digitisation"].score, by_key["digitisation"].of) == (0.0, 10)
    assert index.of == 20 + 12 + 10


def test_where_nothing_happened_only_what_is_offered_counts(index_of: Callable[[list[Dossier]], Index766]) -> None:
    index = index_of([])
    assert {number for number, score in scores(index).items() if score is not None} == {"3.1", "3.2"}
    assert (index.score, index.of) == (pytest.approx(1.25), 6)


def test_without_any_data_there_is_no_score(fresh_engine: Callable[[str], Engine]) -> None:
    engine = fresh_engine("sqlite")
    write(engine, "motcua", Batch(units=[UNIT]))
    index = index766(Counters(read_snapshot(engine)), "H28.20", YEAR)
    assert (index.score, index.of) == (None, 0)


def test_an_unknown_unit_is_named(fresh_engine: Callable[[str], Engine]) -> None:
    engine = fresh_engine("sqlite")
    write(engine, "motcua", Batch(units=[UNIT]))
    with pytest.raises(ValueError, match="H99"):
        index766(Counters(read_snapshot(engine)), "H99", YEAR)
