"""Files that people import: what each kind stores, what each refuses, and that nothing is half-stored."""

import json
from collections.abc import Iterator
from datetime import UTC, date, datetime
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy import Engine

import imports
from errors import InputError
from imports import check_import, store_import
from metrics import catalogue
from pages.operators._faults import _patterns as fault_patterns
from sheets.tabular import BadRowsError
from store import tables
from store.dimensions import put_calendar, put_targets, target_history
from store.engine import open_engine, reading
from store.quarantine import held
from store.reads import data_version, targets
from store.rows import Batch, Dossier, Procedure, Unit
from tests.delivery import write
from tests.stores import lay_tables

AT = datetime(2021, 12, 1, 5, tzinfo=UTC)
BEGIN = date(2020, 1, 1)
PROVINCE = Unit(code="H28", valid_from=BEGIN, kind="tinh", name="Tỉnh Hòa Bình")
OFFICE = Unit(code="H28.03", valid_from=BEGIN, parent_code="H28", kind="so", name="Sở Nội vụ")
DISTRICT = Unit(code="H28.20", valid_from=BEGIN, parent_code="H28", kind="huyen", name="Huyện Đà Bắc")
COMMUNES = [
    Unit(code=f"H28.20.{number}", valid_from=BEGIN, parent_code="H28.20", kind="xa", name=f"Xã {number}")
    for number in (1, 2)
]
UNITS = [PROVINCE, OFFICE, DISTRICT, *COMMUNES]
PROCEDURE = Procedure(code="1.01", valid_from=BEGIN, name="Kê khai giá", level=3, tier="tinh")


@pytest.fixture
def store(engine: Engine) -> Engine:
    """A store with a small province, as its one-stop system tells of it."""
    write(engine, "motcua", Batch(units=UNITS, procedures=[PROCEDURE]))
    return engine


