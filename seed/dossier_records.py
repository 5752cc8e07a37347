"""Dossiers as the one-stop system writes them (wire.md, section 1), at an instant."""

from datetime import date, datetime
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from seed.dossiers import (
    ENDED,
    ENDED_AGAIN,
    PAUSED,
    RECEIVED,
    REGISTERED,
    RESUMED,
    RETURNED,
    RETURNED_AGAIN,
    Dossiers,
)
from seed.people import e_mail, full_name, identity_number, phone
from seed.place import Place
from seed.procedures import procedures
from seed.register import dossiers_of
from seed.timeline import NEVER, ClockText
from seed.units import old_form, units
from seed.working_time import Seconds, local_seconds

RATINGS = (None, "Không hài lòng", "Hài lòng", "Rất hài lòng")
PAID_LATER = "3"


def raw_dossiers(place: Place, at: datetime) -> list[dict[str, Any]]:
    """Every dossier that the one-stop system holds at an instant, as wire records, by update time and code."""
    dossiers, found, events = dossiers_of(place, "dvcqg", None, local_seconds(at))
    return dossier_records(place, dossiers[found], events)


class _Text:
    """What many records share: codes, catalogue texts, clock texts."""

    def __init__(self, place: Place) -> None:
        self.codes = [unit.code for unit in units(place)]
        self.old_codes = [old_form(code) for code in self.codes]
        self.procedures = [
            {
                "MaTTHC": procedure.code,
                "TenTTHC": procedure.name,
                "MaLinhVuc": procedure.field_code,
                "TenLinhVuc": procedure.field_name,
            }
            for procedure in procedures(place)
        ]
        # Numbers may come as strings: fees do, for every second procedure.
        self.fees: list[list[dict[str, Any]]] = [
            [{"TenPhiLePhi": "Lệ phí", "Gia": str(p.fee) if number % 2 else p.fee}] if p.fee else []
            for number, p in enumerate(procedures(place))
        ]
        self.clock = ClockText()


@lru_cache
def _text(place: Place) -> _Text:
    return _Text(place)


def times_shown(dossiers: Dossiers, events: NDArray[np.int64]) -> dict[str, Seconds]:
    """The time fields of each dossier as they are after its event `events[i]`, in local seconds, NEVER when empty."""
    instants, row = dossiers["instants"], np.arange(len(dossiers))
    ended = np.select(
        [(events == ENDED) | (events == RETURNED), events >= ENDED_AGAIN],
        [instants[:, ENDED], instants[:, ENDED_AGAIN]],
        NEVER,
    )
    returned = np.select(
        [events == RETURNED, events == RETURNED_AGAIN], [instants[:, RETURNED], instants[:, RETURNED_AGAIN]], NEVER
    )
    refused = dossiers["states"][:, RECEIVED] == 3
    accepted = (events >= RECEIVED) & ~refused
    moved = (events >= RESUMED) & (instants[:, RESUMED] != NEVER)
    due = np.where(moved, dossiers["due_after_pause"], dossiers["due"])
    return {
        "NgayNopHoSo": instants[:, REGISTERED],
        "NgayTiepNhan": np.where(accepted, instants[:, RECEIVED], NEVER),
        "NgayHenTra": np.where(accepted, due, NEVER),
        "NgayTra": returned,
        "NgayKetThucXuLy": ended,
        "NgayCapNhat": instants[row, events],
    }


def states_shown(dossiers: Dossiers, events: NDArray[np.int64]) -> NDArray[np.int64]:
    """TrangThaiHoSo of each dossier after its event `events[i]`."""
    return dossiers["states"][np.arange(len(dossiers)), events].astype(np.int64)


