"""A poller's writes are good only while it is the one that works: each transaction looks for itself, at its start.

The engine of a working poller carries its `Fence`; `store.engine.writing` asks `confirm`. On PostgreSQL a fenced
transaction also holds a lock until it ends, so that a take-over waits for it or ends it: nothing is written after.
"""

from typing import NamedTuple

import sqlalchemy as sa
from sqlalchemy import Connection, Engine

from errors import LeaseLost
from store.lease_tables import leases

OPTION = "ioc_fence"
FENCE_LOCK = 47_15_09  # any number but the writer's lock; both are of a transaction, so they hold through pgbouncer


class Fence(NamedTuple):
    """One term of one poller: the lease, its secret token, and the number that rises with every take-over."""

    lease: str
    token: str
    number: int


def fenced(engine: Engine, fence: Fence) -> Engine:
    """The same engine, whose every transaction of `writing` raises LeaseLost once another poller has taken over."""
    return engine.execution_options(**{OPTION: fence})


def fence_of(engine: Engine) -> Fence | None:
    """The fence that the engine carries; None for everybody who is no poller at work."""
    fence: Fence | None = engine.get_execution_options().get(OPTION)
    return fence


def confirm(connection: Connection, fence: Fence) -> None:
    """Raise LeaseLost when the lease is no longer of this term; else it stays so until the transaction ends."""
    if connection.dialect.name == "postgresql":
        connection.execute(sa.text("SELECT pg_advisory_xact_lock_shared(:lock)"), {"lock": FENCE_LOCK})
    mine = sa.select(leases.c.fence).where(leases.c.name == fence.lease, leases.c.token == fence.token)
    if connection.scalar(mine) is None:
        raise LeaseLost(f"lease {fence.lease}: term {fence.number} is over, another poller may work; nothing is stored")


def end_fenced_transactions(connection: Connection) -> bool:
    """Whether no fenced transaction is open any more, and none can begin before ours ends. What is open is cut off:
    its connection may hang in a network that is cut, and nobody was told that it is stored."""
    if connection.dialect.name != "postgresql":
        return True  # SQLite has one writer, and that is us
    if _locked_out(connection):
        return True
    cut_off = sa.text(
        "SELECT pg_terminate_backend(pid, 1000) FROM pg_locks WHERE locktype = 'advisory' AND classid = 0"
        " AND objid = :lock AND mode = 'ShareLock' AND granted AND pid <> pg_backend_pid()"
        " AND database = (SELECT oid FROM pg_database WHERE datname = current_database())"
    )
    connection.execute(cut_off, {"lock": FENCE_LOCK})
    return _locked_out(connection)


def _locked_out(connection: Connection) -> bool:
    return bool(connection.scalar(sa.text("SELECT pg_try_advisory_xact_lock(:lock)"), {"lock": FENCE_LOCK}))
