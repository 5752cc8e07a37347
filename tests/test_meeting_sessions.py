"""Meetings of rooms, meetings that were broken off and begun again, and connection times that a source gives itself."""

from datetime import UTC, date, datetime, timedelta
from random import Random
from typing import Any

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine

from store import tables
from store.engine import empty, reading
from store.quarantine import held
from store.rollups import rebuild
from store.rows import Batch, Meeting, MeetingPoint, Unit
from tests.delivery import write
from tests.test_store_properties import counters, rows_of

FIRST = date(2020, 1, 1)
UNITS = [
    Unit(code="H28", valid_from=FIRST, kind="tinh", name="Tỉnh Hòa Bình"),
    Unit(code="H28.150", valid_from=FIRST, kind="huyen", name="Huyện Đà Bắc", parent_code="H28"),
]
EIGHT = datetime(2021, 6, 14, 1, 0, tzinfo=UTC)  # 08:00 in Vietnam
DAY = (date(2021, 6, 14) - date(1970, 1, 1)).days


def at(minutes: float) -> datetime:
    return EIGHT + timedelta(minutes=minutes)


def look(engine: Engine, minutes: float, *rooms: str, points: tuple[str, ...] = (), unit: str = "H28") -> None:
    """One poll that finds these rooms occupied."""
    seen = at(minutes)
    there = tuple(MeetingPoint(code, invited=True, connected=True) for code in points)
    meetings = [Meeting(source_id=room, unit_code=unit, started_at=seen, room=True, points=there) for room in rooms]
    write(engine, "phong", Batch(meetings=meetings, running=frozenset(rooms), seen_at=seen))


def sessions(engine: Engine) -> list[tuple[str, datetime, datetime | None]]:
    names = ("source_id", "started_at", "ended_at")
    return sorted(rows_of(engine, tables.meetings, names), key=str)  # type: ignore[arg-type]  # as the names say


@pytest.fixture
def store(engine: Engine) -> Engine:
    write(engine, "motcua", Batch(units=UNITS))
    return engine


def test_room_is_one_meeting_from_first_sight_to_the_poll_that_finds_it_empty(store: Engine) -> None:
    for minutes in (0, 10, 20):
        look(store, minutes, "1234")
    look(store, 30)
    assert sessions(store) == [("1234@2021-06-14T01:00:00+00:00", at(0), at(30))]
    assert counters(store)["meeting_days"] == {("H28", DAY): (1, 1800, 0, 0)}


def test_room_occupied_again_is_another_meeting(store: Engine) -> None:
    for minutes, rooms in ((0, ["a", "b"]), (10, ["b"]), (20, ["a", "b"]), (30, [])):
        look(store, minutes, *rooms)
    assert [(name.split("@")[0], begin, end) for name, begin, end in sessions(store)] == [
        ("a", at(0), at(10)),
        ("a", at(20), at(30)),
        ("b", at(0), at(30)),
    ]


def test_point_of_a_room_was_connected_from_first_to_last_sight(store: Engine) -> None:
    look(store, 0, "1234", points=("H28.150",))
    look(store, 4.9, "1234", points=("H28.150",))
    look(store, 6, "1234")
    look(store, 9)
    assert counters(store)["meeting_days"]["H28.150", DAY] == (0, 0, 1, 0)
    look(store, 60, "1234", points=("H28.150",))
    look(store, 65, "1234", points=("H28.150",))
    look(store, 70)
    assert counters(store)["meeting_days"]["H28.150", DAY] == (0, 0, 2, 1)
    assert rebuild(store) == 0


def test_what_nobody_looked_at_for_long_is_not_counted(store: Engine) -> None:
    look(store, 0, "1234")
    look(store, 30, "1234")
    look(store, 30 + 241, "1234")
    look(store, 30 + 241 + 241)
    hours = sorted((begin, end) for _, begin, end in sessions(store))
    assert hours == [(at(0), at(30)), (at(271), at(271))]


def test_same_look_twice_changes_nothing(store: Engine) -> None:
    look(store, 0, "1234", points=("H28.150",))
    look(store, 5, "1234", points=("H28.150",))
    before = sessions(store), rows_of(store, tables.meeting_points, tables.meeting_points.c.keys())
    look(store, 5, "1234", points=("H28.150",))
    assert (sessions(store), rows_of(store, tables.meeting_points, tables.meeting_points.c.keys())) == before


