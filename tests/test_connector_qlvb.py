"""The document register's dialect: windows whose cursor ends, records that are refused."""

from datetime import UTC, date, datetime
from typing import Any

import msgspec
import pytest

from clock import still_clock
from connectors._contract import Page
from connectors._http import SourceClient
from connectors.qlvb import CONNECTOR
from errors import SourceChanged, SourceUnavailable
from store.rows import Document, Rejected
from tests.recorded import DOCUMENT, SECRETS, source_settings
from tests.source_server import Answer, Asked, json_answer, source_server

NOW = datetime(2021, 12, 10, 1, 0, tzinfo=UTC)
SINCE = datetime(2021, 12, 1, 1, 0, tzinfo=UTC)


def only_row(record: Any) -> Any:
    batch = CONNECTOR.to_rows(Page(kind="documents", records=[record]), NOW)
    return [*batch.documents, *batch.rejected][0]


def test_document_is_renamed_and_typed() -> None:
    assert only_row(DOCUMENT) == Document(
        source_id="VB-2021-000123",
        unit_code="H28.03",
        direction="out",
        number="0123",
        notation="QĐ-UBND",
        type_name="Quyết định",
        issued_on=date(2021, 12, 1),
        arrived_on=None,
        due_on=date(2021, 12, 10),
        completed_on=None,
        electronic=True,
        signed=None,
        exchanged=True,
        classified=False,
        tier="tinh",
        updated_at=datetime(2021, 12, 1, 8, 0, tzinfo=UTC),
    )


def test_incoming_document_and_known_signature() -> None:
    row = only_row({**DOCUMENT, "Huong": "den", "DaKySo": False, "CapGui": None})
    assert (row.direction, row.signed, row.tier) == ("in", False, None)


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"MaVanBan": None}, "missing_key"),
        ({"Huong": "len"}, "unknown_direction"),
        ({"OrganId": 17}, "bad_code"),
        ({"IssuedDate": "2021-12-01"}, "bad_date"),
        ({"IssuedDate": None}, "bad_date"),
        ({"DueDate": "2021/02/30"}, "bad_date"),
        ({"updatedAt": "2021-12-01T15:00:00"}, "bad_date"),
        ({"updatedAt": None}, "bad_date"),
        ({"DienTu": "có"}, "bad_flag"),
        ({"Mat": None}, "missing_field"),
        ({"CapGui": "thon"}, "unknown_tier"),
    ],
)
def test_bad_document_is_rejected_with_its_reason_and_no_person(change: dict[str, Any], reason: str) -> None:
    rejected = only_row({**DOCUMENT, **change})
    assert isinstance(rejected, Rejected)
    assert (rejected.reason, rejected.kind) == (reason, "documents")
    assert b"MARKER" not in msgspec.json.encode(rejected)


def pull(replies: list[Answer], monkeypatch: pytest.MonkeyPatch) -> tuple[list[Page], list[Asked]]:
    """The pages that come of these answers in their order, and what was asked."""
    for name, value in SECRETS.items():
        monkeypatch.setenv(name, value)
    waiting = iter(replies)
    with source_server(lambda _: next(waiting)) as server:
        settings = source_settings("qlvb", server.address)
        with SourceClient(settings, CONNECTOR.auth(settings), still_clock(NOW)) as client:
            return list(CONNECTOR.pull(client, SINCE)), server.asked


def window(*updated: str, following: str | None = None) -> Answer:
    records = [{**DOCUMENT, "updatedAt": f"2021-12-01T{time}+07:00"} for time in updated]
    return json_answer({"data": records, "con_tro_tiep": following, "tong_so": 3})


def test_window_is_read_to_its_end_and_only_then_the_cursor_moves(monkeypatch: pytest.MonkeyPatch) -> None:
    pages, asked = pull([window("10:00:00", "12:00:00", following="abc"), window("11:00:00")], monkeypatch)
    assert [page.cursor for page in pages] == [None, datetime(2021, 12, 1, 5, 0, tzinfo=UTC)]
    assert [page.source_count for page in pages] == [3, 3]
    assert asked[0].query == {"capNhatTu": "2021-12-01T08:00:00+07:00", "gioi_han": "1000"}
    assert asked[1].query["con_tro"] == "abc"
    assert asked[0].headers["Authorization"] == "Bearer s3cret-token"


def test_ended_cursor_begins_the_window_again(monkeypatch: pytest.MonkeyPatch) -> None:
    replies = [window("10:00:00", following="abc"), Answer(410), window("10:00:00", following="d"), window("11:00:00")]
    pages, asked = pull(replies, monkeypatch)
    assert [page.cursor for page in pages] == [None, None, datetime(2021, 12, 1, 4, 0, tzinfo=UTC)]
    assert "con_tro" not in asked[2].query


def test_cursor_that_always_ends_is_a_source_not_available(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(SourceUnavailable, match="con_tro ended 3 times"):
        pull([window(following="abc"), Answer(410)] * 3, monkeypatch)


def test_cursor_that_leads_nowhere_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(SourceChanged, match="con_tro_tiep"):
        pull([window("10:00:00", following="abc")] * 2, monkeypatch)


@pytest.mark.parametrize("key", ["data", "con_tro_tiep", "tong_so"])
def test_missing_key_of_the_envelope_is_named(key: str, monkeypatch: pytest.MonkeyPatch) -> None:
    envelope: dict[str, Any] = {"data": [], "con_tro_tiep": None, "tong_so": 0}
    envelope.pop(key)
    with pytest.raises(SourceChanged, match=f"has no {key}"):
        pull([json_answer(envelope)], monkeypatch)
