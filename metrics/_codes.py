"""Under which codes the records of a unit stand: what a list of them must ask for so that it holds what was counted."""

from collections.abc import Iterable
from datetime import date, timedelta
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


def tenures_of(counters: Counters, units: Iterable[str], today: date) -> frozenset[tuple[str, date, date]]:
    """Whose records are today those of these units and of all below them: codes, each with the first and the last local
    day on which it meant one of them, or one that went over into one of them (docs/decisions/009).

    Nothing for a code that no catalogue knows, and nothing for a unit that is no more: its records are its successor's.
    """
    hierarchy, day = counters.hierarchy, day_number(today)
    tree, mapped = hierarchy.tree_on(day), counters.successions.mapped(day)
    asked = [number for code in set(units) if (number := hierarchy.unit_on(code, day)) is not None]
    members = {int(below) for number in asked for below in tree.order[tree.begin[number] : tree.end[number]]}
    found = []
    for (code,), meanings in hierarchy.resolution().group_by("unit_code"):
        numbers, starts = meanings["unit"].to_list(), meanings["day"].to_list()
        ends = [*(start - 1 for start in starts[1:]), None]
        held: list[list[int | None]] = []
        for number, start, end in zip(numbers, starts, ends, strict=True):
            if int(mapped[number]) not in members:
                continue
            if held and held[-1][1] == start - 1:
                held[-1][1] = end
            else:
                held.append([start if start >= _FIRST else None, end])
        found += [(str(code), _day(first, date.min), _day(last, date.max)) for first, last in held]
    return frozenset(found)


_FIRST = (date.min - EPOCH).days


def _day(number: int | None, unbounded: date) -> date:
    return unbounded if number is None else EPOCH + timedelta(days=number)
