"""What OpenCPS itself counts in a month, for reconciliation only (wire.md, 2).

Its percentages are not read: they are truncated, and say 100 where nothing was released.
"""

import msgspec

from connectors import _fields as fields
from connectors._fields import BadFieldError, Record, member
from connectors._http import SourceClient
from errors import SourceChanged


class MonthCounts(msgspec.Struct, frozen=True, kw_only=True):
    """The dossiers of one agency and field in one month. `unit_code` "": all agencies, `field_code` "": all fields.

    `processing` and `overdue` are open at the end of the month; `early`, `on_time` and `late` are of the `released`.
    """

    unit_code: str
    field_code: str
    received: int
    received_online: int
    released: int
    early: int
    on_time: int
    late: int
    processing: int
    overdue: int


def statistics(http: SourceClient, month: int, year: int) -> list[MonthCounts]:
    """The rows of a month, the grand total among them. Raises SourceChanged for a row that cannot be read."""
    answer = http.get_json("/o/secure/rest/statistics", {"month": month, "year": year})
    rows = member(http.source, answer, "dossierStatisticData", list)
    try:
        return [_counts(row) for row in rows if isinstance(row, dict)]
    except BadFieldError as error:
        raise SourceChanged(http.source, f"statistics of {month:02}/{year}: {error}") from error


def _counts(row: Record) -> MonthCounts:
    return MonthCounts(
        unit_code=fields.unit_code_or_none(row, "govAgencyCode") or "",
        field_code=fields.code_or_none(row, "domainCode") or "",
        received=_count(row, "receivedCount"),
        received_online=_count(row, "onlineCount"),
        released=_count(row, "releaseCount"),
        early=_count(row, "betimesCount"),
        on_time=_count(row, "ontimeCount"),
        late=_count(row, "overtimeCount"),
        processing=_count(row, "processingCount"),
        overdue=_count(row, "overdueCount"),
    )


def _count(row: Record, field: str) -> int:
    return fields.integer(row, field) or 0
