"""The OpenCPS of the districts that are on it (wire.md, section 2)."""

import calendar
import hmac
from base64 import b64encode
from collections import Counter
from collections.abc import Collection
from datetime import date, datetime
from typing import Any

import msgspec
import numpy as np
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from clock import Clock, local_day
from seed.opencps_records import Held, held_dossiers, of_window, opencps_records, system_ids
from seed.place import OPENCPS_GROUP, OPENCPS_VARIABLE, USERNAME, Place
from seed.procedures import procedures
from seed.timeline import NEVER
from seed.units import units
from seed.working_time import DAY, midnight

_COUNTS = (
    "receivedCount",
    "onlineCount",
    "releaseCount",
    "betimesCount",
    "ontimeCount",
    "overtimeCount",
    "processingCount",
    "overdueCount",
)


class OpenCps:
    """One running service; `codes`: the units whose dossiers it holds (None: those of the place's districts on it)."""

    def __init__(
        self, place: Place, clock: Clock, credentials: dict[str, str], codes: Collection[str] | None = None
    ) -> None:
        self._place, self._clock = place, clock
        self._codes = place.units_of("opencps") if codes is None else frozenset(codes)
        given = f"{USERNAME}:{credentials[OPENCPS_VARIABLE]}"
        self._authorization = f"Basic {b64encode(given.encode()).decode()}"
        self._held: tuple[datetime, Held] | None = None

    def routes(self) -> list[Route]:
        """The addresses of this service below its base."""
        resource = "/o/secure/rest"
        return [
            Route(f"{resource}/v2/dossiers", self.dossiers),
            Route(f"{resource}/v2/serviceinfos", self.services),
            Route(f"{resource}/v2/dictcollections/GOVERNMENT_AGENCY/dictitems", self.agencies),
            Route(f"{resource}/statistics", self.statistics),
        ]

    def dossiers(self, request: Request) -> Response:
        """The rows from `start` to `end` of the dossiers of a window, the last changed first."""
        refusal = self._refusal(request)
        if refusal:
            return refusal
        query = request.query_params
        held = self._dossiers_now()
        systems = [int(number) for number in query.get("systemId", "0").split(",") if number.isdecimal()]
        held = held.chosen(np.flatnonzero(np.isin(system_ids(held), systems)))
        if query.get("top") == "statistic":
            first, last = (_day(query.get(f"{bound}StatisticDate", "")) for bound in ("from", "to"))
            if first is None or last is None:
                return _json({"message": "fromStatisticDate, toStatisticDate: dd/MM/yyyy"}, 400)
            held = of_window(held, first, last)
        total = len(held.dossiers)
        here = np.arange(total)[_bounds(request)]
        return _json({"total": total, "data": opencps_records(self._place, held.chosen(here))})

    def services(self, request: Request) -> Response:
        """The services of the units' tiers, each with its highest level."""
        refusal = self._refusal(request)
        if refusal:
            return refusal
        rows = service_rows(self._place, self._codes)
        return _json({"total": len(rows), "data": rows[_bounds(request)]})

    def agencies(self, request: Request) -> Response:
        """The dictionary of agencies."""
        rows = agency_rows(self._place, self._codes)
        return self._refusal(request) or _json({"total": len(rows), "data": rows})

    def statistics(self, request: Request) -> Response:
        """What was received, released and left open in a month, by agency and field."""
        refusal = self._refusal(request)
        if refusal:
            return refusal
        month, year = (request.query_params.get(name, "") for name in ("month", "year"))
        if not month.isdecimal() or not year.isdecimal() or not 1 <= int(month) <= 12:
            return _json({"message": "month, year"}, 400)
        rows = month_rows(self._place, self._codes, self._clock.now(), int(month), int(year))
        return _json({"total": len(rows), "dossierStatisticData": rows})

    def _dossiers_now(self) -> Held:
        now = self._clock.now().replace(microsecond=0)
        known = self._held
        if known is None or known[0] != now:
            known = self._held = now, held_dossiers(self._place, self._codes, now)
        return known[1]

    def _refusal(self, request: Request) -> Response | None:
        given = request.headers.get("authorization", "")
        if not hmac.compare_digest(given.encode(), self._authorization.encode()):
            return Response("", 401, {"WWW-Authenticate": 'Basic realm="opencps"'})
        if request.headers.get("groupId") != OPENCPS_GROUP:
            return _json({"message": "No permission in this group"}, 403)
        return None


