"""The tables: facts (newest state per source and source id), dated dimensions, daily measures, and how polling went."""

from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Date,
    DateTime,
    Dialect,
    Float,
    Index,
    Integer,
    MetaData,
    PrimaryKeyConstraint,
    String,
    Table,
    Text,
    UniqueConstraint,
    false,
    literal_column,
)
from sqlalchemy.types import TypeDecorator, TypeEngine

from store.rows import PROCESSED

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


class UtcDateTime(TypeDecorator[datetime]):
    """An aware instant. PostgreSQL keeps it as timestamptz, SQLite (which drops zones without a word) as
    microseconds since 1970 in UTC. A naive time is refused with ValueError; what comes back is aware, in UTC."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        """timestamptz, or an integer on SQLite."""
        if dialect.name == "sqlite":
            return dialect.type_descriptor(BigInteger())
        return dialect.type_descriptor(DateTime(timezone=True))

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> Any:
        """The value as the database keeps it."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError(f"naive time {value.isoformat()}: the store takes aware instants only")
        return (value - _EPOCH) // _MICROSECOND if dialect.name == "sqlite" else value.astimezone(UTC)

    def process_result_value(self, value: Any, dialect: Dialect) -> datetime | None:
        """The value as an aware instant in UTC."""
        if value is None:
            return None
        return _EPOCH + timedelta(microseconds=value) if dialect.name == "sqlite" else value.astimezone(UTC)


metadata = MetaData(
    naming_convention={"ix": "ix_%(table_name)s_%(column_0_N_name)s", "uq": "uq_%(table_name)s_%(column_0_N_name)s"}
)


def _flag(name: str) -> Column[bool]:
    return Column(name, Boolean, nullable=False)


# ---- dated dimensions -------------------------------------------------------------------------------------------

units = Table(
    "units",
    metadata,
    Column("code", String, primary_key=True),
    Column("valid_from", Date, primary_key=True),
    Column("valid_to", Date),
    Column("parent_code", String),
    Column("kind", String, nullable=False),
    Column("name", String, nullable=False),
    Column("source", String, nullable=False),
)

procedures = Table(
    "procedures",
    metadata,
    Column("code", String, primary_key=True),
    Column("valid_from", Date, primary_key=True),
    Column("valid_to", Date),
    Column("name", String, nullable=False),
    Column("level", Integer, nullable=False),
    Column("tier", String, nullable=False),
    Column("agency_code", String),
    Column("field_code", String, nullable=False),
    Column("field_name", String, nullable=False),
    _flag("fee"),
    _flag("national_portal"),
    Column("source", String, nullable=False),
)

# A target for one unit (`kind` ""), or for every unit of a kind (`unit_code` ""); a unit's own goes before its kind's.
targets = Table(
    "targets",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=True),
    Column("indicator", String, nullable=False),
    Column("unit_code", String, nullable=False, server_default=""),
    Column("kind", String, nullable=False, server_default=""),
    Column("valid_from", Date, nullable=False),
    Column("valid_to", Date),
    Column("comparator", String, nullable=False),
    Column("value", Float, nullable=False),
    Column("decision", String, nullable=False),
    Column("decided_on", Date),
    Column("issuer", String, nullable=False),
    Column("entered_by", String, nullable=False, server_default=""),
    Column("entered_at", UtcDateTime),
    UniqueConstraint("indicator", "unit_code", "kind", "valid_from"),
)

# Append-only: who changed which target when and why; `before` and `after` are the target as JSON (null: none).
target_changes = Table(
    "target_changes",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=True),
    Column("indicator", String, nullable=False),
    Column("unit_code", String, nullable=False),
    Column("kind", String, nullable=False),
    Column("valid_from", Date, nullable=False),
    Column("changed_at", UtcDateTime, nullable=False),
    Column("changed_by", String, nullable=False),
    Column("reason", String, nullable=False),
    Column("before", Text),
    Column("after", Text),
)

# Which unit took over from which: the unit `old_code` before `day` went over into `new_code` on `day`. Where an old
# unit was split, the one with `main` counts what cannot be told apart.
successions = Table(
    "successions",
    metadata,
    Column("old_code", String, primary_key=True),
    Column("day", Date, primary_key=True),
    Column("new_code", String, primary_key=True),
    _flag("main"),
)

unit_shapes = Table(
    "unit_shapes",
    metadata,
    Column("unit_code", String, primary_key=True),
    Column("geometry", Text, nullable=False),
)

calendar_days = Table(
    "calendar_days",
    metadata,
    Column("day", Date, primary_key=True),
    Column("kind", String, nullable=False),
    Column("name", String, nullable=False),
)

