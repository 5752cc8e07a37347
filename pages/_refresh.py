"""Parts of a page that draw themselves anew every few seconds, and say so when the store cannot be read meanwhile."""

from collections.abc import Callable
from functools import wraps
from html import escape
from typing import ParamSpec

import streamlit as st

from errors import StoreError
from pages._html import draw
from pages._language import _, language, speaking

SECONDS = 3.0
Told = ParamSpec("Told")


def refreshing(key: str, seconds: float = SECONDS) -> Callable[[Callable[Told, None]], Callable[Told, None]]:
    """Makes a function a part of the page that runs again every `seconds`. `key` is unique among a page's parts."""

    def make(part: Callable[Told, None]) -> Callable[Told, None]:
        @wraps(part)
        def guarded(*told: Told.args, **named: Told.kwargs) -> None:
            try:
                with speaking(language()):
                    part(*told, **named)
            except StoreError as error:
                draw(unreadable(error))

        return st.fragment(guarded, run_every=seconds, key=key)

    return make


def unreadable(error: StoreError) -> str:
    """What to do when the store cannot be read, and why it cannot; HTML."""
    advice = _("The store cannot be read. Check the database and start the centre with “ioc.py run”.")
    return f'<div class="ioc-empty">{escape(advice)}<br><span class="ioc-small">{escape(str(error))}</span></div>'
