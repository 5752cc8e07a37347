"""Running sums per measure, day and unit code, in blocks of days: a change costs the blocks that it touches."""

from bisect import bisect_right
from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from metrics._hierarchy import Ints
from metrics._part import Part, firsts

_BLOCK_DAYS = 16
Counts = npt.NDArray[np.int32]
# Sums since a block's begin most often fit into two bytes.
ShortCounts = npt.NDArray[np.int32] | npt.NDArray[np.int16]


class _Events(NamedTuple):
    """Counted events, by day: of each row its day and unit code, and per measure's number how many."""

    days: Ints
    codes: Ints
    counts: Mapping[int, Counts]

    def part(self, begin: int, end: int) -> "_Events":
        counts = {measure: counted[begin:end] for measure, counted in self.counts.items()}
        return _Events(self.days[begin:end], self.codes[begin:end], counts)

    def added_to(self, sums: Counts) -> Counts:
        """What was counted per measure and code, with these events."""
        total = sums.copy()
        for measure, counted in self.counts.items():
            np.add.at(total[measure], self.codes, counted)
        return total


class _Block(NamedTuple):
    """Days with an event; per measure and code what was counted before them; `running`: per measure that has an event
    among them the sums since the block's begin, an array of days × codes."""

    days: Ints
    before: Counts
    running: Mapping[int, ShortCounts]

    def after(self) -> Counts:
        """What was counted up to the block's end."""
        total = self.before.copy()
        for measure, running in self.running.items():
            total[measure] += running[-1]
        return total

    def plus(self, events: _Events) -> Iterator["_Block"]:
        """The block with these events, as one or several."""
        days = np.union1d(self.days, events.days)
        size = len(days) if len(days) <= 2 * _BLOCK_DAYS else _BLOCK_DAYS
        before = self.before
        for begin in range(0, len(days), size):
            own = days[begin : begin + size]
            first, last = np.searchsorted(events.days, own[0]), np.searchsorted(events.days, own[-1], side="right")
            block = _Block(own, before, dict(self._running(own, events.part(int(first), int(last)))))
            yield block
            before = block.after()

    def _running(self, days: Ints, events: _Events) -> Iterator[tuple[int, ShortCounts]]:
        same = np.array_equal(days, self.days)
        row = np.searchsorted(days, events.days)
        codes, place = np.unique(events.codes, return_inverse=True)
        counts = {measure: counted for measure, counted in events.counts.items() if counted.any()}
        for measure in sorted(self.running.keys() | counts.keys()):
            sums = self.running[measure] if same and measure in self.running else self._on(days, measure)
            if measure in counts:
                more = np.zeros((len(days), len(codes)), np.int32)
                more[row, place] = counts[measure]
                sums = _with(sums, codes, np.cumsum(more, axis=0, out=more))
            if sums.any():
                yield measure, sums

    def _on(self, days: Ints, measure: int) -> ShortCounts:
        """A measure's sums since the begin of these days, not all of which are ours."""
        if measure not in self.running:
            return np.zeros((len(days), self.before.shape[1]), np.int16)
        running = self.running[measure]
        since = np.concatenate([np.zeros_like(running[:1]), running])
        # Of each of the days, and of the one before them, how many of our days are over.
        over, over_before = np.searchsorted(self.days, days, side="right"), np.searchsorted(self.days, days[0])
        return _short(np.subtract(since[over], since[over_before], dtype=np.int32))


def _with(sums: ShortCounts, codes: Ints, more: Counts) -> ShortCounts:
    """The sums with something added to those of some codes."""
    total = sums[:, codes] + more
    fit = (total.astype(sums.dtype) == total).all()
    together: ShortCounts = sums.copy() if fit else sums.astype(np.int32)
    together[:, codes] = total
    return together


def _short(sums: Counts) -> ShortCounts:
    short = sums.astype(np.int16)
    return short if (short == sums).all() else sums


class Sums:
    """Running sums of measures by unit code (numbered as in the hierarchy); never changed once made.

    Only days with an event have a row: a stray date of the year 9999 costs one, not eight thousand years.
    """

    def __init__(self, measures: Sequence[str], codes: int, blocks: Sequence[_Block] = ()) -> None:
        self.measures = {name: number for number, name in enumerate(measures)}
        self._codes = codes
        self._blocks = blocks
        self._starts = [int(block.days[0]) for block in blocks]

    @property
    def megabytes(self) -> float:
        """How much memory the sums take."""
        arrays = [array for block in self._blocks for array in (block.before, *block.running.values())]
        return sum(array.nbytes for array in arrays) / 1e6

    def until(self, measure: str, day: int) -> Ints:
        """Per unit code the events of a measure up to and including a day."""
        return self._until(measure, day).astype(np.int64)

    def between(self, measure: str, first: int, last: int) -> Ints:
        """Per unit code the events of a measure from a day to another, both included."""
        return (self._until(measure, last) - self._until(measure, first - 1)).astype(np.int64)

    def _until(self, measure: str, day: int) -> Counts:
        """Per unit code the events of a measure up to and including a day; nobody may change them."""
        number, index = self.measures[measure], bisect_right(self._starts, day) - 1
        if index < 0:
            return np.zeros(self._codes, np.int32)
        block = self._blocks[index]
        total: Counts = block.before[number]
        if number in block.running:
            total = total + block.running[number][block.days.searchsorted(day, side="right") - 1]
        return total

    def first_day(self, measure: str) -> int | None:
        """The first day on which more was counted than taken back; None without one."""
        number = self.measures[measure]
        for block in self._blocks:
            if number in block.running:
                counted = np.flatnonzero(block.running[number].sum(axis=1) > 0)
                if len(counted):
                    return int(block.days[counted[0]])
        return None

    def plus(self, counted: Part) -> "Sums":
        """The sums after these events: rows with `day`, `unit_code` (of the codes' own kind) and measures."""
        measures = [name for name in counted.kinds if name in self.measures]
        if not counted.height or not measures:
            return self
        cells = counted.column("day").astype(np.int64)
        cells *= self._codes
        cells += counted.column("unit_code")
        order = None if (cells[1:] >= cells[:-1]).all() else np.argsort(cells, kind="stable")
        cells = cells if order is None else cells[order]
        begins = firsts(cells)
        counts = {}
        for name in measures:
            values = counted.column(name)
            summed = np.add.reduceat(values if order is None else values[order], begins, dtype=np.int64)
            if summed.any():
                counts[self.measures[name]] = summed.astype(np.int32)
        day, code = np.divmod(cells[begins], self._codes)
        return Sums([*self.measures], self._codes, list(self._after(_Events(day, code, counts))))

    def _after(self, events: _Events) -> Iterator[_Block]:
        nothing = np.zeros((len(self.measures), self._codes), np.int32)
        blocks = self._blocks or [_Block(np.zeros(0, np.int64), nothing, {})]
        # A day before all blocks falls into the first one, a day between two into the earlier.
        edges = [0, *np.searchsorted(events.days, self._starts[1:]).tolist(), len(events.days)]
        more = nothing
        for block, begin, end in zip(blocks, edges[:-1], edges[1:], strict=True):
            moved = block if more is nothing else block._replace(before=block.before + more)
            if begin == end:
                yield moved
            else:
                own = events.part(begin, end)
                yield from moved.plus(own)
                more = own.added_to(more)
