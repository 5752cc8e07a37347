"""Targets, outlines and the calendar: dated records that people enter, replaced as a whole set."""

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

import msgspec
import sqlalchemy as sa
from sqlalchemy import Connection, Engine

from store.engine import writing
from store.tables import calendar_days, targets, unit_shapes
from store.versions import bump


def put_targets(engine: Engine, rows: Iterable[Mapping[str, Any]]) -> None:
    """Store targets (columns of the table) in place of those with the same indicator, unit and first day."""
    with writing(engine) as connection:
        for row in rows:
            key = [targets.c[name] == row[name] for name in ("indicator", "unit_code", "valid_from")]
            connection.execute(targets.delete().where(*key))
            connection.execute(targets.insert().values(**row))


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
