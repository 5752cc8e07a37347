"""Records that could not be stored: kept once each, without personal data, until they can be replayed."""

from collections.abc import Iterable
from datetime import date, datetime
from hashlib import blake2b
from typing import Any, NamedTuple

import msgspec
import sqlalchemy as sa
from sqlalchemy import Connection, Engine

from clock import local_day
from store.engine import reading
from store.frames import insert_into
from store.reason_classes import reasons_of
from store.rows import BridgePoint, Document, Dossier, Meeting, Rejected, Row
from store.tables import quarantine

ROW_TYPES: dict[str, type[Row]] = {
    "dossiers": Dossier,
    "documents": Document,
    "meetings": Meeting,
    "bridge_points": BridgePoint,
}
_RENEWED = ("reason", "detail", "form", "payload", "last_seen_at", "unit_code", "counts_on")
UNKNOWN_CODE_REASONS = ("unknown_unit", "unknown_procedure")


class Held(NamedTuple):
    """One quarantined record, as in `store.tables`. `payload` is decoded JSON, None where it was not kept."""

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
    unit_code: str | None
    counts_on: date | None


class HeldGroup(NamedTuple):
    """Held records of one source, kind and reason: how many, how many of them without a payload, since when."""

    source: str
    kind: str
    reason: str
    records: int
    without_payload: int
    first_seen_at: datetime
    last_seen_at: datetime


def hold(connection: Connection, source: str, rejected: Iterable[Rejected], form: str, at: datetime) -> set[str]:
    """Keep the rejected records; one that is there already is not kept twice, its reason and last time are renewed.

    Returns the fingerprints by which they are known.
    """
    fingerprints = set()
    insert = insert_into(connection, quarantine)
    for record in rejected:
        payload = None if record.payload is None else msgspec.json.encode(record.payload).decode()
        if form == "row":
            # Every version of a row that waits for its catalogue is kept once, whatever it waits for just now.
            identity = f"row {payload}"
        else:
            identity = f"{record.detail} {payload}" if record.source_id is None else f"id {record.source_id}"
        fingerprint = blake2b(identity.encode("utf-8", "surrogatepass"), digest_size=16).hexdigest()
        fingerprints.add(fingerprint)
        statement = insert.values(
            source=source,
            kind=record.kind,
            fingerprint=fingerprint,
            source_id=record.source_id,
            reason=record.reason,
            detail=record.detail,
            form=form,
            payload=payload,
            first_seen_at=at,
            last_seen_at=at,
            unit_code=record.unit_code,
            counts_on=record.counts_on,
        )
        renewed = {name: statement.excluded[name] for name in _RENEWED}
        keys = ["source", "kind", "fingerprint"]
        connection.execute(statement.on_conflict_do_update(index_elements=keys, set_=renewed))
    return fingerprints


def counts_on(row: Row) -> date | None:
    """The local day on which a row would enter the figures: received, issued, due, ended; None where it has none."""
    if isinstance(row, Dossier):
        return local_day(row.received_at) if row.received_at else None
    if isinstance(row, Document):
        return row.issued_on if row.direction == "out" else row.due_on or row.arrived_on
    return local_day(row.ended_at or row.started_at) if isinstance(row, Meeting) else None


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


def forget_others(connection: Connection, source: str, kind: str, held_now: set[str]) -> None:
    """Forget the held records of a kind that is read whole, but those whose fingerprints were held just now."""
    mine = sa.select(quarantine.c.id, quarantine.c.fingerprint).where(
        quarantine.c.source == source, quarantine.c.kind == kind
    )
    forget(connection, [row.id for row in connection.execute(mine) if row.fingerprint not in held_now])


def forget(connection: Connection, ids: Iterable[int]) -> None:
    """Delete held records by their numbers."""
    connection.execute(quarantine.delete().where(quarantine.c.id.in_(list(ids))))


def held(
    engine: Engine,
    *,
    ids: Iterable[int] | None = None,
    source: str | None = None,
    reason: str | None = None,
    reason_class: str | None = None,
    limit: int | None = None,
) -> list[Held]:
    """The held records that match all that is given, oldest first, at most `limit`. ValueError for a class of reasons
    that is none."""
    reasons = _reasons(reason, reason_class)
    with reading(engine) as connection:
        return held_on(connection, ids=ids, source=source, reasons=reasons, limit=limit)


def held_ids(
    engine: Engine, *, source: str | None = None, reason: str | None = None, reason_class: str | None = None
) -> list[int]:
    """The numbers of the held records that `held` would give, without their payloads."""
    query = _matching(sa.select(quarantine.c.id), None, source, _reasons(reason, reason_class))
    with reading(engine) as connection:
        return list(connection.scalars(query))


def held_groups(engine: Engine) -> list[HeldGroup]:
    """What is held by source, kind and reason, the most first."""
    columns, records = quarantine.c, sa.func.count().label("records")
    by = (columns.source, columns.kind, columns.reason)
    without = sa.func.count() - sa.func.count(columns.payload)
    seen = (sa.func.min(columns.first_seen_at), sa.func.max(columns.last_seen_at))
    query = sa.select(*by, records, without, *seen).group_by(*by).order_by(records.desc(), *by)
    with reading(engine) as connection:
        return [HeldGroup(*row) for row in connection.execute(query)]


def _reasons(reason: str | None, reason_class: str | None) -> list[str] | None:
    """The reasons that match both; None for all."""
    if reason_class is None:
        return [reason] if reason else None
    return [one for one in reasons_of(reason_class) if reason in (None, one)]


def held_on(
    connection: Connection,
    *,
    ids: Iterable[int] | None = None,
    source: str | None = None,
    reasons: Iterable[str] | None = None,
    limit: int | None = None,
) -> list[Held]:
    """`held` on an open connection, with several reasons."""
    query = _matching(sa.select(*(quarantine.c[name] for name in Held._fields)), ids, source, reasons).limit(limit)
    rows = [Held(*row) for row in connection.execute(query)]
    return [row._replace(payload=None if row.payload is None else msgspec.json.decode(row.payload)) for row in rows]


def _matching(
    query: sa.Select[Any], ids: Iterable[int] | None, source: str | None, reasons: Iterable[str] | None
) -> sa.Select[Any]:
    """The query with what it is to match, oldest first."""
    if ids is not None:
        query = query.where(quarantine.c.id.in_(list(ids)))
    if source is not None:
        query = query.where(quarantine.c.source == source)
    if reasons is not None:
        query = query.where(quarantine.c.reason.in_(list(reasons)))
    return query.order_by(quarantine.c.id)
