"""Counts of people so small that they tell of persons: which figures are hidden, so that nobody works them out.

The rule is the one of official statistics (ESSnet, Handbook on Statistical Disclosure Control, 2010, chapter 5: a
threshold rule with secondary suppression, level by level from the whole down; UK LLC, Statistical Disclosure Control,
2025: two or more hidden, percentages of few are few):

1. Primary: a count from 1 to 4 is hidden with everything that stands beside it; of a rate the numerator, the
   denominator and the rest are counts. Zero is shown.
2. Secondary: of the parts of a whole further ones are hidden, the smallest first, until at least two are, which hold
   together nobody, or at least 5 and room enough that each count of at least one could be three others.
3. What is below a hidden whole is hidden with it, but for zeros beside others: what is shown would say how much the
   whole is at least.

What is hidden has one mark, whatever the reason: a mark of its own for small ones would say which are small.
"""

from collections.abc import Hashable, Mapping, Sequence
from typing import TypeVar

THRESHOLD = 5
_FEWEST_HIDDEN = 2
_ROOM = 3  # how many further values a hidden count could have

Counts = tuple[int, ...]
Node = TypeVar("Node", bound=Hashable)


def counts_of(form: str, numerator: float, denominator: float | None) -> Counts:
    """The counts of people in a figure, of which none may be small. `form` as that of an indicator: a mean sums days,
    which count nobody; the rest of a rate counts as its numerator does."""
    if denominator is None:
        return (round(numerator),)
    if form != "rate":
        return (round(denominator),)
    rest = denominator - numerator
    return (round(numerator), round(denominator), round(max(rest, 0.0)))


def is_small(counts: Counts) -> bool:
    """Whether one of them is from 1 to 4."""
    return any(0 < count < THRESHOLD for count in counts)


def hidden_parts(parts: Sequence[Counts], *, whole_hidden: bool = False, already: Sequence[bool] = ()) -> list[bool]:
    """Which parts of a whole are hidden. `whole_hidden`: the whole is, so that its sum is not known; `already`: which
    parts are hidden for another reason."""
    if whole_hidden:
        nobody = not any(map(any, parts))  # nothing but zeros would say that the whole is zero
        return [nobody or any(part) for part in parts]
    chosen = [is_small(part) or one for part, one in zip(parts, already or [False] * len(parts), strict=True)]
    if not any(chosen):
        return chosen
    # The smallest costs least; what holds nothing is taken last.
    further = sorted(
        (place for place, part in enumerate(parts) if not chosen[place]),
        key=lambda place: (not any(parts[place]), max(parts[place]), place),
    )
    for place in further:
        if _safe([part for part, one in zip(parts, chosen, strict=True) if one]):
            break
        chosen[place] = True
    return chosen


def _safe(hidden: Sequence[Counts]) -> bool:
    return len(hidden) >= _FEWEST_HIDDEN and all(_room(counts) for counts in zip(*hidden, strict=True))


def _room(counts: Sequence[int]) -> bool:
    """Whether these counts, of which the sum is known, could each be other ones."""
    total, present = sum(counts), sum(count > 0 for count in counts)
    return total == 0 or (total >= THRESHOLD and total - present >= _ROOM)


def hidden_nodes(root: Node, counts: Mapping[Node, Counts], parts: Mapping[Node, Sequence[Node]]) -> frozenset[Node]:
    """Which nodes of a tree are hidden, from the root down; the counts of a node's parts sum to its own."""
    found = {root} if is_small(counts[root]) else set()
    waiting = [root]
    for node in waiting:
        below = parts.get(node, ())
        chosen = hidden_parts([counts[part] for part in below], whole_hidden=node in found)
        found |= {part for part, one in zip(below, chosen, strict=True) if one}
        waiting += below
    return frozenset(found)
