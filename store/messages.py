"""Writing messages: conditions and queued messages in one transaction, and how each delivery went."""

from collections.abc import Collection, Iterable
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy import Connection, Engine

from store.engine import writing
from store.frames import insert_into
from store.message_rows import Condition, NewMessage
from store.message_tables import message_conditions, messages

_WAITING = ("queued", "failed")


def known_conditions(connection: Connection, recipient: str) -> list[Condition]:
    """Everything noted for a recipient, what has ended too."""
    table = message_conditions
    query = sa.select(*(table.c[name] for name in Condition._fields)).where(table.c.recipient == recipient)
    return [Condition(*row) for row in connection.execute(query)]


def put_conditions(connection: Connection, conditions: Iterable[Condition]) -> None:
    """Note these conditions as they are now."""
    rows = [condition._asdict() for condition in conditions]
    if rows:
        insert = insert_into(connection, message_conditions)
        keys = ["recipient", "rule", "subject"]
        fresh = {name: insert.excluded[name] for name in Condition._fields if name not in keys}
        connection.execute(insert.on_conflict_do_update(index_elements=keys, set_=fresh), rows)


def queue(connection: Connection, queued: Iterable[NewMessage], at: datetime) -> None:
    """Put messages into the ledger, to be sent from the instant `at`; one whose key is known is left as it is."""
    rows = [{**message._asdict(), "queued_at": at, "next_at": at, "state": "queued"} for message in queued]
    if rows:
        connection.execute(insert_into(connection, messages).on_conflict_do_nothing(index_elements=["key"]), rows)


def end_conditions_of_others(engine: Engine, recipients: Collection[str], at: datetime) -> None:
    """Nothing holds any more for whoever is not among these recipients."""
    table = message_conditions
    with writing(engine) as connection:
        gone = (table.c.ended_at.is_(None), table.c.recipient.not_in(recipients))
        connection.execute(table.update().where(*gone).values(ended_at=at))


def claim(engine: Engine, number: int, claimed_by: str, at: datetime) -> bool:
    """Take a waiting message to send it now; False when another process was faster."""
    with writing(engine) as connection:
        taken = connection.execute(
            messages.update()
            .where(messages.c.id == number, messages.c.state.in_(_WAITING), messages.c.next_at <= at)
            .values(state="sending", claim=claimed_by, tried_at=at, attempts=messages.c.attempts + 1, next_at=None)
        )
        return bool(taken.rowcount)


def note_sent(engine: Engine, number: int, claimed_by: str, at: datetime) -> None:
    """The message has left us."""
    _note(engine, number, claimed_by, {"state": "sent", "sent_at": at, "reason": ""})


def note_failed(engine: Engine, number: int, claimed_by: str, reason: str, next_at: datetime | None) -> None:
    """The message could not be sent; it is tried again at `next_at`, or no more."""
    _note(engine, number, claimed_by, {"state": "failed", "reason": reason, "next_at": next_at})


def _note(engine: Engine, number: int, claimed_by: str, values: dict[str, object]) -> None:
    mine = (messages.c.id == number, messages.c.claim == claimed_by, messages.c.state == "sending")
    with writing(engine) as connection:
        connection.execute(messages.update().where(*mine).values(claim="", **values))


def free_interrupted(engine: Engine, before: datetime, at: datetime) -> int:
    """Messages that a process began to send before an instant and never said how it went: to be tried again at `at`.

    Returns how many. Whether such a one has arrived nobody knows: its reason says so.
    """
    lost = (messages.c.state == "sending", messages.c.tried_at <= before)
    with writing(engine) as connection:
        freed = connection.execute(
            messages.update().where(*lost).values(state="failed", reason="interrupted", next_at=at, claim="")
        )
        return freed.rowcount


def forget_messages(engine: Engine, before: datetime) -> None:
    """Delete what was queued before an instant and is no longer tried, and conditions that ended before it."""
    with writing(engine) as connection:
        old = (messages.c.queued_at < before, messages.c.next_at.is_(None), messages.c.state != "sending")
        connection.execute(messages.delete().where(*old))
        connection.execute(message_conditions.delete().where(message_conditions.c.ended_at < before))
