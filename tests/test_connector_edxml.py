"""The document axis: a list that pages by time, packets that are fetched one by one, messages about documents."""

import threading
from collections.abc import Callable, Iterable
from datetime import UTC, date, datetime, timedelta
from typing import Any

import msgspec
import pytest
import sqlalchemy as sa
from sqlalchemy import Engine

from clock import still_clock
from config import Settings
from connectors._contract import Page
from connectors._http import SourceClient
from connectors._retry import patient
from connectors.edxml import CONNECTOR
from errors import SourceChanged, SourceError, SourceRefused, SourceUnavailable
from poll_run import RunResult, open_sources, poll_once, poll_source
from replay import replay
from store import tables
from store.engine import reading
from store.quarantine import held
from store.reads import cursor_of
from store.rows import Batch, Document, Rejected, Unit
from tests.delivery import write
from tests.packets import SIGNATURE, edoc, status
from tests.recorded import ANSWER, SECRETS, source_settings
from tests.source_server import Answer, Asked, SourceServer, json_answer, source_server, xml_answer

NOW = datetime(2021, 12, 10, 1, 0, tzinfo=UTC)
EIGHT = datetime(2021, 12, 2, 1, 0, tzinfo=UTC)  # 08:00 in Vietnam
KEY = "H28.03,2021/12/01,0123/CV-STC"
UNITS = [
    Unit(code="H28", valid_from=date(2020, 1, 1), kind="tinh", name="Tỉnh Hòa Bình"),
    Unit(code="H28.03", valid_from=date(2020, 1, 1), kind="so", name="Sở Tài chính", parent_code="H28"),
    Unit(code="H28.150", valid_from=date(2020, 1, 1), kind="huyen", name="Huyện Đà Bắc", parent_code="H28"),
]
Packet = bytes | Answer


