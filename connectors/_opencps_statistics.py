"""What OpenCPS itself counts in a month, for reconciliation only (wire.md, 2).

Its percentages are not read: they are truncated, and say 100 where nothing was released.
"""

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from datetime import date, timedelta

import msgspec

from connectors import _fields as fields
from connectors._contract import SourceCount
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


FIGURES: Mapping[str, Callable[[MonthCounts], int]] = {
    "received": lambda row: row.received,
    "received_online": lambda row: row.received_online,
    "completed": lambda row: row.released,
    "completed_early": lambda row: row.early,
    "completed_on_time": lambda row: row.on_time,
    "completed_late": lambda row: row.late,
    "open": lambda row: row.processing,
    "overdue": lambda row: row.overdue,
}


def month_counts(http: SourceClient, first: date, last: date) -> Iterator[SourceCount]:
    """What it counts in each month that lies whole within these local days, agency by agency.

    Its rows of one agency and one field are summed; what it sums itself is not asked.
    """
    for begin, end in _whole_months(first, last):
        sums: dict[tuple[str, str], int] = defaultdict(int)
        for row in statistics(http, begin.month, begin.year):
            if row.unit_code and row.field_code:
                for figure, of_row in FIGURES.items():
                    sums[figure, row.unit_code] += of_row(row)
        for (figure, unit_code), count in sums.items():
            yield SourceCount(figure=figure, unit_code=unit_code, first=begin, last=end, count=count)


def _whole_months(first: date, last: date) -> Iterator[tuple[date, date]]:
    begin = first if first.day == 1 else _next_month(first)
    while (following := _next_month(begin)) - timedelta(days=1) <= last:
        yield begin, following - timedelta(days=1)
        begin = following


def _next_month(day: date) -> date:
    return (day.replace(day=1) + timedelta(days=31)).replace(day=1)


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
