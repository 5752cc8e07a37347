"""How each source is polled just now: its breaker, and how many polls in a row have failed."""

from sqlalchemy import Column, Integer, String, Table

from store.tables import UtcDateTime, metadata

# `breaker`: closed (the source is asked), open (left alone for a while), half_open (asked once, on trial); `since` when
# it is so; `failures`: polls in a row that the source failed.
source_polling = Table(
    "source_polling",
    metadata,
    Column("source", String, primary_key=True),
    Column("breaker", String, nullable=False),
    Column("since", UtcDateTime, nullable=False),
    Column("failures", Integer, nullable=False, server_default="0"),
)
