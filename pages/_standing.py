"""What stands on the open pages of this process: of which moment each part is that a timer asks for again.

A stream is one browser's connection; `door/timers.py` gives it a name and lets a timer through only where something
new would be drawn.
"""

from collections.abc import Hashable, Mapping
from functools import cache
from typing import NamedTuple

import streamlit as st
from streamlit.runtime.scriptrunner import get_script_run_ctx
from streamlit.runtime.scriptrunner_utils.script_run_context import ThreadState

from access.principal import DEMO, Principal
from pages._holder import Live, holder
from pages._once import moment_of
from pages._visitor import visitor

# The header in which a stream's name comes to the script that draws its pages.
STREAM = "x-ioc-stream"


class Drawn(NamedTuple):
    """For whom a part is drawn, and of which state of the data."""

    visitor: Principal
    state: Hashable

    @classmethod
    def of(cls, here: Live) -> "Drawn":
        """What follows from `here` alone."""
        return cls(here.visitor, moment_of(here))


class _OpenPage:
    """What stands on the page of one stream: its path, by part (fragment) of what it was drawn (None: not known), and
    the parts whose timer was put off."""

    def __init__(self, path: str) -> None:
        self.path = path
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


def _note(drawn: Drawn | None) -> None:
    if (stream := _stream()) and (part := ThreadState.get().fragment_id):
        standing().note(stream, part, drawn)


def _stream() -> str | None:
    """The name of the stream whose page is drawn; None outside a visit."""
    return None if get_script_run_ctx(suppress_warning=True) is None else st.context.headers.get(STREAM)


def moment_at_once() -> Drawn | None:
    """What a part drawn now would be of, where that is known without asking anybody; else None.

    StoreError when the store has never been readable.
    """
    centre = holder()
    if centre.settings.access.mode != "demo" or centre.is_due:
        return None
    return Drawn(DEMO, moment_of(centre.last()))


def moment_asked(cookies: Mapping[str, str]) -> Drawn:
    """What a part drawn now would be of, for whoever has these cookies: asks the store where that is due, and may wait
    for it. AccessError for who may not come in; StoreError as `moment_at_once`."""
    return Drawn(visitor(cookies), moment_of(holder().live()))
