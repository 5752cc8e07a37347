"""The counters of a whole store in memory: running sums per measure, day and unit code, and the cells by procedure.

Any figure of all units for any period is one subtraction of two slices of the running sums, rolled up the hierarchy:
the cost depends on the number of units, not on the dossiers nor on the length of the period. A change costs what it
changes.
"""

from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence
from copy import copy
from datetime import date
from itertools import chain
from typing import Any

import polars as pl

from metrics._asked import KIND_OF, KINDS, Asked, Told, first_changed_days, note_read, same_catalogues
from metrics._calendar import WorkingDays
from metrics._hierarchy import Hierarchy, Ints
from metrics._kept import Kept
from metrics._part import NAMING, Part
from metrics._period import EPOCH, Period, day_number
from metrics._procedures import Procedures
from metrics._returned import Returns
from metrics._rows import Rows, daily_frames, measures_of
from metrics._running import Sums
from metrics._succession import Successions
from store.reads import Snapshot

# In wide columns or as the store has them.
_ROWS_AT_ONCE = 50_000
# Under other ones of these a row means something else.
_NAMED_BY_ROWS = ("units", "procedures")


class Catalogues:
    """The dated dimensions of a snapshot, worked out: who a unit is, under whom, who took over from whom."""

    def __init__(self, snapshot: Snapshot) -> None:
        self.hierarchy = Hierarchy(snapshot.units)
        self.procedures = Procedures(snapshot.procedures)
        self.rows = Rows(self.hierarchy, self.procedures)
        self._work_out_others(snapshot)

    def with_others(self, snapshot: Snapshot) -> "Catalogues":
        """The same units and procedures, and all else as of a snapshot."""
        catalogues = copy(self)
        catalogues._work_out_others(snapshot)
        return catalogues

    def _work_out_others(self, snapshot: Snapshot) -> None:
        self.working_days = WorkingDays(snapshot.calendar)
        self.successions = Successions(snapshot.successions, self.hierarchy)
        self.returns = Returns(snapshot.returns, self.hierarchy)


