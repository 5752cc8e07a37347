"""A one-stop system whose records a test can commit late, cancel and delete; it counts them slowly, one by one."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

import seed

Record = dict[str, Any]
PAGE = 40
WITHDRAWN = "7"


@dataclass
class ChangeableOneStop:
    """The one-stop system of a place; `records` by their keys is all that it holds.

    `spoil` may replace an answer's result, by path; `failing` answers every call with that status; `on_page` is called
    before each page of dossiers.
    """

    place: seed.Place
    records: dict[str, Record] = field(default_factory=dict)
    spoil: Callable[[str, Record], Record] = lambda _path, result: result
    failing: int = 0
    on_page: Callable[[], None] = lambda: None

    def commit(self, *records: Record) -> None:
        """Hold these states, whatever their update time."""
        self.records |= {record["MaHoSo"]: record for record in records}

    def cancel(self, key: str, at: str) -> None:
        """The citizen withdraws a dossier at the local time yyyyMMddHHmmss."""
        end = {"TrangThaiHoSo": WITHDRAWN, "NgayKetThucXuLy": at, "NgayTra": "", "NgayCapNhat": at}
        self.records[key] = {**self.records[key], **end}

    def delete(self, key: str) -> Record:
        """Hold it no more; returns what it was."""
        return self.records.pop(key)

    def routes(self) -> list[Route]:
        """The addresses below its base."""
        return [
            Route("/login", self.login, methods=["POST"]),
            Route("/DongBoHoSoMC", self.dossiers),
            Route("/LayDanhSachTTHC", lambda request: self._answer(request, {"data": seed.catalogue_rows(self.place)})),
            Route("/LayDanhMucCoQuan", lambda request: self._answer(request, {"data": seed.unit_rows(self.place)})),
            Route("/ThongKe", self.statistics),
        ]

    async def login(self, _request: Request) -> Response:
        """The one session."""
        return JSONResponse({"error_code": "0", "session": "one", "hetHan": 900})

    async def dossiers(self, request: Request) -> Response:
        """A page of what it holds, by update time and key."""
        self.on_page()
        query = request.query_params
        since, number, size = query.get("capNhatTu", ""), int(query["trang"]), min(PAGE, int(query["kichThuoc"]))
        found = [record for record in self.records.values() if record["NgayCapNhat"] >= since]
        found.sort(key=lambda record: (record["NgayCapNhat"], record["MaHoSo"]))
        page = found[(number - 1) * size : number * size]
        return self._answer(request, {"tongSo": len(found), "trang": number, "kichThuoc": size, "data": page})

    async def statistics(self, request: Request) -> Response:
        """ThongKe of the days asked for."""
        query = request.query_params
        return self._answer(request, {"data": counted(self.records.values(), query["tuNgay"], query["denNgay"])})

    def _answer(self, request: Request, result: Record) -> Response:
        if self.failing:
            return Response("", self.failing)
        path = request.url.path.rsplit("/", 1)[-1]
        return JSONResponse({"error_code": "0", "message": "", "result": self.spoil(path, result)})


def counted(records: Any, first: str, last: str) -> list[Record]:
    """What ThongKe says of these records, by the words of the interface: a row for each unit that has any."""
    rows: dict[str, Record] = {}
    names = ("HSTiepNhan", "HSTiepNhanTrucTuyen", "HSDaXuLy", "HSDaXLDungHan", "HSDaXLQuaHan", "HSDangXuLy")
    for record in records:
        unit = record["NoiNopHoSo"]
        row = rows.setdefault(unit, {"MADONVI": unit, **dict.fromkeys(names, 0)})
        received, ended, due = (record[name][:8] for name in ("NgayTiepNhan", "NgayKetThucXuLy", "NgayHenTra"))
        if not received:
            continue
        inside = first <= received <= last
        done = record["TrangThaiHoSo"] in ("9", "10") and first <= ended <= last
        late = bool(done and due and ended > due)
        row["HSTiepNhan"] += inside
        row["HSTiepNhanTrucTuyen"] += inside and record["KenhThucHien"] == "2"
        row["HSDaXuLy"] += done
        row["HSDaXLDungHan"] += done and not late
        row["HSDaXLQuaHan"] += late
        row["HSDangXuLy"] += received <= last and (not ended or ended > last)
    return list(rows.values())
