"""The register of a document management system: Decree 30/2020/NĐ-CP, annex VI, in an envelope of our own (wire.md, 3).

Oddities: the opaque cursor `con_tro` ends after 10 minutes (HTTP 410), then the window begins again; `DaKySo` null
means unknown. Subject, signer and addressees are personal or confidential: they are never read.
"""

from collections.abc import Iterator, Mapping
from datetime import date, datetime
from typing import Any, Final

from clock import LOCAL_ZONE, start_of_day
from connectors import _fields as fields
from connectors._bearer import BearerAuth
from connectors._contract import Connector, Page
from connectors._fields import Record, member
from connectors._http import Gone, SourceClient
from connectors._kept import WORDS, Kept, codes
from connectors._records import read_records
from errors import SourceChanged, SourceUnavailable
from store.rows import Batch, Document

# The size that the interface names.
PAGE_SIZE = 1000
# A window that cannot be read within 10 minutes three times over is a source too slow to be read now.
WINDOW_ATTEMPTS = 3

DIRECTIONS: Mapping[str, Any] = {"den": "in", "di": "out"}
TIERS: Mapping[str, Any] = {tier: tier for tier in ("trung_uong", "tinh", "huyen", "xa")}

KEPT_FIELDS: Final[Mapping[str, Kept]] = {
    **codes(
        "MaVanBan Huong OrganId CodeNumber CodeNotation IssuedDate ArrivalDate DueDate CompletedDate"
        " DienTu DaKySo GuiLienThong Mat CapGui updatedAt"
    ),
    "TypeName": WORDS,
}


def pull(http: SourceClient, since: datetime | None) -> Iterator[Page]:
    """The pages of the window that begins at `since`, from the start again when its cursor has ended."""
    for _ in range(WINDOW_ATTEMPTS):
        try:
            yield from _window(http, since)
        except Gone:
            continue
        return
    raise SourceUnavailable(http.source, f"/vanban: con_tro ended {WINDOW_ATTEMPTS} times before the last page")


def keys(http: SourceClient, first: date, _last: date) -> Iterator[Page]:
    """The documents updated on or after the first day; a window stays as it was when it was opened."""
    return pull(http, start_of_day(first))


def _window(http: SourceClient, since: datetime | None) -> Iterator[Page]:
    question: dict[str, str | int] = {"gioi_han": PAGE_SIZE}
    if since:
        question["capNhatTu"] = since.astimezone(LOCAL_ZONE).isoformat(timespec="seconds")
    newest: datetime | None = None
    while True:
        answer = http.get_json("/vanban", question)
        records = member(http.source, answer, "data", list)
        following = member(http.source, answer, "con_tro_tiep", object)
        newest = max(filter(None, [newest, *map(_updated, records)]), default=None)
        yield Page(
            kind="documents",
            records=records,
            source_count=member(http.source, answer, "tong_so", int),
            # Only the whole window is known to be without gaps.
            cursor=None if following else newest,
        )
        if not following:
            return
        if not isinstance(following, str) or following == question.get("con_tro"):
            raise SourceChanged(http.source, "con_tro_tiep does not lead on to another page")
        question["con_tro"] = following


def _updated(record: Any) -> datetime | None:
    return fields.parse_iso_instant(record.get("updatedAt")) if isinstance(record, dict) else None


def to_rows(page: Page, _seen_at: datetime) -> Batch:
    """Documents without subject, signer and addressees."""
    documents, rejected = read_records(page.kind, page.records, "MaVanBan", KEPT_FIELDS, _document, "OrganId")
    return Batch(documents=documents, rejected=rejected)


def _document(record: Record) -> Document:
    return Document(
        source_id=fields.code(record, "MaVanBan", missing="missing_key"),
        unit_code=fields.unit_code(record, "OrganId"),
        direction=fields.choice(record, "Huong", DIRECTIONS, "unknown_direction"),
        number=fields.label(record, "CodeNumber"),
        notation=fields.label(record, "CodeNotation"),
        type_name=fields.words(record, "TypeName"),
        issued_on=fields.required_date(record, "IssuedDate", "/"),
        arrived_on=fields.local_date(record, "ArrivalDate", "/"),
        due_on=fields.local_date(record, "DueDate", "/"),
        completed_on=fields.local_date(record, "CompletedDate", "/"),
        electronic=fields.flag(record, "DienTu"),
        signed=fields.flag_or_none(record, "DaKySo"),
        exchanged=fields.flag(record, "GuiLienThong"),
        classified=fields.flag(record, "Mat"),
        tier=_tier(record),
        updated_at=fields.iso_instant(record, "updatedAt"),
    )


def _tier(record: Record) -> Any:
    if fields.present(record, "CapGui") is None:
        return None
    return fields.choice(record, "CapGui", TIERS, "unknown_tier")


CONNECTOR = Connector(
    dialect="qlvb",
    kinds=("documents",),
    auth=BearerAuth,
    pull=pull,
    to_rows=to_rows,
    keys=keys,
)
