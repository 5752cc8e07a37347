"""What the reference counts, and the dated units and procedures as it reads them: written without `metrics`."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Protocol

from store.rows import BridgePoint, Document, Dossier, Procedure, Return, Unit

Identity = tuple[str, str, str]


@dataclass(frozen=True)
class Point:
    """A unit's part in one meeting that has ended."""

    unit_code: str
    invited: bool
    connected_seconds: int


@dataclass(frozen=True)
class HeldMeeting:
    """A meeting that has ended."""

    source_id: str
    unit_code: str
    started_at: datetime
    ended_at: datetime
    points: tuple[Point, ...]


class Facts(Protocol):
    """What the reference counts: the newest state of everything."""

    @property
    def units(self) -> Sequence[Unit]: ...
    @property
    def procedures(self) -> Sequence[Procedure]: ...
    @property
    def dossiers(self) -> Sequence[Dossier]: ...
    @property
    def documents(self) -> Sequence[Document]: ...
    @property
    def meetings(self) -> Sequence[HeldMeeting]: ...
    @property
    def bridge_points(self) -> Sequence[BridgePoint]: ...
    @property
    def returns(self) -> Sequence[Return]: ...
    @property
    def holidays(self) -> Collection[date]: ...
    @property
    def made_up(self) -> Collection[date]: ...


@dataclass
class Hierarchy:
    """The dated units. A unit is (code, kind, name): rows that agree in these are one unit that moved."""

    rows: Sequence[Unit]
    lines: dict[tuple[str, date], list[Identity]] = field(default_factory=dict)
    lists: dict[date, dict[Identity, list[Identity]]] = field(default_factory=dict)

    def row(self, code: str, day: date) -> Unit:
        """The row of a code in force on a day; else the last one begun before it; else the first."""
        rows = sorted((row for row in self.rows if row.code == code), key=lambda row: row.valid_from)
        in_force = [row for row in rows if row.valid_from <= day and (row.valid_to is None or day <= row.valid_to)]
        begun = [row for row in rows if row.valid_from <= day]
        if in_force:
            return in_force[-1]
        return begun[-1] if begun else rows[0]

    def line(self, code: str, day: date) -> list[Identity]:
        """The unit that a code means on a day, then everything above it on that day."""
        if (code, day) not in self.lines:
            parent = self.row(code, day).parent_code
            self.lines[code, day] = [self.meaning(code, day), *(self.line(parent, day) if parent else [])]
        return self.lines[code, day]

    def meaning(self, code: str, day: date) -> Identity:
        """The unit that a code means on a day."""
        row = self.row(code, day)
        return row.code, row.kind, row.name

    def asked(self, code: str, end: date) -> Identity:
        """The unit that is meant when a code is asked about for a period that ends on `end`."""
        return self.meaning(code, end)

    def listed(self, end: date) -> dict[Identity, list[Identity]]:
        """The units asked about in a period that ends on `end`, each with everything above it."""
        if end not in self.lists:
            self.lists[end] = {unit: self.line(unit[0], end)[1:] for unit in self.in_force(end)}
        return self.lists[end]

    def in_force(self, day: date) -> set[Identity]:
        """The units that have a row in force on a day."""
        rows = [row for row in self.rows if row.valid_from <= day and (row.valid_to is None or day <= row.valid_to)]
        return {self.line(row.code, day)[0] for row in rows}


def level_on(procedures: Iterable[Procedure], code: str, day: date) -> int | None:
    """The level of a procedure on a day, None when it has no row in force."""
    rows = [row for row in procedures if row.code == code]
    return next((row.level for row in procedures_in_force(rows, day)), None)


def procedures_in_force(procedures: Iterable[Procedure], day: date) -> list[Procedure]:
    """One row for each procedure in force on a day: the one that began last."""
    latest: dict[str, Procedure] = {}
    for row in sorted(procedures, key=lambda row: row.valid_from):
        if row.valid_from <= day and (row.valid_to is None or day <= row.valid_to):
            latest[row.code] = row
    return list(latest.values())
