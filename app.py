"""The web server: Streamlit's ASGI application with the frame, the routes for health and Prometheus, and the wall's.

Started by `ioc.py web` or `ioc.py run`; IOC_CONFIG names the settings.
"""

import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import streamlit as st
import structlog
from starlette.concurrency import run_in_threadpool
from starlette.middleware import Middleware

_ROOT = str(Path(__file__).parent)
if _ROOT not in sys.path:
    sys.path.insert(0, _ROOT)

# The root must be importable first.
from access.starting import refuse_unsafe  # noqa: E402
from access.streamlit_cookies import tell_streamlit  # noqa: E402
from door.admitting import Door  # noqa: E402
from door.ending import ending_in_time  # noqa: E402
from door.guards import broken, guards  # noqa: E402
from door.request_log import RequestLog  # noqa: E402
from door.timers import Timers  # noqa: E402
from errors import ConfigError  # noqa: E402
from logs import configure_log, log_what_nobody_catches, take_over_from_servers  # noqa: E402
from memory import give_back_large_arrays, giving_back, leave_to_collector_what_comes  # noqa: E402
from pages._entry import entry_routes  # noqa: E402
from pages._export_routes import export_routes  # noqa: E402
from pages._health_routes import health_routes  # noqa: E402
from pages._live import holder  # noqa: E402
from pages._noted_at_start import note_at_start  # noqa: E402
from pages._signing_in import SigningIn, sign_in_routes  # noqa: E402
from wall.measured import StreamMeasured  # noqa: E402
from wall.routes import hub, wall_routes  # noqa: E402

log = structlog.get_logger("web")
configure_log()
log_what_nobody_catches()
take_over_from_servers()
# Whoever starts this process: before anything of it is built, and not in a lifespan, which a server may leave out.
try:
    refuse_unsafe(holder().settings)
except ConfigError as error:
    sys.exit(f"app.py: {error}")


@asynccontextmanager
async def lifespan(_app: st.App) -> AsyncIterator[dict[str, Any] | None]:
    """Load the counters before the first visitor."""
    take_over_from_servers()  # of what they have set up since
    with ending_in_time():
        give_back_large_arrays()
        await run_in_threadpool(holder().warm)
        await run_in_threadpool(note_at_start, holder().engine, holder().settings)
        leave_to_collector_what_comes()
        async with hub().turning_round(), giving_back():
            log.info("serving")
            yield None
    log.info("serving ended")


tell_streamlit(holder().settings.access)
_ROUTES = [
    *wall_routes(),
    *health_routes(StreamMeasured(hub())),
    *export_routes(),
    *sign_in_routes(),
    *entry_routes(),
]
_AROUND = [
    Middleware(RequestLog),
    *guards(holder().settings.access),
    Middleware(Door),
    Middleware(SigningIn),
    Middleware(Timers),
]
_BROKEN = {500: broken}
app = st.App(
    Path(_ROOT) / "pages" / "_frame.py",
    lifespan=lifespan,
    routes=_ROUTES,
    middleware=_AROUND,
    exception_handlers=_BROKEN,
)
