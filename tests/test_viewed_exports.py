"""A view as CSV, XLSX, Parquet, PDF and PNG: rows, types, forms, heads, refusals; nothing in it is run."""

import csv
import io
import json
import struct
from dataclasses import replace
from datetime import UTC, date, datetime

import openpyxl
import polars as pl
import pypdf
import pytest

from errors import InputError
from exports.viewed import Picture, Table, Viewed
from exports.writing import FORMS, written
from metrics import catalogue, definitions_version

AT = datetime(2021, 12, 10, 1, 0, tzinfo=UTC)  # 08:00 in Hòa Bình
NAMES = ["Sở Nội vụ", "=HYPERLINK(1)", "+84", "-1", "@x", "\tx", "\rx", "Ủy ban nhân dân huyện Điện Biên Đông"]
FRAME = pl.DataFrame(
    {
        "name": NAMES,
        "rank": [1, 2, 3, 4, 5, 6, 7, None],
        "value": [0.5125, 1.0, 0.0, None, 0.25, 0.125, 0.75, -0.5],
        "days": [2.5, 1.0, 3.0, None, 12.0, 0.0, 1.0, 2038.0],
        "due_on": [date(2021, 12, 9)] * 8,
        "seen_at": [AT] * 8,
        "online": [True, False] * 4,
    },
    schema_overrides={"rank": pl.Int64},
)
HEADS = {"name": "Đơn vị", "rank": "Hạng", "value": "Tỷ lệ", "days": "Số ngày", "due_on": "Hạn trả", "seen_at": "Lúc"}
TABLE = Table(name="Xếp hạng", frame=FRAME, heads=HEADS, rates=frozenset({"value"}))
SVG = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 100 20"><text x="1" y="12">≥ 51 % ●</text></svg>'
VIEW = Viewed(
    name="ranking",
    title="Xếp hạng: Giải quyết đúng hạn",
    sentence="3/8 đơn vị chưa đạt; cuối: Sở Nội vụ.",
    filters=[("Chỉ số", "Giải quyết đúng hạn"), ("Đơn vị", "=Sở")],
    period="01/01/2021 – 10/12/2021",
    data_time=AT,
    definitions=[catalogue()["on_time_rate"]],
    tables=[TABLE],
    notes=["Nguồn motcua đã im lặng từ 10/12/2021 07:00."],
)
SECOND = Table(
    name="Quá hạn", frame=pl.DataFrame({"unit": ["H28.03"], "value": ["nhiều"]}), heads={"unit": "Mã", "value": "Số"}
)


def lines_of(content: bytes, separator: str = ";") -> list[list[str]]:
    assert content.startswith(b"\xef\xbb\xbf"), "without the mark Excel takes Vietnamese for something else"
    return list(csv.reader(io.StringIO(content.decode("utf-8-sig"), newline=""), delimiter=separator))


def test_csv_for_a_vietnamese_reader_is_split_at_semicolons_with_decimal_commas() -> None:
    lines = lines_of(written(VIEW, "csv"))
    assert [line[0] for line in lines[:7]] == [
        "# Xếp hạng: Giải quyết đúng hạn",
        "# 3/8 đơn vị chưa đạt; cuối: Sở Nội vụ.",
        "# Kỳ: 01/01/2021 – 10/12/2021",
        "# Bộ lọc: Chỉ số: Giải quyết đúng hạn · Đơn vị: =Sở",
        "# Số liệu đến: 08:00 ngày 10/12/2021",
        f"# Phiên bản định nghĩa: {definitions_version()}",
        "# Lưu ý: Nguồn motcua đã im lặng từ 10/12/2021 07:00.",
    ]
    assert all(len(line) == 1 for line in lines[:7])
    assert lines[7] == ["Đơn vị", "Hạng", "Tỷ lệ", "Số ngày", "Hạn trả", "Lúc", "online"]
    assert lines[8] == ["Sở Nội vụ", "1", "0,5125", "2,5", "2021-12-09", "2021-12-10 08:00:00", "có"]
    assert lines[15][:4] == ["Ủy ban nhân dân huyện Điện Biên Đông", "", "-0,5", "2038"]
    assert len(lines) == 16


