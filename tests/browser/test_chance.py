"""*Chance or change*, in a real browser."""

from collections.abc import Callable
from datetime import timedelta

from playwright.sync_api import expect

from metrics import Counters, Period, Share, figures, funnel, weekly
from pages import _format
from pages._language import speaking
from store.reads import read_snapshot
from tests.browser.conftest import Centre, Visit

Visiting = Callable[..., Visit]
KEY, UNIT, NAME = "online_dossier_rate", "H28.150", "Huyện Đà Bắc"


def _cells(seen: Visit, table: int) -> list[list[str]]:
    rows = seen.page.locator(".ioc-chance").nth(table).locator("tbody tr")
    return rows.evaluate_all("rows => rows.map(row => [...row.cells].map(cell => cell.innerText.trim()))")


def test_tables_hold_what_the_rules_find_and_ranking_leads_there(centre: Centre, visit: Visiting) -> None:
    counters, today = Counters(read_snapshot(centre.engine)), centre.clock.today()
    units = counters.units_on(today)
    districts = dict(units.filter(units["kind"] == "huyen").select("code", "name").iter_rows())
    found = figures(counters, Period.year_to_date(today), [KEY], units=list(districts)).rows(named=True)
    whole = Share(sum(row["numerator"] for row in found), sum(row["denominator"] for row in found))
    sides = {
        districts[row["unit"]]: funnel(Share(row["numerator"], row["denominator"]), whole, len(found)) for row in found
    }
    words = {1: "▲ cao hơn mức ngẫu nhiên", -1: "▼ thấp hơn mức ngẫu nhiên"}
    seen = visit(centre.address)
    seen.open(f"/ranking?unit={UNIT}")
    seen.page.get_by_role("link", name="Khác biệt hay ngẫu nhiên?").click()
    seen.page.wait_for_url(f"**/chance?*unit={UNIT}*")
    expect(seen.page.locator(".ioc-chance")).to_have_count(2)
    shown = {cells[0]: cells[2] for cells in _cells(seen, 0)}
    assert {name: text for name, text in shown.items() if text[0] in "▲▼"} == {
        name: words[side] for name, side in sides.items() if side
    }
    assert sorted(shown) == sorted(districts.values())
    outside = sum(side != 0 for side in sides.values())
    with speaking("vi"):
        values = [_format.percent(value) for value in weekly(counters, KEY, UNIT, today - timedelta(days=1))[::-1]]
    assert f"{outside} trong 10" in seen.page.locator(".ioc-sentence").inner_text()
    assert [cells[1].replace("–", "không phát sinh") for cells in _cells(seen, 1)] == values[: len(_cells(seen, 1))]
    # A district's course is one click away; the order of the rows stands in the address.
    seen.page.locator(".ioc-chance").first.get_by_role("row").nth(1).get_by_role("link", name="diễn biến").click()
    seen.page.get_by_role("link", name="tên", exact=True).click()
    seen.page.wait_for_url("**sort=name**")
    expect(seen.page.locator(".ioc-chance").first.locator("tbody th").first).to_have_text("Huyện Cao Phong")
    assert seen.errors == []


def test_on_a_phone_nothing_scrolls_sideways_and_the_drawings_fit(centre: Centre, visit: Visiting) -> None:
    seen = visit(centre.address, 360, 800)
    seen.open(f"/chance?kind=xa&indicator=on_time_rate&by=month&order=old&unit={UNIT}")
    assert f"“{UNIT}”" in seen.page.get_by_role("alert").inner_text(), "no commune"
    for address in (
        "/chance?kind=xa&indicator=on_time_rate",
        f"/chance?unit={UNIT}&by=month",
        "/chance?indicator=open",
    ):
        seen.open(address)
        assert seen.page.evaluate("document.documentElement.scrollWidth") <= 360
        drawings = seen.page.locator(".ioc-plot img:visible")
        assert drawings.count() == (1 if "open" in address else 2)
        for drawing in drawings.all():
            box = drawing.bounding_box()
            assert box
            assert (box["x"] >= 0, box["x"] + box["width"] <= 360) == (True, True)
            assert drawing.get_attribute("alt")
            assert drawing.evaluate("image => image.width / image.naturalWidth") > 0.9, "its type is 12 px at least"
    assert "không có biểu đồ phễu" in seen.page.locator(".ioc-sentence").inner_text()
    assert seen.errors == []
