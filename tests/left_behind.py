"""Ends what a run of tests has started and left behind, and removes its temporary files, also when the run is killed
itself: a program beside each run.

Whatever a run starts inherits a word of its environment, how far away it may be started and whoever becomes its parent.
"""

import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

_VARIABLE = "IOC_TEST_RUN"
# What is asked to end may take so long: nobody needs what it would still write.
_PATIENCE_SECONDS, _LOOK_SECONDS = 2.0, 0.1


@contextmanager
def none_left_behind() -> Iterator[None]:
    """Whatever this process starts in the block has ended after it, and its temporary files are gone; also when this
    process ends in between."""
    from unittest.mock import patch  # the program beside the run begins a good deal sooner without it

    folder = tempfile.mkdtemp(prefix="ioc-tests-")
    os.chmod(folder, 0o711)  # servers run as users of their own
    others = {name: value for name, value in os.environ.items() if name != _VARIABLE}
    # In a session of its own: a signal to all of the run is none to it.
    with (
        subprocess.Popen(
            [sys.executable, "-E", "-S", __file__, folder], stdin=subprocess.PIPE, env=others, start_new_session=True
        ),
        patch.dict(os.environ, {_VARIABLE: folder, "TMPDIR": folder}),
        patch.object(tempfile, "tempdir", folder),
    ):
        yield


def _end_all(word: bytes) -> None:
    for number in (signal.SIGTERM, signal.SIGKILL):
        deadline = time.monotonic() + _PATIENCE_SECONDS
        left = _with(word)
        _tell(left, number)
        while left and time.monotonic() < deadline:
            time.sleep(_LOOK_SECONDS)
            left = _with(word)


def _tell(processes: list[int], number: int) -> None:
    for process in processes:
        with suppress(ProcessLookupError):
            os.kill(process, number)


def _with(word: bytes) -> list[int]:
    """The processes whose environment holds the word."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        # It has ended meanwhile, or is another user's.
        with suppress(OSError):
            if word in (process / "environ").read_bytes().split(b"\0"):
                found.append(int(process.name))
    return found


if __name__ == "__main__":
    sys.stdin.buffer.read()  # until nobody holds the other end any more
    _end_all(f"{_VARIABLE}={sys.argv[1]}".encode())
    shutil.rmtree(sys.argv[1], ignore_errors=True)
