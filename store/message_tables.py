"""The tables of messages: what holds for whom at present, and every message with how its delivery went."""

from sqlalchemy import Column, Float, Index, Integer, String, Table, Text

from store.tables import UtcDateTime, metadata

# What a rule found for a recipient, about one thing (`subject`). It is open while `ended_at` is null; `told_at` and
# `told_measure` are those of the last message about it, null while there was none. `unit_code` "": of no unit.
message_conditions = Table(
    "message_conditions",
    metadata,
    Column("recipient", String, primary_key=True),
    Column("rule", String, primary_key=True),
    Column("subject", String, primary_key=True),
    Column("unit_code", String, nullable=False),
    Column("what", String, nullable=False),
    Column("text", Text, nullable=False),
    Column("measure", Float, nullable=False),
    Column("opened_at", UtcDateTime, nullable=False),
    Column("told_at", UtcDateTime),
    Column("told_measure", Float),
    Column("ended_at", UtcDateTime),
    Column("until", UtcDateTime),
)

# `state`: queued, sending, sent or failed; `next_at` null: nobody tries any more. `claim`: which process is sending.
# `reason` is one of ours, never a library's words, which could hold an address.
messages = Table(
    "messages",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=True),
    Column("key", String, nullable=False, unique=True),
    Column("recipient", String, nullable=False),
    Column("kind", String, nullable=False),
    Column("rule", String, nullable=False),
    Column("title", Text, nullable=False),
    Column("text", Text, nullable=False),
    Column("html", Text, nullable=False),
    Column("queued_at", UtcDateTime, nullable=False),
    Column("state", String, nullable=False),
    Column("attempts", Integer, nullable=False, server_default="0"),
    Column("claim", String, nullable=False, server_default=""),
    Column("next_at", UtcDateTime),
    Column("tried_at", UtcDateTime),
    Column("sent_at", UtcDateTime),
    Column("reason", String, nullable=False, server_default=""),
    Index(None, "state", "next_at"),
    Index(None, "recipient", "queued_at"),
)
