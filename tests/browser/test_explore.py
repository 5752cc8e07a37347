"""Explore, in a real browser."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Locator, expect

from tests.browser.conftest import Centre, Visit

Visiting = Callable[..., Visit]


def _numbers(rows: Locator, column: int) -> list[int]:
    cells = rows.evaluate_all(f"rows => rows.map(row => row.cells[{column}].innerText)")
    return [int(cell.replace(".", "")) for cell in cells]


def _choice(seen: Visit, name: str) -> Locator:
    return seen.page.locator(f".ioc-filters select[name={name}]")


def _follow(seen: Visit, link: Locator) -> None:
    before = seen.page.locator(".ioc-sentence").inner_text()
    link.click()
    expect(seen.page.locator(".ioc-sentence")).not_to_have_text(before)
    # The sentence comes first, the table last: on a busy machine the old one still stands for a while.
    seen.page.wait_for_function("() => !document.querySelector('[data-test-script-state=running]')")


def test_analyst_gets_from_the_province_to_dossiers_one_click_a_level(centre: Centre, visit: Visiting) -> None:
    seen = visit(centre.address)
    seen.open("/explore?indicator=received")
    _follow(seen, seen.page.locator(".ioc-parts").get_by_role("link", name="Huyện Lương Sơn"))
    _follow(seen, seen.page.locator(".ioc-parts").get_by_role("link", name="Xã").first)
    for _level in ("field", "procedure"):
        _follow(seen, seen.page.locator(".ioc-parts tbody th a").first)
    figure = seen.page.locator(".ioc-tile .ioc-value").first.inner_text()
    expect(seen.page.locator(".ioc-dossiers tbody tr")).to_have_count(int(figure.replace(".", "")))
    steps = seen.page.locator(".ioc-path li").all_inner_texts()
    assert steps[:2] == ["Tỉnh Hòa Bình", "Huyện Lương Sơn"]
    assert len(steps) == 5


@pytest.mark.parametrize(
    "indicator", ["online_dossier_rate", "on_time_rate", "signed_document_rate", "participation_rate"]
)
@pytest.mark.parametrize("unit", ["H28", "H28.150"])
def test_children_add_up_to_their_parent_on_screen(centre: Centre, visit: Visiting, unit: str, indicator: str) -> None:
    seen = visit(centre.address)
    seen.open(f"/explore?unit={unit}&indicator={indicator}")
    rows = seen.page.locator(".ioc-parts tbody tr")
    foot = seen.page.locator(".ioc-parts tfoot tr")
    figure = seen.page.locator(".ioc-tile .ioc-small").first.inner_text().split(" · ")[0].replace(".", "")
    for column, whole in zip((3, 4), figure.split(" / "), strict=True):
        assert sum(_numbers(rows, column)) == _numbers(foot, column)[0] == int(whole)
    assert "chính đơn vị này" in rows.first.inner_text()
    assert "Các dòng cộng lại đúng bằng" in seen.text()


@pytest.mark.parametrize("part", ["procedure", "field"])
def test_procedures_and_fields_add_up_too(centre: Centre, visit: Visiting, part: str) -> None:
    seen = visit(centre.address)
    seen.open(f"/explore?part={part}&indicator=on_time_rate")
    whole = seen.page.locator(".ioc-tile .ioc-small").first.inner_text().split(" · ")[0].replace(".", "")
    rows = seen.page.locator(".ioc-parts tbody tr")
    assert [sum(_numbers(rows, 3)), sum(_numbers(rows, 4))] == [int(count) for count in whole.split(" / ")]


def test_distinct_procedures_are_said_not_to_add_up(centre: Centre, visit: Visiting) -> None:
    seen = visit(centre.address)
    seen.open("/explore?indicator=procedures_online_rate")
    assert "Đếm không trùng lặp" in seen.text()


def test_indicator_not_made_of_dossiers_says_so(centre: Centre, visit: Visiting) -> None:
    seen = visit(centre.address)
    seen.open("/explore?indicator=meetings_held&part=procedure")
    assert "Chỉ số này không tính từ hồ sơ" in seen.page.locator(".ioc-empty").inner_text()


def test_copied_address_opens_the_same_view_in_another_browser(centre: Centre, visit: Visiting) -> None:
    seen = visit(centre.address)
    seen.open("/explore?indicator=received")
    _choice(seen, "period").select_option("quarter")
    # The links of the new view, not those that stand until it is drawn.
    _follow(seen, seen.page.locator(".ioc-parts a[href*='period=quarter']").filter(has_text="Sở Tư pháp"))
    seen.page.locator(".ioc-tabs").get_by_role("link", name="Hồ sơ", exact=True).click()
    seen.page.locator(".ioc-dossiers").wait_for()
    other = visit(centre.address)
    other.open(seen.page.url.removeprefix(centre.address))
    assert other.page.locator(".ioc-sentence").inner_text() == seen.page.locator(".ioc-sentence").inner_text()
    assert other.page.locator(".ioc-dossiers").inner_text() == seen.page.locator(".ioc-dossiers").inner_text()
    assert _choice(other, "period").input_value() == "quarter"


def test_back_and_forward_keep_the_view_without_a_new_load(centre: Centre, visit: Visiting) -> None:
    seen = visit(centre.address)
    seen.open("/explore?indicator=received&period=quarter")
    province = seen.page.locator(".ioc-sentence").inner_text()
    seen.page.evaluate("window.visited = true")
    _follow(seen, seen.page.locator(".ioc-parts").get_by_role("link", name="Huyện Đà Bắc"))
    district = seen.page.locator(".ioc-sentence").inner_text()
    _follow(seen, seen.page.locator(".ioc-parts tbody th a").first)
    seen.page.go_back()
    expect(seen.page.locator(".ioc-sentence")).to_have_text(district)
    seen.page.go_back()
    expect(seen.page.locator(".ioc-sentence")).to_have_text(province)
    seen.page.go_forward()
    expect(seen.page.locator(".ioc-sentence")).to_have_text(district)
    assert _choice(seen, "period").input_value() == "quarter"
    assert seen.page.evaluate("window.visited")


def test_breadcrumb_leads_back_up_and_keeps_the_filters(centre: Centre, visit: Visiting) -> None:
    seen = visit(centre.address)
    seen.open("/explore?unit=H28.150.04831&indicator=received&from=2021-03-01&to=2021-09-30")
    _follow(seen, seen.page.locator(".ioc-path").get_by_role("link", name="Huyện Đà Bắc"))
    assert seen.page.url.endswith("/explore?unit=H28.150&indicator=received&from=2021-03-01&to=2021-09-30")


def test_list_counts_what_the_figure_counts(centre: Centre, visit: Visiting) -> None:
    seen = visit(centre.address)
    for indicator in ("received", "on_time_rate", "open", "overdue"):
        seen.open(f"/explore?unit=H28.150&indicator={indicator}&part=dossiers&from=2021-06-01&to=2021-12-10")
        tile = seen.page.locator(".ioc-tile").first
        shown = tile.locator(".ioc-small").inner_text().split(" · ")[0]
        counted = shown.split(" / ")[1] if " / " in shown else tile.locator(".ioc-value").inner_text()
        listed = seen.page.locator(".ioc-dossiers tbody tr").count()
        assert listed == min(int(counted.replace(".", "")), 200), indicator


def test_dossier_list_names_total_and_limit_and_no_personal_column(centre: Centre, visit: Visiting) -> None:
    seen = visit(centre.address)
    seen.open("/explore?part=dossiers&indicator=received")
    assert seen.page.locator(".ioc-dossiers tbody tr").count() == 200
    assert "Hồ sơ 1 đến 200 trong tổng số" in seen.text()
    heads = seen.page.locator(".ioc-dossiers thead th").all_inner_texts()
    assert heads == [
        "Hồ sơ",
        "Thủ tục",
        "Đơn vị",
        "Tiếp nhận",
        "Hẹn trả",
        "Giải quyết xong",
        "Trạng thái",
        "Số ngày trễ",
    ]


def test_nothing_happened_is_told_from_zero(centre: Centre, visit: Visiting) -> None:
    seen = visit(centre.address)
    seen.open("/explore?unit=H28.150.04831&from=2030-01-01&to=2030-01-31")
    assert "không phát sinh trong kỳ này" in seen.page.locator(".ioc-sentence").inner_text()
    assert "0,0" not in seen.page.locator(".ioc-tile").first.inner_text()


@pytest.mark.parametrize(
    ("query", "named", "right"),
    [
        ("unit=H99", "“H99”", "H28.150"),
        ("procedure=9.9", "“9.9”", "1.00"),
        ("part=street", "“street”", "unit, field, procedure, dossiers, spread, days"),
    ],
)
def test_wrong_value_is_named_and_the_province_is_shown(
    centre: Centre, visit: Visiting, query: str, named: str, right: str
) -> None:
    seen = visit(centre.address)
    seen.open(f"/explore?{query}")
    said = seen.page.get_by_role("alert").inner_text()
    assert named in said
    assert right in said
    assert "Tỉnh Hòa Bình:" in seen.page.locator(".ioc-sentence").inner_text()


def test_every_link_is_reached_and_followed_by_keyboard(centre: Centre, visit: Visiting) -> None:
    seen = visit(centre.address)
    seen.open("/explore")
    seen.page.locator(".ioc-parts").get_by_role("link", name="Huyện Đà Bắc").focus()
    seen.page.keyboard.press("Enter")
    expect(seen.page.locator(".ioc-sentence")).to_contain_text("Huyện Đà Bắc:")


@pytest.mark.parametrize(
    "path", ["/explore?unit=H28.150.04831&part=dossiers", "/explore?part=procedure", "/ranking?kind=xa"]
)
def test_deep_views_do_not_scroll_sideways_on_a_phone(centre: Centre, visit: Visiting, path: str) -> None:
    seen = visit(centre.address, 360, 800)
    seen.open(path)
    scrolled, shown = seen.page.eval_on_selector("[data-testid=stMain]", "part => [part.scrollWidth, part.clientWidth]")
    assert scrolled <= shown


def test_distribution_is_drawn_thrice_and_stands_as_a_table_whose_links_lead_on(
    centre: Centre, visit: Visiting
) -> None:
    seen = visit(centre.address)
    seen.open("/explore?part=spread&indicator=on_time_rate")
    rows = seen.page.locator(".ioc-spread tbody tr")
    assert rows.count() == 151
    counted = rows.filter(has_not_text="không phát sinh").count()
    for kind, marks in (("strip", counted), ("map", 151), ("hexagons", 151)):
        chart = seen.page.locator(f".ioc-chart-{kind}")
        assert f"{counted} đơn vị" in str(chart.locator("img").get_attribute("alt"))
        assert chart.locator("a").count() == marks
    spots = seen.page.locator(".ioc-chart-hexagons a").evaluate_all("all => all.map(a => a.getAttribute('style'))")
    assert len(set(spots)) == 151
    name = seen.page.locator(".ioc-chart-hexagons a").first.get_attribute("title")
    _follow(seen, seen.page.locator(".ioc-chart-hexagons a").first)
    expect(seen.page.locator(".ioc-sentence")).to_contain_text(str(name).split(":")[0])
    seen.page.locator(".ioc-tabs").get_by_role("link", name="Phân bố").click()
    # A commune stands among those of its district.
    expect(seen.page.locator(".ioc-spread tbody a[aria-current]")).to_have_count(1)
    assert 1 < rows.count() < 151
    assert seen.errors == []


def test_processing_time_counts_every_completed_dossier(centre: Centre, visit: Visiting) -> None:
    seen = visit(centre.address)
    seen.open("/explore?part=days&indicator=processing_days")
    seen.page.locator(".ioc-chart-days img").wait_for()
    seen.page.locator(".ioc-chart-days ~ .ioc-more summary, .ioc-more summary").last.click()
    taken = [
        (int(days), int(count.replace(".", "")))
        for days, count in seen.page.locator(".ioc-more .figures")
        .last.locator("tbody tr")
        .evaluate_all("rows => rows.map(row => [row.cells[0].innerText, row.cells[1].innerText])")
    ]
    total = int(
        seen.page.locator(".ioc-tile .ioc-small").first.inner_text().split(" · ")[0].split(" / ")[1].replace(".", "")
    )
    assert sum(count for _days, count in taken) == total
    spread = [days for days, count in taken for _ in range(count)]
    described = str(seen.page.locator(".ioc-chart-days img").get_attribute("alt"))
    assert f"90 % trong vòng {spread[-(-total * 9 // 10) - 1]} ngày" in described


def test_list_goes_on_page_by_page_and_every_dossier_is_on_one_page(centre: Centre, visit: Visiting) -> None:
    seen = visit(centre.address)
    seen.open("/explore?part=dossiers&indicator=received&from=2021-11-01&to=2021-12-10")
    total = int(seen.page.locator(".ioc-tile .ioc-value").first.inner_text().replace(".", ""))
    found: list[str] = []
    for page in range(1, -(-total // 200) + 1):
        if page > 1:
            seen.page.get_by_role("link", name="Trang sau").first.click()
            expect(seen.page.locator(".ioc-pages").first).to_contain_text(f"Trang {page} /")
        found += seen.page.locator(".ioc-dossiers tbody th").all_inner_texts()
    assert total > 200
    assert len(set(found)) == len(found) == total
    seen.page.go_back()
    expect(seen.page.locator(".ioc-pages").first).to_contain_text(f"Trang {-(-total // 200) - 1} /")


def test_choices_go_along_to_other_pages_and_back(centre: Centre, visit: Visiting) -> None:
    seen = visit(centre.address)
    seen.open("/explore?unit=H28.150&indicator=on_time_rate&period=quarter")
    menu = seen.page.locator("[data-testid=stSidebar]")
    for page in ("Xếp hạng", "Đơn vị của tôi", "Định nghĩa chỉ số", "Khám phá"):
        menu.get_by_role("link", name=page).click()
        expect(seen.page.locator(".ioc-top h1")).to_have_text(page)
        if page != "Định nghĩa chỉ số":
            for part in ("unit=H28.150", "indicator=on_time_rate", "period=quarter"):
                assert part in seen.page.url, (page, seen.page.url)
    expect(seen.page.locator(".ioc-sentence")).to_contain_text("Huyện Đà Bắc:")
    assert seen.page.get_by_role("alert").count() == 0


@pytest.mark.parametrize(("compare", "words"), [("peers", "10 đơn vị"), ("province", "Tỉnh Hòa Bình (")])
def test_district_is_compared_with_its_peers_and_the_province(
    centre: Centre, visit: Visiting, compare: str, words: str
) -> None:
    seen = visit(centre.address)
    seen.open(f"/explore?unit=H28.150&indicator=on_time_rate&compare={compare}")
    assert words in seen.text()
    changes = seen.page.locator(".ioc-parts tbody tr td:nth-of-type(3)").all_inner_texts()
    assert any("điểm" in change for change in changes)
    assert "điểm" in seen.page.locator(".ioc-tile").first.inner_text()
