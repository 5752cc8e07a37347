"""Sums of many events per key and day, each event counted in a few steps of the machine.

What is counted is said in `store.contributions`. Here every key with its day becomes one number, and all the yes and no
that are counted on one day become one integer, a few bits for each: that is added up once, not measure by measure.
"""

from collections.abc import Iterator, Mapping, Sequence
from math import prod
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import polars as pl

_Numbers = npt.NDArray[np.int64]
# A table of all numbers there could be is quicker than sorting while not more than so many are for one that there is.
_ROOM = 8
_BITS = 63  # of an integer that stays positive


class Events(NamedTuple):
    """What facts add to the measures on a day: the day's column (null: it does not come) and by measure either the
    same for each fact, or a number of its own, or whether it counts; null adds nothing."""

    day: str
    adds: Mapping[str, pl.Expr | int]


def daily_sums(
    facts: pl.DataFrame, keys: Sequence[str], events: Sequence[Events], measures: Sequence[str]
) -> pl.DataFrame:
    """The measures per (keys, "day"), one row for each on which an event falls, in their order."""
    places, codes = _places(facts, keys)
    days = [facts[one.day] for one in events]
    happens = [day.is_not_null() for day in days]
    where = [places[rows.to_numpy()] for rows in happens]
    on = [day.drop_nulls().to_numpy() for day in days]
    cells, (place, day) = _distinct([np.concatenate(where), np.concatenate(on)])
    sums = {measure: np.zeros(len(place), np.int64) for measure in measures}
    first = 0
    for one, rows, of_one in zip(events, happens, on, strict=True):
        here, first = cells[first : first + len(of_one)], first + len(of_one)
        for measure, added in _added(one, facts, rows, here, len(place)):
            sums[measure] += added
    return pl.DataFrame({**_gathered(codes, place), "day": day, **sums})


def pair_counts(facts: pl.DataFrame, key: str, first: str, second: str) -> pl.DataFrame:
    """How many facts with both days there are per (key, "first_day", "second_day"), in their order: "dossiers"."""
    both = facts.select(key, first, second).drop_nulls()
    places, codes = _places(both, [key])
    begun, ended = both[first].to_numpy(), both[second].to_numpy()
    # From one day to the other it is not far: fewer numbers than there are days.
    cells, (place, day, later) = _distinct([places, begun, ended - begun])
    counts = np.bincount(cells, minlength=len(place))
    return pl.DataFrame({**_gathered(codes, place), "first_day": day, "second_day": day + later, "dossiers": counts})


def _added(
    events: Events, facts: pl.DataFrame, rows: pl.Series, cells: _Numbers, count: int
) -> Iterator[tuple[str, _Numbers]]:
    """What the events add to each measure, by cell."""
    happened = np.bincount(cells, minlength=count)
    for measure, added in events.adds.items():
        if isinstance(added, int):
            yield measure, added * happened
    asked = [added.alias(measure) for measure, added in events.adds.items() if isinstance(added, pl.Expr)]
    answers = facts.select(asked).filter(rows) if asked else pl.DataFrame()
    known = [answer.fill_null(strategy="zero") if answer.null_count() else answer for answer in answers]
    flags = [answer for answer in known if answer.dtype == pl.Boolean]
    for answer in known:
        if answer.dtype != pl.Boolean:
            yield answer.name, _sum(answer.to_numpy(), cells, count)
    # No sum is greater than the number of events in its cell, so none reaches into the bits of the next.
    bits = max(int(happened.max(initial=1)).bit_length(), 1)
    at_once = _BITS // bits
    for first in range(0, len(flags), at_once):
        yield from _flag_sums(flags[first : first + at_once], bits, cells, count)


def _flag_sums(flags: Sequence[pl.Series], bits: int, cells: _Numbers, count: int) -> Iterator[tuple[str, _Numbers]]:
    together = np.zeros(len(cells), np.int64)
    for flag in flags:
        together <<= bits
        together |= flag.to_numpy()
    sums = _sum(together, cells, count)
    for flag in reversed(flags):
        yield flag.name, sums & ((1 << bits) - 1)
        sums >>= bits


def _sum(numbers: _Numbers, cells: _Numbers, count: int) -> _Numbers:
    sums = np.zeros(count, np.int64)
    np.add.at(sums, cells, numbers)
    return sums


def in_order(codes: pl.Series) -> pl.Series:
    """Codes that are numbered in their order: quicker to count by than texts."""
    return codes if codes.dtype == pl.Enum else codes.cast(pl.Enum(codes.unique().sort()))


def _places(facts: pl.DataFrame, keys: Sequence[str]) -> tuple[_Numbers, dict[str, pl.Series]]:
    """Each row's place, a number in the order of the keys, and by key the code of each place."""
    numbers, names = [], {}
    for key in keys:
        codes = in_order(facts[key])
        assert isinstance(codes.dtype, pl.Enum)
        names[key] = codes.dtype.categories
        numbers.append(codes.to_physical().cast(pl.Int64).to_numpy())
    places, distinct = _distinct(numbers)
    return places, {key: names[key].gather(number) for key, number in zip(keys, distinct, strict=True)}


def _gathered(codes: Mapping[str, pl.Series], places: _Numbers) -> dict[str, pl.Series]:
    return {key: code.gather(places) for key, code in codes.items()}


def _distinct(columns: Sequence[_Numbers]) -> tuple[_Numbers, list[_Numbers]]:
    """Each row's number in the order of the distinct rows, and the columns of these."""
    if not len(columns[0]):
        return columns[0], list(columns)
    lowest = [int(column.min()) for column in columns]
    spans = [int(column.max()) - low + 1 for column, low in zip(columns, lowest, strict=True)]
    together = columns[0] - lowest[0]
    for column, low, span in zip(columns[1:], lowest[1:], spans[1:], strict=True):
        together *= span
        together += column
        together -= low
    numbers, rest = _numbered(together, prod(spans))
    found = []
    for low, span in zip(reversed(lowest), reversed(spans), strict=True):
        above = rest // span
        found.append(rest - above * span + low)
        rest = above
    return numbers, found[::-1]


def _numbered(keys: _Numbers, end: int) -> tuple[_Numbers, _Numbers]:
    """Each key's number in the order of the distinct ones, and these; all are from 0 to less than `end`."""
    if end > _ROOM * len(keys):
        distinct, numbers = np.unique(keys, return_inverse=True)
        return numbers, distinct
    there = np.zeros(end, bool)
    there[keys] = True
    distinct = np.flatnonzero(there)
    number = np.empty(end, np.int64)
    number[distinct] = np.arange(len(distinct))
    return number[keys], distinct
