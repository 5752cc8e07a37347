"""Frames made of arrays at once, without a copy: column by column, a frame costs as much as what stands in it."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import polars as pl
import pyarrow as pa

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]
_KINDS = {np.dtype(np.int64): pa.int64(), np.dtype(np.float64): pa.float64()}
_VIEW = np.dtype("V16")


def frame_of(columns: Mapping[str, pa.Array]) -> pl.DataFrame:
    """A frame of these columns, all of one length."""
    return pl.Series(_Handed(pa.StructArray.from_arrays([*columns.values()], [*columns]))).struct.unnest()


class _Handed:
    """An array as polars takes it from any library: to take it as pyarrow's, it would load all of pyarrow's functions,
    11 MB that nobody else needs."""

    def __init__(self, array: pa.Array) -> None:
        self._array = array

    def __arrow_c_array__(self, requested_schema: object = None) -> tuple[object, object]:  # its name in the protocol
        handed: tuple[object, object] = self._array.__arrow_c_array__(requested_schema)
        return handed


class Known(NamedTuple):
    """Which rows of a column are known, the others are null; columns with the same nulls share it. `bits` None: all."""

    bits: pa.Buffer | None

    @classmethod
    def of(cls, flags: Flags) -> "Known":
        """Those with a flag."""
        return ALL if flags.all() else cls(pa.py_buffer(np.packbits(flags, bitorder="little")))

    @classmethod
    def told(cls, values: Floats) -> "Known":
        """Those that are not NaN."""
        return cls.of(~np.isnan(values))

    @classmethod
    def first(cls, number: int, count: int) -> "Known":
        """The first of so many."""
        return cls.of(np.arange(count) < number)


ALL = Known(None)


def numbers(values: Ints | Floats, known: Known = ALL) -> pa.Array:
    """A column of numbers that nobody will change."""
    return pa.Array.from_buffers(_KINDS[values.dtype], len(values), [known.bits, pa.py_buffer(values)])


def no_texts(count: int) -> pa.Array:
    """A column of texts, all null."""
    return pa.nulls(count, pa.string_view())


class Texts:
    """Texts that are asked for by their numbers, often many at once."""

    def __init__(self, texts: Sequence[str]) -> None:
        # Of a text this kind of array holds sixteen bytes that say where it is: only these are copied.
        # Not by pyarrow's own `array`: it would load all of pandas, 20 MB that nobody else needs.
        held = pl.Series(texts, dtype=pl.String).to_arrow(compat_level=pl.CompatLevel.newest())
        _, views, *self._bytes = held.buffers()
        self._views = np.frombuffer(views, _VIEW)

    def of(self, chosen: Ints, known: Known = ALL) -> pa.Array:
        """A column of the texts of these numbers."""
        views = pa.py_buffer(self._views.take(chosen))
        return pa.Array.from_buffers(pa.string_view(), len(chosen), [known.bits, views, *self._bytes])
