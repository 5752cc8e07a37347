"""What holds for every page found, in both languages, in a real browser."""

from collections.abc import Callable
from pathlib import Path

import pytest

from pages._discovery import page_modules
from pages._language import vietnamese
from tests.browser.conftest import Centre, Visit, web_server

PATHS = [f"/{module.PAGE.path}" for module in page_modules() if not module.PAGE.bare]
# A server for each page costs seconds: in `make test` one page of each audience, the others in `make chaos`.
FIRST_OF_AUDIENCE = {module.PAGE.audience: f"/{module.PAGE.path}" for module in reversed(page_modules())}
COLD = [path if path in FIRST_OF_AUDIENCE.values() else pytest.param(path, marks=pytest.mark.chaos) for path in PATHS]
LANGUAGES = ("vi", "en")
Visiting = Callable[..., Visit]


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("path", ["/", *PATHS])
def test_page_draws_without_error_or_outside_request(centre: Centre, visit: Visiting, path: str, language: str) -> None:
    seen = visit(centre.address)
    seen.open(f"{path}?lang={language}")
    assert seen.page.locator("[data-testid=stException]").count() == 0
    assert seen.errors == []
    assert seen.outside == []


@pytest.mark.parametrize(("width", "height"), [(1366, 768), (360, 800)])
@pytest.mark.parametrize("path", PATHS)
def test_page_does_not_scroll_sideways(centre: Centre, visit: Visiting, path: str, width: int, height: int) -> None:
    seen = visit(centre.address, width, height)
    seen.open(path)
    for part in ("html", "[data-testid=stMain]"):
        scrolled, shown = seen.page.eval_on_selector(part, "part => [part.scrollWidth, part.clientWidth]")
        assert scrolled <= shown, part


@pytest.mark.parametrize("path", PATHS)
def test_vietnamese_page_shows_no_english_of_ours(centre: Centre, visit: Visiting, path: str) -> None:
    seen = visit(centre.address)
    seen.open(path)
    english = {text for text, translated in vietnamese().items() if text != translated}
    assert english.isdisjoint(line.strip() for line in seen.text().splitlines())


@pytest.mark.parametrize("path", COLD)
def test_deep_link_works_on_a_cold_server(settings_file: Path, visit: Visiting, path: str) -> None:
    with web_server(settings_file) as address:
        seen = visit(address)
        seen.open(f"{path}?lang=en")
        assert seen.page.locator(".ioc-brand").inner_text() == "Smart operations centre"
        assert "Page not found" not in seen.text()


def test_menu_of_a_phone_opens_and_leads_on(centre: Centre, visit: Visiting) -> None:
    seen = visit(centre.address, 360, 800)
    seen.open("/overview")
    seen.page.get_by_test_id("stExpandSidebarButton").click()
    seen.page.get_by_role("link", name="Nguồn dữ liệu").click()
    seen.page.get_by_text("Cả 5 nguồn đều mới.").wait_for()


def test_language_is_kept_from_page_to_page(centre: Centre, visit: Visiting) -> None:
    seen = visit(centre.address)
    seen.open("/overview?lang=en")
    seen.page.get_by_role("link", name="Sources").click()
    seen.page.wait_for_url("**/sources?lang=en")
    seen.page.get_by_text("sources are fresh").wait_for()


def test_language_switch_changes_page_and_address(centre: Centre, visit: Visiting) -> None:
    seen = visit(centre.address)
    seen.open("/sources")
    seen.page.get_by_role("button", name="English").click()
    seen.page.get_by_text("All 5 sources are fresh.").wait_for()
    assert seen.page.url.endswith("/sources?lang=en")
