"""The counters of a whole store in memory: running sums per measure, day and unit code, and the cells by procedure.

Any figure of all units for any period is one subtraction of two slices of the running sums, rolled up the hierarchy:
the cost depends on the number of units, not on the dossiers nor on the length of the period.
"""

from collections.abc import Callable, Hashable
from copy import copy
from datetime import date
from functools import cached_property

import polars as pl

from metrics._asked import Asked, Told, first_changed_day, same_catalogues
from metrics._calendar import WorkingDays
from metrics._hierarchy import Hierarchy
from metrics._period import EPOCH, Period, day_number
from metrics._procedures import Procedures
from metrics._returned import Returns
from metrics._running import Sums, running_sums
from metrics._succession import Successions
from store.reads import Snapshot

_RECEIVED = pl.col("received_counter") + pl.col("received_online") + pl.col("received_post")
_L34, _L4 = (pl.col("level") >= 3).fill_null(value=False), (pl.col("level") == 4).fill_null(value=False)


class Catalogues:
    """The dated dimensions of a snapshot, worked out: who a unit is, under whom, who took over from whom."""

    def __init__(self, snapshot: Snapshot) -> None:
        self.hierarchy = Hierarchy(snapshot.units)
        self.procedures = Procedures(snapshot.procedures)
        self.working_days = WorkingDays(snapshot.calendar)
        self.successions = Successions(snapshot.successions, self.hierarchy)
        self.returns = Returns(snapshot.returns, self.hierarchy)
        self._meanings = self.hierarchy.resolution()
        self._levels = self.procedures.levels()

    def cells(self, dossier_days: pl.DataFrame) -> pl.DataFrame:
        """Daily counts by procedure with the unit and the level that the codes meant on the day, sorted by day."""
        cells = dossier_days.sort("day")
        cells = cells.join_asof(self._meanings, on="day", by="unit_code", check_sortedness=False)
        cells = cells.join_asof(self._levels, on="day", by="procedure_code", check_sortedness=False)
        online = pl.col("received_online")
        return cells.filter(pl.col("unit").is_not_null()).with_columns(
            received=_RECEIVED,
            received_l34=_RECEIVED * _L34,
            online_l34=online * _L34,
            online_l4=online * _L4,
        )

    def pairs(self, day_pairs: pl.DataFrame) -> pl.DataFrame:
        """Pairs of days with the unit of the first and of the second, which is their `day`; sorted by it."""
        first = self._meanings.rename({"day": "first_day", "unit": "first_unit"})
        pairs = day_pairs.sort("first_day").join_asof(first, on="first_day", by="unit_code", check_sortedness=False)
        pairs = pairs.with_columns(day="second_day").sort("day")
        pairs = pairs.join_asof(self._meanings, on="day", by="unit_code", check_sortedness=False)
        return pairs.filter(pl.col("unit").is_not_null())


class Counters:
    """Everything that figures are computed from, at one version of the store; never changed once made."""

    def __init__(self, snapshot: Snapshot, earlier: "Counters | None" = None, first: int | None = None) -> None:
        """`earlier`: counters under the same catalogues, the same for all days before `first` (None: for all days)."""
        self.snapshot = snapshot
        self.version = snapshot.version
        self.catalogues: Catalogues = earlier.catalogues if earlier else Catalogues(snapshot)
        self.hierarchy = self.catalogues.hierarchy
        self.procedures = self.catalogues.procedures
        self.working_days = self.catalogues.working_days
        self.successions = self.catalogues.successions
        self.returns = self.catalogues.returns
        if earlier is None:
            self.cells = self.catalogues.cells(snapshot.dossier_days)
            self.pairs = self.catalogues.pairs(snapshot.day_pairs)
            self.sums = running_sums([self.cells, *_others(snapshot)], self.hierarchy.code_numbers())
        elif first is None:
            self.cells, self.pairs, self.sums = earlier.cells, earlier.pairs, earlier.sums
        else:
            self.cells, self.pairs, self.sums = self._from_day(first, earlier)
        # What questions by procedure have summed, by what was asked: it stays true as long as the cells.
        self.by_procedure: dict[tuple[int, int, str, int | None], pl.DataFrame] = {}
        self.asked = Asked()

    def updated(self, changes: Snapshot) -> "Counters":
        """The counters after the changes that `store.reads.read_changes` found."""
        snapshot = self.snapshot.merged(changes)
        if not same_catalogues(self.snapshot, changes):
            return Counters(snapshot)
        counters = Counters(snapshot, self, first_changed_day(changes))
        counters.asked = self.asked.still_true(changes)
        return counters

    def supposing(self, difference: Snapshot) -> "Counters":
        """The counters if these dossiers' counts were added: rows of `difference` are what is to be added to a cell.

        For questions alone: `snapshot` stays as it is, so that the result cannot be updated. It costs what the rows of
        `difference` cost, not what the counters do.
        """
        first, cells = first_changed_day(difference), self.catalogues.cells(difference.dossier_days)
        supposed = copy(self)
        supposed.cells = pl.concat([self.cells, cells])
        supposed.pairs = pl.concat([self.pairs, self.catalogues.pairs(difference.day_pairs)])
        supposed.sums = self.sums._replace(besides=running_sums([cells], self.hierarchy.code_numbers()))
        known = self.by_procedure.items()
        supposed.by_procedure = {asked: told for asked, told in known if first is None or asked[1] < first}
        supposed.asked = self.asked.still_true(difference)
        return supposed

    def _from_day(self, first: int, earlier: "Counters") -> tuple[pl.DataFrame, pl.DataFrame, Sums]:
        """Cells, pairs and sums: those of the days before from `earlier`."""
        snapshot, later, past = self.snapshot, pl.col("day") >= first, pl.col("day") < first
        cells = self.catalogues.cells(snapshot.dossier_days.filter(later))
        pairs = self.catalogues.pairs(snapshot.day_pairs.filter(pl.col("second_day") >= first))
        others = [frame.filter(later) for frame in _others(snapshot)]
        sums = running_sums([cells, *others], self.hierarchy.code_numbers(), earlier.sums.before(first))
        # In one piece each: every update would add another.
        cells = pl.concat([earlier.cells.filter(past), cells], rechunk=True)
        return cells, pl.concat([earlier.pairs.filter(past), pairs], rechunk=True), sums

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


def _others(snapshot: Snapshot) -> list[pl.DataFrame]:
    """The daily counts that are not by procedure."""
    return [snapshot.document_days, snapshot.meeting_days, snapshot.point_days]
