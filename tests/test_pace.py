"""What a target asks of the rest of the year, and whether communes' targets together reach their district's."""

from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime
from fractions import Fraction

import pytest
from sqlalchemy import Engine

from metrics import Counters, communes_reach, pace
from store.engine import writing
from store.reads import Target, read_snapshot
from store.rows import RECEIVED, Batch, Dossier, Procedure, Unit
from store.tables import calendar_days
from tests.delivery import write
from tests.test_target import target

BEGIN = date(2020, 1, 1)
KEY = "online_dossier_rate"
DISTRICT, COMMUNES = "H28.20", ("H28.150", "H28.151")
# Until 30 June 2021 there are 129 weekdays, after it 132.
HALF_YEAR = date(2021, 6, 30)


def dossiers(counts: Mapping[str, tuple[int, int]], day: date) -> list[Dossier]:
    """So many online, so many in all, of each unit on a day."""
    moment = datetime(day.year, day.month, day.day, 5, tzinfo=UTC)
    return [
        Dossier(
            source_id=f"{code}-{day}-{number}",
            unit_code=code,
            procedure_code="1.01",
            channel="online" if number < online else "counter",
            state=RECEIVED,
            received_at=moment,
            updated_at=moment,
        )
        for code, (online, total) in counts.items()
        for number in range(total)
    ]


@pytest.fixture
def counted(fresh_engine: Callable[[str], Engine]) -> Callable[..., Counters]:
    engine = fresh_engine("sqlite")
    district = Unit(code=DISTRICT, valid_from=BEGIN, kind="huyen", name="Huyện")
    communes = [
        Unit(code=code, valid_from=BEGIN, parent_code=DISTRICT, kind="xa", name=f"Xã {code}") for code in COMMUNES
    ]
    procedure = Procedure(code="1.01", valid_from=BEGIN, name="P", level=4, tier="xa")
    write(engine, "motcua", Batch(units=[district, *communes], procedures=[procedure]))

    def counters(*parts: list[Dossier], holidays: tuple[date, ...] = ()) -> Counters:
        with writing(engine) as connection:
            for day in holidays:
                connection.execute(calendar_days.insert().values(day=day, kind="holiday", name="Lễ"))
        for part in parts:
            write(engine, "motcua", Batch(dossiers=part))
        return Counters(read_snapshot(engine))

    return counters


def weekdays(first: date, last: date) -> int:
    return sum(date.fromordinal(day).weekday() < 5 for day in range(first.toordinal(), last.toordinal() + 1))


def test_the_rest_of_the_year_must_make_up_what_is_missing(counted: Callable[..., Counters]) -> None:
    counters = counted(dossiers({DISTRICT: (100, 256)}, date(2021, 3, 1)))
    found = pace(counters, KEY, DISTRICT, HALF_YEAR, target(value=0.51))
    assert found is not None
    assert weekdays(date(2021, 1, 1), HALF_YEAR) == found.working_days_past == 129
    assert weekdays(date(2021, 7, 1), date(2021, 12, 31)) == found.working_days_left == 132
    rest = Fraction(256 * 132, 129)
    assert found.expected_denominator == round(rest) == 262
    assert (found.numerator, found.denominator) == (100, 256)
    assert found.needed_rate == float((Fraction(51, 100) * (256 + rest) - 100) / rest)
    assert found.reachable is True


def test_holidays_are_no_working_days(counted: Callable[..., Counters]) -> None:
    counters = counted(
        dossiers({DISTRICT: (1, 4)}, date(2021, 3, 1)), holidays=(date(2021, 4, 30), date(2021, 9, 2), date(2021, 9, 3))
    )
    found = pace(counters, KEY, DISTRICT, HALF_YEAR, target())
    assert found is not None
    assert (found.working_days_past, found.working_days_left) == (128, 130)


def test_more_than_everything_is_out_of_reach(counted: Callable[..., Counters]) -> None:
    counters = counted(dossiers({DISTRICT: (0, 100)}, date(2021, 3, 1)))
    late = pace(counters, KEY, DISTRICT, date(2021, 11, 30), target(value=0.51))
    assert late is not None
    assert late.needed_rate is not None
    assert late.needed_rate > 1
    assert late.reachable is False


def test_what_is_reached_for_certain_needs_nothing(counted: Callable[..., Counters]) -> None:
    counters = counted(dossiers({DISTRICT: (100, 100)}, date(2021, 3, 1)))
    found = pace(counters, KEY, DISTRICT, date(2021, 11, 30), target(value=0.51))
    assert found is not None
    assert (found.needed_rate, found.reachable) == (0.0, True)


