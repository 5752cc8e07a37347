"""The rows of ThongKe: what the one-stop itself counts, unit by unit, for reconciliation only (wire.md, 1)."""

from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any

from connectors import _fields as fields
from connectors._contract import SourceCount
from connectors._fields import BadFieldError
from errors import SourceChanged

# HSDaXLDungHan counts early and on time together; HSDangXuLy is open at the end of the last day.
FIGURES: Mapping[str, str] = {
    "received": "HSTiepNhan",
    "received_online": "HSTiepNhanTrucTuyen",
    "completed": "HSDaXuLy",
    "completed_in_time": "HSDaXLDungHan",
    "completed_late": "HSDaXLQuaHan",
    "open": "HSDangXuLy",
}


def unit_counts(source: str, rows: list[Any], first: date, last: date) -> Iterator[SourceCount]:
    """The counts of each row over these local days. Raises SourceChanged where there is none, or one that is no count:
    half a comparison would say of the other half that it agrees."""
    if not rows:
        raise SourceChanged(source, "/ThongKe: holds no rows")
    for row in rows:
        if not isinstance(row, dict):
            raise SourceChanged(source, "/ThongKe: a row is no object")
        try:
            unit_code = fields.unit_code(row, "MADONVI")
            for figure, field in FIGURES.items():
                fields.required(row, field)
                count = fields.integer(row, field) or 0
                yield SourceCount(figure=figure, unit_code=unit_code, first=first, last=last, count=count)
        except BadFieldError as error:
            raise SourceChanged(source, f"/ThongKe: {error}") from error
