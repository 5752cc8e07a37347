"""Today's work, in a real browser, as staff with a phone meet it."""

import re
from collections.abc import Callable
from urllib.parse import parse_qs, urlsplit

import httpx
from playwright.sync_api import expect

from metrics import Counters, WhatIf, peer_groups
from pages._periods import period_to_today
from pages._units import Units
from store.reads import read_snapshot
from store.work_reads import Work, completed, open_dossiers
from tests.browser.conftest import Centre, Visit

Visiting = Callable[..., Visit]
PHONE = (360, 800)


def busiest(centre: Centre) -> tuple[str, list[str], int]:
    """The district with the most open work, its codes, and how many of its dossiers are open."""
    units = Units(Counters(read_snapshot(centre.engine)), centre.clock.today())
    found = []
    for row in units.by_code.values():
        if row.kind == "huyen":
            codes = units.subtree(row.code)
            found.append((open_dossiers(centre.engine, Work(codes), centre.clock.now())[0], row.code, codes))
    total, code, codes = max(found)
    return code, codes, total


def test_a_phone_shows_the_work_and_what_ticked_dossiers_would_do(centre: Centre, visit: Visiting) -> None:
    code, codes, total = busiest(centre)
    seen = visit(centre.address, *PHONE)
    seen.open(f"/today?unit={code}")
    sentence = seen.page.locator(".ioc-sentence")
    expect(sentence).to_contain_text(re.compile("^Hôm nay: "))
    box = sentence.bounding_box()
    assert box
    assert box["y"] + box["height"] < PHONE[1]
    assert seen.page.evaluate("document.documentElement.scrollWidth") <= PHONE[0]
    boxes = seen.page.get_by_role("checkbox")
    assert boxes.count() == total > 3
    heights = seen.page.locator(".ioc-todo label, .ioc-parts-of-work a").evaluate_all(
        "all => all.map(one => one.getBoundingClientRect().height)"
    )
    assert min(heights) >= 44

    last = [boxes.nth(total - number) for number in (1, 2)]
    for one in last:
        one.check()
    seen.page.get_by_role("button", name="Tính thử hồ sơ đã chọn").click()
    seen.page.wait_for_url("**done=**")
    bar = seen.page.locator(".ioc-reckon")
    expect(bar).to_contain_text("Xử lý")
    keys = parse_qs(urlsplit(seen.page.url).query)["done"][0].split(",")
    assert len(keys) == 2
    shown = bar.locator("b").inner_text()
    _, found = open_dossiers(centre.engine, Work(codes), centre.clock.now(), limit=1000)
    last_two = found.select("source", "source_id").rows()[-2:]
    counters = Counters(read_snapshot(centre.engine))
    work = Work(codes, keys=last_two)
    change = completed(centre.engine, counters.snapshot, work, centre.clock.now())
    period = period_to_today("year", centre.clock.today())
    what_if = WhatIf(counters, change.since, change.difference)
    assert "huyen" in peer_groups(counters, period.end)
    told = what_if.forecast(code, "on_time_rate", "huyen", period)
    assert str(told.after.rank) in shown
    # As many decimals as the page needs to show that anything changes.
    written = re.search(r"→ (\d+),(\d+)", shown)
    assert written
    assert told.after.value is not None
    assert f"{told.after.value * 100:.{len(written[2])}f}" == f"{written[1]}.{written[2]}"

    # The copied address opens the same view, and no tick is lost.
    again = visit(centre.address, *PHONE)
    again.open(seen.page.url.removeprefix(centre.address))
    expect(again.page.locator(".ioc-reckon b")).to_have_text(shown)
    assert again.page.locator(".ioc-todo input:checked").count() == 2
    assert seen.errors == again.errors == seen.outside == []


def test_a_part_of_the_work_is_one_click_and_can_be_taken_away(centre: Centre, visit: Visiting) -> None:
    code, codes, total = busiest(centre)
    seen = visit(centre.address)
    seen.open(f"/today?unit={code}")
    part = seen.page.locator(".ioc-parts-of-work tbody tr").filter(has_text="trong 5 ngày")
    n = int(part.locator("td").first.inner_text().replace(".", ""))
    part.get_by_role("link").click()
    seen.page.wait_for_url("**due=5**")
    expect(seen.page.locator("form.ioc-work tbody tr, form.ioc-work .ioc-empty")).to_have_count(n)
    expect(seen.page.locator(".ioc-said").first).to_contain_text("Giải quyết đúng hạn")
    seen.page.go_back()
    expect(seen.page.get_by_role("checkbox")).to_have_count(total)
    answer = httpx.get(f"{centre.address}/export/today.csv?unit={code}&lang=en&reason=doi+chieu", trust_env=False)
    assert answer.status_code == httpx.codes.OK
    _, found = open_dossiers(centre.engine, Work(codes), centre.clock.now(), limit=1000)
    keys = [f"{source},{name}" for source, name in found.select("source", "source_id").rows()]
    assert len(keys) == total
    assert [key for key in keys if key not in answer.text] == []


def test_wrong_values_are_named_and_the_page_works(centre: Centre, visit: Visiting) -> None:
    seen = visit(centre.address)
    seen.open("/today?unit=H28.150&due=soon&done=nobody&kind=village&period=always")
    said = seen.page.get_by_role("alert").inner_text()
    assert [word for word in ("soon", "nobody", "village", "always") if f"“{word}”" not in said] == []
    expect(seen.page.locator(".ioc-sentence")).to_contain_text(":")
