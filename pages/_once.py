"""What is made once for all visitors who look at the same: a page's choices and its HTML, composed.

It stands as long as the minute and what the store holds stay the same; a visitor of other rights has another.
"""

import weakref
from collections.abc import Callable, Hashable
from datetime import datetime
from functools import cache
from typing import Any, TypeVar

import streamlit as st

from pages._html import html_of
from pages._language import language
from pages._live import Live

Thing = TypeVar("Thing")
# Pieces of HTML have some 30 kB.
_MOST = 600


class _Made:
    """What was made at one moment. Threads may make the same thing twice, and either is right."""

    def __init__(self, moment: Hashable) -> None:
        self.moment = moment
        self.things: dict[Hashable, Any] = {}


class _Newest:
    """What was made at the newest moment."""

    def __init__(self) -> None:
        self._made = _Made(None)

    def at(self, moment: Hashable) -> dict[Hashable, Any]:
        """What was made at this moment; of others nothing is kept."""
        made = self._made
        if made.moment != moment:
            made = self._made = _Made(moment)
        if len(made.things) > _MOST:
            made.things.clear()
        return made.things


@cache
def _newest() -> _Newest:
    return _Newest()


def address_now() -> Hashable:
    """The choices of the visitor's address."""
    return tuple(sorted(st.query_params.to_dict().items()))


def once(here: Live, key: Hashable, make: Callable[[], Thing]) -> Thing:
    """What `make` gives, which must follow from `key`, the language, the visitor's rights and what `here` holds alone;
    nobody may change it."""
    things = _newest().at(moment_of(here))
    whole = (key, language(), here.visitor.roles, here.visitor.units)
    try:
        found: Thing = things[whole]
    except KeyError:
        found = things[whole] = make()
    return found


def html_once(here: Live, key: Hashable, part: Callable[[], None]) -> str:
    """What `part` draws by `pages._html.draw` alone, as one piece of HTML; it follows from the same as with `once`."""
    return once(here, key, lambda: html_of(part))


def moment_of(here: Live) -> Hashable:
    """All of what the store holds, and the minute: as long as it stays the same, so does what is drawn of it."""
    # By the very counters, and not only by their version, as another store could have the same.
    counters = weakref.ref(here.counters)
    polls = tuple((source.name, source.state, _minute(source.last_good_at)) for source in here.sources)
    return counters, here.version, here.notes.version, here.today, _minute(here.now), polls, here.stale_reason


def _minute(at: datetime | None) -> datetime | None:
    return at and at.replace(second=0, microsecond=0)
