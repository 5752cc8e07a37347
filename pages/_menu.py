"""The links of the frame: the menu, and what staff look for on a phone, where the menu is folded away."""

from collections.abc import Collection, Mapping, Sequence
from functools import lru_cache

from pages._address import address
from pages._contract import Audience, Page
from pages._discovery import AUDIENCES
from pages._html import escape
from pages._language import Language, _
from pages._links import link
from pages._shared import of_these
from pages._shell import spoken

_AT_HAND = ("my-unit", "today")


def _audience_name(audience: Audience) -> str:
    return {
        "leaders": _("Leaders"),
        "units": _("Units"),
        "analysts": _("Analysts"),
        "operators": _("Operators"),
    }[audience]


@lru_cache(maxsize=256)
def menu(pages: Sequence[Page], here: str, known: tuple[tuple[str, str], ...], _spoken: Language) -> str:
    """These pages by audience, as HTML: twenty links of Streamlit's cost more than a page. `here`: the path of the page
    in view; `known`: what the visitor chose, as `pages._shared.shared` has it."""
    groups = [[page for page in pages if page.audience == audience] for audience in AUDIENCES]
    links = "".join(
        f'<div class="ioc-group">{escape(_audience_name(group[0].audience))}</div>'
        + "".join(_link(page, dict(known), current=page.path == here) for page in group)
        for group in groups
        if group
    )
    return (
        f'<div class="ioc-brand" {spoken()}>{escape(_("Smart operations centre"))}</div>'
        f'<nav class="ioc-menu" aria-label="{escape(_("Pages"))}">{links}</nav>'
    )


def _link(page: Page, known: Mapping[str, str], *, current: bool) -> str:
    """A page without the frame has an HTML of its own, and is loaded anew."""
    icon = page.icon.removeprefix(":material/").removesuffix(":")
    href = escape(address(page.path, **of_these(page, known)))
    how = ("" if page.bare else ' data-follow="1"') + (' aria-current="page"' if current else "")
    return (
        f'<a href="{href}" target="_self" title="{escape(_(page.question))}"{how}>'
        f'<span class="ioc-icon" aria-hidden="true" translate="no">{icon}</span>{escape(_(page.title))}</a>'
    )


def at_hand(pages: Collection[Page]) -> str:
    """Links to those of these pages that staff look for, as HTML."""
    titles = {page.path: _(page.title) for page in pages}
    links = "".join(link(titles[path], address(path)) for path in _AT_HAND if path in titles)
    return f'<nav class="ioc-at-hand" aria-label="{escape(_("Shortcuts"))}">{links}</nav>'
