"""Running sums per measure, day and unit code; after a change only from the first changed day on."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import polars as pl

_KEYS = {"unit", "procedure", "unit_code", "procedure_code", "day", "level"}


class Sums(NamedTuple):
    """Running sums: `values[measure, i, code]` counts all events on the first i of the sorted `days`.

    `besides`: sums of some of the measures that are counted as well, of the same codes.
    """

    days: npt.NDArray[np.int64]
    measures: Mapping[str, int]
    values: npt.NDArray[np.int32]
    besides: "Sums | None" = None

    def until(self, measure: str, day: int) -> npt.NDArray[np.int64]:
        """Per unit code (numbered as in the hierarchy) the events of a measure up to and including a day."""
        index = int(np.searchsorted(self.days, day, side="right"))
        own = np.asarray(self.values[self.measures[measure], index], dtype=np.int64)
        if self.besides is None or measure not in self.besides.measures:
            return own
        return own + self.besides.until(measure, day)

    def before(self, day: int) -> "Sums":
        """The sums of the days before one, without what is counted besides."""
        index = int(np.searchsorted(self.days, day))
        return Sums(self.days[:index], self.measures, self.values[:, : index + 1])


def running_sums(frames: Sequence[pl.DataFrame], codes: Mapping[str, int], earlier: Sums | None = None) -> Sums:
    """The sums of all columns that are measures, of the codes given.

    `earlier`: sums of the same measures and codes, of days before all days of the frames, to go on from. Only days with
    an event have a slice: a stray date of the year 9999 costs one slice, not eight thousand years.
    """
    frames = [frame.filter(pl.col("unit_code").is_in(codes.keys())) for frame in frames]
    days = np.unique(np.concatenate([frame["day"].to_numpy() for frame in frames]))
    names = [name for frame in frames for name in frame.columns if name not in _KEYS]
    values = np.zeros((len(names), len(days) + 1, len(codes)), dtype=np.int32)
    if earlier is not None:
        values[:, 0] = earlier.values[:, -1]
    row = 0
    for frame in frames:
        measures = [name for name in frame.columns if name not in _KEYS]
        daily = frame.group_by("day", "unit_code").agg(pl.col(measures).sum())
        place = np.searchsorted(days, daily["day"].to_numpy()) + 1
        code = np.array([codes[name] for name in daily["unit_code"]], dtype=np.int64)
        for measure in measures:
            values[row, place, code] = daily[measure].to_numpy()
            row += 1
    np.cumsum(values, axis=1, out=values)
    if earlier is not None:
        days = np.concatenate([earlier.days, days])
        values = np.concatenate([earlier.values, values[:, 1:]], axis=1)
    return Sums(days, {name: index for index, name in enumerate(names)}, values)
