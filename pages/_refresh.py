"""Parts of a page that draw themselves anew every few seconds, and say so when the store cannot be read meanwhile."""

from collections.abc import Callable, Hashable
from datetime import datetime
from functools import wraps
from html import escape
from typing import ParamSpec

import streamlit as st

from errors import AccessError, StoreError
from pages._html import draw, noting
from pages._language import _, language, speaking
from pages._live import Live, live
from pages._visitor import must

SECONDS = 3.0
# For what a visitor reads and works on: with a source that is asked every three seconds, a change is seen within ten.
CALM_SECONDS = 5.0
# Where the frame keeps what the page in view needs: its parts run again without the frame.
NEEDS = "needs"
Told = ParamSpec("Told")


def refreshing(key: str, seconds: float = SECONDS) -> Callable[[Callable[Told, None]], Callable[Told, None]]:
    """Makes a function a part of the page that runs again every `seconds`. `key` is unique among a page's parts."""

    def make(part: Callable[Told, None]) -> Callable[Told, None]:
        @wraps(part)
        def guarded(*told: Told.args, **named: Told.kwargs) -> None:
            try:
                must(st.session_state.get(NEEDS, "figures"))
                with speaking(language()):
                    part(*told, **named)
            except AccessError:
                st.rerun()  # the frame says what to do
            except StoreError as error:
                draw(unreadable(error))

        return st.fragment(guarded, run_every=seconds, key=key)

    return make


def refreshing_html(key: str, seconds: float = CALM_SECONDS) -> Callable[[Callable[Told, None]], Callable[Told, None]]:
    """As `refreshing`, for a part that draws by `pages._html.draw` alone, and from nothing but what it is told and what
    the store holds: as long as that and the minute stay the same it is drawn as it was, without being composed."""

    def make(part: Callable[Told, None]) -> Callable[Told, None]:
        @wraps(part)
        def begin(*told: Told.args, **named: Told.kwargs) -> None:
            composed_for: Hashable = None
            pieces: list[str] = []

            @wraps(part)
            def again() -> None:
                nonlocal composed_for, pieces
                moment = _moment(live())
                if moment == composed_for:
                    for piece in pieces:
                        draw(piece)
                    return
                composed_for = None
                with noting() as pieces:
                    part(*told, **named)
                composed_for = moment

            refreshing(key, seconds)(again)()

        return begin

    return make


def _moment(here: Live) -> Hashable:
    """All that such a part depends on: as long as it stays the same, so does the part."""
    polls = tuple((source.name, source.state, _minute(source.last_good_at)) for source in here.sources)
    return here.visitor, here.version, here.notes.version, here.today, _minute(here.now), polls, here.stale_reason


def _minute(at: datetime | None) -> datetime | None:
    return at and at.replace(second=0, microsecond=0)


def unreadable(error: StoreError) -> str:
    """What to do when the store cannot be read, and why it cannot; HTML."""
    advice = _("The store cannot be read. Check the database and start the centre with “ioc.py run”.")
    return f'<div class="ioc-empty">{escape(advice)}<br><span class="ioc-small">{escape(str(error))}</span></div>'
