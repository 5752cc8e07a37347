"""A stretch of counts in memory: its columns as numbers, and where among them the rows of a unit or procedure are."""

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt
import polars as pl

from metrics._hierarchy import Ints

KEY, DAY, LEVEL = "key", "day", "level"
# A key is one whole number: the day in its upper bits, and of what tells rows of one day apart each part has its bits.
DAY_SHIFT, PROCEDURE_BITS, FIRST_DAY_SHIFT = 41, 20, 19
PAIRS = pl.Enum(["entry", "processing"])
# The columns of the daily tables that do not count.
NAMING = frozenset({"unit_code", "procedure_code", "pair", "day", "first_day", "second_day"})
# What cells count besides.
DERIVED = ("received", "received_l34", "online_l34", "online_l4")
# Levels are 2, 3 and 4. What stands among numbers for one that no catalogue says; in a frame it is null.
NO_LEVEL, LEVELS = 0, 5
# In fewer rows those asked about are found as fast without an index.
LARGE = 20_000
_SHORT = 2**16
_BEFORE_ALL_DAYS = 719_163  # 1 January of the year 1 is -719,162
# So many times fewer rows must be chosen for the index to be the shorter way.
_FEWER = 4

Numbers = npt.NDArray[np.integer]
# Columns of numbers (unit, unit_code, procedure), and of each which of its numbers are asked about.
Chosen = Mapping[str, npt.NDArray[np.bool_]]
Places = slice | Numbers
# Types of numbers, as numpy and as a frame has them, from the shortest on.
KINDS = {np.dtype(kind.__name__.lower()): kind() for kind in (pl.Int8, pl.Int16, pl.Int32, pl.Int64)}
# Of each column its type in a frame.
Kinds = Mapping[str, pl.DataType]


def firsts(ordered: Numbers) -> Ints:
    """Where among ordered numbers each one comes first; of none, nowhere."""
    new = np.ones(len(ordered), np.bool_)
    new[1:] = ordered[1:] != ordered[:-1]
    return np.flatnonzero(new)


def day_bits(days: Ints, shift: int = DAY_SHIFT) -> Ints:
    """Days as the 22 bits of a key above the first `shift`."""
    return (days + _BEFORE_ALL_DAYS) << shift


class Part:
    """Rows of which none shares its key with another, sorted by key and in one piece; never changed once made."""

    def __init__(self, rows: pl.DataFrame) -> None:
        self.kinds: Kinds = rows.schema
        self.height = rows.height
        self._rows: pl.DataFrame | None = rows
        self._columns: dict[str, Numbers] = {}
        self._indexes: dict[str, tuple[Numbers, Ints]] = {}

    @classmethod
    def of_numbers(cls, columns: Mapping[str, Numbers], kinds: Kinds) -> "Part":
        """The rows that have these columns, as `column` gives them; `kinds`: what these are in a frame.

        Of the few rows of a poll a frame would cost more than all that is done with them: it is made when it is asked
        for.
        """
        part = cls(pl.DataFrame())
        part.kinds, part.height, part._rows, part._columns = kinds, len(columns[KEY]), None, dict(columns)
        return part

    @property
    def rows(self) -> pl.DataFrame:
        """All as a frame."""
        if self._rows is None:
            # The frame's columns are views of these: nothing but the codes is held twice.
            self._rows = frame_of_numbers({name: self._columns[name] for name in self.kinds}, self.kinds)
        return self._rows

    def column(self, name: str) -> Numbers:
        """A column as numbers; a code as the one of its kind, no level as NO_LEVEL."""
        found = self._columns.get(name)
        if found is None:
            column = self.rows[name]
            if column.dtype == pl.Enum:
                column = column.to_physical()
            found = (column.fill_null(NO_LEVEL) if name == LEVEL else column).to_numpy()
            self._columns[name] = found
        return found

    def only(self, flags: npt.NDArray[np.bool_]) -> "Part":
        """The rows with a flag."""
        return (
            self
            if flags.all()
            else Part.of_numbers({name: self.column(name)[flags] for name in self.kinds}, self.kinds)
        )

    def stretch(self, begin: int, end: int) -> "Part":
        """The rows from one to before another, by their places."""
        return Part.of_numbers({name: self.column(name)[begin:end] for name in self.kinds}, self.kinds)

    def places(self, first: int | None, last: int, chosen: Chosen) -> Places:
        """Where the chosen rows of the days from `first` (None: the first of all) to `last`, both included, are."""
        begin = 0 if first is None else self._rows_until(first - 1)
        found: Places = slice(begin, self._rows_until(last))
        for name, numbers in chosen.items():
            if numbers.all():
                continue
            if isinstance(found, slice):
                found = self._among(found, name, numbers)
            else:
                found = found[numbers[self.column(name)[found]]]
        return found

    def _rows_until(self, day: int) -> int:
        """How many rows are of this day or one before it."""
        days = self.column(DAY)
        kind = np.iinfo(days.dtype)
        if not kind.min <= day <= kind.max:
            return 0 if day < kind.min else len(days)
        # Were the day of another type, numpy would first make all days numbers of that type.
        return int(days.searchsorted(days.dtype.type(day), side="right"))

    def _among(self, rows: slice, name: str, chosen: npt.NDArray[np.bool_]) -> Numbers:
        """Where among these rows a column has one of the numbers chosen."""
        if rows.stop - rows.start > LARGE:
            order, begins = self._index(name, len(chosen))
            numbers = np.flatnonzero(chosen)
            if (begins[numbers + 1] - begins[numbers]).sum() * _FEWER < rows.stop - rows.start:
                bounds = np.array([rows.start, rows.stop], order.dtype)
                each = (order[begins[number] : begins[number + 1]] for number in numbers)
                return np.concatenate([order[:0], *(own[slice(*own.searchsorted(bounds))] for own in each)])
        found: Ints = rows.start + np.flatnonzero(chosen[self.column(name)[rows]])
        return found

    def _index(self, name: str, numbers: int) -> tuple[Numbers, Ints]:
        """The places of all rows by the number in a column; and where those of each of the numbers begin."""
        if name not in self._indexes:
            column = self.column(name)
            # Short numbers are sorted without comparing them.
            order = np.argsort(column.astype(np.uint16) if numbers <= _SHORT else column, kind="stable")
            begins = np.concatenate([[0], np.cumsum(np.bincount(column, minlength=numbers))])
            self._indexes[name] = order.astype(np.int32), begins
        return self._indexes[name]


def frame_of_numbers(columns: Mapping[str, Numbers], kinds: Kinds) -> pl.DataFrame:
    """A frame of columns as `Part.column` gives them; `kinds`: what they are in a frame."""
    return pl.DataFrame([_series(name, numbers, kinds[name]) for name, numbers in columns.items()])


def _series(name: str, numbers: Numbers, kind: pl.DataType) -> pl.Series:
    if kind == pl.Enum:
        return pl.Series(name, numbers).cat.to(kind)
    if name == LEVEL:
        return pl.Series(name, numbers, dtype=kind).replace(NO_LEVEL, None)
    return pl.Series(name, numbers, dtype=kind)