def test_csv_for_an_english_reader_is_split_at_commas_with_decimal_points() -> None:
    lines = lines_of(written(VIEW, "csv", "en"), ",")
    assert lines[4] == ["# Data as of: 10/12/2021 08:00"]
    assert lines[8][2:] == ["0.5125", "2.5", "2021-12-09", "2021-12-10 08:00:00", "yes"]


def test_csv_for_programs_begins_with_its_heads_and_keeps_the_zone() -> None:
    lines = lines_of(written(VIEW, "csv", bare=True), ",")
    assert len(lines) == 9
    assert lines[0][0] == "Đơn vị"
    assert lines[1][2:] == ["0.5125", "2.5", "2021-12-09", "2021-12-10T08:00:00+07:00", "True"]


def test_csv_keeps_formulas_from_being_run_and_numbers_as_numbers() -> None:
    names = [line[0] for line in lines_of(written(VIEW, "csv"))[9:15]]
    assert names == ["'=HYPERLINK(1)", "'+84", "'-1", "'@x", "'\tx", "'\rx"]


def test_csv_holds_several_tables_one_below_the_other_under_their_names() -> None:
    lines = lines_of(written(replace(VIEW, tables=[TABLE, SECOND]), "csv"))
    assert lines[7] == ["# Bảng: Xếp hạng"]
    assert lines[17:] == [[], ["# Bảng: Quá hạn"], ["Mã", "Số"], ["H28.03", "nhiều"]]


def workbook(view: Viewed) -> openpyxl.Workbook:
    return openpyxl.load_workbook(io.BytesIO(written(view, "xlsx")))


def test_workbook_says_what_it_is_above_typed_columns() -> None:
    book = workbook(VIEW)
    assert book.sheetnames == ["Xếp hạng", "Định nghĩa"]
    sheet = book["Xếp hạng"]
    head = [sheet.cell(row, 1).value for row in range(1, 9)]
    assert head[0] == "Xếp hạng: Giải quyết đúng hạn"
    assert head[2:6] == [
        "Kỳ: 01/01/2021 – 10/12/2021",
        "Bộ lọc: Chỉ số: Giải quyết đúng hạn · Đơn vị: =Sở",
        "Số liệu đến: 08:00 ngày 10/12/2021",
        f"Phiên bản định nghĩa: {definitions_version()}",
    ]
    assert head[7] is None
    assert [cell.value for cell in sheet[9]] == ["Đơn vị", "Hạng", "Tỷ lệ", "Số ngày", "Hạn trả", "Lúc", "online"]
    assert [cell.value for cell in sheet[10]] == [
        "Sở Nội vụ", 1, 0.5125, 2.5, datetime(2021, 12, 9), datetime(2021, 12, 10, 8), "có",
    ]  # fmt: skip
    assert [cell.number_format for cell in sheet[10]][1:6] == [
        "#,##0", "0.0%", "#,##0.0", "dd/mm/yyyy", "dd/mm/yyyy hh:mm:ss",
    ]  # fmt: skip
    assert (sheet.freeze_panes, sheet.auto_filter.ref, sheet.max_row) == ("A10", "A9:G17", 17)
    assert book.properties.title == VIEW.title


def test_workbook_runs_nothing_that_stands_in_a_cell() -> None:
    cells = [workbook(VIEW)["Xếp hạng"].cell(row, 1) for row in range(11, 17)]
    assert [(cell.data_type, cell.quotePrefix) for cell in cells] == [("s", True)] * 6
    assert [cell.value for cell in cells][:4] == NAMES[1:5]


def test_workbook_shows_each_row_of_a_mixed_column_in_its_own_form() -> None:
    mixed = Table(
        name="Chỉ tiêu", frame=pl.DataFrame({"value": [0.5, 12.0, 2.5]}), heads={}, rates=frozenset({"value"}),
        rated=[True, False, False],
    )  # fmt: skip
    sheet = workbook(replace(VIEW, tables=[mixed]))["Chỉ tiêu"]
    assert [sheet.cell(row, 1).number_format for row in (10, 11, 12)] == ["0.0%", "#,##0", "#,##0.0"]


