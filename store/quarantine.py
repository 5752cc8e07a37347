"""Records that could not be stored: kept once each, without personal data, until they can be replayed."""

from collections.abc import Iterable
from datetime import datetime
from hashlib import blake2b
from typing import Any, NamedTuple

import msgspec
import sqlalchemy as sa
from sqlalchemy import Connection, Engine
from sqlalchemy.dialects import postgresql, sqlite

from store.engine import reading
from store.rows import BridgePoint, Document, Dossier, Meeting, Rejected, Row
from store.tables import quarantine

ROW_TYPES: dict[str, type[Row]] = {
    "dossiers": Dossier,
    "documents": Document,
    "meetings": Meeting,
    "bridge_points": BridgePoint,
}
UNKNOWN_CODE_REASONS = ("unknown_unit", "unknown_procedure")


class Held(NamedTuple):
    """One quarantined record. `payload` is decoded JSON; `form` is "raw" or "row" (see `store.tables`)."""

    id: int
    source: str
    kind: str
    source_id: str | None
    reason: str
    detail: str
    form: str
    payload: Any
    first_seen_at: datetime
    last_seen_at: datetime


def hold(connection: Connection, source: str, rejected: Iterable[Rejected], form: str, at: datetime) -> None:
    """Keep the rejected records; one that is there already is not kept twice, its reason and last time are renewed."""
    insert = (postgresql if connection.dialect.name == "postgresql" else sqlite).insert(quarantine)
    for record in rejected:
        payload = None if record.payload is None else msgspec.json.encode(record.payload).decode()
        if form == "row":
            # Every version of a row that waits for its catalogue is kept once, whatever it waits for just now.
            identity = f"row {payload}"
        else:
            identity = f"{record.detail} {payload}" if record.source_id is None else f"id {record.source_id}"
        statement = insert.values(
            source=source,
            kind=record.kind,
            fingerprint=blake2b(identity.encode("utf-8", "surrogatepass"), digest_size=16).hexdigest(),
            source_id=record.source_id,
            reason=record.reason,
            detail=record.detail,
            form=form,
            payload=payload,
            first_seen_at=at,
            last_seen_at=at,
        )
        renewed = {name: statement.excluded[name] for name in ("reason", "detail", "form", "payload", "last_seen_at")}
        keys = ["source", "kind", "fingerprint"]
        connection.execute(statement.on_conflict_do_update(index_elements=keys, set_=renewed))


def release(connection: Connection, source: str, kind: str, source_ids: Iterable[str]) -> None:
    """Forget the held records of these ids: a good state of them has been stored."""
    held = set(
        connection.scalars(
            sa.select(quarantine.c.source_id).where(quarantine.c.source == source, quarantine.c.kind == kind)
        )
    )
    for source_id in held.intersection(source_ids):
        connection.execute(
            quarantine.delete().where(
                quarantine.c.source == source, quarantine.c.kind == kind, quarantine.c.source_id == source_id
            )
        )


def forget_unseen(connection: Connection, source: str, kind: str, at: datetime) -> None:
    """Forget the held records of a kind that is read whole and that the reading at `at` did not hold any more."""
    mine = (quarantine.c.source == source, quarantine.c.kind == kind)
    connection.execute(quarantine.delete().where(*mine, quarantine.c.last_seen_at < at))


def forget(connection: Connection, ids: Iterable[int]) -> None:
    """Delete held records by their numbers."""
    connection.execute(quarantine.delete().where(quarantine.c.id.in_(list(ids))))


def held(
    engine: Engine, *, ids: Iterable[int] | None = None, source: str | None = None, reason: str | None = None
) -> list[Held]:
    """The held records that match all that is given, oldest first."""
    with reading(engine) as connection:
        return held_on(connection, ids=ids, source=source, reasons=[reason] if reason else None)


def held_on(
    connection: Connection,
    *,
    ids: Iterable[int] | None = None,
    source: str | None = None,
    reasons: Iterable[str] | None = None,
) -> list[Held]:
    """`held` on an open connection, with several reasons."""
    query = sa.select(*(quarantine.c[name] for name in Held._fields)).order_by(quarantine.c.id)
    if ids is not None:
        query = query.where(quarantine.c.id.in_(list(ids)))
    if source is not None:
        query = query.where(quarantine.c.source == source)
    if reasons is not None:
        query = query.where(quarantine.c.reason.in_(list(reasons)))
    rows = [Held(*row) for row in connection.execute(query)]
    return [row._replace(payload=None if row.payload is None else msgspec.json.decode(row.payload)) for row in rows]
