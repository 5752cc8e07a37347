"""What every page draws from: the counters at the store's newest version, opened to whoever asks."""

from dataclasses import replace
from datetime import date

from access.principal import Principal
from metrics import tenures_of
from pages._holder import Holder as Holder
from pages._holder import Live as Live
from pages._holder import holder as holder
from pages._visitor import visitor
from store.scope import Tenure, opened


def live() -> Live:
    """What to draw from now, for the visitor. StoreError when the store has never been readable; AccessError for who
    may not come in."""
    who = visitor()
    return opened_to(holder().live(), who)


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
