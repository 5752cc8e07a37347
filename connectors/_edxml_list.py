"""The list of packets of a document axis gateway, read page by page along `createdTime`.

Several packets share a second, and `from` is inclusive: a page may bring again what the one before brought. A page that
is full of one second, or not in order, leads nowhere: the same question is asked again for more at once.
"""

import re
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from clock import LOCAL_ZONE
from connectors._fields import member, parse_local_instant
from connectors._http import SourceClient
from connectors._kept import is_code
from errors import SourceChanged, SourceError, SourceRefused, SourceUnavailable

LIST = "/getReceivedEdocList"

# The size that the interface names, and the largest that is tried where a second holds more than that.
PAGE_SIZE, LARGEST_PAGE = 100, 10_000
# No packet is older: the axis began in 2019.
FIRST = datetime(2000, 1, 1, tzinfo=LOCAL_ZONE)

_TIME = re.compile(r"\d{4}/\d\d/\d\d[ T]\d\d:\d\d:\d\d", re.ASCII)
_REFUSED = re.compile(r"40[13]|auth|token|permission|denied", re.IGNORECASE)
_BUSY = re.compile(r"408|425|429|5\d\d|busy|timeout|unavailable|maintenance", re.IGNORECASE)


class Listed(NamedTuple):
    """What one page brought that is new; everything created up to `cursor` has been listed with it."""

    entries: list[Any]
    cursor: datetime | None


def listed(http: SourceClient, since: datetime | None) -> Iterator[Listed]:
    """The pages of everything created at or after `since`, each entry once."""
    begin, size, before = since or FIRST, PAGE_SIZE, 0
    known: set[Any] = set()
    while True:
        entries = _page(http, begin, size)
        fresh = [entry for entry in entries if _identity(entry) not in known]
        times = [moment for moment in map(_created, entries) if moment]
        newest = max(times, default=None)
        # A gateway with a greatest page of its own gives no more, however much is asked for: that is no end.
        if len(entries) < PAGE_SIZE or before < len(entries) < size:
            yield Listed(fresh, newest)
            return
        leads_on = newest is not None and newest > begin and times == sorted(times)
        if newest is not None and leads_on:
            yield Listed(fresh, newest - timedelta(seconds=1))
            begin, size, before, known = newest, PAGE_SIZE, 0, set(map(_identity, entries))
            continue
        yield Listed(fresh, None)
        if len(entries) < size or size >= LARGEST_PAGE:
            raise SourceChanged(
                http.source, f"{LIST}: {len(entries)} packets of one time fill the page, and no more come"
            )
        size, before = size * 10, len(entries)
        known.update(map(_identity, entries))


def _page(http: SourceClient, begin: datetime, size: int) -> list[Any]:
    question: dict[str, str | int] = {"from": begin.astimezone(LOCAL_ZONE).isoformat(timespec="seconds"), "limit": size}
    answer = http.get_json(LIST, question)
    failure = told_failure(http.source, LIST, answer)
    if failure:
        raise failure
    status: str = member(http.source, answer, "status", str)
    if status.upper() != "OK":
        raise SourceChanged(http.source, f"{LIST}: status is neither OK nor FAIL")
    return member(http.source, answer, "data", list)


def told_failure(source: str, path: str, answer: Any) -> SourceError | None:
    """The error that an answer of HTTP 200 tells with status FAIL, by its ErrorCode; None when it tells none."""
    if not isinstance(answer, dict) or str(answer.get("status")).upper() != "FAIL":
        return None
    code = str(answer.get("ErrorCode"))
    # The description is free text of a foreign system: it is not shown.
    message = f"{path}: status FAIL, ErrorCode {code if is_code(code) and len(code) <= 40 else 'unreadable'}"
    kind = SourceRefused if _REFUSED.search(code) else SourceUnavailable if _BUSY.search(code) else SourceChanged
    return kind(source, message)


def created_at(value: Any) -> datetime | None:
    """The instant of a local time written `yyyy/MM/dd HH:mm:ss` (also with a T between), in UTC; else None."""
    if not isinstance(value, str) or not _TIME.fullmatch(value.strip()):
        return None
    return parse_local_instant(re.sub(r"\D", "", value))


def _created(entry: Any) -> datetime | None:
    return created_at(entry.get("createdTime")) if isinstance(entry, dict) else None


def _identity(entry: Any) -> Any:
    """What tells entries apart; those without a readable id are told apart by nothing and come again."""
    document = entry.get("docId") if isinstance(entry, dict) else None
    return document if isinstance(document, str) else object()
