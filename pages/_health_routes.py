"""What machines ask of the web server: /health/live, /health/ready, /health/data, /metrics; /api/… is 404 as JSON."""

from typing import Any

from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, ProcessCollector, generate_latest
from prometheus_client.registry import Collector
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from errors import IocError, StoreError
from pages._live import holder
from pages._measured import StoreMeasured
from store.engine import pending_migration
from store.health import SourceHealth, source_health
from store.lease import lease_holder
from store.reconciliation_results import Standing, last_standings

_BAD = ("stale", "unknown")


def alive(_request: Request) -> Response:
    """200: the process answers."""
    return JSONResponse({"status": "live"})


def ready(_request: Request) -> Response:
    """200 when the store answers and its tables are at the newest version, else 503 with the reason."""
    try:
        reason = pending_migration(holder().engine)
    except IocError as error:
        reason = str(error)
    if reason:
        return JSONResponse({"status": "not ready", "reason": reason}, status_code=503)
    return JSONResponse({"status": "ready"})


def data(_request: Request) -> Response:
    """Every source's freshness and who polls; 503 while one is stale or unknown, or the store cannot be asked."""
    try:
        sources, poller = _sources(), _poller()
        compared = {standing.source: standing for standing in last_standings(holder().engine)}
    except StoreError as error:
        return JSONResponse({"status": "unknown", "reason": str(error), "sources": {}}, status_code=503)
    bad = [source for source in sources if source.state in _BAD]
    good = bool(sources) and not bad
    body: dict[str, Any] = {"status": "ok" if good else "stale", "stale": [source.name for source in bad]}
    body |= {
        "sources": {source.name: _described(source, compared.get(source.name)) for source in sources},
        "poller": poller,
    }
    return JSONResponse(body, status_code=200 if good else 503)


def no_such_api(request: Request) -> Response:
    """404 as JSON, where Streamlit would answer 200 with a page."""
    return JSONResponse({"error": f"nothing at {request.url.path}"}, status_code=404)


def _sources() -> list[SourceHealth]:
    centre = holder()
    return source_health(centre.engine, centre.settings.sources, centre.clock.now())


def _poller() -> dict[str, Any] | None:
    """Who holds the lease, or held it last; None when nobody ever did or the last gave it back."""
    known = lease_holder(holder().engine)
    if known is None:
        return None
    return {"name": known.name, "works": known.works, "renewed_at": known.renewed_at.isoformat()}


def _described(source: SourceHealth, compared: Standing | None) -> dict[str, Any]:
    return {
        "state": source.state,
        "reason": _reason(source),
        "age_seconds": source.age.total_seconds() if source.age is not None else None,
        "expected_age_seconds": source.expected_age.total_seconds(),
        "last_good_at": source.last_good_at.isoformat() if source.last_good_at else None,
        "reconciliation": _comparison(compared) if compared else None,
    }


def _comparison(compared: Standing) -> dict[str, Any]:
    return {"at": compared.began_at.isoformat(), "outcome": compared.outcome, "figures": dict(compared.states)}


def _reason(source: SourceHealth) -> str | None:
    """Why the newest poll brought nothing, or why there is none; None while all is well."""
    if source.last_outcome not in (None, "ok"):
        return f"{source.last_outcome}: {source.last_message.removeprefix(f'{source.name}: ')}"
    if source.state in _BAD:
        return "no poll has ended for so long" if source.last_good_at else "no poll has ended yet"
    return None


def health_routes(*measured: Collector) -> list[BaseRoute]:
    """The routes; `measured`: what /metrics tells beside the store's measures and those of the process."""
    registry = CollectorRegistry()
    for collector in (StoreMeasured(holder()), holder().refresh_seconds, *measured):
        registry.register(collector)
    ProcessCollector(registry=registry)

    def metrics(_request: Request) -> Response:
        """Prometheus' text format."""
        return Response(generate_latest(registry), headers={"Content-Type": CONTENT_TYPE_LATEST})

    every_method = ["GET", "POST", "PUT", "DELETE", "PATCH"]
    return [
        Route("/health/live", alive),
        Route("/health/ready", ready),
        Route("/health/data", data),
        Route("/metrics", metrics),
        Route("/api/{rest:path}", no_such_api, methods=every_method),
        Route("/api", no_such_api, methods=every_method),
    ]
