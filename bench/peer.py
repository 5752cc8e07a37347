"""Plain ways to do the poller's work, to compare with: httpx, and SQLAlchemy record by record or page by page.

They keep the newest state of each dossier and nothing else: no daily measures, no quarantine, no cursor, and a wrong
field ends them. Their table has the same columns and indexes as ours.
"""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import httpx
from sqlalchemy import Engine
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session, registry

from clock import LOCAL_ZONE
from connectors._codes import agency_code
from store.tables import dossiers

_PAGE_SIZE = 5000
_CHANNELS = {"1": "counter", "2": "online", "3": "post"}
_PAYMENTS = {"0": "none", "1": "national", "2": "province", "3": "unpaid"}
_RATINGS = {"Rất hài lòng": 3, "Hài lòng": 2, "Không hài lòng": 1}


class PlainDossier:
    """A dossier as the ORM maps it."""

    def __init__(self, **values: Any) -> None:
        for name, value in values.items():
            setattr(self, name, value)


registry().map_imperatively(PlainDossier, dossiers)


# Keeps a page of records in a session.
Keep = Callable[[Session, list[dict[str, Any]]], None]


def copy_dossiers(base_url: str, username: str, password: str, engine: Engine, pages: int, keep: Keep) -> None:
    """Read the first pages of the one-stop at `base_url` and keep the newest state of each dossier."""
    with httpx.Client(base_url=base_url, timeout=60, trust_env=False) as client:
        answer = client.post("/login", json={"username": username, "password": password}).raise_for_status()
        client.headers["session"] = answer.json()["session"]
        for number in range(1, pages + 1):
            question = {"trang": number, "kichThuoc": _PAGE_SIZE}
            page = client.get("/DongBoHoSoMC", params=question).raise_for_status().json()["result"]["data"]
            with Session(engine) as session:
                keep(session, page)
                session.commit()


def record_by_record(session: Session, page: list[dict[str, Any]]) -> None:
    """Look each dossier up, then add it or change what is there: what the ORM's tutorial teaches."""
    for record in page:
        values = _values(record)
        stored = session.get(PlainDossier, (values["source"], values["source_id"]))
        if stored is None:
            session.add(PlainDossier(**values))
        elif stored.updated_at < values["updated_at"]:  # type: ignore[attr-defined]  # the ORM puts it there
            for name, value in values.items():
                setattr(stored, name, value)


def page_by_page(session: Session, page: list[dict[str, Any]]) -> None:
    """One `INSERT … ON CONFLICT DO UPDATE … WHERE newer` for all records of a page."""
    insert = (postgresql if session.get_bind().dialect.name == "postgresql" else sqlite).insert(dossiers)
    changed = {column.name: insert.excluded[column.name] for column in dossiers.c if not column.primary_key}
    newer = insert.excluded.updated_at > dossiers.c.updated_at
    upsert = insert.on_conflict_do_update(index_elements=["source", "source_id"], set_=changed, where=newer)
    session.execute(upsert, [_values(record) for record in page])


def _values(record: dict[str, Any]) -> dict[str, Any]:
    return {
        "source": "motcua",
        "source_id": record["MaHoSo"],
        "unit_code": agency_code(record["DonViXuLy"]),
        "procedure_code": record["MaTTHC"],
        "channel": _CHANNELS[record["KenhThucHien"]],
        "state": int(record["TrangThaiHoSo"]),
        "submitted_at": _instant(record["NgayNopHoSo"]),
        "received_at": _instant(record["NgayTiepNhan"]),
        "due_at": _instant(record["NgayHenTra"]),
        "completed_at": _instant(record["NgayKetThucXuLy"]),
        "returned_at": _instant(record["NgayTra"]),
        "returned_by_post": record["HinhThuc"] == "1",
        "digitised": record["HoSoCoThanhPhanSoHoa"] == "1",
        "authenticated": record["TaiKhoanDuocXacThucVoiVNeID"] == "1",
        "payment": _PAYMENTS[record["DuocThanhToanTrucTuyen"] or "0"],
        "fee_due": any(float(fee["Gia"]) > 0 for fee in record["DanhSachLePhi"]),
        "supplements": len(record["DanhSachHoSoBoSung"]),
        "e_result": bool(record["DanhSachGiayToKetQua"]),
        "rating": _RATINGS.get(record["DanhGiaHaiLong"]),
        "updated_at": _instant(record["NgayCapNhat"]),
        "content_hash": 0,
    }


def _instant(text: str | None) -> datetime | None:
    return datetime.strptime(text, "%Y%m%d%H%M%S").replace(tzinfo=LOCAL_ZONE).astimezone(UTC) if text else None
