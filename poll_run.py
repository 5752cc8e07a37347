"""One poll of one source, from the first page to the run's row; `poller.py` says when.

What goes wrong ends the run with the reason in its row and leaves the cursor alone.
"""

import threading
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from datetime import datetime

import msgspec
import polars as pl
from sqlalchemy import Engine

from clock import Clock
from config import Settings, SourceSettings
from connectors import connector
from connectors._contract import Connector, Page, nothing
from connectors._file import open_client
from connectors._http import TIMEOUT_SECONDS, Retry, SourceClient
from connectors._retry import patient
from errors import SourceError, SourceUnavailable, StoreError
from store.first_load import FirstLoad
from store.reads import cursor_of
from store.rows import Batch
from store.runs import begin_run, end_run, was_read
from store.upsert import with_identity
from store.writes import write_batch

# Large enough that a transaction's fixed cost does not count, small enough that a killed first load loses little, and
# that two are in memory: one that is read, one that is stored.
BATCH_RECORDS = 15_000
# A poll that still brings news after so many rounds meets a source busier than we are; the next poll goes on.
MOST_ROUNDS = 5
# A source that hangs, drips or pages for ever must not hold its job; the first reading of years may take its time.
LONGEST_POLL_SECONDS, LONGEST_FIRST_POLL_SECONDS = 3600.0, 12 * 3600.0


class RunResult(msgspec.Struct, frozen=True, kw_only=True):
    """How one run ended: outcome "ok", or "unavailable", "refused", "changed" or "store" with a message."""

    source: str
    outcome: str
    message: str = ""
    fetched: int = 0
    accepted: int = 0
    unchanged: int = 0
    rejected: int = 0
    source_count: int | None = None
    reasons: dict[str, int] = msgspec.field(default_factory=dict)
    retry_after: float | None = None

    @property
    def ok(self) -> bool:
        """Whether the source was read to its end."""
        return self.outcome == "ok"

    def __str__(self) -> str:
        """One line for a person: the counts, or what went wrong."""
        message = self.message.removeprefix(f"{self.source}: ")
        if not self.ok:
            return f"{self.source}: {self.outcome}: {message}"
        names = ("fetched", "accepted", "unchanged", "rejected")
        counts = ", ".join(f"{getattr(self, name)} {name}" for name in names)
        return f"{self.source}: ok, {counts}" + (f"; {message}" if message else "")


class Source(msgspec.Struct, frozen=True, kw_only=True):
    """A source with its connector and its open client, which keeps the session between runs."""

    settings: SourceSettings
    connector: Connector
    client: SourceClient

    @property
    def name(self) -> str:
        """The source's name in the settings."""
        return self.settings.name

    @property
    def has_catalogues(self) -> bool:
        """Whether units and procedures come from here."""
        return self.connector.catalogues is not nothing


def open_source(
    settings: SourceSettings, clock: Clock, retry: Retry, timeout_seconds: float = TIMEOUT_SECONDS
) -> Source:
    """A source ready to be polled; nothing is asked yet. Raises ConfigError for a wrong setting or a missing secret."""
    chosen = connector(settings.dialect)
    client = open_client(settings, chosen, clock, retry, timeout_seconds)
    return Source(settings=settings, connector=chosen, client=client)


@contextmanager
def open_sources(settings: Settings, clock: Clock, retry: Retry, name: str | None = None) -> Iterator[list[Source]]:
    """All sources, or the one of that name; those with catalogues first, so that units are known before records."""
    wanted = [settings.source(name)] if name else settings.sources
    with ExitStack() as clients:
        sources = [open_source(source, clock, retry) for source in wanted]
        for source in sources:
            clients.enter_context(source.client)
        yield sorted(sources, key=lambda source: not source.has_catalogues)


