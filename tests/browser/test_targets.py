"""Targets, in a real browser: who entered what and why, and what the communes' targets add up to."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from store.dimensions import target_history
from store.reads import targets
from tests.browser.conftest import Centre, Visit

Visiting = Callable[..., Visit]
COMMUNES = (
    "indicator,unit_code,kind,comparator,value,valid_from,valid_to,decision,decided_on,issuer\n"
    "early_rate,,xa,>=,95 %,2021-01-01,2021-12-31,12/QĐ-UBND,2021-02-01,UBND huyện\n"
    "early_rate,,huyen,>=,90 %,2021-01-01,2021-12-31,11/QĐ-UBND,2021-01-15,UBND tỉnh\n"
)


def _fill(page: Page, label: str, text: str) -> None:
    page.get_by_label(label, exact=True).filter(visible=True).fill(text)


@pytest.fixture
def editing(centre: Centre, visit: Visiting) -> Visit:
    """The form on a target that no other test looks at."""
    seen = visit(centre.address)
    seen.open("/targets?edit=national_portal_rate%7CH28%7C2020-11-01")
    seen.page.get_by_label("Giá trị").wait_for()
    return seen


def test_targets_in_force_stand_with_decision_term_and_for_whom(centre: Centre, visit: Visiting) -> None:
    seen = visit(centre.address)
    seen.open("/targets?indicator=satisfaction_rate")
    row = seen.page.locator(".ioc-targets tbody tr")
    expect(row).to_have_count(1)
    for told in ("≥ 90\u00a0%", "Tỉnh Hòa Bình", "31/12/2025", "Ủy ban nhân dân tỉnh Hòa Bình"):
        expect(row).to_contain_text(told)


def test_target_cannot_be_changed_without_who_and_why(centre: Centre, editing: Visit) -> None:
    before = targets(centre.engine)
    _fill(editing.page, "Giá trị", "55 %")
    editing.page.get_by_role("button", name="Lưu chỉ tiêu").click()
    editing.page.get_by_text("Hãy ghi rõ người nhập và lý do.").wait_for()
    assert targets(centre.engine) == before


def test_wrong_value_is_refused_at_its_field(centre: Centre, editing: Visit) -> None:
    before = targets(centre.engine)
    for label, text in (("Giá trị", "55"), ("Người nhập (họ và tên)", "Bùi Thị Mai"), ("Lý do", "thử")):
        _fill(editing.page, label, text)
    editing.page.get_by_role("button", name="Lưu chỉ tiêu").click()
    editing.page.get_by_text("Giá trị: 55 không rõ nghĩa với tỷ lệ").wait_for()
    assert targets(centre.engine) == before


def test_change_stands_in_the_history_with_who_from_to_and_why(centre: Centre, editing: Visit) -> None:
    fields = {"Giá trị": "99 %", "Người nhập (họ và tên)": "Bùi Thị Mai", "Lý do": "Điều chỉnh theo công văn 15"}
    for label, text in fields.items():
        _fill(editing.page, label, text)
    editing.page.get_by_role("button", name="Lưu chỉ tiêu").click()
    editing.page.get_by_text("Đã sửa chỉ tiêu.").wait_for()
    row = editing.page.locator(".ioc-history tbody tr").first
    for told in ("Bùi Thị Mai", "Tỉnh Hòa Bình", "≥ 100\u00a0%", "≥ 99\u00a0%", "Điều chỉnh theo công văn 15"):
        expect(row).to_contain_text(told)
    change = target_history(centre.engine)[0]
    assert (change.changed_by, change.unit_code) == ("Bùi Thị Mai", "H28")
    assert change.before is not None
    assert change.after is not None
    assert (change.before["value"], change.after["value"]) == (1.0, 0.99)


def test_file_sets_targets_and_the_page_says_whether_communes_reach_the_districts(
    centre: Centre, visit: Visiting
) -> None:
    seen = visit(centre.address)
    seen.open("/targets?indicator=early_rate")
    seen.page.get_by_text("Nạp tệp chỉ tiêu").click()
    file = {"name": "huyen.csv", "mimeType": "text/csv", "buffer": COMMUNES.encode()}
    seen.page.locator("[data-testid=stFileUploaderDropzoneInput]").set_input_files([file])  # type: ignore[list-item]
    seen.page.get_by_text("huyen.csv: 2 dòng mới, 0 dòng thay đổi, 0 dòng không đổi.").wait_for()
    assert not [target for target in targets(centre.engine) if target.indicator == "early_rate"]
    _fill(seen.page, "Người nhập (họ và tên)", "Bùi Thị Mai")
    _fill(seen.page, "Lý do", "Giao chỉ tiêu năm 2021")
    seen.page.get_by_role("button", name="Lưu", exact=True).click()
    seen.page.get_by_text("Đã lưu: 2 dòng mới, 0 dòng thay đổi.").wait_for()
    # 95 % of the communes' dossiers and 90 % of the office's own are more than 90 % of all.
    district = seen.page.get_by_role("row").filter(has_text="Huyện Đà Bắc")
    expect(district).to_contain_text("17 / 17")
    expect(district).to_contain_text("● đủ")
