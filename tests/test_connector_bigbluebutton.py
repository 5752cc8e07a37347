"""The video conference dialect: checksums, meetings that vanish, attendees of whom only the unit is kept."""

import hashlib
from datetime import UTC, datetime
from typing import Any

import pytest

from clock import still_clock
from connectors._contract import Page
from connectors._http import SourceClient
from connectors.bigbluebutton import CONNECTOR
from errors import SourceChanged, SourceRefused
from store.rows import Batch, Meeting, MeetingPoint
from tests.recorded import MEETING, SECRETS, source_settings
from tests.source_server import Answer, Asked, SourceServer, source_server, xml_answer

NOW = datetime(2021, 12, 10, 1, 40, tzinfo=UTC)
NONE = "<response><returncode>SUCCESS</returncode><{0}/><messageKey>no{1}</messageKey></response>"
NO_RECORDINGS = NONE.format("recordings", "Recordings")

MEETINGS = """<response><returncode>SUCCESS</returncode><meetings>
<meeting><meetingName>Giao ban</meetingName><meetingID>g</meetingID><internalMeetingID>a-1</internalMeetingID>
<createTime>1639099800000</createTime><running>true</running><startTime>1639099860000</startTime><endTime>0</endTime>
<isBreakout>false</isBreakout><participantCount>3</participantCount><attendees>
<attendee><userID>1</userID><fullName>[000.00.148.H28] Bà MARKER</fullName><role>VIEWER</role></attendee>
<attendee><userID>2</userID><fullName>[H28.152]Ông MARKER</fullName><role>VIEWER</role></attendee>
<attendee><userID>3</userID><fullName>Ông MARKER [H28.153]</fullName><role>VIEWER</role></attendee>
<attendee><userID>4</userID><fullName>[MARKER] Ông</fullName><role>VIEWER</role></attendee>
</attendees><metadata><unit-code>000.00.00.H28</unit-code><invited-units>H28.148, H28.150</invited-units>
<scheduled-start>1639099800000</scheduled-start></metadata></meeting>
<meeting><internalMeetingID>a-2</internalMeetingID><startTime>1639099860000</startTime><endTime>0</endTime>
<isBreakout>true</isBreakout><metadata><unit-code>H28</unit-code></metadata></meeting>
<meeting><internalMeetingID>a-3</internalMeetingID><startTime>1639090000000</startTime><endTime>1639093600000</endTime>
<metadata><unit-code>H28.01</unit-code></metadata></meeting>
<meeting><internalMeetingID>a-4</internalMeetingID><startTime>1639090000000</startTime><endTime>0</endTime>
<metadata/></meeting></meetings></response>"""

RECORDINGS = """<response><returncode>SUCCESS</returncode><recordings><recording><recordID>b-1</recordID>
<internalMeetingID>b-1</internalMeetingID><name>Tập huấn</name><isBreakout>false</isBreakout>
<startTime>1639000000000</startTime><endTime>1639003600000</endTime><metadata><unit-code>H28.148</unit-code>
<invited-units>H28.148.04792</invited-units></metadata></recording></recordings></response>"""


def pull(meetings: str, recordings: str, monkeypatch: pytest.MonkeyPatch) -> tuple[list[Page], SourceServer]:
    for name, value in SECRETS.items():
        monkeypatch.setenv(name, value)

    def reply(asked: Asked) -> Answer:
        return xml_answer(meetings if asked.path.endswith("getMeetings") else recordings)

    with source_server(reply) as server:
        settings = source_settings("bigbluebutton", server.address)
        with SourceClient(settings, CONNECTOR.auth(settings), still_clock(NOW)) as client:
            return list(CONNECTOR.pull(client, None)), server


def polled(meetings: str, recordings: str, monkeypatch: pytest.MonkeyPatch) -> Batch:
    batch = Batch()
    for page in pull(meetings, recordings, monkeypatch)[0]:
        batch.add(CONNECTOR.to_rows(page, NOW))
    return batch


