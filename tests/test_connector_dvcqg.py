"""The one-stop's dialect: codes, sessions, paging by key, records that are refused."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime
from typing import Any

import msgspec
import pytest

from clock import still_clock
from connectors import by_dialect, connector, connectors
from connectors._codes import agency_code
from connectors._contract import Page
from connectors._http import SourceClient
from connectors.dvcqg import CONNECTOR
from errors import ConfigError, SourceChanged, SourceRefused
from store.rows import Dossier, Procedure, Rejected, Unit
from tests.recorded import DOSSIER, PROCEDURE, SECRETS, UNIT, source_settings
from tests.source_server import Answer, Asked, SourceServer, json_answer, source_server

NOW = datetime(2021, 12, 10, 1, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("written", "code"),
    [
        ("H28.21.03", "H28.21.03"),
        ("000.03.21.H28", "H28.21.03"),
        ("000.00.19.H28", "H28.19"),
        ("001.02.19.H28", "H28.19.02.001"),
        ("000.00.00.H28", "H28"),
        ("000.04792.148.H28", "H28.148.04792"),
        ("H28.148.04792", "H28.148.04792"),
        ("17.148.04792", "17.148.04792"),
        ("04792", "04792"),
        ("H28", "H28"),
    ],
)
def test_both_forms_of_an_agency_code_are_one(written: str, code: str) -> None:
    assert agency_code(written) == code


def test_unknown_dialect_lists_the_known_ones() -> None:
    with pytest.raises(ConfigError, match=r"'soap'; one of: bigbluebutton, .*dvcqg, .*qlvb"):
        connector("soap")


def test_two_modules_with_one_dialect_are_refused_at_start() -> None:
    with pytest.raises(ValueError, match="first and second both speak the dialect 'dvcqg'"):
        by_dialect([("first", connectors()["dvcqg"]), ("second", connectors()["dvcqg"])])


def only_row(kind: str, record: Any) -> Any:
    batch = CONNECTOR.to_rows(Page(kind=kind, records=[record]), NOW)
    return [*batch.units, *batch.procedures, *batch.dossiers, *batch.rejected][0]


def test_dossier_is_renamed_and_typed() -> None:
    assert only_row("dossiers", DOSSIER) == Dossier(
        source_id="H28.148.04792-211201-0007",
        unit_code="H28.148.04792",
        procedure_code="1.000894",
        channel="online",
        state=10,
        submitted_at=datetime(2021, 12, 1, 1, 0, tzinfo=UTC),
        received_at=datetime(2021, 12, 1, 2, 30, tzinfo=UTC),
        due_at=datetime(2021, 12, 3, 10, 0, tzinfo=UTC),
        completed_at=datetime(2021, 12, 2, 16, 59, 59, tzinfo=UTC),
        returned_at=datetime(2021, 12, 3, 1, 0, tzinfo=UTC),
        returned_by_post=True,
        digitised=True,
        authenticated=False,
        payment="national",
        fee_due=True,
        supplements=1,
        e_result=True,
        rating=3,
        updated_at=datetime(2021, 12, 3, 1, 5, tzinfo=UTC),
    )


def test_numbers_may_come_as_numbers_and_nothing_may_be_absent() -> None:
    bare = {key: DOSSIER[key] for key in ("MaHoSo", "MaTTHC", "DonViXuLy", "NgayCapNhat")}
    row = only_row("dossiers", {**bare, "KenhThucHien": 1, "TrangThaiHoSo": 2, "NgayHenTra": "", "NgayTra": None})
    assert (row.channel, row.state, row.due_at, row.payment, row.fee_due, row.rating) == (
        "counter",
        2,
        None,
        "none",
        False,
        None,
    )


def test_unit_and_procedure_are_renamed_and_typed() -> None:
    assert only_row("units", UNIT) == Unit(
        code="H28.148.04792",
        valid_from=date(2020, 1, 1),
        valid_to=None,
        parent_code="H28.148",
        kind="xa",
        name="Phường Phương Lâm",
    )
    assert only_row("procedures", PROCEDURE) == Procedure(
        code="1.000894",
        valid_from=date(2020, 1, 1),
        valid_to=date(2021, 6, 30),
        name="Đăng ký kết hôn",
        level=3,
        tier="xa",
        agency_code=None,
        field_code="G15-HT",
        field_name="Hộ tịch",
        fee=False,
        national_portal=True,
    )


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"MaHoSo": ""}, "missing_key"),
        ({"MaHoSo": None}, "missing_key"),
        ({"MaHoSo": 17}, "bad_code"),
        ({"MaTTHC": 1.000894}, "bad_code"),
        ({"MaTTHC": ""}, "missing_field"),
        ({"DonViXuLy": None}, "missing_field"),
        ({"KenhThucHien": "9"}, "unknown_channel"),
        ({"KenhThucHien": None}, "unknown_channel"),
        ({"TrangThaiHoSo": "11"}, "unknown_state"),
        ({"NgayCapNhat": ""}, "bad_date"),
        ({"NgayTiepNhan": "20211301000000"}, "bad_date"),
        ({"NgayHenTra": "20210230170000"}, "bad_date"),
        ({"NgayHenTra": "20211203"}, "bad_date"),
        ({"NgayHenTra": 20211203170000}, "bad_date"),
        ({"DanhSachLePhi": [{"Gia": "miễn phí"}]}, "bad_number"),
        ({"DanhSachLePhi": "không"}, "bad_list"),
        ({"DanhGiaHaiLong": "Tạm được"}, "unknown_rating"),
        ({"DuocThanhToanTrucTuyen": "7"}, "unknown_payment"),
        ({"HinhThuc": "2"}, "bad_flag"),
        ({"NgayKetThucXuLy": "", "NgayTra": ""}, "missing_completion"),
    ],
)
def test_bad_dossier_is_rejected_with_its_reason_and_no_person(change: dict[str, Any], reason: str) -> None:
    rejected = only_row("dossiers", {**DOSSIER, **change})
    assert isinstance(rejected, Rejected)
    assert rejected.reason == reason
    assert rejected.source_id == (DOSSIER["MaHoSo"] if "MaHoSo" not in change else None)
    assert b"MARKER" not in msgspec.json.encode(rejected)


def test_rejected_payload_gives_the_same_row_once_the_cause_is_gone() -> None:
    payload = only_row("dossiers", {**DOSSIER, "KenhThucHien": "9"}).payload
    assert only_row("dossiers", {**payload, "KenhThucHien": "2"}) == only_row("dossiers", DOSSIER)


def test_one_bad_record_never_loses_a_good_one() -> None:
    batch = CONNECTOR.to_rows(Page(kind="dossiers", records=["x", None, {}, DOSSIER]), NOW)
    assert [row.reason for row in batch.rejected] == ["not_an_object", "not_an_object", "missing_key"]
    assert len(batch.dossiers) == 1


class OneStop:
    """A small one-stop as wire.md describes it. `on_page` is called before each page of dossiers."""

    def __init__(self, dossiers: list[dict[str, Any]], page_size: int = 3) -> None:
        self.dossiers, self.page_size = dossiers, page_size
        self.logins, self.sessions = 0, {"none yet"}
        self.pages = 0
        self.login_answer: Answer | None = None

    def on_page(self, number: int) -> None:
        """Nothing happens."""

    def reply(self, asked: Asked) -> Answer:
        if asked.path == "/api/login":
            return self._login()
        if asked.headers.get("session") not in self.sessions:
            return json_answer({"error_code": "401", "message": "phiên hết hạn"}, 401)
        if asked.path == "/api/DongBoHoSoMC":
            self.pages += 1
            self.on_page(self.pages)
            return self._dossiers(asked.query)
        return json_answer({"error_code": "0", "result": {"data": []}})

    def _login(self) -> Answer:
        self.logins += 1
        self.sessions = {f"session-{self.logins}"}
        return self.login_answer or json_answer({"error_code": "0", "session": f"session-{self.logins}", "hetHan": 900})

    def _dossiers(self, query: dict[str, str]) -> Answer:
        held = sorted(self.dossiers, key=lambda dossier: (dossier["NgayCapNhat"], dossier["MaHoSo"]))
        held = [dossier for dossier in held if dossier["NgayCapNhat"] >= query.get("capNhatTu", "")]
        size = min(int(query["kichThuoc"]), self.page_size)
        begin = (int(query["trang"]) - 1) * size
        result = {"tongSo": str(len(held)), "trang": 1, "kichThuoc": size, "data": held[begin : begin + size]}
        return json_answer({"error_code": "0", "message": "", "result": result})


def dossier(number: int, updated: str, **fields: str) -> dict[str, Any]:
    return {**DOSSIER, "MaHoSo": f"D{number:03}", "NgayCapNhat": f"20211203{updated}", **fields}


@contextmanager
def client_of(one_stop: OneStop, monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[SourceClient, SourceServer]]:
    for name, value in SECRETS.items():
        monkeypatch.setenv(name, value)
    with source_server(one_stop.reply) as server:
        settings = source_settings("dvcqg", server.address)
        with SourceClient(settings, CONNECTOR.auth(settings), still_clock(NOW)) as client:
            yield client, server


def pulled(pages: list[Page]) -> list[str]:
    return [record["MaHoSo"] for page in pages for record in page.records]


def test_every_dossier_comes_once_though_pages_overlap_by_key(monkeypatch: pytest.MonkeyPatch) -> None:
    one_stop = OneStop([dossier(number, f"08000{number // 2}") for number in range(10)])
    with client_of(one_stop, monkeypatch) as (client, _):
        pages = list(CONNECTOR.pull(client, None))
    assert sorted(pulled(pages)) == [f"D{number:03}" for number in range(10)]
    assert {page.source_count for page in pages} == {10}
    assert max(page.cursor for page in pages if page.cursor) == datetime(2021, 12, 3, 1, 0, 4, tzinfo=UTC)


def test_pages_of_one_single_update_time_are_read_to_their_end(monkeypatch: pytest.MonkeyPatch) -> None:
    one_stop = OneStop([dossier(number, "080000") for number in range(10)] + [dossier(99, "080001")])
    with client_of(one_stop, monkeypatch) as (client, _):
        assert len(set(pulled(list(CONNECTOR.pull(client, None))))) == 11


def test_dossiers_that_change_while_pages_are_read_are_all_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    one_stop = OneStop([dossier(number, f"0800{number:02}") for number in range(12)])

    def touch(page: int) -> None:
        if page <= 3:  # what was read already moves to the end, and all pages after it shift
            for number in (0, 1, 2):
                one_stop.dossiers[number] = dossier(number, f"0900{page:02}", TrangThaiHoSo="9")

    monkeypatch.setattr(one_stop, "on_page", touch)
    with client_of(one_stop, monkeypatch) as (client, _):
        pages = list(CONNECTOR.pull(client, None))
    assert {f"D{number:03}" for number in range(12)} <= set(pulled(pages))
    newest = [record for page in pages for record in page.records if record["MaHoSo"] == "D000"][-1]
    assert newest["NgayCapNhat"] == "20211203090003"


def test_rows_that_leave_a_page_of_one_update_time_hide_no_other(monkeypatch: pytest.MonkeyPatch) -> None:
    one_stop = OneStop([dossier(number, "080000") for number in range(9)])

    def touch(page: int) -> None:
        if page == 3:
            one_stop.dossiers[0] = dossier(0, "090000")

    monkeypatch.setattr(one_stop, "on_page", touch)
    with client_of(one_stop, monkeypatch) as (client, _):
        assert set(pulled(list(CONNECTOR.pull(client, None)))) == {f"D{number:03}" for number in range(9)}


def test_count_above_the_rows_seen_is_followed_to_an_empty_page(monkeypatch: pytest.MonkeyPatch) -> None:
    one_stop = OneStop([dossier(number, f"08000{number}") for number in range(2)])

    def reply(query: dict[str, str]) -> Answer:
        data = [row for row in one_stop.dossiers if row["NgayCapNhat"] >= query.get("capNhatTu", "")]
        data = data if query["trang"] == "1" else []
        return json_answer({"error_code": "0", "result": {"tongSo": 40, "kichThuoc": 5000, "data": data}})

    monkeypatch.setattr(one_stop, "_dossiers", reply)
    with client_of(one_stop, monkeypatch) as (client, _):
        pages = list(CONNECTOR.pull(client, None))
    assert pulled(pages) == ["D000", "D001"]
    assert pages[0].source_count == 40


def test_since_is_asked_in_local_time_and_an_empty_answer_moves_no_cursor(monkeypatch: pytest.MonkeyPatch) -> None:
    with client_of(OneStop([]), monkeypatch) as (client, server):
        pages = list(CONNECTOR.pull(client, datetime(2021, 12, 9, 17, 30, tzinfo=UTC)))
    assert server.asked[-1].query == {"capNhatTu": "20211210003000", "trang": "1", "kichThuoc": "5000"}
    assert [(page.records, page.cursor) for page in pages] == [([], None)]


def test_ended_session_is_renewed_and_the_call_repeated(monkeypatch: pytest.MonkeyPatch) -> None:
    one_stop = OneStop([dossier(number, f"08000{number}") for number in range(4)])
    with client_of(one_stop, monkeypatch) as (client, _):
        list(CONNECTOR.pull(client, None))
        one_stop.sessions = set()
        assert len(pulled(list(CONNECTOR.pull(client, None)))) == 4
    assert one_stop.logins == 2


@pytest.mark.parametrize(
    "answer",
    [json_answer({"error_code": "401", "message": "sai"}, 401), json_answer({"error_code": "5", "message": "sai"})],
)
def test_wrong_credentials_are_refused(monkeypatch: pytest.MonkeyPatch, answer: Answer) -> None:
    one_stop = OneStop([])
    one_stop.login_answer = answer
    with client_of(one_stop, monkeypatch) as (client, _), pytest.raises(SourceRefused, match="check the user name"):
        list(CONNECTOR.pull(client, None))
    assert one_stop.logins == 1


@pytest.mark.parametrize(("code", "told"), [("17", "17"), (17, "17"), ("của bà Bùi Thị Hoa", "unreadable")])
def test_error_code_is_told_without_its_message_which_may_name_a_person(
    code: str | int, told: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    one_stop = OneStop([])
    monkeypatch.setattr(one_stop, "_dossiers", lambda _: json_answer({"error_code": code, "message": "bà Bùi Thị Hoa"}))
    with client_of(one_stop, monkeypatch) as (client, _), pytest.raises(SourceChanged, match=rf"error_code {told}$"):
        list(CONNECTOR.pull(client, None))


def test_empty_catalogue_is_no_catalogue(monkeypatch: pytest.MonkeyPatch) -> None:
    with client_of(OneStop([]), monkeypatch) as (client, _), pytest.raises(SourceChanged, match="holds no rows"):
        list(CONNECTOR.catalogues(client))