class Counters:
    """Everything that figures are computed from, at one version of the store; never changed once made.

    `snapshot` has the dimensions and the version; of the daily tables only what stands under codes that no catalogue
    names, and counts for nobody. `changed`: of each kind of records the version at which anything counted last changed.
    """

    def __init__(
        self,
        snapshot: Snapshot,
        pieces: Mapping[str, Iterable[pl.DataFrame]] | None = None,
        *,
        frames: Mapping[str, Sequence[pl.DataFrame]] | None = None,
    ) -> None:
        """`pieces`: the rows of each daily table, some at a time and one frame at least, in place of those of the
        snapshot; not more than two pieces are held at a time. `frames`: what `frames` gave of counters of the
        snapshot's version under the same dimensions."""
        self._take(Catalogues(snapshot))
        daily = daily_frames(snapshot)
        measures = {name: measures_of(name, frame) for name, frame in daily.items()}
        if frames:
            self._kept: Mapping[str, Kept] = {
                name: Kept([Part(rows) for rows in frames[name]], measures[name]) for name in daily
            }
            self.snapshot = snapshot
        else:
            strange = {name: [frame.clear()] for name, frame in daily.items()}
            self._kept = {
                name: Kept.of(
                    self._read(name, pieces[name] if pieces else _slices(frame), strange[name]), measures[name]
                )
                for name, frame in daily.items()
            }
            self.snapshot = _with_daily(snapshot, {name: pl.concat(some) for name, some in strange.items()})
        self.version = snapshot.version
        summed = [name for tables in measures.values() for name in tables if name != "dossiers"]
        sums = Sums(summed, len(self.hierarchy.code_numbers()))
        for kept in self._kept.values():
            for part in kept.parts:
                sums = sums.plus(part)
        self._sums = sums
        self._kinds = {measure: KIND_OF[name] for name, counted in measures.items() for measure in counted}
        self.changed = dict.fromkeys(KINDS, snapshot.version)
        self.asked = Asked()

    def _take(self, catalogues: Catalogues) -> None:
        self.catalogues = catalogues
        self.hierarchy, self.procedures = catalogues.hierarchy, catalogues.procedures
        self.working_days, self.successions = catalogues.working_days, catalogues.successions
        self.returns = catalogues.returns

    def _read(self, name: str, pieces: Iterable[pl.DataFrame], strange: list[pl.DataFrame]) -> Iterator[Part]:
        """The rows of a daily table as they are kept; those of units that no catalogue names go to `strange`."""
        rows = self.catalogues.rows
        for some in pieces:
            strange.append(rows.strangers(some))
            yield rows.part(name, rows.known(some))

    def frames(self) -> dict[str, Sequence[pl.DataFrame]] | None:
        """What counters can be made of anew under the same dimensions, of each table as many frames as it is kept in;
        None while something counted stands under a code that no catalogue names."""
        if any(not frame.is_empty() for frame in daily_frames(self.snapshot).values()) or self.catalogues.rows.strange:
            return None
        return {name: [part.rows for part in kept.parts] for name, kept in self._kept.items()}

    @property
    def cells(self) -> Kept:
        """Daily counts by procedure with the unit, the procedure and the level that the codes meant on the day."""
        note_read("dossiers")
        return self._kept["dossier_days"]

    @property
    def pairs(self) -> Kept:
        """Pairs of days with the unit of the first and of the second, which is their `day`."""
        note_read("dossiers")
        return self._kept["day_pairs"]

    @property
    def sums(self) -> Sums:
        """The running sums of all measures; who asks for one measure asks `until` or `between`."""
        note_read(*KINDS)
        return self._sums

    def until(self, measure: str, day: int) -> Ints:
        """Per unit code the events of a measure up to and including a day."""
        note_read(self._kinds[measure])
        return self._sums.until(measure, day)

    def between(self, measure: str, first: int, last: int) -> Ints:
        """Per unit code the events of a measure from a day to another, both included."""
        note_read(self._kinds[measure])
        return self._sums.between(measure, first, last)

    def updated(self, changes: Snapshot) -> "Counters":
        """The counters after the changes that the store has seen since: the rows whose version is newer."""
        rows = self.catalogues.rows
        if not same_catalogues(self.snapshot, changes, _NAMED_BY_ROWS):
            return self._read_anew(changes)
        differences = {
            name: self._kept[name].difference(rows.part(name, rows.known(frame)))
            for name, frame in daily_frames(changes).items()
            if not frame.is_empty()
        }
        first_changed = first_changed_days(changes)
        counters = self._after(differences, first_changed)
        strangers = {name: rows.strangers(frame) for name, frame in daily_frames(changes).items()}
        counters.snapshot = self.snapshot.merged(_with_daily(changes, strangers))
        counters.version = changes.version
        counters.changed = self.changed | dict.fromkeys(first_changed, changes.version)
        if not same_catalogues(self.snapshot, changes):
            counters._take(self.catalogues.with_others(changes))
            counters.changed = dict.fromkeys(KINDS, changes.version)
            counters.asked = Asked()
        return counters

    def _read_anew(self, changes: Snapshot) -> "Counters":
        """The same when the units or procedures have changed: what a row means may be another."""
        pieces = {name: self._as_stored(name, fresh) for name, fresh in daily_frames(changes).items()}
        return Counters(changes.nothing_changed(), pieces)

    def _as_stored(self, name: str, fresh: pl.DataFrame) -> Iterator[pl.DataFrame]:
        """The rows of a daily table as the store has them, some at a time: `fresh` in the place of the old ones."""
        keys = [column for column in fresh.columns if column in NAMING]
        known = (self.catalogues.rows.given_back(name, some) for some in self._kept[name].in_pieces(_ROWS_AT_ONCE))
        for some in chain([getattr(self.snapshot, name)], known):
            old = some.select(fresh.columns).cast(dict(fresh.schema))
            yield old.join(fresh, on=keys, how="anti") if fresh.height else old
        yield fresh

    def supposing(self, difference: Snapshot) -> "Counters":
        """The counters if these dossiers' counts were added: rows of `difference` are what is to be added to a cell.

        For questions alone: `snapshot` stays as it is, so that the result cannot be updated.
        """
        rows = self.catalogues.rows
        read = {
            name: rows.part(name, rows.known(frame))
            for name, frame in daily_frames(difference).items()
            if not frame.is_empty()
        }
        return self._after(read, first_changed_days(difference))

    def _after(self, differences: Mapping[str, Part], first_changed: Mapping[str, int]) -> "Counters":
        """The counters with these rows added, of which `first_changed_days` told `first_changed`.

        It costs what the rows cost, not what the counters do.
        """
        counters = copy(self)
        counters._kept = {
            name: kept.plus(differences[name]) if name in differences else kept for name, kept in self._kept.items()
        }
        for rows in differences.values():
            counters._sums = counters._sums.plus(rows)
        counters.asked = self.asked.still_true(first_changed)
        return counters

    def cover(self, period: Period) -> bool:
        """Whether the dossiers known go back to the period's first day: an earlier period is known only in part, and
        a change against it would be one of our records, not of the unit."""
        note_read("dossiers")
        first = self._sums.first_day("received")
        return first is not None and first <= day_number(period.start)

    def remembered(self, question: Hashable, until: date, ask: Callable[[], Told]) -> Told:
        """What `ask` finds, or found before: also before an update, if no day up to the local day `until` has changed
        of the records whose counts `ask` has read.

        The answer may depend on nothing but the question, the catalogues, the returns and what was counted until then
        (`date.min`: on nothing counted); nobody may change it. What depends on more of the store, and may be another
        after any change, is until `date.max`. What is counted must be read within `ask`, or it is not known that the
        answer depends on it.
        """
        return self.asked.answer(question, day_number(until), ask)

    def units_on(self, day: date) -> pl.DataFrame:
        """The units in force on a local day: code, name, kind, parent_code (null for a root)."""
        return self.remembered(("units on", day), date.min, lambda: self._units_on((day - EPOCH).days))

    def codes_on(self, day: date) -> frozenset[str]:
        """The codes of the units in force on a local day."""
        return self.remembered(("codes on", day), date.min, lambda: frozenset(self.units_on(day)["code"]))

    def _units_on(self, number: int) -> pl.DataFrame:
        tree, hierarchy = self.hierarchy.tree_on(number), self.hierarchy
        rows = []
        for unit in hierarchy.in_force(number):
            parent = int(tree.parents[unit])
            above = hierarchy.codes[parent] if parent >= 0 else None
            rows.append((hierarchy.codes[unit], hierarchy.names[unit], hierarchy.kinds[unit], above))
        return pl.DataFrame(rows, schema=["code", "name", "kind", "parent_code"], orient="row", schema_overrides=_TEXT)


def _slices(frame: pl.DataFrame) -> Iterator[pl.DataFrame]:
    """All rows, some at a time, one frame at least."""
    yield from frame.iter_slices(_ROWS_AT_ONCE) if frame.height else [frame]


_TEXT = {"code": pl.String, "name": pl.String, "kind": pl.String, "parent_code": pl.String}


def _with_daily(snapshot: Snapshot, daily: Mapping[str, pl.DataFrame]) -> Snapshot:
    """A snapshot with these rows of its daily tables."""
    frames: Mapping[str, Any] = daily
    return snapshot._replace(**frames)