def test_sheets_have_names_that_excel_allows() -> None:
    names = ["Quá hạn: [A/B]?", "quá hạn  A B", "Định nghĩa", "x" * 40, "x" * 41, "'''"]
    tables = [replace(SECOND, name=name) for name in names]
    found = workbook(replace(VIEW, tables=tables)).sheetnames
    assert found == ["Quá hạn A B", "quá hạn A B 2", "Định nghĩa 3", "x" * 31, "x" * 27 + " 5", "Bảng 6", "Định nghĩa"]


def test_parquet_is_typed_and_explained_in_its_metadata() -> None:
    content = io.BytesIO(written(VIEW, "parquet"))
    assert pl.read_parquet(content).equals(FRAME)
    told = pl.read_parquet_metadata(content)
    assert (told["title"], told["period"], told["definitions_version"]) == (
        VIEW.title,
        VIEW.period,
        definitions_version(),
    )
    assert told["data_time"] == "2021-12-10T01:00:00+00:00"
    assert json.loads(told["filters"]) == {"Chỉ số": "Giải quyết đúng hạn", "Đơn vị": "=Sở"}
    assert json.loads(told["notes"]) == list(VIEW.notes)


def test_parquet_holds_the_rows_of_every_table_with_their_types() -> None:
    frame = pl.read_parquet(io.BytesIO(written(replace(VIEW, tables=[TABLE, SECOND]), "parquet")))
    assert frame["table"].to_list() == ["Xếp hạng"] * 8 + ["Quá hạn"]
    assert frame.filter(table="Xếp hạng").select(FRAME.columns).equals(FRAME)
    assert frame.row(8, named=True)["value_string"] == "nhiều"
    assert frame.schema["value"] == pl.Float64


def pdf(view: Viewed, language: str = "vi") -> pypdf.PdfReader:
    return pypdf.PdfReader(io.BytesIO(written(view, "pdf", language)))  # type: ignore[arg-type]


def fonts_of(reader: pypdf.PdfReader) -> set[str]:
    found: set[str] = set()

    def look(resources: pypdf.generic.DictionaryObject) -> None:
        for font in resources.get("/Font", {}).values():
            found.add(font.get_object()["/BaseFont"].split("+")[-1])
        for drawn in resources.get("/XObject", {}).values():
            if "/Resources" in drawn.get_object():
                look(drawn.get_object()["/Resources"])

    for page in reader.pages:
        look(page["/Resources"])
    return found


def test_pdf_is_set_in_the_shipped_font_alone_with_title_and_figures() -> None:
    reader = pdf(replace(VIEW, pictures=[Picture(svg=SVG, description="Thanh ngang")]))
    assert fonts_of(reader) == {"BeVietnamPro-Regular", "BeVietnamPro-SemiBold", "BeVietnamPro-Bold"}
    text = reader.pages[0].extract_text()
    for said in (
        VIEW.title,
        "Nguồn motcua đã im lặng",
        "51,2",
        "2.038,0",
        "09/12/2021",
        "10/12/2021 08:00",
        "Trang 1/1",
    ):
        assert said in text, said
    assert "Điện Biên" in text
    assert definitions_version() in text
    assert reader.metadata
    assert reader.metadata.title == VIEW.title
    assert reader.metadata.creation_date == AT


def test_pdf_shows_markup_and_code_in_the_data_as_they_are() -> None:
    told = ['#panic("x")', "*bold* _it_ $x^2$ @a <b>", "https://x.vn #{1+1}", "```x```", "= head"]
    texts = pl.DataFrame({"name": told})
    named = Table(name='#import "a"', frame=texts, heads={"name": "#let"})
    text = pdf(replace(VIEW, title="#sys.version", tables=[named])).pages[0].extract_text()
    plain = "".join(text.split())
    for said in [*told, '#import "a"', "#let", "#sys.version"]:
        assert "".join(said.split()) in plain, said


