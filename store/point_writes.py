"""Bridge points: a source's register is read whole, so what it no longer names is gone."""

from collections.abc import Iterable
from datetime import date
from typing import Any

import polars as pl
import sqlalchemy as sa
from sqlalchemy import Connection

from store.frames import rows_frame, schema
from store.rollups import apply_delta
from store.rows import BridgePoint
from store.tables import bridge_points

_KEY = ("point_code", "valid_from")
_Key = tuple[str, date]
_Register = dict[_Key, BridgePoint]


def put_points(connection: Connection, source: str, rows: Iterable[BridgePoint], *, whole: bool) -> set[str]:
    """Store bridge points and count them anew; the ids of the rows that changed, came or went.

    `whole`: the rows are all that the source has; else they are added to what it has. Of two with one point and first
    day the last counts.
    """
    stored = _stored(connection, source)
    fresh = {(row.point_code, row.valid_from): row for row in rows}
    if not whole:
        fresh = {**stored, **fresh}
    changed = {key for key in stored.keys() | fresh.keys() if stored.get(key) != fresh.get(key)}
    if changed:
        _replace(connection, source, changed, fresh)
        # A point's rows decide together what counts on a day.
        touched = {point for point, _ in changed}
        apply_delta(connection, "bridge_points", _frame(source, stored, touched), _frame(source, fresh, touched))
    return {(fresh.get(key) or stored[key]).source_id for key in changed}


def _stored(connection: Connection, source: str) -> _Register:
    columns = [bridge_points.c[name] for name in BridgePoint.__struct_fields__]
    found = connection.execute(sa.select(*columns).where(bridge_points.c.source == source)).mappings()
    rows = [BridgePoint(**row) for row in found]
    return {(row.point_code, row.valid_from): row for row in rows}


def _replace(connection: Connection, source: str, changed: set[_Key], fresh: _Register) -> None:
    named = [{"key_point_code": point, "key_valid_from": first} for point, first in changed]
    same = [bridge_points.c[name] == sa.bindparam(f"key_{name}") for name in _KEY]
    connection.execute(bridge_points.delete().where(bridge_points.c.source == source, *same), named)
    rows = [{**_values(fresh[key]), "source": source} for key in changed if key in fresh]
    if rows:
        connection.execute(bridge_points.insert(), rows)


def _frame(source: str, register: _Register, points: set[str]) -> pl.DataFrame:
    rows = [{**_values(row), "source": source} for (point, _), row in register.items() if point in points]
    kinds = schema(bridge_points)
    return rows_frame({name: [row[name] for row in rows] for name in kinds}, kinds)


def _values(row: BridgePoint) -> dict[str, Any]:
    return {name: getattr(row, name) for name in row.__struct_fields__}
