"""Under which codes the records of a unit stand: what a list of them must ask for so that it holds what was counted."""

from datetime import timedelta
from typing import NamedTuple

from metrics._counters import Counters
from metrics._hierarchy import numbers_of
from metrics._period import EPOCH, Period, day_number
from metrics._question import Scope


class Codes(NamedTuple):
    """Sorted codes of units, and the local days on which their records count."""

    codes: tuple[str, ...]
    period: Period


def codes_of(counters: Counters, unit: str, period: Period, scope: Scope = "subtree") -> list[Codes]:
    """The codes of a unit with what is in its scope, for each part of the period in which they are the same ones.

    ValueError for an unknown unit.
    """
    hierarchy, start, end = counters.hierarchy, day_number(period.start), day_number(period.end)
    number = numbers_of(hierarchy, [unit], end)[0]
    numbered = hierarchy.code_numbers()
    found: list[Codes] = []
    for first, last in hierarchy.segments(start, end):
        tree = hierarchy.tree_on(last)
        last_member = tree.begin[number] + 1 if scope == "own" else tree.end[number]
        members = {int(below) for below in tree.order[tree.begin[number] : last_member]}
        codes = tuple(sorted(code for code, place in numbered.items() if int(tree.meaning[place]) in members))
        days = Period(EPOCH + timedelta(days=first), EPOCH + timedelta(days=last))
        if found and found[-1].codes == codes:
            days = Period(found.pop().period.start, days.end)
        found.append(Codes(codes, days))
    return found
