"""Tables that people fill in: what comes out is what they wrote, and what is wrong is told row by row."""

import csv
import io
import zipfile
from contextlib import suppress
from datetime import date, datetime, time
from typing import Any

import pytest
import xlsxwriter
from hypothesis import given, settings
from hypothesis import strategies as st
from python_calamine import CalamineWorkbook

from errors import InputError
from sheets import tabular, workbook
from sheets.tabular import BadRow, BadRowsError, TornError, quoted, read_table, refuse

COLUMNS = ("unit_code", "period", "value")
PLAIN = "unit_code,period,value\nH28.03,2021,5\n"


def workbook_of(*rows: list[Any], sheets: int = 1) -> bytes:
    """An XLSX file with these rows; dates as Excel's dates, the rest as it is."""
    content = io.BytesIO()
    with xlsxwriter.Workbook(content, {"in_memory": True, "strings_to_formulas": False}) as book:
        formats = {
            date: book.add_format({"num_format": "yyyy-mm-dd"}),
            datetime: book.add_format({"num_format": "dd/mm/yyyy hh:mm:ss"}),
        }
        for _ in range(sheets):
            sheet = book.add_worksheet()
            for number, row in enumerate(rows):
                for column, value in enumerate(row):
                    if isinstance(value, date):
                        sheet.write_datetime(number, column, value, formats[type(value)])
                    elif value is not None:
                        sheet.write(number, column, value)
    return content.getvalue()


def repacked(content: bytes, **changes: bytes) -> bytes:
    """The workbook with other parts in it; `xl__worksheets__sheet1` names the part xl/worksheets/sheet1.xml."""
    parts = {name.replace("__", "/") + ".xml": text for name, text in changes.items()}
    packed = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as new:
        for name in {*old.namelist(), *parts}:
            new.writestr(name, parts[name] if name in parts else old.read(name))
    return packed.getvalue()


def sheet_xml(cells: str) -> bytes:
    space = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    return f'<worksheet xmlns="{space}"><sheetData>{cells}</sheetData></worksheet>'.encode()


HEADER = list(COLUMNS)
GOOD = workbook_of(HEADER, ["H28.03", "2021", 5])


def cells(content: bytes | str) -> list[list[str]]:
    rows = read_table(content if isinstance(content, bytes) else content.encode(), "bang", COLUMNS, ["note"])
    return [[row.cells[name] for name in COLUMNS] for row in rows]


def faults(content: bytes | str) -> list[str]:
    with pytest.raises(BadRowsError) as raised:
        cells(content)
    assert str(raised.value).startswith("bang: nothing was stored, ")
    return [str(bad) for bad in raised.value.bad]


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
@pytest.mark.parametrize("mark", ["", "\ufeff"])
@pytest.mark.parametrize("line", ["\n", "\r\n"])
def test_csv_of_any_office_is_read(delimiter: str, mark: str, line: str) -> None:
    text = f"{mark}period;unit_code;value;note{line}2021;H28.03;5;Sở Nội vụ{line}".replace(";", delimiter)
    [row] = read_table(text.encode(), "bang.csv", COLUMNS, ["note"])
    assert (row.number, row.cells) == (
        2,
        {"unit_code": "H28.03", "period": "2021", "value": "5", "note": "Sở Nội vụ"},
    )


def test_decimal_comma_in_a_semicolon_file_is_one_cell() -> None:
    assert cells("unit_code;period;value\nH28.03;2021;51,5\n") == [["H28.03", "2021", "51,5"]]


def test_optional_column_that_is_not_there_is_empty_and_case_of_a_header_does_not_matter() -> None:
    [row] = read_table(b"UNIT_CODE, Period ,value\na,b,c\n", "bang", COLUMNS, ["note"])
    assert row.cells == {"unit_code": "a", "period": "b", "value": "c", "note": ""}


def test_rows_are_counted_as_in_the_sheet() -> None:
    text = 'unit_code,period,value\n\nH28.03,"20\n21",5\n,,\nH28.04,2021,6\n'
    assert [row.number for row in read_table(text.encode(), "bang", COLUMNS)] == [3, 5]


def test_title_and_comments_may_stand_above_the_header() -> None:
    text = "Bảng số liệu\n# cột: đơn vị, kỳ, giá trị\n\nunit_code,period,value\nH28.03,2021,5\n"
    assert [row.number for row in read_table(text.encode(), "bang", COLUMNS)] == [5]


