"""Targets with their history, outlines and the calendar: what people enter or import."""

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from typing import Any, NamedTuple

import msgspec
import sqlalchemy as sa
from sqlalchemy import Connection, Engine

from store.audit import Deed, note
from store.engine import reading, writing
from store.tables import calendar_days, successions, target_changes, targets, unit_shapes
from store.versions import bump

TargetKey = tuple[str, str, str, date]
Day = tuple[date, str, str]

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
    who: str = "",
) -> int:
    """Store targets (columns of the table) in place of those with the same indicator, unit, kind and first day.

    `remove`: targets (those four columns suffice) that are taken away. What really changes is noted for ever with
    `by`, `at` and `reason`, and in the audit log with `who` answers for it ("": `by`); an equal target changes nothing.
    Returns how many targets changed.
    """
    with writing(engine) as connection:
        return change_targets(connection, rows, by=by, at=at, reason=reason, remove=remove, who=who)


def change_targets(
    connection: Connection,
    rows: Iterable[Mapping[str, Any]],
    *,
    by: str,
    at: datetime,
    reason: str = "",
    remove: Iterable[Mapping[str, Any]] = (),
    who: str = "",
) -> int:
    """As `put_targets`, within a transaction."""
    wanted: dict[TargetKey, dict[str, Any] | None] = {target_key(row): None for row in remove}
    wanted.update({target_key(row): target_terms(row) for row in rows})
    stored = stored_targets(connection)
    changed = {key: terms for key, terms in wanted.items() if terms != stored.get(key)}
    deeds = []
    for key, terms in changed.items():
        named = dict(zip(_TARGET_KEY, key, strict=True))
        connection.execute(targets.delete().where(*(targets.c[name] == value for name, value in named.items())))
        if terms is not None:
            connection.execute(targets.insert().values(**named, **terms, entered_by=by, entered_at=at))
        noted = {"before": _as_json(stored.get(key)), "after": _as_json(terms)}
        connection.execute(
            target_changes.insert().values(**named, changed_at=at, changed_by=by, reason=reason, **noted)
        )
        deeds.append(_deed(key, stored.get(key), terms, by, who, reason))
    if changed:
        bump(connection, "targets")
        bump(connection, "data")
        note(connection, *deeds)
    return len(changed)


def _deed(
    key: TargetKey, before: dict[str, Any] | None, after: dict[str, Any] | None, by: str, who: str, reason: str
) -> Deed:
    """The change of a target: what it is named by, and what it said before and says now (null: there is none)."""
    indicator, unit_code, kind, valid_from = key
    what = f"{indicator} {unit_code or kind} {valid_from}"
    return Deed(who or by, "target", what, reason, {"by": by, "before": before, "after": after})


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
    with writing(engine) as connection:
        replace_shapes(connection, outlines)


def replace_shapes(connection: Connection, outlines: Iterable[tuple[str, Mapping[str, Any]]]) -> None:
    """As `put_shapes`, within a transaction; equal outlines change nothing."""
    fresh = {code: msgspec.json.encode(shape).decode() for code, shape in outlines}
    stored = {row.unit_code: row.geometry for row in connection.execute(sa.select(unit_shapes))}
    if fresh == stored:
        return
    connection.execute(unit_shapes.delete())
    if fresh:
        rows = [{"unit_code": code, "geometry": geometry} for code, geometry in fresh.items()]
        connection.execute(unit_shapes.insert(), rows)
    bump(connection, "shapes")
    bump(connection, "data")


def shapes_of(connection: Connection) -> dict[str, Any]:
    """Every unit's outline, by its code."""
    rows = connection.execute(sa.select(unit_shapes.c.unit_code, unit_shapes.c.geometry))
    return {code: msgspec.json.decode(geometry) for code, geometry in rows}


def put_calendar(engine: Engine, days: Iterable[Day]) -> None:
    """Store the calendar (day, "holiday" or "makeup", name) in place of what is there; an equal one changes nothing."""
    with writing(engine) as connection:
        replace_calendar(connection, days)


def replace_calendar(connection: Connection, days: Iterable[Day]) -> None:
    """As `put_calendar`, within a transaction."""
    fresh = sorted(days)
    if calendar_of(connection) == fresh:
        return
    connection.execute(calendar_days.delete())
    if fresh:
        connection.execute(
            calendar_days.insert(), [{"day": day, "kind": kind, "name": name} for day, kind, name in fresh]
        )
    bump(connection, "catalogue")
    bump(connection, "data")


def calendar_of(connection: Connection) -> list[Day]:
    """The stored calendar, in the order of its days."""
    query = sa.select(calendar_days).order_by(calendar_days.c.day)
    return [(row.day, row.kind, row.name) for row in connection.execute(query)]


class Succession(NamedTuple):
    """Who took over from the unit `old_code`, which went over on `day`: `main` counts what cannot be told apart."""

    old_code: str
    day: date
    main: str
    others: frozenset[str] = frozenset()


def put_successions(connection: Connection, taken_over: Iterable[Succession]) -> int:
    """Store successions in place of those of the same unit and day; how many changed. Call it under `writing`."""
    stored = stored_successions(connection)
    changed = [one for one in taken_over if stored.get((one.old_code, one.day)) != one]
    for one in changed:
        same = (successions.c.old_code == one.old_code, successions.c.day == one.day)
        connection.execute(successions.delete().where(*same))
        rows = [
            {"old_code": one.old_code, "day": one.day, "new_code": code, "main": code == one.main}
            for code in sorted({one.main, *one.others})
        ]
        connection.execute(successions.insert(), rows)
    if changed:
        bump(connection, "catalogue")
        bump(connection, "data")
    return len(changed)


def stored_successions(connection: Connection) -> dict[tuple[str, date], Succession]:
    """All successions, by unit and day."""
    heirs: dict[tuple[str, date], dict[str, bool]] = {}
    for row in connection.execute(sa.select(successions)):
        heirs.setdefault((row.old_code, row.day), {})[row.new_code] = row.main
    return {
        (old, day): Succession(
            old, day, max(new, key=lambda code: new[code]), frozenset(code for code, main in new.items() if not main)
        )
        for (old, day), new in heirs.items()
    }
