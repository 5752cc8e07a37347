"""Units: `code, valid_from, valid_to, parent_code, kind, name, successors`.

A row is a unit while it was in force (yyyy-mm-dd, both days included, `valid_to` empty: still). `kind`: tinh, so,
huyen, xa. `parent_code`: empty at the top. `successors`: the codes that took over on the day after `valid_to`, with
blanks or | between them, the first the main one. The file adds to what is stored; what it says of a unit stands from
then on, whatever a source says later.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy import Connection

from config import IMPORTED
from connectors import _cells as cells
from connectors._cells import BadCellError
from connectors._codes import agency_code
from connectors._kept import is_code
from imports._contract import Brought, Checked, Kind, compared
from imports._dated import change_words, codes_to_store, faults, merged, stored_rows
from imports._known import Known
from sheets.tabular import BadRow, TableRow, read_table, refuse
from store.dimensions import Succession, put_successions, stored_successions
from store.rows import Batch, Unit
from store.tables import units
from store.writes import store_batch

COLUMNS = ("code", "valid_from", "kind", "name")
OPTIONAL = ("valid_to", "parent_code", "successors")
KINDS = {kind: kind for kind in ("tinh", "so", "huyen", "xa")}


@dataclass(frozen=True)
class Entry:
    """A unit and who took over from it."""

    unit: Unit
    successors: tuple[str, ...]

    @property
    def succession(self) -> Succession | None:
        """Who took over on the first day without the unit; None where the file says nothing of it."""
        if not self.successors or self.unit.valid_to is None:
            return None
        day = self.unit.valid_to + timedelta(days=1)
        return Succession(self.unit.code, day, self.successors[0], frozenset(self.successors[1:]))


def check(connection: Connection, _known: Known, content: bytes, name: str) -> Checked:
    """The units of a file, compared with the store's; raises InputError."""
    table = read_table(content, name, COLUMNS, OPTIONAL)
    entries, bad = cells.read_rows(table, _entry)
    refuse(name, bad)
    rows = [entry.unit for entry in entries]
    stored = stored_rows(connection, units, Unit)
    refuse(name, faults(table, rows, stored))
    together = merged(stored, rows)
    refuse(
        name, [fault for row, entry in zip(table, entries, strict=True) for fault in _strangers(row, entry, together)]
    )
    taken_over = {None, *stored_successions(connection).values()}
    words = [
        "changed" if word == "unchanged" and entry.succession not in taken_over else word
        for word, entry in zip(change_words(rows, stored), entries, strict=True)
    ]
    return compared("units", name, entries, (row.cells for row in table), words)


def _entry(row: TableRow) -> Entry:
    first = cells.day(row, "valid_from")
    last = cells.last_day(row, "valid_to", first, "valid_from")
    successors = tuple(agency_code(code) for code in re.split(r"[\s|]+", row.cells["successors"]) if code)
    if "successors" in row.typed:
        cells.code(row, "successors")
    if not all(is_code(code) for code in successors) or len(set(successors)) < len(successors):
        raise BadCellError(
            "successors", "is no list of different codes with blanks or | between", row.cells["successors"]
        )
    if successors and last is None:
        raise BadCellError("valid_to", "is empty, but the unit has successors")
    unit = Unit(
        code=cells.unit_code(row, "code"),
        valid_from=first,
        valid_to=last,
        parent_code=cells.unit_code(row, "parent_code") if row.cells["parent_code"] else None,
        kind=cells.choice(row, "kind", KINDS),  # type: ignore[arg-type]  # the mapping holds these four words
        name=_name(row),
    )
    return Entry(unit, successors)


def _name(row: TableRow) -> str:
    cells.required(row, "name")
    return cells.words(row, "name")


def _strangers(row: TableRow, entry: Entry, together: Mapping[str, Sequence[Unit]]) -> list[BadRow]:
    """A parent that is in no catalogue or stands below the unit, successors that are not in force on their day."""
    bad: list[BadRow] = []
    unit = entry.unit
    parent = unit.parent_code
    if parent is not None and parent not in together:
        bad.append(BadRow(row.number, "parent_code", f"{parent} is no unit of the file or of any catalogue"))
    elif _is_above_itself(unit, together):
        bad.append(BadRow(row.number, "parent_code", f"{parent} stands below {unit.code} itself"))
    day = entry.succession.day if entry.succession else unit.valid_from
    absent = [code for code in entry.successors if _on(together.get(code, ()), day) is None]
    return bad + [BadRow(row.number, "successors", f"{code} is no unit in force on {day}") for code in absent]


def _is_above_itself(unit: Unit, together: Mapping[str, Sequence[Unit]]) -> bool:
    seen = {unit.code}
    above: Unit | None = unit
    while above and above.parent_code:
        if above.parent_code in seen:
            return True
        seen.add(above.parent_code)
        above = _on(together.get(above.parent_code, ()), unit.valid_from)
    return False


def _on(rows: Sequence[Unit], day: date) -> Unit | None:
    return next((row for row in rows if row.valid_from <= day and (row.valid_to is None or day <= row.valid_to)), None)


def store(connection: Connection, checked: Checked, brought: Brought) -> None:
    """Store the units and their successors; what waited for these units comes in."""
    entries: list[Entry] = list(checked.rows)
    stored = stored_rows(connection, units, Unit)
    fresh = codes_to_store([entry.unit for entry in entries], stored)
    store_batch(connection, IMPORTED, Batch(units=fresh), brought.at)
    put_successions(connection, [entry.succession for entry in entries if entry.succession])


KIND = Kind(COLUMNS, OPTIONAL, check, store)