@pytest.fixture(autouse=True)
def secrets(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in SECRETS.items():
        monkeypatch.setenv(name, value)


def entry(document: str, second: int = 0, message: str = "edoc") -> dict[str, Any]:
    local = datetime(2021, 12, 2, 8, 0) + timedelta(seconds=second)
    return {
        "docId": document,
        "serviceType": "eDoc",
        "messageType": message,
        "createdTime": f"{local:%Y/%m/%d %H:%M:%S}",
    }


class Gateway:
    """A gateway that holds packets; `most` is the largest page that it gives, whatever is asked for."""

    def __init__(self, packets: Iterable[tuple[dict[str, Any], Packet]], most: int = 10**6) -> None:
        self.entries, self.packets = [], {}
        for listed, packet in packets:
            self.entries.append(listed)
            self.packets[listed["docId"]] = packet
        self.most = most
        self.given = 0

    def __call__(self, asked: Asked) -> Answer:
        if asked.path.endswith("/getEdoc"):
            self.given += 1
            packet = self.packets[asked.query["docId"]]
            return packet if isinstance(packet, Answer) else xml_answer(packet.decode())
        since = datetime.fromisoformat(asked.query["from"])
        found = [listed for listed in self.entries if created(listed) >= since]
        return json_answer({"status": "OK", "data": found[: min(int(asked.query["limit"]), self.most)]})


def created(listed: dict[str, Any]) -> datetime:
    return datetime.strptime(listed["createdTime"], "%Y/%m/%d %H:%M:%S").astimezone(UTC) - timedelta(hours=7)


def read(reply: Callable[[Asked], Answer], since: datetime | None = None) -> tuple[list[Page], SourceServer]:
    with source_server(reply) as server:
        settings = source_settings("edxml", server.address)
        with SourceClient(settings, CONNECTOR.auth(settings), still_clock(NOW)) as client:
            return list(CONNECTOR.pull(client, since)), server


def polled(engine: Engine, server: SourceServer, rounds: int = 1) -> RunResult:
    settings = Settings(sources=(source_settings("edxml", server.address),))
    with open_sources(settings, still_clock(NOW), patient(threading.Event(), 1)) as [source]:
        results = [poll_source(engine, source, still_clock(NOW)) for _ in range(rounds)]
    return results[-1]


def rows(*packets: tuple[dict[str, Any], Packet]) -> Batch:
    batch = Batch()
    for page in read(Gateway(packets))[0]:
        batch.add(CONNECTOR.to_rows(page, NOW))
    return batch


def ids(pages: Iterable[Page]) -> list[str]:
    return [record["docId"] for page in pages for record in page.records]


def lists(server: SourceServer) -> list[dict[str, str]]:
    return [asked.query for asked in server.asked if asked.path.endswith("/getReceivedEdocList")]


def test_packet_is_an_outgoing_document_and_an_incoming_one_per_addressee() -> None:
    batch = rows((entry("a"), edoc("000.00.150.H28", "G22.01", "H28.150")))
    common: dict[str, Any] = {
        "number": "0123",
        "notation": "CV-STC",
        "type_name": "Công văn",
        "issued_on": date(2021, 12, 1),
        "electronic": True,
        "exchanged": True,
        "signed": None,
        "of_partner": True,
        "partial": True,
        "updated_at": EIGHT,
    }
    incoming = {**common, "direction": "in", "arrived_on": date(2021, 12, 2), "due_on": date(2021, 12, 8)}
    assert batch.documents == [
        Document(source_id=KEY, unit_code="H28.03", direction="out", **common),
        Document(source_id=f"{KEY}>H28.150", unit_code="H28.150", **incoming),
        Document(source_id=f"{KEY}>G22.01", unit_code="G22.01", **incoming),
    ]
    assert batch.rejected == []


def test_arrival_is_the_local_day() -> None:
    late = {**entry("a"), "createdTime": "2021/12/02 00:30:00"}
    arrived = [document.arrived_on for document in rows((late, edoc("H28.150"))).documents]
    assert arrived == [None, date(2021, 12, 2)]


def test_signed_is_true_or_unknown() -> None:
    signed = edoc("H28.150", signature=SIGNATURE.format("YWJj"))
    assert [document.signed for document in rows((entry("a"), signed)).documents] == [True, True]
    assert [document.signed for document in rows((entry("a"), edoc("H28.150"))).documents] == [None, None]


@pytest.mark.parametrize(
    ("code", "completed_on", "withdrawn"),
    [("01", None, False), ("03", None, False), ("05", None, False), ("06", date(2021, 12, 6), False),
     ("02", None, True), ("13", None, True), ("15", None, True), ("16", None, False)],
)  # fmt: skip
def test_status_message_tells_what_became_of_the_document(
    code: str, completed_on: date | None, withdrawn: bool
) -> None:
    batch = rows((entry("b", 5, "status"), status(code, "000.00.150.H28", "2021/12/06 23:59:00")))
    assert batch.documents == [
        Document(
            source_id=f"{KEY}>H28.150",
            unit_code="H28.150",
            direction="in",
            completed_on=completed_on,
            withdrawn=withdrawn,
            of_partner=True,
            partial=True,
            updated_at=EIGHT + timedelta(seconds=5),
        )
    ]


def test_sender_that_wants_its_document_back_has_not_got_it_yet() -> None:
    [document] = rows((entry("b", 0, "status"), status("13", "H28.03"))).documents
    assert (document.source_id, document.direction, document.withdrawn) == (KEY, "out", False)


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"docId": None}, "missing_key"),
        ({"messageType": "ack"}, "unknown_message"),
        ({"createdTime": "2021-12-02T09:30:00"}, "bad_date"),
        ({"createdTime": "2021/02/30 09:30:00"}, "bad_date"),
        ({"DocumentId": None}, "missing_key"),
        ({"DocumentId": "0123/QĐ-UBND"}, "bad_code"),
        ({"From": None}, "missing_field"),
        ({"StatusCode": "99"}, "unknown_status"),
        ({"Timestamp": ""}, "bad_date"),
        ({"Timestamp": "hôm nay"}, "bad_date"),
        ({"messageType": "edoc", "PromulgationDate": "01/12/2021"}, "bad_date"),
        ({"fault": "hostile_xml", "what": "holds a DTD"}, "hostile_xml"),
    ],
)
def test_bad_message_is_rejected_with_its_reason_and_little_is_kept(change: dict[str, Any], reason: str) -> None:
    batch = CONNECTOR.to_rows(Page(kind="documents", records=[{**ANSWER, **change}]), NOW)
    [rejected] = batch.rejected
    assert (batch.documents, rejected.reason) == ([], reason)
    kept = {"docId", "serviceType", "messageType", "createdTime", "fault", "what"}
    assert set(rejected.payload) <= kept


