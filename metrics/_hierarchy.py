"""Dated units: who they are, under whom they stand on a day, and sums over a subtree.

A unit is the rows of one code that agree in kind and name: only its parent may change. A row with the same code but
another name or kind is another unit (codes are reused). On a day, a code means the row in force; without one the row
begun last before it, else the first: no record loses its unit.
"""

import unicodedata
from bisect import bisect_right
from collections.abc import Iterable, Sequence
from difflib import get_close_matches
from functools import cached_property, lru_cache
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import polars as pl

from metrics._period import day_number
from metrics._table import Flags, Floats, Ints, Texts

__all__ = ["Flags", "Floats", "Hierarchy", "Ints", "Tree", "numbers_of"]

_FOREVER = 2**31


class _Row(NamedTuple):
    start: int
    end: int
    parent_code: str | None
    kind: str
    name: str
    unit: int


class Tree(NamedTuple):
    """The hierarchy on a day. `order` is depth first; unit u's subtree is order[begin[u]:end[u]], u itself first.

    `heads` are the units with others under them, and `spans` per head its own place in the order and that of the last
    one under it. `meaning[c]` is the unit that the code number c means on that day; `codes[u]` the other way round, and
    `unmeant` the units that no code means.
    """

    order: Ints
    begin: Ints
    end: Ints
    heads: Ints
    spans: tuple[Ints, Ints]
    parents: Ints
    meaning: Ints
    codes: Ints
    unmeant: Ints

    def by_unit(self, by_code: Ints) -> Ints:
        """Per unit what `by_code` holds for the code that means it on the day; 0 for a unit that no code means."""
        own = by_code.take(self.codes)
        if len(self.unmeant):
            own[self.unmeant] = 0
        return own

    def subtree_sums(self, own: Ints) -> Ints:
        """For every unit (the first dimension of `own`) the sum of `own` over itself and everything below it."""
        running = own.take(self.order, axis=0).cumsum(axis=0)
        sums = own.copy()
        # Most units have nobody under them.
        first, last = self.spans
        sums[self.heads] += running[last] - running[first]
        return sums

    def ancestors(self) -> pl.DataFrame:
        """Pairs (unit, ancestor), every unit being its own ancestor too."""
        pairs = [(unit, unit) for unit in range(len(self.parents))]
        for unit in range(len(self.parents)):
            above = self.parents[unit]
            while above >= 0:
                pairs.append((unit, int(above)))
                above = self.parents[above]
        return pl.DataFrame(pairs, schema={"unit": pl.Int32, "ancestor": pl.Int32}, orient="row")


class Hierarchy:
    """All units ever named, numbered 0 … n-1, with their codes, kinds and names (the latest row's)."""

    def __init__(self, units: pl.DataFrame) -> None:
        """`units`: rows as in `store.tables.units`."""
        self.codes: list[str] = []
        self.kinds: list[str] = []
        self.names: list[str] = []
        self._rows: dict[str, list[_Row]] = {}
        self._own_rows: list[list[_Row]] = []
        numbers: dict[tuple[str, str, str], int] = {}
        for row in units.sort("code", "valid_from").iter_rows(named=True):
            identity = (row["code"], row["kind"], _plain(row["name"]))
            if identity not in numbers:
                numbers[identity] = len(self.codes)
                self.codes.append(row["code"])
                self.kinds.append(row["kind"])
                self.names.append(row["name"])
                self._own_rows.append([])
            unit = numbers[identity]
            self.names[unit] = row["name"]
            end = _FOREVER if row["valid_to"] is None else day_number(row["valid_to"])
            dated = _Row(day_number(row["valid_from"]), end, row["parent_code"], row["kind"], row["name"], unit)
            self._rows.setdefault(row["code"], []).append(dated)
            self._own_rows[unit].append(dated)
        starts = {row.start for rows in self._rows.values() for row in rows}
        ends = {row.end + 1 for rows in self._rows.values() for row in rows if row.end < _FOREVER}
        self._changes = sorted(starts | ends)
        self._tree_of_segment = lru_cache(maxsize=256)(self._make_tree)
        self._in_force_in_segment = lru_cache(maxsize=256)(self._choose_in_force)

    def __len__(self) -> int:
        return len(self.codes)

    @cached_property
    def code_texts(self) -> Texts:
        """The code of every unit."""
        return Texts(self.codes)

    @cached_property
    def name_texts(self) -> Texts:
        """The name of every unit."""
        return Texts(self.names)

    def code_numbers(self) -> dict[str, int]:
        """Every code that was ever named, numbered 0 … as in `Tree.meaning`."""
        return {code: number for number, code in enumerate(self._rows)}

    def chosen_codes(self, codes: Iterable[str]) -> npt.NDArray[np.bool_]:
        """Which of the codes, as `code_numbers` numbers them, these are."""
        wanted = set(codes)
        return np.fromiter((code in wanted for code in self._rows), np.bool_, len(self._rows))

    def unit_on(self, code: str, day: int) -> int | None:
        """The number of the unit that a code means on a day; None for a code that was never named."""
        rows = self._rows.get(code)
        return _row_on(rows, day).unit if rows else None

    def last_start(self, unit: int) -> int:
        """The first day of the unit's last row."""
        return self._own_rows[unit][-1].start

    def last_parent(self, unit: int) -> int | None:
        """The unit above a unit on the last day that its code meant it; None for a root."""
        last = self._own_rows[unit][-1]
        if last.parent_code is None:
            return None
        following = [row.start - 1 for row in self._rows[self.codes[unit]] if row.start > last.start]
        return self.unit_on(last.parent_code, min([last.end, *following]))

    def in_force(self, day: int) -> list[int]:
        """The numbers of the units in force on a day, rising; nobody may change the list."""
        return self._in_force_in_segment(self.segment(day))

    def segment(self, day: int) -> int:
        """Which of the spans of days, in each of which nothing in the hierarchy changes, holds a day."""
        return bisect_right(self._changes, day)

    def segments(self, start: int, end: int) -> list[tuple[int, int]]:
        """[start, end] cut where anything in the hierarchy changes: inclusive pairs of days."""
        cuts = self._changes[bisect_right(self._changes, start) : bisect_right(self._changes, end)]
        return list(zip([start, *cuts], [*[day - 1 for day in cuts], end], strict=True)) if cuts else [(start, end)]

    def tree_on(self, day: int) -> Tree:
        """The hierarchy as it was on a day."""
        return self._tree_of_segment(self.segment(day))

    def resolution(self) -> pl.DataFrame:
        """From which day a code means which unit: (unit_code, day, unit), sorted by day, for an as-of join."""
        meanings = []
        for code, rows in self._rows.items():
            days = sorted({-_FOREVER} | {row.start for row in rows} | {row.end + 1 for row in rows})
            meanings += [(code, day, _row_on(rows, day).unit) for day in days]
        kinds = {"unit_code": pl.String, "day": pl.Int64, "unit": pl.Int32}
        return pl.DataFrame(meanings, schema=kinds, orient="row").sort("day")

    def _first_day(self, segment: int) -> int:
        return self._changes[segment - 1] if segment else -_FOREVER

    def _choose_in_force(self, segment: int) -> list[int]:
        day = self._first_day(segment)
        chosen = (_in_force(rows, day) for rows in self._rows.values())
        return sorted(row.unit for row in chosen if row)

    def _make_tree(self, segment: int) -> Tree:
        day = self._first_day(segment)
        parents = np.full(len(self), -1, dtype=np.int64)
        for unit, rows in enumerate(self._own_rows):
            above = _row_on(rows, day).parent_code
            parent = self.unit_on(above, day) if above else None
            if parent is not None and not _is_above(parents, unit, parent):
                parents[unit] = parent
        meaning = [_row_on(rows, day).unit for rows in self._rows.values()]
        return _depth_first(parents, np.array(meaning, dtype=np.int64))


