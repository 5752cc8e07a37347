"""What is made once for all visitors who look at the same: a page's choices and its HTML, composed.

It stands as long as the minute and what the store holds stay the same; a visitor of other rights has another.
"""

from collections.abc import Callable, Hashable
from datetime import datetime
from typing import Any

import streamlit as st

from pages._html import draw, joined, noting
from pages._language import language
from pages._live import Live

# Of some 30 kB each.
_MOST = 600


class _Made:
    """What was made at one moment. Threads may make the same thing twice, and get the same."""

    def __init__(self, moment: Hashable) -> None:
        self.moment = moment
        self.things: dict[Hashable, Any] = {}


_NOTHING = _Made(None)
_made = [_NOTHING]


def address_now() -> Hashable:
    """The choices of the visitor's address."""
    return tuple(sorted(st.query_params.to_dict().items()))


def once[Thing](here: Live, key: Hashable, make: Callable[[], Thing]) -> Thing:
    """What `make` gives, which must follow from `key`, the language, the visitor's rights and what `here` holds alone."""
    moment = moment_of(here)
    made = _made[0]
    if made.moment != moment:
        made = _made[0] = _Made(moment)
    whole = (key, language(), here.visitor.roles, here.visitor.units)
    if whole not in made.things:
        thing = make()
        if len(made.things) >= _MOST:
            made.things.clear()
        made.things[whole] = thing
        return thing
    found: Thing = made.things[whole]
    return found


def draw_once(here: Live, name: str, part: Callable[[], None]) -> None:
    """Draw what `part` draws by `pages._html.draw` alone, from the address and `here` alone, as one piece of HTML."""

    def compose() -> str:
        with noting() as pieces:
            part()
        return joined(pieces)

    draw(once(here, (name, address_now()), compose))


def moment_of(here: Live) -> Hashable:
    """All of what the store holds, and the minute: as long as it stays the same, so does what is drawn of it."""
    polls = tuple((source.name, source.state, _minute(source.last_good_at)) for source in here.sources)
    return here.version, here.notes.version, here.today, _minute(here.now), polls, here.stale_reason


def _minute(at: datetime | None) -> datetime | None:
    return at and at.replace(second=0, microsecond=0)
