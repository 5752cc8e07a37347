"""The polling process: when each source is asked, what is logged, and how it ends; `poll_run.py` has one poll.

What goes wrong with one source leaves all others alone.
"""

import os
import signal
import threading
import time
from datetime import UTC, datetime, timedelta
from typing import Any, NoReturn

import structlog
from apscheduler.executors.pool import ThreadPoolExecutor
from apscheduler.schedulers.background import BackgroundScheduler
from apscheduler.triggers.interval import IntervalTrigger
from sqlalchemy import Engine

import reconciling
from clock import Clock, real_clock
from config import QuarantineSettings, Settings
from connectors._breaker import Breaker
from connectors._http import once
from connectors._retry import patient
from errors import StoreError
from logs import configure_log, log_what_nobody_catches
from poll_run import RunResult, Source, open_source, open_sources, pass_over, poll_once, poll_source
from standing_by import Term, at_work
from store.engine import open_engine
from store.fencing import fenced
from store.partitions import keep_ahead
from store.polling import note_polling
from store.quarantine_limits import prune
from store.runs import KEPT_RUNS, forget_runs

__all__ = ["Poller", "RunResult", "Source", "open_source", "open_sources", "poll_once", "poll_source", "run_forever"]

# Units and procedures change by decree, a few times a year.
CATALOGUE_INTERVAL = timedelta(hours=1)
# A record of an unknown unit asks for the catalogue at once; a source full of them must not ask all the time.
CATALOGUE_PAUSE = timedelta(seconds=60)
# Time for the first catalogues, before others send records of units that nobody knows yet.
HEAD_START = timedelta(seconds=2)
UNKNOWN_CODES = {"unknown_unit", "unknown_procedure"}
# So that all sources are not asked in the same instant, but none much later than its interval says.
JITTER_SHARE, MOST_JITTER_SECONDS = 0.1, 5.0
# A source may ask us to stay away for long, but not for ever.
LONGEST_ABSENCE_SECONDS = 3600.0
CLEANING_HOURS = 6
# A source gone mad can reject everything at every poll: that must not fill the disk until the next cleaning.
PRUNING_MINUTES = 10
MESSAGE_SECONDS = 60
# A run that waits for a silent source must not hold up the end: what it has not stored is read again.
ENDING_SECONDS = 5.0

log = structlog.get_logger("poller")


class Poller:
    """The sources of one installation, polled in turn by the scheduler's threads."""

    def __init__(self, engine: Engine, sources: list[Source], clock: Clock) -> None:
        self.engine, self.sources, self.clock = engine, sources, clock
        self._catalogues_read_at: dict[str, datetime] = {}
        self._catalogues_wanted = threading.Event()
        self._silent: set[str] = set()
        self._absent_until: dict[str, float] = {}
        self._breakers = {source.name: Breaker(source.settings.expected_age) for source in sources}
        self._noted: dict[str, tuple[str, int]] = {}
        self._last_reason: dict[str, str] = {}

    def poll(self, source: Source) -> RunResult | None:
        """Poll a source, with its catalogues when they are due; None while it has asked us to stay away.

        While its breaker is open nothing is asked, and the poll ends at once as "unavailable".
        """
        if time.monotonic() < self._absent_until.get(source.name, 0.0):
            return None
        breaker = self._breakers[source.name]
        seconds = breaker.left_alone_for()
        if seconds:
            words = f"left alone for {seconds:.0f} s more after {breaker.failures} failed polls in a row; the last:"
            return pass_over(self.engine, source, self.clock, f"{words} {self._last_reason[source.name]}")
        self._note(source, breaker)
        result = self._poll(source)
        if result.ok:
            breaker.succeeded()
        elif result.outcome != "store":
            breaker.failed()
            self._last_reason[source.name] = result.message.removeprefix(f"{source.name}: ")
        self._note(source, breaker)
        return result

    def _note(self, source: Source, breaker: Breaker) -> None:
        """Note how the breaker is, where that is not noted yet."""
        state = breaker.state, breaker.failures
        if self._noted.get(source.name) == state:
            return
        try:
            note_polling(self.engine, source.name, *state, self.clock.now())
            self._noted[source.name] = state
        except StoreError as error:
            log.warning("polling not noted", source=source.name, reason=str(error))

    def _poll(self, source: Source) -> RunResult:
        catalogues = self._catalogues_due(source)
        if catalogues:
            self._catalogues_wanted.clear()
        result = poll_source(self.engine, source, self.clock, catalogues=catalogues)
        if catalogues and (result.ok or source.name in self._catalogues_read_at):
            # Without a first good read the next poll tries again at once: no record makes sense before it.
            self._catalogues_read_at[source.name] = self.clock.now()
        if UNKNOWN_CODES & result.reasons.keys() or (catalogues and not result.ok):
            self._catalogues_wanted.set()
        if result.retry_after:
            self._absent_until[source.name] = time.monotonic() + min(result.retry_after, LONGEST_ABSENCE_SECONDS)
        self._tell(result)
        return result

    def _catalogues_due(self, source: Source) -> bool:
        read_at = self._catalogues_read_at.get(source.name)
        if not source.has_catalogues or read_at is None:
            return source.has_catalogues
        age = self.clock.now() - read_at
        return age >= CATALOGUE_INTERVAL or (self._catalogues_wanted.is_set() and age >= CATALOGUE_PAUSE)

    def _tell(self, result: RunResult) -> None:
        """Log a source once when it goes silent and once when it is back; every poll at the level debug."""
        counts = {name: getattr(result, name) for name in ("fetched", "accepted", "unchanged", "rejected")}
        log.debug("polled", source=result.source, outcome=result.outcome, **counts, reasons=result.reasons)
        if not result.ok and result.source not in self._silent:
            self._silent.add(result.source)
            log.warning("source silent", source=result.source, outcome=result.outcome, reason=result.message)
        elif result.ok and result.source in self._silent:
            self._silent.remove(result.source)
            log.info("source back", source=result.source, fetched=result.fetched)

    def forget_old_runs(self) -> None:
        """Delete poll runs that nobody asks for any more."""
        try:
            forget_runs(self.engine, self.clock.now() - KEPT_RUNS)
        except StoreError as error:
            log.warning("old runs kept", reason=str(error))

    def make_partitions(self) -> None:
        """Divide the daily measures by year where PostgreSQL keeps them, the next year's ahead."""
        try:
            made = keep_ahead(self.engine, self.clock.today())
        except StoreError as error:
            log.warning("measures not divided", reason=str(error))
        else:
            if made:
                log.info("measures divided", partitions=made)

    def prune_quarantine(self, limits: QuarantineSettings) -> None:
        """Let go what the quarantine must not keep; it stays counted in the store."""
        try:
            gone = prune(self.engine, limits, self.clock.now())
        except StoreError as error:
            log.warning("quarantine not pruned", reason=str(error))
        else:
            if gone:
                log.warning("held records let go unread", records=gone)


