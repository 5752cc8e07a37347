"""Reading the delivery ledger: what waits, what failed, what was told to whom, what holds."""

from datetime import datetime
from typing import NamedTuple

import sqlalchemy as sa
from sqlalchemy import Connection, Engine

from store.engine import reading
from store.message_rows import Condition, Message
from store.message_tables import message_conditions, messages

_COLUMNS = [messages.c[name] for name in Message._fields]


class Undelivered(NamedTuple):
    """A recipient whom nothing has reached for several attempts: how many messages failed, and why the newest did."""

    recipient: str
    failures: int
    reason: str


def due_messages(engine: Engine, at: datetime, limit: int) -> list[Message]:
    """The messages that are to be tried at the instant `at`, the longest waiting first."""
    waiting = messages.c.state.in_(("queued", "failed")), messages.c.next_at <= at
    query = sa.select(*_COLUMNS).where(*waiting).order_by(messages.c.next_at, messages.c.id).limit(limit)
    with reading(engine) as connection:
        return [Message(*row) for row in connection.execute(query)]


def message_of(engine: Engine, key: str) -> Message | None:
    """The message with this key."""
    with reading(engine) as connection:
        row = connection.execute(sa.select(*_COLUMNS).where(messages.c.key == key)).first()
        return Message(*row) if row else None


def queued_since(connection: Connection, recipient: str, kind: str) -> datetime | None:
    """When the recipient's newest message of a kind was queued."""
    mine = (messages.c.recipient == recipient, messages.c.kind == kind)
    queued_at: datetime | None = connection.scalar(sa.select(sa.func.max(messages.c.queued_at)).where(*mine))
    return queued_at


def undelivered(engine: Engine, attempts: int) -> list[Undelivered]:
    """The recipients with messages that failed so often, and to whom nothing was sent since."""
    with reading(engine) as connection:
        sent = sa.select(messages.c.recipient, sa.func.max(messages.c.sent_at)).group_by(messages.c.recipient)
        last_sent = {row[0]: row[1] for row in connection.execute(sent)}
        failed = sa.select(*_COLUMNS).where(
            messages.c.attempts >= attempts, messages.c.state.in_(("failed", "sending"))
        )
        found: dict[str, Undelivered] = {}
        for row in connection.execute(failed.order_by(messages.c.tried_at)):
            reached = last_sent[row.recipient]
            if reached is None or row.tried_at > reached:
                before = found.get(row.recipient)
                reason = row.reason or (before.reason if before else "")
                found[row.recipient] = Undelivered(row.recipient, (before.failures if before else 0) + 1, reason)
        return list(found.values())


def ledger(
    engine: Engine, recipient: str = "", state: str = "", rule: str = "", limit: int | None = None
) -> tuple[int, list[Message]]:
    """How many messages there are of this recipient, state and rule ("": any), and the newest of them (`limit` None:
    all), the newest first."""
    chosen = {"recipient": recipient, "state": state, "rule": rule}
    wanted = [messages.c[name] == value for name, value in chosen.items() if value]
    with reading(engine) as connection:
        total = connection.scalar(sa.select(sa.func.count()).select_from(messages).where(*wanted)) or 0
        newest = sa.select(*_COLUMNS).where(*wanted).order_by(messages.c.queued_at.desc(), messages.c.id.desc())
        return total, [Message(*row) for row in connection.execute(newest.limit(limit))]


def last_messages(engine: Engine) -> dict[str, Message]:
    """Each recipient's message that was tried last."""
    last = sa.select(messages.c.recipient, sa.func.max(messages.c.tried_at).label("at")).group_by(messages.c.recipient)
    newest = last.subquery()
    same = sa.and_(messages.c.recipient == newest.c.recipient, messages.c.tried_at == newest.c.at)
    query = sa.select(*_COLUMNS).join(newest, same).order_by(messages.c.id)
    with reading(engine) as connection:
        return {row.recipient: Message(*row) for row in connection.execute(query)}


def open_conditions(engine: Engine, recipient: str = "", rule: str = "") -> list[Condition]:
    """What holds now, of a recipient or rule ("": any), the newest first."""
    table = message_conditions
    wanted = [table.c[name] == value for name, value in {"recipient": recipient, "rule": rule}.items() if value]
    query = sa.select(*(table.c[name] for name in Condition._fields)).where(table.c.ended_at.is_(None), *wanted)
    with reading(engine) as connection:
        ordered = query.order_by(table.c.opened_at.desc(), table.c.recipient, table.c.rule, table.c.subject)
        return [Condition(*row) for row in connection.execute(ordered)]
