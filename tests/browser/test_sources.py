"""Sources, in a real browser."""

from collections.abc import Callable
from datetime import timedelta

from store.runs import begin_run, end_run
from tests.browser.conftest import Centre, Visit


def test_row_says_state_in_a_word_and_what_was_accepted(centre: Centre, visit: Callable[..., Visit]) -> None:
    seen = visit(centre.address)
    seen.open("/sources")
    row = seen.page.get_by_role("row").filter(has_text="dvcqg")
    assert "● mới" in row.inner_text()
    assert "10/12/2021 08:00" in row.inner_text()


def test_failed_run_shows_itself_in_plain_words(centre: Centre, visit: Callable[..., Visit]) -> None:
    seen = visit(centre.address)
    seen.open("/sources")
    at = centre.clock.now() + timedelta(milliseconds=1)
    run = begin_run(centre.engine, "vanban", at)
    end_run(centre.engine, run, "refused", at, "vanban: 401 from /qlvb/vanban", None)
    advice = "Nguồn từ chối truy cập: gia hạn tài khoản, mật khẩu hoặc mã truy cập."
    seen.page.get_by_text(advice).wait_for(timeout=10_000)
    seen.page.get_by_text("vanban: 401 from /qlvb/vanban").wait_for()
