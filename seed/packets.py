"""What a place's documents send over the national axis: packets of QCVN 102:2016 (wire.md, section 4).

Each exchanged document is a packet when it is written; when its addressee acts, that comes back as a status message.
What a unit of the place receives comes from ministries and other provinces, which are none of its units.
"""

from datetime import date
from functools import lru_cache
from typing import Any, NamedTuple
from xml.etree.ElementTree import Element, SubElement, tostring

import numpy as np
from numpy.typing import NDArray

from seed.document_records import ANSWERS, POSITIONS, TYPES
from seed.documents import ACTED, WRITTEN, Documents
from seed.people import e_mail, full_name
from seed.place import Place, profile
from seed.register import document_register
from seed.timeline import NEVER
from seed.units import Unit, old_form, units
from seed.working_time import Seconds, day_of

NAMESPACE = "http://www.mic.gov.vn/TBT/QCVN_102_2016"
SIGNATURES = "http://www.w3.org/2000/09/xmldsig#"
MESSAGE_TYPES = {WRITTEN: "edoc", ACTED: "status"}
MINISTRIES, PROVINCES = 22, 63


class Messages(NamedTuple):
    """Messages in order of time: when each was created (local seconds), of which document, and which event it tells."""

    created: Seconds
    record: NDArray[np.int64]
    event: NDArray[np.int64]


class Office(NamedTuple):
    """One side of an exchange."""

    code: str
    name: str


def messages(place: Place, since: int, at: int) -> tuple[Documents, Messages]:
    """All documents, and the messages created from `since` to `at` (local seconds) by or for units on the axis."""
    documents, _, _ = document_register(place).changed(at, at)
    instants = documents["instants"]
    told = _is_sent(place, documents)[:, np.newaxis] & (instants >= since) & (instants <= at)
    record, event = np.nonzero(told)
    created = instants[record, event]
    order = np.lexsort((documents["tie"][record], created))
    return documents, Messages(created[order], record[order], event[order])


def find_message(place: Place, day: date, number: int, event: int, at: int) -> np.void | None:
    """The document with that number of the day's, when its message of that event was created up to `at`."""
    documents, _, _ = document_register(place).changed(at, at)
    here = documents[(documents["day"] == day.toordinal()) & (documents["number"] == number)]
    sent = here[_is_sent(place, here) & (here["instants"][:, event] <= at)]
    return sent[0] if len(sent) else None


def _is_sent(place: Place, documents: Documents) -> NDArray[np.bool_]:
    sent: NDArray[np.bool_] = documents["exchanged"] & _units_on_axis(place)[documents["unit"]]
    return sent


@lru_cache
def _units_on_axis(place: Place) -> NDArray[np.bool_]:
    codes = place.units_of("edxml")
    return np.array([unit.code in codes for unit in units(place)])


def packet_id(document: np.void, event: int) -> str:
    """The id under which the gateway lists a message."""
    return f"{date.fromordinal(int(document['day'])):%Y%m%d}-{int(document['number']):05}-{event}"


def packet_xml(place: Place, document: np.void, event: int) -> bytes:
    """The message of that event: the document itself, or what its addressee made of it."""
    root = Element(f"{{{NAMESPACE}}}edXML")
    header = _in(_in(root, "edXMLEnvelope"), "edXMLHeader")
    (_add_document if event == WRITTEN else _add_status)(header, place, document)
    text: bytes = tostring(root, encoding="utf-8", xml_declaration=True)
    return text


