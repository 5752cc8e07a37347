"""Parts of a page that draw themselves anew every few seconds, and say so when the store cannot be read meanwhile."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import wraps
from html import escape
from typing import ParamSpec

import streamlit as st

from errors import AccessError, StoreError
from pages._context import temporarily
from pages._html import draw, html_of
from pages._language import _, language, speaking
from pages._live import drawing_of, is_ahead, live
from pages._once import html_once
from pages._standing import Drawn, forget_drawn, note_drawn
from pages._visitor import must

SECONDS = 3.0
# For what a visitor reads and works on: with a source that is asked every three seconds, a change is seen within ten.
CALM_SECONDS = 5.0
# Where the frame keeps what the page in view needs: its parts run again without the frame.
NEEDS = "needs"
Told = ParamSpec("Told")
_riding: ContextVar["_Riding | None"] = ContextVar("riding", default=None)


def refreshing(key: str, seconds: float = SECONDS) -> Callable[[Callable[Told, None]], Callable[Told, None]]:
    """Makes a function a part of the page that runs again every `seconds`. `key` is unique among a page's parts."""

    def make(part: Callable[Told, None]) -> Callable[Told, None]:
        @wraps(part)
        def guarded(*told: Told.args, **named: Told.kwargs) -> None:
            forget_drawn()
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


def refreshing_html(
    key: str, seconds: float = CALM_SECONDS, *, shared: bool = False
) -> Callable[[Callable[Told, None]], Callable[Told, None]]:
    """As `refreshing`, for a part that draws by `pages._html.draw` alone, and from nothing but what it is told and what
    the store holds: as long as that, the visitor and the minute stay the same it stands as it was drawn, and its timer
    costs next to nothing (`door/timers.py`). `shared`: it is composed once for all whom the page has told the very
    same, made `once`."""

    def make(part: Callable[Told, None]) -> Callable[Told, None]:
        @wraps(part)
        def begin(*told: Told.args, **named: Told.kwargs) -> None:
            drawn: tuple[Drawn | None, str] = None, ""
            riding = _riding.get()
            if riding and riding.taken_along:
                riding = None
            if riding:
                riding.taken_along = True
            same = (part.__module__, key, _Same((*told, *named.values())))

            def compose() -> None:
                part(*told, **named)

            if is_ahead():
                if shared:
                    html_once(live(), same, compose)
                return

            @wraps(part)
            def again() -> None:
                nonlocal drawn
                here = live()
                now = Drawn.of(here)
                with drawing_of(here):
                    if riding:
                        riding.draw()
                    if now != drawn[0]:
                        drawn = now, html_once(here, same, compose) if shared else html_of(compose)
                draw(drawn[1])
                note_drawn(now)

            refreshing(key, seconds)(again)()

        return begin

    return make


class _Riding:
    """A small part that stands elsewhere on the page and is drawn anew along with another: every run of a part costs
    the server as much as what most parts draw. `taken_along`: another part draws it from now on."""

    def __init__(self, draw: Callable[[], None]) -> None:
        self.draw = draw
        self.taken_along = False


@contextmanager
def riding_along(part: Callable[[], None]) -> Iterator[None]:
    """Draws `part`, and has it drawn anew by the first part of `refreshing_html` that begins within the block, else by
    itself. `part` draws into a place of its own (`st.empty`), in every run, and from what the store holds alone."""
    # At once, however long the page takes; and again by the part that takes it along, since a part may later only write
    # where it wrote in its first run.
    part()
    with temporarily(_riding, _Riding(part)) as riding:
        yield
    if not riding.taken_along:

        def again() -> None:
            here = live()
            part()
            note_drawn(Drawn.of(here))

        refreshing("head", CALM_SECONDS)(again)()


class _Same:
    """Things that are the same as others if each is the very same thing: their contents are not looked at."""

    def __init__(self, things: tuple[object, ...]) -> None:
        self._things = things

    def __hash__(self) -> int:
        return hash(tuple(map(id, self._things)))

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Same) and tuple(map(id, self._things)) == tuple(map(id, other._things))


def unreadable(error: StoreError) -> str:
    """What to do when the store cannot be read, and why it cannot; HTML."""
    advice = _("The store cannot be read. Check the database and start the centre with “ioc.py run”.")
    return f'<div class="ioc-empty">{escape(advice)}<br><span class="ioc-small">{escape(str(error))}</span></div>'
