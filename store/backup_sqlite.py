"""A copy of a SQLite store while others write, and a copy put in the place of an empty store."""

import sqlite3
from contextlib import closing
from pathlib import Path

import sqlalchemy as sa
from sqlalchemy import Engine

from errors import InputError, StoreError
from store.backup_file import Told, sync_folder
from store.backup_sums import Sums, holdings, sums
from store.engine import open_engine, reading, tables_version

_PAGES_AT_ONCE = 4096
# Whoever has the file open holds it for as long as it runs: no use in waiting.
_BUSY_SECONDS = 1.0


def copy_out(engine: Engine, copy: Path, told: Told) -> tuple[str | None, Sums]:
    """Write one state of the store to the new file `copy`; returns its version and sums.

    Nobody waits meanwhile. Raises StoreError when the store cannot be read or is corrupt.
    """
    with reading(engine) as connection, closing(sqlite3.connect(copy)) as target:
        # An open read keeps its state: without it the copying would begin again with every write of others.
        connection.execute(sa.text("SELECT count(*) FROM sqlite_master"))
        driver = connection.connection.driver_connection
        assert isinstance(driver, sqlite3.Connection)
        try:
            driver.backup(
                target,
                pages=_PAGES_AT_ONCE,
                progress=lambda _status, left, pages: told("copying", 1 - left / max(pages, 1)),
                sleep=0,
            )
        except sqlite3.Error as error:
            raise StoreError(f"store {engine.url.database}: cannot be copied ({error})") from error
    return checked(copy)


def checked(copy: Path) -> tuple[str | None, Sums]:
    """The version and the sums of a copy. Raises StoreError when SQLite finds it corrupt."""
    engine = open_engine(sa.URL.create("sqlite", database=str(copy)).render_as_string())
    try:
        with reading(engine) as connection:
            verdict = connection.scalar(sa.text("PRAGMA quick_check(1)"))
            if verdict != "ok":
                raise StoreError(f"the copy is corrupt ({str(verdict).splitlines()[-1][:200]})")
            return tables_version(connection), sums(connection)
    finally:
        engine.dispose()


def refuse_full(engine: Engine) -> None:
    """Raise InputError when the store holds anything; a file that is not there stays so."""
    database = engine.url.database or ""
    if not Path(database).exists():
        return
    with reading(engine) as connection:
        held = holdings(connection)
    if held:
        raise InputError(full(database, held))


def full(place: str, held: dict[str, int]) -> str:
    """Why a store with data is left alone, in words."""
    most = sorted(held.items(), key=lambda table: -table[1])[:3]
    told = ", ".join(f"{rows} {name}" for name, rows in most)
    return f"store {place}: holds data already ({told}); a backup is restored to an empty store only"


def put_in(engine: Engine, copy: Path) -> None:
    """Put the copy in the place of the store, which is empty or not there, in one step.

    Raises StoreError while another program has the store open.
    """
    place = Path(engine.url.database or "")
    engine.dispose()
    if place.exists():
        _refuse_open(place)
    copy.replace(place)
    sync_folder(place.parent)


def _refuse_open(place: Path) -> None:
    """SQLite leaves its WAL mode only for whoever is alone with the file, and then its two other files are gone."""
    try:
        with closing(sqlite3.connect(place, timeout=_BUSY_SECONDS)) as alone:
            alone.execute("PRAGMA journal_mode=DELETE")
    except sqlite3.OperationalError as error:
        raise StoreError(f"store {place}: is in use ({error}); stop poller and web server first") from error
