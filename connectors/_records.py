"""From raw records to rows, one by one: a bad record becomes a Rejected and never loses a good one."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any, TypeVar

from connectors._codes import agency_code
from connectors._fields import BadFieldError
from connectors._kept import Kept, is_code, kept
from store.rows import Rejected

Made = TypeVar("Made")


def read_records(
    kind: str,
    records: Iterable[Any],
    key_field: str,
    kept_fields: Mapping[str, Kept],
    make: Callable[[Mapping[str, Any]], Made],
    unit_field: str = "",
) -> tuple[list[Made], list[Rejected]]:
    """What `make` builds of each record (a row, or several), and a Rejected for each that nothing could be built of.

    `kind` is the page's kind, `key_field` holds a record's id, `kept_fields` is all that a Rejected may keep of it;
    `unit_field`, where a record has one, names its unit.
    """
    rows: list[Made] = []
    rejected: list[Rejected] = []
    for record in records:
        if not isinstance(record, dict):
            rejected.append(Rejected(kind=kind, reason="not_an_object", detail="the record is no object"))
            continue
        try:
            rows.append(make(record))
        except BadFieldError as bad:
            rejected.append(_rejected(kind, record, key_field, kept_fields, unit_field, bad))
    return rows, rejected


def _rejected(
    kind: str,
    record: Mapping[str, Any],
    key_field: str,
    kept_fields: Mapping[str, Kept],
    unit_field: str,
    bad: BadFieldError,
) -> Rejected:
    unit = _code(record, unit_field)
    return Rejected(
        kind=kind,
        source_id=_code(record, key_field),
        reason=bad.reason,
        detail=str(bad),
        payload=kept(record, kept_fields),
        unit_code=agency_code(unit) if unit else None,
    )


def _code(record: Mapping[str, Any], field: str) -> str | None:
    """The code in a field; None where it holds nothing or something that is no code."""
    value = record.get(field)
    return (value.strip() or None) if isinstance(value, str) and is_code(value.strip()) else None
