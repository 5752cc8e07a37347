"""The main script: language, menu, head line and footer around every page. `app.py` runs it, never a page directly."""

from collections.abc import Sequence

import streamlit as st

from access.principal import Principal
from access.sessions import SignInNeeded
from errors import AccessError, StoreError
from pages import _format
from pages._badges import freshness_badge, worst
from pages._contract import Page, PageModule
from pages._discovery import page_modules
from pages._html import Markup, draw, ending, escape, joined
from pages._language import _, choose_language, language, speaking, switch_language
from pages._live import Live, holder, live
from pages._menu import at_hand, menu
from pages._once import address_now, once
from pages._refresh import NEEDS, refreshing, riding_along
from pages._shared import note_shared, shared
from pages._sign_in import draw_sign_in
from pages._standing import View, look_at, turn_to
from pages._visitor import visitor
from pages._who import demo_bar, draw_who

_FIRST = "overview"


def _page(module: PageModule) -> st.Page:
    page = module.PAGE
    return st.Page(module.draw, title=_(page.title), url_path=page.path)


def _home() -> None:
    next(module for module in page_modules() if module.PAGE.path == _FIRST).draw()


def _draw_menu(offered: Sequence[Page], here: str, who: Principal) -> None:
    """`here`: the path of the page in view."""
    with st.sidebar:
        draw(menu(tuple(offered), here, tuple(shared().items()), language()))
        other = "en" if language() == "vi" else "vi"
        label = "English" if other == "en" else "Tiếng Việt"
        st.button(label, key="switch_language", icon=":material/translate:", on_click=switch_language, args=(other,))
        draw_who(who, holder().settings)


def _head(above: str, title: str) -> str:
    here = live()
    return once(here, ("head", above, title), lambda: _compose_head(here, above, title))


def _compose_head(here: Live, above: str, title: str) -> str:
    state = worst([source.state for source in here.sources])
    clock = f"{_format.time_of_day(here.now)} · {_format.weekday(here.today)}"
    until = _("data as of {time}", time=_format.moment(here.data_time))
    head = (
        f'<div class="ioc-top"><span><h1>{escape(title)}</h1> · {freshness_badge(state)} · '
        f"{escape(until)}</span><span>{escape(clock)}</span></div>"
    )
    if not here.stale_reason:
        return joined([above, head])
    since = _format.moment(here.read_at)
    told = _("The newest figures cannot be read since {time}; shown are the last good ones.", time=since)
    return joined([above, head, f'<div class="ioc-warning">▲ {escape(told)} {escape(here.stale_reason)}</div>'])


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
    turn_to(chosen.url_path)
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
    offered = [module.PAGE for module in page_modules() if who.may(module.PAGE.needs)]
    _draw_menu(offered, asked.path if asked else "", who)
    # Those, and that this is a demo.
    above = at_hand(offered) + demo_bar(holder().settings)
    st.session_state[NEEDS] = asked.needs if asked else "figures"
    last: Sequence[str] = ()
    if not who.may(st.session_state[NEEDS]):
        draw(above)
        draw(f'<div class="ioc-empty">{escape(_("This page is not for your role."))}</div>')
    elif _store_has_been_read():
        if asked and asked.ahead:
            look_at(View(asked.path, address_now(), language(), who))
        place = st.empty()

        def draw_head() -> None:
            place.html(Markup(_head(above, chosen.title)))

        try:
            with ending() as last, riding_along(draw_head):
                chosen.run()
        except SignInNeeded:  # it has just ended
            st.rerun()
    else:
        draw(above)
        refreshing("waiting")(_wait_for_store)()
    footer = _("Every rate stands with its n; definitions follow the decrees named beside each indicator.")
    draw(joined([*last, f'<div class="ioc-foot">{escape(footer)}</div>']))


choose_language()
with speaking(language()):
    _draw_frame()
