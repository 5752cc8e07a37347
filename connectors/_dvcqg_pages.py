"""Reading all pages of the one-stop's dossiers, whatever happens to them meanwhile (wire.md, 1).

Pages shift while they are read, because a dossier that changes moves to the end. A source that keeps the order by
update time is read by key; one that does not is read by page number, over and over until nothing new comes.
"""

from collections.abc import Callable, Generator, Iterator
from operator import attrgetter, gt
from typing import Any, NamedTuple

import polars as pl

from connectors import _fields as fields
from connectors._contract import Page
from connectors._dvcqg_dossiers import Told
from connectors._instants import local_instants

# The most that the service gives at once; fewer requests, and fewer pages that can shift.
PAGE_SIZE = 5000
# A question of several pages is read again at most so often; what still slips comes with the next overlap.
MOST_REREADS = 3


class Answered(NamedTuple):
    """One answer: its records, how many the source says the question has, and the size of its pages."""

    records: list[Any]
    total: int
    page_size: int


# (capNhatTu or "", trang) to the answer
Ask = Callable[[str, int], Answered]


def read_pages(ask: Ask, begin: str) -> Iterator[Page]:
    """Everything updated at or after `begin` ("": everything)."""
    in_order = yield from _by_key(ask, begin)
    if not in_order:
        # What the next key would have skipped is anywhere: begin again, by numbers.
        yield from _by_number(ask, begin)


def _by_key(ask: Ask, begin: str) -> Generator[Page, None, bool]:
    """The next question begins at the greatest update time seen, inclusive, so a dossier that moves is not skipped.

    Only where a whole page shares one update time does `trang` go on; such a question is read again until it brings
    nothing new, because a dossier that leaves its pages makes another one slip from the next page to one that was
    read already. Returns False, and stops, when the source does not keep the order. A page's cursor is where its
    question begins: whoever is killed in the middle goes on from what the source's own counts show to be read.
    """
    number, received, fresh_count, rereads = 1, 0, 0, 0
    first_total: int | None = None
    known = _Known()
    held: dict[Any, str] = {}
    before: _Read | None = None
    while True:
        records, total, page_size = ask(begin, number)
        updated = _update_times(records)
        times = _times(updated)
        if any(map(gt, [begin, *times], times)) or _skips(ask, before, total):
            return False
        first_total = total if first_total is None else first_total
        received += len(records)
        fresh = known.others(records, updated)
        fresh_count += len(fresh)
        held.update(zip(_keys(records), updated, strict=True))
        newest = times[-1] if times else ""
        ended = not records or (len(records) < page_size and received >= total)
        once_more = number > 1 and fresh_count > 0 and rereads < MOST_REREADS
        seen_to = newest if ended and not once_more else begin
        yield Page(kind="dossiers", records=fresh, source_count=first_total, cursor=fields.parse_local_instant(seen_to))
        if not ended and newest <= begin:
            number += 1
            known.add(records, updated, begin)
        elif once_more:
            number, received, fresh_count, rereads = 1, 0, 0, rereads + 1
            known.add(records, updated, begin)
        elif ended:
            return True
        else:
            before = _Read(begin, total, len(held) - list(held.values()).count(newest))
            begin, number, received, fresh_count, rereads = newest, 1, 0, 0, 0
            known, held = _Known(), {}
            known.add(records, updated, begin)


class _Read(NamedTuple):
    """A question that was read up to the next one's begin: how many it had in all, how many came from before that."""

    begin: str
    total: int
    came: int


def _skips(ask: Ask, before: _Read | None, total: int) -> bool:
    """Whether the source holds more before the begin of this question than it gave: then it keeps another order.

    What was deleted between two answers looks the same once, so the question before is asked for its count again.
    """
    if before is None or before.total - total <= before.came:
        return False
    return ask(before.begin, 1).total - total > before.came


def _by_number(ask: Ask, begin: str) -> Iterator[Page]:
    """Every page of one question, again until a whole reading brings nothing new; only its last page has a cursor."""
    known = _Known()
    newest = ""
    for _ in range(1 + MOST_REREADS):
        number, known_before = 0, len(known)
        while True:
            number += 1
            records, total, page_size = ask(begin, number)
            updated = _update_times(records)
            fresh = known.others(records, updated)
            known.add(records, updated, "")
            newest = max([newest, *_times(updated)])
            yield Page(kind="dossiers", records=fresh, source_count=total)
            # A source that knows no page numbers gives the same page for ever.
            if not records or (not fresh and number * page_size >= total):
                break
        if len(known) == known_before:
            break
    yield Page(kind="dossiers", records=[], cursor=fields.parse_local_instant(newest))


class _Known:
    """Records that came already. Only those of one update time are compared: most pages share just one with another."""

    def __init__(self) -> None:
        self._identities: dict[str, set[int]] = {}

    def __len__(self) -> int:
        return sum(map(len, self._identities.values()))

    def add(self, records: list[Any], updated: list[str], begin: str) -> None:
        """Know these records from now on, as far as they were updated at or after `begin`."""
        for number in [number for number, time in enumerate(updated) if time >= begin]:
            self._identities.setdefault(updated[number], set()).add(_identity(records[number]))

    def others(self, records: list[Any], updated: list[str]) -> list[Any]:
        """The records that are not known."""
        if self._identities.keys().isdisjoint(updated):
            return records
        return [
            record
            for record, time in zip(records, updated, strict=True)
            if time not in self._identities or _identity(record) not in self._identities[time]
        ]


def _identity(record: Any) -> int:
    return hash(repr(record.plain() if isinstance(record, Told) else record))


def _keys(records: list[Any]) -> list[Any]:
    """The dossiers' numbers; a record without one is known by all that it holds."""
    keys = _fields(records, "MaHoSo")
    return [key if type(key) is str else _identity(record) for key, record in zip(keys, records, strict=True)]


def _update_times(records: list[Any]) -> list[str]:
    """When each record was updated, as it says; "" where it says nothing."""
    return [value if type(value) is str else "" for value in _fields(records, "NgayCapNhat")]


def _fields(records: list[Any], name: str) -> list[Any]:
    try:
        return list(map(attrgetter(name), records))
    except AttributeError:  # one of them was decoded by itself
        return [_field(record, name) for record in records]


def _field(record: Any, name: str) -> Any:
    if isinstance(record, Told):
        return getattr(record, name)
    return record.get(name) if isinstance(record, dict) else None


def _times(updated: list[str]) -> list[str]:
    """Those of the update times that are times, in their order."""
    moments, unread = local_instants(pl.Series(updated, dtype=pl.String))
    if not unread.any() and not moments.has_nulls():
        return updated
    return list(filter(fields.parse_local_instant, updated))
