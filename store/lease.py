"""Exactly one poller works: a row that the working one renews, and that another may take when it has grown old.

The row's instants are the database's, and a take-over waits for or ends what the one before was writing (fencing).
"""

import uuid
from datetime import datetime, timedelta
from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlalchemy import Connection, Engine, Row
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import GenericFunction

from store.engine import momentary, reading
from store.fencing import Fence, end_fenced_transactions
from store.frames import insert_into
from store.lease_process import is_gone, this_process
from store.lease_tables import leases
from store.tables import UtcDateTime

POLLER = "poller"
# Long enough for a database that restarts or a writer on SQLite that takes its time, short enough that a dead
# poller's work is taken over in under 30 seconds: what is left are a few looks of the one that stands by.
LEASE_SECONDS = 15.0
RENEW_SECONDS = 3.0
LOOK_SECONDS = 2.0


class Holder(NamedTuple):
    """Who held the lease last, as host:pid, under which fence; instants and age by the database's clock.

    `works`: it holds it now; otherwise it went silent or is known to be dead, and the next that looks takes over.
    """

    name: str
    fence: int
    since: datetime
    renewed_at: datetime
    age: timedelta
    works: bool


class _Now(GenericFunction[datetime]):
    """The database's own clock, at this instant and not at the transaction's beginning."""

    type = UtcDateTime()
    inherit_cache = True


@compiles(_Now, "postgresql")
def _postgresql_now(_element: _Now, _compiler: Any, **_options: Any) -> str:
    return "clock_timestamp()"


@compiles(_Now, "sqlite")
def _sqlite_now(_element: _Now, _compiler: Any, **_options: Any) -> str:
    return "CAST(round((julianday('now') - 2440587.5) * 86400000000.0) AS INTEGER)"


def lease_holder(engine: Engine, name: str = POLLER) -> Holder | None:
    """Who holds the lease, or held it last and went silent; None when nobody ever did or the last gave it back."""
    with reading(engine) as connection:
        return _holder(_row(connection, name))


def take_lease(engine: Engine, holder: str, name: str = POLLER) -> Fence | Holder | None:
    """Take the lease for `holder` when nobody works. Returns our fence; or whoever works or went silent a moment ago;
    or None when another was just as quick. Never waits long; raises StoreError when the database fails."""
    with reading(engine) as connection:
        known = _holder(_row(connection, name))
    if known and known.works:
        return known
    with momentary(engine) as connection:
        if not end_fenced_transactions(connection):
            return known
        _make_row(connection, name)
        row = _row(connection, name, locked=True)
        known = _holder(row)
        if row is None or (known and known.works):
            return known
        fence = Fence(name, uuid.uuid4().hex, row.fence + 1)
        taken = leases.update().where(leases.c.name == name)
        ours = {"token": fence.token, "holder": holder, "process": this_process(), "fence": fence.number}
        connection.execute(taken.values(**ours, since=_Now(), renewed_at=_Now()))
        return fence


def renew_lease(engine: Engine, fence: Fence) -> bool:
    """Whether the lease is still ours, as of now. Waits for no other writer on PostgreSQL."""
    with momentary(engine) as connection:
        return connection.execute(_ours(fence).values(renewed_at=_Now())).rowcount == 1


def give_back(engine: Engine, fence: Fence) -> None:
    """Let the next poller begin at once; nothing happens when the lease is no longer ours."""
    with momentary(engine) as connection:
        connection.execute(_ours(fence).values(token=""))  # nosec B106  # nobody holds it


def _ours(fence: Fence) -> sa.Update:
    return leases.update().where(leases.c.name == fence.lease, leases.c.token == fence.token)


def _make_row(connection: Connection, name: str) -> None:
    never = {"name": name, "token": "", "holder": "", "process": "", "fence": 0, "since": _Now(), "renewed_at": _Now()}  # nosec B105  # nobody holds it
    connection.execute(insert_into(connection, leases).values(**never).on_conflict_do_nothing())


def _row(connection: Connection, name: str, *, locked: bool = False) -> Row[Any] | None:
    query = sa.select(leases, _Now().label("now")).where(leases.c.name == name)
    return connection.execute(query.with_for_update() if locked else query).one_or_none()


def _holder(row: Row[Any] | None) -> Holder | None:
    if row is None or not row.token:
        return None
    age = row.now - row.renewed_at
    # A database clock that was put back must not keep a dead poller at work.
    works = abs(age) < timedelta(seconds=LEASE_SECONDS) and not is_gone(row.process)
    return Holder(row.holder, row.fence, row.since, row.renewed_at, age, works)
