"""Documents as the register's service writes them (wire.md, section 3), at an instant."""

from datetime import date, datetime
from typing import Any

import numpy as np
from numpy.typing import NDArray

from seed.documents import ACTED, WRITTEN, Documents
from seed.people import full_name
from seed.place import Place
from seed.register import document_register
from seed.timeline import NEVER
from seed.units import old_form, units
from seed.working_time import day_of, local_seconds

TYPES = (
    ("Công văn", "CV", "triển khai nhiệm vụ"),
    ("Quyết định", "QĐ", "phê duyệt kế hoạch"),
    ("Thông báo", "TB", "kết luận cuộc họp"),
    ("Báo cáo", "BC", "tình hình thực hiện nhiệm vụ"),
    ("Kế hoạch", "KH", "tổ chức thực hiện"),
    ("Giấy mời", "GM", "dự hội nghị trực tuyến"),
    ("Tờ trình", "TTr", "đề nghị phê duyệt"),
    ("Công điện", "CĐ", "phòng, chống dịch bệnh"),
    ("Biên bản", "BB", "làm việc"),
    ("Chỉ thị", "CT", "tăng cường kỷ luật, kỷ cương hành chính"),
)
TIERS = ("trung_uong", "tinh", "huyen", "xa")
OWN_TIER = {"tinh": "tinh", "so": "tinh", "huyen": "huyen", "xa": "xa"}
POSITIONS = {"tinh": "Phó Chủ tịch", "so": "Phó Giám đốc", "huyen": "Phó Chủ tịch", "xa": "Chủ tịch"}
SIGNED = {1: True, 0: False, -1: None}
# Statuses that an addressee sends back over the axis, by the last digit of the document's number.
ANSWERS = ("03", "03", "03", "04", "05", "06", "06", "06", "02", "13")


def raw_documents(place: Place, at: datetime) -> list[dict[str, Any]]:
    """Every document that the registers hold at an instant, as wire records, by update time."""
    documents, found, events = document_register(place).changed(None, local_seconds(at))
    return document_records(place, documents[found], events)


def document_records(place: Place, documents: Documents, events: NDArray[np.int64]) -> list[dict[str, Any]]:
    """One wire record for each document, as it is after its event `events[i]`."""
    return [_record(place, documents[number], event) for number, event in enumerate(events.tolist())]


def _record(place: Place, document: np.void, event: int) -> dict[str, Any]:
    unit = units(place)[document["unit"]]
    day = date.fromordinal(int(document["day"]))
    incoming = bool(document["incoming"])
    person, number = int(document["person"]), int(document["number"])
    type_name, abbreviation, subject = TYPES[document["type"]]
    acted = event == ACTED and incoming
    status = "06" if acted else "03" if incoming else ANSWERS[number % 10] if event == ACTED else "01"
    receiver = unit if incoming else units(place)[document["to"]]
    return {
        "MaVanBan": f"{unit.code}-{'den' if incoming else 'di'}-{day:%y%m%d}-{number:04}",
        "Huong": "den" if incoming else "di",
        "OrganId": old_form(unit.code) if document["old_form"] else unit.code,
        "CodeNumber": str(day.timetuple().tm_yday * 10 + number % 10),
        "CodeNotation": f"{abbreviation}-{'UBND' if unit.kind != 'so' else 'S' + unit.code[-2:]}",
        "TypeName": type_name,
        "Subject": f"V/v {subject} theo đề nghị của ông (bà) {full_name(person // 3)}",
        "IssuedDate": f"{day:%Y/%m/%d}",
        "ArrivalDate": f"{day:%Y/%m/%d}" if incoming else None,
        "DueDate": None if document["due"] == NEVER else f"{day_of(int(document['due'])):%Y/%m/%d}",
        "CompletedDate": f"{day_of(int(document['instants'][ACTED])):%Y/%m/%d}" if acted else None,
        "SignerInfo": {"Position": POSITIONS[unit.kind], "FullName": full_name(person)},
        "To": [{"OrganId": receiver.code, "StatusCode": status}],
        "DienTu": bool(document["electronic"]),
        "DaKySo": SIGNED[int(document["signed"])],
        "GuiLienThong": bool(document["exchanged"]),
        "Mat": bool(document["classified"]),
        "CapGui": TIERS[document["tier"]] if incoming else OWN_TIER[unit.kind],
        "updatedAt": iso_text(int(document["instants"][event if event == ACTED else WRITTEN])),
    }


def iso_text(seconds: int) -> str:
    """Local seconds as ISO 8601 with the offset of Vietnam."""
    return f"{np.datetime64(seconds, 's')}+07:00"
