"""A question put to the counters: these units, this period, this scope. Indicators are written in its words."""

from collections.abc import Iterator
from datetime import date, timedelta
from functools import reduce
from typing import Literal

import numpy as np
import polars as pl

from metrics._counters import Counters
from metrics._hierarchy import Floats, Ints
from metrics._part import Chosen
from metrics._period import EPOCH, Period, day_number
from metrics._returned import Part
from metrics._standing import Standing, Units

Scope = Literal["subtree", "own"]


class Question:
    """Every method returns one integer per unit (numbered as in the hierarchy), for the scope asked.

    `units`: those of the period, each record in the hierarchy of its own day; or those of the day `today` (None: the
    period's last day), to which the units that are no more by then are mapped.
    """

    def __init__(
        self,
        counters: Counters,
        period: Period,
        scope: Scope = "subtree",
        units: Units = "period",
        today: date | None = None,
    ) -> None:
        self.counters = counters
        self.period = period
        self.scope = scope
        self.start, self.end = day_number(period.start), day_number(period.end)
        self.standing = Standing(counters, period, units, today)
        self._hierarchy = counters.hierarchy
        self._chosen: Chosen = {}
        self._told: dict[tuple[str, int], Ints] = {}

    def before(self) -> "Question":
        """The same question of the period before of the same length."""
        return self._alike(self.period.previous(), self.scope)

    def flow(self, *measures: str) -> Ints:
        """Events of the measures in the period."""
        parts = [
            self._scoped(reduce(np.add, [self._by_code(measure, start, end) for measure in measures]), end)
            for start, end in self.standing.segments
        ]
        return reduce(np.add, parts)

    def stock(self, change: str) -> Ints:
        """The running sum of a `_change` measure at the end of the period's last day."""
        return self._scoped(self.counters.until(change, self.end), self.end)

    def procedures(self, *conditions: pl.Expr) -> Ints:
        """Distinct procedures that the units offer on the last day and for which all conditions on their row hold."""
        in_force, offered = self._offered
        chosen = in_force.select(pl.all_horizontal(*conditions, pl.lit(value=True)))[:, 0].to_numpy()
        return np.asarray((offered & chosen).sum(axis=1), dtype=np.int64)

    def of_procedures_with(self, trigger: str, *measures: str) -> Ints:
        """Events in the period of the procedures that have at least one event `trigger` in the unit and period."""
        offered = self._by_procedure(trigger) > 0
        return np.asarray((self._by_procedure(*measures) * offered).sum(axis=1), dtype=np.int64)

    def used_procedures(self, trigger: str) -> Ints:
        """Distinct procedures with at least one event `trigger` in the unit and period."""
        return np.asarray((self._by_procedure(trigger) > 0).sum(axis=1), dtype=np.int64)

    def both_days(self, pair: str) -> Ints:
        """Dossiers whose two days of the pair "entry" both fall into the period while they belong to the unit."""
        pairs = self.counters.pairs.between(self.start, self.end, "pair", "first_day", "first_unit", "unit", "dossiers")
        chosen = (pl.col("pair") == pair) & (pl.col("first_day") >= self.start) & (pl.col("first_day") <= self.end)
        keys = ("first_unit", "first_day", "unit", "day")
        pairs = self._by_spans(pairs.filter(chosen), "first_day", "day").group_by(keys).agg(pl.col("dossiers").sum())
        pairs = pairs.with_row_index("row")
        first = pairs.select("row", unit="first_unit", day="first_day")
        on_first = self._ascended(first, ["row"])
        on_second = self._ascended(pairs, ["row", "dossiers"]).rename({"dossiers": "count"})
        return self._per_unit(on_second.join(on_first, on=["row", "unit"]))

    def working_days(self) -> Ints:
        """Working days from receipt to completion, summed over the dossiers completed in the period."""
        pairs = self._completed_pairs()
        counts = self._by_spans(pairs, "day").select("unit", "day", count=pl.col("working_days") * pl.col("dossiers"))
        return self._per_unit(self._ascended(counts.group_by("unit", "day").agg(pl.col("count").sum()), ["count"]))

    def completed_pairs(self) -> pl.DataFrame:
        """Dossiers completed in the period: the unit that they count for itself, day, working_days, dossiers."""
        return self._completed_pairs().with_columns(self.standing.column("unit"))

    def _completed_pairs(self) -> pl.DataFrame:
        pairs = self.counters.pairs.between(self.start, self.end, "pair", "first_day", "unit", "dossiers")
        pairs = pairs.filter(pl.col("pair") == "processing")
        days = self.counters.working_days.between(pairs["first_day"].cast(pl.Int64).to_numpy(), pairs["day"].to_numpy())
        return pairs.with_columns(pl.Series("working_days", days, dtype=pl.Int64))

    def spans_with(self, unit: int) -> Iterator[tuple[int, int, Chosen]]:
        """Spans of days of the period, and which units count for one unit in each."""
        for start, end in self.standing.spans:
            chosen = np.zeros(len(self._hierarchy), np.bool_)
            tree = self.standing.tree(end)
            chosen[[unit] if self.scope == "own" else tree.order[tree.begin[unit] : tree.end[unit]]] = True
            yield start, end, {**self._chosen, "unit": chosen}

    def members(self, unit: int) -> pl.DataFrame:
        """Which units count for one unit on which days: (unit, from, to), for frames with a unit and a day."""
        if self.scope == "own":
            return pl.DataFrame({"unit": [unit], "from": [self.start], "to": [self.end]}, schema=_MEMBERS)
        rows = []
        for start, end in self.standing.spans:
            tree = self.standing.tree(end)
            rows += [(int(below), start, end) for below in tree.order[tree.begin[unit] : tree.end[unit]]]
        return pl.DataFrame(rows, schema=_MEMBERS, orient="row")

    def units_below_with(self, measure: str) -> Ints:
        """Units in force on the last day, below the one asked, that themselves have an event in the period."""
        own = self._alike(self.period, "own").flow(measure)
        return self._below((own > 0).astype(np.int64))

    def units_below(self) -> Ints:
        """Units in force on the last day below the one asked; 0 for the scope "own"."""
        return self._below(np.ones(len(self._hierarchy), dtype=np.int64))

    def units_in_force(self, kind: str) -> Ints:
        """Units of a kind in force on the last day: the one asked and, with its subtree, those under it."""
        return self._in_scope(self._in_force(kind))

    def units_with_stock(self, kind: str, change: str) -> Ints:
        """Those of `units_in_force` that themselves have a running sum above 0 on the last day."""
        return self._in_scope(self._in_force(kind) * self._has_stock(change))

    def units_over_stock(self, kind: str, below: str, change: str) -> Ints:
        """Those of `units_in_force` with a unit of the kind `below` under them that has a running sum above 0."""
        holders = self._in_force(below) * self._has_stock(change)
        under = self.standing.tree(self.end).subtree_sums(holders) - holders
        return self._in_scope(self._in_force(kind) * (under > 0))

    def returned(self, key: str, part: Part) -> Floats:
        """What each unit itself returned for the period; nothing is added up, NaN where nothing was returned."""
        return self.counters.returns.part(key, part, self.start, self.end)

    def _in_force(self, kind: str) -> Ints:
        """1 for each unit of a kind in force on the last day, else 0."""
        flags = np.zeros(len(self._hierarchy), dtype=np.int64)
        flags[[unit for unit in self.standing.in_force() if self._hierarchy.kinds[unit] == kind]] = 1
        return flags

    def _has_stock(self, change: str) -> Ints:
        return (self._alike(self.period, "own").stock(change) > 0).astype(np.int64)

    def _in_scope(self, flags: Ints) -> Ints:
        return flags if self.scope == "own" else self.standing.tree(self.end).subtree_sums(flags)

    def _alike(self, period: Period, scope: Scope) -> "Question":
        """A question of the same units."""
        return Question(self.counters, period, scope, self.standing.units, EPOCH + timedelta(self.standing.day))

    def _below(self, counted: Ints) -> Ints:
        if self.scope == "own":
            return np.zeros_like(counted)
        in_force = np.zeros_like(counted)
        in_force[self.standing.in_force()] = 1
        counted = counted * in_force
        return self.standing.tree(self.end).subtree_sums(counted) - counted

    def _by_code(self, measure: str, start: int, end: int) -> Ints:
        """Events of a measure per unit code; the numerator often asks what the denominator did."""
        asked = (measure, start)
        if asked not in self._told:
            self._told[asked] = self.counters.between(measure, start, end)
        return self._told[asked]

    def _scoped(self, by_code: Ints, day: int) -> Ints:
        tree = self._hierarchy.tree_on(day)
        own = self.standing.own(tree.by_unit(by_code))
        if self.scope == "own":
            return own
        return (tree if self.standing.mapped is None else self.standing.tree(day)).subtree_sums(own)

    @property
    def _offered(self) -> tuple[pl.DataFrame, np.ndarray]:
        """The procedures in force on the last day, and which unit offers which: from the catalogues alone."""
        asked = ("offered", self.end, self.scope, self.standing.units, self.standing.day)
        return self.counters.remembered(asked, date.min, self._find_offered)

    def _find_offered(self) -> tuple[pl.DataFrame, np.ndarray]:
        in_force = self.counters.procedures.in_force(self.end)
        offered = self.standing.own(self.counters.procedures.offered(self._hierarchy, in_force, self.end))
        if self.scope == "subtree":
            tree = self.standing.tree(self.end)
            for unit in reversed(tree.order):  # children before their parents
                if tree.parents[unit] >= 0:
                    offered[tree.parents[unit]] |= offered[unit]
        return in_force, offered

    def _by_procedure(self, *measures: str) -> Ints:
        """The events of the measures in the period: an array of the units and the procedures."""
        sizes = {"unit": len(self._hierarchy), "procedure": self.counters.procedures.numbers}
        total = np.zeros((*sizes.values(),), np.int64)
        for start, end in self.standing.spans:
            counted = self.counters.cells.counted(start, end, measures, sizes, self._chosen).sum(axis=0)
            own = self.standing.own(counted)
            total += own if self.scope == "own" else self.standing.tree(end).subtree_sums(own)
        return total

    def _by_spans(self, frame: pl.DataFrame, *days: str) -> pl.DataFrame:
        """Each day as the first one of its span: what happened in one span to one unit counts for the same units."""
        starts = pl.Series([start for start, _end in self.standing.spans], dtype=pl.Int32)
        spans = {day: starts.search_sorted(frame[day], "right") - 1 for day in days}
        return frame.with_columns(starts.gather(span).alias(day) for day, span in spans.items())

    def _ascended(self, frame: pl.DataFrame, columns: list[str]) -> pl.DataFrame:
        """The frame's rows once for every unit that they count for."""
        frame = frame.with_columns(self.standing.column("unit"))
        if self.scope == "own":
            return frame.select("unit", *columns)
        parts = []
        for start, end in self.standing.spans:
            own = frame.filter(pl.col("day").is_between(start, end))
            above = self.standing.tree(end).ancestors()
            parts.append(own.join(above, on="unit").select(pl.col("ancestor").alias("unit"), *columns))
        return pl.concat(parts)

    def _per_unit(self, counted: pl.DataFrame) -> Ints:
        sums = counted.group_by("unit").agg(pl.col("count").sum())
        total = np.zeros(len(self._hierarchy), dtype=np.int64)
        total[sums["unit"].to_numpy()] = sums["count"].to_numpy()
        return total


_MEMBERS = {"unit": pl.Int32, "from": pl.Int64, "to": pl.Int64}
