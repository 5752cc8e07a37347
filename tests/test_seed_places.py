"""The six places: their true units, their calibrated histories, what they keep in files, and the reform of one."""

from collections import Counter
from datetime import UTC, date, datetime, timedelta
from typing import Any

import numpy as np
import pytest
from shapely.geometry import shape

import seed
from metrics import catalogue
from seed.calibration import calibrate, spread
from seed.dossiers import day_of_dossiers
from seed.register import Register
from seed.registers import bridge_points, returns
from seed.working_time import is_working_day, local_seconds

CITY, HA_NAM, PHU_THO = (seed.find_place(name) for name in ("hoa-binh-city", "ha-nam", "phu-tho"))
BORDERS = {"hoa-binh": 161, "hoa-binh-city": 20, "dien-bien": 139, "ha-nam": 104, "hai-phong": 181, "phu-tho": 148}


@pytest.mark.parametrize(
    ("name", "kinds"),
    [
        ("hoa-binh", {"tinh": 1, "so": 17, "huyen": 10, "xa": 151}),
        ("hoa-binh-city", {"huyen": 1, "xa": 19}),
        ("dien-bien", {"tinh": 1, "so": 17, "huyen": 10, "xa": 129}),
        ("ha-nam", {"tinh": 1, "so": 17, "huyen": 6, "xa": 98}),
        ("hai-phong", {"tinh": 1, "so": 17, "huyen": 15, "xa": 167}),
        ("phu-tho", {"tinh": 1, "so": 12, "xa": 148}),
    ],
)
def test_every_place_has_its_units_under_one_root(name: str, kinds: dict[str, int]) -> None:
    place = seed.find_place(name)
    units = [unit for unit in seed.units(place) if unit.in_force(place.start.date())]
    codes = {unit.code for unit in units}
    assert Counter(unit.kind for unit in units) == kinds
    assert sum(unit.parent is None for unit in units) == 1
    assert all(unit.parent is None or unit.parent in codes for unit in units)
    assert len(codes) == len(units)


def test_nam_po_has_15_communes() -> None:
    units = seed.units(seed.find_place("dien-bien"))
    names = {unit.code: unit.name for unit in units}
    assert names["H18.103"] == "Huyện Nậm Pồ"
    assert sum(unit.parent == "H18.103" for unit in units) == 15


def test_districts_have_the_names_of_their_year() -> None:
    names = {unit.code: unit.name for unit in seed.units(seed.find_place("hai-phong"))}
    assert (names["H24.311"], names["H24.312"]) == ("Huyện Thủy Nguyên", "Huyện An Dương")


@pytest.mark.parametrize("name", seed.PLACES)
def test_every_procedure_has_one_code_and_belongs_to_a_unit_or_tier(name: str) -> None:
    place = seed.find_place(name)
    codes = {unit.code for unit in seed.units(place)}
    rows = seed.catalogue_rows(place)
    assert len({(row["MaTTHC"], row["NgayHieuLuc"]) for row in rows}) == len(rows)
    assert {row["CoQuanThucHien"] for row in rows} - {None} <= codes


@pytest.mark.parametrize("name", seed.PLACES)
def test_every_commune_of_today_has_a_valid_cell(name: str) -> None:
    place = seed.find_place(name)
    drawn = {code: shape(geometry) for code, geometry in seed.shapes(place)}
    # An island district without communes has none.
    wanted = {unit.code for unit in seed.units(place) if unit.kind in {"huyen", "xa"} and not unit.valid_to}
    assert set(drawn) == wanted - {"H24.318"}
    assert len(drawn) == BORDERS[name]
    assert all(cell.is_valid and not cell.is_empty for cell in drawn.values())


@pytest.mark.parametrize("name", seed.PLACES)
def test_a_place_has_a_source_and_a_credential_for_each_of_its_systems(name: str) -> None:
    place = seed.find_place(name)
    settings = seed.demo_settings(place, 9000)
    dialects = {source.dialect for source in settings.sources}
    files = {"bridge_points", "returns"} if "files" in place.systems else set()
    assert dialects == set(place.systems) - {"files"} | files
    assert {source.name: source.base_url for source in settings.sources} == seed.base_urls(place, 9000)
    named = {source.password_env or source.token_env or source.secret_env for source in settings.sources}
    assert named - {""} == set(seed.demo_secrets(place))


def test_only_the_live_place_runs_on_the_real_clock() -> None:
    on_real_clock = [name for name, place in seed.PLACES.items() if seed.demo_settings(place, 9000).clock is None]
    assert on_real_clock == ["phu-tho"]


# Calibrated histories


def wire_records(place: seed.Place) -> list[dict[str, Any]]:
    return seed.raw_dossiers(place, place.start)


def day_of_text(text: str) -> date:
    return datetime.strptime(text[:8], "%Y%m%d").replace(tzinfo=UTC).date()


def test_a_calibrated_history_is_the_same_however_it_was_asked_for() -> None:
    at = local_seconds(CITY.start + timedelta(days=3))
    at_once = Register(CITY, day_of_dossiers, calibrate).changed(None, at)
    step_by_step = Register(CITY, day_of_dossiers, calibrate)
    for days in (300, 30, 3, 0):
        step_by_step.changed(None, at - days * 86_400)
    assert all(np.array_equal(a, b) for a, b in zip(at_once, step_by_step.changed(None, at), strict=True))


