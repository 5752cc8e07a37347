"""Reconciliation, in a real browser: what agrees, what differs, who was silent, what was never compared."""

import re
from collections.abc import Callable, Iterator
from datetime import date

import pytest
from playwright.sync_api import expect

from store.engine import writing
from store.reconciliation_results import Figure, KeyDifference, begin_reconciliation, end_reconciliation
from store.reconciliation_tables import reconciled_figures, reconciled_keys, reconciliations
from tests.browser.conftest import Centre, Visit

WINDOW = (date(2021, 9, 11), date(2021, 12, 9))


@pytest.fixture
def compared(centre: Centre) -> Iterator[Callable[[], None]]:
    """Stores one comparison of three sources; gone afterwards, for the centre is everybody's."""

    def compare() -> None:
        now = centre.clock.now()
        found = [
            Figure("received", "", *WINDOW, "differ", "", 2038, 2036, 2038, 1),
            Figure("received", "H28.150", *WINDOW, "differ", "", 112, 110, 112, 1),
            Figure("open", "", *WINDOW, "agree", "", 41, 41, 41, 0),
            Figure("dossiers", "", *WINDOW, "differ", "too_many", 300, 300, 301, 3),
        ]
        keys = [
            KeyDifference("dossiers", "H28.150-211201-0007", "missing", "H28.150", 10, None, now, None, True),
            KeyDifference("dossiers", "H28.150-211201-0008", "gone", "H28.150", None, 4, None, now, True),
            KeyDifference("dossiers", "H28.150-211201-0009", "held", "H28.150", None, None, None, None, False),
        ]
        told: list[tuple[str, str, list[Figure], list[KeyDifference]]] = [
            ("motcua", "ok", found, keys),
            ("vanban", "unavailable", [Figure("documents", "", *WINDOW, "silent")], []),
            ("hop", "untold", [], []),
        ]
        for source, outcome, figures, differences in told:
            number = begin_reconciliation(centre.engine, source, *WINDOW, now)
            end_reconciliation(centre.engine, number, outcome, "", now, figures, differences)

    yield compare
    with writing(centre.engine) as connection:
        for table in (reconciled_keys, reconciled_figures, reconciliations):
            connection.execute(table.delete())


def test_states_are_told_apart_down_to_the_records(
    centre: Centre, visit: Callable[..., Visit], compared: Callable[[], None]
) -> None:
    seen = visit(centre.address)
    seen.open("/reconciliation")
    sentence, row = seen.page.locator(".ioc-sentence"), seen.page.get_by_role("row")
    expect(sentence).to_have_text(re.compile("Chưa nguồn nào được đối soát; lần tới lúc 11/12/2021 02:00"))
    compared()
    expect(sentence).to_contain_text("2 trên 4 số liệu lệch ở lần đối soát gần nhất. Còn 1 bản ghi chưa xử lý.")
    expect(sentence).to_contain_text("Không trả lời ở lần đối soát gần nhất: vanban.")
    for name, state in {
        "motcua": "■ lệch",
        "vanban": "▲ nguồn không trả lời",
        "hop": "○ không so sánh được",
        "diemcau": "○ chưa đối soát",
    }.items():
        expect(row.filter(has_text=name).filter(has_text="11/12/2021 02:00")).to_contain_text(state)
    received = row.filter(has_text="Hồ sơ tiếp nhận")
    expect(received.first).to_have_text(re.compile("lệch.*10/12/2021 08:00.*2.038.*2.036.*−2.*2.038", re.DOTALL))
    expect(received.last).to_contain_text("Huyện")
    expect(row.filter(has_text="Đang giải quyết vào ngày cuối")).to_contain_text("● khớp")
    expect(row.filter(has_text="đối chiếu từng mã").first).to_contain_text("quá nhiều bản ghi không còn ở nguồn")
    expect(row.filter(has_text="-0007")).to_have_text(re.compile("trung tâm thiếu.*đã trả kết quả.*đã lưu", re.DOTALL))
    expect(row.filter(has_text="-0008")).to_contain_text("đã gỡ, lưu lịch sử")
    expect(row.filter(has_text="-0009")).to_contain_text("chưa xử lý")
    assert seen.errors == []