def agency_rows(place: Place, codes: Collection[str]) -> list[dict[str, Any]]:
    """The items of GOVERNMENT_AGENCY."""
    return [
        {"itemCode": unit.code, "itemName": unit.name, "parentItemCode": unit.parent or "0"}
        for unit in units(place)
        if unit.code in codes
    ]


def service_rows(place: Place, codes: Collection[str]) -> list[dict[str, Any]]:
    """The rows of serviceinfos."""
    tiers = {unit.kind for unit in units(place) if unit.code in codes}
    return [
        {
            "serviceCode": procedure.code,
            "serviceName": procedure.name,
            "domainCode": procedure.field_code,
            "domainName": procedure.field_name,
            "maxLevel": procedure.level,
        }
        for procedure in procedures(place)
        if procedure.tier in tiers
    ]


def month_rows(place: Place, codes: Collection[str], at: datetime, month: int, year: int) -> list[dict[str, Any]]:
    """The rows of the statistics, by the states of the instant `at`: every agency and field, and the grand total."""
    held = held_dossiers(place, codes, at)
    first = date(year, month, 1)
    last = min(date(year, month, calendar.monthrange(year, month)[1]), local_day(at))
    agencies = [unit.code for unit in units(place)]
    fields = [procedure.field_code for procedure in procedures(place)]
    keys = list(zip(held.dossiers["unit"].tolist(), held.dossiers["procedure"].tolist(), strict=True))
    counts: dict[tuple[str, str], Counter[str]] = {("", ""): Counter()}
    for name, counted in zip(_COUNTS, _counted(held, midnight(first), midnight(last) + DAY), strict=True):
        for row in np.flatnonzero(counted).tolist():
            agency, field = agencies[keys[row][0]], fields[keys[row][1]]
            for key in ((agency, field), (agency, ""), ("", field), ("", "")):
                counts.setdefault(key, Counter())[name] += 1
    return [
        {
            "month": month,
            "year": year,
            "govAgencyCode": agency,
            "domainCode": field,
            **{name: counted[name] for name in _COUNTS},
            "ontimePercentage": _percentage(counted),
        }
        for (agency, field), counted in sorted(counts.items())
    ]


def _counted(held: Held, start: int, end: int) -> tuple[np.ndarray[Any, np.dtype[np.bool_]], ...]:
    """Which dossiers each of the counts means, between two local midnights."""
    received, due = held.times["NgayTiepNhan"], held.times["NgayHenTra"]
    accepted = (received != NEVER) & (held.states != 3)
    taken = accepted & (received >= start) & (received < end)
    released = accepted & (held.states >= 9) & (held.ended >= start) & (held.ended < end)
    on_day, before = held.ended // DAY == due // DAY, held.ended // DAY < due // DAY
    dated = due != NEVER
    left = accepted & (received < end) & (held.ended >= end)
    overdue = left & dated & (due // DAY < end // DAY - 1) & ~np.isin(held.states, (5, 6))
    online = taken & (held.dossiers["channel"] == 2)
    late = released & dated & ~on_day & ~before
    return taken, online, released, released & dated & before, released & (on_day | ~dated), late, left, overdue


def _percentage(counted: Counter[str]) -> int:
    released = counted["releaseCount"]
    return 100 * (released - counted["overtimeCount"]) // released if released else 100


def _bounds(request: Request) -> slice:
    """Rows `start` to `end`, exclusive; without a number all rows."""
    start, end = (request.query_params.get(name, "") for name in ("start", "end"))
    return slice(int(start) if start.isdecimal() else None, int(end) if end.isdecimal() else None)


def _day(text: str) -> date | None:
    try:
        return datetime.strptime(text, "%d/%m/%Y").date()  # noqa: DTZ007  # a local day has no zone
    except ValueError:
        return None


def _json(content: Any, status: int = 200) -> Response:
    return Response(msgspec.json.encode(content), status, media_type="application/json")
