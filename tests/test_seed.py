"""The simulated province: its catalogues, its dossiers' lives, and its three systems over real HTTP."""

import signal
import socket
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from hashlib import sha256
from itertools import pairwise
from urllib.parse import quote

import httpx
import numpy as np
import pytest
from defusedxml.ElementTree import fromstring
from shapely.geometry import shape

import seed
from clock import Clock, still_clock
from errors import ConfigError
from seed.people import E_MAIL_DOMAIN, IDENTITY_PREFIX, PHONE_PREFIX
from seed.register import Register
from seed.server import start
from seed.timeline import NEVER, Timeline
from seed.units import old_form
from seed.working_time import from_working, instant_of, is_working_day, local_seconds, midnight, to_working

PLACE = replace(seed.PLACES["hoa-binh"], dossiers_per_year=2_000, documents_per_year=800)
SECRETS = {"MOTCUA_PASSWORD": "p", "VANBAN_TOKEN": "t", "HOP_SECRET": "s"}
LATER = PLACE.start + timedelta(days=40, hours=6)


class HandClock(Clock):
    """A clock that a test moves by hand."""

    def __init__(self, at: datetime) -> None:
        super().__init__(at, at, 0.0)
        self.at = [at]

    def now(self) -> datetime:
        return self.at[0].astimezone(UTC)


class Systems:
    """A running simulator, its clock, and a client for it."""

    def __init__(self, clock: HandClock, urls: dict[str, str], http: httpx.Client) -> None:
        self.clock, self.urls, self.http = clock, urls, http

    def login(self) -> dict[str, str]:
        answer = self.http.post(self.urls["motcua"] + "/login", json={"username": "ioc", "password": "p"})
        return {"session": answer.json()["session"]}

    def one_stop(self, path: str, session: dict[str, str]) -> httpx.Response:
        return self.http.get(self.urls["motcua"] + path, headers=session)

    def documents(self, token: str = "t", **query: str | int) -> httpx.Response:
        headers = {"Authorization": f"Bearer {token}"}
        return self.http.get(self.urls["vanban"] + "/vanban", params=query, headers=headers)

    def conference(self, call: str, query: str = "", secret: str = "s") -> str:
        checksum = sha256(f"{call}{query}{secret}".encode()).hexdigest()
        parts = "&".join(part for part in (query, f"checksum={checksum}") if part)
        return self.http.get(f"{self.urls['hop']}/bigbluebutton/api/{call}?{parts}").text


@pytest.fixture(scope="module")
def running() -> Iterator[tuple[HandClock, dict[str, str]]]:
    clock = HandClock(PLACE.start)
    simulator = start(PLACE, clock, secrets=SECRETS)
    yield clock, simulator.base_urls
    simulator.stop()


@pytest.fixture
def systems(running: tuple[HandClock, dict[str, str]]) -> Iterator[Systems]:
    clock, urls = running
    clock.at[0] = PLACE.start
    with httpx.Client(timeout=30) as http:
        yield Systems(clock, urls, http)


def records_at(at: datetime) -> dict[str, dict]:
    return {record["MaHoSo"]: record for record in seed.raw_dossiers(PLACE, at)}


# Catalogues


def test_hoa_binh_has_its_true_districts_and_communes():
    units = seed.units(PLACE)
    assert Counter(unit.kind for unit in units) == {"tinh": 1, "so": 17, "huyen": 10, "xa": 151}
    names = {unit.code: unit.name for unit in units}
    assert names["H28.148"] == "Thành phố Hòa Bình"
    assert names["H28.148.04792"] == "Phường Tân Hòa"
    assert sum(unit.parent == "H28.148" for unit in units) == 19


def test_every_unit_hangs_under_another_up_to_the_province():
    codes = {unit.code for unit in seed.units(PLACE)}
    assert [unit.code for unit in seed.units(PLACE) if unit.parent not in codes] == ["H28"]