def _add_document(header: Element, place: Place, document: np.void) -> None:
    sender, receiver = _sides(place, document)
    day, person = date.fromordinal(int(document["day"])), int(document["person"])
    type_name, _, subject = TYPES[document["type"]]
    told = _in(header, "MessageHeader")
    _fill(_in(told, "From"), OrganId=sender.code, OrganName=sender.name, Email=e_mail(person))
    _fill(_in(told, "To"), OrganId=receiver.code, OrganName=receiver.name)
    _fill(_in(told, "Code"), CodeNumber=_number(document), CodeNotation=_notation(document))
    _fill(_in(told, "PromulgationInfo"), Place=profile(place.name)["name"], PromulgationDate=f"{day:%Y/%m/%d}")
    _fill(_in(told, "DocumentType"), Type="2", TypeName=type_name)
    _fill(told, Subject=f"V/v {subject} theo đề nghị của ông (bà) {full_name(person // 3)}")
    _fill(_in(told, "Author"), Competence=_position(place, document), FullName=full_name(person))
    if document["due"] != NEVER:
        _fill(told, DueDate=f"{day_of(int(document['due'])):%Y/%m/%d}")
    _fill(_in(told, "OtherInfo"), Priority="0")
    _fill(told, DocumentId=_document_id(place, document))
    if document["signed"] == 1:
        signature = SubElement(header, f"{{{SIGNATURES}}}Signature")
        SubElement(signature, f"{{{SIGNATURES}}}SignatureValue").text = f"{person:020}"
    else:
        _in(header, "DigitalSignature")


def _add_status(header: Element, place: Place, document: np.void) -> None:
    sender, receiver = _sides(place, document)
    status = _in(header, "Status")
    answered = _in(status, "ResponseFor")
    _fill(answered, OrganId=sender.code)
    _fill(_in(answered, "Code"), CodeNumber=_number(document), CodeNotation=_notation(document))
    _fill(answered, DocumentId=_document_id(place, document))
    _fill(_in(status, "From"), OrganId=receiver.code, OrganName=receiver.name)
    code = "06" if document["incoming"] else ANSWERS[int(document["number"]) % 10]
    _fill(_in(status, "StaffInfo"), Staff=full_name(int(document["person"]) // 7))
    _fill(status, StatusCode=code, Timestamp=clock_text(int(document["instants"][ACTED])))


def clock_text(seconds: int) -> str:
    """Local seconds as `yyyy/MM/dd HH:mm:ss`."""
    return str(np.datetime64(seconds, "s")).replace("-", "/").replace("T", " ")


def _sides(place: Place, document: np.void) -> tuple[Office, Office]:
    """Sender and receiver."""
    unit = _office(units(place)[document["unit"]], old=bool(document["old_form"]))
    if not document["incoming"]:
        return unit, _office(units(place)[document["to"]])
    return _outside(place, document), unit


def _office(unit: Unit, *, old: bool = False) -> Office:
    return Office(old_form(unit.code) if old else unit.code, unit.name)


def _outside(place: Place, document: np.void) -> Office:
    """A ministry, or another province's office."""
    number = int(document["person"])
    if document["tier"] == 0:
        return Office(f"G{number % MINISTRIES + 1:02}", "Cơ quan trung ương")
    codes = [code for code in (f"H{n:02}" for n in range(1, PROVINCES + 1)) if code != profile(place.name)["agency"]]
    return Office(codes[number % len(codes)], "Ủy ban nhân dân tỉnh bạn")


def _position(place: Place, document: np.void) -> str:
    return "KT. Bộ trưởng" if document["incoming"] else POSITIONS[units(place)[document["unit"]].kind]


def _number(document: np.void) -> str:
    # Many units write on one day: the day's running number keeps each apart from all others.
    return str(date.fromordinal(int(document["day"])).timetuple().tm_yday * 10_000 + int(document["number"]))


def _notation(document: np.void) -> str:
    return f"{TYPES[document['type']][1]}-VP"


def _document_id(place: Place, document: np.void) -> str:
    day = date.fromordinal(int(document["day"]))
    return f"{_sides(place, document)[0].code},{day:%Y/%m/%d},{_number(document)}/{_notation(document)}"


def _in(parent: Element, name: str) -> Element:
    return SubElement(parent, f"{{{NAMESPACE}}}{name}")


def _fill(parent: Element, **texts: Any) -> None:
    for name, text in texts.items():
        _in(parent, name).text = text
