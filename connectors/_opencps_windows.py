"""Reading the dossiers of OpenCPS in date windows, whatever shifts in them meanwhile (wire.md, 2)."""

from collections.abc import Generator, Iterator
from datetime import date, datetime, timedelta
from typing import Any

from connectors import _fields as fields
from connectors._contract import Page
from connectors._fields import member
from connectors._http import SourceClient
from connectors._offsets import Rows, key_of, read_list

RESOURCE = "/o/secure/rest/v2"
# Its own dossiers, and those that came through the two kinds of systems connected to it.
_SYSTEMS = "0,1,2"
# The size that the interface names: whatever comes beyond it in one answer came twice or from elsewhere.
PAGE_SIZE = 200
# Its search engine gives no row beyond the ten thousandth of a question: a larger window is halved, down to these days.
WINDOW_ROWS, SHORTEST_WINDOW = 5000, timedelta(days=15)
_DAY = timedelta(days=1)


def read_days(
    http: SourceClient, first: date, last: date, newest: datetime | None = None
) -> Generator[Page, None, datetime | None]:
    """Pages of the dossiers received on these local days, or received before and open or released since the first.

    Returns the newest update time seen, at least `newest`. The first page says how many dossiers the source holds for
    these days. Raises SourceUnavailable naming a window whose rows do not come to rest.
    """
    total = _rows(http, first, last, 0, 1).total
    yield Page(kind="dossiers", records=[], source_count=total)
    for begin, end in _windows(http, first, last, total):
        name = f"dossiers from {_written(begin)} to {_written(end)}"

        def ask(start: int, begin: date = begin, end: date = end) -> Rows:
            return _rows(http, begin, end, start, start + PAGE_SIZE)

        for fresh in read_list(http.source, name, "dossierId", ask):
            newest = max(filter(None, [newest, *map(_updated, fresh.rows)]), default=None)
            yield Page(kind="dossiers", records=fresh.rows)
    return newest


def count_days(http: SourceClient, first: date, last: date) -> int:
    """How many dossiers the source now holds for these local days."""
    return _rows(http, first, last, 0, 1).total


def _windows(http: SourceClient, first: date, last: date, total: int) -> Iterator[tuple[date, date]]:
    """The days from `first` to `last`, which hold `total` dossiers, in parts; those that hold none are left out."""
    if total <= WINDOW_ROWS or last - first < SHORTEST_WINDOW:
        if total:
            yield first, last
        return
    middle = first + (last - first) // 2
    for begin, end in ((first, middle), (middle + _DAY, last)):
        yield from _windows(http, begin, end, _rows(http, begin, end, 0, 1).total)


def _rows(http: SourceClient, first: date, last: date, start: int, end: int) -> Rows:
    question: dict[str, str | int] = {
        "start": start,
        "end": end,
        "systemId": _SYSTEMS,
        "top": "statistic",
        "fromStatisticDate": _written(first),
        "toStatisticDate": _written(last),
    }
    answer = http.get_json(f"{RESOURCE}/dossiers", question)
    rows, total = member(http.source, answer, "data", list), member(http.source, answer, "total", int)
    following = start + min(len({key_of(row, "dossierId") for row in rows}), end - start)
    return Rows(rows, total, following if rows and following < total else None)


def _written(day: date) -> str:
    return f"{day:%d/%m/%Y}"


def _updated(record: Any) -> datetime | None:
    return parse_instant(record.get("modifiedDate")) if isinstance(record, dict) else None


def parse_instant(value: Any) -> datetime | None:
    """The instant, in UTC, of a local time written dd/MM/yyyy HH:mm:ss; None when it is no such time."""
    if not isinstance(value, str) or len(value) != 19 or f"{value[2]}{value[5]}{value[10]}" != "// ":
        return None
    if value[13] != ":" or value[16] != ":":
        return None
    return fields.parse_local_instant(f"{value[6:10]}{value[3:5]}{value[:2]}{value[11:13]}{value[14:16]}{value[17:]}")
