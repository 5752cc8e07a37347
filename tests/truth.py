"""What a source system's own wire records say, as facts for the reference: read here a second time, not by a connector.

A tiny reader that knows wire.md alone. It meets only good records; what it cannot read is a KeyError or ValueError.
"""

import csv
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta, timezone
from functools import cached_property
from pathlib import Path
from typing import Any

import seed
from seed.registers import bridge_points
from store.rows import BridgePoint, Document, Dossier, Procedure, Return, Unit
from tests.reference import counting, figures, meeting_figures
from tests.reference_facts import HeldMeeting, Hierarchy, Point

Wire = Mapping[str, Any]
# (unit code, indicator) to numerator, denominator, value
Figures = dict[tuple[str, str], tuple[float | None, float | None, float | None]]
VIETNAM = timezone(timedelta(hours=7))
CALENDAR_FILE = Path(seed.__file__).parent / "calendar-vn.csv"
CHANNELS = {"1": "counter", "2": "online", "3": "post"}
PAYMENTS = {"0": "none", "1": "national", "2": "province", "3": "unpaid"}
RATINGS = {"Rất hài lòng": 3, "Hài lòng": 2, "Không hài lòng": 1, None: None}
DIRECTIONS = {"den": "in", "di": "out"}


@dataclass(frozen=True)
class Truth:
    """Everything that counts, as the sources hold it."""

    units: Sequence[Unit]
    procedures: Sequence[Procedure]
    dossiers: Sequence[Dossier]
    documents: Sequence[Document]
    meetings: Sequence[HeldMeeting]
    holidays: frozenset[date]
    made_up: frozenset[date]
    bridge_points: Sequence[BridgePoint] = ()
    returns: Sequence[Return] = ()

    @cached_property
    def hierarchy(self) -> Hierarchy:
        """The dated units, remembering its answers."""
        return Hierarchy(self.units)

    def figures(self, start: date, end: date, scope: Any) -> Figures:
        """Every indicator of every unit, in floats: of a fraction there is but one nearest float."""
        found: Figures = {}
        for unit in self.units:
            mine = self._of_subtree(unit.code)
            for key, figure in figures(mine, self.hierarchy, start, end, unit.code, scope).items():
                top, bottom, value = (None if number is None else float(number) for number in figure)
                found[unit.code, key] = (top, bottom, value)
        return found

    def meeting_hours(self, start: date, end: date, scope: Any) -> dict[str, float]:
        """Of every unit, as in `figures`."""
        hours = {}
        for unit in self.units:
            _within, flow = counting(self.hierarchy, start, end, unit.code, scope)
            hours[unit.code] = float(meeting_figures(self.meetings, flow)["meeting_hours"][0] or 0)
        return hours

    def _of_subtree(self, code: str) -> "Truth":
        """Without the records of other branches: the loops would look at each and count none."""
        below = {row.code for row in self.units if code in self._line[row.code]}
        return replace(
            self,
            dossiers=[row for row in self.dossiers if row.unit_code in below],
            documents=[row for row in self.documents if row.unit_code in below],
        )

    @cached_property
    def _line(self) -> dict[str, set[str]]:
        parents = {row.code: row.parent_code for row in self.units}
        lines = {}
        for code in parents:
            above: str | None = code
            lines[code] = {code}
            while above := parents[above]:
                lines[code].add(above)
        return lines


def calendar_rows() -> list[tuple[date, str, str]]:
    """The calendar of working days: (day, kind, name)."""
    lines = (line for line in CALENDAR_FILE.read_text("utf-8").splitlines() if not line.startswith("#"))
    return [(date.fromisoformat(row["date"]), row["kind"], row["name"]) for row in csv.DictReader(lines)]


def read_truth(
    place: seed.Place, dossiers: Iterable[Wire], documents: Iterable[Wire], polls: Sequence[datetime]
) -> Truth:
    """The facts in these wire records and in the meetings that polls at these instants could see."""
    units = seed.unit_rows(place)
    codes = {_groups(row["MADONVI"]): row["MADONVI"] for row in units}
    assert len(codes) == len(units), "two units share the groups of their codes"
    days = calendar_rows()
    return Truth(
        units=[_unit(row) for row in units],
        procedures=[_procedure(row) for row in seed.catalogue_rows(place)],
        dossiers=[_dossier(row, codes) for row in dossiers],
        documents=[_document(row, codes) for row in documents],
        meetings=held_meetings(place, polls),
        bridge_points=[_point(row) for row in bridge_points(place)],
        holidays=frozenset(day for day, kind, _ in days if kind == "holiday"),
        made_up=frozenset(day for day, kind, _ in days if kind == "makeup"),
    )


def _groups(code: str) -> tuple[str, ...]:
    """The groups of an agency code without their order, the same for its old and its new form."""
    return tuple(sorted(group for group in code.split(".") if group.strip("0")))


def _day(text: str | None) -> date | None:
    return date.fromisoformat(text.replace("/", "")) if text else None


def _some_day(text: str) -> date:
    return date.fromisoformat(text.replace("/", ""))


def _instant(text: str | None) -> datetime | None:
    return _some_instant(text) if text else None


def _some_instant(text: str) -> datetime:
    return datetime.strptime(text, "%Y%m%d%H%M%S").replace(tzinfo=VIETNAM)


