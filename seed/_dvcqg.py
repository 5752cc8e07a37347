"""The one-stop system's service (wire.md, section 1)."""

import re
import secrets
from datetime import date, datetime, timedelta
from typing import Any

import msgspec
import numpy as np
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from clock import Clock
from seed.dossier_records import dossier_records, states_shown, times_shown
from seed.place import PASSWORD_VARIABLE, USERNAME, Place
from seed.procedures import catalogue_rows
from seed.register import dossiers_of
from seed.timeline import NEVER
from seed.units import units
from seed.working_time import DAY, local_seconds, midnight

SESSION_SECONDS = 900
PAGE_SIZE, GREATEST_PAGE = 1000, 5000
# How many sessions are remembered before the expired ones are swept out.
SWEEP_ABOVE = 1000


class OneStop:
    """One running service; its sessions end by the place's clock."""

    def __init__(self, place: Place, clock: Clock, credentials: dict[str, str]) -> None:
        self._place, self._clock = place, clock
        self._password = credentials[PASSWORD_VARIABLE]
        self._sessions: dict[str, datetime] = {}

    def routes(self) -> list[Route]:
        """The addresses of this service below its base."""
        return [
            Route("/login", self.login, methods=["POST"]),
            Route("/DongBoHoSoMC", self.dossiers),
            Route("/LayDanhSachTTHC", self.procedures),
            Route("/LayDanhMucCoQuan", self.units),
            Route("/ThongKe", self.statistics),
        ]

    async def login(self, request: Request) -> Response:
        """A new session for the right user name and password."""
        try:
            given = msgspec.json.decode(await request.body(), type=dict[str, Any])
        except msgspec.DecodeError:
            return _refused("400", "Nội dung đăng nhập không phải JSON", 400)
        right = secrets.compare_digest(str(given.get("password", "")).encode(), self._password.encode())
        if given.get("username") != USERNAME or not right:
            return _refused("401", "Sai tên đăng nhập hoặc mật khẩu", 401)
        session, now = secrets.token_hex(16), self._clock.now()
        if len(self._sessions) > SWEEP_ABOVE:
            self._sessions = {name: end for name, end in list(self._sessions.items()) if end > now}
        self._sessions[session] = now + timedelta(seconds=SESSION_SECONDS)
        return _json({"error_code": "0", "session": session, "hetHan": SESSION_SECONDS})

    def dossiers(self, request: Request) -> Response:
        """A page of the dossiers updated since `capNhatTu`, each as it is now."""
        if not self._known(request):
            return _no_session()
        query = request.query_params
        since, page, size = query.get("capNhatTu"), query.get("trang", "1"), query.get("kichThuoc", str(PAGE_SIZE))
        if not page.isdecimal() or not size.isdecimal() or int(page) < 1 or int(size) < 1:
            return _refused("400", "trang và kichThuoc phải là số nguyên dương", 400)
        since_seconds = _seconds(since) if since else None
        if since and since_seconds is None:
            return _refused("400", "capNhatTu phải có dạng yyyyMMddHHmmss", 400)
        number, per_page = int(page), min(int(size), GREATEST_PAGE)
        now = local_seconds(self._clock.now())
        held, found, events = dossiers_of(self._place, "dvcqg", since_seconds, now)
        here = slice((number - 1) * per_page, number * per_page)
        return _result(
            {
                "tongSo": len(found),
                "trang": number,
                "kichThuoc": per_page,
                "data": dossier_records(self._place, held[found[here]], events[here]),
            }
        )

    def procedures(self, request: Request) -> Response:
        """The whole catalogue of procedures."""
        return _result({"data": catalogue_rows(self._place)}) if self._known(request) else _no_session()

    def units(self, request: Request) -> Response:
        """The whole catalogue of units."""
        return _result({"data": unit_rows(self._place)}) if self._known(request) else _no_session()

    def statistics(self, request: Request) -> Response:
        """Counts of each unit over the local days from `tuNgay` to `denNgay`, both included."""
        if not self._known(request):
            return _no_session()
        first, last = (_day(request.query_params.get(name, "")) for name in ("tuNgay", "denNgay"))
        if first is None or last is None:
            return _refused("400", "tuNgay và denNgay phải có dạng yyyyMMdd", 400)
        return _result({"data": statistics_rows(self._place, self._clock.now(), first, last)})

    def _known(self, request: Request) -> bool:
        end = self._sessions.get(request.headers.get("session", ""))
        return end is not None and self._clock.now() < end


def unit_rows(place: Place) -> list[dict[str, Any]]:
    """The rows of LayDanhMucCoQuan."""
    return [
        {
            "MADONVI": unit.code,
            "TENDONVI": unit.name,
            "CAPDONVI": unit.kind,
            "MACHA": unit.parent,
            "NGAYHIEULUC": f"{unit.valid_from:%Y%m%d}",
            "NGAYHETHIEULUC": f"{unit.valid_to:%Y%m%d}" if unit.valid_to else None,
        }
        for unit in units(place)
    ]


def statistics_rows(place: Place, at: datetime, first: date, last: date) -> list[dict[str, Any]]:
    """The rows of ThongKe: what each unit itself received, finished and had open, by the states of the instant `at`."""
    held, found, events = dossiers_of(place, "dvcqg", None, local_seconds(at))
    dossiers = held[found]
    times, states = times_shown(dossiers, events), states_shown(dossiers, events)
    start, end = midnight(first), midnight(last) + DAY
    received, ended, due = times["NgayTiepNhan"], times["NgayKetThucXuLy"], times["NgayHenTra"]
    accepted = received != NEVER
    taken = accepted & (received >= start) & (received < end)
    done = accepted & (states >= 9) & (ended >= start) & (ended < end)
    on_time = done & ((due == NEVER) | (ended // DAY <= due // DAY))
    still_open = accepted & (received < end) & (ended >= end)
    counts = {
        "HSTiepNhan": taken,
        "HSTiepNhanTrucTuyen": taken & (dossiers["channel"] == 2),
        "HSDaXuLy": done,
        "HSDaXLDungHan": on_time,
        "HSDaXLQuaHan": done & ~on_time,
        "HSDangXuLy": still_open,
    }
    offices = units(place)
    by_unit = {
        name: np.bincount(dossiers["unit"][chosen], minlength=len(offices)).tolist() for name, chosen in counts.items()
    }
    return [
        {"MADONVI": office.code, **{name: numbers[position] for name, numbers in by_unit.items()}}
        for position, office in enumerate(offices)
        if office.code in place.units_of("dvcqg")
    ]


def _seconds(text: str) -> int | None:
    if not re.fullmatch(r"\d{14}", text, re.ASCII):
        return None
    day = _day(text[:8])
    hour, minute, second = int(text[8:10]), int(text[10:12]), int(text[12:])
    if day is None or hour > 23 or minute > 59 or second > 59:
        return None
    return midnight(day) + hour * 3600 + minute * 60 + second


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text) if re.fullmatch(r"\d{8}", text, re.ASCII) else None
    except ValueError:
        return None


def _json(content: Any, status: int = 200) -> Response:
    return Response(msgspec.json.encode(content), status, media_type="application/json")


def _result(result: dict[str, Any]) -> Response:
    return _json({"error_code": "0", "message": "", "result": result})


def _refused(code: str, message: str, status: int) -> Response:
    return _json({"error_code": code, "message": message}, status)


def _no_session() -> Response:
    return _refused("401", "Phiên làm việc không hợp lệ hoặc đã hết hạn", 401)
