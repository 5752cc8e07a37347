"""What every page draws from: the counters at the store's newest version, opened to whoever asks.

Where many look on, it may be the version before for some seconds (pages/_ahead.py).
"""

from collections.abc import Mapping
from contextlib import AbstractContextManager
from contextvars import ContextVar
from dataclasses import replace
from datetime import date
from functools import lru_cache

from access.principal import DEMO, Principal
from metrics import tenures_of
from pages._address import asking
from pages._ahead import Ahead
from pages._context import temporarily
from pages._discovery import page_modules
from pages._holder import Holder as Holder
from pages._holder import Live as Live
from pages._holder import holder as holder
from pages._html import noting
from pages._language import speaking
from pages._standing import Drawn, View, standing
from pages._visitor import acting, visitor
from store.scope import Tenure, opened

_fixed: ContextVar[Live | None] = ContextVar("fixed", default=None)
_composing: ContextVar[View | None] = ContextVar("composing", default=None)


def live() -> Live:
    """What to draw from now, for the visitor. StoreError when the store has never been readable; AccessError for who
    may not come in."""
    if (fixed := _fixed.get()) is not None:
        return fixed
    who = visitor()
    centre = holder()
    return opened_to(_ahead(centre).drawn(centre.live()), who)


def drawing_of(here: Live) -> AbstractContextManager[Live]:
    """Within the block it stays this state, whatever is read meanwhile: figures and their time belong together."""
    return temporarily(_fixed, here)


def look_again() -> None:
    """Whoever has just written sees it: at the next `live` the store is asked, and what it holds is drawn."""
    _ahead(holder()).let_go()
    holder().look_again()


def is_ahead() -> bool:
    """Whether a page is composed before anybody asks for it: by a thread that has no visit, and draws nothing."""
    return _composing.get() is not None


@lru_cache(maxsize=1)
def _ahead(_centre: Holder) -> Ahead:
    return Ahead(standing().looked_at, _compose)


def _compose(view: View, state: Live) -> None:
    page = next(module for module in page_modules() if module.PAGE.path == view.path)
    here = opened_to(state, view.visitor)
    with (
        temporarily(_composing, view),
        acting(view.visitor),
        speaking(view.language),
        asking(dict(view.choices)),
        drawing_of(here),
        noting(),
    ):
        page.draw()


def moment_at_once() -> Drawn | None:
    """What a part drawn now would be of, where that is known without asking anybody; else None.

    StoreError when the store has never been readable.
    """
    centre = holder()
    if centre.settings.access.mode != "demo" or centre.is_due:
        return None
    return Drawn(DEMO, _ahead(centre).drawn(centre.last()).moment)


def moment_asked(cookies: Mapping[str, str]) -> Drawn:
    """What a part drawn now would be of, for whoever has these cookies: asks the store where that is due, and may wait
    for it. AccessError for who may not come in; StoreError as `moment_at_once`."""
    centre = holder()
    return Drawn(visitor(cookies), _ahead(centre).drawn(centre.live()).moment)


def opened_to(here: Live, who: Principal) -> Live:
    """The same for this visitor: of single dossiers there are those of their units, with all that is below these."""
    return replace(here, engine=opened(here.engine, _theirs(here, who)), visitor=who)


def _theirs(here: Live, who: Principal) -> frozenset[Tenure] | None:
    if not who.may("dossiers"):
        return frozenset()
    if who.units is None:
        return None
    wanted = who.units
    found: frozenset[Tenure] = here.counters.remembered(
        ("scope", wanted, here.today), date.min, lambda: tenures_of(here.counters, wanted, here.today)
    )
    return found
