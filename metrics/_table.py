"""Frames made of arrays at once, without a copy: column by column, a frame costs as much as what stands in it."""

from collections.abc import Mapping, Sequence

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
    return pl.Series(pa.StructArray.from_arrays([*columns.values()], [*columns])).struct.unnest()


def numbers(values: Ints | Floats, known: Flags | None = None) -> pa.Array:
    """Numbers that nobody will change, null where they are not `known` (None: where they are NaN)."""
    bits = np.packbits(~np.isnan(values) if known is None else known, bitorder="little")
    return pa.Array.from_buffers(_KINDS[values.dtype], len(values), [pa.py_buffer(bits), pa.py_buffer(values)])


class Texts:
    """Texts that are asked for by their numbers, often many at once."""

    def __init__(self, texts: Sequence[str]) -> None:
        # Of a text this kind of array holds sixteen bytes that say where it is: only these are copied.
        # Not by pyarrow's own `array`: it would load all of pandas, 20 MB that nobody else needs.
        held = pl.Series(texts, dtype=pl.String).to_arrow(compat_level=pl.CompatLevel.newest())
        _, views, *self._bytes = held.buffers()
        self._views = np.frombuffer(views, _VIEW)

    def of(self, chosen: Ints, known: Flags | None = None) -> pa.Array:
        """The texts of these numbers, null where they are not `known` (None: all are)."""
        bits = None if known is None else pa.py_buffer(np.packbits(known, bitorder="little"))
        views = pa.py_buffer(self._views[chosen])
        return pa.Array.from_buffers(pa.string_view(), len(chosen), [bits, views, *self._bytes])