class _Run:
    """What one run has gathered so far."""

    def __init__(self, engine: Engine, source: Source, clock: Clock, *, is_first: bool) -> None:
        self.engine, self.source, self.clock = engine, source, clock
        self._first_load = FirstLoad() if is_first else None
        self.id = begin_run(engine, source.name, clock.now())
        self.fetched = 0
        self.counts: Counter[str] = Counter()
        self.reasons: Counter[str] = Counter()
        self.source_counts: dict[str, int] = {}
        self._to_rows = source.connector.to_columns or source.connector.to_rows

    def read(self, pages: Iterator[Page]) -> None:
        """Store all pages, some thousand records at a time; the cursor moves with the records that it stands for.

        While a thread stores a batch, the next one is read. Batches are stored one after the other, in their order.
        """
        batch, cursor = Batch(), None
        failures: list[SourceError] = []
        with ThreadPoolExecutor(1, f"storing {self.source.name}") as thread:
            storing: Future[None] | None = None
            for page in _until_failure(pages, failures):
                if page.source_count is not None:
                    self.source_counts.setdefault(page.kind, page.source_count)
                batch.add(self._typed(page))
                cursor = max(filter(None, (cursor, page.cursor)), default=None)
                if len(batch) >= BATCH_RECORDS:
                    if storing:
                        storing.result()
                    storing = thread.submit(self._store, self._identified(batch), cursor)
                    batch = Batch()
            if storing:
                storing.result()
        # What came is good; the cursor must not pass what did not come.
        self._store(self._identified(batch), None if failures else cursor)
        if failures:
            raise failures[0]

    def _typed(self, page: Page) -> Batch:
        rows = self._to_rows(page, self.clock.now())
        self.fetched += len(rows)
        return rows

    def _identified(self, batch: Batch) -> Batch:
        """With all that can be found out without the store; for all pages together, as each time costs as much as some
        thousand records do."""
        if batch.frames:
            batch.frames = [with_identity(self.source.name, pl.concat(batch.frames))]
        return batch

    @property
    def source_count(self) -> int | None:
        """What the source said it holds for our questions when they were first asked; None when it says nothing."""
        return sum(self.source_counts.values()) if self.source_counts else None

    def _store(self, batch: Batch, cursor: datetime | None) -> None:
        now = self.clock.now()
        # A source whose clock is ahead must not make us skip what happens until then.
        seen_to = min(cursor, now) if cursor else None
        written = write_batch(self.engine, self.source.name, batch, self.id, seen_to, now, first_load=self._first_load)
        self.counts.update(accepted=written.accepted, unchanged=written.unchanged, rejected=written.rejected)
        self.reasons.update(written.reasons)

    def end(self, outcome: str, message: str, retry_after: float | None = None) -> RunResult:
        """Note the end in the run's row."""
        retries = self.source.client.budget.retries
        end_run(self.engine, self.id, outcome, self.clock.now(), message, self.source_count, self.fetched, retries)
        return RunResult(
            source=self.source.name,
            outcome=outcome,
            message=message,
            fetched=self.fetched,
            source_count=self.source_count,
            reasons=dict(self.reasons),
            retry_after=retry_after,
            **self.counts,
        )


def _until_failure(pages: Iterator[Page], failures: list[SourceError]) -> Iterator[Page]:
    """The pages up to the source's failure, which is put into `failures`."""
    try:
        yield from pages
    except SourceError as error:
        failures.append(error)


def poll_source(engine: Engine, source: Source, clock: Clock, *, catalogues: bool = False) -> RunResult:
    """Poll a source once, with its catalogues first when asked; a failure is a result, not an exception.

    A poll that takes longer than LONGEST_POLL_SECONDS is ended as "unavailable"; what came before is kept.
    """
    run: _Run | None = None
    try:
        is_first = not was_read(engine, source.name)
        run = _Run(engine, source, clock, is_first=is_first)
        longest = LONGEST_FIRST_POLL_SECONDS if is_first else LONGEST_POLL_SECONDS
        with source.client.budget.limited(longest):
            if catalogues:
                run.read(source.connector.catalogues(source.client))
            run.read(source.connector.pull(source.client, _since(engine, source, clock)))
        return run.end("ok", _shortfall(run))
    except SourceError as error:
        return _failed(run, source, error.outcome, error)
    except StoreError as error:
        return _failed(run, source, "store", error)


def pass_over(engine: Engine, source: Source, clock: Clock, reason: str) -> RunResult:
    """A poll that is over before anything is asked: "unavailable", with the reason."""
    passed_over = SourceUnavailable(source.name, reason)
    try:
        run_id = begin_run(engine, source.name, clock.now())
        end_run(engine, run_id, passed_over.outcome, clock.now(), str(passed_over))
    except StoreError as error:
        return _failed(None, source, "store", error)
    return _failed(None, source, passed_over.outcome, passed_over)


def _since(engine: Engine, source: Source, clock: Clock) -> datetime | None:
    cursor = cursor_of(engine, source.name)
    return min(cursor, clock.now()) - source.settings.overlap if cursor else None


def _shortfall(run: _Run) -> str:
    if run.source_count is None or run.fetched >= run.source_count:
        return ""
    return f"{run.source.name}: says it holds {run.source_count} records, {run.fetched} came"


def _failed(run: _Run | None, source: Source, outcome: str, error: SourceError | StoreError) -> RunResult:
    retry_after = error.retry_after if isinstance(error, SourceUnavailable) else None
    try:
        if run:
            return run.end(outcome, str(error), retry_after)
    except StoreError as store_error:
        outcome, error = "store", store_error
    return RunResult(source=source.name, outcome=outcome, message=str(error))


def poll_once(
    engine: Engine, settings: Settings, clock: Clock, name: str | None = None, retry: Retry | None = None
) -> list[RunResult]:
    """Poll every source (or the one of that name) until it brings nothing new: a result per source, counts added up.

    All sources are tried, also when one fails. Raises ConfigError before anything is asked.
    """
    with open_sources(settings, clock, retry or patient(threading.Event()), name) as sources:
        return [_catch_up(engine, source, clock) for source in sources]


def _catch_up(engine: Engine, source: Source, clock: Clock) -> RunResult:
    rounds = [poll_source(engine, source, clock, catalogues=source.has_catalogues)]
    while rounds[-1].ok and rounds[-1].accepted and len(rounds) < MOST_ROUNDS:
        rounds.append(poll_source(engine, source, clock))
    reasons: Counter[str] = Counter()
    for result in rounds:
        reasons.update(result.reasons)
    totals = {name: sum(getattr(result, name) for result in rounds) for name in ("fetched", "accepted", "unchanged")}
    return msgspec.structs.replace(
        rounds[-1],
        **totals,
        rejected=rounds[0].rejected,
        source_count=rounds[0].source_count,
        reasons=dict(reasons),
    )
