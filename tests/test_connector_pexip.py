"""Pexip: a history that shifts, conferences that belong together, of persons only their unit and their time."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlencode

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from clock import still_clock
from connectors import pexip
from connectors._contract import Page
from connectors._http import SourceClient
from connectors._pexip_meetings import connected_seconds
from connectors.pexip import CONNECTOR
from errors import SourceChanged, SourceUnavailable
from store.rows import Batch, Meeting, MeetingPoint
from tests.recorded import PEXIP_MEETING, SECRETS, source_settings
from tests.source_server import Answer, Asked, json_answer, source_server

NOW = datetime(2021, 12, 10, 8, 0, tzinfo=UTC)
Rows = list[dict[str, Any]]


def conference(identity: str, start: str, end: str, **fields: Any) -> dict[str, Any]:
    """A conference of 10 December 2021; `start` and `end` are minutes of UTC."""
    return {
        "id": identity,
        "name": "Giao ban",
        "start_time": f"2021-12-10T{start}",
        "end_time": f"2021-12-10T{end}",
        "duration": 0,
        "participant_count": 2,
        "tag": "H28.148",
        **fields,
    }


def participant(number: int, alias: str, start: str, end: str, **fields: Any) -> dict[str, Any]:
    return {
        "id": f"p{number}",
        "conference_name": "Giao ban",
        "display_name": "Bà MARKER",
        "remote_alias": alias,
        "start_time": f"2021-12-10T{start}",
        "end_time": f"2021-12-10T{end}",
        "disconnect_reason": "MARKER hung up",
        "call_quality": "1_good",
        **fields,
    }


@dataclass
class History:
    """A small history, in any order that it is given. `before` is called with the number of each page asked for."""

    conferences: Rows
    participants: Rows = field(default_factory=list)
    before: Callable[[int], None] = lambda _number: None
    spoil: Callable[[Rows], Rows] = lambda rows: rows
    asked: list[Asked] = field(default_factory=list)

    def reply(self, asked: Asked) -> Answer:
        self.asked.append(asked)
        self.before(len(self.asked))
        rows = self.conferences if asked.path.endswith("/conference/") else self.participants
        since = asked.query.get("end_time__gte", "")
        held = [row for row in rows if str(row["end_time"]) >= since]
        limit, offset = min(3, int(asked.query["limit"])), int(asked.query["offset"])
        following = f"{asked.path}?{urlencode({**asked.query, 'limit': limit, 'offset': offset + limit})}"
        meta = {
            "limit": limit,
            "next": following if offset + limit < len(held) else None,
            "offset": offset,
            "previous": None,
            "total_count": len(held),
        }
        return json_answer({"meta": meta, "objects": self.spoil(held[offset : offset + limit])})


@pytest.fixture(autouse=True)
def secrets(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in SECRETS.items():
        monkeypatch.setenv(name, value)


@contextmanager
def client_of(reply: Callable[[Asked], Answer]) -> Iterator[SourceClient]:
    with source_server(reply) as server:
        configured = source_settings("pexip", server.address)
        with SourceClient(configured, CONNECTOR.auth(configured), still_clock(NOW)) as client:
            yield client


def pages_of(history: History, since: datetime | None = None) -> list[Page]:
    with client_of(history.reply) as client:
        return list(CONNECTOR.pull(client, since))


def polled(history: History, since: datetime | None = None) -> Batch:
    batch = Batch()
    for page in pages_of(history, since):
        batch.add(CONNECTOR.to_rows(page, NOW))
    return batch


def test_a_conference_becomes_a_meeting_with_the_seconds_of_its_units() -> None:
    history = History(
        [conference("a", "01:00:00.500000", "02:00:00")],
        [
            participant(1, "H28.148.04792@hop.vn", "01:10:00", "01:20:00"),
            participant(2, "000.04792.148.H28@hop.vn", "01:15:00", "01:30:00"),
            participant(3, "H28.148.04792@hop.vn", "01:50:00", "01:50:30"),
            participant(4, "H28.150@hop.vn", "01:00:01", "02:00:00"),
        ],
    )
    [meeting] = polled(history).meetings
    assert meeting == Meeting(
        source_id="a",
        unit_code="H28.148",
        name="Giao ban",
        started_at=datetime(2021, 12, 10, 1, 0, 0, 500_000, tzinfo=UTC),
        ended_at=datetime(2021, 12, 10, 2, 0, tzinfo=UTC),
        points=(
            # 01:10 to 01:30 together, and half a minute later on
            MeetingPoint("H28.148.04792", False, True, 1230),
            MeetingPoint("H28.150", False, True, 3599),
        ),
    )


@pytest.mark.parametrize(
    ("begins_again", "parts"),
    [("01:30:01", ("b",)), ("01:39:59", ("b",)), ("01:40:00", None), ("01:20:00", ("b",))],
)
def test_conferences_of_one_name_less_than_ten_minutes_apart_are_one_meeting(
    begins_again: str, parts: tuple[str, ...] | None
) -> None:
    history = History(
        [conference("b", begins_again, "02:00:00"), conference("a", "01:00:00", "01:30:00")],
        [participant(1, "H28.150@x", "01:10:00", "01:20:00"), participant(2, "H28.150@x", "01:45:00", "01:46:00")],
    )
    meetings = polled(history).meetings
    if parts:
        [meeting] = meetings
        assert (meeting.source_id, meeting.parts) == ("a", parts)
        assert (meeting.ended_at, meeting.points[0].seconds) == (datetime(2021, 12, 10, 2, 0, tzinfo=UTC), 660)
    else:
        assert [(meeting.source_id, meeting.parts) for meeting in meetings] == [("a", ()), ("b", ())]
        assert [meeting.points[0].seconds for meeting in meetings] == [600, 60]


def test_three_parts_are_one_meeting_and_other_names_are_others() -> None:
    history = History(
        [
            conference("c", "01:50:00", "02:00:00"),
            conference("x", "01:05:00", "01:50:00", name="Tập huấn"),
            conference("a", "01:00:00", "01:30:00", tag="H28.152"),
            conference("b", "01:35:00", "01:45:00"),
        ]
    )
    assert [(m.source_id, m.unit_code, m.parts) for m in polled(history).meetings] == [
        ("a", "H28.152", ("b", "c")),
        ("x", "H28.148", ()),
    ]


@pytest.mark.parametrize(
    "alias",
    ["khach@hop.vn", "0912345678@hop.vn", "017085000123@hop.vn", "Ba MARKER@hop.vn", "H28.148", "", None, 7],
)
def test_who_shows_no_unit_counts_for_none_and_is_not_kept(alias: Any) -> None:
    pages = pages_of(
        History([conference("a", "01:00:00", "02:00:00")], [participant(1, alias, "01:00:00", "02:00:00")])
    )
    [meeting] = [row for page in pages for row in CONNECTOR.to_rows(page, NOW).meetings]
    assert meeting.points == ()
    assert not any(mark in repr(pages) for mark in ("MARKER", "0912345678", "017085000123", "1_good"))


def test_unreadable_rows_are_rejected_and_lose_no_others() -> None:
    history = History(
        [
            conference("a", "01:00:00", "02:00:00"),
            conference("b", "03:00:00", "04:00:00", tag=""),
            conference("c", "03:00:00", "02:00:00"),
            conference("d", "hôm nay", "02:00:00"),
            conference("", "05:00:00", "06:00:00", name="Họp khác"),
        ],
        [
            participant(1, "H28.150@x", "01:00:00", "01:30:00"),
            participant(2, "H28.150@x", "của MARKER", "01:30:00"),
            participant(3, "H28.150@x", "01:40:00", "01:30:00"),
        ],
    )
    batch = polled(history)
    assert [(meeting.source_id, meeting.points[0].seconds) for meeting in batch.meetings] == [("a", 1800)]
    assert sorted((row.kind, row.source_id, row.reason) for row in batch.rejected if row.source_id) == [
        ("meetings", "b", "missing_field"),
        ("meetings", "c", "bad_date"),
        ("meetings", "d", "bad_date"),
        ("participants", "p2", "bad_date"),
        ("participants", "p3", "bad_date"),
    ]
    assert [row.reason for row in batch.rejected if not row.source_id] == ["missing_key"]
    assert b"MARKER" not in msgspec.json.encode(batch)


def test_window_begins_a_day_before_and_passes_over_what_may_have_begun_outside() -> None:
    since = datetime(2021, 12, 11, 1, 30, tzinfo=UTC)
    history = History(
        [
            conference("half", "01:25:00", "01:35:00"),  # its first part ended before the window
            conference("whole", "01:40:01", "02:00:00", name="Họp khác"),
            conference("border", "01:40:00", "02:00:00", name="Họp nữa"),
        ]
    )
    batch = polled(history, since)
    assert {asked.query["end_time__gte"] for asked in history.asked} == {"2021-12-10T01:30:00"}
    assert [meeting.source_id for meeting in batch.meetings] == ["whole"]


def test_cursor_is_the_newest_end() -> None:
    history = History([conference("a", "01:00:00", "02:00:00"), conference("b", "01:00:00", "01:30:00", name="x")])
    assert max(page.cursor for page in pages_of(history) if page.cursor) == datetime(2021, 12, 10, 2, 0, tzinfo=UTC)
    assert [page.cursor for page in pages_of(History([]))] == [None, None]


def many(count: int) -> Rows:
    return [conference(f"c{n:02}", "01:00:00", f"02:{n:02}:00", name=f"Họp {n}") for n in range(count)]


def ids(batch: Batch) -> list[str]:
    return sorted(meeting.source_id for meeting in batch.meetings)


def test_pages_are_followed_to_the_end_with_duplicates_in_them() -> None:
    history = History(many(10), spoil=lambda rows: [*rows, *rows[:1]])
    assert ids(polled(history)) == [f"c{n:02}" for n in range(10)]


@pytest.mark.parametrize("at_page", [2, 3, 4])
def test_conference_that_ends_while_pages_are_read_hides_none(at_page: int) -> None:
    history = History(many(10))

    def end_one(number: int) -> None:
        if number == at_page:
            history.conferences.insert(0, conference("new", "03:00:00", "04:00:00", name="Họp mới"))

    history.before = end_one
    assert ids(polled(history)) == [*(f"c{n:02}" for n in range(10)), "new"]


@pytest.mark.parametrize("at_page", [2, 3, 4])
def test_conference_that_leaves_the_history_while_pages_are_read_hides_none(at_page: int) -> None:
    history = History(many(10))

    def purge_one(number: int) -> None:
        if number == at_page:
            del history.conferences[0]

    history.before = purge_one
    assert set(ids(polled(history))) >= {f"c{n:02}" for n in range(1, 10)}


def test_history_that_never_rests_is_unavailable_and_named() -> None:
    history = History(many(7))
    history.before = lambda n: history.conferences.append(
        conference(f"x{n}", "03:00:00", "04:00:00", name=f"Họp thêm {n}")
    )
    with pytest.raises(SourceUnavailable, match="conference history since 2021-12-09 08:00:00"):
        polled(history, NOW)
    assert len(history.asked) < 400


@pytest.mark.parametrize("following", ["/api/elsewhere", "/x?offset=0", "/x?offset=-3", "/x?offset=abc", 7, ""])
def test_next_page_that_leads_nowhere_is_a_changed_answer(following: Any) -> None:
    answer = json_answer({"meta": {"next": following, "total_count": 9}, "objects": many(3)})
    with client_of(lambda _: answer) as client, pytest.raises(SourceChanged, match=r"meta\.next"):
        list(CONNECTOR.pull(client, None))


def test_next_page_on_another_host_is_not_followed() -> None:
    with source_server(lambda _: Answer(500)) as elsewhere:
        history = History(many(5))

        def reply(asked: Asked) -> Answer:
            answer = history.reply(asked)
            return Answer(
                200, answer.body.replace(b'"/api/', elsewhere.address.encode().join([b'"', b"/"])), answer.headers
            )

        with client_of(reply) as client:
            pages = list(CONNECTOR.pull(client, None))
    assert len(pages[-1].records) == 5
    assert elsewhere.asked == []


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"id": ""}, "missing_key"),
        ({"tag": None}, "missing_field"),
        ({"tag": "Phòng họp"}, "bad_code"),
        ({"end_time": None}, "bad_date"),
        ({"end_time": "2021-12-10T00:00:00"}, "bad_date"),
        ({"parts": "b"}, "bad_code"),
        ({"stays": [{"unit": "H28", "seconds": -1}]}, "bad_number"),
        ({"stays": [{"unit": "Bà MARKER", "seconds": 1}]}, "bad_code"),
    ],
)
def test_bad_meeting_is_rejected_with_its_reason(change: dict[str, Any], reason: str) -> None:
    [rejected] = CONNECTOR.to_rows(Page(kind="meetings", records=[{**PEXIP_MEETING, **change}]), NOW).rejected
    assert rejected.reason == reason
    assert b"MARKER" not in msgspec.json.encode(rejected)


def test_rejected_payload_gives_the_same_points_once_the_cause_is_gone() -> None:
    def meeting(record: dict[str, Any]) -> Meeting:
        return CONNECTOR.to_rows(Page(kind="meetings", records=[record]), NOW).meetings[0]

    [rejected] = CONNECTOR.to_rows(Page(kind="meetings", records=[{**PEXIP_MEETING, "tag": ""}]), NOW).rejected
    again, expected = meeting({**rejected.payload, "tag": "H28.148"}), meeting(PEXIP_MEETING)
    assert (again.points, again.parts, again.ended_at) == (expected.points, expected.parts, expected.ended_at)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 60), st.integers(0, 60)).map(sorted), max_size=8))
def test_connected_seconds_count_every_second_once(intervals: list[list[int]]) -> None:
    slow = {second for start, end in intervals for second in range(start, end)}
    given_intervals = [(NOW + timedelta(seconds=start), NOW + timedelta(seconds=end)) for start, end in intervals]
    assert connected_seconds(given_intervals) == len(slow)


def test_page_size_is_asked_for() -> None:
    history = History([])
    pages_of(history)
    assert {asked.query["limit"] for asked in history.asked} == {str(pexip.PAGE_SIZE)}
