"""Backing up a store while the centre runs, and restoring it to an empty one, proved by the same sums."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory

from alembic.script import ScriptDirectory
from sqlalchemy import Engine

from errors import InputError, StoreError
from store import backup_postgresql, backup_sqlite
from store.backup_file import Manifest, Told, read_manifest, unpack, write_backup_file
from store.engine import MIGRATIONS


def back_up(engine: Engine, file: Path, at: datetime, program: str, told: Told) -> Manifest:
    """Write one state of the store to `file`, whole or not at all; an older backup of that name is replaced.

    Nobody waits meanwhile. `told(what, share)` hears how far it is. Raises InputError when the file cannot be written
    or is something else than a backup, or when there is nothing to back up; StoreError when the store cannot be read.
    """
    sqlite = engine.dialect.name == "sqlite"
    if sqlite and not Path(engine.url.database or "").exists():
        raise InputError(f"store {engine.url.database}: is not there, so there is nothing to back up")
    if file.exists():
        read_manifest(file)
    with _workplace(file, file.parent, "written") as folder:
        copy = folder / "store"
        kind = backup_sqlite if sqlite else backup_postgresql
        migration, sums = kind.copy_out(engine, copy, told)
        if migration is None:
            raise InputError(f"store {engine.url.render_as_string()}: is empty, so there is nothing to back up")
        manifest = Manifest(
            made_at=at,
            program=program,
            database="sqlite" if sqlite else "postgresql",
            migration=migration,
            sums=sums,
        )
        write_backup_file(file, manifest, copy, told)
    return manifest


def restore(engine: Engine, file: Path, told: Told) -> Manifest:
    """Fill an empty store from a backup, proved by the same rows and checksums; else it stays as it was.

    Raises InputError for a file that is no backup, is damaged, of the other database or of a newer program, and for a
    store that holds data; StoreError when the store is in use or the database fails.
    """
    manifest = read_manifest(file)
    _check(engine, file, manifest)
    if engine.dialect.name == "sqlite":
        backup_sqlite.refuse_full(engine)
        with _workplace(file, Path(engine.url.database or "").absolute().parent, "unpacked") as folder:
            unpack(file, folder / "store", told)
            _verify(file, manifest, folder / "store")
            backup_sqlite.put_in(engine, folder / "store")
        return manifest
    backup_postgresql.refuse_full(engine)
    with _workplace(file, None, "unpacked") as folder:
        unpack(file, folder / file.name, told)
        told("restoring", 0.0)
        backup_postgresql.put_in(engine, folder / file.name, manifest.sums)
        told("restoring", 1.0)
    return manifest


def _check(engine: Engine, file: Path, manifest: Manifest) -> None:
    if manifest.database != engine.dialect.name:
        raise InputError(
            f"{file}: is of a {manifest.database} store; [store] url names a {engine.dialect.name} one, which cannot"
            " take it"
        )
    known = [script.revision for script in ScriptDirectory(str(MIGRATIONS)).walk_revisions()]
    if manifest.migration not in known:
        raise InputError(
            f"{file}: its tables are at version {manifest.migration}, this program knows up to {known[0]}:"
            f" restore it with program {manifest.program}"
        )


def _verify(file: Path, manifest: Manifest, copy: Path) -> None:
    try:
        migration, found = backup_sqlite.checked(copy)
    except StoreError as error:
        raise InputError(f"{file}: {error}; take another backup") from error
    if (migration, found) != (manifest.migration, manifest.sums):
        raise InputError(f"{file}: what came out ({found}) is not what went in ({manifest.sums}); take another backup")


@contextmanager
def _workplace(file: Path, beside: Path | None, verb: str) -> Iterator[Path]:
    """A folder that is gone afterwards, with all that was not moved out of it."""
    try:
        with TemporaryDirectory(prefix=".ioc-backup-", dir=beside) as folder:
            yield Path(folder)
    except OSError as error:
        raise InputError(f"{file}: cannot be {verb} ({error.strerror or error}); nothing was left behind") from error
