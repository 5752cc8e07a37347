"""The last word when two states of one record have the same update time and are equally far on."""

from datetime import UTC, datetime, timedelta
from functools import lru_cache
from hashlib import blake2b

import msgspec
import numpy as np
import numpy.typing as npt
import polars as pl

from store.rows import Dossier, Row

_HASH_BYTES = 8
_ROUND = 1 << 8 * _HASH_BYTES
_EPOCH, _MICROSECOND = datetime(1970, 1, 1, tzinfo=UTC), timedelta(microseconds=1)
# Stands for what a dossier does not say; no count, no state and no instant of ours is so far below nought.
_NOTHING = -(1 << 62)
# Enough for every code of a province.
_REMEMBERED = 1 << 14


@lru_cache(_REMEMBERED)
def _text_number(text: str | bytes) -> int:
    digest = blake2b(text if isinstance(text, bytes) else text.encode(), digest_size=_HASH_BYTES)
    return int.from_bytes(digest.digest(), "big", signed=True)


# By field of a dossier, but for its key, an odd number of its own: a change of one field is never lost in the sum.
_FACTORS = {name: _text_number(name) | 1 for name in Dossier.__struct_fields__ if name != "source_id"}


def content_hash(row: Row) -> int:
    """A signed 64-bit number of all that the row holds; the same in every process and on every host.

    Of a dossier the sum of a number for each field (a text's hash, an instant's microseconds) times that field's own.
    """
    if not isinstance(row, Dossier):
        return _text_number.__wrapped__(msgspec.json.encode(row))
    summed = sum(factor * _number(getattr(row, name)) for name, factor in _FACTORS.items()) % _ROUND
    return summed - _ROUND if summed >= _ROUND // 2 else summed


def _number(value: str | datetime | int | None) -> int:
    if value is None:
        return _NOTHING
    if isinstance(value, str):
        return _text_number(value)
    return (value - _EPOCH) // _MICROSECOND if isinstance(value, datetime) else value


def content_hashes(dossiers: pl.DataFrame) -> pl.Series:
    """`content_hash` of each dossier of a frame with a column for each field of `Dossier`."""
    sums = np.zeros(dossiers.height, np.int64)
    for name, factor in _FACTORS.items():
        sums += _numbers(dossiers[name]) * np.int64(factor)
    return pl.Series(sums)


def _numbers(column: pl.Series) -> npt.NDArray[np.int64]:
    if column.dtype != pl.String:
        numbers = column.to_physical().cast(pl.Int64)
        return (numbers.fill_null(_NOTHING) if numbers.has_nulls() else numbers).to_numpy()
    texts = column.unique()
    numbers = pl.Series(list(map(_text_number, texts)), dtype=pl.Int64)
    return numbers.gather(column.cast(pl.Enum(texts)).to_physical()).to_numpy()
