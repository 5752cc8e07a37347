"""Messages, in a real browser."""

from collections.abc import Callable

from playwright.sync_api import expect

from store.engine import writing
from store.message_reads import message_of
from store.message_rows import NewMessage
from store.messages import claim, note_failed, queue
from tests.browser.conftest import Centre, Visit


def test_failed_message_opens_says_why_and_is_found_by_its_state(centre: Centre, visit: Callable[..., Visit]) -> None:
    now = centre.clock.now()
    message = NewMessage("k1", "Trực", "test", "test", "Tin thử", "- Nội dung <b>thử</b>", "")
    other = NewMessage("k2", "Trực", "test", "test", "Tin chờ", "- Chờ", "")
    with writing(centre.engine) as connection:
        queue(connection, [message], now)
    queued = message_of(centre.engine, "k1")
    assert queued
    claim(centre.engine, queued.id, "p", now)
    note_failed(centre.engine, queued.id, "p", "answered:550", None)
    with writing(centre.engine) as connection:
        queue(connection, [other], now)
    seen = visit(centre.address, 360, 800)
    seen.open("/messages")
    seen.page.get_by_text("Tin chờ", exact=True).wait_for()
    seen.page.get_by_label("Trạng thái").select_option("failed")
    seen.page.wait_for_url("**/messages?state=failed")
    row = seen.page.get_by_role("row").filter(has_text="Tin thử")
    row.get_by_text("Bên nhận từ chối với mã 550. Không gửi lại nữa.").wait_for()
    expect(seen.page.get_by_text("Tin chờ", exact=True)).to_have_count(0)
    row.locator("summary").click()
    row.get_by_text("- Nội dung <b>thử</b>").wait_for()
    assert seen.page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert (seen.errors, seen.outside) == ([], [])
