"""By which channel dossiers came, by the level of their procedure."""

from datetime import date

import numpy as np
import polars as pl

from metrics._counters import Counters
from metrics._hierarchy import numbers_of
from metrics._part import LEVEL, LEVELS
from metrics._period import Period, day_number
from metrics._question import Question

_CHANNELS = ("received_online", "received_counter", "received_post")


def uptake(counters: Counters, unit: str, period: Period) -> pl.DataFrame:
    """Dossiers received in the period by a unit and all under it: level, received, received_online, _counter, _post.

    One row for each level (that of the day of receipt; null where no catalogue says it), the highest first; empty when
    nothing was received. ValueError for an unknown unit.
    """
    ask = Question(counters, period)
    measures, levels = ("received", *_CHANNELS), {LEVEL: LEVELS}
    counted = [
        counters.cells.counted(start, end, measures, levels, units)
        for start, end, units in ask.spans_with(_number(counters, unit, period.end))
    ]
    by_level = np.sum(counted, axis=0).T.tolist()
    rows = [(level or None, *counts) for level, counts in enumerate(by_level) if counts[0] > 0]
    return pl.DataFrame(rows[::-1], schema=dict.fromkeys(["level", *measures], pl.Int64), orient="row")


def _number(counters: Counters, unit: str, day: date) -> int:
    return numbers_of(counters.hierarchy, [unit], day_number(day))[0]
