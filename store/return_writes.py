"""Statistical returns: kept per source, a later one of the same unit, indicator and period in place of the earlier."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Connection

from store.rows import Return
from store.tables import returns
from store.versions import bump

_KEY = ("indicator", "unit_code", "period_from", "period_to")


def put_returns(connection: Connection, source: str, rows: Iterable[Return], at: datetime) -> set[str]:
    """Store the returns of a source; the ids of those that changed anything. An equal one keeps its time.

    Of two in `rows` with one id the last counts. The store's version rises when anything changed.
    """
    stored = stored_returns(connection, source)
    fresh = {row.source_id: row for row in rows}
    changed = [row for key, row in fresh.items() if row != stored.get(key)]
    if changed:
        named = [{f"key_{name}": getattr(row, name) for name in _KEY} for row in changed]
        same = [returns.c[name] == sa.bindparam(f"key_{name}") for name in _KEY]
        connection.execute(returns.delete().where(returns.c.source == source, *same), named)
        connection.execute(returns.insert(), [{**_values(row), "source": source, "stored_at": at} for row in changed])
        bump(connection, "catalogue")
        bump(connection, "data")
    return {row.source_id for row in changed}


def stored_returns(connection: Connection, source: str) -> dict[str, Return]:
    """What a source has returned, by the rows' ids."""
    columns = [returns.c[name] for name in Return.__struct_fields__]
    found = connection.execute(sa.select(*columns).where(returns.c.source == source)).mappings()
    rows = [Return(**row) for row in found]
    return {row.source_id: row for row in rows}


def _values(row: Return) -> dict[str, Any]:
    return {name: getattr(row, name) for name in Return.__struct_fields__}