def test_pdf_repeats_heads_and_numbers_its_pages_and_lies_down_when_wide() -> None:
    long = replace(TABLE, frame=pl.concat([FRAME] * 12))
    reader = pdf(replace(VIEW, tables=[long]))
    assert len(reader.pages) > 1
    for number, page in enumerate(reader.pages, start=1):
        assert "Số ngày" in page.extract_text() or "Định nghĩa" in page.extract_text()
        assert f"Trang {number}/{len(reader.pages)}" in page.extract_text()
    wide = Table(name="x", frame=pl.DataFrame({f"c{n}": ["mười chữ cái"] for n in range(15)}), heads={})
    sizes = [
        tuple(round(float(side)) for side in pdf(replace(VIEW, tables=[table])).pages[0].mediabox[2:])
        for table in (SECOND, wide)
    ]
    assert sizes == [(595, 842), (842, 595)]


def test_pdf_of_an_english_reader_speaks_english() -> None:
    text = pdf(VIEW, "en").pages[0].extract_text()
    assert "Data as of" in text
    assert "51.2%" in text
    assert "Page 1/1" in text


def test_png_is_one_picture_at_twice_the_size_of_a_screen() -> None:
    content = written(VIEW, "png")
    assert content.startswith(b"\x89PNG")
    width, height = struct.unpack(">II", content[16:24])
    assert width == pytest.approx(210 / 25.4 * 96 * 2, abs=2)
    assert height > 800


@pytest.mark.parametrize("form", FORMS)
def test_view_that_lacks_rows_is_refused_with_how_many_there_are(form: str) -> None:
    lacking = replace(VIEW, tables=[replace(TABLE, in_all=12345)])
    with pytest.raises(InputError, match=r"“Xếp hạng” có 12\.345 dòng.*thu hẹp"):
        written(lacking, form)
    with pytest.raises(InputError, match=r"has 12,345 rows.*Narrow"):
        written(lacking, form, "en")


@pytest.mark.parametrize(
    ("form", "rows", "said"),
    [
        ("png", 301, "Có 301 dòng, nhiều hơn 300 dòng mà tệp PNG.*PDF"),
        ("pdf", 2001, r"Có 2\.001 dòng, nhiều hơn 2\.000 dòng mà tệp PDF.*XLSX"),
        ("xlsx", 1_048_568, r"Có 1\.048\.568 dòng, nhiều hơn 1\.048\.567 dòng mà tệp XLSX.*CSV"),
    ],
)
def test_form_that_cannot_hold_all_rows_refuses_and_says_what_to_do(form: str, rows: int, said: str) -> None:
    long = Table(name="x", frame=pl.DataFrame({"n": pl.arange(rows, eager=True)}), heads={})
    with pytest.raises(InputError, match=said):
        written(replace(VIEW, tables=[long]), form)


def test_rows_of_all_tables_count_for_paper() -> None:
    part = Table(name="x", frame=pl.DataFrame({"n": pl.arange(200, eager=True)}), heads={})
    with pytest.raises(InputError, match="Có 400 dòng"):
        written(replace(VIEW, tables=[part, part]), "png")


def test_cell_that_excel_would_cut_is_refused() -> None:
    long = Table(name="x", frame=pl.DataFrame({"a": ["x" * 32_768]}), heads={})
    with pytest.raises(InputError, match=r"32\.767"):
        written(replace(VIEW, tables=[long]), "xlsx")


def test_view_without_any_table_still_says_what_it_is() -> None:
    empty = replace(VIEW, tables=[])
    assert lines_of(written(empty, "csv"))[0] == ["# Xếp hạng: Giải quyết đúng hạn"]
    assert workbook(empty).worksheets[0]["A1"].value == VIEW.title
    assert pl.read_parquet(io.BytesIO(written(empty, "parquet"))).height == 0
    assert VIEW.title in pdf(empty).pages[0].extract_text()


def test_unknown_form_is_our_own_mistake() -> None:
    with pytest.raises(ValueError, match="csv, xlsx, parquet, png, pdf"):
        written(VIEW, "doc")