def test_workbook_comes_as_text_and_says_what_was_none() -> None:
    content = workbook_of(
        HEADER, ["04792", 2021, 0.51], ["H28", date(2021, 6, 1), 12.0], [None, None, None], ["x", True]
    )
    rows = read_table(content, "bang.xlsx", COLUMNS)
    assert [list(row.cells.values()) for row in rows] == [
        ["04792", "2021", "0.51"],
        ["H28", "2021-06-01", "12"],
        ["x", "true", ""],
    ]
    assert [row.number for row in rows] == [2, 3, 5]
    assert [dict(row.typed) for row in rows] == [
        {"period": "number", "value": "number"},
        {"period": "date", "value": "number"},
        {},
    ]


def test_formula_is_the_value_stored_with_it() -> None:
    content = io.BytesIO()
    with xlsxwriter.Workbook(content, {"in_memory": True}) as book:
        sheet = book.add_worksheet()
        sheet.write_row(0, 0, HEADER)
        sheet.write_row(1, 0, ["H28.03", "2021"])
        sheet.write_formula(1, 2, "=40+2", None, 42)
    assert cells(content.getvalue()) == [["H28.03", "2021", "42"]]


def test_cell_with_an_error_is_told() -> None:
    content = io.BytesIO()
    with xlsxwriter.Workbook(content, {"in_memory": True}) as book:
        sheet = book.add_worksheet()
        sheet.write_row(0, 0, HEADER)
        sheet.write_formula(2, 2, "=1/0", None, "#DIV/0!")
    assert faults(content.getvalue()) == ["row 3: cell C3 holds an error (such as #N/A)"]


def test_only_the_first_sheet_counts() -> None:
    assert len(cells(workbook_of(HEADER, ["a", "b", "c"], sheets=2))) == 1


@pytest.mark.parametrize(
    ("content", "told"),
    [
        ("unit_code,value\n", ["row 1, column period: is missing"]),
        ("unit_code,period,value,ghi chú\n", ["row 1, column ghi chú: is unknown"]),
        ("unit_code,period,value,period\n", ["row 1, column period: is there twice"]),
        ("", ["row 1: no row names the columns"]),
        (f"{PLAIN}H28.04,2021,5,6\n", ["row 3: has a cell beside the named columns"]),
        (workbook_of(HEADER, ["a", "b", "c", "d"]), ["row 2: has a cell beside the named columns"]),
    ],
)
def test_wrong_table_is_told_with_the_right_columns(content: bytes | str, told: list[str]) -> None:
    found = faults(content)
    assert len(found) == len(told)
    assert all(line.startswith(start) for line, start in zip(found, told, strict=True)), found
    if "missing" in told[0] or "unknown" in told[0]:
        assert "the columns are unit_code, period, value, and if you like note" in found[0]


@pytest.mark.parametrize(
    "content",
    [
        "unit_code,period,value\nĐô,1,2\n".encode("cp1258"),
        b"\xff\xfeu\0n\0",
        b"\x00\x01\x02",
        b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600),
        b"PK\x03\x04 no zip at all",
        GOOD[: len(GOOD) // 2],
        b"%PDF-1.7 \xff",
    ],
)
def test_what_is_no_table_is_refused_in_a_sentence(content: bytes) -> None:
    with pytest.raises(InputError, match=r"^bang: "):
        cells(content)


@pytest.mark.parametrize("sign", ["=", "+", "-", "@", "\t", "＝", "＋", "－", "＠"])
def test_what_a_spreadsheet_would_run_is_kept_from_it(sign: str) -> None:
    assert quoted(f"{sign}1+1") == f"'{sign}1+1"
    assert quoted(f"1{sign}1") == f"1{sign}1"


def test_torn_csv_is_told_apart() -> None:
    with pytest.raises(TornError, match="ends in the middle of a cell"):
        cells('unit_code,period,value\n"H28')


def test_zip_bomb_is_refused_before_it_is_unpacked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(workbook, "_MOST_UNPACKED_BYTES", 1_000_000)
    bomb = repacked(GOOD, docProps__app=bytes(50_000_000))
    assert len(bomb) < 100_000
    with pytest.raises(InputError, match="MB unpacked"):
        cells(bomb)


