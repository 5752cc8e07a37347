"""A packet of the document axis (QCVN 102:2016), read as a stream: of its header a few fields, of the rest nothing.

Whoever sends a packet is not trusted: DTDs, entities and anything external are refused, and depth, size, and the
number of names are bounded, so that no packet costs more than a few times its size or reaches any file or host.
"""

from collections.abc import Mapping
from typing import Any, Final
from xml.etree.ElementTree import ParseError
from xml.parsers.expat import ErrorString

import defusedxml.ElementTree
from defusedxml import DefusedXmlException

from connectors._decode import CUT_OFF_XML

NAMESPACE = "http://www.mic.gov.vn/TBT/QCVN_102_2016"
_SIGNATURES = "http://www.w3.org/2000/09/xmldsig#"

# Attachments travel inside their packet; a scanned document of an office has a few MB.
LARGEST_PACKET_BYTES = 16 * 1024 * 1024
# Packets as agreed are about 8 deep and hold some hundred elements.
DEEPEST, MOST_NAMES, MOST_ADDRESSEES = 64, 20_000, 5_000
# Between two signs of life of the parser no more than this may pass: one tag of that length is no tag as agreed.
_CHUNK_BYTES, _SILENT_CHUNKS = 32 * 1024, 4
_LONGEST_TEXT = 2_000

_HEADER = ("edXML", "edXMLEnvelope", "edXMLHeader")
_TELLING = {(*_HEADER, "MessageHeader"), (*_HEADER, "Status")}
_FIELDS: Final[Mapping[str, str]] = {
    "MessageHeader/From/OrganId": "OrganId",
    "MessageHeader/To/OrganId": "To",
    "MessageHeader/Code/CodeNumber": "CodeNumber",
    "MessageHeader/Code/CodeNotation": "CodeNotation",
    "MessageHeader/PromulgationInfo/PromulgationDate": "PromulgationDate",
    "MessageHeader/DocumentType/TypeName": "TypeName",
    "MessageHeader/DueDate": "DueDate",
    "MessageHeader/DocumentId": "DocumentId",
    "Status/ResponseFor/OrganId": "OrganId",
    "Status/ResponseFor/DocumentId": "DocumentId",
    "Status/From": "From",
    "Status/From/OrganId": "From",
    "Status/StatusCode": "StatusCode",
    "Status/Timestamp": "Timestamp",
}


class PacketError(Exception):
    """A packet that was not understood; `reason` is a short class, the text says of the packet what is wrong."""

    def __init__(self, reason: str, what: str) -> None:
        super().__init__(what)
        self.reason = reason


class CutOffError(Exception):
    """The packet ends in the middle."""


def read_packet(content: bytes) -> dict[str, Any]:
    """The header's fields by the names of the standard: texts, `To` a list, `Signed` whether a signature is there.

    Of a status message `OrganId` and `DocumentId` are those of the document it answers, `From` who answers. Raises
    PacketError (hostile_xml, bad_xml or no_packet), or CutOffError when the packet has no end.
    """
    if len(content) > LARGEST_PACKET_BYTES:
        raise PacketError("hostile_xml", f"is larger than {LARGEST_PACKET_BYTES // 1024**2} MB")
    header = _Header()
    try:
        _parse(content, header)
    except DefusedXmlException as error:
        raise PacketError("hostile_xml", "holds a DTD or entities, which are refused") from error
    except ParseError as error:
        if error.code in CUT_OFF_XML:
            raise CutOffError("the packet has no end") from error
        raise PacketError("bad_xml", f"is no XML ({ErrorString(error.code)})") from error
    except (ValueError, LookupError) as error:
        raise PacketError("bad_xml", "has an unknown encoding") from error
    if not header.found:
        raise PacketError("no_packet", "is no packet of QCVN 102:2016")
    return {**header.fields, "Signed": header.signed}


def _parse(content: bytes, header: "_Header") -> None:
    parser = defusedxml.ElementTree.DefusedXMLParser(target=header, forbid_dtd=True)
    silent, events = 0, 0
    for start in range(0, len(content), _CHUNK_BYTES):
        parser.feed(content[start : start + _CHUNK_BYTES])
        silent = silent + 1 if header.events == events else 0
        events = header.events
        if silent > _SILENT_CHUNKS:
            raise PacketError("hostile_xml", f"has a tag or comment longer than {_CHUNK_BYTES * _SILENT_CHUNKS} bytes")
    parser.close()


class _Header:
    """What the parser tells: builds no tree."""

    def __init__(self) -> None:
        self.fields: dict[str, Any] = {"To": []}
        self.found = self.signed = False
        self.events = self._names = 0
        self._path: list[str] = []
        self._text: list[str] | None = None
        self._text_length = 0

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        self._count(1 + len(attributes))
        if len(self._path) >= DEEPEST:
            raise PacketError("hostile_xml", f"is nested more than {DEEPEST} deep")
        namespace, _, name = tag.lstrip("{").rpartition("}")
        self._path.append(name if namespace in (NAMESPACE, _SIGNATURES) else tag)
        self.found = self.found or tuple(self._path) in _TELLING
        wanted = self._field() or self._is_signature()
        self._text, self._text_length = ([] if wanted else None), 0

    def start_ns(self, _prefix: str, _uri: str) -> None:
        self._count(1)

    def data(self, text: str) -> None:
        self.events += 1
        if self._text is not None and self._text_length < _LONGEST_TEXT:
            self._text.append(text[:_LONGEST_TEXT])
            self._text_length += len(text)

    def end(self, _tag: str) -> None:
        self.events += 1
        text = "".join(self._text or []).strip()
        if text and self._is_signature():
            self.signed = True
        elif text:
            self._keep(self._field(), text[:_LONGEST_TEXT])
        self._path.pop()
        self._text = None

    def close(self) -> None:
        """Nothing to hand over."""

    def _count(self, names: int) -> None:
        self.events += 1
        self._names += names
        if self._names > MOST_NAMES:
            raise PacketError("hostile_xml", f"has more than {MOST_NAMES} elements and attributes")

    def _field(self) -> str | None:
        return _FIELDS.get("/".join(self._path[3:])) if tuple(self._path[:3]) == _HEADER else None

    def _is_signature(self) -> bool:
        return self._path[-2:] == ["Signature", "SignatureValue"]

    def _keep(self, field: str | None, text: str) -> None:
        if field == "To":
            if len(self.fields["To"]) >= MOST_ADDRESSEES:
                raise PacketError("hostile_xml", f"has more than {MOST_ADDRESSEES} addressees")
            self.fields["To"].append(text)
        elif field:
            self.fields.setdefault(field, text)
