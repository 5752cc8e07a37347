"""Who may be a screen: a device is let in by the code that it shows, and put out at once."""

import streamlit as st

from clock import real_clock
from errors import StoreError
from pages._author import author_field
from pages._html import draw, escape, h2, remark
from pages._language import _
from pages._live import Live
from pages._refresh import unreadable
from pages._visitor import must
from pages.operators._screen_controls import attempt, forget, say
from pages.operators._screen_words import screen_name
from store.pairing import approve_pairing
from store.screens import forget_screen, screen_states
from wall.layout import Layout

_DONE, _FAILED = "pairing_done", "pairing_failed"
_OUT_SCREEN = "revoked_screen"
_OUT_DONE, _OUT_FAILED, _OUT_ASKED = "revoked_done", "revoked_failed", "revoked_asked"


def draw_pairing(here: Live, layout: Layout) -> None:
    """Draw the form in which an operator types the code of a screen."""
    draw(h2(_("Pair a screen")))
    told = _("The device shows a code of eight signs when it opens /wall?screen=N; type it here within ten minutes.")
    draw(remark(told))
    with st.form(f"pairing_{st.session_state.setdefault('pairing_round', 0)}", border=False):
        which, code_place, by_place, place = st.columns([1, 1.4, 1.8, 1], vertical_alignment="bottom")
        number = which.selectbox(_("Screen"), list(layout.screens), format_func=screen_name, key="pairing_screen")
        code = code_place.text_input(_("Code"), max_chars=20, placeholder="K7M4-PQ2X", autocomplete="off")
        by = author_field(by_place, _("Entered by (full name)"), max_chars=120)
        pressed = place.form_submit_button(_("Pair"), type="primary", key="pairing_store", width="stretch")
    if pressed:
        _pair(here, number, code, by)
        if _DONE in st.session_state:
            st.session_state["pairing_round"] += 1
            st.rerun()
    say(_DONE, _FAILED)


def _pair(here: Live, number: int, code: str, by: str) -> None:
    forget(_DONE, _FAILED)
    if not by:
        _refuse(_("Say who enters it."))
        return
    must("screens")
    try:
        became = approve_pairing(here.engine, code, number, by, real_clock().now())
    except StoreError as error:
        st.session_state[_FAILED] = unreadable(error)
        return
    if became == "approved":
        words = _("{screen} is paired: it shows its scenes in a few seconds.", screen=screen_name(number))
        st.session_state[_DONE] = words
    elif became == "other_screen":
        _refuse(_("This code is shown for another screen than the one chosen."))
    else:
        _refuse(_("No screen shows this code; it may be older than ten minutes or used already."))


def _refuse(words: str) -> None:
    st.session_state[_FAILED] = f'<div class="ioc-problem" role="alert">■ {escape(words)}</div>'


def draw_revocation(here: Live, layout: Layout) -> None:
    """Draw the choice of a screen to be put out, which must be confirmed."""
    draw(h2(_("Revoke a screen")))
    try:
        known = [state.number for state in screen_states(here.engine, real_clock().now())]
    except StoreError as error:
        draw(unreadable(error))
        return
    which, place, _rest = st.columns([1, 1.4, 2.8], vertical_alignment="bottom")
    numbers = sorted({*layout.screens, *known})
    number = which.selectbox(_("Screen"), numbers, format_func=screen_name, key=_OUT_SCREEN)
    place.button(
        _("Revoke"),
        icon=":material/block:",
        key="revoked_ask",
        on_click=_ask,
        width="stretch",
    )
    if st.session_state.get(_OUT_ASKED) == number:
        question = _("Revoke {screen}? It shows nothing until it is paired again.", screen=screen_name(number))
        draw(f'<div class="ioc-problem" role="alert">▲ {escape(question)}</div>')
        yes, no, _rest = st.columns([1, 1, 3])
        yes.button(
            _("Yes, revoke"),
            type="primary",
            key="revoked_yes",
            on_click=lambda: _revoke(here, number),
            width="stretch",
        )
        no.button(_("Cancel"), key="revoked_no", on_click=lambda: forget(_OUT_ASKED), width="stretch")
    say(_OUT_DONE, _OUT_FAILED)


def _ask() -> None:
    """Ask about the screen that is chosen when the button is pressed, also by who is faster than the page."""
    forget(_OUT_DONE, _OUT_FAILED)
    st.session_state[_OUT_ASKED] = st.session_state[_OUT_SCREEN]


def _revoke(here: Live, number: int) -> None:
    def act() -> str:
        forget_screen(here.engine, number, here.visitor.name)
        return _("{screen} is revoked: its token is worth nothing any more.", screen=screen_name(number))

    forget(_OUT_ASKED)
    attempt(act, _OUT_DONE, _OUT_FAILED)
