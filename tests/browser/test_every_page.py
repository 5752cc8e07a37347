"""What holds for every page found, in both languages, in a real browser."""

from collections.abc import Callable
from pathlib import Path

import pytest

from pages._discovery import page_modules
from pages._language import vietnamese
from tests.browser.conftest import Centre, Visit, web_server
from tests.browser.english import english_words
from tests.browser.looks import Look, look_at
from tests.often import first

PATHS = [f"/{module.PAGE.path}" for module in page_modules() if not module.PAGE.bare]
# A server for each page costs seconds: in `make test` for a page with little to draw, for the others in `make chaos`.
COLD = first(1, sorted(PATHS, key="/sources".__ne__))
FIRST_OF_AUDIENCE = {module.PAGE.audience: f"/{module.PAGE.path}" for module in reversed(page_modules())}
# A look costs seconds too: in `make test` every page in Vietnamese and one of each audience in English.
IN_VIETNAMESE = [(path, "vi") for path in PATHS]
IN_ENGLISH = [
    (path, "en") if path in FIRST_OF_AUDIENCE.values() else pytest.param(path, "en", marks=pytest.mark.chaos)
    for path in PATHS
]
LOOKS = [*IN_VIETNAMESE, *IN_ENGLISH]
Visiting = Callable[..., Visit]


@pytest.fixture(scope="module")
def looks() -> dict[tuple[str, str], Look]:
    """The looks taken so far, by path and language."""
    return {}


@pytest.fixture
def look(looks: dict[tuple[str, str], Look], centre: Centre, visit: Visiting, path: str, language: str) -> Look:
    """The one look at a page that the tests of this file share: a load costs more than all of them."""
    if (path, language) not in looks:
        # The first page has an address of its own too, where it is looked at in full.
        keyboard = language == "vi" and path != "/"
        looks[path, language] = look_at(visit(centre.address), f"{path}?lang={language}", keyboard=keyboard)
    return looks[path, language]


@pytest.mark.parametrize(("path", "language"), [("/", "vi"), ("/", "en"), *LOOKS])
def test_page_draws_without_error_or_outside_request(look: Look) -> None:
    assert look.exceptions == 0
    assert look.errors == []
    assert look.outside == []


@pytest.mark.parametrize(("path", "language"), LOOKS)
def test_page_says_its_language_to_the_browser(look: Look, language: str) -> None:
    assert look.language == language


@pytest.mark.parametrize(("path", "language"), LOOKS)
def test_axe_finds_nothing(look: Look) -> None:
    assert look.violations == []


@pytest.mark.parametrize(("path", "language"), IN_VIETNAMESE)
def test_tab_key_reaches_every_control_and_shows_where_it_is(look: Look) -> None:
    assert look.unreached == []
    assert look.unseen == []


@pytest.mark.parametrize(("path", "language"), LOOKS)
def test_page_does_not_scroll_sideways(look: Look) -> None:
    assert look.sideways == []


@pytest.mark.parametrize(("path", "language"), IN_VIETNAMESE)
def test_vietnamese_page_shows_no_english(look: Look) -> None:
    ours = {text for text, translated in vietnamese().items() if text != translated}
    assert ours & set(look.said) == set()
    assert english_words(look.said) == []


@pytest.mark.parametrize(("path", "language"), IN_ENGLISH)
def test_english_page_shows_no_vietnamese_of_ours(look: Look) -> None:
    # Shorter ones may be names of fields and procedures, which are in Vietnamese everywhere.
    ours = {words for text, words in vietnamese().items() if text != words and words.count(" ") >= 3}
    assert ours & set(look.said) == set()


@pytest.mark.parametrize("path", COLD)
def test_deep_link_works_on_a_cold_server(settings_file: Path, visit: Visiting, path: str) -> None:
    with web_server(settings_file) as address:
        seen = visit(address)
        seen.open(f"{path}?lang=en")
        assert seen.page.locator(".ioc-brand").inner_text() == "Smart operations centre"
        assert "Page not found" not in seen.text()


def test_menu_of_a_phone_opens_and_leads_on(centre: Centre, visit: Visiting) -> None:
    seen = visit(centre.address, 360, 800)
    seen.open("/definitions")
    seen.page.get_by_test_id("stExpandSidebarButton").click()
    seen.page.get_by_role("link", name="Nguồn dữ liệu").click()
    seen.page.get_by_text("Cả 5 nguồn đều mới.").wait_for()


def test_language_is_kept_from_page_to_page(centre: Centre, visit: Visiting) -> None:
    seen = visit(centre.address)
    seen.open("/definitions?lang=en")
    seen.page.get_by_role("link", name="Sources").click()
    seen.page.wait_for_url("**/sources?lang=en")
    seen.page.get_by_text("sources are fresh").wait_for()


def test_language_switch_changes_page_and_address(centre: Centre, visit: Visiting) -> None:
    seen = visit(centre.address)
    seen.open("/sources")
    seen.page.get_by_role("button", name="English").click()
    seen.page.get_by_text("All 5 sources are fresh.").wait_for()
    assert seen.page.url.endswith("/sources?lang=en")
