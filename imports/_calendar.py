"""The calendar of working days: `date, kind, name`.

`kind`: holiday (a day off, also when it falls on a weekend) or makeup (a Saturday or Sunday worked in exchange). The
file holds whole years: it takes the place of what is stored for every year that it names, and leaves the others.
"""

from datetime import date

from sqlalchemy import Connection

from connectors import _cells as cells
from connectors._cells import BadCellError
from imports._contract import Brought, Checked, Kind, change_of, compared
from imports._known import Known
from sheets.tabular import BadRow, TableRow, read_table, refuse
from store.dimensions import calendar_of, replace_calendar

COLUMNS = ("date", "kind", "name")
KINDS = {kind: kind for kind in ("holiday", "makeup")}
_SATURDAY = 5

Day = tuple[date, str, str]


def check(connection: Connection, _known: Known, content: bytes, name: str) -> Checked:
    """The days of a file, compared with the store's; a stored day of these years that it leaves out is "gone"."""
    table = read_table(content, name, COLUMNS)
    days, bad = cells.read_rows(table, _day)
    refuse(name, bad)
    refuse(name, _twice(table, days))
    if not days:
        refuse(name, [BadRow(0, "", "has no rows: a calendar names the days of whole years")])
    stored = {day: (kind, title) for day, kind, title in calendar_of(connection)}
    words = [change_of((kind, title), stored.get(day)) for day, kind, title in days]
    years, named = {day.year for day, _, _ in days}, {day for day, _, _ in days}
    gone = [day for day in sorted(stored) if day.year in years and day not in named]
    shown = [row.cells for row in table]
    shown += [{"date": str(day), "kind": stored[day][0], "name": stored[day][1]} for day in gone]
    return compared("calendar", name, days, shown, [*words, *["gone"] * len(gone)])


def _day(row: TableRow) -> Day:
    day = cells.day(row, "date")
    kind = cells.choice(row, "kind", KINDS)
    if kind == "makeup" and day.weekday() < _SATURDAY:
        raise BadCellError("kind", "is a working day anyway: only a Saturday or Sunday is made up", str(day))
    return day, kind, cells.words(row, "name")


def _twice(table: list[TableRow], days: list[Day]) -> list[BadRow]:
    first: dict[date, int] = {}
    pairs = [(row.number, day[0]) for row, day in zip(table, days, strict=True)]
    return [
        BadRow(number, "date", f"{day} stands in row {first[day]} already")
        for number, day in pairs
        if number != first.setdefault(day, number)
    ]


def store(connection: Connection, checked: Checked, _brought: Brought) -> None:
    """Store the years that the file names."""
    days: list[Day] = list(checked.rows)
    years = {day.year for day, _, _ in days}
    replace_calendar(connection, [day for day in calendar_of(connection) if day[0].year not in years] + days)


KIND = Kind(COLUMNS, (), check, store)
