"""A centre without sign-in says so on every page, wherever one has scrolled to; the wall's screens do not."""

from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import Centre, Visit

TOLD = {
    "vi": "Bản trình diễn không đăng nhập · số liệu mô phỏng",
    "en": "Demonstration without sign-in · figures are simulated",
}
_NOTHING_HIDDEN_IN_THE_END = """() => {
  document.querySelector("[data-testid=stMain]").scrollTo(0, 1e6);
  const [bar, foot] = [".ioc-demo", ".ioc-foot"].map((name) => document.querySelector(name).getBoundingClientRect());
  return bar.height < 30 && foot.bottom <= bar.top + 1;
}"""


@pytest.mark.parametrize(("path", "language"), [("/ranking", "vi"), ("/sources", "en")])
def test_a_demo_says_so_on_a_phone_from_top_to_bottom(
    path: str, language: str, centre: Centre, visit: Callable[..., Visit]
) -> None:
    seen = visit(centre.address, 360, 800)
    seen.open(f"{path}?lang={language}")
    bar = seen.page.get_by_text(TOLD[language], exact=True)
    expect(bar).to_be_in_viewport(ratio=1)
    seen.page.wait_for_function(_NOTHING_HIDDEN_IN_THE_END)
    expect(bar).to_be_in_viewport(ratio=1)


def test_the_wall_shows_figures_and_no_bar(centre: Centre, visit: Callable[..., Visit]) -> None:
    wall = visit(centre.address, 1920, 1080).page
    wall.goto(f"{centre.address}/wall?screen=1")
    wall.locator(".scene[data-shown]").wait_for(timeout=60_000)
    assert wall.locator(".ioc-demo").count() == 0
