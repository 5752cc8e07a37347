"""Targets: `indicator, unit_code, kind, comparator, value, valid_from, valid_to, decision, decided_on, issuer`.

One row is one target by one decision, for a unit or for every unit of a kind (exactly one of `unit_code` and `kind`:
tinh, so, huyen, xa). `comparator`: >= <= > < =. `value`: of a rate 51 % or 0.51, of anything else the number. Dates
are yyyy-mm-dd; `valid_to` (included), `decision` (its number), `decided_on` and `issuer` may be empty.
"""

from datetime import date
from typing import Any

from sqlalchemy import Connection

from connectors import _cells as cells
from connectors._cells import BadCellError
from imports._contract import Brought, Checked, Kind, change_of, compared
from imports._known import Known
from sheets.tabular import BadRow, TableRow, read_table, refuse
from store.dimensions import change_targets, stored_targets, target_key, target_terms

COLUMNS = ("indicator", "comparator", "value", "valid_from")
OPTIONAL = ("unit_code", "kind", "valid_to", "decision", "decided_on", "issuer")

# What an export says besides; who entered a target and when is noted anew.
IGNORED = ("entered_by", "entered_at")

COMPARATORS = {sign: sign for sign in (">=", "<=", ">", "<", "=")} | {"≥": ">=", "≤": "<="}
UNIT_KINDS = {kind: kind for kind in ("tinh", "so", "huyen", "xa")}


def check(connection: Connection, known: Known, content: bytes, name: str) -> Checked:
    """The targets of a file, compared with the store's; raises InputError."""
    table = read_table(content, name, COLUMNS, [*OPTIONAL, *IGNORED])
    rows, bad = cells.read_rows(table, lambda row: read_target(row, known))
    refuse(name, bad)
    refuse(name, _twice(table, rows))
    stored = stored_targets(connection)
    changes = [change_of(target_terms(row), stored.get(target_key(row))) for row in rows]
    return compared("targets", name, rows, (row.cells for row in table), changes)


def read_target(row: TableRow, known: Known) -> dict[str, Any]:
    """The target of a row, as columns of the table. Raises BadCellError."""
    indicator = cells.required(row, "indicator")
    cells.known("indicator", indicator, known.indicators, "indicator")
    unit, kind = _whom(row, known)
    first = cells.day(row, "valid_from")
    return {
        "indicator": indicator,
        "unit_code": unit,
        "kind": kind,
        "valid_from": first,
        "valid_to": cells.last_day(row, "valid_to", first, "valid_from"),
        "comparator": cells.choice(row, "comparator", COMPARATORS),
        "value": _value(row, known.indicators[indicator].form, indicator),
        "decision": cells.words(row, "decision"),
        "decided_on": cells.day_or_none(row, "decided_on"),
        "issuer": cells.words(row, "issuer"),
    }


def _whom(row: TableRow, known: Known) -> tuple[str, str]:
    if bool(row.cells["unit_code"]) == bool(row.cells["kind"]):
        raise BadCellError("unit_code", "a target is for a unit (unit_code) or for every unit of a kind (kind)")
    if row.cells["kind"]:
        return "", cells.choice(row, "kind", UNIT_KINDS)
    unit = cells.unit_code(row, "unit_code")
    cells.known("unit_code", unit, known.units, "unit of any catalogue")
    return unit, ""


def _value(row: TableRow, form: str, indicator: str) -> float:
    value = cells.amount(row, "value", "rate" if form == "rate" else "count")
    # Only a change can be more than the whole it is measured against.
    if form == "rate" and value > 1 and not indicator.endswith("_change"):
        raise BadCellError("value", "is more than the whole", row.cells["value"])
    return value


def _twice(table: list[TableRow], rows: list[dict[str, Any]]) -> list[BadRow]:
    first: dict[tuple[str, str, str, date], int] = {}
    bad = []
    for row, target in zip(table, rows, strict=True):
        if row.number != first.setdefault(target_key(target), row.number):
            where = f"row {first[target_key(target)]} sets the same target (indicator, unit or kind, valid_from)"
            bad.append(BadRow(row.number, "valid_from", where))
    return bad


def store(connection: Connection, checked: Checked, brought: Brought) -> None:
    """Store the targets with who, when and why."""
    said = brought
    change_targets(connection, checked.rows, by=said.by, at=said.at, reason=said.reason, who=said.who)


KIND = Kind(COLUMNS, OPTIONAL, check, store)
