"""The plain way: httpx, pydantic and SQLAlchemy's ORM, a page at a time; told a job on standard input.

As the ORM's guide advises for many rows: one upsert statement per page, which keeps the newest update time. It keeps
no measures and no cursor, and a wrong record ends it. Its table has our columns and indexes.
"""

import json
import sys
from datetime import datetime
from itertools import count
from typing import Annotated, Any, ClassVar

import httpx
from pydantic import BaseModel, BeforeValidator, Field
from sqlalchemy import DateTime, Index, create_engine, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column

from bench.measure import cost_of
from bench.peers.one_stop import CHANNELS, PAGE_SIZE, PAYMENTS, RATINGS, Job, instant, tell, unit_code

Instant = Annotated[datetime | None, BeforeValidator(instant)]
AgencyCode = Annotated[str, BeforeValidator(unit_code)]
Flag = Annotated[bool, BeforeValidator("1".__eq__)]


class Fee(BaseModel):
    """A fee of a dossier."""

    amount: float = Field(alias="Gia")


class Record(BaseModel):
    """A dossier as the one-stop delivers it."""

    source_id: str = Field(alias="MaHoSo")
    unit_code: AgencyCode = Field(alias="DonViXuLy")
    procedure_code: str = Field(alias="MaTTHC")
    channel: Annotated[str, BeforeValidator(CHANNELS.__getitem__)] = Field(alias="KenhThucHien")
    state: int = Field(alias="TrangThaiHoSo")
    submitted_at: Instant = Field(alias="NgayNopHoSo")
    received_at: Instant = Field(alias="NgayTiepNhan")
    due_at: Instant = Field(alias="NgayHenTra")
    completed_at: Instant = Field(alias="NgayKetThucXuLy")
    returned_at: Instant = Field(alias="NgayTra")
    returned_by_post: Flag = Field(alias="HinhThuc")
    digitised: Flag = Field(alias="HoSoCoThanhPhanSoHoa")
    authenticated: Flag = Field(alias="TaiKhoanDuocXacThucVoiVNeID")
    payment: Annotated[str, BeforeValidator(lambda code: PAYMENTS[code or ""])] = Field(alias="DuocThanhToanTrucTuyen")
    fees: list[Fee] = Field(alias="DanhSachLePhi", exclude=True)
    supplements: Annotated[int, BeforeValidator(len)] = Field(alias="DanhSachHoSoBoSung")
    e_result: Annotated[bool, BeforeValidator(bool)] = Field(alias="DanhSachGiayToKetQua")
    rating: Annotated[int | None, BeforeValidator(RATINGS.get)] = Field(alias="DanhGiaHaiLong")
    updated_at: Annotated[datetime, BeforeValidator(instant)] = Field(alias="NgayCapNhat")


class Answer(BaseModel):
    """The part of an answer that holds the records."""

    data: list[Record]


class Page(BaseModel):
    """A whole answer."""

    result: Answer


class Base(DeclarativeBase):
    """What the ORM maps."""

    type_annotation_map: ClassVar[dict[type, Any]] = {datetime: DateTime(timezone=True)}


class Dossier(Base):
    """The newest state of a dossier."""

    __tablename__ = "plain_dossiers"
    source: Mapped[str] = mapped_column(primary_key=True)
    source_id: Mapped[str] = mapped_column(primary_key=True)
    unit_code: Mapped[str]
    procedure_code: Mapped[str]
    channel: Mapped[str]
    state: Mapped[int]
    submitted_at: Mapped[datetime | None]
    received_at: Mapped[datetime | None]
    due_at: Mapped[datetime | None]
    completed_at: Mapped[datetime | None]
    returned_at: Mapped[datetime | None]
    returned_by_post: Mapped[bool]
    digitised: Mapped[bool]
    authenticated: Mapped[bool]
    payment: Mapped[str]
    fee_due: Mapped[bool]
    supplements: Mapped[int]
    e_result: Mapped[bool]
    rating: Mapped[int | None]
    updated_at: Mapped[datetime]
    __table_args__ = (
        Index("plain_due", "unit_code", "state", "due_at"),
        Index("plain_received", "unit_code", "received_at", "procedure_code"),
        Index("plain_completed", "unit_code", "completed_at", "returned_at"),
    )


def main() -> None:
    """Do the job, then say what it cost as JSON."""
    job = Job(**json.load(sys.stdin))
    engine = create_engine(job.url)
    Base.metadata.create_all(engine)
    with Session(engine) as session:
        cost = cost_of(lambda: _copy(job, session), job.server_pid)
        rows = session.execute(select(Dossier.source_id, Dossier.state, Dossier.updated_at))
        tell(job, cost, rows)


def _copy(job: Job, session: Session) -> None:
    with httpx.Client(base_url=job.base_url, timeout=60, trust_env=False) as client:
        answer = client.post("/login", json={"username": job.username, "password": job.password}).raise_for_status()
        client.headers["session"] = answer.json()["session"]
        for number in range(1, job.pages + 1) if job.pages else count(1):
            records = _page(client, number)
            if not records:
                return
            _keep(session, records)


def _page(client: httpx.Client, number: int) -> list[Record]:
    answer = client.get("/DongBoHoSoMC", params={"trang": number, "kichThuoc": PAGE_SIZE}).raise_for_status()
    return Page.model_validate_json(answer.content).result.data


def _keep(session: Session, records: list[Record]) -> None:
    insert: Any = (postgresql if session.get_bind().dialect.name == "postgresql" else sqlite).insert(Dossier)
    keys = [column.name for column in Dossier.__table__.primary_key]
    changed = {column.name: insert.excluded[column.name] for column in Dossier.__table__.c if column.name not in keys}
    newer = insert.excluded.updated_at > Dossier.updated_at
    upsert = insert.on_conflict_do_update(index_elements=keys, set_=changed, where=newer)
    session.execute(upsert, [_row(record) for record in records])
    session.commit()


def _row(record: Record) -> dict[str, Any]:
    return {"source": "motcua", **record.model_dump(), "fee_due": any(fee.amount > 0 for fee in record.fees)}


if __name__ == "__main__":
    main()
