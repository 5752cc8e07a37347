"""A one-stop and a document register of a small random world, as wire.md has them, for polls that are killed.

What they hold is known row by row (`dossiers`, `documents`), written here into wire records, not by a connector.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from random import Random
from typing import Any

import msgspec

from clock import LOCAL_ZONE
from config import Duration, Settings, SourceSettings
from store.content import content_hash
from store.rows import PROCESSED, Document, Dossier, Procedure, Unit
from tests.source_server import Answer, Asked, json_answer
from tests.worlds import World, make_world

DOSSIERS_A_PAGE, DOCUMENTS_A_PAGE = 8, 5
# How much later than its update time a record may be committed: safely less than the overlap.
OVERLAP, LATEST_COMMIT = Duration(days=40), timedelta(days=6)
NOW = datetime(2022, 2, 1, tzinfo=UTC)
STRANGE_UNIT = "H99.01"
CHANNEL_CODES = {"counter": "1", "online": "2", "post": "3"}
PAYMENT_CODES = {"none": "0", "national": "1", "province": "2", "unpaid": "3"}
RATING_WORDS = {None: None, 1: "Không hài lòng", 2: "Hài lòng", 3: "Rất hài lòng"}

Wire = dict[str, Any]
State = Dossier | Document


def rank(row: State) -> tuple[datetime, int, int]:
    """Which of two states of one record is the newer one."""
    further = row.state if isinstance(row, Dossier) else int(row.completed_on is not None)
    return row.updated_at, further, content_hash(row)


@dataclass
class KillSource:
    """The two systems; `coming` are the states that they will have, in the order of their commits.

    `in_order`: the one-stop keeps the order by update time; else that of its keys. `broken`: ids of records that are
    wrong in every state; `strange`: ids of records of a unit that no catalogue names.
    """

    units: Sequence[Unit]
    procedures: Sequence[Procedure]
    coming: list[State]
    broken: frozenset[str]
    strange: frozenset[str]
    in_order: bool = True
    every: int = 0
    asked: int = 0
    held: dict[str, State] = field(default_factory=dict)
    windows: dict[str, list[Document]] = field(default_factory=dict)

    def commit(self, count: int) -> None:
        """The next states come into force; a record never goes back to an older one."""
        for row in self.coming[:count]:
            if row.source_id not in self.held or rank(row) > rank(self.held[row.source_id]):
                self.held[row.source_id] = row
        del self.coming[:count]

    def settle(self) -> None:
        """Everything is committed, and no more comes."""
        self.commit(len(self.coming))

    @property
    def dossiers(self) -> list[Dossier]:
        """The one-stop's records as they are now, the broken and the strange ones too."""
        return [row for row in self.held.values() if isinstance(row, Dossier)]

    @property
    def documents(self) -> list[Document]:
        """The register's records as they are now."""
        return [row for row in self.held.values() if isinstance(row, Document)]

    def reply(self, asked: Asked) -> Answer:
        """The answer to one request; with `every` the next state is committed after so many."""
        self.asked += 1
        if self.every and self.asked % self.every == 0:
            self.commit(1)
        path = asked.path.removeprefix("/api")
        if path == "/login":
            return json_answer({"error_code": "0", "session": "s", "hetHan": 900})
        if path == "/vanban":
            return self._register(asked.query)
        if path == "/DongBoHoSoMC":
            return self._one_stop(asked.query)
        rows = list(map(unit_record, self.units)) if "CoQuan" in path else list(map(procedure_record, self.procedures))
        return json_answer({"error_code": "0", "result": {"data": rows}})

    def _one_stop(self, query: Mapping[str, str]) -> Answer:
        since = query.get("capNhatTu", "")
        found = [row for row in self.dossiers if local(row.updated_at) >= since]
        found.sort(key=lambda row: (local(row.updated_at) if self.in_order else "", row.source_id))
        begin = (int(query["trang"]) - 1) * DOSSIERS_A_PAGE
        page = [self._wire(row, dossier_record(row)) for row in found[begin : begin + DOSSIERS_A_PAGE]]
        result = {"tongSo": len(found), "trang": 1, "kichThuoc": DOSSIERS_A_PAGE, "data": page}
        return json_answer({"error_code": "0", "message": "", "result": result})

    def _register(self, query: Mapping[str, str]) -> Answer:
        cursor = query.get("con_tro")
        if not cursor:
            since = datetime.fromisoformat(query.get("capNhatTu", "2000-01-01T00:00:00+07:00"))
            cursor = f"{len(self.windows)}-0"
            self.windows[cursor.split("-")[0]] = [row for row in self.documents if row.updated_at >= since]
        name, start = cursor.split("-")
        window, end = self.windows[name], int(start) + DOCUMENTS_A_PAGE
        page = [self._wire(row, document_record(row)) for row in window[int(start) : end]]
        following = f"{name}-{end}" if end < len(window) else None
        return json_answer({"data": page, "con_tro_tiep": following, "tong_so": len(window)})

    def _wire(self, row: State, record: Wire) -> Wire:
        if row.source_id in self.broken:
            return {**record, "TrangThaiHoSo": "77", "IssuedDate": "2021/13/45"}
        return record


