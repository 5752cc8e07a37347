"""The file of a backup: a ZIP with the manifest and the database's own copy, whole or not there at all."""

import os
import zipfile
import zlib
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import IO, Literal

import msgspec

from errors import InputError
from store.backup_sums import Sums

_MANIFEST, _STORE = "manifest.json", "store"
_PIECE_BYTES = 1 << 20
# A manifest is a page; what is larger is none of ours.
_LARGEST_MANIFEST_BYTES = 1 << 20

Told = Callable[[str, float], None]


class Manifest(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """When and by which program a backup was made, of which database at which version, and what it must hold."""

    format: Literal["ioc-backup-1"] = "ioc-backup-1"
    made_at: datetime
    program: str
    database: Literal["sqlite", "postgresql"]
    migration: str
    sums: Sums


def write_backup_file(file: Path, manifest: Manifest, copy: Path, told: Told) -> None:
    """Pack the copy with its manifest into `file`, which replaces an older backup in one step; only its owner may read
    it. `copy` lies in a folder of its own beside `file`. Raises OSError when it cannot be written."""
    packed = copy.with_name("packed")
    with open(packed, "xb", opener=private) as stream:
        with zipfile.ZipFile(stream, "w") as archive:
            archive.writestr(_MANIFEST, msgspec.json.format(msgspec.json.encode(manifest), indent=1))
            told_store = zipfile.ZipInfo(_STORE)
            # pg_dump has pressed its copy already.
            told_store.compress_type = zipfile.ZIP_DEFLATED if manifest.database == "sqlite" else zipfile.ZIP_STORED
            with copy.open("rb") as source, archive.open(told_store, "w", force_zip64=True) as target:
                _pour(source, target, copy.stat().st_size, lambda share: told("packing", share))
        stream.flush()
        os.fsync(stream.fileno())
    packed.replace(file)
    sync_folder(file.parent)


def read_manifest(file: Path) -> Manifest:
    """What a backup says of itself. Raises InputError when the file is no backup of ours, or cannot be read."""
    try:
        with zipfile.ZipFile(file) as archive:
            if archive.getinfo(_MANIFEST).file_size > _LARGEST_MANIFEST_BYTES:
                raise InputError(f"{file}: is no backup of this centre (its manifest is too large)")
            return msgspec.json.decode(archive.read(_MANIFEST), type=Manifest)
    except OSError as error:
        raise InputError(f"{file}: cannot be read ({error.strerror or error})") from error
    except (zipfile.BadZipFile, KeyError, msgspec.DecodeError, zlib.error, EOFError, NotImplementedError) as error:
        raise InputError(f"{file}: is no backup of this centre, or is damaged ({_words(error)})") from error


def unpack(file: Path, copy: Path, told: Told) -> None:
    """Write the database's copy out of the backup; every byte is checked. Raises InputError for a damaged file."""
    try:
        with zipfile.ZipFile(file) as archive, archive.open(_STORE) as source, open(copy, "xb", opener=private) as out:
            size = archive.getinfo(_STORE).file_size
            _pour(source, out, size, lambda share: told("unpacking", share))
            out.flush()
            os.fsync(out.fileno())
    except (zipfile.BadZipFile, KeyError, zlib.error, EOFError, NotImplementedError) as error:
        raise InputError(f"{file}: is damaged ({_words(error)}); take another backup") from error


def sync_folder(folder: Path) -> None:
    """Make sure that a name given in this folder outlives a power cut."""
    number = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(number)
    finally:
        os.close(number)


def private(path: str, flags: int) -> int:
    """An opener of new files that only their owner may read."""
    return os.open(path, flags, 0o600)


def _pour(source: IO[bytes], target: IO[bytes], size: int, told: Callable[[float], None]) -> None:
    poured = 0
    while piece := source.read(_PIECE_BYTES):
        target.write(piece)
        poured += len(piece)
        told(poured / max(size, 1))


def _words(error: Exception) -> str:
    return str(error).strip("'\"") or type(error).__name__
