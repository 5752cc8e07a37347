"""The last word when two states of one record have the same update time and are equally far on."""

from hashlib import blake2b

import msgspec
import numpy as np
import polars as pl

from store.instant_texts import instant_text
from store.rows import Dossier, Row

_FIELDS = Dossier.__struct_fields__
# What JSON writes otherwise than it stands.
_ESCAPED = r'["\\\x00-\x1f\x7f]'
_HASH_BYTES = 8
_INSTANT, _SECOND = pl.Datetime("us", "UTC"), 1_000_000


def content_hash(row: Row) -> int:
    """A signed 64-bit number of all that the row holds; the same in every process and on every host."""
    return int.from_bytes(_digest(msgspec.json.encode(row)), "big", signed=True)


def content_hashes(dossiers: pl.DataFrame) -> pl.Series:
    """`content_hash` of each dossier of a frame with a column for each field of `Dossier`."""
    plain = dossiers.select(_is_plain(dossiers).alias("plain"))["plain"]
    if not plain.all():
        return pl.Series([content_hash(Dossier(**values)) for values in dossiers.to_dicts()], dtype=pl.Int64)
    begins = [f'{sign}"{name}":' for name, sign in zip(_FIELDS, "{" + "," * (len(_FIELDS) - 1), strict=True)]
    pieces = [_json(begin, name, dossiers.schema[name]) for begin, name in zip(begins, _FIELDS, strict=True)]
    texts = dossiers.select(text=pl.concat_str(*pieces, pl.lit("}")))["text"]
    # Not by `_digest`: here the call would cost a third more.
    digests = b"".join([blake2b(text, digest_size=_HASH_BYTES).digest() for text in texts.cast(pl.Binary)])
    return pl.Series(np.frombuffer(digests, dtype=">i8").astype(np.int64), dtype=pl.Int64)


def _digest(text: bytes) -> bytes:
    return blake2b(text, digest_size=_HASH_BYTES).digest()


def _is_plain(dossiers: pl.DataFrame) -> pl.Expr:
    """Whether a dossier's JSON can be put together of its columns: no text with escaped signs, no part of a second."""
    texts = [pl.col(name).str.contains(_ESCAPED) for name in _FIELDS if dossiers.schema[name] == pl.String]
    parts = [pl.col(name).to_physical() % _SECOND != 0 for name in _FIELDS if dossiers.schema[name] == _INSTANT]
    return ~pl.any_horizontal(*texts, *parts).fill_null(value=False)


def _json(begin: str, name: str, kind: pl.DataType) -> pl.Expr:
    """A field's JSON behind `begin`, in as few pieces as can be: each piece of a text costs as much as its signs."""
    column = pl.col(name)
    if kind == pl.Boolean:
        return pl.when(column).then(pl.lit(begin + "true")).otherwise(pl.lit(begin + "false"))
    if kind == _INSTANT or kind == pl.String:
        told = instant_text(name) if kind == _INSTANT else column
        text = pl.concat_str(pl.lit(begin + '"'), told, pl.lit('"'))
    else:
        text = pl.concat_str(pl.lit(begin), column.cast(pl.String))
    return text.fill_null(begin + "null")
