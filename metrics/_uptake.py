"""By which channel dossiers came, by the level of their procedure."""

from datetime import date

import polars as pl

from metrics._counters import Counters
from metrics._hierarchy import numbers_of
from metrics._period import Period, day_number
from metrics._question import Question

_CHANNELS = ("received_online", "received_counter", "received_post")


def uptake(counters: Counters, unit: str, period: Period) -> pl.DataFrame:
    """Dossiers received in the period by a unit and all under it: level, received, received_online, _counter, _post.

    One row for each level (that of the day of receipt; null where no catalogue says it), the highest first; empty when
    nothing was received. ValueError for an unknown unit.
    """
    ask = Question(counters, period)
    spans = ask.spans_with(_number(counters, unit, period.end))
    columns = ("level", "received", *_CHANNELS)
    within = pl.concat([counters.cells.between(start, end, *columns, chosen=units) for start, end, units in spans])
    by_level = within.group_by("level").agg(pl.col("received", *_CHANNELS).sum())
    return by_level.filter(pl.col("received") > 0).sort("level", descending=True)


def _number(counters: Counters, unit: str, day: date) -> int:
    return numbers_of(counters.hierarchy, [unit], day_number(day))[0]
