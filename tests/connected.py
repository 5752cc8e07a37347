"""For tests of OpenCPS and Pexip: a simulated province with one district on OpenCPS, and answers that are spoilt."""

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

import seed
from clock import Clock
from seed._opencps import OpenCps
from seed._pexip import ConferenceHistory
from seed.place import OPENCPS_GROUP, OPENCPS_VARIABLE, PASSWORD_VARIABLE, PEXIP_VARIABLE, USERNAME

PLACE = replace(seed.PLACES["hoa-binh"], dossiers_per_year=5000, documents_per_year=10)
DISTRICT = "H28.148"
CODES = frozenset(unit.code for unit in seed.units(PLACE) if f"{unit.code}.".startswith(f"{DISTRICT}."))
EVERYONE = frozenset(unit.code for unit in seed.units(PLACE))
SECRETS = {PASSWORD_VARIABLE: "mot-cua", OPENCPS_VARIABLE: "lien-thong", PEXIP_VARIABLE: "hoi-nghi"}
OPENCPS_SETTINGS = {"username": USERNAME, "password_env": OPENCPS_VARIABLE, "group_id": OPENCPS_GROUP}
PEXIP_SETTINGS = {"username": USERNAME, "password_env": PEXIP_VARIABLE}
Rows = list[dict[str, Any]]


class SteppedClock(Clock):
    """A clock that shows what the test says."""

    def __init__(self, at: datetime) -> None:
        super().__init__(at, at, 0.0)
        self.step(at)

    def step(self, at: datetime) -> None:
        """Show this instant from now on."""
        object.__setattr__(self, "start", at)
        object.__setattr__(self, "real_start", at)

    def advance(self, by: timedelta) -> None:
        """Show a later instant from now on."""
        self.step(self.now() + by)


class UnrulyOpenCps(OpenCps):
    """Calls `after` when it has answered with rows, and lets `spoil` change them."""

    after: Callable[[], None] = staticmethod(lambda: None)
    spoil: Callable[[Rows], Rows] = staticmethod(lambda rows: rows)

    def dossiers(self, request: Request) -> Response:
        """A page, spoilt."""
        answer = super().dossiers(request)
        if request.query_params.get("end") == "1" or answer.status_code != 200:
            return answer
        content = json.loads(bytes(answer.body))
        self.after()
        return JSONResponse({**content, "data": self.spoil(content["data"])})


class UnrulyHistory(ConferenceHistory):
    """Calls `after` when it has answered, and lets `spoil` change the rows."""

    after: Callable[[], None] = staticmethod(lambda: None)
    spoil: Callable[[Rows], Rows] = staticmethod(lambda rows: rows)

    def conferences(self, request: Request) -> Response:
        """A page, spoilt."""
        return self._spoilt(super().conferences(request))

    def participants(self, request: Request) -> Response:
        """A page, spoilt."""
        return self._spoilt(super().participants(request))

    def _spoilt(self, answer: Response) -> Response:
        if answer.status_code != 200:
            return answer
        content = json.loads(bytes(answer.body))
        self.after()
        return JSONResponse({**content, "objects": self.spoil(content["objects"])})