def _plain(name: str) -> str:
    return " ".join(unicodedata.normalize("NFC", name).casefold().split())


def _in_force(rows: Sequence[_Row], day: int) -> _Row | None:
    """The row in force with the latest start; the rows are sorted by start."""
    for row in reversed(rows):
        if row.start <= day <= row.end:
            return row
    return None


def _row_on(rows: Sequence[_Row], day: int) -> _Row:
    begun = [row for row in rows if row.start <= day]
    return _in_force(rows, day) or (begun[-1] if begun else rows[0])


def _is_above(parents: Ints, unit: int, parent: int) -> bool:
    """Whether `unit` is `parent` or stands above it: then `parent` cannot be its parent (a circle in the catalogue)."""
    while parent >= 0:
        if parent == unit:
            return True
        parent = int(parents[parent])
    return False


def _depth_first(parents: Ints, meaning: Ints) -> Tree:
    children: list[list[int]] = [[] for _ in parents]
    for unit, parent in enumerate(parents):
        if parent >= 0:
            children[parent].append(unit)
    order: list[int] = []
    begin, end = np.zeros(len(parents), np.int64), np.zeros(len(parents), np.int64)
    stack: list[tuple[int, bool]] = [(unit, False) for unit in reversed(range(len(parents))) if parents[unit] < 0]
    while stack:
        unit, done = stack.pop()
        if done:
            end[unit] = len(order)
            continue
        begin[unit] = len(order)
        order.append(unit)
        stack.append((unit, True))
        stack += [(child, False) for child in reversed(children[unit])]
    heads = np.flatnonzero(end - begin > 1)
    codes, unmeant = np.zeros(len(parents), np.int64), np.ones(len(parents), np.bool_)
    codes[meaning], unmeant[meaning] = np.arange(len(meaning)), False
    return Tree(
        order=np.array(order, np.int64),
        begin=begin,
        end=end,
        heads=heads,
        spans=(begin[heads], end[heads] - 1),
        parents=parents,
        meaning=meaning,
        codes=codes,
        unmeant=np.flatnonzero(unmeant),
    )


def numbers_of(hierarchy: Hierarchy, codes: Iterable[str], day: int) -> list[int]:
    """The units that these codes mean on a day; ValueError naming a code that no catalogue knows, and like ones."""
    units = [(code, hierarchy.unit_on(code, day)) for code in codes]
    for code, unit in units:
        if unit is None:
            like = get_close_matches(code, hierarchy.codes, n=5, cutoff=0.0)
            raise ValueError(f"unknown unit {code!r}; among the {len(set(hierarchy.codes))} known: {', '.join(like)}")
    return [unit for _, unit in units if unit is not None]
