"""The main script: language, menu, head line and footer around every page. `app.py` runs it, never a page directly."""

from collections.abc import Collection, Sequence

import streamlit as st

from access.principal import Principal
from access.sessions import SignInNeeded
from errors import AccessError, StoreError
from pages import _format
from pages._address import address
from pages._badges import freshness_badge, worst
from pages._contract import Audience, Page, PageModule
from pages._discovery import AUDIENCES, page_modules
from pages._html import draw, escape, joined
from pages._language import _, choose_language, language, speaking, switch_language
from pages._links import link
from pages._live import holder, live
from pages._refresh import NEEDS, refreshing, riding_along
from pages._shared import note_shared, shared_with
from pages._shell import spoken
from pages._sign_in import draw_sign_in
from pages._visitor import visitor
from pages._who import demo_bar, draw_who

_FIRST = "overview"
_AT_HAND = ("my-unit", "today")


def _audience_name(audience: Audience) -> str:
    return {
        "leaders": _("Leaders"),
        "units": _("Units"),
        "analysts": _("Analysts"),
        "operators": _("Operators"),
    }[audience]


def _page(module: PageModule) -> st.Page:
    page = module.PAGE
    return st.Page(module.draw, title=_(page.title), url_path=page.path)


def _home() -> None:
    next(module for module in page_modules() if module.PAGE.path == _FIRST).draw()


def _draw_menu(offered: Sequence[PageModule], here: str, who: Principal) -> None:
    """`here`: the path of the page in view. One piece of HTML: twenty links of Streamlit's cost more than a page."""
    groups = [[module.PAGE for module in offered if module.PAGE.audience == audience] for audience in AUDIENCES]
    links = "".join(
        f'<div class="ioc-group">{escape(_audience_name(group[0].audience))}</div>'
        + "".join(_menu_link(page, current=page.path == here) for page in group)
        for group in groups
        if group
    )
    with st.sidebar:
        draw(
            f'<div class="ioc-brand" {spoken()}>{escape(_("Smart operations centre"))}</div>'
            f'<nav class="ioc-menu" aria-label="{escape(_("Pages"))}">{links}</nav>'
        )
        other = "en" if language() == "vi" else "vi"
        label = "English" if other == "en" else "Tiếng Việt"
        st.button(label, key="switch_language", icon=":material/translate:", on_click=switch_language, args=(other,))
        draw_who(who, holder().settings)


def _menu_link(page: Page, *, current: bool) -> str:
    """A page without the frame has an HTML of its own, and is loaded anew."""
    icon = page.icon.removeprefix(":material/").removesuffix(":")
    href = escape(address(page.path, **shared_with(page)))
    how = ("" if page.bare else ' data-follow="1"') + (' aria-current="page"' if current else "")
    return (
        f'<a href="{href}" target="_self" title="{escape(_(page.question))}"{how}>'
        f'<span class="ioc-icon" aria-hidden="true" translate="no">{icon}</span>{escape(_(page.title))}</a>'
    )


def _draw_at_hand(pages: dict[str, st.Page], offered: Collection[str]) -> None:
    """What staff look for on a phone, where the menu is folded away; and that this is a demo."""
    links = "".join(link(pages[path].title, address(path)) for path in _AT_HAND if path in offered)
    draw(f'<nav class="ioc-at-hand" aria-label="{escape(_("Shortcuts"))}">{links}</nav>{demo_bar(holder().settings)}')


def _head(title: str) -> str:
    here = live()
    state = worst([source.state for source in here.sources])
    clock = f"{_format.time_of_day(here.now)} · {_format.weekday(here.today)}"
    until = _("data as of {time}", time=_format.moment(here.data_time))
    head = (
        f'<div class="ioc-top"><span><h1>{escape(title)}</h1> · {freshness_badge(state)} · '
        f"{escape(until)}</span><span>{escape(clock)}</span></div>"
    )
    if not here.stale_reason:
        return head
    since = _format.moment(here.read_at)
    told = _("The newest figures cannot be read since {time}; shown are the last good ones.", time=since)
    return joined([head, f'<div class="ioc-warning">▲ {escape(told)} {escape(here.stale_reason)}</div>'])


def _wait_for_store() -> None:
    live()
    st.rerun()


def _store_has_been_read() -> bool:
    try:
        live()
    except StoreError:
        return False
    return True


def _draw_frame() -> None:
    pages = {module.PAGE.path: _page(module) for module in page_modules()}
    home = st.Page(_home, title=_("Overview"), url_path="home", default=True, visibility="hidden")
    chosen = st.navigation([home, *pages.values()], position="hidden")
    st.set_page_config(page_title=f"{chosen.title} · {_('Smart operations centre')}", layout="wide")
    if any(module.PAGE.bare and pages[module.PAGE.path] == chosen for module in page_modules()):
        chosen.run()
        return
    try:
        who = visitor()
    except AccessError as error:
        draw_sign_in(error, "" if chosen == home else chosen.url_path)
        return
    except StoreError:
        refreshing("waiting")(_wait_for_store)()
        return
    if chosen == home:
        pages[_FIRST] = home  # so that the menu marks where the visitor is
    asked = next((module.PAGE for module in page_modules() if pages[module.PAGE.path] == chosen), None)
    note_shared(asked)
    offered = [module for module in page_modules() if who.may(module.PAGE.needs)]
    _draw_menu(offered, asked.path if asked else "", who)
    _draw_at_hand(pages, {module.PAGE.path for module in offered})
    st.session_state[NEEDS] = asked.needs if asked else "figures"
    if not who.may(st.session_state[NEEDS]):
        draw(f'<div class="ioc-empty">{escape(_("This page is not for your role."))}</div>')
    elif _store_has_been_read():
        place = st.empty()

        def draw_head() -> None:
            place.html(_head(chosen.title))

        try:
            with riding_along(draw_head):
                chosen.run()
        except SignInNeeded:  # it has just ended
            st.rerun()
    else:
        refreshing("waiting")(_wait_for_store)()
    footer = _("Every rate stands with its n; definitions follow the decrees named beside each indicator.")
    draw(f'<div class="ioc-foot">{escape(footer)}</div>')


choose_language()
with speaking(language()):
    _draw_frame()
