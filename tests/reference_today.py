"""The units of a later day, for the reference: every record is mapped by itself, without `metrics`."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import NamedTuple

from tests.reference_facts import Hierarchy, Identity


class Succession(NamedTuple):
    """The unit `old_code` before `day` went over into `new_code` on `day`; `main` counts what cannot be told apart."""

    old_code: str
    day: date
    new_code: str
    main: bool


@dataclass
class LaterHierarchy(Hierarchy):
    """The dated units as those of one day, `today`: a unit that is no more counts with the one that took over."""

    today: date = date.max
    successions: Sequence[Succession] = ()
    later: dict[Identity, list[Identity]] = field(default_factory=dict)

    def line(self, code: str, day: date) -> list[Identity]:
        """The unit of today that counts for what a code meant on a day, then everything above it today."""
        return self._line_of(self._follow(self.meaning(code, day)))

    def asked(self, code: str, _end: date) -> Identity:
        """A code is asked about as today understands it."""
        return self.meaning(code, self.today)

    def listed(self, _end: date) -> dict[Identity, list[Identity]]:
        """Today's units, each with everything above it."""
        if self.today not in self.lists:
            self.lists[self.today] = {unit: self._line_of(unit)[1:] for unit in self.in_force(self.today)}
        return self.lists[self.today]

    def in_force(self, day: date) -> set[Identity]:
        """The units of their time that have a row in force on a day."""
        return Hierarchy(self.rows).in_force(day)

    def _follow(self, unit: Identity) -> Identity:
        today, since, passed = self.in_force_today(), date.min, [unit]
        while unit not in today:
            steps = [step for step in self.successions if self._is_of(step, unit) and since < step.day <= self.today]
            if steps:
                newest = max(steps, key=lambda step: (step.day, step.main))
                since, unit = newest.day, self.meaning(newest.new_code, newest.day)
            else:
                above = self._above_at_the_end(unit)
                if above is None or above in passed:
                    return unit
                unit = above
            passed.append(unit)
        return unit

    def in_force_today(self) -> set[Identity]:
        """Remembered: it is asked for every record."""
        if not self.lines:
            self.lines["", self.today] = list(self.in_force(self.today))
        return set(self.lines["", self.today])

    def _is_of(self, step: Succession, unit: Identity) -> bool:
        old, new = self.meaning(step.old_code, step.day - timedelta(days=1)), self.meaning(step.new_code, step.day)
        begun = max(row.valid_from for row in self.rows if (row.code, row.kind, row.name) == unit)
        return old == unit and new != unit and step.day > begun

    def _above_at_the_end(self, unit: Identity) -> Identity | None:
        rows = sorted((row for row in self.rows if row.code == unit[0]), key=lambda row: row.valid_from)
        last = max(number for number, row in enumerate(rows) if (row.code, row.kind, row.name) == unit)
        ends = [row.valid_from - timedelta(days=1) for row in rows[last + 1 :]]
        parent, day = rows[last].parent_code, min([rows[last].valid_to or date.max, *ends])
        return self.meaning(parent, day) if parent else None

    def _line_of(self, unit: Identity) -> list[Identity]:
        if unit not in self.later:
            own = Hierarchy([row for row in self.rows if (row.code, row.kind, row.name) == unit])
            parent = own.row(unit[0], self.today).parent_code
            above = Hierarchy(self.rows).line(parent, self.today) if parent else []
            self.later[unit] = [unit, *above]
        return self.later[unit]
