"""The wall's screens as their devices said of themselves, at the real time.

A screen is a device of today, also at a simulated place. What it shows late or silent is told by the worst that it
reported of itself.
"""

from collections.abc import Mapping, Sequence

from clock import real_clock
from errors import StoreError
from pages import _format
from pages._badges import freshness_word
from pages._language import _
from pages._live import Live
from store.health import Freshness
from store.screens import ScreenState, screen_states
from wall.blocks import Cell, Cells, Place, Span
from wall.freshness import mark_of_store

_MOST_SKEW_MS = 1000
States = Mapping[int, ScreenState]


def states_of(here: Live) -> States | None:
    """The screens by number; None while the store cannot be asked: then nobody knows."""
    if here.stale_reason is not None:
        return None
    try:
        return {state.number: state for state in screen_states(here.engine, real_clock().now())}
    except StoreError:
        return None


def screens(numbers: Sequence[int], states: States | None, here: Live, at: Place) -> Cells:
    """A box for each of these screens."""
    cells = {str(number): _cell(number, states) for number in numbers}
    return Cells(at=at, mark=mark_of_store(here), title=_("Screens"), cells=cells, order=list(cells))


def _cell(number: int, states: States | None) -> Cell:
    head = _format.number(number)
    if states is None:
        return Cell(head=head, text=_("unknown"), fresh="unknown")
    fresh, words = _health(states.get(number))
    return Cell(head=head, text=words, fresh=fresh)


def _health(state: ScreenState | None) -> tuple[Freshness, str]:
    """How a screen is: never seen, silent, its clock wrong, or the worst of what it shows."""
    if state is None or state.last_seen_at is None:
        return "unknown", _("not seen")
    if state.silent:
        return "stale", freshness_word("stale")
    if abs(state.skew_ms or 0) > _MOST_SKEW_MS:
        return "late", _("clock off")
    worst = state.worst or "unknown"
    words = {"fresh": _("well"), "late": _("shows late"), "stale": _("shows old"), "unknown": _("shows none")}
    return worst, words[worst]


def screens_said(numbers: Sequence[int], states: States | None) -> list[Span]:
    """Which screens are silent, else how many were never seen, else that all are alive; nothing while nobody knows."""
    if states is None:
        return []
    seen = {number: states[number] for number in numbers if number in states and states[number].last_seen_at}
    silent = [_format.number(number) for number, state in seen.items() if state.silent]
    if silent:
        return [Span(_("Silent screens: {numbers}.", numbers=", ".join(silent)), "bad")]
    unseen = len(numbers) - len(seen)
    if unseen:
        return [Span(_("Screens not seen yet: {n}.", n=_format.number(unseen)), "warn")]
    return [Span(_("All {n} screens are alive.", n=_format.number(len(numbers))), "good")]