def test_bomb_that_lies_about_its_size_is_refused() -> None:
    honest = repacked(GOOD, docProps__app=b" " * 3_000_000)
    lying = honest.replace((3_000_000).to_bytes(4, "little"), (30).to_bytes(4, "little"))
    assert lying != honest
    with pytest.raises(InputError, match="no Excel workbook that can be read"):
        cells(lying)


@pytest.mark.parametrize("row", ["1048576", "200002"])
def test_one_cell_in_the_last_corner_sets_no_sheet_aside(row: str) -> None:
    corner = sheet_xml(f'<row r="{row}"><c r="XFD{row}"><v>1</v></c></row>')
    with pytest.raises(InputError, match="more than 100000 rows"):
        cells(repacked(GOOD, xl__worksheets__sheet1=corner))


def test_one_long_text_in_many_cells_is_held_once() -> None:
    rows = read_table(workbook_of(HEADER, *([["x" * 30_000, "2021", 1]] * 60)), "bang", COLUMNS)
    assert len({id(row.cells["unit_code"]) for row in rows}) == 1


@pytest.mark.parametrize("cells_xml", ["<c/>" * 21_000, "<c><v>" + "<f>" * 60 + "</f>" * 60 + "</v></c>"])
def test_row_without_an_end_is_refused(cells_xml: str) -> None:
    with pytest.raises(InputError, match="no end"):
        cells(repacked(GOOD, xl__worksheets__sheet1=sheet_xml(f"<row>{cells_xml}</row>")))


@pytest.mark.parametrize(
    "row",
    [
        '<row r="1"><c r="B2"><v>1</v></c></row>',
        '<row r="1"/><row r="1"/>',
        '<row r="0"/>',
        '<row><c r="A99999999999999999999"/></row>',
        '<row><c t="s"><v>99</v></c></row>',
        "<row><c><v>1e999</v></c></row>",
        '<row><c t="?"><v>1</v></c></row>',
    ],
)
def test_sheet_that_contradicts_itself_is_refused(row: str) -> None:
    with pytest.raises(InputError, match="no Excel workbook that can be read"):
        cells(repacked(GOOD, xl__worksheets__sheet1=sheet_xml(row)))


def test_entities_in_a_workbook_are_refused() -> None:
    laughs = b'<!DOCTYPE x [<!ENTITY a "aaaa">]>' + sheet_xml("<row><c><v>&a;</v></c></row>")
    with pytest.raises(InputError, match="broken or not allowed"):
        cells(repacked(GOOD, xl__worksheets__sheet1=laughs))


def test_too_many_cells_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(InputError, match="row 1: has more than 100 cells"):
        cells("," * 1_000_000)
    monkeypatch.setattr(workbook, "_MOST_CELLS", 5)
    with pytest.raises(InputError, match="more than 5 cells"):
        cells(workbook_of(HEADER, ["a", "b", "c"]))


def test_too_many_rows_and_bytes_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tabular, "MOST_ROWS", 3)
    four = [["a", "b", "c"]] * 4
    for content in (workbook_of(HEADER, *four), b"unit_code,period,value\n" + b"a,b,c\n" * 4):
        with pytest.raises(InputError, match="more than 3 rows"):
            cells(content)
    assert len(cells(workbook_of(HEADER, *four[:3]))) == 3
    monkeypatch.setattr(tabular, "MOST_BYTES", 10)
    with pytest.raises(InputError, match="larger than"):
        cells(PLAIN)


def test_every_bad_row_is_listed_in_the_order_of_the_sheet() -> None:
    bad = [BadRow(7, "period", "is empty"), BadRow(4, "", "is odd"), BadRow(0, "code", "H28 has no feature")]
    with pytest.raises(BadRowsError) as raised:
        refuse("a.csv", bad)
    assert str(raised.value).splitlines() == [
        "a.csv: nothing was stored, 3 faults:",
        "  file, column code: H28 has no feature",
        "  row 4: is odd",
        "  row 7, column period: is empty",
    ]
    refuse("a.csv", [])


WORDS = st.text(st.characters(exclude_categories=["Cs", "Cc", "Cn", "Co"]), max_size=12).map(
    lambda text: tabular.normalize("NFC", text).strip()
)
TABLES = st.lists(st.tuples(WORDS, WORDS, WORDS), max_size=6)


