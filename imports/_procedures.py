"""Procedures: `code, valid_from, valid_to, name, level, tier`, and `agency_code, field_code, field_name, fee,
national_portal`.

A row is a procedure while it had this level: 2, 3 or 4 (from 15/08/2022: 3 in part, 4 wholly online). `tier`: tinh,
huyen, xa. `agency_code`: the unit that alone offers it; empty: every unit of the tier. `fee`, `national_portal`: 1 or
0, true or false; empty: no. The file adds to what is stored; what it says of a procedure stands, whatever a source
says later.
"""

from sqlalchemy import Connection

from config import IMPORTED
from connectors import _cells as cells
from imports._contract import Brought, Checked, Kind, compared
from imports._dated import change_words, codes_to_store, faults, stored_rows
from imports._known import Known
from sheets.tabular import TableRow, read_table, refuse
from store.rows import Batch, Procedure
from store.tables import procedures
from store.writes import store_batch

COLUMNS = ("code", "valid_from", "name", "level", "tier")
OPTIONAL = ("valid_to", "agency_code", "field_code", "field_name", "fee", "national_portal")
LEVELS = {"2": 2, "3": 3, "4": 4}
TIERS = {tier: tier for tier in ("tinh", "huyen", "xa")}
FLAGS = {"1": True, "0": False, "true": True, "false": False}


def check(connection: Connection, known: Known, content: bytes, name: str) -> Checked:
    """The procedures of a file, compared with the store's; raises InputError."""
    table = read_table(content, name, COLUMNS, OPTIONAL)
    rows, bad = cells.read_rows(table, lambda row: _procedure(row, known))
    refuse(name, bad)
    stored = stored_rows(connection, procedures, Procedure)
    refuse(name, faults(table, rows, stored))
    return compared("procedures", name, rows, (row.cells for row in table), change_words(rows, stored))


def _procedure(row: TableRow, known: Known) -> Procedure:
    first = cells.day(row, "valid_from")
    agency = cells.unit_code(row, "agency_code") if row.cells["agency_code"] else None
    if agency is not None:
        cells.known("agency_code", agency, known.units, "unit of any catalogue")
    cells.required(row, "name")
    return Procedure(
        code=cells.code(row, "code"),
        valid_from=first,
        valid_to=cells.last_day(row, "valid_to", first, "valid_from"),
        name=cells.words(row, "name"),
        level=cells.choice(row, "level", LEVELS),
        tier=cells.choice(row, "tier", TIERS),  # type: ignore[arg-type]  # the mapping holds these three words
        agency_code=agency,
        field_code=cells.code(row, "field_code") if row.cells["field_code"] else "",
        field_name=cells.words(row, "field_name"),
        fee=_flag(row, "fee"),
        national_portal=_flag(row, "national_portal"),
    )


def _flag(row: TableRow, column: str) -> bool:
    return cells.choice(row, column, FLAGS) if row.cells[column] else False


def store(connection: Connection, checked: Checked, brought: Brought) -> None:
    """Store the procedures; what waited for them comes in."""
    stored = stored_rows(connection, procedures, Procedure)
    store_batch(connection, IMPORTED, Batch(procedures=codes_to_store(list(checked.rows), stored)), brought.at)


KIND = Kind(COLUMNS, OPTIONAL, check, store)
