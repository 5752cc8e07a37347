"""One long look at a page: what it says, how it stands, what axe finds, what the Tab key reaches; one load for all."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

from tests.browser.conftest import Visit

Visiting = Callable[..., Visit]
_SCRIPT = Path(__file__).with_name("looks.js").read_text(encoding="utf-8")
_DRAWN = "() => !document.querySelector('[data-testid^=stSkeleton], [data-test-script-state=running]')"
# WCAG 2.2 AA and what axe calls best practice.
_RULES: dict[str, Any] = {
    "runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"],
    "resultTypes": ["violations"],
}
# The Tab key need not reach what arrow keys open (the list of a combobox, as the ARIA pattern has it), what its button
# opens (the file chooser), and the marks of a drawing, hidden from readers, whose links stand in its table.
_BY_OTHER_KEYS = (
    "[role=combobox] ~ button, [data-testid=stFileUploaderDropzoneInput], [aria-hidden=true][tabindex='-1']"
)


@dataclass(frozen=True, kw_only=True)
class Look:
    """What was seen. `sideways`: the parts wider than the window, with its width. `unreached`, `unseen`: the controls
    that the Tab key does not reach, and those that do not show the focus."""

    exceptions: int
    errors: list[str]
    outside: list[str]
    language: str
    said: list[str]
    violations: list[str]
    unreached: list[str]
    unseen: list[str]
    sideways: list[str]


def look_at(seen: Visit, path: str, *, keyboard: bool) -> Look:
    """Opens a page at 1366×768 and looks; at 360×800 last."""
    open_whole(seen, path)
    page = seen.page
    violations = violations_of(page)
    said = page.evaluate("look.said()")
    sideways = _sideways(page, 1366)
    unreached, unseen = by_keyboard(page) if keyboard else ([], [])
    page.set_viewport_size({"width": 360, "height": 800})
    return Look(
        exceptions=page.locator("[data-testid=stException]").count(),
        errors=seen.errors,
        outside=seen.outside,
        language=page.evaluate("document.documentElement.lang"),
        said=said,
        violations=violations,
        unreached=unreached,
        unseen=unseen,
        sideways=sideways + _sideways(page, 360),
    )


def open_whole(seen: Visit, path: str) -> None:
    """Goes there and waits until nothing more is drawn."""
    seen.open(path)
    learn_to_look(seen.page)


def learn_to_look(page: Page) -> None:
    """Makes a page ready to be asked, once it is drawn completely: its foot may stand before the code of a
    chooser or of a chart has come, for which a shimmering place is kept until then."""
    page.wait_for_function(_DRAWN)
    page.evaluate(_SCRIPT)


def violations_of(page: Page) -> list[str]:
    """What axe finds on a page, rule by rule with the elements."""
    found = Axe().run(page, options=_RULES).response["violations"]
    return [f"{rule['id']}: {node['html'][:200]}" for rule in found for node in rule["nodes"]]


def by_keyboard(page: Page) -> tuple[list[str], list[str]]:
    """The controls that Tab does not reach from the top, and those that do not show that they have the focus."""
    controls = page.evaluate("but => look.number(but)", _BY_OTHER_KEYS)
    reached: dict[int, bool] = {}
    for _press in range(len(controls) + 30):
        page.keyboard.press("Tab")
        number, shown = page.evaluate("look.focused()")
        if number == "":
            break
        if number is not None:
            if int(number) in reached:
                break
            reached[int(number)] = shown
    unreached = [control for n, control in enumerate(controls) if n not in reached]
    return unreached, [controls[n] for n, shown in reached.items() if not shown]


def _sideways(page: Page, width: int) -> list[str]:
    found = []
    for part in ("html", "[data-testid=stMain]"):
        scrolled, shown = page.eval_on_selector(part, "part => [part.scrollWidth, part.clientWidth]")
        if scrolled > shown:
            found.append(f"{part}: {scrolled} of {shown} at {width}")
    return found