def test_room_of_an_unknown_unit_is_told_once_and_forgotten_when_it_is_understood(store: Engine) -> None:
    look(store, 0, "1234", unit="H28.151")
    look(store, 5, "1234", unit="H28.151")
    [record] = held(store)
    assert (record.source_id, record.reason, record.payload) == ("1234", "unknown_unit", None)
    look(store, 10, "1234")
    assert (held(store), len(sessions(store))) == ([], 1)


def conference(source_id: str, begin: float, end: float, seconds: int = 0, **values: Any) -> Meeting:
    points = (MeetingPoint("H28.150", invited=True, connected=seconds > 0, seconds=seconds),)
    times = {"started_at": at(begin), "ended_at": at(end)}
    return Meeting(source_id=source_id, unit_code="H28", points=points, **times, **values)


WHOLE = conference("a", 0, 60, 3000, parts=("b", "c"))
DELIVERIES = [conference("a", 0, 20, 900), conference("b", 25, 40, 600), conference("c", 45, 60, 200), WHOLE]


@pytest.mark.parametrize("order", [(0, 1, 2, 3), (3, 2, 1, 0), (1, 3, 0, 2), (1, 2, 3, 1)])
def test_parts_of_a_meeting_are_no_meetings_whatever_comes_first(store: Engine, order: tuple[int, ...]) -> None:
    for number in order:
        write(store, "lich-su", Batch(meetings=[DELIVERIES[number]]))
        assert rebuild(store) == 0
    assert sessions(store) == [("a", at(0), at(60))]
    assert counters(store)["meeting_days"] == {("H28", DAY): (1, 3600, 0, 0), ("H28.150", DAY): (0, 0, 1, 1)}
    assert rows_of(store, tables.meeting_points, ["source_id", "connected_seconds"]) == {("a", 3000)}


def test_parts_and_whole_in_one_batch(store: Engine) -> None:
    written = write(store, "lich-su", Batch(meetings=[DELIVERIES[1], WHOLE, DELIVERIES[2]]))
    assert (sessions(store), written.accepted) == ([("a", at(0), at(60))], 1)


def test_meeting_that_a_part_of_another_names_as_its_own_part_is_counted_no_more(store: Engine) -> None:
    write(store, "lich-su", Batch(meetings=[conference("a", 0, 40, parts=("b",)), conference("c", 45, 60)]))
    write(store, "lich-su", Batch(meetings=[conference("b", 25, 60, parts=("c",))]))
    assert counters(store)["meeting_days"]["H28", DAY] == (1, 2400, 0, 0)
    assert rebuild(store) == 0


def test_parts_of_one_source_do_not_touch_another(store: Engine) -> None:
    write(store, "khac", Batch(meetings=[DELIVERIES[1]]))
    write(store, "lich-su", Batch(meetings=[WHOLE]))
    assert [name for name, _, _ in sessions(store)] == ["a", "b"]


@pytest.mark.parametrize(("seconds", "took_part"), [(299, 0), (300, 1)])
def test_time_that_the_source_gives_counts_and_not_our_polls(store: Engine, seconds: int, took_part: int) -> None:
    for minutes in (0, 30):
        write(store, "lich-su", Batch(meetings=[conference("a", 0, 60, seconds)], seen_at=at(minutes)))
    assert counters(store)["meeting_days"]["H28.150", DAY] == (0, 0, 1, took_part)
    with reading(store) as connection:
        point = connection.execute(sa.select(tables.meeting_points)).mappings().one()
    assert (point["first_connected_at"], point["connected_seconds"]) == (None, seconds)


def split(names: str) -> list[Meeting]:
    """Conferences 10 minutes apart, and every run of them as one meeting, as windows of any width would tell it."""
    told = []
    for first in range(len(names)):
        for last in range(first, len(names)):
            parts = tuple(names[first + 1 : last + 1])
            told.append(conference(names[first], 20 * first, 20 * last + 15, 300 * (last - first), parts=parts))
    return told


@settings(
    max_examples=20,
    deadline=None,
    derandomize=True,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(seed=st.integers(0, 10_000), length=st.integers(1, 4))
def test_windows_of_any_width_in_any_order_tell_one_meeting(engine: Engine, seed: int, length: int) -> None:
    random = Random(seed)
    names = "abcd"[:length]
    told = split(names) * 2
    random.shuffle(told)
    empty(engine)
    write(engine, "motcua", Batch(units=UNITS))
    while told:
        size = random.randint(1, 4)
        write(engine, "lich-su", Batch(meetings=told[:size]))
        del told[:size]
    assert sessions(engine) == [("a", at(0), at(20 * (length - 1) + 15))]
    assert rows_of(engine, tables.meeting_points, ["source_id", "connected_seconds"]) == {("a", 300 * (length - 1))}
    assert rebuild(engine) == 0
