"""The audit log: each row is one act, chained to the row before; the database itself refuses to change or delete it."""

from sqlalchemy import Column, Index, Integer, String, Table, Text

from store.tables import UtcDateTime, metadata

# `number` counts from 1 without gaps, `at` is real time. `what` is the thing acted upon, `details` JSON with sorted
# keys. `hash`: SHA-256 of the hash before and of everything in the row (store/audit.py).
audit = Table(
    "audit",
    metadata,
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("at", UtcDateTime, nullable=False),
    Column("who", String, nullable=False),
    Column("act", String, nullable=False),
    Column("what", String, nullable=False),
    Column("reason", Text, nullable=False),
    Column("details", Text, nullable=False),
    Column("hash", String, nullable=False),
    Index(None, "act", "number"),
    Index(None, "who", "number"),
)
