"""The counters of a web process in a file, so that the next one need not load them from the database.

The file is a hint and never trusted over the store: it is thrown away unless it was written of this very store, by this
program, under these tables and catalogues, at a version that the store has passed since. One process writes at a time.
"""

import fcntl
import hashlib
import io
import os
import zipfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

import msgspec
import polars as pl
import sqlalchemy as sa
from sqlalchemy import Connection, Engine

from store.engine import reading, tables_version
from store.reads import DAILY, DIMENSIONS, Snapshot, snapshot_since
from store.tables import metadata, poll_runs

_FORMAT = f"ioc-counters-3, polars {pl.__version__}"
_STAMP = "stamp.json"
_DAMAGED = (zipfile.BadZipFile, KeyError, EOFError, msgspec.DecodeError, pl.exceptions.PolarsError, ValueError)

# Of each daily table its parts.
Frames = Mapping[str, Sequence[pl.DataFrame]]


class Stamp(msgspec.Struct, frozen=True):
    """Of what the counters were made. `poll`: the newest poll that had ended when they were written, as it was: a store
    that was set back to a backup and went on otherwise has another one, or none, in its place."""

    format: str
    store: str
    migration: str
    columns: str
    version: int
    catalogue_version: int
    dimensions: str
    poll: tuple[str, ...]


class KeptCounters(NamedTuple):
    """Frames that fit the store, of the version and under the dimensions of `known`; what has changed since."""

    known: Snapshot
    frames: Frames
    changes: Snapshot


def counters_file(engine: Engine) -> Path | None:
    """Where the counters of a store are kept: beside a SQLite file, else in the folder that systemd gives the service,
    or in `var`; None: in memory."""
    if engine.dialect.name == "sqlite":
        return Path(f"{engine.url.database}.counters") if engine.url.database not in (None, "", ":memory:") else None
    return (
        Path(os.environ.get("STATE_DIRECTORY", "var"))
        / f"counters-{hashlib.blake2b(_url(engine).encode(), digest_size=8).hexdigest()}"
    )


def _url(engine: Engine) -> str:
    return engine.url.render_as_string(hide_password=True)


def write_counters(file: Path, engine: Engine, known: Snapshot, frames: Frames) -> bool:
    """Keep the counters of `known`'s version in `file`, in place of older ones; only its owner may read it.

    False when another process is writing, or nothing was polled yet. Raises OSError when it cannot be written.
    """
    with reading(engine) as connection:
        stamp = _stamp(connection, known)
    if not stamp.poll:
        return False
    fresh = file.with_name(f"{file.name}.new")
    number = os.open(fresh, os.O_RDWR | os.O_CREAT, 0o600)
    with os.fdopen(number, "wb") as stream:
        try:
            fcntl.flock(number, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        if not fresh.exists() or fresh.stat().st_ino != os.fstat(number).st_ino:
            return False  # another process has finished it between our two steps
        stream.truncate()
        with zipfile.ZipFile(stream, "w") as archive:
            archive.writestr(_STAMP, msgspec.json.encode(stamp))
            for name, parts in frames.items():
                for number, frame in enumerate(parts):
                    with archive.open(f"{name}/{number}", "w", force_zip64=True) as member:
                        frame.write_ipc(member, compression="lz4", record_batch_size=max(frame.height, 1))
        stream.flush()
        fresh.replace(file)
    return True


def read_counters(file: Path, engine: Engine) -> KeptCounters | None:
    """What the file keeps, if it fits the store, with what must be added to it; None when it does not, or is damaged or
    not there. StoreError when the store cannot be read."""
    try:
        with zipfile.ZipFile(file) as archive:
            stamp = msgspec.json.decode(archive.read(_STAMP), type=Stamp)
            with reading(engine) as connection:
                changes = snapshot_since(connection, stamp.version)
                known = changes.nothing_changed()._replace(version=stamp.version)
                if stamp.version > changes.version or stamp != _stamp(connection, known, stamp.poll[:1]):
                    return None
            # Every byte read is checked against its sum.
            frames = {name: _parts(archive, name) for name in DAILY}
    except (*_DAMAGED, OSError):
        return None
    return KeptCounters(known, frames, changes)


def _parts(archive: zipfile.ZipFile, name: str) -> Sequence[pl.DataFrame]:
    found = [member for member in archive.namelist() if member.startswith(f"{name}/")]
    if not found:
        raise KeyError(name)
    # In one piece: numpy could only copy the columns of several.
    return [pl.read_ipc(io.BytesIO(archive.read(member))).rechunk() for member in found]


def _stamp(connection: Connection, known: Snapshot, poll: tuple[str, ...] = ()) -> Stamp:
    """The stamp of counters of `known`; `poll`: the number of the poll to look at, none for the newest."""
    tables = [f"{name}({','.join(metadata.tables[name].c.keys())})" for name in DAILY]
    return Stamp(
        format=_FORMAT,
        store=_url(connection.engine),
        migration=tables_version(connection) or "",
        columns=" ".join(tables),
        version=known.version,
        catalogue_version=known.catalogue_version,
        dimensions=_digest(known),
        poll=_poll(connection, poll),
    )


def _poll(connection: Connection, number: tuple[str, ...]) -> tuple[str, ...]:
    chosen = poll_runs.c.id == int(number[0]) if number else poll_runs.c.ended_at.is_not(None)
    query = sa.select(poll_runs).where(chosen).order_by(poll_runs.c.id.desc()).limit(1)
    row = connection.execute(query).one_or_none()
    return () if row is None else tuple(map(str, row))


def _digest(known: Snapshot) -> str:
    """Of all that the catalogues say, in whatever order it was read."""
    digest = hashlib.blake2b()
    for name in DIMENSIONS:
        frame = getattr(known, name)
        digest.update(frame.sort(frame.columns).write_csv().encode())
    return digest.hexdigest()
