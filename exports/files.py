"""Putting an export into a file: the whole of it, or the file that was there before."""

import os
import tempfile
from pathlib import Path

from errors import InputError
from exports.viewed import Viewed
from exports.writing import written


def write_file(viewed: Viewed, form: str, path: Path) -> None:
    """Write the view to `path` in a form of `exports.writing`; CSV without the lines that explain it.

    A reader of the path sees the old file or the whole new one. Raises InputError when it cannot be written.
    """
    content = written(viewed, form, bare=True)
    try:
        handle, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
        try:
            with open(handle, "wb") as file:
                file.write(content)
            os.chmod(name, 0o666 & ~_umask())
            os.replace(name, path)
        except OSError:
            os.unlink(name)
            raise
    except OSError as error:
        raise InputError(f"{path}: cannot be written ({error.strerror})") from error


def _umask() -> int:
    mask = os.umask(0o077)
    os.umask(mask)
    return mask
