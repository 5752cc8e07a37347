"""Units that are no more, as the units of a later day: merges, splits, and whole tiers that were abolished."""

from functools import lru_cache

import numpy as np
import polars as pl

from metrics._hierarchy import Hierarchy, Ints
from metrics._period import day_number

_BEFORE_ALL = -(2**31)


class Successions:
    """Which unit took over from which. Codes are reused: an old code is the unit that it meant the day before."""

    def __init__(self, successions: pl.DataFrame, hierarchy: Hierarchy) -> None:
        """`successions`: rows as in `store.tables.successions`; a code that no catalogue knows is passed over."""
        self._hierarchy = hierarchy
        # Per old unit the days on which it went over into another, each with the successor that counts the rest.
        self._over: dict[int, list[tuple[int, int]]] = {}
        main_last = successions.sort("old_code", "day", "main", "new_code", descending=[False, False, False, True])
        for row in main_last.unique(["old_code", "day"], keep="last", maintain_order=True).iter_rows(named=True):
            day = day_number(row["day"])
            old, new = hierarchy.unit_on(row["old_code"], day - 1), hierarchy.unit_on(row["new_code"], day)
            if old is None or new is None or old == new:
                continue
            # A unit that gave a part away and went on is counted by the successor of its end, not of that day.
            if day > hierarchy.last_start(old):
                self._over.setdefault(old, []).append((day, new))
        self.mapped = lru_cache(maxsize=32)(self._map)

    def _map(self, day: int) -> Ints:
        """Per unit the unit that counts for it on a day: itself while it is in force.

        Else its main successor, and that one's. A unit without one counts with the unit above it; without one of
        these either, it stays.
        """
        in_force = set(self._hierarchy.in_force(day))
        return np.array([self._follow(unit, day, in_force) for unit in range(len(self._hierarchy))], dtype=np.int64)

    def _follow(self, unit: int, day: int, in_force: set[int]) -> int:
        since, passed = _BEFORE_ALL, {unit}
        while unit not in in_force:
            later = [step for step in self._over.get(unit, []) if since < step[0] <= day]
            above = self._hierarchy.last_parent(unit)
            if later:
                since, unit = max(later)
            elif above is not None and above not in passed:
                unit = above
            else:
                break
            passed.add(unit)
        return unit
