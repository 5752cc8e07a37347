"""Definitions, in a real browser: no figure stands on any page without one."""

from collections.abc import Callable

import pytest

from metrics import catalogue, formula
from pages._discovery import page_modules
from pages._language import speaking
from pages.analysts._terms import term_words, terms
from tests.browser.conftest import Centre, Visit

Visiting = Callable[..., Visit]
_COUNTS = ".ioc-bars .ioc-amount, .ioc-bars .ioc-number, .ioc-parts:not(.ioc-dossiers) .ioc-number"
FIGURES = f".ioc-value, .ioc-trend .ioc-mark, {_COUNTS}"
PATHS = [module.PAGE.path for module in page_modules() if not module.PAGE.bare]


def _shown_without_indicator(seen: Visit) -> list[str]:
    undefined = "figures => figures.filter(one => !one.closest('[data-figure]')).map(one => one.outerHTML)"
    return list(seen.page.eval_on_selector_all(FIGURES, undefined))


def _defined(seen: Visit) -> set[str]:
    seen.open("/definitions")
    seen.page.locator("[data-definition]").first.wait_for()
    return set(seen.page.eval_on_selector_all("[data-definition]", "found => found.map(one => one.dataset.definition)"))


@pytest.mark.chaos
def test_every_figure_on_every_page_belongs_to_an_indicator_that_is_defined(centre: Centre, visit: Visiting) -> None:
    seen = visit(centre.address)
    shown = set()
    for path in PATHS:
        seen.open(f"/{path}")
        seen.page.wait_for_function("() => !document.querySelector('[data-test-script-state=running]')")
        assert _shown_without_indicator(seen) == [], path
        found = seen.page.eval_on_selector_all("[data-figure]", "found => found.map(one => one.dataset.figure)")
        shown |= set(found)
    assert {"online_dossier_rate", "overdue", "index766", "satisfaction_rate"} <= shown
    assert shown <= _defined(seen)


def test_every_indicator_of_the_catalogue_is_listed(centre: Centre, visit: Visiting) -> None:
    assert set(catalogue()) <= _defined(visit(centre.address))


def test_figure_is_one_click_from_its_definition_with_formula_owner_and_log(centre: Centre, visit: Visiting) -> None:
    seen = visit(centre.address)
    seen.open("/overview")
    seen.page.locator("[data-figure=on_time_rate] h2 a").click()
    seen.page.wait_for_url("**/definitions?indicator=on_time_rate")
    card = seen.page.locator("section[data-definition=on_time_rate]")
    card.wait_for()
    told = card.inner_text()
    assert "completed_early[P] + completed_on_time[P]" in told
    assert "Văn phòng Ủy ban nhân dân" in told
    assert "Định nghĩa lần đầu" in told


def test_search_finds_without_tones(centre: Centre, visit: Visiting) -> None:
    seen = visit(centre.address)
    seen.open("/definitions?q=hai+long")
    names = seen.page.locator(".ioc-definitions tbody th").all_inner_texts()
    assert "Người dân hài lòng" in names
    assert len(names) < len(catalogue())


@pytest.mark.parametrize("key", list(catalogue()))
def test_every_word_of_a_formula_is_explained(key: str) -> None:
    recorded = formula(catalogue()[key])
    with speaking("vi"):
        assert terms(f"{recorded.numerator} {recorded.denominator or ''}") <= set(term_words())