def dossier_records(place: Place, dossiers: Dossiers, events: NDArray[np.int64]) -> list[dict[str, Any]]:
    """One wire record for each dossier, as it is after its event `events[i]`."""
    text = _text(place)
    states = states_shown(dossiers, events)
    times = {name: text.clock.texts(instants) for name, instants in times_shown(dossiers, events).items()}
    given = dossiers["electronic_result"] & (states >= 9)
    rated = np.where((events == RETURNED) | (events == RETURNED_AGAIN), dossiers["rating"], 0)
    names = ("unit", "procedure", "day", "number", "person", "channel")
    flags = ("returned_by_post", "old_form", "digitised", "authenticated")
    columns = [dossiers[name].tolist() for name in (*names, *flags)]
    columns += [given.tolist(), rated.tolist(), states.tolist(), _payment_shown(dossiers, events)]
    records = [_record(text, *values) for values in zip(*columns, *times.values(), strict=True)]
    _add_supplements(text, records, dossiers, events)
    return records


def _record(
    text: _Text,
    unit: int,
    procedure: int,
    day: int,
    number: int,
    person: int,
    channel: int,
    by_post: bool,
    in_old_form: bool,
    digitised: bool,
    authenticated: bool,
    given: bool,
    rating: int,
    state: int,
    payment: int,
    submitted: str,
    received: str,
    due: str,
    returned: str,
    ended: str,
    updated: str,
) -> dict[str, Any]:
    agency = text.codes[unit]
    code = f"{agency}-{_day_text(day)}-{number:04}"
    return {
        "MaHoSo": code,
        **text.procedures[procedure],
        "KenhThucHien": str(channel),
        "ChuHoSo": full_name(person),
        "SoGiayToChuHoSo": identity_number(person),
        "SoDienThoai": phone(person),
        "Email": e_mail(person) if person % 3 else "",
        "NgayNopHoSo": submitted,
        "NgayTiepNhan": received,
        "NgayHenTra": due,
        "TrangThaiHoSo": str(state),
        "NgayTra": returned,
        "HinhThuc": "1" if by_post else "0",
        "NgayKetThucXuLy": ended,
        "DonViXuLy": text.old_codes[unit] if in_old_form else agency,
        "NoiNopHoSo": agency,
        "HoSoCoThanhPhanSoHoa": "1" if digitised else "0",
        "TaiKhoanDuocXacThucVoiVNeID": "1" if authenticated else "0",
        "DuocThanhToanTrucTuyen": str(payment),
        "DanhSachLePhi": text.fees[procedure],
        "DanhSachHoSoBoSung": [],
        "DanhSachGiayToKetQua": [{"MaGiayToKetQua": f"KQ.{code}", "DuongDanTepTinKetQua": f"/ketqua/{code}.pdf"}]
        if given
        else [],
        "DanhGiaHaiLong": RATINGS[rating],
        "NgayCapNhat": updated,
    }


@lru_cache(maxsize=1024)
def _day_text(ordinal: int) -> str:
    return f"{date.fromordinal(ordinal):%y%m%d}"


def _payment_shown(dossiers: Dossiers, events: NDArray[np.int64]) -> list[int]:
    """Who was asked to pay first has not paid until work goes on; the others paid when they filed."""
    asked = (dossiers["states"][:, PAUSED] == 6) & (dossiers["instants"][:, PAUSED] != NEVER)
    waiting = asked & (events < RESUMED) & (dossiers["payment"] > 0)
    return list(np.where(waiting, int(PAID_LATER), dossiers["payment"]).tolist())


def _add_supplements(text: _Text, records: list[dict[str, Any]], dossiers: Dossiers, events: NDArray[np.int64]) -> None:
    asked = (dossiers["states"][:, PAUSED] == 5) & (dossiers["instants"][:, PAUSED] != NEVER)
    for number in np.flatnonzero(asked & (events >= PAUSED)).tolist():
        dossier = dossiers[number]
        back = events[number] >= RESUMED
        since, until, due, moved = text.clock.texts(
            np.array(
                [
                    dossier["instants"][PAUSED],
                    dossier["instants"][RESUMED] if back else NEVER,
                    dossier["due"],
                    dossier["due_after_pause"] if back else NEVER,
                ]
            )
        )
        records[number]["DanhSachHoSoBoSung"] = [
            {"NgayBoSung": since, "NgayTiepNhanBoSung": until, "NgayHenTraTruoc": due, "NgayHenTraMoi": moved}
        ]
