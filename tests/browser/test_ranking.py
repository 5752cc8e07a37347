"""Ranking, in a real browser."""

from collections.abc import Callable
from fractions import Fraction

import pytest
from playwright.sync_api import Locator, expect

from metrics import catalogue
from tests.browser.conftest import Centre, Visit
from tests.often import first

Visiting = Callable[..., Visit]
COMMUNES = "/ranking?indicator=on_time_rate&kind=xa"


def _choice(seen: Visit, name: str) -> Locator:
    return seen.page.locator(f".ioc-filters select[name={name}]")


def _wait_until_drawn(seen: Visit, name: str, value: str) -> None:
    """Until the server has answered a choice: what it draws says what is chosen, which a click alone does not."""
    expect(_choice(seen, name).locator(f'option[value="{value}"][selected]')).to_have_count(1)


def _rows(seen: Visit) -> Locator:
    return seen.page.locator(".ioc-ranked tbody tr")


def _ranks_and_rates(seen: Visit) -> list[tuple[int, Fraction]]:
    found = []
    for cells in _rows(seen).evaluate_all("rows => rows.map(row => [...row.cells].map(cell => cell.innerText))"):
        numerator, denominator = cells[6].replace(".", "").split("/")
        found.append((int(cells[0]), Fraction(int(numerator), int(denominator))))
    return found


def test_ties_share_a_rank_and_the_next_rank_is_skipped(centre: Centre, visit: Visiting) -> None:
    seen = visit(centre.address)
    seen.open(COMMUNES)
    found = _ranks_and_rates(seen)
    rates = [rate for _, rate in found]
    assert len(set(rates)) < len(rates), "the miniature place has communes with equal rates"
    assert [rank for rank, _ in found] == [1 + sum(other > rate for other in rates) for rate in rates]


def test_units_with_too_little_to_count_stand_apart_with_the_reason(centre: Centre, visit: Visiting) -> None:
    seen = visit(centre.address)
    seen.open(COMMUNES)
    apart = seen.page.get_by_role("row").filter(has_text="chưa đủ số liệu (n < 10)")
    n = [row.split("\t")[-1].split("/")[1] for row in apart.all_inner_texts()]
    assert n
    assert all(0 < int(count) < 10 for count in n)
    assert _rows(seen).count() + seen.page.locator(".ioc-table tbody tr").count() == 151


def test_target_and_state_stand_on_every_district(centre: Centre, visit: Visiting) -> None:
    seen = visit(centre.address)
    seen.open("/ranking")
    assert _rows(seen).count() == 10
    assert seen.page.locator(".ioc-ranked .ioc-goal").count() == 10
    assert "chỉ tiêu ≥ 51\u00a0%" in seen.page.locator(".ioc-ranked caption").inner_text()
    words = {text.split(" ", 1)[1] for text in seen.page.locator(".ioc-ranked .ioc-state span").all_inner_texts()}
    assert words <= {"đạt", "gần đạt", "chưa đạt"}


def test_filters_go_into_the_address_and_a_reload_keeps_them(centre: Centre, visit: Visiting) -> None:
    seen = visit(centre.address)
    seen.open("/ranking?lang=en")
    _choice(seen, "indicator").select_option("received")
    seen.page.wait_for_url("**indicator=received**")
    _wait_until_drawn(seen, "indicator", "received")
    _choice(seen, "kind").select_option("so")
    seen.page.wait_for_url("**kind=so**")
    _wait_until_drawn(seen, "kind", "so")
    _choice(seen, "period").select_option("custom")
    seen.page.locator(".ioc-filters input[name=from]").fill("2021-06-01")
    seen.page.get_by_role("button", name="Show").click()
    seen.page.wait_for_url("**from=2021-06-01&to=2021-12-10**")
    seen.page.reload()
    seen.page.locator(".ioc-foot").wait_for()
    assert "lang=en" in seen.page.url
    assert _choice(seen, "indicator").input_value() == "received"
    assert _choice(seen, "kind").input_value() == "so"
    assert seen.page.locator(".ioc-filters input[name=from]").input_value() == "2021-06-01"
    assert "01/06/2021 – 10/12/2021" in seen.page.locator(".ioc-ranked caption").inner_text()