@pytest.mark.parametrize(
    ("new", "old"),
    [
        ("H28", "000.00.00.H28"),
        ("H28.19", "000.00.19.H28"),
        ("H28.148.04792", "000.04792.148.H28"),
        ("H28.19.02.001", "001.02.19.H28"),
    ],
)
def test_old_form_of_an_agency_code(new, old):
    assert old_form(new) == old


def test_departments_offer_841_and_districts_69_procedures_online():
    in_force = [row for row in seed.catalogue_rows(PLACE) if row["NgayHetHieuLuc"] is None and row["MucDo"] >= 3]
    assert sum(row["CapThucHien"] == "tinh" for row in in_force) == 841
    assert sum(row["CapThucHien"] == "huyen" for row in in_force) == 69
    assert {row["CoQuanThucHien"] for row in in_force if row["CapThucHien"] == "huyen"} == {None}
    assert len({row["CoQuanThucHien"] for row in in_force if row["CapThucHien"] == "tinh"}) == 17


def test_a_changed_level_begins_the_day_after_the_old_one_ends():
    rows = seed.catalogue_rows(PLACE)
    ended = {row["MaTTHC"]: row for row in rows if row["NgayHetHieuLuc"]}
    assert len(ended) == 20
    for row in rows:
        if row["MaTTHC"] in ended and row["NgayHetHieuLuc"] is None:
            last_day = datetime.strptime(ended[row["MaTTHC"]]["NgayHetHieuLuc"], "%Y%m%d").replace(tzinfo=UTC)
            assert f"{last_day + timedelta(days=1):%Y%m%d}" == row["NgayHieuLuc"]
            assert ended[row["MaTTHC"]]["MucDo"] < row["MucDo"]


# Working time


def test_working_time_stops_for_the_night_and_for_tet():
    half_past_four = midnight(date(2021, 2, 9)) + 16 * 3600 + 1800
    after = from_working(to_working(np.array([half_past_four])) + 3600)[0]
    assert after == midnight(date(2021, 2, 17)) + 8 * 3600


def test_the_lunch_break_is_no_working_time():
    noon = midnight(date(2021, 12, 9)) + 12 * 3600
    assert to_working(np.array([noon]))[0] == to_working(np.array([noon + 3600]))[0]


def test_a_make_up_saturday_is_a_working_day():
    assert is_working_day(date(2024, 5, 4))
    assert not is_working_day(date(2024, 4, 29))


# Lives of dossiers


def test_a_timeline_gives_the_newest_event_in_order_of_time_and_tie():
    events = Timeline(np.array([[10, 30], [10, NEVER], [20, 40]]), np.array([2, 1, 3]))
    records, columns = events.changed(None, 30)
    assert list(zip(records.tolist(), columns.tolist(), strict=True)) == [(1, 0), (2, 0), (0, 1)]


def test_a_timeline_window_includes_both_ends():
    events = Timeline(np.array([[10], [20], [30]]), np.array([1, 2, 3]))
    assert events.changed(10, 20)[0].tolist() == [0, 1]


def test_a_year_brings_about_what_was_asked():
    assert 1_850 < len(records_at(PLACE.start)) < 2_150


def test_nothing_is_later_than_the_clock_shows():
    now = f"{PLACE.start:%Y%m%d%H%M%S}"
    fields = ("NgayNopHoSo", "NgayTiepNhan", "NgayKetThucXuLy", "NgayTra", "NgayCapNhat")
    assert all(record[field] <= now for record in seed.raw_dossiers(PLACE, PLACE.start) for field in fields)


def test_dossiers_come_in_order_of_update_and_code():
    keys = [(record["NgayCapNhat"], record["MaHoSo"]) for record in seed.raw_dossiers(PLACE, LATER)]
    assert keys == sorted(keys)


def test_a_code_is_never_given_twice():
    assert len(records_at(LATER)) == len(seed.raw_dossiers(PLACE, LATER))


