"""Working days: Monday to Friday without the public holidays, with the make-up Saturdays that the calendar names."""

import numpy as np
import numpy.typing as npt
import polars as pl

_MONDAY_OF_EPOCH = 3  # 1970-01-01 was a Thursday


class WorkingDays:
    """Counts working days (Labour Code 2019, article 112; the make-up days of each year's announcement)."""

    def __init__(self, calendar: pl.DataFrame) -> None:
        """`calendar`: rows as in `store.tables.calendar_days`, kind "holiday" or "makeup"; it may be empty."""
        day = calendar["day"].cast(pl.Int32).cast(pl.Int64)
        weekend = (day + _MONDAY_OF_EPOCH) % 7 >= 5
        holiday = calendar["kind"] == "holiday"
        self._free = np.sort(day.filter(holiday & ~weekend).unique().to_numpy())
        self._made_up = np.sort(day.filter(~holiday & weekend).unique().to_numpy())

    def between(self, first: npt.NDArray[np.int64], last: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
        """How many working days lie after `first` up to and including `last` (days since 1970-01-01), at least 0."""
        worked: npt.NDArray[np.int64] = np.maximum(self._until(last) - self._until(first), 0)
        return worked

    def _until(self, day: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
        """Working days up to and including a day, counted from the Monday of the first week of 1970."""
        weeks, weekday = np.divmod(day + _MONDAY_OF_EPOCH, 7)
        ordinary = weeks * 5 + np.minimum(weekday + 1, 5)
        free = np.searchsorted(self._free, day, side="right")
        made_up = np.searchsorted(self._made_up, day, side="right")
        return np.asarray(ordinary - free + made_up, dtype=np.int64)
