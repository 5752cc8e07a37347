"""Pages in the states that matter, for those who do not see or do not point: chosen, open, listed, on a phone."""

import pytest

from tests.browser.conftest import Centre
from tests.browser.english import english_words
from tests.browser.looks import Visiting, by_keyboard, open_whole, violations_of

UNIT = "unit=H28.152"
PHONE, DESK = (360, 800), (1366, 768)
STATES = [
    (f"/my-unit?{UNIT}", PHONE),
    (f"/today?{UNIT}", PHONE),
    ("/explore?part=dossiers", DESK),
    ("/notes?new=1", DESK),
]
# The others are the same parts again: in `make chaos`.
MORE_STATES = [
    (f"/my-unit?{UNIT}", DESK),
    (f"/today?{UNIT}&due=overdue", DESK),
    ("/my-unit", PHONE),
    ("/today", PHONE),
    ("/overview", PHONE),
    ("/explore", PHONE),
    ("/explore?part=spread", DESK),
    ("/explore?part=days", DESK),
    (f"/ranking?{UNIT}", DESK),
    ("/definitions?indicator=on_time_rate", DESK),
    (f"/chance?{UNIT}&by=month", DESK),
]


@pytest.mark.parametrize(
    ("path", "window"), [*STATES, *(pytest.param(*state, marks=pytest.mark.chaos) for state in MORE_STATES)]
)
def test_state_has_no_violation_no_english_and_no_control_out_of_reach(
    centre: Centre, visit: Visiting, path: str, window: tuple[int, int]
) -> None:
    seen = visit(centre.address, *window)
    open_whole(seen, path)
    assert violations_of(seen.page) == []
    assert english_words(seen.page.evaluate("look.said()")) == []
    assert by_keyboard(seen.page) == ([], [])


@pytest.mark.parametrize(
    ("path", "words"), [("/targets", "Đặt chỉ tiêu"), ("/targets", "Nạp tệp chỉ tiêu"), ("/overview", "Bản đồ")]
)
@pytest.mark.chaos
def test_opened_part_has_no_violation(centre: Centre, visit: Visiting, path: str, words: str) -> None:
    seen = visit(centre.address)
    open_whole(seen, path)
    part = seen.page.get_by_test_id("stExpander").filter(has_text=words).first
    part.locator("summary").first.press("Enter")
    part.locator("[data-testid=stExpanderDetails] > *").first.wait_for()
    assert violations_of(seen.page) == []
    assert english_words(seen.page.evaluate("look.said()")) == []


def test_dialog_of_an_unknown_address_speaks_vietnamese(centre: Centre, visit: Visiting) -> None:
    seen = visit(centre.address)
    open_whole(seen, "/no-such-page")
    dialog = seen.page.get_by_role("dialog")
    dialog.get_by_role("heading", name="Không có trang này").wait_for()
    assert english_words(dialog.all_inner_texts()) == []
    dialog.get_by_role("button", name="Đóng").press("Enter")
    dialog.wait_for(state="detached")
