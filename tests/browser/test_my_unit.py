"""*My unit*, on a phone in a real browser."""

from collections.abc import Callable

from playwright.sync_api import Locator, expect

from metrics import Counters, Period, catalogue, gap, ranking
from pages import _format
from pages._language import speaking
from store.reads import read_snapshot, targets
from tests.browser.conftest import Centre, Visit

Visiting = Callable[..., Visit]
KEY, UNIT, NAME = "online_dossier_rate", "H28.150", "Huyện Đà Bắc"
FINGER = 44  # px


def _at_hand(seen: Visit, name: str) -> Locator:
    return seen.page.locator(".ioc-at-hand").get_by_role("link", name=name)


def _whose(seen: Visit) -> Locator:
    return seen.page.locator(".ioc-whose b")


def _tile(seen: Visit, name: str) -> Locator:
    return seen.page.locator(".ioc-tile").filter(has=seen.page.get_by_role("heading", name=name))


def _expected(centre: Centre) -> tuple[str, str, str]:
    """Rank and number of ranked, further dossiers needed, and points to the target, from the store itself."""
    year = Period.year_to_date(centre.clock.today())
    found = ranking(Counters(read_snapshot(centre.engine)), KEY, "huyen", year, centre.settings.ranking.minimum)
    row = found.filter(found["unit"] == UNIT).row(0, named=True)
    target = next(one for one in targets(centre.engine) if (one.indicator, one.kind) == (KEY, "huyen"))
    missing = gap(catalogue()[KEY], row["numerator"], row["denominator"], target)
    assert missing.points is not None
    with speaking("vi"):
        needed, points = _format.number(missing.dossiers_needed), _format.points(missing.points)
    return f"{row['rank']} / {found['rank'].count()}", needed, points


def test_staff_find_their_rank_in_two_taps_and_later_rank_and_today_in_one_each(
    centre: Centre, visit: Visiting
) -> None:
    rank, needed, points = _expected(centre)
    seen = visit(centre.address, 360, 800)
    seen.open("/")
    _at_hand(seen, "Đơn vị của tôi").click()
    seen.page.locator(".ioc-choose").get_by_role("link", name=NAME).click()
    expect(_whose(seen)).to_have_text(NAME)
    expect(_tile(seen, "Hạng")).to_contain_text(rank)
    expect(_tile(seen, "Hạng")).to_be_in_viewport(ratio=1)
    expect(_tile(seen, "So với chỉ tiêu")).to_contain_text(points)
    expect(_tile(seen, "So với chỉ tiêu")).to_contain_text(f"cần thêm {needed} hồ sơ")
    # The next visit: this browser knows whose it is.
    seen.open("/")
    _at_hand(seen, "Đơn vị của tôi").click()
    seen.page.wait_for_url(f"**/my-unit?unit={UNIT}")
    expect(_tile(seen, "Hạng")).to_contain_text(rank)
    seen.page.locator(".ioc-whose").get_by_role("link", name="Việc hôm nay").click()
    seen.page.wait_for_url(f"**/today?unit={UNIT}")
    expect(_whose(seen)).to_have_text(NAME)
    seen.open("/")
    _at_hand(seen, "Việc hôm nay").click()
    seen.page.wait_for_url(f"**/today?unit={UNIT}")
    expect(_whose(seen)).to_have_text(NAME)
    expect(seen.page.locator(".ioc-sentence")).to_be_in_viewport(ratio=1)
    expect(seen.page.get_by_test_id("stException")).to_have_count(0)
    assert seen.errors == []


def test_unit_is_found_without_tones_and_forgotten_on_demand(centre: Centre, visit: Visiting) -> None:
    seen = visit(centre.address, 360, 800)
    seen.open("/my-unit")
    seen.page.get_by_label("Tìm đơn vị").fill("tan my")
    seen.page.get_by_role("button", name="Tìm").click()
    seen.page.wait_for_url("**q=tan+my")
    first = seen.page.locator(".ioc-choose a").first
    expect(first).to_have_text("Xã Tân Mỹ (Lạc Sơn)")
    first.click()
    expect(_whose(seen)).to_have_text("Xã Tân Mỹ (Lạc Sơn)")
    seen.page.wait_for_function("() => localStorage.length > 0")
    seen.open("/my-unit?period=month")
    seen.page.wait_for_url("**unit=*")
    assert "period=month" in seen.page.url
    # The province that another page showed is nobody's own.
    seen.open("/my-unit?unit=H28")
    expect(_whose(seen)).to_have_text("Xã Tân Mỹ (Lạc Sơn)")
    seen.page.get_by_role("link", name="Đổi đơn vị").click()
    seen.page.wait_for_url("**/my-unit")
    expect(seen.page.locator(".ioc-choose").first).to_be_visible()
    seen.open("/my-unit")
    expect(seen.page.locator(".ioc-choose").first).to_be_visible()
    assert seen.page.url.endswith("/my-unit")


def test_communes_are_below_their_district_and_every_link_is_a_finger_wide(centre: Centre, visit: Visiting) -> None:
    seen = visit(centre.address, 360, 800)
    seen.open("/my-unit")
    links = seen.page.locator(".ioc-choose a, .ioc-at-hand a")
    assert links.count() > 30
    assert min(links.evaluate_all("links => links.map(link => link.getBoundingClientRect().height)")) >= FINGER
    row = seen.page.locator(".ioc-choose li").filter(has_text=NAME)
    row.get_by_role("link", name="17 xã, phường, thị trấn").click()
    seen.page.wait_for_url(f"**under={UNIT}")
    expect(seen.page.locator(".ioc-choose li")).to_have_count(18)
    seen.page.get_by_role("link", name="Xã Cao Sơn (Đà Bắc)").click()
    expect(_whose(seen)).to_have_text("Xã Cao Sơn (Đà Bắc)")


def test_row_of_an_indicator_opens_it_and_back_returns(centre: Centre, visit: Visiting) -> None:
    seen = visit(centre.address, 360, 800)
    seen.open(f"/my-unit?unit={UNIT}")
    rows = seen.page.locator(".ioc-lines tbody tr")
    assert rows.first.get_attribute("data-figure") == KEY, "the only target"
    row = seen.page.locator(".ioc-lines tr[data-figure=on_time_rate]")
    row.click()
    seen.page.wait_for_url("**indicator=on_time_rate")
    expect(seen.page.locator(".ioc-sentence")).to_contain_text("Giải quyết đúng hạn")
    expect(row.get_by_role("link")).to_have_attribute("aria-current", "page")
    seen.page.go_back()
    expect(seen.page.locator(".ioc-sentence")).to_contain_text("Hồ sơ trực tuyến")


def test_wrong_unit_is_named_and_the_list_shown(centre: Centre, visit: Visiting) -> None:
    seen = visit(centre.address, 360, 800)
    seen.open("/my-unit?unit=H99")
    assert "“H99”" in seen.page.get_by_role("alert").inner_text()
    expect(seen.page.locator(".ioc-choose").first).to_be_visible()
