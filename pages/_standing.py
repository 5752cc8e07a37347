"""What stands on the open pages of this process: of which moment each part is that a timer asks for again.

A stream is one browser's connection; `door/timers.py` gives it a name and lets a timer through only where something
new would be drawn.
"""

from collections import Counter
from collections.abc import Hashable, Sequence
from functools import cache
from typing import NamedTuple

import streamlit as st
from streamlit.runtime.scriptrunner import get_script_run_ctx
from streamlit.runtime.scriptrunner_utils.script_run_context import ThreadState

from access.principal import Principal
from pages._holder import Live
from pages._language import Language

# The header in which a stream's name comes to the script that draws its pages.
STREAM = "x-ioc-stream"
# What is made of each is some five things, of which `pages._once` keeps a few hundred.
_MOST_VIEWS = 100
# So many open pages ask for news so often that somebody finds them within a quarter of a second.
MANY = 20


class Drawn(NamedTuple):
    """For whom a part is drawn, and of which state of the data."""

    visitor: Principal
    state: Hashable

    @classmethod
    def of(cls, here: Live) -> "Drawn":
        """What follows from `here` alone."""
        return cls(here.visitor, here.moment)


class View(NamedTuple):
    """What somebody looks at: a page by its path, the choices of its address, in which language, with whose rights."""

    path: str
    choices: tuple[tuple[str, str], ...]
    language: Language
    visitor: Principal


class _OpenPage:
    """What stands on the page of one stream: its path, the view of it (None: none that can be composed ahead), by part
    (fragment) of what it was drawn (None: not known), and the parts whose timer was put off."""

    def __init__(self, path: str) -> None:
        self.path = path
        self.view: View | None = None
        self.drawn: dict[str, Drawn | None] = {}
        self.put_off = set[str]()


class Standing:
    """What stands on the page of each stream; nothing is kept of one that is no more. For any number of threads."""

    def __init__(self) -> None:
        self._pages: dict[str, _OpenPage] = {}

    def begin(self, stream: str) -> None:
        """A stream is open: nothing stands on its page."""
        self._pages[stream] = _OpenPage("")

    def end(self, stream: str) -> None:
        """It is no more."""
        self._pages.pop(stream, None)

    def turn(self, stream: str, path: str) -> None:
        """The page of this path is drawn: what stood on another one is gone."""
        page = self._pages.get(stream)
        if page is not None and page.path != path:
            self._pages[stream] = _OpenPage(path)

    def look_at(self, stream: str, view: View) -> None:
        """It is this view of the page that is drawn."""
        page = self._pages.get(stream)
        if page is not None:
            # What is made once is the same for all of the same rights, whoever they are.
            page.view = view._replace(visitor=view.visitor._replace(name="", subject=""))

    def looked_at(self) -> Sequence[View]:
        """The views that stand open and can be composed ahead, the most looked at first; none while few look on, who
        wait for each other no time that they would notice."""
        views = [page.view for page in list(self._pages.values()) if page.view]
        return [view for view, _ in Counter(views).most_common(_MOST_VIEWS)] if len(views) >= MANY else []

    def note(self, stream: str, part: str, drawn: Drawn | None) -> None:
        """The part is drawn, of this; None: not known of what."""
        page = self._pages.get(stream)
        if page is not None:
            page.drawn[part] = drawn
            page.put_off.discard(part)

    def drawn(self, stream: str, part: str) -> Drawn | None:
        """Of what the part was drawn last; None where that is not known."""
        page = self._pages.get(stream)
        return page.drawn.get(part) if page else None

    def put_off(self, stream: str, part: str) -> bool:
        """Whether the part can wait for its timer's next turn, and so does: not twice in a row."""
        page = self._pages.get(stream)
        if page is None:
            return False
        if part in page.put_off:
            page.put_off.remove(part)
            return False
        page.put_off.add(part)
        return True


@cache
def standing() -> Standing:
    """What stands on the pages of this process."""
    return Standing()


def forget_drawn() -> None:
    """Within a part that a timer asks for: it is being drawn, and may turn out as something else, such as a word that
    the store cannot be read."""
    _note(None)


def note_drawn(drawn: Drawn) -> None:
    """Within a part that a timer asks for: it has drawn this, or what follows from something newer."""
    _note(drawn)


def turn_to(path: str) -> None:
    """Within a run of the whole page: it is the one of this path."""
    if stream := _stream():
        standing().turn(stream, path)


def look_at(view: View) -> None:
    """Within a run of the whole page, after `turn_to`: it is this view of it."""
    if stream := _stream():
        standing().look_at(stream, view)


def _note(drawn: Drawn | None) -> None:
    if (stream := _stream()) and (part := ThreadState.get().fragment_id):
        standing().note(stream, part, drawn)


def _stream() -> str | None:
    """The name of the stream whose page is drawn; None outside a visit."""
    return None if get_script_run_ctx(suppress_warning=True) is None else st.context.headers.get(STREAM)
