"""OpenCPS: states and strings, windows that shift while they are read, guessed agencies, its own statistics."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Any

import msgspec
import pytest

from clock import still_clock
from connectors import _opencps_windows
from connectors._contract import Page
from connectors._http import SourceClient
from connectors._opencps_agencies import agency_kind, owner_of_services
from connectors._opencps_statistics import MonthCounts, statistics
from connectors.opencps import CONNECTOR
from errors import ConfigError, SourceChanged, SourceUnavailable
from store.rows import Dossier, Procedure, Rejected, Unit
from tests.recorded import OPENCPS_AGENCY, OPENCPS_DOSSIER, OPENCPS_SERVICE, SECRETS, source_settings
from tests.source_server import Answer, Asked, SourceServer, json_answer, source_server

NOW = datetime(2021, 12, 10, 1, 0, tzinfo=UTC)
THIS_MORNING = datetime(2021, 12, 10, 0, 30, tzinfo=UTC)  # 07:30 local


def only_row(kind: str, record: Any) -> Any:
    batch = CONNECTOR.to_rows(Page(kind=kind, records=[record]), NOW)
    return [*batch.units, *batch.procedures, *batch.dossiers, *batch.rejected][0]


def row_of(**changes: Any) -> Any:
    return only_row("dossiers", {**OPENCPS_DOSSIER, **changes})


def test_dossier_is_renamed_and_typed_and_its_due_date_is_not_extended_again() -> None:
    assert row_of() == Dossier(
        source_id="70301",
        unit_code="H28.148.04792",
        procedure_code="1.000894",
        channel="post",
        state=10,
        submitted_at=datetime(2021, 12, 1, 1, 0, tzinfo=UTC),
        received_at=datetime(2021, 12, 1, 2, 30, tzinfo=UTC),
        due_at=datetime(2021, 12, 3, 10, 0, tzinfo=UTC),
        completed_at=datetime(2021, 12, 2, 16, 59, 59, tzinfo=UTC),
        returned_at=datetime(2021, 12, 3, 1, 0, tzinfo=UTC),
        returned_by_post=True,
        untold=True,
        updated_at=datetime(2021, 12, 3, 1, 5, tzinfo=UTC),
    )


@pytest.mark.parametrize(
    ("status", "state"),
    [
        ("receiving", 1), ("new", 2), ("denied", 3), ("waiting", 5), ("paying", 6), ("cancelled", 7),
        ("unresolved", 8), ("releasing", 9), ("done", 10), ("processing", 4), ("pausing", 4), ("interoperating", 4),
        ("posting", 4), ("correcting", 4), ("cancelling", 4),
    ],
)  # fmt: skip
def test_every_status_has_its_state(status: str, state: int) -> None:
    assert row_of(dossierStatus=status).state == state


@pytest.mark.parametrize("status", ["denied", "cancelled", "unresolved"])
@pytest.mark.parametrize(
    ("released", "finished", "ended"),
    [
        ("02/12/2021 10:00:00", "04/12/2021 10:00:00", datetime(2021, 12, 4, 3, tzinfo=UTC)),
        ("02/12/2021 10:00:00", "", datetime(2021, 12, 2, 3, tzinfo=UTC)),
        ("", "", None),
    ],
)
def test_dossier_without_a_result_ended_when_it_was_finished_else_released(
    status: str, released: str, finished: str, ended: datetime | None
) -> None:
    row = row_of(dossierStatus=status, releaseDate=released, finishDate=finished)
    assert (row.completed_at, row.returned_at) == (ended, None)


@pytest.mark.parametrize(
    ("online", "from_postal", "channel"),
    [
        ("true", "0", "online"),
        ("true", "1", "online"),
        ("false", "0", "counter"),
        ("false", "", "counter"),
        ("false", "2", "post"),
        (False, 1, "post"),
        (True, None, "online"),
    ],
)
def test_channel_is_read_from_strings_that_look_like_booleans(online: Any, from_postal: Any, channel: str) -> None:
    assert row_of(online=online, fromViaPostal=from_postal).channel == channel


@pytest.mark.parametrize(("via", "by_post"), [("0", False), ("1", False), ("2", True), ("", False), (2, True)])
def test_only_via_postal_2_is_a_return_by_post(via: Any, by_post: bool) -> None:
    assert row_of(viaPostal=via).returned_by_post is by_post


def test_number_of_a_dossier_may_come_as_a_number() -> None:
    assert row_of(dossierId=70301) == row_of(dossierId="70301")


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"dossierId": ""}, "missing_key"),
        ({"dossierId": True}, "bad_code"),
        ({"dossierId": "hồ sơ 7"}, "bad_code"),
        ({"serviceCode": ""}, "missing_field"),
        ({"govAgencyCode": ""}, "missing_field"),
        ({"online": ""}, "missing_field"),
        ({"online": "maybe"}, "bad_flag"),
        ({"online": "false", "fromViaPostal": "có"}, "bad_number"),
        ({"viaPostal": "3"}, "unknown_postal"),
        ({"dossierStatus": "archived"}, "unknown_state"),
        ({"dossierStatus": ""}, "unknown_state"),
        ({"modifiedDate": ""}, "bad_date"),
        ({"receiveDate": "2021-12-01 08:00:00"}, "bad_date"),
        ({"dueDate": "31/02/2021 17:00:00"}, "bad_date"),
        ({"dueDate": "12/31/2021 17:00:00"}, "bad_date"),
        ({"dueDate": "03/12/2021"}, "bad_date"),
        ({"releaseDate": "", "finishDate": ""}, "missing_completion"),
    ],
)
def test_bad_dossier_is_rejected_with_its_reason_and_no_person(change: dict[str, Any], reason: str) -> None:
    rejected = row_of(**change)
    assert isinstance(rejected, Rejected)
    assert rejected.reason == reason
    assert b"MARKER" not in msgspec.json.encode(rejected)


def test_rejected_payload_gives_the_same_row_once_the_cause_is_gone() -> None:
    payload = row_of(dossierStatus="archived").payload
    assert only_row("dossiers", {**payload, "dossierStatus": "done"}) == row_of()


@pytest.mark.parametrize(
    ("code", "name", "kind"),
    [
        ("H28", "UBND tỉnh Hòa Bình", "tinh"),
        ("H31", "Thành phố Hải Phòng", "tinh"),
        ("H28.03", "Sở Tài chính", "so"),
        ("H28.33", "Ban Quản lý các khu công nghiệp", "so"),
        ("H28.148", "Thành phố Hòa Bình", "huyen"),
        ("H28.150", "UBND Huyện  Đà Bắc", "huyen"),
        ("H31.20", "Ủy ban nhân dân quận Lê Chân", "huyen"),
        ("H31.21", "Thị xã Thủy Nguyên", "huyen"),
        ("H28.148.04792", "Phường Phương Lâm", "xa"),
        ("H28.150.04831", "Thị trấn Đà Bắc", "xa"),
        ("H28.150.04832", "Đồng Nghê", "xa"),
        ("H28.151", "Kỳ Sơn", "huyen"),
        ("H28.07", "Công an", "so"),
        ("H28.148.01", "Phòng Tư pháp", None),
        ("H28.148.A", "Trung tâm hành chính công", None),
    ],
)
def test_kind_of_an_agency_is_told_by_its_name_else_by_its_code(code: str, name: str, kind: str | None) -> None:
    assert agency_kind(code, name) == kind


def test_agency_and_service_are_guessed_rows() -> None:
    assert only_row("units", OPENCPS_AGENCY) == Unit(
        code="H28.148.04792",
        valid_from=date(2000, 1, 1),
        parent_code="H28.148",
        kind="xa",
        name="UBND phường Phương Lâm",
        guessed=True,
    )
    assert only_row("procedures", OPENCPS_SERVICE) == Procedure(
        code="1.000894",
        valid_from=date(2000, 1, 1),
        name="Đăng ký kết hôn",
        level=3,
        tier="huyen",
        agency_code="H28.148",
        field_code="G15-HT",
        field_name="Hộ tịch",
        guessed=True,
    )


def test_agency_of_no_known_kind_is_rejected() -> None:
    row = only_row("units", {"itemCode": "H28.148.01", "itemName": "Phòng Tư pháp", "parentItemCode": "H28.148"})
    assert row.reason == "unknown_kind"


def agency(code: str, name: str, parent: Any) -> dict[str, Any]:
    return {"itemCode": code, "itemName": name, "parentItemCode": parent}


def test_services_belong_to_the_agency_on_top_and_to_a_whole_tier_when_several_are() -> None:
    district, commune = agency("H28.148", "TP Hòa Bình", "H28"), agency("H28.148.04792", "Phương Lâm", "H28.148")
    assert owner_of_services([commune, district]) == ("H28.148", "huyen")
    assert owner_of_services([agency("H28", "Tỉnh Hòa Bình", "0"), {**district}, commune]) == ("H28", "tinh")
    assert owner_of_services([agency("H28.150", "Đà Bắc", ""), district]) == ("", "huyen")
    assert owner_of_services([agency("H28.03", "Sở Tài chính", None), district]) == ("", "tinh")
    assert owner_of_services([agency("X.A", "Trung tâm", None), "no object"]) == ("", "")


@dataclass
class OpenCpsServer:
    """A small OpenCPS: the last changed first. `before` is called with the number of each question for rows."""

    dossiers: list[dict[str, Any]]
    before: Callable[[int], None] = lambda _number: None
    spoil: Callable[[list[Any]], list[Any]] = lambda rows: rows
    newest_first: bool = True
    questions: list[dict[str, str]] = field(default_factory=list)
    pages: int = 0

    def reply(self, asked: Asked) -> Answer:
        if asked.path.endswith("/dictitems"):
            return json_answer({"data": [OPENCPS_AGENCY, agency("H28.148", "TP Hòa Bình", "H28")]})
        if asked.path.endswith("/serviceinfos"):
            rows = [{**OPENCPS_SERVICE, "serviceCode": f"1.{number:06}"} for number in range(450)]
            return json_answer({"data": rows[int(asked.query["start"]) : int(asked.query["end"])]})
        self.questions.append(asked.query)
        start, end = int(asked.query["start"]), int(asked.query["end"])
        if end > 1:
            self.pages += 1
            self.before(self.pages)
        first, last = (in_order(asked.query[f"{bound}StatisticDate"]) for bound in ("from", "to"))
        held = [row for row in self.dossiers if first <= in_order(row["receiveDate"])[:8] <= last]
        held.sort(key=lambda row: (in_order(row["modifiedDate"]), row["dossierId"]), reverse=self.newest_first)
        return json_answer({"total": len(held), "data": self.spoil(held[start:end])})


def in_order(text: str) -> str:
    """Day and time so that texts are in the order of what they mean."""
    return f"{text[6:10]}{text[3:5]}{text[:2]}{text[10:]}"


def dossier(number: int, second: int, **fields: str) -> dict[str, Any]:
    changed = f"09/12/2021 08:{second // 60:02}:{second % 60:02}"
    return {**OPENCPS_DOSSIER, "dossierId": f"{number:05}", "modifiedDate": changed, **fields}


@pytest.fixture(autouse=True)
def secrets(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in SECRETS.items():
        monkeypatch.setenv(name, value)


@contextmanager
def client_of(reply: Callable[[Asked], Answer]) -> Iterator[tuple[SourceClient, SourceServer]]:
    with source_server(reply) as server:
        settings = source_settings("opencps", server.address)
        with SourceClient(settings, CONNECTOR.auth(settings), still_clock(NOW)) as client:
            yield client, server


def pull(server: OpenCpsServer, since: datetime | None = None) -> list[Page]:
    with client_of(server.reply) as (client, _):
        return list(CONNECTOR.pull(client, since))


def newest_of(pages: list[Page]) -> dict[str, str]:
    """The last update time of each dossier that came."""
    newest: dict[str, str] = {}
    for record in [record for page in pages for record in page.records]:
        newest[record["dossierId"]] = max(newest.get(record["dossierId"], ""), record["modifiedDate"])
    return newest


def test_every_dossier_comes_once_and_the_source_says_how_many_it_holds(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_opencps_windows, "PAGE_SIZE", 4)
    pages = pull(OpenCpsServer([dossier(number, number) for number in range(10)]))
    came = [record["dossierId"] for page in pages for record in page.records]
    assert sorted(came) == [f"{number:05}" for number in range(10)]
    assert [page.source_count for page in pages if page.source_count is not None] == [10]
    assert [page.cursor for page in pages if page.cursor] == [datetime(2021, 12, 9, 1, 0, 9, tzinfo=UTC)]


def test_nothing_held_is_no_error_and_moves_no_cursor() -> None:
    pages = pull(OpenCpsServer([]))
    assert ([page.records for page in pages], pages[-1].cursor) == ([[], []], None)


def test_rows_that_move_to_the_front_while_paged_are_all_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_opencps_windows, "PAGE_SIZE", 3)
    server = OpenCpsServer([dossier(number, number) for number in range(12)])

    def touch(page: int) -> None:
        if page <= 3:
            server.dossiers[page] = dossier(page, 600 + page)

    server.before = touch
    newest = newest_of(pull(server))
    assert sorted(newest) == [f"{number:05}" for number in range(12)]
    assert newest["00001"] == "09/12/2021 08:10:01"


def test_row_that_slips_over_a_page_border_is_found_though_the_total_stays(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_opencps_windows, "PAGE_SIZE", 3)
    server = OpenCpsServer([dossier(number, number) for number in range(9)], newest_first=False)

    def touch(page: int) -> None:
        if page == 2:  # the first moves to the end: the fourth becomes the third, whose page was read already
            server.dossiers[0] = dossier(0, 600)

    server.before = touch
    assert sorted(newest_of(pull(server))) == [f"{number:05}" for number in range(9)]
    assert server.pages > 3


def test_window_whose_total_changed_is_read_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_opencps_windows, "PAGE_SIZE", 3)
    server = OpenCpsServer([dossier(number, number) for number in range(6)])

    def touch(page: int) -> None:
        if page == 2:  # one vanishes from the page that was read: the first of the next page slips into it
            server.dossiers.pop()

    server.before = touch
    assert {f"{number:05}" for number in range(5)} <= newest_of(pull(server)).keys()
    assert server.pages > 3


def test_window_that_never_rests_is_unavailable_and_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_opencps_windows, "PAGE_SIZE", 3)
    server = OpenCpsServer([dossier(number, number) for number in range(6)])
    server.before = lambda page: server.dossiers.append(dossier(1000 + page, page))
    with pytest.raises(SourceUnavailable, match="dossiers from 26/10/2021 to 11/12/2021: its rows kept shifting"):
        pull(server, THIS_MORNING)
    assert server.pages < 200


def test_rows_that_come_twice_in_a_page_hide_no_others(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_opencps_windows, "PAGE_SIZE", 3)
    server = OpenCpsServer([dossier(number, number) for number in range(10)])
    server.spoil = lambda rows: [*rows, *rows[:2], dossier(8, 0)]
    assert sorted(newest_of(pull(server))) == [f"{number:05}" for number in range(10)]


def test_source_that_counts_a_row_twice_is_read_to_its_end() -> None:
    pages = pull(OpenCpsServer([dossier(1, 1), dossier(2, 2), dossier(2, 2)]))
    assert sorted(newest_of(pages)) == ["00001", "00002"]


def test_source_that_gives_smaller_pages_is_read_to_its_end() -> None:
    server = OpenCpsServer([dossier(number, number) for number in range(10)])
    server.spoil = lambda rows: rows[:4]
    assert sorted(newest_of(pull(server))) == [f"{number:05}" for number in range(10)]


def test_first_reading_halves_large_windows(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_opencps_windows, "WINDOW_ROWS", 10)
    months = [f"{1 + number % 28:02}/{1 + number % 12:02}/{2017 + number % 4} 09:00:00" for number in range(60)]
    server = OpenCpsServer([dossier(number, number, receiveDate=day) for number, day in enumerate(months)])
    pages = pull(server)
    assert len(newest_of(pages)) == 60
    read = {(asked["fromStatisticDate"], asked["toStatisticDate"]) for asked in server.questions if asked["end"] != "1"}
    assert len(read) > 5
    assert server.questions[0]["fromStatisticDate"] == "01/01/2000"
    assert server.questions[0]["toStatisticDate"] == "11/12/2021"  # tomorrow: its clock may be ahead


def windows_asked(server: OpenCpsServer) -> list[tuple[str, str]]:
    return [(asked["fromStatisticDate"], asked["toStatisticDate"]) for asked in server.questions if asked["end"] == "1"]


def test_later_polls_look_back_six_weeks() -> None:
    server = OpenCpsServer([dossier(1, 1, modifiedDate="10/12/2021 07:45:00")])
    pull(server, THIS_MORNING)
    assert windows_asked(server) == [("26/10/2021", "11/12/2021")]
    assert server.questions[0]["systemId"] == "0,1,2"
    assert server.questions[0]["top"] == "statistic"


def test_first_change_of_a_day_makes_the_poll_look_back_a_quarter() -> None:
    server = OpenCpsServer([dossier(1, 1, modifiedDate="10/12/2021 07:45:00")])
    pull(server, datetime(2021, 12, 9, 9, 0, tzinfo=UTC))
    assert windows_asked(server) == [("25/10/2021", "11/12/2021"), ("10/09/2021", "24/10/2021")]


def test_requests_carry_password_and_group() -> None:
    with client_of(OpenCpsServer([]).reply) as (client, server):
        list(CONNECTOR.pull(client, None))
    headers = {name.lower(): value for name, value in server.asked[0].headers.items()}
    assert headers["authorization"] == "Basic aW9jOnMzY3JldC1wYXNzd29yZA=="  # ioc:s3cret-password
    assert headers["groupid"] == "20126"


def test_missing_group_is_a_missing_setting() -> None:
    settings = msgspec.structs.replace(source_settings("opencps", "http://127.0.0.1:1"), group_id="")
    with pytest.raises(ConfigError, match="group_id is missing"):
        CONNECTOR.auth(settings)


def test_catalogues_are_read_to_their_end_and_services_know_their_owner() -> None:
    with client_of(OpenCpsServer([]).reply) as (client, _):
        units, services = CONNECTOR.catalogues(client)
    assert (len(units.records), len(services.records)) == (2, 450)
    assert {(row["ownerCode"], row["ownerTier"]) for row in services.records} == {("H28.148", "huyen")}


@pytest.mark.parametrize("path", ["dictitems", "serviceinfos"])
def test_empty_catalogue_is_no_catalogue(path: str) -> None:
    whole = OpenCpsServer([])

    def reply(asked: Asked) -> Answer:
        return json_answer({"data": []}) if asked.path.endswith(path) else whole.reply(asked)

    with client_of(reply) as (client, _), pytest.raises(SourceChanged, match=f"{path}: holds no rows"):
        list(CONNECTOR.catalogues(client))


def test_statistics_are_typed_and_percentages_left_alone() -> None:
    row = {
        "govAgencyCode": "000.00.148.H28", "domainCode": "", "receivedCount": 12, "onlineCount": "7", "releaseCount": 9,
        "betimesCount": 4, "ontimeCount": 4, "overtimeCount": 1, "processingCount": 3, "overdueCount": 0,
        "ontimePercentage": 100,
    }  # fmt: skip
    with client_of(lambda _: json_answer({"dossierStatisticData": [row]})) as (client, server):
        [counts] = statistics(client, 11, 2021)
    assert server.asked[0].query == {"month": "11", "year": "2021"}
    assert counts == MonthCounts(
        unit_code="H28.148", field_code="", received=12, received_online=7, released=9,
        early=4, on_time=4, late=1, processing=3, overdue=0,
    )  # fmt: skip


def test_statistics_that_cannot_be_read_name_month_and_field() -> None:
    answer = json_answer({"dossierStatisticData": [{"receivedCount": "nhiều"}]})
    with client_of(lambda _: answer) as (client, _), pytest.raises(SourceChanged, match="11/2021: receivedCount"):
        statistics(client, 11, 2021)