def test_every_changed_record_has_a_later_update_time():
    before, after = records_at(PLACE.start), records_at(LATER)
    changed = [code for code in before if before[code] != after[code]]
    assert changed
    assert all(before[code]["NgayCapNhat"] < after[code]["NgayCapNhat"] for code in changed)


def test_the_same_seed_number_gives_the_same_dossiers_however_they_were_asked_for():
    from seed.dossiers import day_of_dossiers

    at = local_seconds(LATER)
    at_once = Register(PLACE, day_of_dossiers).changed(None, at)
    step_by_step = Register(PLACE, day_of_dossiers)
    for days in (40, 12, 3, 0):
        step_by_step.changed(None, at - days * 86_400)
    assert all(np.array_equal(a, b) for a, b in zip(at_once, step_by_step.changed(None, at), strict=True))


def test_another_seed_number_gives_other_dossiers():
    other = {record["MaHoSo"] for record in seed.raw_dossiers(replace(PLACE, seed=7), PLACE.start)}
    assert other != set(records_at(PLACE.start))


def test_all_states_and_channels_occur():
    bigger = replace(PLACE, dossiers_per_year=20_000)
    records = seed.raw_dossiers(bigger, datetime(2021, 6, 15, 9, 30, tzinfo=PLACE.start.tzinfo))
    assert {record["TrangThaiHoSo"] for record in records} == {str(state) for state in range(1, 11)}
    assert {record["KenhThucHien"] for record in records} == {"1", "2", "3"}
    assert {record["DuocThanhToanTrucTuyen"] for record in records} == {"0", "1", "2", "3"}
    assert None in {record["DanhGiaHaiLong"] for record in records}
    assert any(record["NgayTiepNhan"] and not record["NgayHenTra"] for record in records)


def test_a_done_dossier_says_when_and_an_open_one_does_not():
    for record in seed.raw_dossiers(PLACE, PLACE.start):
        assert bool(record["NgayKetThucXuLy"]) == (record["TrangThaiHoSo"] in {"7", "8", "9", "10"})
        assert bool(record["NgayTra"]) == (record["TrangThaiHoSo"] == "10")
        assert bool(record["NgayTiepNhan"]) == (record["TrangThaiHoSo"] not in {"1", "3"})


def test_a_supplement_moves_the_due_date():
    moved = [record for record in seed.raw_dossiers(PLACE, PLACE.start) if record["DanhSachHoSoBoSung"]]
    back = [record for record in moved if record["DanhSachHoSoBoSung"][0]["NgayTiepNhanBoSung"]]
    assert back
    for record in back:
        supplement = record["DanhSachHoSoBoSung"][0]
        assert record["NgayHenTra"] == supplement["NgayHenTraMoi"]
        assert not record["NgayHenTra"] or supplement["NgayHenTraTruoc"] < supplement["NgayHenTraMoi"]


def test_counters_are_closed_on_days_off():
    for record in seed.raw_dossiers(PLACE, PLACE.start):
        day = datetime.strptime(record["NgayNopHoSo"][:8], "%Y%m%d").replace(tzinfo=UTC).date()
        assert record["KenhThucHien"] == "2" or is_working_day(day)


def test_units_are_written_in_both_forms():
    written = {record["DonViXuLy"] for record in seed.raw_dossiers(PLACE, PLACE.start)}
    assert {unit.startswith("H28") for unit in written} == {True, False}


def test_personal_values_are_recognisable():
    records = seed.raw_dossiers(PLACE, PLACE.start)[:50]
    for record in records:
        assert record["ChuHoSo"].endswith(seed.MARKER)
        assert record["SoGiayToChuHoSo"].startswith(IDENTITY_PREFIX)
        assert record["SoDienThoai"].startswith(PHONE_PREFIX)
        assert record["Email"].endswith(E_MAIL_DOMAIN) or not record["Email"]
    assert {record["ChuHoSo"] for record in records} <= seed.personal_values(records)
    documents = seed.raw_documents(PLACE, PLACE.start)[:5]
    assert documents[0]["SignerInfo"]["FullName"] in seed.personal_values(documents)


