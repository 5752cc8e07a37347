"""The store's own counters: they rise in the transaction that changes a figure, so they are in commit order."""

import sqlalchemy as sa
from sqlalchemy import Connection

from store.tables import versions


def version_of(connection: Connection, name: str) -> int:
    """The version "data" or "catalogue"; 0 before the first change."""
    return connection.scalar(sa.select(versions.c.version).where(versions.c.name == name)) or 0


def bump(connection: Connection, name: str) -> int:
    """Raise a version by one and return it; call it under `store.engine.writing`."""
    changed = connection.execute(
        versions.update().where(versions.c.name == name).values(version=versions.c.version + 1)
    )
    if not changed.rowcount:
        connection.execute(versions.insert().values(name=name, version=1))
    return version_of(connection, name)
