"""A one-stop of one town: plain dossiers in work, pages of a size that a test chooses, and no seed behind it."""

from collections.abc import Callable
from typing import Any

from tests.source_server import Answer, Asked, json_answer

UNITS = [
    {"MADONVI": "H28", "TENDONVI": "Tỉnh", "CAPDONVI": "tinh", "MACHA": None, "NGAYHIEULUC": "20200101"},
    {"MADONVI": "H28.148", "TENDONVI": "Thành phố", "CAPDONVI": "huyen", "MACHA": "H28", "NGAYHIEULUC": "20200101"},
]
PROCEDURES = [
    {"MaTTHC": "1", "TenTTHC": "1", "MaLinhVuc": "L", "TenLinhVuc": "L", "MucDo": 4, "CapThucHien": "huyen"}
    | {"CoQuanThucHien": None, "TichHopDVCQG": False, "ThuPhi": False, "NgayHieuLuc": "20200101"}
]


def record(key: str, received: str, channel: str = "2") -> dict[str, Any]:
    """A dossier in work, received at 9 o'clock of a local day."""
    at = f"{received}090000"
    return {
        "MaHoSo": key,
        "MaTTHC": "1",
        "KenhThucHien": channel,
        "TrangThaiHoSo": "4",
        "DonViXuLy": "H28.148",
        "NgayNopHoSo": at,
        "NgayTiepNhan": at,
        "NgayCapNhat": at,
    }


class PlainOneStop:
    """A one-stop with pages; `on_dossiers` is called with `capNhatTu` before each page is answered."""

    def __init__(self, page: int = 2) -> None:
        self.page = page
        self.records = [record("a", "20210601"), record("b", "20210602", "3"), record("d", "20210703")]
        self.on_dossiers: Callable[[str], Answer | None] = lambda _since: None

    def reply(self, asked: Asked) -> Answer:
        name = asked.path.rsplit("/", 1)[-1]
        if name == "login":
            return json_answer({"error_code": "0", "session": "one", "hetHan": 900})
        if name == "DongBoHoSoMC":
            since = asked.query.get("capNhatTu", "")
            return self.on_dossiers(since) or self._dossiers(since, int(asked.query["trang"]))
        rows = UNITS if name == "LayDanhMucCoQuan" else PROCEDURES
        return json_answer({"error_code": "0", "result": {"data": rows}})

    def _dossiers(self, since: str, number: int) -> Answer:
        found = [row for row in self.records if row["NgayCapNhat"] >= since]
        found.sort(key=lambda row: (row["NgayCapNhat"], row["MaHoSo"]))
        page = found[self.page * (number - 1) : self.page * number]
        result = {"tongSo": len(found), "trang": number, "kichThuoc": self.page, "data": page}
        return json_answer({"error_code": "0", "result": result})
