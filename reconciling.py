"""Is what the sources count what we count? One comparison of one source, and when it is made.

Statistics are compared unit by unit, ours counted by the same definition; then the records of the last days key by key
(`key_comparison.py`). A source that does not answer is told as silent, and nothing of ours changes.
"""

from collections.abc import Iterable, Sequence
from datetime import date, datetime, timedelta

import structlog
from apscheduler.schedulers.base import BaseScheduler
from apscheduler.triggers.interval import IntervalTrigger
from sqlalchemy import Engine

from clock import Clock
from connectors._contract import SourceCount
from errors import SourceChanged, SourceError, StoreError
from key_comparison import KeyComparison
from poll_run import Source
from store.engine import reading
from store.health import SourceHealth, source_health
from store.reads import cursor_of
from store.reconciliation_counts import our_counts
from store.reconciliation_results import (
    KEPT,
    Figure,
    KeyDifference,
    Reconciliation,
    State,
    begin_reconciliation,
    end_reconciliation,
    forget_reconciliations,
    last_begun,
    last_reconciliations,
    next_night,
)

# What a source changes later than this is left to the polls.
DAYS = 90
# How often, in real seconds, we look whether the night has come.
CHECK_SECONDS = 30
AGAIN_AFTER = timedelta(hours=1)
# A night is short: what a source cannot answer within this is told as not answered.
LONGEST_SECONDS = 2 * 3600.0

Counts = dict[tuple[str, str], int]
log = structlog.get_logger("reconciling")


def usual_window(today: date) -> tuple[date, date]:
    """The local days that are compared at night."""
    return today - timedelta(days=DAYS), today


def reconcile_source(engine: Engine, source: Source, clock: Clock, window: tuple[date, date]) -> Reconciliation:
    """Compare a source over a window of local days, both included, mend what can be, and store what was found.

    A source that fails is a result, not an exception. Raises StoreError.
    """
    number = begin_reconciliation(engine, source.name, *window, clock.now())
    reached = cursor_of(engine, source.name)
    if source.connector.statistics is None and source.connector.keys is None:
        end_reconciliation(engine, number, "untold", "", clock.now(), (), ())
    elif reached is None:
        end_reconciliation(engine, number, "never", "", clock.now(), (), ())
    else:
        comparison = _Comparison(engine, source, clock, window, min(reached, clock.now()) - source.settings.overlap)
        with source.client.budget.limited(LONGEST_SECONDS):
            comparison.run()
        failure = comparison.failure
        outcome, message = (failure.outcome, str(failure)) if failure else ("ok", "")
        end_reconciliation(engine, number, outcome, message, clock.now(), comparison.figures, comparison.keys)
    return last_reconciliations(engine)[source.name]