def test_one_bad_packet_never_loses_the_others() -> None:
    dtd = b'<!DOCTYPE edXML [<!ENTITY x SYSTEM "file:///etc/passwd">]><edXML>&x;</edXML>'
    bad: list[tuple[dict[str, Any], Packet]] = [
        (entry("dtd", 1), dtd),
        (entry("html", 2), b"<p>Bad gateway</p>"),
        (entry("broken", 3), b"<edXML></p>"),
        (entry("gone", 4), json_answer({"status": "FAIL", "ErrorCode": "NOT_FOUND", "ErrorDesc": "MARKER"})),
        (entry("text", 5), Answer(200, b"{no json", {"Content-Type": "text/plain"})),
        (entry("large", 6), xml_answer(" " * (16 * 1024**2 + 1))),
    ]
    batch = rows((entry("a"), edoc("H28.150")), *bad, (entry("z", 7, "status"), status()))
    assert [document.source_id for document in batch.documents] == [KEY, f"{KEY}>H28.150", f"{KEY}>H28.150"]
    assert {rejected.source_id: rejected.reason for rejected in batch.rejected} == {
        "dtd": "hostile_xml",
        "html": "no_packet",
        "broken": "bad_xml",
        "gone": "not_delivered",
        "text": "bad_xml",
        "large": "too_large",
    }
    assert b"MARKER" not in msgspec.json.encode(batch)


