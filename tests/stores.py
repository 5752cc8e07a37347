"""Empty stores with the newest tables, made from a copy: migrating each of them anew is many times the work."""

import sqlite3
from contextlib import closing
from functools import cache

from sqlalchemy import Engine

from store.engine import migrate, open_engine
from tests.servers import fresh_database

_TEMPLATE = "migrated"


def lay_tables(engine: Engine) -> None:
    """What `migrate` makes of an empty SQLite store; everything that was in it is gone."""
    if engine.dialect.name != "sqlite":
        raise ValueError(f"{engine.dialect.name}: copied_database makes one with tables")
    with closing(sqlite3.connect(":memory:")) as template, engine.connect() as connection:
        template.deserialize(_migrated())
        target = connection.connection.driver_connection
        assert isinstance(target, sqlite3.Connection)
        template.backup(target)


@cache
def _migrated() -> bytes:
    engine = open_engine("sqlite:///:memory:")
    migrate(engine)
    with engine.connect() as connection:
        made = connection.connection.driver_connection
        assert isinstance(made, sqlite3.Connection)
        content = made.serialize()
    engine.dispose()
    return content


def copied_database(server_url: str, name: str) -> str:
    """As `fresh_database`, and `migrate` has been there."""
    return fresh_database(server_url, name, _postgresql_template(server_url))


@cache
def _postgresql_template(server_url: str) -> str:
    engine = open_engine(fresh_database(server_url, _TEMPLATE))
    try:
        migrate(engine)
    finally:
        engine.dispose()
    return _TEMPLATE