# ---- facts ------------------------------------------------------------------------------------------------------

dossiers = Table(
    "dossiers",
    metadata,
    Column("source", String, primary_key=True),
    Column("source_id", String, primary_key=True),
    Column("unit_code", String, nullable=False),
    Column("procedure_code", String, nullable=False),
    Column("channel", String, nullable=False),
    Column("state", Integer, nullable=False),
    Column("submitted_at", UtcDateTime),
    Column("received_at", UtcDateTime),
    Column("due_at", UtcDateTime),
    Column("completed_at", UtcDateTime),
    Column("returned_at", UtcDateTime),
    _flag("returned_by_post"),
    _flag("digitised"),
    _flag("authenticated"),
    Column("payment", String, nullable=False),
    _flag("fee_due"),
    Column("supplements", Integer, nullable=False),
    _flag("e_result"),
    Column("rating", Integer),
    Column("untold", Boolean, nullable=False, server_default=false()),
    Column("updated_at", UtcDateTime, nullable=False),
    Column("content_hash", BigInteger, nullable=False),
    Index(None, "unit_code", "received_at", "procedure_code"),
    Index(None, "unit_code", "completed_at", "returned_at"),
)
# Of years of dossiers a few, and open work is among them. A question must say it in these words, numbers and all, for
# the index to be taken; and nothing is looked for along a sum, so that it goes by the question's own states.
is_undone = dossiers.c.state + literal_column("0") < literal_column(str(PROCESSED))
Index(None, *dossiers.c["unit_code", "state", "due_at"], sqlite_where=is_undone, postgresql_where=is_undone)

# `told_at`: when a source that tells a document's life in messages last told the document itself (null: only what
# became of it has come so far, or the source sends whole states).
documents = Table(
    "documents",
    metadata,
    Column("source", String, primary_key=True),
    Column("source_id", String, primary_key=True),
    Column("unit_code", String, nullable=False),
    Column("direction", String, nullable=False),
    Column("number", String, nullable=False),
    Column("notation", String, nullable=False),
    Column("type_name", String, nullable=False),
    Column("issued_on", Date),
    Column("arrived_on", Date),
    Column("due_on", Date),
    Column("completed_on", Date),
    _flag("electronic"),
    Column("signed", Boolean),
    _flag("exchanged"),
    _flag("classified"),
    Column("tier", String),
    Column("state", Integer, nullable=False),
    Column("updated_at", UtcDateTime, nullable=False),
    Column("content_hash", BigInteger, nullable=False),
    Column("told_at", UtcDateTime),
    Index(None, "unit_code", "issued_on"),
)

# `end_seen`: the source itself gave the end; otherwise it is the poll that missed the meeting.
meetings = Table(
    "meetings",
    metadata,
    Column("source", String, primary_key=True),
    Column("source_id", String, primary_key=True),
    Column("unit_code", String, nullable=False),
    Column("name", String, nullable=False),
    Column("scheduled_at", UtcDateTime),
    Column("started_at", UtcDateTime, nullable=False),
    Column("ended_at", UtcDateTime),
    _flag("end_seen"),
    Column("last_seen_at", UtcDateTime, nullable=False),
    Index(None, "ended_at"),
)

meeting_points = Table(
    "meeting_points",
    metadata,
    Column("source", String, primary_key=True),
    Column("source_id", String, primary_key=True),
    Column("unit_code", String, primary_key=True),
    _flag("invited"),
    Column("first_connected_at", UtcDateTime),
    Column("last_connected_at", UtcDateTime),
    Column("connected_seconds", Integer),
)

# Conferences that are part of another meeting: broken off and begun again. What is listed here is no meeting itself.
meeting_parts = Table(
    "meeting_parts",
    metadata,
    Column("source", String, primary_key=True),
    Column("source_id", String, primary_key=True),
)

bridge_points = Table(
    "bridge_points",
    metadata,
    Column("source", String, primary_key=True),
    Column("point_code", String, primary_key=True),
    Column("valid_from", Date, primary_key=True),
    Column("valid_to", Date),
    Column("unit_code", String, nullable=False),
    Column("name", String, nullable=False),
    Column("room", String, nullable=False),
    Column("status", String, nullable=False),
)

