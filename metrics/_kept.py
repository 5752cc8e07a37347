"""Counts by key in memory: what changed is laid beside what was counted, so that a change costs what it holds itself.

A key is one whole number with the day in its upper bits, so that a span of days is one stretch of every part. Counts of
one key in several parts add up. A part that has grown to a quarter of the one before is merged into it: there are few,
and each row is merged a few times at most.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence

import numpy as np
import polars as pl

from metrics._hierarchy import Ints
from metrics._part import DAY, KEY, KINDS, LARGE, Chosen, Kinds, Numbers, Part, firsts, frame_of_numbers

_GROWN = 4
# Of so many numbers an array lies by itself, not among the small blocks, and takes no memory before they are there.
_ROOM = 1 << 20
_ALL: Chosen = {}
# What a key means: numbers of this type as they are read and as whoever asks is given them.
_MEANINGS, _MEANING = ("day", "first_day", "unit", "first_unit", "procedure"), pl.Int32()


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
    def of(cls, parts: Iterable[Part], measures: Sequence[str]) -> "Kept":
        """The rows of all, of which none shares its key with another: there is one part at least.

        Each is taken over before the one after the next is asked for: of all nothing but narrow columns is ever held.
        """
        columns, kinds = dict[str, _Growing](), dict[str, pl.DataType]()
        for part in parts:
            kinds = dict(part.kinds)
            for name in kinds:
                values = part.column(name)
                columns.setdefault(name, _Growing()).add(_short(values) if name in (*_MEANINGS, *measures) else values)
        order = np.argsort(columns[KEY].numbers, kind="stable").astype(np.int32)
        # The rows as they came are let go column by column.
        ordered: dict[str, Numbers] = {name: columns.pop(name).numbers[order] for name in kinds}
        return cls([Part.of_numbers(ordered, _kinds(ordered, kinds))], measures)

    def between(self, first: int | None, last: int, *columns: str, chosen: Chosen = _ALL) -> pl.DataFrame:
        """The day and these columns of the chosen rows of the days from `first` (None: the first of all) to `last`,
        both included.

        A key may come more than once; its counts add up, and single ones may be below 0.
        """
        wanted = [DAY, *(name for name in columns if name != DAY)]
        found = [(part, part.places(first, last, chosen)) for part in self.parts]
        rows = {name: _joined([part.column(name)[places] for part, places in found]) for name in wanted}
        return frame_of_numbers(rows, self._wide())

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
        return self._summed(self.parts).rows

    def in_pieces(self, rows: int) -> Iterator[pl.DataFrame]:
        """The same, about so many at a time: one frame at least."""
        keys = [part.column(KEY) for part in self.parts]
        bounds = max(keys, key=len)[rows::rows]
        ends = [[0, *of_part.searchsorted(bounds).tolist(), len(of_part)] for of_part in keys]
        for number in range(len(bounds) + 1):
            pieces = [part.stretch(*end[number : number + 2]) for part, end in zip(self.parts, ends, strict=True)]
            yield self._summed(pieces).rows

    def difference(self, rows: Part) -> Part:
        """What must be added so that the keys of these rows count what the rows say."""
        wanted, counts = rows.column(KEY), {name: rows.column(name).astype(np.int64) for name in self.measures}
        for part in self.parts:
            keys = part.column(KEY)
            at = np.searchsorted(keys, wanted)
            here = np.flatnonzero(keys[np.minimum(at, len(keys) - 1)] == wanted) if len(keys) else at[:0]
            if len(here):
                for name, counted in counts.items():
                    counted[here] -= part.column(name)[at[here]]
        differs = np.zeros(len(wanted), np.bool_)
        for counted in counts.values():
            differs |= counted != 0
        columns = {name: counts[name] if name in counts else rows.column(name) for name in rows.kinds}
        return Part.of_numbers(columns, self._wide()).only(differs)

    def plus(self, difference: Part) -> "Kept":
        """The counts after adding these rows."""
        if not difference.height:
            return self
        parts = [*self.parts, _narrow(difference, self.measures)]
        while len(parts) > 1 and parts[-1].height * _GROWN >= parts[-2].height:
            later, earlier = parts.pop(), parts.pop()
            parts.append(self._summed([earlier, later], narrow=earlier.height + later.height >= LARGE))
        return Kept(parts, self.measures)

    def _summed(self, parts: Sequence[Part], *, narrow: bool = False) -> Part:
        """A measure at a time: widened all at once, those of a province would take half a gigabyte."""
        keys = np.concatenate([part.column(KEY) for part in parts])
        order = np.argsort(keys, kind="stable")
        begins = firsts(keys[order])
        differs, columns = np.zeros(len(begins), np.bool_), {}
        for name in parts[0].kinds:
            values = np.concatenate([part.column(name) for part in parts])[order]
            if name in self.measures:
                values = np.add.reduceat(values, begins, dtype=np.int64) if len(values) else values.astype(np.int64)
                differs |= values != 0
            else:
                values = values[begins]
            columns[name] = _short(values) if narrow and name in (*_MEANINGS, *self.measures) else values
        return Part.of_numbers(columns, _kinds(columns, self._wide()) if narrow else self._wide()).only(differs)

    def _wide(self) -> Kinds:
        """What the columns are in a frame of counts that add up."""
        wide: Kinds = {**dict.fromkeys(_MEANINGS, _MEANING), **dict.fromkeys(self.measures, pl.Int64())}
        return {name: wide.get(name, kind) for name, kind in self.parts[0].kinds.items()}


class _Growing:
    """A column that comes in pieces, each number in as many bytes as in the widest of these."""

    def __init__(self) -> None:
        self._room: Numbers = np.empty(_ROOM, np.int8)
        self._count = 0

    @property
    def numbers(self) -> Numbers:
        """All that has come."""
        return self._room[: self._count]

    def add(self, piece: Numbers) -> None:
        numbers, count = self.numbers, self._count + len(piece)
        kind = np.result_type(numbers, piece) if len(numbers) else piece.dtype
        if count > len(self._room) or kind != self._room.dtype:
            self._room = np.empty(
                len(self._room) if count <= len(self._room) else max(count, 2 * len(self._room)), kind
            )
            self._room[: len(numbers)] = numbers
        self._room[len(numbers) : count] = piece
        self._count = count


def _joined(columns: Sequence[Numbers]) -> Numbers:
    return columns[0] if len(columns) == 1 else np.concatenate(columns)


def _narrow(rows: Part, measures: Sequence[str]) -> Part:
    """In a large one each column in as few bytes as its numbers fit into."""
    if rows.height < LARGE:
        return rows
    short = (*_MEANINGS, *measures)
    columns = {name: rows.column(name) for name in rows.kinds}
    columns = {name: _short(values) if name in short else values for name, values in columns.items()}
    return Part.of_numbers(columns, _kinds(columns, rows.kinds))


def _kinds(columns: Mapping[str, Numbers], wide: Kinds) -> Kinds:
    """What these columns are in a frame, numbers in as few bytes as here."""
    return {name: KINDS[columns[name].dtype] if kind.is_integer() else kind for name, kind in wide.items()}


def _short(numbers: Numbers) -> Numbers:
    """In as few bytes as they fit into."""
    least, most = numbers.min(initial=0), numbers.max(initial=0)
    kind = next(kind for kind in KINDS if np.iinfo(kind).min <= least and most <= np.iinfo(kind).max)
    return numbers.astype(kind, copy=False)


def _cell(numbers: Sequence[Numbers], sizes: Sequence[int]) -> Numbers:
    """One number for those of several columns, the last of which counts up first."""
    cell = numbers[0]
    for values, size in zip(numbers[1:], sizes[1:], strict=True):
        cell = cell.astype(np.int64) * size + values
    return cell


def _add(total: Ints, cells: Numbers, counts: Numbers) -> None:
    # It sums doubles, which are exact up to 2^53.
    total += np.bincount(cells, counts, len(total)).astype(np.int64)