# The one-stop system over HTTP


def test_login_is_refused_with_a_wrong_password(systems):
    answer = systems.http.post(systems.urls["motcua"] + "/login", json={"username": "ioc", "password": "wrong"})
    assert answer.status_code == 401
    assert answer.json()["error_code"] == "401"


def test_a_session_ends_after_fifteen_minutes(systems):
    session = systems.login()
    systems.clock.at[0] += timedelta(seconds=899)
    assert systems.one_stop("/LayDanhMucCoQuan", session).status_code == 200
    systems.clock.at[0] += timedelta(seconds=1)
    assert systems.one_stop("/LayDanhMucCoQuan", session).status_code == 401


def test_nothing_is_told_without_a_session(systems):
    paths = ("/DongBoHoSoMC", "/LayDanhSachTTHC", "/LayDanhMucCoQuan", "/ThongKe?tuNgay=20210101&denNgay=20210102")
    assert [systems.one_stop(path, {}).status_code for path in paths] == [401] * 4


def test_pages_together_are_everything(systems):
    session = systems.login()
    pages = [
        systems.one_stop(f"/DongBoHoSoMC?trang={page}&kichThuoc=900", session).json()["result"] for page in (1, 2, 3, 4)
    ]
    whole = seed.raw_dossiers(PLACE, PLACE.start)
    assert [record for page in pages for record in page["data"]] == whole
    assert [page["tongSo"] for page in pages] == [len(whole)] * 4
    assert pages[3]["data"] == []


def test_a_page_holds_5000_at_most(systems):
    result = systems.one_stop("/DongBoHoSoMC?kichThuoc=99999", systems.login()).json()["result"]
    assert result["kichThuoc"] == 5000


def test_updates_are_asked_for_inclusively(systems):
    whole = seed.raw_dossiers(PLACE, PLACE.start)
    since = whole[-20]["NgayCapNhat"]
    asked = systems.one_stop(f"/DongBoHoSoMC?capNhatTu={since}", systems.login()).json()["result"]["data"]
    assert asked == [record for record in whole if record["NgayCapNhat"] >= since]


@pytest.mark.parametrize("query", ["capNhatTu=2021", "capNhatTu=20211310000000", "trang=0", "kichThuoc=x"])
def test_a_senseless_question_is_refused(systems, query):
    assert systems.one_stop(f"/DongBoHoSoMC?{query}", systems.login()).status_code == 400


def test_statistics_agree_with_the_records(systems):
    rows = systems.one_stop("/ThongKe?tuNgay=20210301&denNgay=20210630", systems.login()).json()["result"]["data"]
    records = [record for record in seed.raw_dossiers(PLACE, PLACE.start) if record["NgayTiepNhan"]]
    received = [record for record in records if "20210301" <= record["NgayTiepNhan"][:8] <= "20210630"]
    done = [
        record
        for record in records
        if record["TrangThaiHoSo"] in {"9", "10"} and "20210301" <= record["NgayKetThucXuLy"][:8] <= "20210630"
    ]
    late = [
        record for record in done if record["NgayHenTra"] and record["NgayKetThucXuLy"][:8] > record["NgayHenTra"][:8]
    ]
    still_open = [
        record
        for record in records
        if record["NgayTiepNhan"][:8] <= "20210630" and not "0" < record["NgayKetThucXuLy"][:8] <= "20210630"
    ]
    sums = {name: sum(row[name] for row in rows) for name in rows[0] if name != "MADONVI"}
    assert sums == {
        "HSTiepNhan": len(received),
        "HSTiepNhanTrucTuyen": sum(record["KenhThucHien"] == "2" for record in received),
        "HSDaXuLy": len(done),
        "HSDaXLDungHan": len(done) - len(late),
        "HSDaXLQuaHan": len(late),
        "HSDangXuLy": len(still_open),
    }
    assert len(rows) == 179


