"""Rooms of a Janus server: against the real one with real participants, and against one that answers as it is told."""

import asyncio
import itertools
import threading
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import msgspec
import pytest
from sqlalchemy import Engine

from clock import Clock, still_clock
from config import Settings, SourceSettings
from connectors._contract import Page
from connectors._http import SourceClient
from connectors._retry import patient
from connectors.janus import CONNECTOR
from errors import SourceChanged, SourceRefused
from poll_run import RunResult, open_sources, poll_source
from store import tables
from store.quarantine import held
from store.rollups import rebuild
from store.rows import Batch, Meeting, MeetingPoint, Unit
from tests.delivery import write
from tests.janus_rooms import Guest, guests
from tests.recorded import ROOM
from tests.servers import NotInstalledError, janus_plugins, janus_server
from tests.source_server import Answer, Asked, json_answer, source_server
from tests.test_store_properties import counters, rows_of

EIGHT = datetime(2021, 12, 10, 1, 0, tzinfo=UTC)  # 08:00 in Vietnam
DAY = (date(2021, 12, 10) - date(1970, 1, 1)).days
FIRST = date(2020, 1, 1)
UNITS = [
    Unit(code="H28", valid_from=FIRST, kind="tinh", name="Tỉnh Hòa Bình"),
    Unit(code="H28.150", valid_from=FIRST, kind="huyen", name="Huyện Đà Bắc", parent_code="H28"),
    Unit(code="H28.152", valid_from=FIRST, kind="huyen", name="Huyện Lương Sơn", parent_code="H28"),
]
SECRET = "b1mat-janus"
NO_SUCH_SESSION = 458


