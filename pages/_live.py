"""What every page draws from: the counters at the store's newest version, opened to whoever asks."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import date

from access.principal import Principal
from metrics import Counters, Period, codes_of
from pages._holder import Holder as Holder
from pages._holder import Live as Live
from pages._holder import holder as holder
from pages._visitor import visitor
from store.scope import opened


def live() -> Live:
    """What to draw from now, for the visitor. StoreError when the store has never been readable; AccessError for who
    may not come in."""
    who = visitor()
    return opened_to(holder().live(), who)


def opened_to(here: Live, who: Principal) -> Live:
    """The same for this visitor: of single dossiers there are those of their units, with all that is below these."""
    return replace(here, engine=opened(here.engine, _codes(here, who)), visitor=who)


def _codes(here: Live, who: Principal) -> frozenset[str] | None:
    if not who.may("dossiers"):
        return frozenset()
    if who.units is None:
        return None
    wanted = who.units
    found: frozenset[str] = here.counters.remembered(
        ("scope", wanted, here.today), date.min, lambda: _subtrees(here.counters, wanted, here.today)
    )
    return found


def _subtrees(counters: Counters, units: Iterable[str], today: date) -> frozenset[str]:
    """What stands today for these units and all below them, predecessors too; nothing for a code that nobody knows."""
    known = set(counters.hierarchy.codes)
    spans = [span for unit in units if unit in known for span in codes_of(counters, unit, Period(today, today))]
    return frozenset(code for span in spans for code in span.codes)
