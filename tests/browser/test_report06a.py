"""The page of form II.06a as an analyst sees it: the printed form, its sums, its rows."""

from collections.abc import Callable

from metrics import Counters, Period, form06a
from store.reads import read_snapshot
from tests.browser.conftest import Centre, Visit

Visiting = Callable[..., Visit]


def test_form_shows_what_the_counters_hold_and_says_that_it_adds_up(centre: Centre, visit: Visiting) -> None:
    seen = visit(centre.address)
    seen.open("/report-06a?unit=H28.150&period=2021-Q3&by=procedure")
    assert "Các cột khớp ở mọi dòng" in seen.page.locator(".ioc-sentence").inner_text()
    table = seen.page.locator(".ioc-form")
    assert table.locator("thead tr").nth(0).inner_text().split("\t")[2:] == [
        "Tiếp nhận",
        "Đã giải quyết",
        "Đang giải quyết",
        "Ngoài biểu",
    ]
    expected = form06a(Counters(read_snapshot(centre.engine)), "H28.150", Period.parse("2021-Q3"), "procedure")
    shown = [int(text.replace(".", "")) for text in table.locator(".ioc-total td").all_inner_texts()[1:]]
    assert shown == list(expected.row(-1)[2:])[: len(shown)]
    assert table.locator("tbody tr:not(.ioc-total tr)").count() == expected.height - 1


def test_unknown_choice_is_named_and_the_usual_form_shown(centre: Centre, visit: Visiting) -> None:
    seen = visit(centre.address)
    seen.open("/report-06a?by=moon&lang=en")
    assert "There is no rows “moon”" in seen.page.locator("[role=alert]").inner_text()
    assert seen.page.locator(".ioc-form").is_visible()
