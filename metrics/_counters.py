"""The counters of a whole store in memory: running sums per measure, day and unit code, and the cells by procedure.

Any figure of all units for any period is one subtraction of two slices of the running sums, rolled up the hierarchy:
the cost depends on the number of units, not on the dossiers nor on the length of the period.
"""

from collections.abc import Callable, Hashable, Mapping
from datetime import date
from functools import cached_property
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import polars as pl

from metrics._asked import Asked, Told
from metrics._calendar import WorkingDays
from metrics._hierarchy import Hierarchy
from metrics._period import EPOCH, Period, day_number
from metrics._procedures import Procedures
from metrics._returned import Returns
from metrics._succession import Successions
from store.reads import Snapshot

_RECEIVED = pl.col("received_counter") + pl.col("received_online") + pl.col("received_post")
_L34, _L4 = (pl.col("level") >= 3).fill_null(value=False), (pl.col("level") == 4).fill_null(value=False)
_KEYS = {"unit", "procedure", "unit_code", "procedure_code", "day", "level"}


class Sums(NamedTuple):
    """Running sums: `values[measure, i, code]` counts all events on the first i of the sorted `days`."""

    days: npt.NDArray[np.int64]
    measures: Mapping[str, int]
    values: npt.NDArray[np.int32]

    def until(self, measure: str, day: int) -> npt.NDArray[np.int64]:
        """Per unit code (numbered as in the hierarchy) the events of a measure up to and including a day."""
        index = int(np.searchsorted(self.days, day, side="right"))
        return np.asarray(self.values[self.measures[measure], index], dtype=np.int64)


class Counters:
    """Everything that figures are computed from, at one version of the store; never changed once made."""

    def __init__(self, snapshot: Snapshot) -> None:
        self.snapshot = snapshot
        self.version = snapshot.version
        self.hierarchy = Hierarchy(snapshot.units)
        self.procedures = Procedures(snapshot.procedures)
        self.working_days = WorkingDays(snapshot.calendar)
        self.successions = Successions(snapshot.successions, self.hierarchy)
        self.returns = Returns(snapshot.returns, self.hierarchy)
        resolution = self.hierarchy.resolution()
        cells = snapshot.dossier_days.sort("day")
        cells = cells.join_asof(resolution, on="day", by="unit_code", check_sortedness=False)
        cells = cells.join_asof(self.procedures.levels(), on="day", by="procedure_code", check_sortedness=False)
        online = pl.col("received_online")
        self.cells = cells.filter(pl.col("unit").is_not_null()).with_columns(
            received=_RECEIVED,
            received_l34=_RECEIVED * _L34,
            online_l34=online * _L34,
            online_l4=online * _L4,
        )
        first = resolution.rename({"day": "first_day", "unit": "first_unit"})
        pairs = snapshot.day_pairs.sort("first_day").join_asof(
            first, on="first_day", by="unit_code", check_sortedness=False
        )
        pairs = pairs.with_columns(day="second_day").sort("day")
        pairs = pairs.join_asof(resolution, on="day", by="unit_code", check_sortedness=False)
        self.pairs = pairs.filter(pl.col("unit").is_not_null())
        # What questions by procedure have summed, by what was asked: it stays true as long as the cells.
        self.by_procedure: dict[tuple[int, int, str, int | None], pl.DataFrame] = {}
        self.asked = Asked()
        codes = self.hierarchy.code_numbers()
        events = [self.cells, snapshot.document_days, snapshot.meeting_days, snapshot.point_days]
        self.sums = _running_sums(events, codes)

    def updated(self, changes: Snapshot) -> "Counters":
        """The counters after the changes that `store.reads.read_changes` found."""
        counters = Counters(self.snapshot.merged(changes))
        counters.asked = self.asked.still_true(self.snapshot, changes)
        return counters

    def cover(self, period: Period) -> bool:
        """Whether the dossiers known go back to the period's first day: an earlier period is known only in part, and
        a change against it would be one of our records, not of the unit."""
        return self._first_day is not None and self._first_day <= day_number(period.start)

    @cached_property
    def _first_day(self) -> int | None:
        first = self.cells.filter(pl.col("received") > 0)["day"].min()
        return first if isinstance(first, int) else None

    def remembered(self, question: Hashable, until: date, ask: Callable[[], Told]) -> Told:
        """What `ask` finds, or found before: also before an update, if no day up to the local day `until` has changed.

        The answer may depend on nothing but the question, the catalogues, the returns and what was counted until then
        (`date.min`: on nothing counted); nobody may change it.
        """
        return self.asked.answer(question, day_number(until), ask)

    def units_on(self, day: date) -> pl.DataFrame:
        """The units in force on a local day: code, name, kind, parent_code (null for a root)."""
        return self.remembered(("units on", day), date.min, lambda: self._units_on((day - EPOCH).days))

    def _units_on(self, number: int) -> pl.DataFrame:
        tree, hierarchy = self.hierarchy.tree_on(number), self.hierarchy
        rows = []
        for unit in hierarchy.in_force(number):
            parent = int(tree.parents[unit])
            above = hierarchy.codes[parent] if parent >= 0 else None
            rows.append((hierarchy.codes[unit], hierarchy.names[unit], hierarchy.kinds[unit], above))
        return pl.DataFrame(rows, schema=["code", "name", "kind", "parent_code"], orient="row", schema_overrides=_TEXT)


_TEXT = {"code": pl.String, "name": pl.String, "kind": pl.String, "parent_code": pl.String}


def _running_sums(frames: list[pl.DataFrame], codes: dict[str, int]) -> Sums:
    """Only days with an event have a slice: a stray date of the year 9999 costs one slice, not eight thousand years."""
    frames = [frame.filter(pl.col("unit_code").is_in(codes.keys())) for frame in frames]
    days = np.unique(np.concatenate([frame["day"].to_numpy() for frame in frames]))
    names = [name for frame in frames for name in frame.columns if name not in _KEYS]
    values = np.zeros((len(names), len(days) + 1, len(codes)), dtype=np.int32)
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
    return Sums(days, {name: index for index, name in enumerate(names)}, values)
