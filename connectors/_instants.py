"""Whole columns of local times, read by `_fields.parse_local_instant`: once for each day and each time of day."""

from collections.abc import Callable
from functools import lru_cache

import polars as pl

from connectors._fields import parse_local_instant

# Since then the local zone is UTC+7 without a change: an instant is its day's begin and its time of day.
_FIRST_STEADY = 19760101_000000
_ANY_DAY = "20000101"
_CLOCK = 10**6
# More than all days of a century, and all times of a day.
_REMEMBERED = 100_000


def local_instants(texts: pl.Series) -> tuple[pl.Series, pl.Series]:
    """The instants of times written yyyyMMddHHmmss (null where nothing was given), and which texts are none of these
    or so early that one must be read by itself."""
    given = texts.is_not_null() & (texts != "")
    # Fourteen bytes that make so large a number are fourteen digits.
    numbers = texts.set(texts.str.len_bytes() != len(str(_FIRST_STEADY)), None).cast(pl.Int64, strict=False)
    numbers = numbers.set(numbers < _FIRST_STEADY, None)
    moments = _each(numbers // _CLOCK, _begin_of) + _each(numbers % _CLOCK, _since_midnight)
    return moments.cast(pl.Datetime("us", "UTC")), (given & moments.is_null()).fill_null(value=False)


def _each(numbers: pl.Series, meaning: Callable[[int], int | None]) -> pl.Series:
    distinct = numbers.drop_nulls().unique().to_list()
    return numbers.replace_strict(distinct, [meaning(one) for one in distinct], default=None, return_dtype=pl.Int64)


@lru_cache(maxsize=_REMEMBERED)
def _begin_of(day: int) -> int | None:
    """Microseconds since 1970 when a local day yyyyMMdd begins; None where it is no day."""
    return _microseconds(f"{day}000000")


@lru_cache(maxsize=_REMEMBERED)
def _since_midnight(clock: int) -> int | None:
    """Microseconds from midnight to a time HHmmss; None where it is no time."""
    moment, midnight = _microseconds(f"{_ANY_DAY}{clock:06}"), _microseconds(f"{_ANY_DAY}000000")
    return None if moment is None or midnight is None else moment - midnight


def _microseconds(text: str) -> int | None:
    moment = parse_local_instant(text)
    return None if moment is None else round(moment.timestamp()) * 10**6