# The document system over HTTP


def test_documents_need_the_right_token(systems):
    assert systems.documents(token="wrong").status_code == 401


def test_the_cursor_leads_through_all_documents(systems):
    pages = [systems.documents(gioi_han=300).json()]
    while cursor := pages[-1]["con_tro_tiep"]:
        pages.append(systems.documents(gioi_han=300, con_tro=cursor).json())
    whole = seed.raw_documents(PLACE, PLACE.start)
    assert [record for page in pages for record in page["data"]] == whole
    assert {page["tong_so"] for page in pages} == {len(whole)}
    assert all(a["updatedAt"] <= b["updatedAt"] for a, b in pairwise(whole))


def test_a_cursor_ends_after_ten_minutes(systems):
    cursor = systems.documents(gioi_han=10).json()["con_tro_tiep"]
    systems.clock.at[0] += timedelta(seconds=599)
    assert systems.documents(con_tro=cursor).status_code == 200
    systems.clock.at[0] += timedelta(seconds=1)
    assert systems.documents(con_tro=cursor).status_code == 410


def test_a_cursor_that_was_not_given_is_gone(systems):
    assert systems.documents(con_tro="AAAA").status_code == 410


def test_documents_are_asked_for_inclusively(systems):
    whole = seed.raw_documents(PLACE, PLACE.start)
    since = whole[-5]["updatedAt"]
    assert systems.documents(capNhatTu=since).json()["data"] == [d for d in whole if d["updatedAt"] >= since]
    assert systems.documents(capNhatTu="2021-12-10T08:00:00").status_code == 400


def test_documents_are_signed_not_signed_or_unknown():
    documents = seed.raw_documents(PLACE, PLACE.start)
    assert {document["DaKySo"] for document in documents} == {True, False, None}
    assert {document["Huong"] for document in documents} == {"den", "di"}
    assert not any(document["GuiLienThong"] for document in documents if document["Mat"])


# The conference system over HTTP


def test_a_wrong_checksum_fails(systems):
    root = fromstring(systems.conference("getMeetings", secret="wrong"))
    assert (root.findtext("returncode"), root.findtext("messageKey")) == ("FAILED", "checksumError")


def test_the_province_meets_at_eight_and_its_meeting_vanishes_when_it_ends(systems):
    first = fromstring(systems.conference("getMeetings"))
    hosts = [meeting.findtext("metadata/unit-code") for meeting in first.iter("meeting")]
    assert "H28" in hosts
    assert {meeting.findtext("endTime") for meeting in first.iter("meeting")} == {"0"}
    systems.clock.at[0] += timedelta(hours=12)
    later = fromstring(systems.conference("getMeetings"))
    assert later.findtext("messageKey") == "noMeetings"
    assert later.findtext("returncode") == "SUCCESS"


def test_attendees_carry_their_unit_in_brackets(systems):
    names = [name.text for name in fromstring(systems.conference("getMeetings")).iter("fullName")]
    assert sum(name.startswith("[H28") for name in names) > len(names) * 0.8
    assert all(name.endswith(seed.MARKER) for name in names)


def test_recordings_are_listed_once_the_meeting_has_ended(systems):
    def ended() -> set[str]:
        query = "state=" + quote("published")
        root = fromstring(systems.conference("getRecordings", query))
        return {recording.findtext("internalMeetingID") for recording in root.iter("recording")}

    before = ended()
    running = [held for held in seed.meetings(PLACE, PLACE.start) if held.recorded]
    systems.clock.at[0] = instant_of(max((held.ended for held in running), default=0)) if running else LATER
    assert {held.internal_id for held in running} & before == set()
    assert {held.internal_id for held in running} <= ended()


