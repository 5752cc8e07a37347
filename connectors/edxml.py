"""Packets of the national document axis (QCVN 102:2016), as a gateway lists them (wire.md, 4).

Oddities: the list pages on by `createdTime`, which several packets share; an error comes as HTTP 200 with status FAIL;
an empty DigitalSignature proves nothing: a document is signed, or it is unknown. A packet names both sides of an
exchange; the store passes over units that are none of ours, and puts together what the messages of one document tell.
Of a packet that was not understood only its docId is kept: a replay asks for it again. Subject, signers and staff are
never read.
"""

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any, Final, Literal

from clock import LOCAL_ZONE
from connectors import _fields as fields
from connectors._bearer import BearerAuth
from connectors._codes import agency_code
from connectors._contract import Connector, Page
from connectors._decode import MalformedError, TruncatedError, decode_json
from connectors._edxml_list import created_at, listed, told_failure
from connectors._fields import BadFieldError, Record
from connectors._http import SourceClient, TooLarge
from connectors._kept import WORDS, Kept, codes, is_code
from connectors._packet import LARGEST_PACKET_BYTES, CutOffError, PacketError, read_packet
from connectors._records import read_records
from errors import SourceChanged, SourceError, SourceRefused
from store.rows import Batch, Document

PACKET = "/getEdoc"

# One packet that cannot be had leaves the others alone; so many in a row are a gateway that cannot be read now.
MOST_FAILURES_IN_A_ROW = 3

Fate = Literal["open", "done", "withdrawn"]
MESSAGES: Mapping[str, str] = {"edoc": "edoc", "status": "status"}
STATUSES: Mapping[str, Fate] = {
    "01": "open",  # arrived
    "02": "withdrawn",  # refused: goes back to its sender
    "03": "open",  # accepted
    "04": "open",  # assigned
    "05": "open",  # in process
    "06": "done",
    "13": "withdrawn",
    "15": "withdrawn",  # withdrawal agreed
    "16": "open",  # withdrawal refused
}

KEPT_FIELDS: Final[Mapping[str, Kept]] = {
    **codes("docId serviceType messageType createdTime fault"),
    "what": WORDS,
}


def pull(http: SourceClient, since: datetime | None) -> Iterator[Page]:
    """The packets listed since then, page by page; one that cannot be had now ends the run only after all others."""
    failure: SourceError | None = None
    failures = 0
    for page in listed(http, since):
        records = []
        for entry in page.entries:
            try:
                records.append(_with_packet(http, entry))
                failures = 0
            except SourceRefused:
                raise
            except SourceError as error:
                failure, failures = failure or error, failures + 1
                if failures == MOST_FAILURES_IN_A_ROW:
                    yield Page(kind="documents", records=records)
                    raise
        yield Page(kind="documents", records=records, cursor=None if failure else page.cursor)
    if failure:
        raise failure


def again(http: SourceClient, page: Page) -> Page:
    """The same packets asked for once more: of a rejected one too little is kept to try it again."""
    return Page(kind=page.kind, records=[_with_packet(http, record) for record in page.records])


def _with_packet(http: SourceClient, entry: Any) -> Any:
    """The entry of the list with the fields of its packet, or with what is wrong with it."""
    if not isinstance(entry, dict):
        return entry
    asked = {field: entry.get(field) for field in ("docId", "serviceType", "messageType", "createdTime")}
    if created_at(asked["createdTime"]):
        # Without the blank it is a code, which a rejected record may keep.
        asked["createdTime"] = str(asked["createdTime"]).strip().replace(" ", "T")
    document = asked["docId"]
    if not isinstance(document, str) or not is_code(document) or not document:
        return asked
    try:
        return {**asked, **_packet(http, document)}
    except PacketError as error:
        return {**asked, "fault": error.reason, "what": str(error)}


def _packet(http: SourceClient, document: str) -> dict[str, Any]:
    def decode(content: bytes) -> dict[str, Any]:
        if content.lstrip().startswith(b"{"):
            raise _failure(http.source, content)
        try:
            return read_packet(content)
        except CutOffError as error:
            raise TruncatedError(str(error) or "it has no end") from error

    try:
        return http.get_decoded(PACKET, decode, {"docId": document}, largest=LARGEST_PACKET_BYTES)
    except TooLarge as error:
        raise PacketError("too_large", f"is larger than {LARGEST_PACKET_BYTES // 1024**2} MB") from error


