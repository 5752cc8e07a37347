"""The web server: Streamlit's ASGI application with the frame, the routes for health and Prometheus, and the wall's.

Started by `ioc.py web` or `ioc.py run`; IOC_CONFIG names the settings.
"""

import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import streamlit as st
from starlette.concurrency import run_in_threadpool

_ROOT = str(Path(__file__).parent)
if _ROOT not in sys.path:
    sys.path.insert(0, _ROOT)

from pages._entry import entry_routes  # noqa: E402  # the root must be importable first
from pages._export_routes import export_routes  # noqa: E402
from pages._health_routes import ROUTES  # noqa: E402
from pages._live import holder  # noqa: E402
from pages._memory import give_back_large_arrays, leave_to_collector_what_comes  # noqa: E402
from wall.routes import hub, wall_routes  # noqa: E402


@asynccontextmanager
async def lifespan(_app: st.App) -> AsyncIterator[dict[str, Any] | None]:
    """Load the counters before the first visitor."""
    give_back_large_arrays()
    await run_in_threadpool(holder().warm)
    leave_to_collector_what_comes()
    async with hub().turning_round():
        yield None


_ROUTES = [*wall_routes(), *ROUTES, *export_routes(), *entry_routes()]
app = st.App(Path(_ROOT) / "pages" / "_frame.py", lifespan=lifespan, routes=_ROUTES)
