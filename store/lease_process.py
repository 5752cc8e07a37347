"""Whether the holder of a lease is certainly dead: known only on its own machine, where its lease need not run out."""

import os
from functools import cache
from pathlib import Path


def this_process() -> str:
    """This process so that another one on the same machine can look for it: machine, then number."""
    return f"{_machine()} {os.getpid()}"


def is_gone(process: str) -> bool:
    """Whether that process ran on this machine, since it was last started, and does no more."""
    machine, _, number = process.rpartition(" ")
    if not machine or machine != _machine():
        return False
    try:
        os.kill(int(number), 0)
    except ProcessLookupError:
        return True
    except PermissionError:
        return False
    return False


@cache
def _machine() -> str:
    """This start of this machine and, in containers, whose process numbers count; empty where that is not known."""
    try:
        return f"{Path('/proc/sys/kernel/random/boot_id').read_text().strip()} {os.readlink('/proc/self/ns/pid')}"
    except OSError:
        return ""
