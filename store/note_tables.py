"""The table of notes: each row is a whole note as one revision left it; no row is ever changed or deleted."""

from sqlalchemy import Column, Date, Integer, String, Table, Text, UniqueConstraint

from store.tables import UtcDateTime, metadata

# `note` numbers a note for good, `revision` counts its rows from 1. `key` names one sending of a form: what is sent
# twice is kept once. `written_*` is who first wrote the note, `changed_*` who made this revision, `done_*` who closed
# it (null while it is open). The period's days are both included.
notes = Table(
    "notes",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=True),
    Column("note", Integer, nullable=False),
    Column("revision", Integer, nullable=False),
    Column("key", String, nullable=False, unique=True),
    Column("indicator", String, nullable=False),
    Column("unit_code", String, nullable=False),
    Column("period_from", Date, nullable=False),
    Column("period_to", Date, nullable=False),
    Column("text", Text, nullable=False),
    Column("owner", String, nullable=False),
    Column("due_on", Date),
    Column("written_by", String, nullable=False),
    Column("written_at", UtcDateTime, nullable=False),
    Column("changed_by", String, nullable=False),
    Column("changed_at", UtcDateTime, nullable=False),
    Column("done_by", String),
    Column("done_at", UtcDateTime),
    UniqueConstraint("note", "revision", name="uq_notes_note_revision"),
)
