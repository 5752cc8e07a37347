"""Whole columns of local times, as `_fields.parse_local_instant` reads each of them."""

from datetime import timedelta

import polars as pl

# Between these the local zone is UTC+7 without a change, and no year is implausible.
_FIRST_STEADY, _TOO_LATE = 19760101_000000, 21010101_000000
_AHEAD = timedelta(hours=7)


def local_instants(texts: pl.Series) -> tuple[pl.Series, pl.Series]:
    """The instants of times written yyyyMMddHHmmss (null where nothing was given), and which texts are none of these
    or so early that one must be read by itself."""
    given = texts.is_not_null() & (texts != "")
    # Fourteen bytes that make so large a number are fourteen digits.
    digits = texts.set(texts.str.len_bytes() != len(str(_FIRST_STEADY)), None)
    numbers = digits.cast(pl.Int64, strict=False)
    # A second 60 would be taken for a leap second.
    steady = (numbers >= _FIRST_STEADY) & (numbers < _TOO_LATE) & (numbers % 100 < 60)
    local = digits.set(~steady.fill_null(value=False), None).str.to_datetime(
        "%Y%m%d%H%M%S", time_unit="us", strict=False
    )
    moments = (local - _AHEAD).dt.replace_time_zone("UTC")
    return moments, (given & moments.is_null()).fill_null(value=False)
