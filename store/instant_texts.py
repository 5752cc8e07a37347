"""Instants as text, put together of tables of days and of seconds of a day: half of what formatting each one costs."""

from datetime import date
from functools import cache

import polars as pl

_SECOND, _DAY = 1_000_000, 86_400
# Days of these years are in the table, which has them from the day on that is number 0.
_FIRST, _LAST = date(1970, 1, 1), date(2100, 12, 31)


def instant_text(column: str) -> pl.Expr:
    """An instant column as texts such as 2021-12-10T08:00:00Z, null where it is null; if one of its instants has a part
    of a second, all of them are written with six digits of it."""
    return pl.col(column).map_batches(_texts, pl.String, is_elementwise=True)


def _texts(instants: pl.Series) -> pl.Series:
    microseconds = instants.to_physical()
    seconds = microseconds // _SECOND
    days = seconds // _DAY
    if not (seconds * _SECOND == microseconds).all():
        return instants.dt.to_string("%Y-%m-%dT%H:%M:%S%.6fZ")
    if not days.is_between(0, (_LAST - _FIRST).days).all():
        return instants.dt.to_string("%Y-%m-%dT%H:%M:%SZ")
    parts = pl.DataFrame([_days().gather(days).alias("day"), _seconds().gather(seconds - days * _DAY).alias("second")])
    return parts.select(pl.concat_str("day", "second")).to_series()


@cache
def _days() -> pl.Series:
    return pl.date_range(_FIRST, _LAST, eager=True).dt.to_string("%Y-%m-%dT")


@cache
def _seconds() -> pl.Series:
    return (pl.int_range(_DAY, eager=True) * _SECOND).cast(pl.Datetime("us")).dt.to_string("%H:%M:%SZ")
