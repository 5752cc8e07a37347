"""Reading the audit log, and finding out whether it is what was written.

`verify` finds a row that was changed or removed. Rows cut off at the end, or a log written anew from some row on, leave
a sound chain; but one without the head that somebody has noted before, elsewhere: `differing`.
"""

from collections.abc import Iterable
from datetime import datetime
from typing import NamedTuple

import sqlalchemy as sa
from sqlalchemy import Engine

from store.audit import ACTS, Head, chained, head_on
from store.audit_tables import audit
from store.engine import reading

_ROWS_AT_ONCE = 1000


class Entry(NamedTuple):
    """A deed as the log has it; `details` as JSON, `at` real time."""

    number: int
    at: datetime
    who: str
    act: str
    what: str
    reason: str
    details: str
    hash: str


class Chain(NamedTuple):
    """The log from its first row on: the last row up to which it is sound, and the first number at which it is not what
    was written; None when all of it is."""

    head: Head
    broken: int | None


def entries(
    engine: Engine, acts: Iterable[str] = ACTS, who: str = "", before: int | None = None, limit: int = 200
) -> tuple[int, list[Entry]]:
    """The newest first, of these kinds and (unless "") of this person: how many there are, and `limit` of those before
    the row of this number."""
    kinds = list(acts)
    chosen: list[sa.ColumnElement[bool]] = [] if set(kinds) >= set(ACTS) else [audit.c.act.in_(kinds)]
    if who:
        chosen.append(audit.c.who == who)
    with reading(engine) as connection:
        total = connection.scalar(sa.select(sa.func.count()).select_from(audit).where(*chosen)) or 0
        if before is not None:
            chosen.append(audit.c.number < before)
        query = sa.select(audit).where(*chosen).order_by(audit.c.number.desc()).limit(limit)
        return total, [Entry(*row) for row in connection.execute(query)]


def people(engine: Engine) -> list[str]:
    """Everybody who is in the log, by name."""
    with reading(engine) as connection:
        return sorted(connection.scalars(sa.select(audit.c.who).distinct()))


def head_of(engine: Engine) -> Head:
    """The last row of the log, as it stands there."""
    with reading(engine) as connection:
        return head_on(connection)


def verify(engine: Engine) -> Chain:
    """Reckon the whole chain again."""
    head = Head()
    query = sa.select(audit).order_by(audit.c.number).execution_options(yield_per=_ROWS_AT_ONCE)
    with reading(engine) as connection, connection.execute(query) as rows:
        for row in rows:
            said = dict(row._mapping)
            if said.pop("hash") != (reckoned := chained(head, said)) or row.number != head.number + 1:
                return Chain(head, head.number + 1)
            head = Head(row.number, reckoned)
    return Chain(head, None)


def differing(engine: Engine, noted: Iterable[Head]) -> list[Head]:
    """Those of the heads, noted at some time before, that the log does not have any more."""
    with reading(engine) as connection:
        return [head for head in noted if head != Head() and _hash_at(connection, head.number) != head.hash]


def _hash_at(connection: sa.Connection, number: int) -> str | None:
    found: str | None = connection.scalar(sa.select(audit.c.hash).where(audit.c.number == number))
    return found
