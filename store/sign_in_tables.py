"""The table of sign-ins: which cookies are worth something, and since when not any more."""

from sqlalchemy import Column, Index, String, Table, Text

from store.tables import UtcDateTime, metadata

# `key`: a hash of what the provider said; who reads this table cannot sign in. `subject`: who that is for the provider.
# `checked_at`: when the provider last told the `groups` (JSON; only those that mean something here). Instants are those
# of the real clock. `ended_why`: signed_out, ended, untold or foreign (access/sessions.py).
sign_ins = Table(
    "sign_ins",
    metadata,
    Column("key", String, primary_key=True),
    Column("subject", String, nullable=False),
    Column("began_at", UtcDateTime, nullable=False),
    Column("checked_at", UtcDateTime, nullable=False),
    Column("groups", Text, nullable=False),
    Column("ended_at", UtcDateTime),
    Column("ended_why", String),
    Index(None, "began_at"),
)