def test_filter_changes_within_the_visit_and_back_undoes_it(centre: Centre, visit: Visiting) -> None:
    seen = visit(centre.address)
    seen.open("/ranking")
    seen.page.evaluate("window.visited = true")
    _choice(seen, "kind").select_option("so")
    expect(_rows(seen).filter(has_text="Sở Tư pháp")).to_have_count(1)
    seen.page.go_back()
    expect(_rows(seen).filter(has_text="Huyện Đà Bắc")).to_have_count(1)
    assert _choice(seen, "kind").input_value() == "huyen"
    assert seen.page.evaluate("window.visited")


def test_my_unit_is_listed_first(centre: Centre, visit: Visiting) -> None:
    seen = visit(centre.address)
    seen.open("/ranking?unit=H28.150")
    assert "Huyện Đà Bắc" in _rows(seen).first.inner_text()
    assert _rows(seen).first.get_attribute("class") == "ioc-mine"


@pytest.mark.parametrize(
    ("query", "named", "right"),
    [
        ("indicator=speed", "“speed”", "on_time_rate"),
        ("kind=village", "“village”", "huyen, so, xa"),
        ("period=always", "“always”", "year, quarter, month, 4weeks, 2021, 2021-H2, 2021-Q4"),
        ("from=10-12-2021", "from=10-12-2021", "2021-12-10"),
        ("from=2021-12-10&to=2021-01-01", "01/01/2021", "10/12/2021"),
        ("kind=huyen&unit=H28.01", "“H28.01”", "H28.150"),
    ],
)
def test_wrong_value_is_named_with_the_right_ones_and_the_page_works(
    centre: Centre, visit: Visiting, query: str, named: str, right: str
) -> None:
    seen = visit(centre.address)
    seen.open(f"/ranking?{query}")
    said = seen.page.get_by_role("alert").inner_text()
    assert named in said
    assert right in said
    assert _rows(seen).count() == 10


def _one_of_each_sort() -> list[str]:
    """An indicator of each: rate or count or hours, higher or lower better, returned or counted."""
    sorts = {
        (one.denominator is None, one.unit_of_sum, one.better, one.returned): key for key, one in catalogue().items()
    }
    return list(sorts.values())


@pytest.mark.parametrize("keys", first(1, [_one_of_each_sort(), list(catalogue())]), ids=["each sort", "all"])
def test_every_indicator_can_be_ranked(centre: Centre, visit: Visiting, keys: list[str]) -> None:
    seen = visit(centre.address)
    seen.open("/ranking")
    offered = _choice(seen, "indicator").locator("option").evaluate_all("options => options.map(one => one.value)")
    assert len(offered) > 30
    assert set(keys) <= set(offered)
    for key in keys:
        _choice(seen, "indicator").select_option(key)
        seen.page.wait_for_url(f"**indicator={key}&**")
        seen.page.wait_for_function("() => !document.querySelector('[data-test-script-state=running]')")
    assert seen.page.locator("[data-testid=stException]").count() == 0
    assert seen.errors == []


def test_name_leads_to_the_unit_in_explore_for_the_same_period(centre: Centre, visit: Visiting) -> None:
    seen = visit(centre.address)
    seen.open("/ranking?indicator=received&period=month")
    seen.page.locator(".ioc-ranked").get_by_role("link", name="Huyện Đà Bắc").click()
    expect(seen.page.locator(".ioc-sentence")).to_contain_text("Huyện Đà Bắc:")
    assert "unit=H28.150&indicator=received&from=2021-12-01&to=2021-12-10" in seen.page.url