# Figures that units returned; of several sources' for one indicator, unit and period the one stored last counts.
returns = Table(
    "returns",
    metadata,
    Column("source", String, primary_key=True),
    Column("indicator", String, primary_key=True),
    Column("unit_code", String, primary_key=True),
    Column("period_from", Date, primary_key=True),
    Column("period_to", Date, primary_key=True),
    Column("numerator", Float),
    Column("denominator", Float),
    Column("value", Float),
    Column("note", String, nullable=False),
    Column("stored_at", UtcDateTime, nullable=False),
)

# ---- daily measures: additive counts per unit, procedure and local day (days since 1970-01-01) -------------------

DOSSIER_MEASURES = (
    "received_counter", "received_online", "received_post", "online_authenticated", "supplemented", "withdrawn",
    "registered", "registered_refused",
    "completed_early", "completed_on_time", "completed_late", "completed_on_due_day", "completed_without_due",
    "returned_by_post", "fee_due", "fee_paid_online", "digitised", "e_result", "rated", "satisfied",
    "ended_otherwise", "open_change", "overdue_change", "awaiting_change",
    "received_untold", "online_untold", "completed_untold",
)  # fmt: skip
DOCUMENT_MEASURES = (
    "issued", "issued_electronic", "signing_known", "signed", "signing_unknown", "signed_exchanged",
    "issued_classified", "incoming_due", "incoming_on_time", "incoming_overdue_change",
)  # fmt: skip
MEETING_MEASURES = ("meetings_held", "meeting_seconds", "points_invited", "points_connected")
POINT_MEASURES = ("active_points_change",)


def _daily(
    name: str, keys: tuple[str, ...], measures: tuple[str, ...], divided_by: str = "", by: tuple[str, ...] = ()
) -> Table:
    """A table of counters; `version` is that of the write which last changed the row.

    `divided_by`: the column of the day by whose years PostgreSQL divides it (store/partitions.py). `by`: the order in
    which the database keeps the keys, if not in this one."""
    return Table(
        name,
        metadata,
        *(Column(key, Integer if key.endswith("day") else String, nullable=False) for key in keys),
        PrimaryKeyConstraint(*(by or keys)),
        *(Column(measure, Integer, nullable=False, server_default="0") for measure in measures),
        Column("version", BigInteger, nullable=False, index=True),
        postgresql_partition_by=f"RANGE ({divided_by})" if divided_by else None,
    )


# By day before procedure: what is new is of the last weeks, and so comes into a few pages of the index for each unit.
_BY_DAY = ("unit_code", "day", "procedure_code")
dossier_days = _daily("dossier_days", ("unit_code", "procedure_code", "day"), DOSSIER_MEASURES, "day", _BY_DAY)
document_days = _daily("document_days", ("unit_code", "day"), DOCUMENT_MEASURES, "day")
meeting_days = _daily("meeting_days", ("unit_code", "day"), MEETING_MEASURES)
point_days = _daily("point_days", ("unit_code", "day"), POINT_MEASURES)

# Counts of dossiers by two of their days. pair "entry": submitted and received (who counts once although two days
# fall into a period); pair "processing": received and completed (working days under any calendar).
day_pairs = _daily("day_pairs", ("pair", "unit_code", "first_day", "second_day"), ("dossiers",), "first_day")

# ---- how polling went -------------------------------------------------------------------------------------------

# `fence`: under which lease the run wrote; null for one that nobody's lease stood for, as of the command line.
poll_runs = Table(
    "poll_runs",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=True),
    Column("source", String, nullable=False),
    Column("began_at", UtcDateTime, nullable=False),
    Column("ended_at", UtcDateTime),
    Column("outcome", String, nullable=False),
    Column("fetched", Integer, nullable=False, server_default="0"),
    Column("accepted", Integer, nullable=False, server_default="0"),
    Column("unchanged", Integer, nullable=False, server_default="0"),
    Column("rejected", Integer, nullable=False, server_default="0"),
    Column("source_count", Integer),
    Column("message", String, nullable=False, server_default=""),
    Column("retries", Integer, nullable=False, server_default="0"),
    Column("fence", BigInteger),
    Index(None, "source", "outcome", "ended_at"),
    Index(None, "source", "began_at"),
)

cursors = Table(
    "cursors",
    metadata,
    Column("source", String, primary_key=True),
    Column("seen_to", UtcDateTime, nullable=False),
)

# `form`: "raw" is a record that the connector did not understand, "row" one that names an unknown unit or procedure.
# `unit_code` and `counts_on` (the local day on which it would count) are null where the record does not tell them.
quarantine = Table(
    "quarantine",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=True),
    Column("source", String, nullable=False),
    Column("kind", String, nullable=False),
    Column("fingerprint", String, nullable=False),
    Column("source_id", String),
    Column("reason", String, nullable=False),
    Column("detail", String, nullable=False),
    Column("form", String, nullable=False),
    Column("payload", Text),
    Column("first_seen_at", UtcDateTime, nullable=False),
    Column("last_seen_at", UtcDateTime, nullable=False),
    Column("unit_code", String),
    Column("counts_on", Date),
    UniqueConstraint("source", "kind", "fingerprint"),
)