def test_some_invited_units_stay_dark_and_breakout_rooms_exist():
    from seed.meetings import day_of_meetings

    held = [meeting for day in range(1, 31) for meeting in day_of_meetings(PLACE, date(2021, 11, day))]
    came = [len(meeting.attendees) - 1 for meeting in held if not meeting.breakout]
    invited = [len(meeting.invited) for meeting in held if not meeting.breakout]
    assert 0.85 < sum(came) / sum(invited) < 0.97
    assert any(meeting.breakout for meeting in held)


# What the rest of the project asks for


def test_a_simulator_stops_and_frees_its_port():
    simulator = start(PLACE, still_clock(PLACE.start), secrets=SECRETS)
    simulator.stop()
    again = start(PLACE, still_clock(PLACE.start), simulator.port, SECRETS)
    assert again.port == simulator.port
    again.stop()


def test_a_taken_port_is_said_in_plain_words():
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(ConfigError, match=f"port {port} cannot be opened"):
            start(PLACE, still_clock(PLACE.start), port, SECRETS)


def test_an_unknown_place_is_answered_with_those_that_exist():
    with pytest.raises(ConfigError, match="known: hoa-binh"):
        seed.find_place("atlantis")


def test_serve_ends_cleanly_on_sigterm():
    code = (
        "import seed, seed.place; from dataclasses import replace; from clock import still_clock\n"
        "place = replace(seed.PLACES['hoa-binh'], dossiers_per_year=100)\n"
        "seed.PLACES['hoa-binh'] = place\n"
        "import seed.server; listen = seed.server._listen\n"
        "def told(port):\n"
        "    listener = listen(port); print(listener.getsockname()[1], flush=True); return listener\n"
        "seed.server._listen = told\n"
        "seed.serve('hoa-binh', 0, still_clock(place.start))\n"
    )
    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        port = int(process.stdout.readline())
        # Answered only once the server runs, and so once it listens to signals.
        assert httpx.get(f"http://127.0.0.1:{port}/dvcqg/ThongKe", timeout=60).status_code == 401
        process.send_signal(signal.SIGTERM)
        assert process.wait(timeout=30) == 0


def test_demo_settings_name_the_sources_and_their_secrets():
    settings = seed.demo_settings(PLACE, 9000)
    assert [(source.name, source.dialect) for source in settings.sources] == [
        ("motcua", "dvcqg"),
        ("vanban", "qlvb"),
        ("hop", "bigbluebutton"),
        ("diemcau", "bridge_points"),
        ("baocao", "returns"),
    ]
    named = {source.password_env or source.token_env or source.secret_env for source in settings.sources}
    assert named - {""} == set(seed.demo_secrets(PLACE))
    assert settings.sources[0].base_url == "http://127.0.0.1:9000/dvcqg"


def test_every_district_and_commune_has_a_valid_cell_and_districts_cover_their_communes():
    shapes = {code: shape(geometry) for code, geometry in seed.shapes(PLACE)}
    assert set(shapes) == {unit.code for unit in seed.units(PLACE) if unit.kind in {"huyen", "xa"}}
    assert all(cell.is_valid and not cell.is_empty for cell in shapes.values())
    communes = sum(cell.area for code, cell in shapes.items() if code.startswith("H28.148."))
    assert shapes["H28.148"].area == pytest.approx(communes, rel=1e-3)


def test_51_percent_is_the_target_of_the_province_departments_and_districts_and_50_until_2025_stands_beside():
    told = [target for target in seed.targets(PLACE) if target["indicator"] == "online_dossier_rate"]
    assert sorted((target["unit_code"], target["kind"], target["value"]) for target in told) == [
        ("", "huyen", 0.51),
        ("", "so", 0.51),
        ("H28", "", 0.50),
        ("H28", "", 0.51),
    ]
    assert min(told, key=lambda target: target["valid_from"])["value"] == 0.50
