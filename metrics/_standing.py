"""For whom records count: the units of their own time, or those of one later day (`units="today"`)."""

from datetime import date
from typing import Literal, TypeVar

import numpy as np
import numpy.typing as npt
import polars as pl

from metrics._counters import Counters
from metrics._hierarchy import Ints, Tree
from metrics._period import Period, day_number

Number = TypeVar("Number", np.int64, np.bool_)
Units = Literal["period", "today"]


class Standing:
    """The hierarchy that a question is asked in.

    `day` is the one whose units are asked about. With the units of the period a record counts in the hierarchy of its
    own day. With today's it counts for the unit that took over from its own, in the hierarchy of `day`.
    """

    def __init__(self, counters: Counters, period: Period, units: Units, today: date | None) -> None:
        """`today` None: the period's last day."""
        self.hierarchy = counters.hierarchy
        self.day = day_number(today if today and units == "today" else period.end)
        self.units: Units = units
        self.mapped: Ints | None = counters.successions.mapped(self.day) if units == "today" else None
        span = (day_number(period.start), day_number(period.end))
        # Within each of these spans of days a code means the same unit.
        self.segments = self.hierarchy.segments(*span)
        # Within each of these a record of a unit counts for the same units.
        self.spans = [span] if self.mapped is not None else self.segments

    def tree(self, day: int) -> Tree:
        """The hierarchy in which a record of a day counts."""
        return self.hierarchy.tree_on(day if self.mapped is None else self.day)

    def own(self, own: npt.NDArray[Number]) -> npt.NDArray[Number]:
        """What units of their time have themselves, as what the units asked about have; flags are joined by or."""
        if self.mapped is None:
            return own
        moved = np.zeros_like(own)
        np.add.at(moved, self.mapped, own)
        return moved

    def column(self, name: str) -> pl.Expr:
        """A column of unit numbers, each as the unit that counts for it."""
        if self.mapped is None:
            return pl.col(name)
        return pl.lit(pl.Series(self.mapped, dtype=pl.Int32)).gather(pl.col(name)).alias(name)

    def in_force(self) -> list[int]:
        """The numbers of the units in force on the day asked about."""
        return self.hierarchy.in_force(self.day)
