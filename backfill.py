"""Reading a window of a source once more while live polling goes on, and what closed figures that would change.

The window is read in a session of its own, within the source's request budget; the cursor stays where it is. What was
published changes only by a revision (`publishing.close_period`).
"""

from collections.abc import Callable, Iterator
from datetime import date
from typing import NamedTuple

import msgspec
import polars as pl
from sqlalchemy import Engine

from clock import Clock, end_of_day, start_of_day
from config import Settings, SourceSettings
from connectors._contract import Connector, Page
from connectors._http import Retry
from errors import InputError, SourceError
from poll_run import Source, open_source
from publishing import outdated
from store.engine import writing
from store.reads import read_snapshot, snapshot_since
from store.rows import Batch
from store.runs import begin_run, end_run
from store.writes import Written, store_batch, write_batch

# A live poll that meets such a transaction waits for less than a second.
BATCH_RECORDS = 2_000

Told = Callable[[str, float], None]


class Backfilled(NamedTuple):
    """What a window held, and what became of it.

    changes    the figures of closed periods that it makes differ: columns as of `publishing.outdated`
    differed   how many figures of closed periods differed before it already
    failure    why the source was not read to the window's end; what had come before is stored
    """

    fetched: int
    accepted: int
    unchanged: int
    rejected: int
    changes: pl.DataFrame
    differed: int
    failure: SourceError | None


def backfill(
    engine: Engine,
    settings: Settings,
    clock: Clock,
    name: str,
    window: tuple[date, date],
    *,
    retry: Retry,
    told: Told,
    dry_run: bool = False,
) -> Backfilled:
    """Read these local days (both included) of a source again: what was updated on them; of a source that knows no
    update times, what was received on them.

    `dry_run`: all of it is stored and counted in one transaction, which is then taken back. `told(what, share)` hears
    how far it is. Raises ConfigError for an unknown source, InputError for a window that is none and for a source that
    keeps no past, StoreError when the database fails.
    """
    if not window[0] <= window[1] or window[0] > clock.today():
        raise InputError(
            f"{window[0]} to {window[1]}: no days that a source could have told of (today {clock.today()})"
        )
    source = open_source(beside_polling(settings.source(name)), clock, retry)
    with source.client:
        _refuse_without_past(source.connector, name)
        window_read = _WindowRead(source, clock, window, told)
        return _rehearse(engine, window_read) if dry_run else _store(engine, window_read)


def beside_polling(source: SourceSettings) -> SourceSettings:
    """The source with half of its calls a minute: the poller, in another process, has its own and needs few of them."""
    return msgspec.structs.replace(source, requests_per_minute=max(1, source.requests_per_minute // 2))


def _refuse_without_past(connector: Connector, name: str) -> None:
    if connector.medium == "file":
        raise InputError(f"{name}: every poll reads its whole file; there is nothing to read again")
    if "running" in connector.kinds:
        raise InputError(f"{name}: a {connector.dialect} tells only what is on now; its past cannot be read again")


class _WindowRead:
    """The records of a window, as they come."""

    def __init__(self, source: Source, clock: Clock, window: tuple[date, date], told: Told) -> None:
        self.source, self.clock = source, clock
        self.fetched = 0
        self.failure: SourceError | None = None
        self._window, self._told = window, told
        self._start, self._end = start_of_day(window[0]), end_of_day(window[1])

    def batches(self) -> Iterator[Batch]:
        """Typed rows, some thousand at a time; a failure of the source ends them and is kept."""
        batch = Batch()
        for page in self._pages():
            rows = self.source.connector.to_rows(page, self.clock.now())
            self.fetched += len(rows)
            self._told("reading", self._share(page))
            batch.add(rows)
            if len(batch) >= BATCH_RECORDS:
                yield batch
                batch = Batch()
        yield batch

    def _pages(self) -> Iterator[Page]:
        connector, client = self.source.connector, self.source.client
        pages = (
            connector.keys(client, *self._window)
            if connector.keys and connector.keyed_by == "entered"
            else connector.pull(client, self._start)
        )
        try:
            for page in pages:
                yield page
                if page.cursor and page.cursor > self._end:
                    return  # in the order of update times, nothing of the window comes any more
        except SourceError as error:
            self.failure = error

    def _share(self, page: Page) -> float:
        if page.cursor:
            return min((page.cursor - self._start) / (self._end - self._start), 1.0)
        return min(self.fetched / page.source_count, 1.0) if page.source_count else 0.0


def _store(engine: Engine, window_read: _WindowRead) -> Backfilled:
    name, clock = window_read.source.name, window_read.clock
    before = outdated(engine, read_snapshot(engine))
    run_id = begin_run(engine, name, clock.now())
    written = [write_batch(engine, name, batch, run_id, None, clock.now()) for batch in window_read.batches()]
    failure = window_read.failure
    end_run(engine, run_id, "backfill", clock.now(), str(failure or ""), fetched=window_read.fetched)
    return _result(window_read, written, before, outdated(engine, read_snapshot(engine)))


def _rehearse(engine: Engine, window_read: _WindowRead) -> Backfilled:
    batches = list(window_read.batches())  # asked for before anybody has to wait for us
    with writing(engine) as connection:
        before = snapshot_since(connection, -1)
        trial = connection.begin_nested()
        name, clock = window_read.source.name, window_read.clock
        written = [store_batch(connection, name, batch, clock.now()) for batch in batches]
        after = snapshot_since(connection, -1)
        trial.rollback()
    return _result(window_read, written, outdated(engine, before), outdated(engine, after))


def _result(window_read: _WindowRead, written: list[Written], before: pl.DataFrame, after: pl.DataFrame) -> Backfilled:
    return Backfilled(
        fetched=window_read.fetched,
        accepted=sum(one.accepted for one in written),
        unchanged=sum(one.unchanged for one in written),
        rejected=sum(one.rejected for one in written),
        changes=after.join(before, on=after.columns, how="anti", nulls_equal=True),
        differed=before.height,
        failure=window_read.failure,
    )
