"""Returns, in a real browser: a good file is looked at and stored, a bad one is refused with every bad row."""

from collections.abc import Callable

from playwright.sync_api import Locator, expect

from tests.browser.conftest import Centre, Visit

Visiting = Callable[..., Visit]
HEAD = "unit_code,period,indicator,numerator,denominator,value,note\n"
GOOD = f"{HEAD}H28,2021-Q4,control_screens,9,,,\nH28,2021-Q4,autofill_rate,1,5,,\n"
BAD = f"{HEAD}H28,2021-Q4,control_screens,9,,,\nH99,2021-Q4,autofill_rate,1,5,,\nH28,2021-13,autofill_rate,,,51,\n"


def _choose(seen: Visit, name: str, text: str) -> None:
    file = {"name": name, "mimeType": "text/csv", "buffer": text.encode()}
    seen.page.locator("[data-testid=stFileUploaderDropzoneInput]").set_input_files([file])  # type: ignore[list-item]


def _row(seen: Visit, key: str) -> Locator:
    return seen.page.locator(".ioc-returns tbody tr").filter(has_text=key)


def test_good_file_is_stored_only_when_confirmed(centre: Centre, visit: Visiting) -> None:
    seen = visit(centre.address)
    seen.open("/returns?period=2021-Q4")
    expect(_row(seen, "autofill_rate")).to_contain_text("còn thiếu")
    _choose(seen, "quy-4.csv", GOOD)
    seen.page.get_by_text("quy-4.csv: 2 dòng mới, 0 dòng thay đổi, 0 dòng không đổi.").wait_for()
    expect(_row(seen, "autofill_rate")).to_contain_text("còn thiếu")
    seen.page.get_by_role("button", name="Lưu", exact=True).click()
    seen.page.get_by_text("Đã lưu: 2 dòng mới, 0 dòng thay đổi.").wait_for()
    expect(_row(seen, "autofill_rate")).to_contain_text("20,0")
    expect(_row(seen, "autofill_rate")).to_contain_text("Quý IV/2021")
    _choose(seen, "quy-4.csv", GOOD)
    seen.page.get_by_text("Toàn bộ đã có trong kho dữ liệu.").wait_for()
    assert seen.page.get_by_role("button", name="Lưu", exact=True).count() == 0


def test_every_bad_row_is_listed_in_vietnamese_and_nothing_can_be_stored(centre: Centre, visit: Visiting) -> None:
    seen = visit(centre.address)
    seen.open("/returns")
    _choose(seen, "sai.csv", BAD)
    seen.page.get_by_role("alert").filter(has_text="Chưa lưu gì: có 2 lỗi.").wait_for()
    rows = seen.page.locator(".ioc-faults tbody tr").all_inner_texts()
    assert [row.split("\t")[:2] for row in rows] == [["3", "unit_code"], ["4", "period"]]
    assert "H99 không có trong danh mục đơn vị nào" in rows[0]
    assert "không phải kỳ" in rows[1]
    assert seen.page.get_by_role("button", name="Lưu", exact=True).count() == 0


def test_file_chooser_speaks_vietnamese(centre: Centre, visit: Visiting) -> None:
    seen = visit(centre.address)
    seen.open("/returns")
    chooser = seen.page.get_by_test_id("stFileUploaderDropzone")
    chooser.wait_for()
    expect(chooser.get_by_role("button", name="Chọn tệp CSV hoặc XLSX", exact=True)).to_be_visible()
    assert "Upload" not in chooser.inner_text()
    assert "200MB" not in chooser.inner_text()
