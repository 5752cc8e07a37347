"""What machines ask of the web server: /health/live, /health/ready, /health/data, /metrics; /api/… is 404 as JSON."""

from datetime import datetime
from typing import Any

from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, Gauge, generate_latest
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from clock import real_clock
from errors import StoreError
from pages._live import holder
from store.engine import pending_migration
from store.health import SourceHealth, source_health
from store.reads import data_version
from store.screens import screen_states

_BAD = ("stale", "unknown")


def alive(_request: Request) -> Response:
    """200: the process answers."""
    return JSONResponse({"status": "live"})


def ready(_request: Request) -> Response:
    """200 when the store answers and its tables are at the newest version, else 503 with the reason."""
    try:
        reason = pending_migration(holder().engine)
    except StoreError as error:
        reason = str(error)
    if reason:
        return JSONResponse({"status": "not ready", "reason": reason}, status_code=503)
    return JSONResponse({"status": "ready"})


def data(_request: Request) -> Response:
    """Every source's freshness; 503 while one is stale or unknown, or the store cannot be asked."""
    try:
        sources = _sources()
    except StoreError as error:
        return JSONResponse({"status": "unknown", "reason": str(error), "sources": {}}, status_code=503)
    good = bool(sources) and not any(source.state in _BAD for source in sources)
    body = {"status": "ok" if good else "stale", "sources": {source.name: _described(source) for source in sources}}
    return JSONResponse(body, status_code=200 if good else 503)


def metrics(_request: Request) -> Response:
    """Prometheus' text format; 503 when the store cannot be asked."""
    try:
        registry = _measured(_sources(), data_version(holder().engine))
        _measure_screens(registry, real_clock().now())
    except StoreError as error:
        return Response(f"# {error}\n", status_code=503, media_type="text/plain")
    return Response(generate_latest(registry), headers={"Content-Type": CONTENT_TYPE_LATEST})


def no_such_api(request: Request) -> Response:
    """404 as JSON, where Streamlit would answer 200 with a page."""
    return JSONResponse({"error": f"nothing at {request.url.path}"}, status_code=404)


def _sources() -> list[SourceHealth]:
    centre = holder()
    return source_health(centre.engine, centre.settings.sources, centre.clock.now())


def _described(source: SourceHealth) -> dict[str, Any]:
    return {
        "state": source.state,
        "age_seconds": source.age.total_seconds() if source.age is not None else None,
        "expected_age_seconds": source.expected_age.total_seconds(),
        "last_good_at": source.last_good_at.isoformat() if source.last_good_at else None,
    }


def _measured(sources: list[SourceHealth], version: int) -> CollectorRegistry:
    registry = CollectorRegistry()

    def gauge(name: str, what: str, *labels: str) -> Gauge:
        return Gauge(name, what, labels, registry=registry)

    gauge("ioc_store_version", "Version of the store's figures").set(version)
    age = gauge("ioc_source_age_seconds", "Time since the last good poll", "source")
    outcome = gauge("ioc_source_last_run", "1 for the outcome of the last run", "source", "outcome")
    day = gauge("ioc_source_day_records", "Records of the local day", "source", "count")
    held = gauge("ioc_source_quarantined", "Records in quarantine", "source")
    for source in sources:
        if source.age is not None:
            age.labels(source.name).set(source.age.total_seconds())
        outcome.labels(source.name, source.last_outcome or "none").set(1)
        for name in ("fetched", "accepted", "rejected"):
            day.labels(source.name, name).set(getattr(source, f"day_{name}"))
        held.labels(source.name).set(source.quarantined)
    return registry


def _measure_screens(registry: CollectorRegistry, now: datetime) -> None:
    def gauge(name: str, what: str) -> Gauge:
        return Gauge(f"ioc_screen_{name}", what, ("screen",), registry=registry)

    silent = gauge("silent", "1 when a screen of the wall has said nothing for three minutes")
    seen = gauge("seen_age_seconds", "Time since a screen last said something")
    heap = gauge("heap_bytes", "Memory of a screen's page")
    skew = gauge("clock_skew_seconds", "A screen's clock less the server's")
    missed = gauge("missed_scenes", "Changes of scene that a screen's page missed since it was opened")
    for state in screen_states(holder().engine, now):
        name = str(state.number)
        silent.labels(name).set(state.silent)
        if state.last_seen_at is None or state.skew_ms is None:
            continue
        seen.labels(name).set((now - state.last_seen_at).total_seconds())
        skew.labels(name).set(state.skew_ms / 1000)
        missed.labels(name).set(state.missed)
        if state.heap is not None:
            heap.labels(name).set(state.heap)


ROUTES: list[BaseRoute] = [
    Route("/health/live", alive),
    Route("/health/ready", ready),
    Route("/health/data", data),
    Route("/metrics", metrics),
    Route("/api/{rest:path}", no_such_api, methods=["GET", "POST", "PUT", "DELETE", "PATCH"]),
    Route("/api", no_such_api, methods=["GET", "POST", "PUT", "DELETE", "PATCH"]),
]
