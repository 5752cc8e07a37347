"""What to do when the database lets us down, from its own words; both databases say it in English."""

import re

_FULL = "the disk is full: make room; what was acknowledged is stored, the rest comes with the next poll"
_READ_ONLY = "the database may only be read: give this program's user the right to write it and its folder"
_CLOSED = "the file cannot be opened: its folder must be there, and this program's user may read and write in it"
_DAMAGED = (
    "the database is damaged: stop poller and web server, keep a copy of it, put it away, and restore the last backup"
    " (ioc.py restore)"
)
_DISK = "the disk fails or a limit of the system is reached: see the system's log, then ioc.py check"
_MISSING = "a table is missing: ioc.py check says at which version they are; restore the last backup (ioc.py restore)"
# The first that fits.
_ADVICE = (
    (r"disk is full|No space left on device|Disk quota exceeded|out of disk", _FULL),
    (r"readonly database|read-only transaction|Read-only file system", _READ_ONLY),
    (r"unable to open database file", _CLOSED),
    (r"malformed|is not a database|invalid page in block|missing chunk number|could not read block", _DAMAGED),
    (r"disk I/O error|Input/output error", _DISK),
    (r"no such (table|column)|(relation|column) .* does not exist", _MISSING),
)


def with_advice(reason: str) -> str:
    """The database's reason, with what to do about it where that is known."""
    for pattern, advice in _ADVICE:
        if re.search(pattern, reason):
            return f"{reason}; {advice}"
    return reason
