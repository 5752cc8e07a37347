"""Small sources of every dialect behind a stand, and stores to poll them into: for the tests of faults."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

import msgspec
from sqlalchemy import Engine
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Mount, Route

import seed
from clock import Clock
from config import Duration, SourceSettings
from connectors._http import Retry, once
from poll_run import RunResult, open_source, poll_source
from seed._bigbluebutton import ConferenceSystem
from seed._dvcqg import OneStop
from seed._edxml import DocumentAxis
from seed._opencps import OpenCps
from seed._pexip import ConferenceHistory
from seed._qlvb import DocumentSystem
from seed.place import (
    AXIS_VARIABLE,
    OPENCPS_VARIABLE,
    PASSWORD_VARIABLE,
    PEXIP_VARIABLE,
    SECRET_VARIABLE,
    TOKEN_VARIABLE,
    USERNAME,
)
from tests.connected import CODES, EVERYONE, OPENCPS_SETTINGS, PEXIP_SETTINGS, SteppedClock
from tests.fault_stand import FaultStand, fault_stand
from tests.unruly import served

PLACE = replace(
    seed.PLACES["hoa-binh"],
    dossiers_per_year=3000,
    documents_per_year=1000,
    history_days=30,
    systems=("dvcqg", "qlvb", "edxml", "bigbluebutton", "pexip"),
)
START = PLACE.start
# A working day later, while meetings are held.
LATER = START + timedelta(days=3, hours=2)
SECRETS = {
    PASSWORD_VARIABLE: "mot-cua",
    OPENCPS_VARIABLE: "lien-thong",
    TOKEN_VARIABLE: "van-ban",
    AXIS_VARIABLE: "truc",
    SECRET_VARIABLE: "hop",
    PEXIP_VARIABLE: "hoi-nghi",
}
# So short that a cursor which passed what did not come would lose it; so long that what is committed late comes.
SHORT, LONG = Duration(seconds=1), Duration(days=30)
# So that small sources give many pages; of a conference there are many more stays than anything else.
PAGE_SIZES = {"pexip": 400}
PAGE_SIZE = 40
_SETTINGS: dict[str, dict[str, str]] = {
    "dvcqg": {"username": USERNAME, "password_env": PASSWORD_VARIABLE},
    "opencps": OPENCPS_SETTINGS,
    "qlvb": {"token_env": TOKEN_VARIABLE},
    "edxml": {"token_env": AXIS_VARIABLE},
    "bigbluebutton": {"secret_env": SECRET_VARIABLE},
    "pexip": PEXIP_SETTINGS,
    "janus": {},
}
DIALECTS = tuple(_SETTINGS)


class RoomServer:
    """Janus' plugin VideoRoom as far as it is asked: two rooms, one of them occupied."""

    def __init__(self) -> None:
        self.rooms = [
            {"room": 1234, "description": "[H28] Giao ban tuần", "num_participants": 2},
            {"room": 99, "description": "[H28.150] Phòng trống", "num_participants": 0},
            {"room": 7, "description": "[H28.148] Phòng huyện", "num_participants": 1},
        ]

    def routes(self) -> list[Route]:
        """The addresses of this service below its base."""
        return [
            Route("/janus", self.answer, methods=["POST"]),
            Route("/janus/{session:int}", self.answer, methods=["POST"]),
            Route("/janus/{session:int}/{handle:int}", self.answer, methods=["POST"]),
        ]

    async def answer(self, request: Request) -> JSONResponse:
        """What the server says to a request, whoever's session it is."""
        asked = msgspec.json.decode(await request.body())
        body: dict[str, Any] = asked.get("body", {})
        if body.get("request") == "list":
            return self._told({"list": self.rooms})
        if body.get("request") == "listparticipants":
            return self._told({"participants": [{"id": 1, "display": "[H28.150] Bà A"}, {"id": 2, "display": "B"}]})
        return JSONResponse({"janus": "success", "data": {"id": 5}})

    def _told(self, content: dict[str, Any]) -> JSONResponse:
        return JSONResponse({"janus": "success", "plugindata": {"data": {"videoroom": "success", **content}}})


def sources_app(clock: Clock) -> Starlette:
    """A service of every dialect, each below its name."""
    services: dict[str, Any] = {
        "dvcqg": OneStop(PLACE, clock, SECRETS),
        "opencps": OpenCps(PLACE, clock, SECRETS, CODES),
        "qlvb": DocumentSystem(PLACE, clock, SECRETS),
        "edxml": DocumentAxis(PLACE, clock, SECRETS),
        "bigbluebutton": ConferenceSystem(PLACE, clock, SECRETS),
        "pexip": ConferenceHistory(PLACE, clock, SECRETS, EVERYONE),
        "janus": RoomServer(),
    }
    return Starlette(routes=[Mount(f"/{name}", routes=service.routes()) for name, service in services.items()])


@dataclass
class Faulty:
    """All sources, the stand before them, and the clock that both they and the poller ask."""

    stand: FaultStand
    clock: SteppedClock

    def settings(self, dialect: str, **others: Any) -> SourceSettings:
        """The source of that dialect, behind the stand."""
        given = {"name": dialect, "overlap": SHORT, **_SETTINGS[dialect], **others}
        return SourceSettings(dialect=dialect, base_url=f"{self.stand.address}/{dialect}", **given)

    def poll(
        self,
        engine: Engine,
        dialect: str,
        *,
        fault: Any = "",
        retry: Retry = once,
        ahead: timedelta = timedelta(),
        catalogues: bool = False,
        overlap: Duration = SHORT,
        timeout_seconds: float = 20.0,
    ) -> RunResult:
        """One poll with this fault, by a clock that is `ahead` of the source's."""
        self.stand.fault, self.stand.page_size = fault, PAGE_SIZES.get(dialect, PAGE_SIZE)
        clock = SteppedClock(self.clock.now() + ahead)
        try:
            source = open_source(self.settings(dialect, overlap=overlap), clock, retry, timeout_seconds)
            with source.client:
                return poll_source(engine, source, clock, catalogues=catalogues)
        finally:
            self.stand.fault = ""


@contextmanager
def faulty_sources() -> Iterator[Faulty]:
    """The sources, until the block ends."""
    clock = SteppedClock(START)
    with served(sources_app(clock)) as port, fault_stand(f"http://127.0.0.1:{port}") as stand:
        yield Faulty(stand, clock)
