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

# The header in which a stream's name comes to the script that draws its pages.
STREAM = "x-ioc-stream"


class Drawn(NamedTuple):
    """For whom a part is drawn, and of which state of the data."""

    visitor: Principal
    state: Hashable


class Standing:
    """By stream and part (fragment) the moment that was drawn. For any number of threads."""

    def __init__(self) -> None:
        self._drawn: dict[str, dict[str, Drawn | None]] = {}

    def begin(self, stream: str) -> None:
        """A stream is open: nothing stands on its page."""
        self._drawn[stream] = {}

    def end(self, stream: str) -> None:
        """It is no more."""
        self._drawn.pop(stream, None)

    def note(self, stream: str, part: str, drawn: Drawn | None) -> None:
        """The part is drawn, of this; None: not known of what. Nothing is noted of a stream that is no more."""
        parts = self._drawn.get(stream)
        if parts is not None:
            parts[part] = drawn

    def drawn(self, stream: str, part: str) -> Drawn | None:
        """Of what the part was drawn last; None where that is not known."""
        return self._drawn.get(stream, {}).get(part)


@cache
def standing() -> Standing:
    """What stands on the pages of this process."""
    return Standing()


def forget_drawn() -> None:
    """Within a part that a timer asks for: it is being drawn, and may turn out as something else, such as a word that
    the store cannot be read."""
    _note(None)


def note_drawn(here: Live) -> None:
    """Within a part that a timer asks for: it has drawn what follows from `here` alone, or from something newer."""
    _note(Drawn(here.visitor, moment_of(here)))


def _note(drawn: Drawn | None) -> None:
    if get_script_run_ctx(suppress_warning=True) is None:
        return
    part, stream = ThreadState.get().fragment_id, st.context.headers.get(STREAM)
    if part and stream:
        standing().note(stream, part, drawn)


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
    centre = holder()
    who: Principal = DEMO if centre.settings.access.mode == "demo" else centre.sessions.principal(cookies)
    return Drawn(who, moment_of(centre.live()))