class _Comparison:
    """One comparison of one source."""

    def __init__(self, engine: Engine, source: Source, clock: Clock, window: tuple[date, date], reached: datetime):
        self._engine, self._source, self._clock = engine, source, clock
        self._window, self._reached = window, reached
        self.failure: SourceError | None = None
        self.figures: list[Figure] = []
        self.keys: list[KeyDifference] = []

    def run(self) -> None:
        """Statistics are asked first and compared last, so that both counts of ours can stand beside them."""
        told = self._statistics()
        windows = sorted({(count.first, count.last) for count in told})
        before = {days: self._ours(days) for days in windows}
        mended = self._compare_keys()
        for days in windows:
            here = [count for count in told if (count.first, count.last) == days]
            self._compare_counts(here, before[days], self._ours(days) if mended else before[days])
        if not windows:
            self._nothing_told()

    def _statistics(self) -> list[SourceCount]:
        ask, (first, last) = self._source.connector.statistics, self._window
        # A day that is not over counts on while it is compared.
        last = min(last, self._clock.today() - timedelta(days=1))
        if ask is None or last < first:
            return []
        try:
            return list(ask(self._source.client, first, last))
        except SourceError as error:
            self.failure = error
            return []

    def _compare_keys(self) -> bool:
        """Whether anything of ours was mended. A source that is silent is not asked for more."""
        if self._source.connector.keys is None:
            return False
        keys = KeyComparison(self._engine, self._source, self._clock, self._window, self._reached)
        if self.failure is None or isinstance(self.failure, SourceChanged):
            try:
                keys.run()
            except SourceError as error:
                self.failure = error
            else:
                self.figures += keys.figures()
            self.keys = keys.differences()
        if not self.figures:
            self.figures.append(Figure(keys.kind, "", *self._window, state="silent"))
        return keys.mended

    def _ours(self, days: tuple[date, date]) -> Counts:
        with reading(self._engine) as connection:
            return our_counts(connection, self._source.name, *days)

    def _compare_counts(self, told: Iterable[SourceCount], ours: Counts, mended: Counts) -> None:
        theirs = {(count.figure, count.unit_code): count.count for count in told}
        first, last = next((count.first, count.last) for count in told)
        for figure in self._source.connector.figures:
            units = sorted({unit for name, unit in (*theirs, *ours) if name == figure})
            counts = [[side.get((figure, unit), 0) for side in (theirs, ours, mended)] for unit in units]
            differing = [(unit, row) for unit, row in zip(units, counts, strict=True) if row[0] != row[1]]
            sums = [sum(row[side] for row in counts) for side in range(3)]
            self.figures.append(_figure(figure, "", (first, last), sums, len(differing)))
            self.figures += [_figure(figure, unit, (first, last), row, 1) for unit, row in differing]

    def _nothing_told(self) -> None:
        silent = self.failure is not None
        for figure in self._source.connector.figures:
            state: State = "silent" if silent else "incomparable"
            reason = "" if silent else "untold"
            self.figures.append(Figure(figure, "", *self._window, state=state, reason=reason))


def _figure(figure: str, unit_code: str, days: tuple[date, date], counts: list[int], differing: int) -> Figure:
    state: State = "differ" if differing else "agree"
    return Figure(figure, unit_code, *days, state, "", counts[0], counts[1], counts[2], differing)


def reconcile(
    engine: Engine, sources: Iterable[Source], clock: Clock, window: tuple[date, date] | None = None
) -> list[Reconciliation]:
    """Compare these sources, one after the other, over the usual window or another. Raises StoreError."""
    days = window or usual_window(clock.today())
    return [reconcile_source(engine, source, clock, days) for source in sources]


class Nights:
    """Compares each source once a night by the centre's clock; one that was never compared, as soon as it was polled;
    one that did not answer, or of which we were killed, again after an hour.

    What the store says of the last comparison decides: a restart neither skips a night nor repeats it.
    """

    def __init__(self, engine: Engine, sources: Sequence[Source], clock: Clock) -> None:
        self._engine, self._sources, self._clock = engine, sources, clock

    def run(self) -> None:
        """Compare the sources that are due; a failure of the store is told, and tried again."""
        try:
            results = reconcile(self._engine, self._due(), self._clock)
            for result in results:
                log.info("reconciled", source=result.source, outcome=result.outcome, agrees=result.agrees)
            if results:
                forget_reconciliations(self._engine, self._clock.now() - KEPT)
        except StoreError as error:
            log.warning("not reconciled", reason=str(error))

    def _due(self) -> list[Source]:
        now = self._clock.now()
        begun, night = last_begun(self._engine, now - AGAIN_AFTER), next_night(now) - timedelta(days=1)
        known = {source.name: begun.get(source.name) for source in self._sources}
        read = {health.name for health in self._health() if health.last_good_at}
        never = {name for name, at in known.items() if at is None and name in read}
        before = {name for name, at in known.items() if at is not None and at < night}
        return [source for source in self._sources if source.name in never | before]

    def _health(self) -> list[SourceHealth]:
        return source_health(self._engine, [source.settings for source in self._sources], self._clock.now())


def schedule(scheduler: BaseScheduler, engine: Engine, sources: Sequence[Source], clock: Clock) -> None:
    """Look every now and then whether the night has come, in a thread that no poll waits for.

    The sources' clients are those of the polls, so that both together keep to what each source allows.
    """
    nights = Nights(engine, sources, clock)
    scheduler.add_executor("threadpool", "reconciliation", max_workers=1)
    trigger = IntervalTrigger(seconds=CHECK_SECONDS, timezone="UTC")
    scheduler.add_job(nights.run, trigger, id="reconcile", executor="reconciliation")