def test_running_and_recorded_meetings_become_rows(monkeypatch: pytest.MonkeyPatch) -> None:
    batch = polled(MEETINGS, RECORDINGS, monkeypatch)
    assert batch.meetings == [
        Meeting(
            source_id="a-1",
            unit_code="H28",
            name="Giao ban",
            scheduled_at=datetime(2021, 12, 10, 1, 30, tzinfo=UTC),
            started_at=datetime(2021, 12, 10, 1, 31, tzinfo=UTC),
            ended_at=None,
            points=(
                MeetingPoint("H28.148", True, True),
                MeetingPoint("H28.150", True, False),
                MeetingPoint("H28.152", False, True),
            ),
        ),
        Meeting(
            source_id="a-3",
            unit_code="H28.01",
            started_at=datetime(2021, 12, 9, 22, 46, 40, tzinfo=UTC),
            ended_at=datetime(2021, 12, 9, 23, 46, 40, tzinfo=UTC),
        ),
        Meeting(
            source_id="b-1",
            unit_code="H28.148",
            name="Tập huấn",
            started_at=datetime(2021, 12, 8, 21, 46, 40, tzinfo=UTC),
            ended_at=datetime(2021, 12, 8, 22, 46, 40, tzinfo=UTC),
        ),
    ]


def test_list_of_running_meetings_leaves_out_breakouts_and_ended_ones(monkeypatch: pytest.MonkeyPatch) -> None:
    batch = polled(MEETINGS, NO_RECORDINGS, monkeypatch)
    assert (batch.running, batch.seen_at) == (frozenset({"a-1", "a-4"}), NOW)


def test_meeting_without_a_unit_is_rejected_and_still_running(monkeypatch: pytest.MonkeyPatch) -> None:
    batch = polled(MEETINGS, NO_RECORDINGS, monkeypatch)
    assert [(row.source_id, row.reason) for row in batch.rejected] == [("a-4", "missing_field")]


def test_replayed_meeting_says_nothing_about_others() -> None:
    assert CONNECTOR.to_rows(Page(kind="meetings", records=[MEETING]), NOW).running is None


def test_names_of_attendees_never_pass_the_door(monkeypatch: pytest.MonkeyPatch) -> None:
    pages, _ = pull(MEETINGS, RECORDINGS, monkeypatch)
    assert "MARKER" not in repr(pages)


@pytest.mark.parametrize("outcome", ["SUCCESS", "FAILED"])
def test_no_meetings_means_that_none_runs(outcome: str, monkeypatch: pytest.MonkeyPatch) -> None:
    none = NONE.format("meetings", "Meetings").replace("SUCCESS", outcome)
    batch = polled(none, NO_RECORDINGS, monkeypatch)
    assert (len(batch), batch.running) == (0, frozenset())


def test_calls_carry_the_checksum(monkeypatch: pytest.MonkeyPatch) -> None:
    _, server = pull(MEETINGS, RECORDINGS, monkeypatch)
    expected = hashlib.sha256(b"getMeetings" + b"s3cret-key").hexdigest()
    assert server.asked[0].raw_query == f"checksum={expected}"
    assert server.asked[0].path == "/api/bigbluebutton/api/getMeetings"


@pytest.mark.parametrize(
    ("answer", "error", "words"),
    [
        ("<returncode>FAILED</returncode><messageKey>checksumError</messageKey>", SourceRefused, "shared secret"),
        ("<returncode>FAILED</returncode><messageKey>busy</messageKey>", SourceChanged, "busy"),
        ("<returncode>SUCCESS</returncode>", SourceChanged, "no meetings"),
        ("<status>fine</status>", SourceChanged, "no returncode"),
    ],
)
def test_answer_without_a_list_ends_no_meeting(
    answer: str, error: type[Exception], words: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(error, match=words):
        pull(f"<response>{answer}</response>", NO_RECORDINGS, monkeypatch)


def test_entities_in_the_answer_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    bomb = '<!DOCTYPE r [<!ENTITY x SYSTEM "file:///etc/passwd">]><response><returncode>&x;</returncode></response>'
    with pytest.raises(SourceChanged, match="DTD or entities"):
        pull(bomb, NO_RECORDINGS, monkeypatch)


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"internalMeetingID": ""}, "missing_key"),
        ({"startTime": "", "createTime": ""}, "bad_date"),
        ({"startTime": "hôm nay"}, "bad_date"),
        ({"endTime": "1600000000000"}, "bad_date"),
        ({"scheduled-start": "mai"}, "bad_date"),
        ({"unit-code": ""}, "missing_field"),
        ({"invited-units": ["Phòng họp A"]}, "bad_code"),
    ],
)
def test_bad_meeting_is_rejected_with_its_reason(change: dict[str, Any], reason: str) -> None:
    batch = CONNECTOR.to_rows(Page(kind="meetings", records=[{**MEETING, **change}]), NOW)
    assert [row.reason for row in batch.rejected] == [reason]


def test_recording_without_an_end_is_rejected() -> None:
    batch = CONNECTOR.to_rows(Page(kind="recordings", records=[MEETING]), NOW)
    assert [row.reason for row in batch.rejected] == ["bad_date"]
