"""The reference itself, against figures worked out by hand."""

from datetime import date, datetime
from fractions import Fraction
from typing import Any
from zoneinfo import ZoneInfo

from store.rows import Dossier, Procedure, Unit
from tests.reference import Figure, Scope, reference
from tests.reference_dossiers import working_days
from tests.worlds import World

JUNE = (date(2021, 6, 1), date(2021, 6, 30))
UNITS = [
    Unit(code="P", valid_from=date(2020, 1, 1), kind="tinh", name="Province"),
    Unit(code="A", valid_from=date(2020, 1, 1), parent_code="P", kind="huyen", name="A"),
    Unit(code="B", valid_from=date(2020, 1, 1), parent_code="P", kind="huyen", name="B"),
    Unit(code="X", valid_from=date(2020, 1, 1), valid_to=date(2021, 6, 14), parent_code="A", kind="xa", name="X"),
    Unit(code="X", valid_from=date(2021, 6, 15), parent_code="B", kind="xa", name="X"),
]
PROCEDURES = [
    Procedure(code="1", valid_from=date(2020, 1, 1), valid_to=date(2021, 6, 9), name="1", level=2, tier="xa"),
    Procedure(code="1", valid_from=date(2021, 6, 10), name="1", level=4, tier="xa"),
    Procedure(code="2", valid_from=date(2020, 1, 1), name="2", level=3, tier="tinh", agency_code="A"),
]


def at(day: int, hour: int = 9, minute: int = 0, second: int = 0) -> datetime:
    """An instant of June 2021 in Việt Nam."""
    return datetime(2021, 6, day, hour, minute, second, tzinfo=ZoneInfo("Asia/Ho_Chi_Minh"))


def figure(key: str, unit: str, *dossiers: dict[str, Any], scope: Scope = "subtree") -> Figure:
    """One indicator of June 2021 in a world of these dossiers of commune X."""
    usual: dict[str, Any] = {"unit_code": "X", "procedure_code": "1", "channel": "online", "state": 4}
    rows = [
        Dossier(**{**usual, "source_id": str(number), "updated_at": at(30), **fields})
        for number, fields in enumerate(dossiers)
    ]
    world = World(date(2021, 6, 1), UNITS, PROCEDURES, [*rows], [])
    return reference(world, *JUNE, unit, scope)[key]


def test_receipt_counts_for_the_district_of_its_day() -> None:
    received = [{"received_at": at(14, 23, 59, 59)}, {"received_at": at(15, 0)}, {"received_at": at(16)}]
    assert figure("received", "A", *received) == (1, None, 1)
    assert figure("received", "B", *received) == (2, None, 2)
    assert figure("received", "P", *received) == (3, None, 3)
    assert figure("received", "P", *received, scope="own") == (0, None, 0)


def test_open_dossiers_stand_under_the_district_of_the_last_day() -> None:
    assert figure("open", "A", {"received_at": at(2)}) == (0, None, 0)
    assert figure("open", "B", {"received_at": at(2)}) == (1, None, 1)


def test_online_needs_level_3_or_4_on_the_day_of_receipt() -> None:
    received: list[dict[str, Any]] = [
        {"received_at": at(9)},
        {"received_at": at(10)},
        {"received_at": at(11), "channel": "post"},
    ]
    assert figure("online_dossier_rate", "X", *received) == (1, 3, Fraction(1, 3))
    assert figure("online_dossier_rate_offered", "X", *received) == (1, 2, Fraction(1, 2))


def test_last_second_of_the_due_day_is_in_time() -> None:
    usual = {"state": 9, "received_at": at(1), "due_at": at(7, 17)}
    in_time, late = {**usual, "completed_at": at(7, 23, 59, 59)}, {**usual, "completed_at": at(8, 0)}
    assert figure("on_time_rate", "X", in_time, late) == (1, 2, Fraction(1, 2))
    assert figure("last_day_rate", "X", in_time, late) == (1, 2, Fraction(1, 2))


def test_waiting_for_the_citizen_is_open_and_not_overdue() -> None:
    usual = {"received_at": at(1), "due_at": at(7)}
    assert figure("overdue_rate", "X", usual, {**usual, "state": 5}) == (1, 2, Fraction(1, 2))
    assert figure("on_time_rate_766", "X", usual, {**usual, "state": 5}) == (1, 2, Fraction(1, 2))


def test_nothing_to_count_is_unknown() -> None:
    assert figure("on_time_rate", "X") == (0, 0, None)


def test_refused_counts_each_dossier_once() -> None:
    refused = {"state": 3, "submitted_at": at(3), "received_at": at(4)}
    both_days = {"submitted_at": at(3), "received_at": at(4)}
    assert figure("refused_rate", "P", refused, both_days) == (1, 2, Fraction(1, 2))


def test_named_and_tier_procedures_are_offered() -> None:
    assert figure("procedures_online_rate", "P") == (2, 2, 1)
    assert figure("procedures_level4_rate", "P") == (1, 2, Fraction(1, 2))
    assert figure("procedures_online_rate", "P", scope="own") == (0, 0, None)


def test_working_days_leave_out_weekends_and_holidays_but_for_made_up_days() -> None:
    thursday, monday = date(2021, 6, 3), date(2021, 6, 7)
    assert working_days(thursday, monday, [], []) == 2
    assert working_days(thursday, monday, [date(2021, 6, 4)], [date(2021, 6, 5)]) == 2
    assert working_days(monday, thursday, [], []) == 0
