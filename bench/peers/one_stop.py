"""The one-stop's dialect as far as a peer needs it: the way in, the codes, the times (wire.md, 1)."""

import json
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import Any, NamedTuple

PAGE_SIZE = 5000
CHANNELS = {"1": "counter", "2": "online", "3": "post"}
PAYMENTS = {"": "none", "0": "none", "1": "national", "2": "province", "3": "unpaid"}
RATINGS = {"Rất hài lòng": 3, "Hài lòng": 2, "Không hài lòng": 1}
_LOCAL = timezone(timedelta(hours=7))  # Asia/Ho_Chi_Minh has no summer time


class Job(NamedTuple):
    """What a peer is told to do: read the one-stop and keep the newest states.

    `url`: the database. `home`: a folder for its own things. `server_pid`: the database server whose processor time
    counts too. `pages`: how many the ORM reads (0: all). `tables`: a Parquet file of finished rows that dlt takes
    instead of asking ("": it asks).
    """

    base_url: str
    username: str
    password: str
    url: str
    home: str
    server_pid: int | None = None
    pages: int = 0
    tables: str = ""


def tell(job: Job, cost: object, rows: Iterable[Any]) -> None:
    """Say what the job cost; and in the file states.json of its home what is held in the end, as
    {source id: [state, update time in seconds since 1970]}, of rows (source id, state, update time)."""
    held = {key: (state, _utc(updated).timestamp()) for key, state, updated in rows}
    Path(job.home, "states.json").write_text(json.dumps(held), "utf-8")
    print(json.dumps(cost))


def _utc(moment: datetime) -> datetime:
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def instant(text: str | None) -> datetime | None:
    """The instant of a local yyyyMMddHHmmss; None of nothing. Four times faster than strptime."""
    if not text:
        return None
    year, month, day = int(text[:4]), int(text[4:6]), int(text[6:8])
    local = datetime(year, month, day, int(text[8:10]), int(text[10:12]), int(text[12:]), tzinfo=_LOCAL)
    return local.astimezone(UTC)


def unit_code(text: str) -> str:
    """An agency's code in its new form."""
    groups = text.split(".")
    if groups[0][:1].isalpha() or not groups[-1][:1].isalpha():
        return text
    return ".".join(group for group in reversed(groups) if group.strip("0"))


def values(record: dict[str, Any]) -> dict[str, Any]:
    """The columns of a delivered record, without those of the persons."""
    return {
        "source_id": record["MaHoSo"],
        "unit_code": unit_code(record["DonViXuLy"]),
        "procedure_code": record["MaTTHC"],
        "channel": CHANNELS[record["KenhThucHien"]],
        "state": int(record["TrangThaiHoSo"]),
        "submitted_at": instant(record["NgayNopHoSo"]),
        "received_at": instant(record["NgayTiepNhan"]),
        "due_at": instant(record["NgayHenTra"]),
        "completed_at": instant(record["NgayKetThucXuLy"]),
        "returned_at": instant(record["NgayTra"]),
        "returned_by_post": record["HinhThuc"] == "1",
        "digitised": record["HoSoCoThanhPhanSoHoa"] == "1",
        "authenticated": record["TaiKhoanDuocXacThucVoiVNeID"] == "1",
        "payment": PAYMENTS[record["DuocThanhToanTrucTuyen"] or ""],
        "fee_due": any(float(fee["Gia"]) > 0 for fee in record["DanhSachLePhi"]),
        "supplements": len(record["DanhSachHoSoBoSung"]),
        "e_result": bool(record["DanhSachGiayToKetQua"]),
        "rating": RATINGS.get(record["DanhGiaHaiLong"] or ""),
        "updated_at": instant(record["NgayCapNhat"]),
    }