def expected(table: list[tuple[str, str, str]]) -> list[list[str]]:
    return [list(row) for row in table if any(row)]


@settings(max_examples=150, deadline=None)
@given(table=TABLES, delimiter=st.sampled_from([",", ";", "\t"]))
def test_csv_gives_back_what_was_written(table: list[tuple[str, str, str]], delimiter: str) -> None:
    text = io.StringIO(newline="")
    writer = csv.writer(text, delimiter=delimiter)
    writer.writerow(HEADER)
    writer.writerows([quoted(cell) for cell in row] for row in table)
    assert cells(text.getvalue().encode("utf-8-sig")) == expected(table)


@settings(max_examples=60, deadline=None)
@given(table=TABLES)
def test_workbook_gives_back_what_was_written(table: list[tuple[str, str, str]]) -> None:
    content = io.BytesIO()
    with xlsxwriter.Workbook(content, {"in_memory": True}) as book:
        sheet = book.add_worksheet()
        for number, row in enumerate([HEADER, *table]):
            for column, text in enumerate(row):
                sheet.write_string(number, column, text)
    assert cells(content.getvalue()) == expected(table)


@settings(max_examples=60, deadline=None)
@given(numbers=st.lists(st.floats(0, 1e12) | st.integers(0, 10**12), min_size=1, max_size=5))
def test_numbers_of_a_workbook_keep_their_value(numbers: list[float]) -> None:
    content = workbook_of(HEADER, *(["a", "b", number] for number in numbers))
    found = [float(row[2]) for row in cells(content)]
    assert found == pytest.approx(numbers, rel=1e-15)


def assert_table_or_told(content: bytes) -> None:
    """Reading it gives rows, or an InputError that names the file; nothing else."""
    told = "bang: "
    with suppress(InputError):
        try:
            cells(content)
        except InputError as error:
            told = str(error)
            raise
    assert told.startswith("bang: ")


@settings(max_examples=100, deadline=None)
@given(content=st.binary(max_size=60) | st.binary(max_size=60).map(lambda junk: b"PK\x03\x04" + junk))
def test_any_bytes_are_a_table_or_an_input_error(content: bytes) -> None:
    assert_table_or_told(content)


@settings(max_examples=60, deadline=None)
@given(place=st.integers(0, len(GOOD) - 1), value=st.integers(0, 255))
def test_damaged_workbook_is_a_table_or_an_input_error(place: int, value: int) -> None:
    damaged = GOOD[:place] + bytes([value]) + GOOD[place + 1 :]
    assert_table_or_told(damaged)


def as_calamine_reads(value: object) -> str:
    """What another reader's value is as text."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() and abs(value) < 1e15 else repr(value)
    if isinstance(value, datetime):
        return value.isoformat(" ")
    return value.isoformat() if isinstance(value, date | time) else tabular.normalize("NFC", str(value)).strip()


CELLS = st.one_of(
    st.none(),
    WORDS,
    st.booleans(),
    st.floats(-1e9, 1e9),
    st.dates(date(1900, 3, 1), date(2199, 12, 31)),
    st.datetimes(datetime(1900, 3, 1), datetime(2199, 12, 31)).map(lambda moment: moment.replace(microsecond=0)),
)


@settings(max_examples=80, deadline=None)
@given(table=st.lists(st.lists(CELLS, min_size=1, max_size=4), min_size=1, max_size=5))
def test_workbook_reads_as_another_library_reads_it(table: list[list[Any]]) -> None:
    content = workbook_of(*table)
    theirs = CalamineWorkbook.from_filelike(io.BytesIO(content)).get_sheet_by_index(0).to_python(skip_empty_area=False)
    ours = workbook.read_workbook(content, 100, 100).rows
    width = max(map(len, ours), default=0)
    read = [[text for text, _ in row] + [""] * (width - len(row)) for row in ours]
    assert without_end(read) == without_end([[as_calamine_reads(value) for value in row] for row in theirs])


def without_end(rows: list[list[str]]) -> list[list[str]]:
    """The rows without empty cells and rows at the end: readers differ in how much of nothing they show."""
    short = ["\x00".join(row).rstrip("\x00").split("\x00") for row in rows]
    while short and not any(short[-1]):
        short.pop()
    return short