def run_forever(settings: Settings) -> None:
    """Poll every source in its interval until SIGTERM or SIGINT, while no other poller works; else stand by.

    Raises ConfigError before anything is asked.
    """
    configure_log()
    log_what_nobody_catches()
    clock = settings.make_clock()
    signal.signal(signal.SIGTERM, _end)
    signal.signal(signal.SIGINT, _end)
    with open_sources(settings, clock, once):
        pass  # a wrong setting is told now, not when this poller is needed
    try:
        while True:
            with at_work(open_engine(settings.database_url, settings.store)) as term:
                _work(settings, clock, term)
                log.warning("lease lost", fence=term.fence.number)
    finally:
        # Who asks once more while the process ends has nothing to add.
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        log.info("polling ended")
        if _workers():
            os._exit(0)


def _work(settings: Settings, clock: Clock, term: Term) -> None:
    """Poll until the term is over. What then still runs can store nothing more: its engine carries the fence."""
    stop, engine = threading.Event(), fenced(open_engine(settings.database_url, settings.store), term.fence)
    with open_sources(settings, clock, patient(stop)) as sources:
        scheduler = _schedule(Poller(engine, sources, clock), settings.quarantine)
        _schedule_messages(scheduler, engine, settings, clock)
        reconciling.schedule(scheduler, engine, sources, clock)
        try:
            log.info("polling", sources=[source.name for source in sources], fence=term.fence.number)
            scheduler.start()
            term.until_over()
        finally:
            stop.set()
            for source in sources:
                source.client.budget.end_waits()
            if scheduler.running:
                scheduler.shutdown(wait=False)
            _wait_for_workers()
            engine.dispose()


def _schedule(poller: Poller, limits: QuarantineSettings) -> BackgroundScheduler:
    scheduler = BackgroundScheduler(
        daemon=False,  # its workers take after it, and the end waits for those that are no daemons
        timezone=UTC,
        executors={"default": ThreadPoolExecutor(len(poller.sources) + 1), "messages": ThreadPoolExecutor(1)},
        job_defaults={"max_instances": 1, "coalesce": True, "misfire_grace_time": None},
    )
    begin = real_clock().now()
    for source in poller.sources:
        seconds = source.settings.every.total_seconds()
        jitter = min(seconds * JITTER_SHARE, MOST_JITTER_SECONDS)
        trigger = IntervalTrigger(seconds=seconds, jitter=jitter, timezone=UTC)
        first = begin if source.has_catalogues else begin + HEAD_START
        scheduler.add_job(poller.poll, trigger, [source], id=source.name, next_run_time=first)
    scheduler.add_job(poller.forget_old_runs, IntervalTrigger(hours=CLEANING_HOURS, timezone=UTC), id="forget old runs")
    divided = IntervalTrigger(hours=CLEANING_HOURS, timezone=UTC)
    scheduler.add_job(poller.make_partitions, divided, id="make partitions", next_run_time=begin)
    pruned = IntervalTrigger(minutes=PRUNING_MINUTES, timezone=UTC)
    scheduler.add_job(poller.prune_quarantine, pruned, [limits], id="prune quarantine")
    return scheduler


def _schedule_messages(scheduler: BackgroundScheduler, engine: Engine, settings: Settings, clock: Clock) -> None:
    """Where somebody is to be told: a round every minute, in a thread of its own that polling never waits for."""
    if settings.recipients:
        from messages.rounds import Rounds  # with the counters and apprise, which nobody else here needs

        rounds, trigger = Rounds(engine, settings, clock), IntervalTrigger(seconds=MESSAGE_SECONDS, timezone=UTC)
        scheduler.add_job(rounds.run, trigger, id="send messages", executor="messages")


def _end(_signal: int, _frame: Any) -> NoReturn:
    raise SystemExit(0)


def _wait_for_workers() -> None:
    deadline = time.monotonic() + ENDING_SECONDS
    for worker in _workers():
        worker.join(max(0.0, deadline - time.monotonic()))


def _workers() -> list[threading.Thread]:
    """The threads that still work; at the end, what hangs is left behind."""
    return [thread for thread in threading.enumerate() if thread is not threading.main_thread() and not thread.daemon]