def test_where_less_is_better_the_rate_is_the_most_that_may_be(counted: Callable[..., Counters]) -> None:
    counters = counted(dossiers({DISTRICT: (60, 100)}, date(2021, 3, 1)))
    loose = pace(counters, KEY, DISTRICT, HALF_YEAR, target("<=", 0.5))
    strict = pace(counters, KEY, DISTRICT, HALF_YEAR, target("<=", 0.2))
    assert loose is not None
    assert strict is not None
    rest = Fraction(100 * 132, 129)
    assert loose.needed_rate == float((Fraction(1, 2) * (100 + rest) - 60) / rest)
    assert (loose.reachable, strict.reachable) == (True, False)


def test_at_the_end_of_the_year_nothing_more_is_to_come(counted: Callable[..., Counters]) -> None:
    counters = counted(dossiers({DISTRICT: (1, 4)}, date(2021, 3, 1)))
    found = pace(counters, KEY, DISTRICT, date(2021, 12, 31), target())
    assert found is not None
    assert (found.working_days_left, found.needed_rate, found.reachable) == (0, None, None)


@pytest.mark.parametrize("key", ["received", "overdue_rate", "processing_days", "procedures_online_rate", "lan_rate"])
def test_what_does_not_add_up_over_the_year_has_no_pace(counted: Callable[..., Counters], key: str) -> None:
    assert pace(counted(), key, DISTRICT, HALF_YEAR, target(indicator=key)) is None


def of_district(value: float) -> Target:
    return target(unit=DISTRICT, value=value)


# Last year the office received 20, the communes 50 and 30.
LAST_YEAR = {DISTRICT: (0, 20), COMMUNES[0]: (0, 50), COMMUNES[1]: (0, 30)}


def test_communes_targets_are_weighted_by_last_years_dossiers(counted: Callable[..., Counters]) -> None:
    counters = counted(dossiers(LAST_YEAR, date(2020, 1, 1)), dossiers({DISTRICT: (0, 1000)}, date(2021, 3, 1)))
    targets = [of_district(0.51), target(unit=COMMUNES[0], value=0.6), target(unit=COMMUNES[1], value=0.4)]
    found = communes_reach(counters, DISTRICT, KEY, HALF_YEAR, targets)
    assert found is not None
    # 60 % of 50 and 40 % of 30 are 42; with 51 % of the office's 20 it is 52.2 of the 51 that are needed.
    assert (found.denominator, found.own_denominator, found.needed) == (100, 20, 51)
    assert (found.assigned, found.expected, found.reached) == (42.0, 0.522, True)
    assert found.own_needed_rate == 0.45
    assert found.without == ()
    assert found.period.start == date(2020, 1, 1)


def test_exactly_the_districts_target_is_enough_and_less_is_not(counted: Callable[..., Counters]) -> None:
    counters = counted(dossiers(LAST_YEAR, date(2020, 1, 1)))

    def reached(first: float, second: float) -> bool | None:
        own = [target(unit=COMMUNES[0], value=first), target(unit=COMMUNES[1], value=second)]
        found = communes_reach(counters, DISTRICT, KEY, HALF_YEAR, [of_district(0.51), *own])
        return found.reached if found else None

    assert reached(0.51, 0.51) is True
    assert reached(0.48, 0.56) is True  # 24 + 16.8 = 40.8, exactly 51 % of 80
    assert reached(0.48, 0.55) is False


def test_a_commune_without_a_target_brings_nothing_and_is_named(counted: Callable[..., Counters]) -> None:
    counters = counted(dossiers(LAST_YEAR, date(2020, 1, 1)))
    found = communes_reach(counters, DISTRICT, KEY, HALF_YEAR, [of_district(0.51), target(unit=COMMUNES[0])])
    assert found is not None
    assert (found.reached, found.without, found.assigned) == (False, (COMMUNES[1],), 25.5)


def test_a_target_of_their_kind_is_the_communes_target(counted: Callable[..., Counters]) -> None:
    counters = counted(dossiers(LAST_YEAR, date(2020, 1, 1)))
    found = communes_reach(counters, DISTRICT, KEY, HALF_YEAR, [of_district(0.51), target(unit="", kind="xa")])
    assert found is not None
    assert (found.reached, found.without) == (True, ())


def test_without_last_year_this_years_dossiers_weigh(counted: Callable[..., Counters]) -> None:
    counters = counted(dossiers({DISTRICT: (0, 10), COMMUNES[0]: (0, 90)}, date(2021, 3, 1)))
    found = communes_reach(counters, DISTRICT, KEY, HALF_YEAR, [of_district(0.51), target(unit=COMMUNES[0])])
    assert found is not None
    assert (found.period.start, found.denominator, found.own_denominator) == (date(2021, 1, 1), 100, 10)


def test_without_dossiers_or_a_target_nothing_is_said(counted: Callable[..., Counters]) -> None:
    counters = counted()
    assert communes_reach(counters, DISTRICT, KEY, HALF_YEAR, []) is None
    found = communes_reach(counters, DISTRICT, KEY, HALF_YEAR, [of_district(0.51)])
    assert found is not None
    assert (found.reached, found.expected, found.own_needed_rate) == (None, None, None)