@pytest.fixture(scope="module")
def still(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    """The same province for tests that store nothing."""
    engine = open_engine(f"sqlite:///{tmp_path_factory.mktemp('still')}/store.db")
    lay_tables(engine)
    write(engine, "motcua", Batch(units=UNITS, procedures=[PROCEDURE]))
    yield engine
    engine.dispose()


def contents(engine: Engine) -> dict[str, list[str]]:
    """Every row of every table."""
    with reading(engine) as connection:
        return {
            table.name: sorted(map(repr, connection.execute(sa.select(table))))
            for table in tables.metadata.sorted_tables
        }


def check(engine: Engine, kind: str, text: str) -> imports.Checked:
    return check_import(engine, kind, text.encode(), "tep.csv")


def bring(engine: Engine, kind: str, text: str, by: str = "Lan", reason: str = "") -> tuple[int, int, int]:
    """Import a text; how many rows were new, changed, unchanged."""
    checked = check(engine, kind, text)
    store_import(engine, checked, by=by, at=AT, reason=reason)
    return checked.new, checked.changed, checked.unchanged


def rows(engine: Engine, table: sa.Table, *columns: str) -> set[tuple[Any, ...]]:
    with reading(engine) as connection:
        return {tuple(row) for row in connection.execute(sa.select(*(table.c[name] for name in columns)))}


TARGETS = "indicator,unit_code,kind,comparator,value,valid_from,valid_to,decision,decided_on,issuer\n"
RETURNS = "unit_code,period,indicator,numerator,denominator,value,note\n"
UNIT_HEADER = "code,valid_from,valid_to,parent_code,kind,name,successors\n"
PROCEDURES = "code,valid_from,valid_to,name,level,tier,agency_code,fee,national_portal\n"
CALENDAR = "date,kind,name\n"


def outline(code: str, size: float = 0.1) -> dict[str, Any]:
    ring = [[105.0, 20.0], [105.0 + size, 20.0], [105.0 + size, 20.0 + size], [105.0, 20.0]]
    return {"type": "Feature", "properties": {"code": code}, "geometry": {"type": "Polygon", "coordinates": [ring]}}


def outlines(*features: Any) -> str:
    return json.dumps({"type": "FeatureCollection", "features": features})


GOOD = {
    "units": f"{UNIT_HEADER}H28.21,2020-01-01,,H28,huyen,Huyện mới,\n",
    "procedures": f"{PROCEDURES}2.01,2020-01-01,,Cấp phép,4,huyen,H28.20,1,true\n",
    "targets": f"{TARGETS}online_dossier_rate,,so,>=,51 %,2021-01-01,2021-12-31,12/QĐ-UBND,2021-03-05,UBND tỉnh\n",
    "returns": f"{RETURNS}H28,2021-06,lan_rate,9,10,,\n",
    "boundaries": outlines(outline("H28.20.1"), outline("H28.20.2")),
    "calendar": f"{CALENDAR}2021-01-01,holiday,Tết Dương lịch\n2021-12-25,makeup,Làm bù\n",
}


@pytest.mark.parametrize("kind", imports.KINDS)
def test_good_file_is_stored_once_and_the_same_file_again_changes_nothing(store: Engine, kind: str) -> None:
    first = check(store, kind, GOOD[kind])
    assert (first.new > 0, first.changed, first.unchanged) == (True, 0, 0)
    assert len(first.preview) == first.new
    assert all(row["change"] == "new" for row in first.preview)
    before = contents(store)
    assert check(store, kind, GOOD[kind]) == first
    assert contents(store) == before, "checking stores nothing"
    store_import(store, first, by="Lan", at=AT)
    stored = contents(store)
    assert stored != before
    again = check(store, kind, GOOD[kind])
    assert (again.new, again.changed, again.unchanged) == (0, 0, first.new)
    assert str(again).endswith("nothing changes")
    store_import(store, again, by="Minh", at=datetime(2021, 12, 2, tzinfo=UTC))
    assert contents(store) == stored


BAD = [
    ("targets", "x,,so,>=,51 %,2021-01-01,,,,", "indicator: x is no indicator"),
    ("targets", "open,H29,,<=,5,2021-01-01,,,,", "unit_code: H29 is no unit of any catalogue"),
    ("targets", "open,H28,so,<=,5,2021-01-01,,,,", "unit_code: a target is for a unit"),
    ("targets", "open,,,<=,5,2021-01-01,,,,", "unit_code: a target is for a unit"),
    ("targets", "open,,quan,<=,5,2021-01-01,,,,", "kind: quan is not one of tinh, so, huyen, xa"),
    ("targets", "open,,so,=>,5,2021-01-01,,,,", "comparator: => is not one of"),
    ("targets", "on_time_rate,,so,>=,51,2021-01-01,,,,", "value: 51 is ambiguous for a rate"),
    ("targets", "on_time_rate,,so,>=,151 %,2021-01-01,,,,", "value: 151 % is more than the whole"),
    ("targets", "on_time_rate,,so,>=,-5 %,2021-01-01,,,,", "value: -5 is no number"),
    ("targets", "open,,so,<=,5 %,2021-01-01,,,,", "value: 5 % is a rate, but this figure is a count"),
    ("targets", "open,,so,<=,12.000,2021-01-01,,,,", "value: 12.000 is ambiguous: write it without thousands"),
    ("targets", "open,,so,<=,,2021-01-01,,,,", "value: is empty"),
    ("targets", "open,,so,<=,5,01/02/2021,,,,", "valid_from: 01/02/2021 is no date yyyy-mm-dd"),
    ("targets", "open,,so,<=,5,2021-02-30,,,,", "valid_from: 2021-02-30 is no date"),
    ("targets", "open,,so,<=,5,2021-02-01,2021-01-31,,,", "valid_to: 2021-01-31 is before valid_from 2021-02-01"),
    ("targets", "open,,so,<=,5,2021-02-01,,,nay,", "decided_on: nay is no date"),
    ("returns", "H29,2021,lan_rate,1,2,,", "unit_code: H29 is no unit of any catalogue"),
    ("returns", ",2021,lan_rate,1,2,,", "unit_code: is empty"),
    ("returns", "H28,2021-Q5,lan_rate,1,2,,", "period: 2021-Q5 is no period such as"),
    ("returns", "H28,2021-13,lan_rate,1,2,,", "period: 2021-13 is no period"),
    ("returns", "H28,quý 2,lan_rate,1,2,,", "period: quý 2 is no period such as"),
    ("returns", "H28,2021,received,1,,,", "indicator: received is no figure that units return"),
    ("returns", "H28,2021,lan_rate,1,,,", "denominator: is empty: give numerator and denominator, or value"),
    ("returns", "H28,2021,lan_rate,,,,", "numerator: is empty: give numerator and denominator, or value"),
    ("returns", "H28,2021,lan_rate,1,2,50 %,", "value: give either numerator and denominator, or value"),
    ("returns", "H28,2021,lan_rate,3,2,,", "numerator: 3/2 is more than the whole"),
    ("returns", "H28,2021,lan_rate,,,90,", "value: 90 is ambiguous for a rate"),
    ("returns", "H28,2021,lan_rate,một,2,,", "numerator: một is no number from 0 up"),
    ("returns", "H28,2021,control_screens,,,,", "value: a count is given once"),
    ("returns", "H28,2021,control_screens,9,,9,", "value: a count is given once"),
    ("returns", "H28,2021,control_screens,9,10,,", "denominator: a count has none"),
    ("units", ",2020-01-01,,H28,huyen,A,", "code: is empty"),
    ("units", "Sở A,2020-01-01,,H28,huyen,A,", "code: Sở A is no code"),
    ("units", "H28.9,2020-01-01,,H29,huyen,A,", "parent_code: H29 is no unit of the file or of any catalogue"),
    ("units", "H28.9,2020-01-01,,H28.9,huyen,A,", "parent_code: H28.9 stands below H28.9 itself"),
    ("units", "H28.9,2020-01-01,,H28,quan,A,", "kind: quan is not one of"),
    ("units", "H28.9,2020-01-01,,H28,huyen,,", "name: is empty"),
    ("units", "H28.9,2020-01-01,,H28,huyen,A,H28.03", "valid_to: is empty, but the unit has successors"),
    ("units", "H28.9,2020-01-01,2021-06-30,H28,huyen,A,H30", "successors: H30 is no unit in force on 2021-07-01"),
    ("units", "H28.03,2021-07-01,,H28,so,Sở mới,", "valid_from: H28.03 from 2021-07-01 overlaps H28.03"),
    ("procedures", "2.01,2020-01-01,,Cấp phép,5,tinh,,,", "level: 5 is not one of 2, 3, 4"),
    ("procedures", "2.01,2020-01-01,,Cấp phép,4,so,,,", "tier: so is not one of tinh, huyen, xa"),
    ("procedures", "2.01,2020-01-01,,Cấp phép,4,tinh,H29,,", "agency_code: H29 is no unit"),
    ("procedures", "2.01,2020-01-01,,Cấp phép,4,tinh,,có,", "fee: có is not one of 1, 0, true, false"),
    ("procedures", "2.01,2020-01-01,,,4,tinh,,,", "name: is empty"),
    ("procedures", "1.01,2021-01-01,,Kê khai giá,4,tinh,,,", "valid_from: 1.01 from 2021-01-01 overlaps"),
    ("calendar", "2021-05-03,weekend,x", "kind: weekend is not one of holiday, makeup"),
    ("calendar", "2021-05-03,makeup,x", "kind: 2021-05-03 is a working day anyway"),
    ("calendar", "3/5/2021,holiday,x", "date: 3/5/2021 is no date"),
]  # fmt: skip
HEADERS = {
    "targets": TARGETS, "returns": RETURNS, "units": UNIT_HEADER, "procedures": PROCEDURES, "calendar": CALENDAR,
}  # fmt: skip


@pytest.mark.parametrize(("kind", "line", "told"), BAD)
def test_bad_row_is_told_with_its_column_and_reason(still: Engine, kind: str, line: str, told: str) -> None:
    good = GOOD[kind].splitlines()[1]
    with pytest.raises(BadRowsError) as raised:
        check(still, kind, f"{HEADERS[kind]}{good}\n{line}\n")
    assert [bad.number for bad in raised.value.bad] == [3]
    assert str(raised.value.bad[0]).startswith(f"row 3, column {told}")


UPLOADED = [row for row in BAD if row[0] in ("targets", "returns")]


@pytest.mark.parametrize(("kind", "line", "told"), UPLOADED)
def test_fault_of_what_pages_upload_can_be_said_in_vietnamese(still: Engine, kind: str, line: str, told: str) -> None:
    with pytest.raises(BadRowsError) as raised:
        check(still, kind, f"{HEADERS[kind]}{line}\n")
    reason = raised.value.bad[0].reason
    assert any(pattern.fullmatch(reason) for _, pattern in fault_patterns()), reason


TWICE = [
    ("targets", "open,,so,<=,5,2021-01-01,,,,", "row 2 sets the same target"),
    ("returns", "H28,2021,lan_rate,1,2,,", "row 2 states the same unit, indicator and period"),
    ("units", "H28.9,2020-01-01,,H28,huyen,A,", "row 2 has the same code and first day"),
    ("procedures", "2.01,2020-01-01,,Cấp phép,4,tinh,,,", "row 2 has the same code and first day"),
    ("calendar", "2021-05-03,holiday,x", "2021-05-03 stands in row 2 already"),
]


@pytest.mark.parametrize(("kind", "line", "told"), TWICE)
def test_one_thing_said_twice_is_refused(still: Engine, kind: str, line: str, told: str) -> None:
    with pytest.raises(BadRowsError) as raised:
        check(still, kind, f"{HEADERS[kind]}{line}\n{line}\n")
    assert [(bad.number, told in bad.reason) for bad in raised.value.bad] == [(3, True)]


def test_every_bad_row_is_listed_and_nothing_of_the_file_is_stored(store: Engine) -> None:
    before = contents(store)
    text = (
        f"{RETURNS}H28,2021,lan_rate,1,2,,\nH29,2021,lan_rate,1,2,,\nH28,20,lan_rate,1,2,,\nH28,2022,lan_rate,5,2,,\n"
    )
    with pytest.raises(BadRowsError) as raised:
        check(store, "returns", text)
    assert [(bad.number, bad.column) for bad in raised.value.bad] == [(3, "unit_code"), (4, "period"), (5, "numerator")]
    assert contents(store) == before


def test_unknown_kind_names_the_right_ones(still: Engine) -> None:
    with pytest.raises(InputError, match="one of: units, procedures, targets, returns, boundaries, calendar"):
        check(still, "people", "a,b\n")


def test_target_of_a_unit_and_of_a_kind_in_every_way_of_writing(store: Engine) -> None:
    text = (
        f'{TARGETS}online_dossier_rate,000.00.03.H28,,≥,"51,5 %",2021-01-01,,12/QĐ,2021-03-05,UBND\n'
        "on_time_rate,,huyen,>,0.9,2021-01-01,,,,\nopen,,xa,<=,100,2021-01-01,,,,\n"
        "meeting_hours_change,H28,,>=,150 %,2021-01-01,,,,\n"
    )
    assert bring(store, "targets", text) == (4, 0, 0)
    told = {(one.indicator, one.unit_code, one.kind, one.comparator, one.value) for one in targets(store)}
    assert told == {
        ("online_dossier_rate", "H28.03", "", ">=", 0.515),
        ("on_time_rate", "", "huyen", ">", 0.9),
        ("open", "", "xa", "<=", 100.0),
        ("meeting_hours_change", "H28", "", ">=", 1.5),
    }
    [one] = [one for one in targets(store) if one.indicator == "online_dossier_rate"]
    assert (one.decision, one.decided_on, one.issuer, one.entered_by, one.entered_at) == (
        "12/QĐ", date(2021, 3, 5), "UBND", "Lan", AT,
    )  # fmt: skip


def test_history_of_a_target_tells_who_when_from_to_and_why(store: Engine) -> None:
    line = "open,H28,,<=,{},2021-01-01,,,,\n"
    bring(store, "targets", TARGETS + line.format(100))
    assert bring(store, "targets", TARGETS + line.format(80), "Minh", "gõ nhầm") == (0, 1, 0)
    later = datetime(2021, 12, 3, tzinfo=UTC)
    gone = {"indicator": "open", "unit_code": "H28", "kind": "", "valid_from": date(2021, 1, 1)}
    assert put_targets(store, [], by="Hà", at=later, reason="bãi bỏ", remove=[gone]) == 1
    assert targets(store) == []
    told = [
        (change.changed_by, change.changed_at, change.before and change.before["value"],
         change.after and change.after["value"], change.reason)
        for change in target_history(store)
    ]  # fmt: skip
    assert told == [
        ("Hà", later, 80.0, None, "bãi bỏ"),
        ("Minh", AT, 100.0, 80.0, "gõ nhầm"),
        ("Lan", AT, None, 100.0, ""),
    ]


def test_equal_target_is_no_change_and_a_change_is_seen_by_readers(store: Engine) -> None:
    row = {
        "indicator": "open", "unit_code": "H28", "valid_from": date(2021, 1, 1), "comparator": "<=", "value": 5,
        "decision": "", "issuer": "",
    }  # fmt: skip
    before = data_version(store)
    assert put_targets(store, [row], by="Lan", at=AT) == 1
    changed = data_version(store)
    assert put_targets(store, [row], by="Minh", at=AT) == 0
    assert (changed > before, data_version(store)) == (True, changed)
    assert [target.entered_by for target in targets(store)] == ["Lan"]
    assert len(target_history(store)) == 1


PERIODS = [
    ("2021", date(2021, 1, 1), date(2021, 12, 31)),
    ("2021-06", date(2021, 6, 1), date(2021, 6, 30)),
    ("2021-12", date(2021, 12, 1), date(2021, 12, 31)),
    ("2020-02", date(2020, 2, 1), date(2020, 2, 29)),
    ("2021-Q1", date(2021, 1, 1), date(2021, 3, 31)),
    ("2021-q4", date(2021, 10, 1), date(2021, 12, 31)),
    ("2021-06-15", date(2021, 6, 15), date(2021, 6, 15)),
]


@pytest.mark.parametrize(("text", "first", "last"), PERIODS)
def test_period_is_read(still: Engine, text: str, first: date, last: date) -> None:
    [row] = check(still, "returns", f"{RETURNS}H28,{text},control_screens,9,,,\n").rows
    assert (row.period_from, row.period_to) == (first, last)


@pytest.mark.parametrize(
    ("line", "kept"),
    [
        ("lan_rate,9,10,,", (9.0, 10.0, None)),
        ("lan_rate,0,0,,", (0.0, 0.0, None)),
        ("lan_rate,,,95 %,", (None, None, 0.95)),
        ("lan_rate,,,0.95,", (None, None, 0.95)),
        ("lan_rate,,,1,", (None, None, 1.0)),
        ("computers_rate,110,100,,", (110.0, 100.0, None)),
        ("control_screens,9,,,", (9.0, None, None)),
        ("control_screens,,,9,", (9.0, None, None)),
    ],
)
def test_figure_of_a_return_is_kept_as_it_was_given(still: Engine, line: str, kept: tuple[float | None, ...]) -> None:
    [row] = check(still, "returns", f"{RETURNS}H28,2021,{line}\n").rows
    assert (row.numerator, row.denominator, row.value) == kept


def test_returned_figures_are_those_of_the_catalogue() -> None:
    from connectors._return_rows import RETURNED

    returned = {key: indicator.form for key, indicator in catalogue().items() if indicator.returned}
    assert returned == dict(RETURNED)


def test_corrected_return_replaces_the_first(store: Engine) -> None:
    bring(store, "returns", f"{RETURNS}H28,2021,lan_rate,9,10,,\n")
    assert bring(store, "returns", f"{RETURNS}H28,2021,lan_rate,8,10,,sửa\n") == (0, 1, 0)
    assert rows(store, tables.returns, "source", "numerator", "note") == {("import", 8.0, "sửa")}


REFORM = (
    f"{UNIT_HEADER}H28.20.1,2020-01-01,2025-06-30,H28.20,xa,Xã 1,H28.20.2\n"
    "H28.20.2,2020-01-01,2025-06-30,H28.20,xa,Xã 2,H28.20.2 | H28.20.3\n"
    "H28.20.2,2025-07-01,,H28,xa,Xã mới,\nH28.20.3,2025-07-01,,H28,xa,Xã khác,\n"
)


def test_successors_are_stored_for_the_day_after_and_the_first_is_the_main_one(store: Engine) -> None:
    assert bring(store, "units", REFORM) == (2, 2, 0)
    day = date(2025, 7, 1)
    assert rows(store, tables.successions, "old_code", "day", "new_code", "main") == {
        ("H28.20.1", day, "H28.20.2", True),
        ("H28.20.2", day, "H28.20.2", True),
        ("H28.20.2", day, "H28.20.3", False),
    }
    named = rows(store, tables.units, "code", "valid_from", "name")
    assert {("H28.20.2", BEGIN, "Xã 2"), ("H28.20.2", day, "Xã mới")} <= named, "a reused code keeps both its units"


def test_other_successors_replace_the_first_and_none_say_nothing(store: Engine) -> None:
    bring(store, "units", REFORM)
    assert bring(store, "units", REFORM.replace("H28.20.2 | H28.20.3", "H28.20.3")) == (0, 1, 3)
    found = rows(store, tables.successions, "old_code", "new_code", "main")
    assert {row for row in found if row[0] == "H28.20.2"} == {("H28.20.2", "H28.20.3", True)}
    assert bring(store, "units", f"{UNIT_HEADER}H28.20.2,2020-01-01,2025-06-30,H28.20,xa,Xã 2,\n") == (0, 0, 1)
    assert rows(store, tables.successions, "old_code", "new_code", "main") == found


def test_parents_of_one_another_are_refused(still: Engine) -> None:
    text = f"{UNIT_HEADER}A,2020-01-01,,B,huyen,A,\nB,2020-01-01,,A,huyen,B,\n"
    with pytest.raises(BadRowsError) as raised:
        check(still, "units", text)
    assert [bad.column for bad in raised.value.bad] == ["parent_code", "parent_code"]


def test_what_was_imported_stands_when_the_catalogue_is_polled_again(store: Engine) -> None:
    bring(store, "units", f"{UNIT_HEADER}H28.03,2020-01-01,,H28,so,Sở Nội vụ và Lao động,\n")
    bring(store, "procedures", f"{PROCEDURES}1.01,2020-01-01,,Kê khai giá,4,tinh,,,\n")
    before = contents(store)
    written = write(store, "motcua", Batch(units=UNITS, procedures=[PROCEDURE]))
    assert (written.accepted, {**contents(store), "poll_runs": []}) == (0, {**before, "poll_runs": []})
    write(store, "motcua", Batch(units=[_renamed(OFFICE), _renamed(DISTRICT)]))
    named = rows(store, tables.units, "code", "name")
    assert {("H28.03", "Sở Nội vụ và Lao động"), ("H28.20", "Tên khác")} <= named


def test_unchanged_rows_stay_with_their_source(store: Engine) -> None:
    assert bring(store, "units", f"{UNIT_HEADER}H28.03,2020-01-01,,H28,so,Sở Nội vụ,\n") == (0, 0, 1)
    write(store, "motcua", Batch(units=[_renamed(OFFICE)]))
    assert ("H28.03", "Tên khác") in rows(store, tables.units, "code", "name")


def test_imported_catalogue_lets_in_what_waited_for_it(store: Engine) -> None:
    waiting = Dossier(
        source_id="a",
        unit_code="H28.21",
        procedure_code="2.01",
        channel="online",
        state=2,
        received_at=AT,
        updated_at=AT,
    )
    write(store, "motcua", Batch(dossiers=[waiting]))
    bring(store, "units", GOOD["units"])
    assert [one.reason for one in held(store)] == ["unknown_procedure"]
    bring(store, "procedures", f"{PROCEDURES}2.01,2020-01-01,,Cấp phép,4,huyen,,,\n")
    assert (held(store), rows(store, tables.dossiers, "source_id")) == ([], {("a",)})


def test_calendar_replaces_the_years_that_it_names(store: Engine) -> None:
    put_calendar(
        store,
        [(date(2020, 1, 1), "holiday", "a"), (date(2021, 1, 1), "holiday", "b"), (date(2021, 2, 1), "holiday", "c")],
    )
    text = f"# của năm 2021\n{CALENDAR}2021-01-01,holiday,b\n2021-05-03,holiday,d\n"
    checked = check(store, "calendar", text)
    assert (checked.new, checked.changed, checked.unchanged) == (1, 1, 1)
    assert [row["change"] for row in checked.preview] == ["unchanged", "new", "gone"]
    store_import(store, checked, by="Lan", at=AT)
    days = {(date(2020, 1, 1), "a"), (date(2021, 1, 1), "b"), (date(2021, 5, 3), "d")}
    assert rows(store, tables.calendar_days, "day", "name") == days


BOW = {"type": "Polygon", "coordinates": [[[105, 20], [106, 21], [106, 20], [105, 21], [105, 20]]]}
FAR = {"type": "Polygon", "coordinates": [[[500000, 2000000], [500100, 2000000], [500100, 2000100], [500000, 2000000]]]}
ONE, TWO = outline("H28.20.1"), outline("H28.20.2")


@pytest.mark.parametrize(
    ("features", "told"),
    [
        ([ONE], "file, column code: H28.20.2 (Xã 2) has no feature"),
        ([ONE, TWO, outline("H29")], "row 3, column code: H29 is no unit of any catalogue"),
        ([ONE, TWO, ONE], "row 3, column code: H28.20.1 has two features"),
        ([ONE, {**TWO, "properties": {"code": 4792}}], "row 2, column code: the feature has no property code, as text"),
        ([ONE, {**TWO, "properties": None}], "row 2, column code: the feature has no property code"),
        ([ONE, 7], "row 2, column code: the feature has no property code"),
        ([ONE, {**TWO, "geometry": None}], "row 2, column geometry: of H28.20.2: is no Polygon or MultiPolygon"),
        (
            [ONE, {**TWO, "geometry": {"type": "Point", "coordinates": [105, 20]}}],
            "row 2, column geometry: of H28.20.2",
        ),
        ([ONE, {**TWO, "geometry": BOW}], "row 2, column geometry: of H28.20.2: is not valid"),
        ([ONE, {**TWO, "geometry": FAR}], "row 2, column geometry: of H28.20.2: is not in degrees"),
        (
            [ONE, {**TWO, "geometry": {"type": "Polygon", "coordinates": []}}],
            "row 2, column geometry: of H28.20.2: is empty",
        ),
        (
            [ONE, {**TWO, "geometry": {"type": "Polygon", "coordinates": "x"}}],
            "row 2, column geometry: of H28.20.2: cannot",
        ),
        ([ONE, {**TWO, "geometry": {"type": "Polygon", "coordinates": [[[105, 20]]]}}], "row 2, column geometry: of"),
    ],
)
def test_wrong_outline_is_told(still: Engine, features: list[Any], told: str) -> None:
    with pytest.raises(BadRowsError) as raised:
        check(still, "boundaries", outlines(*features))
    assert [str(bad) for bad in raised.value.bad if str(bad).startswith(told)], raised.value.bad


@pytest.mark.parametrize(
    "text", ["", "{", "[]", '{"type":"Feature"}', "\x00", '{"type":"FeatureCollection","features":{}}']
)
def test_what_is_no_geojson_is_refused(still: Engine, text: str) -> None:
    with pytest.raises(InputError, match=r"tep.csv: is no GeoJSON"):
        check(still, "boundaries", text)


def test_new_outlines_replace_the_old_ones(store: Engine) -> None:
    bring(store, "boundaries", outlines(ONE, TWO, outline("H28.20")))
    assert bring(store, "boundaries", outlines(ONE, outline("H28.20.2", 0.2))) == (0, 2, 1)
    assert rows(store, tables.unit_shapes, "unit_code") == {("H28.20.1",), ("H28.20.2",)}


def _values(unit: Unit) -> dict[str, Any]:
    return {name: getattr(unit, name) for name in unit.__struct_fields__}


def _renamed(unit: Unit) -> Unit:
    return Unit(**{**_values(unit), "name": "Tên khác"})