# What the quarantine let go without anybody having replayed it, and why: "age", "crowd" (its source had too
# many), or "size" (only the payload went, for it was too large; the record is still held).
quarantine_dropped = Table(
    "quarantine_dropped",
    metadata,
    Column("source", String, primary_key=True),
    Column("kind", String, primary_key=True),
    Column("reason", String, primary_key=True),
    Column("why", String, primary_key=True),
    Column("records", BigInteger, nullable=False),
    Column("last_dropped_at", UtcDateTime, nullable=False),
)

# Dossiers that the centre held open, and therefore counted as overdue, when the source had completed them by the due
# day already: when the centre learnt it, by the clock.
late_learnt = Table(
    "late_learnt",
    metadata,
    Column("source", String, primary_key=True),
    Column("source_id", String, primary_key=True),
    Column("learnt_at", UtcDateTime, nullable=False),
)

# ---- published periods: frozen figures, and every later correction as a revision ---------------------------------

publications = Table(
    "publications",
    metadata,
    Column("period_from", Date, primary_key=True),
    Column("period_to", Date, primary_key=True),
    Column("revision", Integer, primary_key=True),
    Column("name", String, nullable=False),
    Column("published_at", UtcDateTime, nullable=False),
    Column("published_by", String, nullable=False),
    Column("reason", String, nullable=False),
    Column("definitions", String, nullable=False),
    Column("checksum", String, nullable=False),
)

published_figures = Table(
    "published_figures",
    metadata,
    Column("period_from", Date, primary_key=True),
    Column("period_to", Date, primary_key=True),
    Column("revision", Integer, primary_key=True),
    Column("scope", String, primary_key=True),
    Column("unit", String, primary_key=True),
    Column("indicator", String, primary_key=True),
    Column("numerator", Float),
    Column("denominator", Float),
    Column("value", Float),
)

# ---- the wall's screens as devices: instants are those of the real clock, also at a simulated place ------------------

screens = Table(
    "screens",
    metadata,
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("paired_at", UtcDateTime, nullable=False),
    Column("paired_by", String, nullable=False),
)

# Only hashes: who reads this table cannot be a screen. All tokens of a screen are of the device paired last.
screen_tokens = Table(
    "screen_tokens",
    metadata,
    Column("token_hash", String, primary_key=True),
    Column("screen", Integer, nullable=False),
    Column("issued_at", UtcDateTime, nullable=False),
    Column("expires_at", UtcDateTime, nullable=False),
)

# A device that shows a code and waits for an operator to type it.
pairings = Table(
    "pairings",
    metadata,
    Column("secret_hash", String, primary_key=True),
    Column("code_hash", String, nullable=False),
    Column("screen", Integer, nullable=False),
    Column("expires_at", UtcDateTime, nullable=False),
    Column("approved_by", String),
    UniqueConstraint("code_hash"),
)

# What each screen last said of itself.
screen_reports = Table(
    "screen_reports",
    metadata,
    Column("screen", Integer, primary_key=True, autoincrement=False),
    Column("seen_at", UtcDateTime, nullable=False),
    Column("scene", String, nullable=False),
    Column("build", String, nullable=False),
    Column("heap", BigInteger),
    Column("skew_ms", BigInteger, nullable=False),
    Column("worst", String, nullable=False),
    Column("started_at", UtcDateTime, nullable=False),
    Column("missed", BigInteger, nullable=False),
    Column("errors", BigInteger, nullable=False),
    Column("width", BigInteger, nullable=False),
    Column("height", BigInteger, nullable=False),
)

# From the instant `at_ms` (milliseconds since 1970) the screen shows this scene, until the row is gone.
wall_pins = Table(
    "wall_pins",
    metadata,
    Column("screen", Integer, primary_key=True, autoincrement=False),
    Column("scene", String, nullable=False),
    Column("at_ms", BigInteger, nullable=False),
)

# Counters of the store itself: "data" rises with every write that changed a figure, "catalogue" with every change of
# units, procedures, successions, returns or the calendar, "wall" with every change of the screens' tokens and pins.
versions = Table(
    "versions",
    metadata,
    Column("name", String, primary_key=True),
    Column("version", BigInteger, nullable=False),
)
