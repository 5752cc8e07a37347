"""Statistical returns: `unit_code, period, indicator, numerator, denominator, value, note` (wire.md, section 9).

`period`: 2021, 2021-Q2, 2021-06 or 2021-06-15. A rate has numerator and denominator, or a value (51 % or 0.51); a count
has a numerator or a value. A return replaces the one imported before of the same unit, indicator and period.
"""

from sqlalchemy import Connection

from config import IMPORTED
from connectors._return_rows import COLUMNS, OPTIONAL, read_returns
from imports._contract import Brought, Checked, Kind, change_of, compared
from imports._known import Known
from sheets.tabular import read_table, refuse
from store.return_writes import put_returns, stored_returns
from store.rows import Return

# What an export says besides; whoever imports it is the source from then on.
IGNORED = ("source", "stored_at")


def check(connection: Connection, known: Known, content: bytes, name: str) -> Checked:
    """The returns of a file, compared with those imported before; raises InputError."""
    table = read_table(content, name, COLUMNS, [*OPTIONAL, *IGNORED])
    rows, bad = read_returns(table, known.units)
    refuse(name, bad)
    stored = stored_returns(connection, IMPORTED)
    changes = [change_of(row, stored.get(row.source_id)) for row in rows]
    return compared("returns", name, rows, (row.cells for row in table), changes)


def store(connection: Connection, checked: Checked, brought: Brought) -> None:
    """Store the returns."""
    rows: list[Return] = list(checked.rows)
    put_returns(connection, IMPORTED, rows, brought.at)


KIND = Kind(COLUMNS, OPTIONAL, check, store)
