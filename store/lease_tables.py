"""Who polls: the poller that works, and until when nobody else may."""

from sqlalchemy import BigInteger, Column, String, Table

from store.tables import UtcDateTime, metadata

# One row, made with the first poller. `token` is the holder's alone (empty: nobody works), `fence` rises by one with
# every take-over, `process` is the holder as its own machine can look for it. The instants are those of the
# database's own clock: two hosts need not agree on the time.
leases = Table(
    "leases",
    metadata,
    Column("name", String, primary_key=True),
    Column("token", String, nullable=False),
    Column("holder", String, nullable=False),
    Column("process", String, nullable=False),
    Column("fence", BigInteger, nullable=False),
    Column("since", UtcDateTime, nullable=False),
    Column("renewed_at", UtcDateTime, nullable=False),
)
