"""What people bring in as files: units, procedures, targets, returns, outlines, the calendar of working days.

    checked = check_import(engine, "targets", content, "chi-tieu.xlsx")    raises InputError with every bad row
    store_import(engine, checked, by="…", at=clock.now(), reason="…")      one transaction

The command line, the operators' pages and the demo share these two. A file is checked as a whole; when a row is bad
nothing is stored. The columns of each kind stand in `imports/_KIND.py`. What was imported stands: a source that is
polled later changes nothing in units and procedures that a person has imported.
"""

from datetime import datetime

from sqlalchemy import Engine

from errors import InputError
from imports import _boundaries, _calendar, _procedures, _returns, _targets, _units
from imports._contract import Brought, Checked, Kind
from imports._known import known
from store.audit import Deed, host_user, note
from store.engine import reading, writing

__all__ = ["COLUMNS", "KINDS", "LARGEST_FILE_BYTES", "Checked", "check_import", "store_import"]

_KINDS: dict[str, Kind] = {
    "units": _units.KIND,
    "procedures": _procedures.KIND,
    "targets": _targets.KIND,
    "returns": _returns.KIND,
    "boundaries": _boundaries.KIND,
    "calendar": _calendar.KIND,
}
KINDS = tuple(_KINDS)
# No kind of file is larger; what is read up to here is refused for its size.
LARGEST_FILE_BYTES = _boundaries.MOST_BYTES + 1
# What a file of each kind holds: the columns it must have, those it may have.
COLUMNS = {name: (kind.columns, kind.optional) for name, kind in _KINDS.items()}


def check_import(engine: Engine, kind: str, content: bytes, name: str) -> Checked:
    """What a file would bring, compared with the store; nothing is stored.

    Raises InputError for an unknown kind or an unreadable file; its subclass `tabular.BadRowsError` holds in `bad`
    every row that is wrong. `name` is what messages call the file.
    """
    if kind not in _KINDS:
        raise InputError(f"unknown kind of file {kind!r}; one of: {', '.join(KINDS)}")
    with reading(engine) as connection:
        return _KINDS[kind].check(connection, known(connection), content, name)


def store_import(engine: Engine, checked: Checked, *, by: str, at: datetime, reason: str = "", who: str = "") -> None:
    """Store what `check_import` found; all of it, or nothing. Of what is stored already nothing changes.

    `by` and `reason` are kept with targets, `at` with targets and returns. The audit log names `who` ("": `by`, or
    whoever runs this program). Raises StoreError when the database fails.
    """
    brought = Brought(by, at, reason, who or by or host_user())
    counts = {name: getattr(checked, name) for name in ("new", "changed", "unchanged")}
    with writing(engine) as connection:
        _KINDS[checked.kind].store(connection, checked, brought)
        if checked.new or checked.changed:
            details = {"by": by, "kind": checked.kind, **counts}
            note(connection, Deed(brought.who, "import", f"{checked.kind}: {checked.name}", reason, details))
