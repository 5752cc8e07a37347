"""The quarantine within its bounds: what is too old, too much or too large is let go, counted, and told for ever."""

from datetime import datetime
from typing import NamedTuple

import sqlalchemy as sa
from sqlalchemy import Connection, Engine

from config import QuarantineSettings
from store.engine import reading, writing
from store.frames import insert_into
from store.tables import quarantine, quarantine_dropped


class Dropped(NamedTuple):
    """Records of a source, kind and reason that were let go without having been replayed.

    `why`: "age", "crowd" (the source had too many) or "size" (only the payload went; the record is still held).
    """

    source: str
    kind: str
    reason: str
    why: str
    records: int
    last_dropped_at: datetime


def prune(engine: Engine, limits: QuarantineSettings, now: datetime) -> int:
    """Let go what the limits do not allow, and count it in the same transaction. Returns how many records went.

    Too old is what was last met longer ago than `limits.kept`; of a source that has too many go those met longest ago.
    A record that comes again after it was let go is held again, and counted again when it is let go again.
    """
    columns = quarantine.c
    old = columns.last_seen_at < now - limits.kept
    place = sa.func.row_number().over(
        partition_by=columns.source, order_by=(columns.last_seen_at.desc(), columns.id.desc())
    )
    places = sa.select(columns.id, place.label("place")).subquery()
    crowd = columns.id.in_(sa.select(places.c.id).where(places.c.place > limits.records_per_source))
    large = sa.func.length(columns.payload) > limits.largest_payload
    with writing(engine) as connection:
        gone = _count(connection, old, "age", now)
        connection.execute(quarantine.delete().where(old))
        gone += _count(connection, crowd, "crowd", now)
        connection.execute(quarantine.delete().where(crowd))
        _count(connection, large, "size", now)
        # Without its payload even a typed row can only come again from its source.
        connection.execute(quarantine.update().where(large).values(payload=None, form="raw"))
    return gone


def _count(connection: Connection, which: sa.ColumnElement[bool], why: str, now: datetime) -> int:
    """Add to the counts of what is let go; returns how many records it is."""
    by = (quarantine.c.source, quarantine.c.kind, quarantine.c.reason)
    found = connection.execute(sa.select(*by, sa.func.count()).where(which).group_by(*by)).all()
    insert = insert_into(connection, quarantine_dropped)
    for source, kind, reason, records in found:
        statement = insert.values(
            source=source, kind=kind, reason=reason, why=why, records=records, last_dropped_at=now
        )
        added = {
            "records": quarantine_dropped.c.records + statement.excluded.records,
            "last_dropped_at": statement.excluded.last_dropped_at,
        }
        keys = ["source", "kind", "reason", "why"]
        connection.execute(statement.on_conflict_do_update(index_elements=keys, set_=added))
    return sum(row[3] for row in found)


def dropped(engine: Engine) -> list[Dropped]:
    """All that was ever let go, the most first."""
    columns = quarantine_dropped.c
    order = (columns.records.desc(), *quarantine_dropped.primary_key)
    query = sa.select(*(columns[name] for name in Dropped._fields)).order_by(*order)
    with reading(engine) as connection:
        return [Dropped(*row) for row in connection.execute(query)]
