"""What is made once for all visitors who look at the same: a page's choices and its HTML, composed.

It stands as long as the minute and what the store holds stay the same; a visitor of other rights has another.
"""

import threading
from collections.abc import Callable, Hashable
from functools import cache
from typing import Any, TypeVar

from pages._address import given
from pages._holder import Live
from pages._html import html_of
from pages._language import language

Thing = TypeVar("Thing")
# Pieces of HTML have some 30 kB.
_MOST = 600
_BEFORE = 1


class _Made:
    """What was made at one moment: each thing by one thread, for which others that want the same wait."""

    def __init__(self) -> None:
        self._things: dict[Hashable, Any] = {}
        self._making: dict[Hashable, threading.Lock] = {}

    def thing(self, key: Hashable, make: Callable[[], Thing]) -> Thing:
        """What `make` gives, or gave before."""
        if key not in self._things:
            with self._making.setdefault(key, threading.Lock()):
                if key not in self._things:
                    self._things[key] = make()
        found: Thing = self._things[key]
        return found

    def found(self, key: Hashable) -> Any:
        """What was made; None where nothing was."""
        return self._things.get(key)

    def __len__(self) -> int:
        return len(self._things)


class _Newest:
    """What was made at the newest moment and the one before: whoever has begun when news come goes on with that."""

    def __init__(self) -> None:
        self._changing = threading.Lock()
        self._made: dict[Hashable, _Made] = {}

    def at(self, moment: Hashable) -> _Made:
        """What was made at this moment; of the others only the newest is kept."""
        made = self._made.get(moment)
        return made if made is not None and len(made) <= _MOST else self._begun(moment)

    def _begun(self, moment: Hashable) -> _Made:
        with self._changing:
            made = self._made.get(moment)
            if made is None or len(made) > _MOST:
                others = [(known, before) for known, before in self._made.items() if known != moment]
                made = _Made()
                self._made = {**dict(others[-_BEFORE:]), moment: made}
            return made

    def before(self, moment: Hashable, key: Hashable) -> Any:
        """What was made of this key at another moment, the newest first; None where nothing was."""
        others = (made.found(key) for known, made in reversed(self._made.items()) if known != moment)
        return next((thing for thing in others if thing is not None), None)


@cache
def _newest() -> _Newest:
    return _Newest()


def address_now() -> tuple[tuple[str, str], ...]:
    """The choices of the visitor's address."""
    return tuple(sorted(given().items()))


def once(here: Live, key: Hashable, make: Callable[[], Thing]) -> Thing:
    """What `make` gives, which must follow from `key`, the language, the visitor's rights and what `here` holds alone;
    nobody may change it."""
    return _newest().at(here.moment).thing(_whole(here, key), make)


def _whole(here: Live, key: Hashable) -> Hashable:
    return key, language(), here.visitor.roles, here.visitor.units


def once_after(here: Live, key: Hashable, make: Callable[[Thing | None], Thing]) -> Thing:
    """As `once`; `make` is told what it gave at the moment before, where that is known, so that it need not find again
    what has not changed."""
    whole = _whole(here, key)
    return _newest().at(here.moment).thing(whole, lambda: make(_newest().before(here.moment, whole)))


def once_equal(here: Live, key: Hashable, make: Callable[[], Thing]) -> Thing:
    """As `once`; while what `make` gives is equal to what it gave at the moment before, the very same thing, so that
    an open page and one that is opened now share the parts that are told of it."""

    def make_equal(before: Thing | None) -> Thing:
        made = make()
        return before if before is not None and before == made else made

    return once_after(here, key, make_equal)


def html_once(here: Live, key: Hashable, part: Callable[[], None]) -> str:
    """What `part` draws by `pages._html.draw` alone, as one piece of HTML; it follows from the same as with `once`."""
    return once(here, key, lambda: html_of(part))
