"""Records of units or procedures that no catalogue names: they wait in quarantine for the catalogue that does."""

import msgspec

from store.quarantine import counts_on
from store.rows import BridgePoint, Document, Dossier, Meeting, Rejected, Row


def stranger(kind: str, row: Row, unit_codes: set[str], procedure_codes: set[str]) -> Rejected | None:
    """The row as a record to hold, when these codes, all that any catalogue names, do not hold its own; else None."""
    assert isinstance(row, Dossier | Document | Meeting | BridgePoint)
    if row.unit_code not in unit_codes:
        reason, detail = "unknown_unit", f"unit {row.unit_code!r} is in no catalogue"
    elif isinstance(row, Dossier) and row.procedure_code not in procedure_codes:
        reason, detail = "unknown_procedure", f"procedure {row.procedure_code!r} is in no catalogue"
    else:
        return None
    # An occupied room is only true at the moment: the next poll tells it again, a replay could not.
    payload = None if isinstance(row, Meeting) and row.room else msgspec.to_builtins(row)
    return Rejected(
        kind=kind,
        source_id=row.source_id,
        reason=reason,
        detail=detail,
        payload=payload,
        unit_code=row.unit_code,
        counts_on=counts_on(row),
    )