@pytest.fixture(scope="module")
def janus(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A real Janus for the tests of this module, without rooms."""
    try:
        janus_plugins()
    except NotInstalledError as error:
        pytest.fail(str(error), pytrace=False)
    with janus_server(tmp_path_factory.mktemp("janus")) as address:
        yield address


@pytest.fixture
def people(janus: str) -> Iterator[list[Guest]]:
    """The host, who opens and closes rooms, and three guests."""
    with guests(janus, 4) as everyone:
        yield everyone
        host = everyone[0]
        for room in host.tell(request="list")["list"]:
            host.close_room(room["room"])


def source(address: str, **values: Any) -> SourceSettings:
    return SourceSettings(name="phong-hop", dialect="janus", base_url=address, **values)


def read(settings: SourceSettings, clock: Clock | None = None) -> list[Page]:
    with SourceClient(settings, CONNECTOR.auth(settings), clock or still_clock(EIGHT)) as client:
        return list(CONNECTOR.pull(client, None))


def seen(settings: SourceSettings) -> Batch:
    batch = Batch()
    for page in read(settings):
        batch.add(CONNECTOR.to_rows(page, EIGHT))
    return batch


def test_occupied_room_is_a_meeting_with_the_units_in_it(janus: str, people: list[Guest]) -> None:
    host, one, two, three = people
    host.open_room(1234, "[000.00.00.H28] Giao ban tuần")
    host.open_room(99, "[H28.150] Phòng trống")
    one.join(1234, "[H28.150] Bà MARKER")
    two.join(1234, "Ông MARKER")
    three.join(1234, "[000.00.152.H28] Ông MARKER")
    batch = seen(source(janus))
    assert batch.meetings == [
        Meeting(
            source_id="1234",
            unit_code="H28",
            name="Giao ban tuần",
            started_at=EIGHT,
            room=True,
            points=(MeetingPoint("H28.152", False, True), MeetingPoint("H28.150", False, True)),
        )
    ]
    assert (batch.running, batch.seen_at, batch.rejected) == (frozenset({"1234"}), EIGHT, [])


def test_names_of_participants_never_pass_the_door(janus: str, people: list[Guest]) -> None:
    people[0].open_room(7, "[H28] Họp")
    people[1].join(7, "[H28.150] Bà MARKER")
    assert "MARKER" not in repr(read(source(janus)))


def test_server_without_anybody_has_no_meeting(janus: str, people: list[Guest]) -> None:
    people[0].open_room(7, "[H28] Họp")
    batch = seen(source(janus))
    assert (batch.meetings, batch.running) == ([], frozenset())


def test_room_without_a_unit_is_rejected_and_still_occupied(janus: str, people: list[Guest]) -> None:
    people[0].open_room(7, "Họp của bà MARKER")
    people[1].join(7, "[H28.150] Bà MARKER")
    batch = seen(source(janus))
    assert [(bad.source_id, bad.reason, bad.payload) for bad in batch.rejected] == [("7", "missing_field", None)]
    assert batch.running == frozenset({"7"})
    assert b"MARKER" not in msgspec.json.encode(batch)


def test_session_is_ended_after_each_poll(janus: str, people: list[Guest], monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[tuple[str, dict[str, Any]]] = []
    post = SourceClient.post_json
    monkeypatch.setattr(
        SourceClient, "post_json", lambda self, path, body: (asked.append((path, body)), post(self, path, body))[1]
    )
    read(source(janus))
    assert [body["janus"] for _, body in asked] == ["create", "attach", "message", "destroy"]
    session = f"{janus}{asked[-1][0]}"
    told = httpx.post(session, json={"janus": "keepalive", "transaction": "a"}).json()
    assert told["error"]["code"] == NO_SUCH_SESSION


def test_api_secret_is_shown_where_the_server_has_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PHONG_SECRET", SECRET)
    with janus_server(tmp_path, SECRET) as address:
        with guests(address, 2, SECRET) as [host, guest]:
            host.open_room(7, "[H28] Họp")
            guest.join(7, "[H28.150] A")
            assert [row.source_id for row in seen(source(address, secret_env="PHONG_SECRET")).meetings] == ["7"]
        monkeypatch.setenv("PHONG_SECRET", "khac")
        for settings in (source(address), source(address, secret_env="PHONG_SECRET")):
            with pytest.raises(SourceRefused, match="check the API secret"):
                read(settings)


class Centre:
    """A centre that polls the server by a clock that the test sets."""

    def __init__(self, engine: Engine, address: str) -> None:
        self.engine, self.settings = engine, Settings(sources=(source(address),))
        write(engine, "motcua", Batch(units=UNITS))

    def poll(self, minutes: float) -> RunResult:
        """Poll so many minutes after eight."""
        clock = still_clock(EIGHT + timedelta(minutes=minutes))
        with open_sources(self.settings, clock, patient(threading.Event(), 1)) as [polled]:
            return poll_source(self.engine, polled, clock)

    def meetings(self) -> list[tuple[str, float, float | None]]:
        """Room, first and last minute after eight of each meeting."""
        stored = rows_of(self.engine, tables.meetings, ["source_id", "started_at", "ended_at"])
        told = [(name.split("@")[0], minutes(begin), end and minutes(end)) for name, begin, end in stored]
        return sorted(told, key=lambda meeting: meeting[:2])

    def stays(self) -> dict[str, float]:
        """Minutes from first to last sight of each unit."""
        names = ["unit_code", "first_connected_at", "last_connected_at"]
        points = rows_of(self.engine, tables.meeting_points, names)
        return {unit: minutes(last) - minutes(first) for unit, first, last in points}


def minutes(moment: datetime) -> float:
    return (moment - EIGHT).total_seconds() / 60


def test_meeting_with_real_media_lasts_from_the_first_to_the_last_poll(
    engine: Engine, janus: str, people: list[Guest]
) -> None:
    host, speaker, listener, _ = people
    centre = Centre(engine, janus)
    host.open_room(1234, "[H28] Giao ban")
    centre.poll(0)
    listener.join(1234, "[H28.152] Ông B")
    speaker.join(1234, "[H28.150] Bà A")

    async def meet() -> None:
        async with speaker.speaking():
            [person] = [p for p in host.tell(request="listparticipants", room=1234)["participants"] if p["publisher"]]
            assert person["display"] == "[H28.150] Bà A"
            for minute in (5, 15, 30):
                result = await asyncio.to_thread(centre.poll, minute)
                assert (result.outcome, result.rejected) == ("ok", 0)
            listener.leave()
            await asyncio.to_thread(centre.poll, 45)

    asyncio.run(meet())
    speaker.leave()
    centre.poll(50)
    assert centre.meetings() == [("1234", 5, 50)]
    assert centre.stays() == {"H28.150": 40, "H28.152": 25}
    assert counters(engine)["meeting_days"]["H28", DAY] == (1, 45 * 60, 0, 0)
    assert rebuild(engine) == 0


def test_room_taken_again_is_another_meeting_and_a_vanished_browser_has_left(
    engine: Engine, janus: str, people: list[Guest]
) -> None:
    host, one, two, three = people
    centre = Centre(engine, janus)
    host.open_room(7, "[H28] Sáng")
    host.open_room(8, "[H28.150] Huyện")
    one.join(7, "[H28.150] A")
    two.join(8, "[H28.150] B")
    centre.poll(0)
    one.leave()
    centre.poll(10)
    three.join(7, "[H28.152] C")
    centre.poll(20)
    three.vanish()
    host.close_room(8)
    centre.poll(30)
    assert centre.meetings() == [("7", 0, 10), ("7", 20, 30), ("8", 0, 30)]
    assert counters(engine)["meeting_days"] == {("H28", DAY): (2, 1200, 0, 0), ("H28.150", DAY): (1, 1800, 0, 0)}


def test_room_that_gets_its_unit_leaves_the_quarantine(engine: Engine, janus: str, people: list[Guest]) -> None:
    host, one, _, _ = people
    centre = Centre(engine, janus)
    host.open_room(7, "Họp")
    one.join(7, "[H28.150] A")
    assert [centre.poll(minute).rejected for minute in (0, 5)] == [1, 1]
    assert [(record.source_id, record.reason) for record in held(engine)] == [("7", "missing_field")]
    host.tell(request="edit", room=7, new_description="[H28] Họp")
    centre.poll(10)
    assert (held(engine), centre.meetings()) == ([], [("7", 10, None)])


def test_server_that_has_gone_ends_no_meeting(engine: Engine, tmp_path: Path) -> None:
    with janus_server(tmp_path) as address, guests(address, 2) as [host, guest]:
        centre = Centre(engine, address)
        host.open_room(7, "[H28] Họp")
        guest.join(7, "[H28.150] A")
        centre.poll(0)
    assert centre.poll(5).outcome == "unavailable"
    assert centre.meetings() == [("7", 0, None)]


# ---- a server that answers as it is told -------------------------------------------------------------------------


def answers(plugin: list[dict[str, Any]], **faults: dict[str, Any]) -> Any:
    """A server whose plugin answers these in turn; `faults`: what it says to create, attach or message instead."""
    told = iter(plugin)
    ids = itertools.count(1)

    def reply(asked: Asked) -> Answer:
        request = msgspec.json.decode(asked.body)
        if request["janus"] in faults:
            return json_answer(faults[request["janus"]])
        if request["janus"] == "message":
            return json_answer({"janus": "success", "plugindata": {"data": next(told)}})
        return json_answer({"janus": "success", "data": {"id": next(ids)}})

    return reply


LIST = {"videoroom": "success", "list": [{"room": 7, "description": "[H28] Họp", "num_participants": 2}]}
GONE = {"videoroom": "event", "error_code": 426, "error": "No such room (7)"}
NOBODY = {"videoroom": "participants", "room": 7, "participants": []}


@pytest.mark.parametrize("told", [GONE, NOBODY])
def test_room_that_empties_while_it_is_read_is_not_occupied(told: dict[str, Any]) -> None:
    with source_server(answers([LIST, told])) as server:
        pages = read(source(server.address))
    assert [page.records for page in pages] == [[], []]


@pytest.mark.parametrize(
    "plugin",
    [
        [{}],
        [{"videoroom": "event", "error_code": 499}],
        [{"videoroom": "success", "list": {}}],
        [{"videoroom": "success", "list": [{"description": "[H28]"}]}],
        [{"videoroom": "success", "list": [7]}],
        [LIST, {"videoroom": "event", "error_code": 421}],
        [LIST, {}],
    ],
)
def test_answer_that_is_not_as_agreed_is_told_and_the_session_ended(plugin: list[dict[str, Any]]) -> None:
    with source_server(answers(plugin)) as server, pytest.raises(SourceChanged):
        read(source(server.address))
    assert msgspec.json.decode(server.asked[-1].body)["janus"] == "destroy"


@pytest.mark.parametrize("step", ["create", "attach", "message"])
def test_fault_of_the_server_is_told_by_its_number(step: str) -> None:
    fault = {"janus": "error", "error": {"code": 490, "reason": "MARKER"}}
    with source_server(answers([], **{step: fault})) as server, pytest.raises(SourceChanged, match="490") as raised:
        read(source(server.address))
    assert "MARKER" not in str(raised.value)


def test_refused_secret_is_told() -> None:
    fault = {"janus": "error", "error": {"code": 403, "reason": "Unauthorized"}}
    with source_server(answers([], create=fault)) as server, pytest.raises(SourceRefused):
        read(source(server.address))


@pytest.mark.parametrize(
    ("change", "reason"),
    [({"room": ""}, "missing_key"), ({"unit": ""}, "missing_field"), ({"points": ["Phòng A"]}, "bad_code")],
)
def test_bad_room_is_rejected_with_its_reason(change: dict[str, Any], reason: str) -> None:
    batch = CONNECTOR.to_rows(Page(kind="meetings", records=[{**ROOM, **change}]), EIGHT)
    assert [(bad.reason, bad.payload) for bad in batch.rejected] == [(reason, None)]


def test_replayed_room_says_nothing_about_others() -> None:
    assert CONNECTOR.to_rows(Page(kind="meetings", records=[ROOM]), EIGHT).running is None
