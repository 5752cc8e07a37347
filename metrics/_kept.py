"""Counts by key in memory: what changed is laid beside what was counted, so that a change costs what it holds itself.

A key is one whole number with the day in its upper bits, so that a span of days is one stretch of every part. Counts of
one key in several parts add up. A part that has grown to a quarter of the one before is merged into it: there are few,
and each row is merged a few times at most.
"""

from collections.abc import Mapping, Sequence

import numpy as np
import polars as pl

from metrics._hierarchy import Ints
from metrics._part import DAY, KEY, LARGE, Chosen, Numbers, Part, firsts

DAY_SHIFT = 41
_BEFORE_ALL_DAYS = 719_163  # 1 January of the year 1 is -719,162
_GROWN = 4
_ALL: Chosen = {}
# What a key means: numbers of this type as they are read and as whoever asks is given them.
_MEANINGS, _MEANING = ("day", "first_day", "unit", "first_unit", "procedure"), pl.Int32()


def day_bits(day: pl.Expr, shift: int = DAY_SHIFT) -> pl.Expr:
    """A day as the 22 bits of a key above the first `shift`."""
    return (day.cast(pl.Int64) + _BEFORE_ALL_DAYS) * (1 << shift)


class Kept:
    """Counts with their key, their day and what else is known of the key; never changed once made."""

    def __init__(self, parts: Sequence[Part], measures: Sequence[str]) -> None:
        """`measures`: the columns that count."""
        self.parts = parts
        self.measures = measures

    @property
    def height(self) -> int:
        """How many rows there are, keys that come more than once counted as often."""
        return sum(part.height for part in self.parts)

    @classmethod
    def of(cls, rows: pl.DataFrame, measures: Sequence[str]) -> "Kept":
        """Rows of which none shares its key with another."""
        return cls([_narrow(rows.sort(KEY), measures)], measures)

    def between(self, first: int | None, last: int, *columns: str, chosen: Chosen = _ALL) -> pl.DataFrame:
        """The day and these columns of the chosen rows of the days from `first` (None: the first of all) to `last`,
        both included.

        A key may come more than once; its counts add up, and single ones may be below 0.
        """
        wanted = [DAY, *(name for name in columns if name != DAY)]
        found = [(part.rows.select(wanted), part.places(first, last, chosen)) for part in self.parts]
        return pl.concat([self._wide(rows[places]) for rows, places in found])

    def counted(
        self, first: int | None, last: int, measures: Sequence[str], by: Mapping[str, int], chosen: Chosen = _ALL
    ) -> Ints:
        """What the chosen rows of these days (as of `between`) count: an array of the measures, and for each column
        `by` of so many numbers as it says.

        In numpy: of dense numbers that is an eighth of the work of grouping rows, and narrow counts stay as they are.
        """
        cells = int(np.prod([*by.values()]))
        total = np.zeros((len(measures), cells), np.int64)
        for part in self.parts:
            places = part.places(first, last, chosen)
            cell = _cell([part.column(column)[places] for column in by], [*by.values()])
            for number, measure in enumerate(measures):
                _add(total[number], cell, part.column(measure)[places])
        return total.reshape(len(measures), *by.values())

    def by_day(self, first: int, last: int, measures: Sequence[str], chosen: Chosen = _ALL) -> Ints:
        """What the chosen rows count on each day from `first` to `last`, all these measures together."""
        total = np.zeros(last - first + 1, np.int64)
        for part in self.parts:
            places = part.places(first, last, chosen)
            days = np.subtract(part.column(DAY)[places], first, dtype=np.int64)
            for measure in measures:
                _add(total, days, part.column(measure)[places])
        return total

    def rows(self) -> pl.DataFrame:
        """Every key that counts anything, once, in the order of the keys."""
        return self._summed([part.rows for part in self.parts])

    def merged(self) -> pl.DataFrame:
        """All in one part."""
        parts = [part.rows for part in self.parts]
        return parts[0] if len(parts) == 1 else self._summed(parts, narrow=True).rechunk()

    def difference(self, rows: pl.DataFrame) -> pl.DataFrame:
        """What must be added so that the keys of these rows, each there once, count what the rows say; a key once, in
        their order."""
        rows = _in_order(rows)
        wanted, counts = rows[KEY].to_numpy(), {name: rows[name].to_numpy().astype(np.int64) for name in self.measures}
        for part in self.parts:
            keys = part.column(KEY)
            at = np.searchsorted(keys, wanted)
            here = np.flatnonzero(keys[np.minimum(at, len(keys) - 1)] == wanted) if len(keys) else at[:0]
            for name, counted in counts.items():
                counted[here] -= part.column(name)[at[here]]
        differs = np.zeros(len(wanted), np.bool_)
        for counted in counts.values():
            differs |= counted != 0
        found = rows.with_columns(pl.Series(name, counted) for name, counted in counts.items())
        return found if differs.all() else found.filter(differs)

    def plus(self, difference: pl.DataFrame) -> "Kept":
        """The counts after adding rows of which none shares its key with another."""
        if difference.is_empty():
            return self
        parts = [*self.parts, _narrow(_in_order(difference), self.measures)]
        while len(parts) > 1 and parts[-1].height * _GROWN >= parts[-2].height:
            later, earlier = parts.pop(), parts.pop()
            both = earlier.height + later.height
            parts.append(Part(self._summed([earlier.rows, later.rows], narrow=both >= LARGE).rechunk()))
        return Kept(parts, self.measures)

    def _summed(self, parts: Sequence[pl.DataFrame], *, narrow: bool = False) -> pl.DataFrame:
        """A measure at a time: widened all at once, those of a province would take half a gigabyte."""
        keys = np.concatenate([part[KEY].to_numpy() for part in parts])
        order = np.argsort(keys, kind="stable")
        ordered = keys[order]
        begins = firsts(ordered)
        differs = np.zeros(len(begins), np.bool_)
        summed = []
        for name in self.measures:
            counts = np.concatenate([part[name].to_numpy() for part in parts])[order]
            counted = np.add.reduceat(counts, begins, dtype=np.int64) if len(counts) else counts.astype(np.int64)
            differs |= counted != 0
            summed.append(pl.Series(name, counted).shrink_dtype() if narrow else pl.Series(name, counted))
        named = pl.concat([self._wide(part.drop(self.measures)) for part in parts])[order[begins]]
        found = named.with_columns(summed).select(parts[0].columns)
        found = found if differs.all() else found.filter(differs)
        return _shrunk(found, _MEANINGS) if narrow else found

    def _wide(self, rows: pl.DataFrame) -> pl.DataFrame:
        wide = {**dict.fromkeys(_MEANINGS, _MEANING), **dict.fromkeys(self.measures, pl.Int64())}
        kinds = {name: wide[name] for name, kind in rows.schema.items() if name in wide and kind != wide[name]}
        return rows.cast(kinds) if kinds else rows  # type: ignore[arg-type]  # polars takes it


def _in_order(rows: pl.DataFrame) -> pl.DataFrame:
    """The rows in the order of their keys."""
    keys = rows[KEY].to_numpy()
    return rows if (keys[1:] >= keys[:-1]).all() else rows[np.argsort(keys, kind="stable")]


def _narrow(rows: pl.DataFrame, measures: Sequence[str]) -> Part:
    """In one piece; in a large one each column in as few bytes as its numbers fit into."""
    return Part((_shrunk(rows, [*measures, *_MEANINGS]) if rows.height >= LARGE else rows).rechunk())


def _shrunk(rows: pl.DataFrame, names: Sequence[str]) -> pl.DataFrame:
    return rows.with_columns(rows[name].shrink_dtype() for name in names if name in rows.columns)


def _cell(numbers: Sequence[Numbers], sizes: Sequence[int]) -> Numbers:
    """One number for those of several columns, the last of which counts up first."""
    cell = numbers[0]
    for values, size in zip(numbers[1:], sizes[1:], strict=True):
        cell = cell.astype(np.int64) * size + values
    return cell


def _add(total: Ints, cells: Numbers, counts: Numbers) -> None:
    # It sums doubles, which are exact up to 2^53.
    total += np.bincount(cells, counts, len(total)).astype(np.int64)
