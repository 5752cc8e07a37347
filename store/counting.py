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
    facts: pl.DataFrame, keys: Sequence[str], events: Sequence[Events], measures: Sequence[str], taken: int = 0
) -> pl.DataFrame:
    """The measures per (keys, "day"), one row for each on which an event falls, in their order; the first `taken` facts
    are taken off, not added."""
    places, codes = _places(facts, keys)
    days = [facts[one.day] for one in events]
    rows = [day.is_not_null().to_numpy() for day in days]
    where = np.concatenate([places[happens] for happens in rows])
    cells, (place, day) = _distinct([where, np.concatenate([day.drop_nulls().to_numpy() for day in days])])
    answers = facts.select(
        added.fill_null(strategy="zero").alias(measure) for one in events for measure, added in _asked(one)
    )
    sums: dict[str, _Numbers] = {}
    first = 0
    for one, happens in zip(events, rows, strict=True):
        last = first + int(np.count_nonzero(happens))
        fallen = _Fallen(happens, cells[first:last], int(np.count_nonzero(happens[:taken])), len(place))
        first = last
        for measure, added in _added(one, answers, fallen):
            sums[measure] = sums[measure] + added if measure in sums else added
    none = np.zeros(len(place), np.int64)
    counted = {measure: sums.get(measure, none) for measure in measures}
    return pl.DataFrame({**_gathered(codes, place), "day": day, **counted})


def pair_counts(facts: pl.DataFrame, key: str, first: str, second: str, taken: int = 0) -> pl.DataFrame:
    """How many facts with both days there are per (key, "first_day", "second_day"), in their order: "dossiers"; the
    first `taken` facts are taken off, not added."""
    rows = (facts[first].is_not_null() & facts[second].is_not_null()).to_numpy()
    both = facts.select(key, first, second).drop_nulls()
    places, codes = _places(both, [key])
    begun, ended = both[first].to_numpy(), both[second].to_numpy()
    # From one day to the other it is not far: fewer numbers than there are days.
    cells, (place, day, later) = _distinct([places, begun, ended - begun])
    counts = _Fallen(rows, cells, int(np.count_nonzero(rows[:taken])), len(place)).times()
    return pl.DataFrame({**_gathered(codes, place), "first_day": day, "second_day": day + later, "dossiers": counts})


class _Fallen(NamedTuple):
    """Which facts an event falls to, into which of so many cells each, and how many of the first are taken off."""

    facts: npt.NDArray[np.bool_]
    cells: _Numbers
    taken: int
    cell_count: int

    def sums(self, numbers: _Numbers) -> _Numbers:
        """By cell the sum of these numbers, one for each of all facts."""
        added, sums = numbers[self.facts], np.zeros(self.cell_count, np.int64)
        added[: self.taken] *= -1
        np.add.at(sums, self.cells, added)
        return sums

    def times(self) -> _Numbers:
        """By cell how often it falls there, less how often it is taken off."""
        added = np.bincount(self.cells[self.taken :], minlength=self.cell_count)
        return added - np.bincount(self.cells[: self.taken], minlength=self.cell_count) if self.taken else added


def _asked(events: Events) -> list[tuple[str, pl.Expr]]:
    return [(measure, added) for measure, added in events.adds.items() if isinstance(added, pl.Expr)]


def _added(events: Events, answers: pl.DataFrame, fallen: _Fallen) -> Iterator[tuple[str, _Numbers]]:
    """What the events add to each measure, by cell."""
    times = fallen.times()
    for measure, added in events.adds.items():
        if isinstance(added, int):
            yield measure, added * times
    asked = [answers[measure] for measure, _ in _asked(events)]
    flags = [answer for answer in asked if answer.dtype == pl.Boolean]
    for answer in asked:
        if answer.dtype != pl.Boolean:
            yield answer.name, fallen.sums(answer.to_numpy())
    if flags:
        # No sum is greater than the number of events in its cell, so none reaches into the bits of the next.
        most = int((np.bincount(fallen.cells) if fallen.taken else times).max(initial=1))
        half = 1 << most.bit_length() if fallen.taken else 0  # added to each, so that none is below 0
        bits = most.bit_length() + bool(half)
        at_once = _BITS // bits
        for first in range(0, len(flags), at_once):
            yield from _flag_sums(flags[first : first + at_once], bits, half, fallen)


def _flag_sums(flags: Sequence[pl.Series], bits: int, half: int, fallen: _Fallen) -> Iterator[tuple[str, _Numbers]]:
    together, halves = np.zeros(len(fallen.facts), np.int64), 0
    for flag in flags:
        together <<= bits
        together |= flag.to_numpy()
        halves = (halves << bits) + half
    sums = fallen.sums(together)
    sums += halves
    for flag in reversed(flags):
        yield flag.name, (sums & ((1 << bits) - 1)) - half
        sums >>= bits


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
        numbers = pl.Series(keys).rank("dense").to_numpy().astype(np.int64) - 1
        distinct = np.empty(numbers.max() + 1, np.int64)
        distinct[numbers] = keys
        return numbers, distinct
    there = np.zeros(end, bool)
    there[keys] = True
    distinct = np.flatnonzero(there)
    number = np.empty(end, np.int32)
    number[distinct] = np.arange(len(distinct), dtype=np.int32)
    return number[keys].astype(np.int64), distinct