def make_source(seed: int, dossiers: int = 24, documents: int = 8) -> KillSource:
    """A source of a random world with records that are wrong or of an unknown unit; nothing is committed yet."""
    random = Random(seed)
    world = make_world(random, dossiers, documents, polls=0)
    ids = sorted({row.source_id for row in world.versions})
    broken, strange = frozenset(random.sample(ids, 4)), frozenset(random.sample(ids, 3))
    newest = {row.source_id: row for row in (*world.dossiers, *world.documents)}
    states = [told(row) for row in world.versions if row.source_id not in strange]
    # Each state of a record of an unknown unit is kept in quarantine: these have only one.
    states += [msgspec.structs.replace(told(newest[source_id]), unit_code=STRANGE_UNIT) for source_id in strange]
    commits = {id(row): row.updated_at + random.random() * LATEST_COMMIT for row in states}
    states.sort(key=lambda row: commits[id(row)])
    return KillSource(catalogued(world), world.procedures, states, broken, strange)


def disordered_source() -> KillSource:
    """A one-stop in the order of its keys. The first pages keep that of update times too; what follows lies between."""
    source = make_source(0)
    [dossier, *_] = [row for row in source.coming if isinstance(row, Dossier) and row.source_id not in source.strange]
    days = [*range(0, 160, 10), *range(5, 85, 10)]
    changed = [dossier.updated_at + timedelta(days=number - 200) for number in days]
    source.held = {
        f"D{number:02}": msgspec.structs.replace(dossier, source_id=f"D{number:02}", updated_at=at)
        for number, at in enumerate(changed)
    }
    source.coming, source.broken, source.strange, source.in_order = [], frozenset(), frozenset(), False
    return source


def catalogued(world: World) -> list[Unit]:
    """The units as a catalogue holds them: of two rows with one code and first day only the last."""
    return list({(unit.code, unit.valid_from): unit for unit in world.units}.values())


def told(row: State) -> State:
    """The row with what the wire formats ask for: a done dossier ended at some time, a document was issued."""
    if isinstance(row, Document):
        return msgspec.structs.replace(row, issued_on=row.issued_on or date(2021, 6, 1))
    if row.state >= PROCESSED and not (row.completed_at or row.returned_at):
        row = msgspec.structs.replace(row, completed_at=row.updated_at)
    return msgspec.structs.replace(row, untold=False)


def source_settings(address: str) -> Settings:
    """The settings of a centre that polls both."""
    one_stop = SourceSettings(
        name="motcua",
        dialect="dvcqg",
        base_url=address,
        username="ioc",
        password_env="TEST_PASSWORD",  # the variable's name
        overlap=OVERLAP,
    )
    register = SourceSettings(name="vanban", dialect="qlvb", base_url=address, token_env="TEST_TOKEN", overlap=OVERLAP)
    return Settings(sources=(one_stop, register))


def local(instant: datetime | None) -> str:
    return instant.astimezone(LOCAL_ZONE).strftime("%Y%m%d%H%M%S") if instant else ""


def day(value: date | None, separator: str = "") -> str | None:
    return value.strftime(f"%Y{separator}%m{separator}%d") if value else None


def unit_record(unit: Unit) -> Wire:
    return {
        "MADONVI": unit.code,
        "TENDONVI": unit.name,
        "CAPDONVI": unit.kind,
        "MACHA": unit.parent_code,
        "NGAYHIEULUC": day(unit.valid_from),
        "NGAYHETHIEULUC": day(unit.valid_to),
    }


def procedure_record(procedure: Procedure) -> Wire:
    return {
        "MaTTHC": procedure.code,
        "TenTTHC": procedure.name,
        "MucDo": procedure.level,
        "CapThucHien": procedure.tier,
        "CoQuanThucHien": procedure.agency_code,
        "TichHopDVCQG": procedure.national_portal,
        "ThuPhi": procedure.fee,
        "NgayHieuLuc": day(procedure.valid_from),
        "NgayHetHieuLuc": day(procedure.valid_to),
    }


def dossier_record(dossier: Dossier) -> Wire:
    return {
        "MaHoSo": dossier.source_id,
        "MaTTHC": dossier.procedure_code,
        "KenhThucHien": CHANNEL_CODES[dossier.channel],
        "NgayNopHoSo": local(dossier.submitted_at),
        "NgayTiepNhan": local(dossier.received_at),
        "NgayHenTra": local(dossier.due_at),
        "TrangThaiHoSo": str(dossier.state),
        "NgayTra": local(dossier.returned_at),
        "HinhThuc": str(int(dossier.returned_by_post)),
        "NgayKetThucXuLy": local(dossier.completed_at),
        "DonViXuLy": dossier.unit_code,
        "HoSoCoThanhPhanSoHoa": str(int(dossier.digitised)),
        "TaiKhoanDuocXacThucVoiVNeID": str(int(dossier.authenticated)),
        "DuocThanhToanTrucTuyen": PAYMENT_CODES[dossier.payment],
        "DanhSachLePhi": [{"Gia": "15000" if dossier.fee_due else "0"}],
        "DanhSachHoSoBoSung": [{"NgayBoSung": "20210601080000"}] * dossier.supplements,
        "DanhSachGiayToKetQua": [{"MaGiayToKetQua": "KQ1"}] if dossier.e_result else [],
        "DanhGiaHaiLong": RATING_WORDS[dossier.rating],
        "NgayCapNhat": local(dossier.updated_at),
    }


def document_record(document: Document) -> Wire:
    return {
        "MaVanBan": document.source_id,
        "Huong": {"in": "den", "out": "di"}[document.direction],
        "OrganId": document.unit_code,
        "IssuedDate": day(document.issued_on, "/"),
        "DueDate": day(document.due_on, "/"),
        "CompletedDate": day(document.completed_on, "/"),
        "DienTu": document.electronic,
        "DaKySo": document.signed,
        "GuiLienThong": document.exchanged,
        "Mat": document.classified,
        "updatedAt": document.updated_at.astimezone(LOCAL_ZONE).isoformat(),
    }
