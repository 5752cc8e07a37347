"""Notes, in a real browser: written on a phone, seen by others beside the figure, listed, closed."""

from collections.abc import Callable

from playwright.sync_api import expect

from store.notes import note_history
from tests.browser.conftest import Centre, Visit

Visiting = Callable[..., Visit]
FIGURE = "unit=H28.155&indicator=on_time_rate&period=2021-11"
TEXT = '=1+1 <b>Thiếu</b> 2 công chức vì ốm & "nghỉ phép"'


def test_a_note_written_on_a_phone_shows_beside_its_figure_and_in_the_list_until_it_is_done(
    centre: Centre, visit: Visiting
) -> None:
    phone, desk = visit(centre.address, 360, 800), visit(centre.address)
    phone.open(f"/my-unit?{FIGURE}")
    phone.page.get_by_role("link", name="+ Ghi chú").click()
    phone.page.wait_for_url("**/notes?new=1&unit=H28.155&indicator=on_time_rate&period=2021-11")
    phone.page.get_by_label("Nội dung ghi chú").fill(TEXT)
    phone.page.get_by_label("Người phụ trách").fill("Bùi Thị Mai")
    phone.page.get_by_label("Hạn (").fill("mai")
    phone.page.get_by_role("button", name="Lưu ghi chú").click()
    expect(phone.page.locator(".ioc-problem")).to_contain_text("“mai” không phải là ngày")
    # Nothing typed is lost, neither by the refusal nor by turning to another figure and back.
    phone.page.get_by_text("Chọn số liệu khác").click()
    phone.page.locator("select[name=unit]").select_option("H28.150")
    expect(phone.page.locator(".ioc-sentence")).to_contain_text("Huyện Đà Bắc")
    phone.page.go_back()
    expect(phone.page.locator(".ioc-sentence")).not_to_contain_text("Huyện Đà Bắc")
    expect(phone.page.get_by_label("Nội dung ghi chú")).to_have_value(TEXT)
    phone.page.get_by_label("Hạn (").fill("20/12/2021")
    phone.page.get_by_label("Họ và tên người ghi").fill("Lò Văn An")
    # Both before anything is drawn: on a busy machine a second click of the mouse meets what stands there afterwards.
    phone.page.get_by_role("button", name="Lưu ghi chú").evaluate("button => { button.click(); button.click() }")
    # What says that it was stored may be drawn over by the second click's run; the note itself stays.
    expect(phone.page.get_by_role("article", name="Ghi chú số 1")).to_be_visible(timeout=15_000)
    assert note_history(centre.engine, 1)[0].text == TEXT
    assert note_history(centre.engine, 2) == []

    for path in (f"/my-unit?{FIGURE}", f"/explore?{FIGURE}", "/explore?unit=H28.155&indicator=on_time_rate"):
        desk.open(path)
        expect(desk.page.locator(".ioc-noted").first).to_contain_text(TEXT)
    desk.open("/ranking?kind=huyen&indicator=on_time_rate")
    mark = desk.page.get_by_role("link", name="1 ghi chú")
    expect(mark).to_have_count(1)
    mark.click()
    card = desk.page.locator(".ioc-notecard")
    for told in (TEXT, "phụ trách: Bùi Thị Mai", "hạn 20/12/2021", "Lò Văn An, 10/12/2021", "Tháng 11/2021"):
        expect(card).to_contain_text(told)

    # The second click's run may have drawn the form anew, with the note in the list below: its own page is asked for.
    phone.open("/notes?note=1")
    phone.page.get_by_label("Họ và tên người ghi").first.fill("Lò Văn An")
    phone.page.get_by_role("button", name="Đánh dấu đã xong").click()
    expect(phone.page.locator(".ioc-notecard")).to_contain_text("đã xong ngày 10/12/2021, Lò Văn An")
    desk.page.locator("select[name=state]").select_option("open")
    expect(card).to_have_count(0)
    desk.page.locator("select[name=state]").select_option("done")
    expect(card).to_have_count(1)
    assert phone.errors == desk.errors == []
