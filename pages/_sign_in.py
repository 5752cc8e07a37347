"""What a visitor sees who may not come in: why, and the way to sign in."""

import streamlit as st

from errors import AccessError
from pages._html import draw, escape
from pages._language import _


def draw_sign_in(error: AccessError) -> None:
    """Draw the page to sign in."""
    draw(f'<div class="ioc-empty">{escape(_("Sign in to see this page."))}<br>{escape(str(error))}</div>')
    if st.button(_("Sign in")):
        st.login()