def test_a_calibrated_record_could_have_been() -> None:
    records = wire_records(CITY)
    assert len({record["MaHoSo"] for record in records}) == len(records)
    for record in records:
        online = record["KenhThucHien"] == "2"
        assert online or is_working_day(day_of_text(record["NgayNopHoSo"]))
        assert online or record["DuocThanhToanTrucTuyen"] == "0"
        assert online or record["TaiKhoanDuocXacThucVoiVNeID"] == "0"
        assert record["DanhSachLePhi"] or record["DuocThanhToanTrucTuyen"] == "0"


def test_services_that_nobody_uses_online_are_never_filed_online() -> None:
    from seed.procedures import procedures

    unused = {procedure.code for procedure in procedures(CITY) if not procedure.used}
    online = {record["MaTTHC"] for record in seed.raw_dossiers(CITY, CITY.start + timedelta(days=20))
              if record["KenhThucHien"] == "2"}  # fmt: skip
    assert len(unused) == 14
    assert not unused & online


def test_the_city_goes_on_with_its_calibrated_history_as_time_goes_on() -> None:
    later = {record["MaHoSo"]: record for record in seed.raw_dossiers(CITY, CITY.start + timedelta(days=2))}
    for record in wire_records(CITY):
        same = later[record["MaHoSo"]]
        assert (same["KenhThucHien"], same["MaTTHC"]) == (record["KenhThucHien"], record["MaTTHC"])
        assert same["NgayCapNhat"] > record["NgayCapNhat"] or same == record


def test_spread_takes_one_of_each_procedure_and_more_up_to_the_rate() -> None:
    # Procedure 0: 10 records, procedure 1: 2, procedure 2: 8 of which none is possible and so none counts.
    procedure = np.array([0] * 10 + [1] * 2 + [2] * 8)
    possible = procedure < 2
    rows = spread(np.random.default_rng(1), procedure, possible, np.ones(20, dtype=bool), 0.5, np.ones(20))
    assert len(rows) == len(set(rows.tolist())) == 6
    assert set(procedure[rows].tolist()) == {0, 1}


def test_spread_says_when_there_are_not_enough() -> None:
    procedure = np.array([0, 0, 0, 0])
    possible = np.array([True, False, False, False])
    with pytest.raises(ValueError, match="3 of 4 records"):
        spread(np.random.default_rng(1), procedure, possible, np.ones(4, dtype=bool), 0.75, np.ones(4))


def test_the_districts_on_opencps_are_in_no_other_one_stop_system() -> None:
    held = {record["NoiNopHoSo"] for record in wire_records(HA_NAM)}
    assert held <= HA_NAM.units_of("dvcqg")
    rows = seed.statistics_rows(HA_NAM, HA_NAM.start, date(2021, 6, 1), date(2021, 6, 30))
    assert {row["MADONVI"] for row in rows} == HA_NAM.units_of("dvcqg")
    assert "H25.353" in {row["MADONVI"] for row in seed.unit_rows(HA_NAM)}


# Files


def test_78_points_stand_in_communes_of_four_districts_of_ha_nam() -> None:
    points = bridge_points(HA_NAM)
    assert len(points) == len({point["point_code"] for point in points}) == 78
    assert {point["unit_code"].split(".")[1] for point in points} == {"347", "349", "350", "353"}
    assert {point["unit_code"].count(".") for point in points} == {2}


@pytest.mark.parametrize("name", seed.PLACES)
def test_points_are_of_known_units_and_returns_of_known_indicators(name: str) -> None:
    place = seed.find_place(name)
    codes = {unit.code for unit in seed.units(place)}
    assert {point["unit_code"] for point in bridge_points(place)} <= codes
    assert all(catalogue()[row["indicator"]].returned for row in returns(place))
    assert {row["unit_code"] for row in returns(place)} <= codes


# The reform


def test_every_unit_of_hoa_binh_went_over_into_one_of_phu_tho() -> None:
    taken = {row["old_code"]: row for row in seed.successions(PHU_THO)}
    ended = {unit.code for unit in seed.units(PHU_THO) if unit.valid_to}
    new = {unit.code for unit in seed.units(PHU_THO) if not unit.valid_to}
    assert set(taken) == ended
    assert {row["main"] for row in taken.values()} <= new
    assert all(row["others"] <= new and row["main"] not in row["others"] for row in taken.values())
    assert taken["H28"]["main"] == "H44"
    # Phường Tân Hòa kept its name and code.
    assert taken["H28.148.04792"]["main"] == "H44.04792"


def test_dossiers_are_those_of_the_units_of_their_day() -> None:
    for record in seed.raw_dossiers(PHU_THO, PHU_THO.start):
        before = day_of_text(record["NgayTiepNhan"] or record["NgayNopHoSo"]) < date(2025, 7, 1)
        assert record["NoiNopHoSo"].startswith("H28" if before else "H44")


def test_communes_hold_most_of_the_work_once_there_are_no_districts() -> None:
    kinds = {unit.code: unit.kind for unit in seed.units(PHU_THO)}
    today = [record for record in seed.raw_dossiers(PHU_THO, PHU_THO.start) if record["NoiNopHoSo"].startswith("H44")]
    of_communes = sum(kinds[record["NoiNopHoSo"]] == "xa" for record in today)
    assert 0.65 < of_communes / len(today) < 0.85


def test_procedures_of_districts_are_those_of_communes_after_the_reform() -> None:
    rows = [row for row in seed.catalogue_rows(PHU_THO) if row["MaTTHC"] == "1.001612"]
    assert [(row["CapThucHien"], row["NgayHieuLuc"], row["NgayHetHieuLuc"]) for row in rows] == [
        ("huyen", "20200101", "20250630"),
        ("xa", "20250701", None),
    ]


def test_the_other_places_know_no_reform() -> None:
    assert [name for name, place in seed.PLACES.items() if seed.successions(place)] == ["phu-tho"]
