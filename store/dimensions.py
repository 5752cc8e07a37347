"""Targets with their history, outlines and the calendar: what people enter or import."""

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from typing import Any, NamedTuple

import msgspec
import sqlalchemy as sa
from sqlalchemy import Connection, Engine

from store.engine import reading, writing
from store.tables import calendar_days, target_changes, targets, unit_shapes
from store.versions import bump

TargetKey = tuple[str, str, str, date]

_TARGET_KEY = ("indicator", "unit_code", "kind", "valid_from")
_TARGET_TERMS = ("valid_to", "comparator", "value", "decision", "decided_on", "issuer")
_MAY_BE_OPEN = ("valid_to", "decided_on")


class _Terms(msgspec.Struct):
    """What a target says, as the history keeps it in JSON."""

    valid_to: date | None
    comparator: str
    value: float
    decision: str
    decided_on: date | None
    issuer: str


class TargetChange(NamedTuple):
    """Who changed which target when and why. `before`, `after`: what it said (None: there was none, there is none)."""

    indicator: str
    unit_code: str
    kind: str
    valid_from: date
    changed_at: datetime
    changed_by: str
    reason: str
    before: dict[str, Any] | None
    after: dict[str, Any] | None


def put_targets(
    engine: Engine,
    rows: Iterable[Mapping[str, Any]],
    *,
    by: str,
    at: datetime,
    reason: str = "",
    remove: Iterable[Mapping[str, Any]] = (),
) -> int:
    """Store targets (columns of the table) in place of those with the same indicator, unit, kind and first day.

    `remove`: targets (those four columns suffice) that are taken away. What really changes is noted for ever with
    `by`, `at` and `reason`; an equal target changes nothing. Returns how many targets changed.
    """
    with writing(engine) as connection:
        return change_targets(connection, rows, by=by, at=at, reason=reason, remove=remove)


def change_targets(
    connection: Connection,
    rows: Iterable[Mapping[str, Any]],
    *,
    by: str,
    at: datetime,
    reason: str = "",
    remove: Iterable[Mapping[str, Any]] = (),
) -> int:
    """As `put_targets`, within a transaction."""
    wanted: dict[TargetKey, dict[str, Any] | None] = {target_key(row): None for row in remove}
    wanted.update({target_key(row): target_terms(row) for row in rows})
    stored = stored_targets(connection)
    changed = {key: terms for key, terms in wanted.items() if terms != stored.get(key)}
    for key, terms in changed.items():
        named = dict(zip(_TARGET_KEY, key, strict=True))
        connection.execute(targets.delete().where(*(targets.c[name] == value for name, value in named.items())))
        if terms is not None:
            connection.execute(targets.insert().values(**named, **terms, entered_by=by, entered_at=at))
        noted = {"before": _as_json(stored.get(key)), "after": _as_json(terms)}
        connection.execute(
            target_changes.insert().values(**named, changed_at=at, changed_by=by, reason=reason, **noted)
        )
    if changed:
        bump(connection, "data")
    return len(changed)


def target_key(row: Mapping[str, Any]) -> TargetKey:
    """Indicator, unit ("" for a kind), kind ("" for a unit) and first day: what names a target."""
    return row["indicator"], row.get("unit_code") or "", row.get("kind") or "", row["valid_from"]


def target_terms(row: Mapping[str, Any]) -> dict[str, Any]:
    """What a target says, without its key and without who entered it when."""
    return {name: row.get(name) if name in _MAY_BE_OPEN else row[name] for name in _TARGET_TERMS}


def stored_targets(connection: Connection) -> dict[TargetKey, dict[str, Any]]:
    """All targets: what each says, by its key."""
    rows = [dict(row) for row in connection.execute(sa.select(targets)).mappings()]
    return {target_key(row): target_terms(row) for row in rows}


def target_history(engine: Engine) -> list[TargetChange]:
    """Every change of a target that was ever made, the newest first."""
    with reading(engine) as connection:
        columns = [target_changes.c[name] for name in TargetChange._fields]
        rows = connection.execute(sa.select(*columns).order_by(target_changes.c.id.desc()))
        changes = [TargetChange(*row) for row in rows]
    return [
        change._replace(before=_from_json(change.before), after=_from_json(change.after))  # as text out of the table
        for change in changes
    ]


def _as_json(terms: Mapping[str, Any] | None) -> str | None:
    return None if terms is None else msgspec.json.encode(terms).decode()


def _from_json(text: Any) -> dict[str, Any] | None:
    return None if text is None else msgspec.structs.asdict(msgspec.json.decode(text, type=_Terms))


def put_shapes(engine: Engine, outlines: Iterable[tuple[str, Mapping[str, Any]]]) -> None:
    """Store units' outlines (GeoJSON geometry) in place of what is there."""
    rows = [{"unit_code": code, "geometry": msgspec.json.encode(shape).decode()} for code, shape in outlines]
    with writing(engine) as connection:
        connection.execute(unit_shapes.delete())
        if rows:
            connection.execute(unit_shapes.insert(), rows)


def put_calendar(engine: Engine, days: Iterable[tuple[date, str, str]]) -> None:
    """Store the calendar (day, "holiday" or "makeup", name) in place of what is there; an equal one changes nothing."""
    rows = [{"day": day, "kind": kind, "name": name} for day, kind, name in days]
    with writing(engine) as connection:
        if _calendar(connection) == {row["day"]: row["kind"] for row in rows}:
            return
        connection.execute(calendar_days.delete())
        if rows:
            connection.execute(calendar_days.insert(), rows)
        bump(connection, "data")


def _calendar(connection: Connection) -> dict[date, str]:
    return {row.day: row.kind for row in connection.execute(sa.select(calendar_days.c.day, calendar_days.c.kind))}
