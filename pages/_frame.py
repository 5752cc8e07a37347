"""The main script: language, menu, head line and footer around every page. `app.py` runs it, never a page directly."""

from collections.abc import Collection, Sequence
from functools import cache
from pathlib import Path

import streamlit as st

from access.principal import Principal
from access.sessions import SignInNeeded
from errors import AccessError, StoreError
from pages import _format
from pages._address import address
from pages._badges import freshness_badge, worst
from pages._contract import Audience, PageModule
from pages._discovery import AUDIENCES, page_modules
from pages._html import draw, escape
from pages._language import _, choose_language, language, speaking, switch_language
from pages._links import link
from pages._live import holder, live
from pages._palette import css_variables
from pages._refresh import NEEDS, refreshing, refreshing_html
from pages._shared import note_shared, shared_with
from pages._shell import speak_for_streamlit
from pages._sign_in import draw_sign_in
from pages._visitor import visitor
from pages._who import demo_bar, draw_who

_STYLE = Path(__file__).with_name("_style.css")
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
    return st.Page(module.draw, title=_(page.title), url_path=page.path, help=_(page.question))


@cache
def _style() -> str:
    return f"<style>{css_variables()}{_STYLE.read_text(encoding='utf-8')}</style>"


def _home() -> None:
    next(module for module in page_modules() if module.PAGE.path == _FIRST).draw()


def _menu(pages: dict[str, st.Page], offered: Sequence[PageModule], who: Principal) -> None:
    spoken = {"lang": "en"} if language() == "en" else {}
    with st.sidebar:
        draw(f'<div class="ioc-brand">{escape(_("Smart operations centre"))}</div>')
        for audience in AUDIENCES:
            modules = [module for module in offered if module.PAGE.audience == audience]
            if modules:
                draw(f'<div class="ioc-group">{escape(_audience_name(audience))}</div>')
            for module in modules:
                params = {**shared_with(module.PAGE), **spoken}
                st.page_link(pages[module.PAGE.path], icon=module.PAGE.icon, query_params=params or None)
        other = "en" if language() == "vi" else "vi"
        label = "English" if other == "en" else "Tiếng Việt"
        st.button(label, key="switch_language", icon=":material/translate:", on_click=switch_language, args=(other,))
        draw_who(who, holder().settings)
        speak_for_streamlit()


def _draw_at_hand(pages: dict[str, st.Page], offered: Collection[str]) -> None:
    """What staff look for on a phone, where the menu is folded away; and that this is a demo."""
    links = "".join(link(pages[path].title, address(path)) for path in _AT_HAND if path in offered)
    draw(f'<nav class="ioc-at-hand" aria-label="{escape(_("Shortcuts"))}">{links}</nav>{demo_bar(holder().settings)}')


def _draw_head() -> None:
    here = live()
    state = worst([source.state for source in here.sources])
    clock = f"{_format.time_of_day(here.now)} · {_format.weekday(here.today)}"
    until = _("data as of {time}", time=_format.moment(here.data_time))
    draw(
        f'<div class="ioc-top"><span><h1>{escape(st.session_state["title"])}</h1> · {freshness_badge(state)} · '
        f"{escape(until)}</span><span>{escape(clock)}</span></div>"
    )
    if here.stale_reason:
        since = _format.moment(here.read_at)
        told = _("The newest figures cannot be read since {time}; shown are the last good ones.", time=since)
        draw(f'<div class="ioc-warning">▲ {escape(told)} {escape(here.stale_reason)}</div>')


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
    draw(_style())
    try:
        who = visitor()
    except AccessError as error:
        draw_sign_in(error, "" if chosen == home else chosen.url_path)
        return
    except StoreError:
        refreshing("waiting")(_wait_for_store)()
        return
    if chosen == home:
        pages[_FIRST] = home  # so that the menu shows where the visitor is
    asked = next((module.PAGE for module in page_modules() if pages[module.PAGE.path] == chosen), None)
    note_shared(asked)
    offered = [module for module in page_modules() if who.may(module.PAGE.needs)]
    _menu(pages, offered, who)
    _draw_at_hand(pages, {module.PAGE.path for module in offered})
    st.session_state["title"] = chosen.title
    st.session_state[NEEDS] = asked.needs if asked else "figures"
    if not who.may(st.session_state[NEEDS]):
        draw(f'<div class="ioc-empty">{escape(_("This page is not for your role."))}</div>')
    elif _store_has_been_read():
        refreshing_html("head")(_draw_head)()
        try:
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
