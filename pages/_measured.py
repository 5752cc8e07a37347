"""What Prometheus is told of the centre: its sources, who polls them, its screens, and this web process."""

from collections.abc import Iterator
from datetime import datetime

from prometheus_client import Metric
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector

from clock import real_clock
from errors import StoreError
from pages._live import Holder
from store.health import SourceHealth, source_health
from store.lease import Holder as LeaseHolder
from store.lease import lease_holder
from store.polling import PollingState, polling_states
from store.reads import cursor_of, data_version
from store.reconciliation_results import Standing, last_standings
from store.screens import ScreenState, screen_states

_STATES = ("fresh", "late", "stale", "unknown")
_BREAKERS = ("closed", "half_open", "open")


class StoreMeasured(Collector):
    """Everything that the store knows, asked anew at each scrape; ioc_store_up is 0 when it cannot be asked."""

    def __init__(self, centre: Holder) -> None:
        self._centre = centre

    def collect(self) -> Iterator[Metric]:
        """The families of all measures, all of one moment."""
        try:
            yield from self._read()
            up = 1
        except StoreError:
            up = 0
        yield _gauge("store_up", "1 when the store can be read", up)

    def _read(self) -> list[Metric]:
        engine, settings, now = self._centre.engine, self._centre.settings, self._centre.clock.now()
        sources = source_health(engine, settings.sources, now)
        cursors = {source.name: cursor_of(engine, source.name) for source in sources}
        configured = {source.name for source in sources}
        polled = [state for state in polling_states(engine) if state.source in configured]
        real_now = real_clock().now()
        return [
            _gauge("store_version", "Version of the store's figures", data_version(engine)),
            *_freshness(sources, cursors, now),
            *_records(sources),
            *_polling(polled),
            *_lease(lease_holder(engine)),
            *_comparisons(last_standings(engine), now),
            *_screens(screen_states(engine, real_now), real_now),
        ]


def _freshness(sources: list[SourceHealth], cursors: dict[str, datetime | None], now: datetime) -> Iterator[Metric]:
    age = _family("source_age_seconds", "Time since the last good poll", "source")
    expected = _family("source_expected_age_seconds", "Up to this age a source is fresh", "source")
    lag = _family("source_lag_seconds", "Time since the newest update that a source has told of", "source")
    state = _family("source_state", "1 for the state that the age makes, as /health/data has it", "source", "state")
    outcome = _family("source_last_run", "1 for the outcome of the last run", "source", "outcome")
    for source in sources:
        if source.age is not None:
            age.add_metric([source.name], source.age.total_seconds())
        expected.add_metric([source.name], source.expected_age.total_seconds())
        if cursor := cursors[source.name]:
            lag.add_metric([source.name], max((now - cursor).total_seconds(), 0.0))
        _one_of(state, source.name, _STATES, source.state)
        outcome.add_metric([source.name, source.last_outcome or "none"], 1)
    yield from (age, expected, lag, state, outcome)


def _records(sources: list[SourceHealth]) -> Iterator[Metric]:
    day = _family("source_day_records", "Records of the local day", "source", "count")
    held = _family("source_quarantined", "Records in quarantine", "source")
    for source in sources:
        for name in ("fetched", "accepted", "rejected"):
            day.add_metric([source.name, name], getattr(source, f"day_{name}"))
        held.add_metric([source.name], source.quarantined)
    yield from (day, held)


def _polling(polled: list[PollingState]) -> Iterator[Metric]:
    retries = _family("source_day_retries", "How often polls of the local day had to ask again", "source")
    failures = _family("source_failures", "Polls failed in a row", "source")
    breaker = _family("source_breaker", "1 for the state of the circuit breaker", "source", "state")
    for state in polled:
        retries.add_metric([state.source], state.retries_today)
        failures.add_metric([state.source], state.failures)
        _one_of(breaker, state.source, _BREAKERS, state.breaker)
    yield from (retries, failures, breaker)


def _lease(holder: LeaseHolder | None) -> Iterator[Metric]:
    held = holder is not None and holder.works
    yield _gauge("lease_held", "1 while a poller holds the lease and renews it", held)
    age = _family("lease_age_seconds", "Time since the lease was renewed last", "holder")
    fence = _family("lease_changes", "How often the lease has gone to another poller")
    if holder:
        age.add_metric([holder.name], holder.age.total_seconds())
        fence.add_metric([], holder.fence)
    yield from (age, fence)


def _comparisons(standings: list[Standing], now: datetime) -> Iterator[Metric]:
    age = _family("reconciliation_age_seconds", "Time since the last comparison with the source began", "source")
    figures = _family("reconciliation_figures", "Figures by how source and centre agree", "source", "state")
    for standing in standings:
        age.add_metric([standing.source], max((now - standing.began_at).total_seconds(), 0.0))
        for state, count in standing.states.items():
            figures.add_metric([standing.source, state], count)
    yield from (age, figures)


def _screens(screens: list[ScreenState], now: datetime) -> Iterator[Metric]:
    silent = _family("screen_silent", "1 when a screen of the wall has said nothing for three minutes", "screen")
    seen = _family("screen_seen_age_seconds", "Time since a screen last said something", "screen")
    heap = _family("screen_heap_bytes", "Memory of a screen's page", "screen")
    skew = _family("screen_clock_skew_seconds", "A screen's clock less the server's", "screen")
    missed = _family("screen_missed_scenes", "Changes of scene that a screen's page missed since it opened", "screen")
    for state in screens:
        name = [str(state.number)]
        silent.add_metric(name, state.silent)
        if state.last_seen_at is None or state.skew_ms is None:
            continue
        seen.add_metric(name, (now - state.last_seen_at).total_seconds())
        skew.add_metric(name, state.skew_ms / 1000)
        missed.add_metric(name, state.missed)
        if state.heap is not None:
            heap.add_metric(name, state.heap)
    yield from (silent, seen, heap, skew, missed)


def _family(name: str, what: str, *labels: str) -> GaugeMetricFamily:
    return GaugeMetricFamily(f"ioc_{name}", what, labels=labels)


def _gauge(name: str, what: str, value: float) -> GaugeMetricFamily:
    return GaugeMetricFamily(f"ioc_{name}", what, value=value)


def _one_of(family: GaugeMetricFamily, source: str, states: tuple[str, ...], present: str) -> None:
    for state in states:
        family.add_metric([source, state], state == present)
