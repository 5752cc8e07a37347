"""The main script: language, menu, head line and footer around every page. `app.py` runs it, never a page directly."""

from pathlib import Path

import streamlit as st

from errors import StoreError
from pages import _format
from pages._badges import freshness_badge, worst
from pages._contract import Audience, PageModule
from pages._discovery import AUDIENCES, page_modules
from pages._html import draw, escape
from pages._language import _, choose_language, language, switch_language
from pages._live import live
from pages._palette import css_variables
from store.health import source_health

_STYLE = Path(__file__).with_name("_style.css")
_FIRST = "overview"


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


def _home() -> None:
    next(module for module in page_modules() if module.PAGE.path == _FIRST).draw()


def _menu(pages: dict[str, st.Page]) -> None:
    params = {"lang": "en"} if language() == "en" else None
    with st.sidebar:
        draw(f'<div class="ioc-brand">{escape(_("Smart operations centre"))}</div>')
        for audience in AUDIENCES:
            modules = [module for module in page_modules() if module.PAGE.audience == audience]
            if modules:
                draw(f'<div class="ioc-group">{escape(_audience_name(audience))}</div>')
            for module in modules:
                st.page_link(pages[module.PAGE.path], icon=module.PAGE.icon, query_params=params)
        other = "en" if language() == "vi" else "vi"
        label = "English" if other == "en" else "Tiếng Việt"
        st.button(label, key="switch_language", icon=":material/translate:", on_click=switch_language, args=(other,))


@st.fragment(run_every=3, key="head")
def _head(title: str) -> None:
    here = live()
    state = worst([source.state for source in source_health(here.engine, here.settings.sources, here.now)])
    clock = f"{_format.time_of_day(here.now)} · {_format.weekday(here.today)}"
    until = escape(_("data as of {time}", time=_format.moment(here.read_at)))
    draw(
        f'<div class="ioc-top"><span><h1>{escape(title)}</h1> · {freshness_badge(state)} · {until}</span>'
        f"<span>{escape(clock)}</span></div>"
    )
    if here.stale_reason:
        since = _(
            "The newest figures cannot be read since {time}; shown are the last good ones.",
            time=_format.moment(here.read_at),
        )
        draw(f'<div class="ioc-warning">▲ {escape(since)} {escape(here.stale_reason)}</div>')


def _draw_frame() -> None:
    choose_language()
    pages = {module.PAGE.path: _page(module) for module in page_modules()}
    home = st.Page(_home, title=_("Overview"), url_path="home", default=True, visibility="hidden")
    chosen = st.navigation([home, *pages.values()], position="hidden")
    st.set_page_config(page_title=f"{chosen.title} · {_('Smart operations centre')}", page_icon="●", layout="wide")
    draw(f"<style>{css_variables()}{_STYLE.read_text(encoding='utf-8')}</style>")
    _menu(pages)
    try:
        _head(chosen.title)
        chosen.run()
    except StoreError as error:
        _unreadable(error)
    footer = _("Every rate stands with its n; definitions follow the decrees named beside each indicator.")
    draw(f'<div class="ioc-foot">{escape(footer)}</div>')


def _unreadable(error: StoreError) -> None:
    advice = _("The store cannot be read. Check the database and start the centre with “ioc.py run”.")
    draw(f'<div class="ioc-empty">{escape(advice)}<br><span class="ioc-small">{escape(str(error))}</span></div>')


_draw_frame()
