"""Small counts of people on pages that everybody signed in sees: where they are hidden, of which units, and how it is
said. The rule itself is `metrics.hidden_nodes`."""

from collections.abc import Callable, Sequence
from typing import Literal

from metrics import Indicator, Scope, hidden_nodes
from pages._language import _
from pages._live import Live
from pages._units import Units

_OF_PEOPLE = frozenset({"dossiers", "ratings"})

Counts = tuple[int, ...]
# A unit with everything below it, alone, or what it holds of units that are no more.
Node = tuple[str, Scope | Literal["beyond"]]


def hides(here: Live, indicator: Indicator) -> bool:
    """Whether small counts of this indicator are hidden in this installation: those of people and their dossiers."""
    return here.settings.access.hide_small_cells and indicator.counted in _OF_PEOPLE and not indicator.returned


def hidden_word() -> str:
    """What stands in place of a hidden figure."""
    return _("hidden")


def rule() -> str:
    """Why something is hidden, in a sentence."""
    return _("Counts of 1 to 4 are hidden, and further figures from which they could be worked out.")


def hidden_units(units: Units, counted: Callable[[Sequence[str], Scope], Sequence[Counts]]) -> frozenset[Node]:
    """The units whose figure is hidden, each with its scope. `counted`: the counts in the figures of units."""
    codes = list(units.by_code)
    counts: dict[Node, Counts] = {}
    scopes: tuple[Scope, ...] = ("subtree", "own")
    for scope in scopes:
        counts |= {(code, scope): found for code, found in zip(codes, counted(codes, scope), strict=True)}
    parts: dict[Node, list[Node]] = {}
    for code in codes:
        below: list[Node] = [(code, "own"), *((unit.code, "subtree") for unit in units.children(code))]
        held = zip(counts[code, "subtree"], *(counts[part] for part in below), strict=True)
        counts[code, "beyond"] = tuple(abs(whole - sum(inside)) for whole, *inside in held)
        parts[code, "subtree"] = [*below, (code, "beyond")] if any(counts[code, "beyond"]) else below
    roots: list[Node] = [(root.code, "subtree") for root in units.roots()]
    return frozenset().union(*(hidden_nodes(root, counts, parts) for root in roots))