def _failure(source: str, content: bytes) -> SourceError | PacketError:
    try:
        told = told_failure(source, PACKET, decode_json(content))
    except (MalformedError, TruncatedError):
        told = None
    if told is None:
        return PacketError("bad_xml", "is no XML")
    # Whoever may not ask or is busy says so for every packet; anything else concerns this one.
    return PacketError("not_delivered", "is listed and not given out") if isinstance(told, SourceChanged) else told


def to_rows(page: Page, _seen_at: datetime) -> Batch:
    """An outgoing document of the sender and an incoming one of each addressee, or what became of one of these."""
    told, rejected = read_records(page.kind, page.records, "docId", KEPT_FIELDS, _documents)
    return Batch(documents=[document for documents in told for document in documents], rejected=rejected)


def _documents(record: Record) -> list[Document]:
    fields.code(record, "docId", missing="missing_key")
    if fields.present(record, "fault") is not None:
        raise BadFieldError(
            fields.code(record, "fault"), "packet", fields.words(record, "what") or "was not understood"
        )
    message = fields.choice(record, "messageType", MESSAGES, "unknown_message")
    created = created_at(fields.required(record, "createdTime", "bad_date"))
    if created is None:
        raise BadFieldError("bad_date", "createdTime", "is no time yyyy/MM/dd HH:mm:ss", record["createdTime"])
    return _exchanged(record, created) if message == "edoc" else [_answered(record, created)]


def _exchanged(record: Record, created: datetime) -> list[Document]:
    """The two sides of an exchange."""
    key = _document_id(record)
    common: dict[str, Any] = {
        "number": fields.label(record, "CodeNumber"),
        "notation": fields.label(record, "CodeNotation"),
        "type_name": fields.words(record, "TypeName"),
        "issued_on": fields.required_date(record, "PromulgationDate", "/"),
        "electronic": True,
        "exchanged": True,
        "signed": True if fields.flag(record, "Signed") else None,
        "of_partner": True,
        "partial": True,
        "updated_at": created,
    }
    due_on = fields.local_date(record, "DueDate", "/")
    arrived_on = created.astimezone(LOCAL_ZONE).date()
    sent = Document(source_id=key, unit_code=fields.unit_code(record, "OrganId"), direction="out", **common)
    addressees = dict.fromkeys(fields.unit_codes(record, "To"))
    return [
        sent,
        *(
            Document(
                source_id=f"{key}>{unit}",
                unit_code=unit,
                direction="in",
                arrived_on=arrived_on,
                due_on=due_on,
                **common,
            )
            for unit in addressees
        ),
    ]


def _answered(record: Record, created: datetime) -> Document:
    """What became of a document at the unit that answers."""
    key, answering = _document_id(record), fields.unit_code(record, "From")
    fate = fields.choice(record, "StatusCode", STATUSES, "unknown_status")
    # A sender that asks for its own document back has not got it yet: its addressees answer that.
    from_sender = answering == fields.unit_code(record, "OrganId")
    return Document(
        source_id=key if from_sender else f"{key}>{answering}",
        unit_code=answering,
        direction="out" if from_sender else "in",
        completed_on=_answer_day(record) if fate == "done" and not from_sender else None,
        withdrawn=fate == "withdrawn" and not from_sender,
        of_partner=True,
        partial=True,
        updated_at=created,
    )


def _answer_day(record: Record) -> Any:
    moment = created_at(fields.required(record, "Timestamp", "bad_date"))
    if moment is None:
        raise BadFieldError("bad_date", "Timestamp", "is no time yyyy/MM/dd HH:mm:ss", record["Timestamp"])
    return moment.astimezone(LOCAL_ZONE).date()


def _document_id(record: Record) -> str:
    """`OrganId,yyyy/MM/dd,number/notation`, the unit in its new form."""
    text = fields.code(record, "DocumentId", missing="missing_key")
    unit, *rest = text.split(",")
    if len(rest) < 2 or not unit:
        raise BadFieldError("bad_code", "DocumentId", "is no OrganId,yyyy/MM/dd,number/notation", text)
    return ",".join([agency_code(unit), *rest])


CONNECTOR = Connector(
    dialect="edxml",
    kinds=("documents",),
    auth=BearerAuth,
    pull=pull,
    to_rows=to_rows,
    again=again,
)