def _point(row: Wire) -> BridgePoint:
    return BridgePoint(
        unit_code=row["unit_code"],
        point_code=row["point_code"],
        status=row["status"],
        valid_from=_some_day(row["valid_from"]),
        valid_to=_day(row["valid_to"]),
    )


def _unit(row: Wire) -> Unit:
    return Unit(
        code=row["MADONVI"],
        valid_from=_some_day(row["NGAYHIEULUC"]),
        valid_to=_day(row["NGAYHETHIEULUC"]),
        parent_code=row["MACHA"],
        kind=row["CAPDONVI"],
        name=row["TENDONVI"],
    )


def _procedure(row: Wire) -> Procedure:
    return Procedure(
        code=row["MaTTHC"],
        valid_from=_some_day(row["NgayHieuLuc"]),
        valid_to=_day(row["NgayHetHieuLuc"]),
        name=row["TenTTHC"],
        level=row["MucDo"],
        tier=row["CapThucHien"],
        agency_code=row.get("CoQuanThucHien"),
        national_portal=row["TichHopDVCQG"],
    )


def _dossier(row: Wire, codes: Mapping[tuple[str, ...], str]) -> Dossier:
    return Dossier(
        source_id=row["MaHoSo"],
        unit_code=codes[_groups(row["DonViXuLy"])],
        procedure_code=row["MaTTHC"],
        channel=CHANNELS[row["KenhThucHien"]],  # type: ignore[arg-type]
        state=int(row["TrangThaiHoSo"]),
        submitted_at=_instant(row["NgayNopHoSo"]),
        received_at=_instant(row["NgayTiepNhan"]),
        due_at=_instant(row["NgayHenTra"]),
        completed_at=_instant(row["NgayKetThucXuLy"]),
        returned_at=_instant(row["NgayTra"]),
        returned_by_post=row["HinhThuc"] == "1",
        digitised=row["HoSoCoThanhPhanSoHoa"] == "1",
        authenticated=row["TaiKhoanDuocXacThucVoiVNeID"] == "1",
        payment=PAYMENTS[row["DuocThanhToanTrucTuyen"]],  # type: ignore[arg-type]
        fee_due=any(int(fee["Gia"]) > 0 for fee in row["DanhSachLePhi"]),
        supplements=len(row["DanhSachHoSoBoSung"]),
        e_result=len(row["DanhSachGiayToKetQua"]) > 0,
        rating=RATINGS[row["DanhGiaHaiLong"]],
        updated_at=_some_instant(row["NgayCapNhat"]),
    )


def _document(row: Wire, codes: Mapping[tuple[str, ...], str]) -> Document:
    return Document(
        source_id=row["MaVanBan"],
        unit_code=codes[_groups(row["OrganId"])],
        direction=DIRECTIONS[row["Huong"]],  # type: ignore[arg-type]
        issued_on=_day(row["IssuedDate"]),
        due_on=_day(row["DueDate"]),
        completed_on=_day(row["CompletedDate"]),
        electronic=row["DienTu"],
        signed=row["DaKySo"],
        exchanged=row["GuiLienThong"],
        classified=row["Mat"],
        updated_at=datetime.fromisoformat(row["updatedAt"]),
    )


def held_meetings(place: seed.Place, polls: Sequence[datetime]) -> list[HeldMeeting]:
    """What polls at these instants know of the meetings that have ended.

    A recording tells start and end, not who was connected. A meeting that was never recorded is known when a poll
    saw it, and ended by the first poll that missed it.
    """
    held = {
        meeting.internal_id: HeldMeeting(
            meeting.internal_id, meeting.host, _moment(meeting.started), _moment(meeting.ended), ()
        )
        for meeting in seed.recorded_meetings(place, polls[-1])
    }
    seen = [{m.internal_id: m for m in seed.meetings(place, at) if not m.breakout} for at in polls]
    for internal_id in {internal_id for listed in seen for internal_id in listed}:
        at_polls = [at for at, listed in zip(polls, seen, strict=True) if internal_id in listed]
        meeting = next(listed[internal_id] for listed in seen if internal_id in listed)
        missed = [at for at in polls if at > at_polls[-1]]
        known = held.get(internal_id)
        if not known and not missed:
            continue
        ended = known.ended_at if known else missed[0]
        points = _points(meeting, at_polls)
        held[internal_id] = HeldMeeting(internal_id, meeting.host, _moment(meeting.started), ended, points)
    return list(held.values())


def _points(meeting: seed.Conference, polls: Sequence[datetime]) -> tuple[Point, ...]:
    connected: dict[str, list[datetime]] = {unit: [] for unit in meeting.invited}
    for attendee in meeting.attendees:
        if attendee.full_name.startswith("["):
            unit = attendee.full_name[1 : attendee.full_name.index("]")]
            there = [at for at in polls if _moment(attendee.joined) <= at < _moment(attendee.left)]
            connected.setdefault(unit, []).extend(there)
    return tuple(
        Point(unit, unit in meeting.invited, int((max(there) - min(there)).total_seconds()) if there else 0)
        for unit, there in connected.items()
        if there or unit in meeting.invited
    )


def _moment(local_seconds: int) -> datetime:
    """The simulator counts seconds of the local clock since 1970."""
    return (datetime(1970, 1, 1, tzinfo=UTC) + timedelta(seconds=local_seconds)).replace(tzinfo=VIETNAM)
