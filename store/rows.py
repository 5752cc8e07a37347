"""What a connector hands over and the store keeps: one frozen struct per kind of record, without personal data.

Instants are aware datetimes; `_on` are local dates (Asia/Ho_Chi_Minh); codes are strings with leading zeros.
"""

from datetime import date, datetime
from typing import Any, Literal

import msgspec
import polars as pl

Channel = Literal["counter", "online", "post"]
Payment = Literal["none", "national", "province", "unpaid"]

# Dossier states of indicators.md; the greater number is further on.
REGISTERED, RECEIVED, REFUSED, PROCESSING, AWAITING_SUPPLEMENT = 1, 2, 3, 4, 5
AWAITING_PAYMENT, WITHDRAWN, STOPPED, PROCESSED, RETURNED = 6, 7, 8, 9, 10


class Row(msgspec.Struct, frozen=True, kw_only=True):
    """Base of all rows."""


class Unit(Row, frozen=True, kw_only=True):
    """A unit of government while it was in force: from `valid_from` to `valid_to`, both included.

    `guessed`: the source does not say all of this; the row counts while no other source names the code.
    """

    code: str
    valid_from: date
    valid_to: date | None = None
    parent_code: str | None = None
    kind: Literal["tinh", "so", "huyen", "xa"]
    name: str
    guessed: bool = False


class Procedure(Row, frozen=True, kw_only=True):
    """A procedure while it had this level; `agency_code` None: all of its tier offer it; `guessed` as in Unit."""

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
    guessed: bool = False


class Dossier(Row, frozen=True, kw_only=True):
    """The newest known state of one dossier. `rating`: 3 very satisfied, 2 satisfied, 1 not, None not asked.

    `untold`: its source never says whether there were supplements, digitised parts, an electronic result, or an eID;
    such a dossier is in no rate of these, for nobody must be counted as not having done what was not asked.
    """

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
    untold: bool = False
    updated_at: datetime


class Document(Row, frozen=True, kw_only=True):
    """One entry of a document register. `signed` None: unknown.

    `of_partner`: the record names both sides of an exchange and this unit may be none of ours; then it is not ours to
    count and is passed over. `partial`: the source tells a document's life in several messages; what this one leaves
    open is filled from what the others said, whatever came first: one without `issued_on` tells only what became of
    it. `withdrawn`: of a partial one, that it was refused or taken back, so that nothing is due of it any more.
    """

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
    of_partner: bool = False
    partial: bool = False
    withdrawn: bool = False
    updated_at: datetime


class MeetingPoint(msgspec.Struct, frozen=True):
    """A unit's part in one meeting as one poll saw it: was it invited, was somebody of it connected just then.

    `seconds`: how long it was connected, where the source itself says so; None where only polls tell.
    """

    unit_code: str
    invited: bool
    connected: bool
    seconds: int | None = None


class Meeting(Row, frozen=True, kw_only=True):
    """A conference as one poll saw it. `ended_at` None: still running when seen.

    `parts`: the source ids of other conferences that are this same meeting, broken off and begun again. `room`: the
    source names no meetings, only that this room is occupied now; it is the room's open meeting, else a new one
    (`source_id` is then the room's).
    """

    source_id: str
    unit_code: str
    name: str = ""
    scheduled_at: datetime | None = None
    started_at: datetime
    ended_at: datetime | None = None
    points: tuple[MeetingPoint, ...] = ()
    parts: tuple[str, ...] = ()
    room: bool = False


class BridgePoint(Row, frozen=True, kw_only=True):
    """One row of a register of video-conference points: a point's state from `valid_from` to `valid_to`, inclusive."""

    unit_code: str
    point_code: str
    name: str = ""
    room: str = ""
    status: Literal["active", "broken", "retired"]
    valid_from: date
    valid_to: date | None = None

    @property
    def source_id(self) -> str:
        """Point and first day: a point has one row for each state that it was in."""
        return f"{self.point_code}@{self.valid_from}"


class Return(Row, frozen=True, kw_only=True):
    """A figure that a unit returned for a period because no system reports it.

    Either numerator and denominator, or value; a rate's value is 0 to 1. `indicator` is a key of the catalogue.
    """

    unit_code: str
    indicator: str
    period_from: date
    period_to: date
    numerator: float | None = None
    denominator: float | None = None
    value: float | None = None
    note: str = ""

    @property
    def source_id(self) -> str:
        """Indicator, unit and period: what a later return replaces."""
        return f"{self.indicator}/{self.unit_code}/{self.period_from}/{self.period_to}"


class Rejected(msgspec.Struct, frozen=True, kw_only=True):
    """A record that was not understood.

    `reason` is a short class (missing_key, bad_date, unknown_channel, unknown_unit …) for counting, `detail` a
    sentence with field and value, `payload` the raw record without personal data, enough to replay it. `unit_code`
    and `counts_on` (the local day on which it would count) as far as the record tells them.
    """

    kind: str
    source_id: str | None = None
    reason: str
    detail: str
    payload: Any = None
    unit_code: str | None = None
    counts_on: date | None = None


class Batch(msgspec.Struct, kw_only=True):
    """Rows of one or several pages, to be stored in one transaction.

    `running`: the source ids of all meetings that the source listed as running at `seen_at`; None when the pages
    held no such list. A meeting of the source that is open in the store and not among them ended at `seen_at`.
    `frames`: more dossiers, a column for each field of `Dossier`, typed as in `store.frames`, or as the table has them
    (`store.upsert.with_identity`): what was found out ahead need not be while the store is locked.
    `bridge_points`: the whole register of the source (None: it was not read); what it no longer names is gone.
    """

    units: list[Unit] = msgspec.field(default_factory=list)
    procedures: list[Procedure] = msgspec.field(default_factory=list)
    dossiers: list[Dossier] = msgspec.field(default_factory=list)
    frames: list[pl.DataFrame] = msgspec.field(default_factory=list)
    documents: list[Document] = msgspec.field(default_factory=list)
    meetings: list[Meeting] = msgspec.field(default_factory=list)
    bridge_points: list[BridgePoint] | None = None
    returns: list[Return] = msgspec.field(default_factory=list)
    rejected: list[Rejected] = msgspec.field(default_factory=list)
    running: frozenset[str] | None = None
    seen_at: datetime | None = None

    def add(self, other: "Batch") -> None:
        """Append what `other` holds; its list of running meetings, when it has one, replaces ours."""
        self.units += other.units
        self.procedures += other.procedures
        self.dossiers += other.dossiers
        self.frames += other.frames
        self.documents += other.documents
        self.meetings += other.meetings
        if other.bridge_points is not None:
            self.bridge_points = [*(self.bridge_points or []), *other.bridge_points]
        self.returns += other.returns
        self.rejected += other.rejected
        if other.running is not None:
            self.running, self.seen_at = other.running, other.seen_at

    @property
    def dossier_count(self) -> int:
        """How many dossiers, in rows and frames."""
        return len(self.dossiers) + sum(frame.height for frame in self.frames)

    def __len__(self) -> int:
        """How many records, good and bad."""
        facts = self.dossier_count + len(self.documents) + len(self.meetings) + len(self.returns)
        dimensions = len(self.units) + len(self.procedures) + len(self.bridge_points or [])
        return facts + dimensions + len(self.rejected)