def test_list_is_read_on_by_time_and_each_packet_once() -> None:
    packets = [(entry(f"d{number:03}", number // 3), edoc("H28.150")) for number in range(250)]
    pages, server = read(Gateway(packets), EIGHT)
    assert ids(pages) == [f"d{number:03}" for number in range(250)]
    assert lists(server) == [
        {"from": "2021-12-02T08:00:00+07:00", "limit": "100"},
        {"from": "2021-12-02T08:00:33+07:00", "limit": "100"},
        {"from": "2021-12-02T08:01:06+07:00", "limit": "100"},
    ]
    # The last second of a full page may go on on the next.
    seconds = [32, 65, 83]
    assert [page.cursor for page in pages] == [EIGHT + timedelta(seconds=second) for second in seconds]
    assert server.asked[0].headers["Authorization"] == "Bearer s3cret-token"


def test_first_poll_asks_for_everything() -> None:
    _, server = read(Gateway([]))
    assert lists(server) == [{"from": "2000-01-01T00:00:00+07:00", "limit": "100"}]


def test_second_with_more_than_a_page_is_read_whole_with_a_larger_page() -> None:
    packets = [(entry(f"d{number:03}", 5), edoc("H28.150")) for number in range(130)]
    packets += [(entry("later", 6), edoc("H28.150"))]
    pages, server = read(Gateway(packets), EIGHT)
    assert sorted(ids(pages)) == sorted(listed["docId"] for listed, _ in packets)
    assert [question["limit"] for question in lists(server)] == ["100", "100", "1000"]
    assert pages[-1].cursor == EIGHT + timedelta(seconds=6)


@pytest.mark.parametrize("most", [100, 1000])
def test_gateway_that_gives_no_more_of_a_second_is_told_and_not_asked_for_ever(most: int) -> None:
    packets = [(entry(f"d{number:04}", 5), status()) for number in range(most + 1)]
    with pytest.raises(SourceChanged, match=f"{most} packets of one time fill the page"):
        read(Gateway(packets, most), EIGHT)


def test_page_out_of_order_is_asked_for_whole() -> None:
    packets = [(entry(f"d{number:03}", 200 - number), edoc("H28.150")) for number in range(150)]
    pages, server = read(Gateway(packets), EIGHT)
    assert len(set(ids(pages))) == 150
    assert [question["limit"] for question in lists(server)] == ["100", "1000"]


@pytest.mark.parametrize(
    ("code", "error"),
    [
        ("401", SourceRefused),
        ("ERR_TOKEN_EXPIRED", SourceRefused),
        ("503", SourceUnavailable),
        ("SYSTEM_BUSY", SourceUnavailable),
        ("E17", SourceChanged),
        ("Bà MARKER", SourceChanged),
        (None, SourceChanged),
    ],
)
def test_failure_of_the_list_is_an_error_of_the_right_kind(code: str | None, error: type[SourceError]) -> None:
    answer = json_answer({"status": "FAIL", "ErrorCode": code, "ErrorDesc": "của MARKER"})
    with pytest.raises(error, match="getReceivedEdocList: status FAIL") as raised:
        read(lambda _: answer)
    assert "MARKER" not in str(raised.value)


@pytest.mark.parametrize(
    "answer", [{}, {"status": "OK"}, {"status": "OK", "data": {}}, {"status": "LATER", "data": []}]
)
def test_envelope_that_is_not_as_agreed_is_told(answer: dict[str, Any]) -> None:
    with pytest.raises(SourceChanged):
        read(lambda _: json_answer(answer))


BUSY = json_answer({"status": "FAIL", "ErrorCode": "503", "ErrorDesc": ""})


@pytest.mark.parametrize(
    ("answer", "outcome"),
    [
        (Answer(503), "unavailable"),
        (BUSY, "unavailable"),
        (xml_answer(edoc("H28.150")[:-9].decode()), "unavailable"),
        (Answer(200, b"<html/>", {"Content-Type": "text/html"}), "changed"),
        (Answer(404), "changed"),
    ],
)
def test_packet_that_cannot_be_had_now_holds_the_cursor_and_loses_no_other(
    engine: Engine, answer: Answer, outcome: str
) -> None:
    write(engine, "motcua", Batch(units=UNITS))
    gateway = Gateway([(entry("a"), answer), (entry("b", 1, "status"), status()), (entry("c", 2), edoc("H28.150"))])
    with source_server(gateway) as server:
        failed = polled(engine, server)
        assert (failed.outcome, failed.accepted, failed.rejected) == (outcome, 2, 0)
        assert cursor_of(engine, "nguon-a") is None
        gateway.packets["a"] = edoc("H28.03", document_id="H28.150,2021/12/01,9/BC")
        mended = polled(engine, server)
    assert (mended.outcome, mended.accepted) == ("ok", 2)
    assert cursor_of(engine, "nguon-a") == EIGHT + timedelta(seconds=2)


def test_gateway_that_gives_no_packet_at_all_is_not_asked_for_every_one() -> None:
    packets = [(entry(f"d{number}", number), Answer(503)) for number in range(40)]
    gateway = Gateway(packets)
    with pytest.raises(SourceUnavailable):
        read(gateway)
    assert gateway.given == 3


def test_access_refused_for_a_packet_ends_the_run() -> None:
    with pytest.raises(SourceRefused):
        read(Gateway([(entry("a"), Answer(401)), (entry("b", 1), edoc("H28.150"))]))


def stored(engine: Engine) -> list[tuple[Any, ...]]:
    columns = (tables.documents.c[name] for name in ("source_id", "direction", "due_on", "completed_on"))
    with reading(engine) as connection:
        return [tuple(row) for row in connection.execute(sa.select(*columns).order_by("source_id"))]


def test_messages_of_our_units_are_put_together_and_partners_passed_over(engine: Engine) -> None:
    write(engine, "motcua", Batch(units=UNITS))
    gateway = Gateway(
        [
            (entry("b", 0, "status"), status("06", "H28.150", "2021/12/06 10:00:00")),
            (entry("c", 1, "status"), status("06", "G22.01", "2021/12/06 10:00:00")),
            (entry("a", 2), edoc("000.00.150.H28", "G22.01")),
        ]
    )
    with source_server(gateway) as server:
        first = polled(engine, server)
        again = polled(engine, server)
    assert stored(engine) == [
        (KEY, "out", None, None),
        (f"{KEY}>H28.150", "in", date(2021, 12, 8), date(2021, 12, 6)),
    ]
    assert held(engine) == []
    assert (first.outcome, first.rejected, again.accepted, again.rejected) == ("ok", 0, 0, 0)


def test_replay_asks_for_a_rejected_packet_again(engine: Engine) -> None:
    write(engine, "motcua", Batch(units=UNITS))
    gateway = Gateway([(entry("a"), b"<edXML></p>"), (entry("b", 1, "status"), status())])
    with source_server(gateway) as server:
        settings = Settings(sources=(source_settings("edxml", server.address),))
        [result] = poll_once(engine, settings, still_clock(NOW))
        assert result.ok
        assert [(record.source_id, record.reason) for record in held(engine)] == [("a", "bad_xml")]
        assert replay(engine, settings, still_clock(NOW), held(engine)) == (0, 1)
        gateway.packets["a"] = edoc("H28.150")
        done = replay(engine, settings, still_clock(NOW), held(engine))
        assert (done, held(engine)) == ((1, 0), [])
    assert held(engine) == []
    assert [row[0] for row in stored(engine)] == [KEY, f"{KEY}>H28.150"]


def test_replay_that_reaches_nobody_keeps_the_record(engine: Engine) -> None:
    bad = Rejected(kind="documents", source_id="a", reason="bad_xml", detail="x", payload=entry("a"))
    write(engine, "nguon-a", Batch(rejected=[bad]))
    with source_server(lambda _: Answer(500)) as server:
        settings = Settings(sources=(source_settings("edxml", server.address),))
    with pytest.raises(SourceUnavailable):
        replay(engine, settings, still_clock(NOW), held(engine))
    assert [record.source_id for record in held(engine)] == ["a"]
