"""What a connector hands over and the store keeps: one frozen struct per kind of record, without personal data.

Instants are aware datetimes; `_on` are local dates (Asia/Ho_Chi_Minh); codes are strings with leading zeros.
"""

from datetime import date, datetime
from typing import Any, Literal

import msgspec

Channel = Literal["counter", "online", "post"]
Payment = Literal["none", "national", "province", "unpaid"]

# Dossier states of indicators.md; the greater number is further on.
REGISTERED, RECEIVED, REFUSED, PROCESSING, AWAITING_SUPPLEMENT = 1, 2, 3, 4, 5
AWAITING_PAYMENT, WITHDRAWN, STOPPED, PROCESSED, RETURNED = 6, 7, 8, 9, 10


class Row(msgspec.Struct, frozen=True, kw_only=True):
    """Base of all rows."""


class Unit(Row, frozen=True, kw_only=True):
    """A unit of government while it was in force: from `valid_from` to `valid_to`, both included."""

    code: str
    valid_from: date
    valid_to: date | None = None
    parent_code: str | None = None
    kind: Literal["tinh", "so", "huyen", "xa"]
    name: str


class Procedure(Row, frozen=True, kw_only=True):
    """A procedure while it had this level; `agency_code` None: every unit of its tier offers it."""

    code: str
    valid_from: date
    valid_to: date | None = None
    name: str
    level: int
    tier: Literal["tinh", "huyen", "xa"]
    agency_code: str | None = None
    field_code: str = ""
    field_name: str = ""
    fee: bool = False
    national_portal: bool = False


class Dossier(Row, frozen=True, kw_only=True):
    """The newest known state of one dossier. `rating`: 3 very satisfied, 2 satisfied, 1 not, None not asked."""

    source_id: str
    unit_code: str
    procedure_code: str
    channel: Channel
    state: int
    submitted_at: datetime | None = None
    received_at: datetime | None = None
    due_at: datetime | None = None
    completed_at: datetime | None = None
    returned_at: datetime | None = None
    returned_by_post: bool = False
    digitised: bool = False
    authenticated: bool = False
    payment: Payment = "none"
    fee_due: bool = False
    supplements: int = 0
    e_result: bool = False
    rating: int | None = None
    updated_at: datetime


class Document(Row, frozen=True, kw_only=True):
    """One entry of a document register. `signed` None: unknown."""

    source_id: str
    unit_code: str
    direction: Literal["in", "out"]
    number: str = ""
    notation: str = ""
    type_name: str = ""
    issued_on: date | None = None
    arrived_on: date | None = None
    due_on: date | None = None
    completed_on: date | None = None
    electronic: bool = False
    signed: bool | None = None
    exchanged: bool = False
    classified: bool = False
    tier: Literal["trung_uong", "tinh", "huyen", "xa"] | None = None
    updated_at: datetime


class MeetingPoint(msgspec.Struct, frozen=True):
    """A unit's part in one meeting as one poll saw it: was it invited, was somebody of it connected just then."""

    unit_code: str
    invited: bool
    connected: bool


class Meeting(Row, frozen=True, kw_only=True):
    """A conference as one poll saw it. `ended_at` None: still running when seen."""

    source_id: str
    unit_code: str
    name: str = ""
    scheduled_at: datetime | None = None
    started_at: datetime
    ended_at: datetime | None = None
    points: tuple[MeetingPoint, ...] = ()


class Rejected(msgspec.Struct, frozen=True, kw_only=True):
    """A record that was not understood.

    `reason` is a short class (missing_key, bad_date, unknown_channel, unknown_unit …) for counting, `detail` a
    sentence with field and value, `payload` the raw record without personal data, enough to replay it.
    """

    kind: str
    source_id: str | None = None
    reason: str
    detail: str
    payload: Any = None


class Batch(msgspec.Struct, kw_only=True):
    """Rows of one or several pages, to be stored in one transaction.

    `running`: the source ids of all meetings that the source listed as running at `seen_at`; None when the pages
    held no such list. A meeting of the source that is open in the store and not among them ended at `seen_at`.
    """

    units: list[Unit] = msgspec.field(default_factory=list)
    procedures: list[Procedure] = msgspec.field(default_factory=list)
    dossiers: list[Dossier] = msgspec.field(default_factory=list)
    documents: list[Document] = msgspec.field(default_factory=list)
    meetings: list[Meeting] = msgspec.field(default_factory=list)
    rejected: list[Rejected] = msgspec.field(default_factory=list)
    running: frozenset[str] | None = None
    seen_at: datetime | None = None

    def add(self, other: "Batch") -> None:
        """Append what `other` holds; its list of running meetings, when it has one, replaces ours."""
        self.units += other.units
        self.procedures += other.procedures
        self.dossiers += other.dossiers
        self.documents += other.documents
        self.meetings += other.meetings
        self.rejected += other.rejected
        if other.running is not None:
            self.running, self.seen_at = other.running, other.seen_at

    def __len__(self) -> int:
        """How many records, good and bad."""
        kinds = (self.units, self.procedures, self.dossiers, self.documents, self.meetings, self.rejected)
        return sum(len(kind) for kind in kinds)
