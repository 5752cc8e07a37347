"""Who did what, when and why: a log that only grows, each row chained to the one before by its hash.

    note(connection, Deed(who, "target", "…", reason))     within the transaction that does it
    record(engine, Deed(who, "sign_in", "…"))              for what writes nothing else

The database refuses to change or delete a row. Whoever gets round that, with the rights of the database's owner, breaks
the chain: `store/audit_reads.py`, docs/decisions/028-audit-log.md.
"""

import os
import pwd
from collections.abc import Mapping
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any, Literal, NamedTuple, get_args

import msgspec
import sqlalchemy as sa
from sqlalchemy import Connection, Engine

from clock import real_clock
from errors import InputError
from store.audit_tables import audit
from store.engine import momentary

Act = Literal[
    "sign_in", "sign_out", "refused", "access", "token", "target", "definition", "import", "export", "replay",
    "revision", "restore",
]  # fmt: skip
ACTS: tuple[Act, ...] = get_args(Act)
_BEFORE_ALL = "0" * 64
_AUDIT_LOCK = 47_15_10  # any number but the writer's lock and the fence's
_LONGEST = {"who": 200, "what": 500, "reason": 1000}


class Deed(NamedTuple):
    """One act: by whom, what kind, upon what, why (may be empty), and what else is to be known of it as JSON can say
    it; no personal data but the name of who acted, and no secret."""

    who: str
    act: Act
    what: str
    reason: str = ""
    details: Mapping[str, object] = {}


class Head(NamedTuple):
    """A row by which the whole log up to it is known: its number (0: before the first) and its hash."""

    number: int = 0
    hash: str = _BEFORE_ALL

    def __str__(self) -> str:
        """As a person notes it: NUMBER:HASH."""
        return f"{self.number}:{self.hash}"


def note(connection: Connection, *deeds: Deed, at: datetime | None = None) -> None:
    """Add deeds within the transaction that does them (`store.engine.writing` or `momentary`): both are stored, or
    neither. Nobody else can note anything until it ends, so note last. `at`: None for the real clock's now.

    Raises InputError when nobody is named.
    """
    _wait_for_others(connection)
    head, now = head_on(connection), (at or real_clock().now()).astimezone(UTC)
    rows: list[dict[str, Any]] = []
    for deed in deeds:
        said = {**_fitting(deed), "number": head.number + 1, "at": now}
        head = Head(head.number + 1, chained(head, said))
        rows.append({**said, "hash": head.hash})
    if rows:
        connection.execute(audit.insert(), rows)


def record(engine: Engine, *deeds: Deed, at: datetime | None = None) -> None:
    """As `note`, in a transaction of its own: for what changes nothing in the store, such as a sign-in. On PostgreSQL
    it does not wait for who writes facts. Raises StoreError too."""
    with momentary(engine) as connection:
        note(connection, *deeds, at=at)


def record_state(engine: Engine, who: str, act: Act, what: str, state: Mapping[str, str]) -> bool:
    """Note that a thing outside the store is not as it was last noted; whether it was so.

    `state`: each part's name to a fingerprint of it. The row's details hold it, and in "changed" the names of the parts
    that came, went or changed. Raises StoreError.
    """
    with momentary(engine) as connection:
        _wait_for_others(connection)
        before = _last_state(connection, act, what)
        if before == state or (before is None and not state):
            return False
        old = before or {}
        changed = sorted(name for name in old.keys() | state.keys() if old.get(name) != state.get(name))
        note(connection, Deed(who, act, what, details={"changed": changed, "state": dict(state)}))
        return True


def _last_state(connection: Connection, act: Act, what: str) -> dict[str, str] | None:
    same = (audit.c.act == act, audit.c.what == what)
    query = sa.select(audit.c.details).where(*same).order_by(audit.c.number.desc()).limit(1)
    found = connection.scalar(query)
    state: dict[str, str] | None = msgspec.json.decode(found)["state"] if found else None
    return state


def host_user() -> str:
    """Who answers where nobody has signed in: the operating system's user that this process works as."""
    try:
        name = pwd.getpwuid(os.getuid()).pw_name  # not from the environment, where anybody can call himself anything
    except KeyError:
        name = str(os.getuid())
    return f"host:{name}"


def head_on(connection: Connection) -> Head:
    """The last row of the log."""
    query = sa.select(audit.c.number, audit.c.hash).order_by(audit.c.number.desc()).limit(1)
    found = connection.execute(query).first()
    return Head(*found) if found else Head()


def chained(before: Head, said: Mapping[str, object]) -> str:
    """The hash of what a row says (its columns but the hash) after the row before."""
    return sha256(f"{before.hash}\n{_json(said)}".encode()).hexdigest()


def _wait_for_others(connection: Connection) -> None:
    """So that no two rows follow the same one; SQLite has one writer anyway."""
    if connection.dialect.name == "postgresql":
        connection.execute(sa.text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _AUDIT_LOCK})


def _fitting(deed: Deed) -> dict[str, str]:
    """As every database takes it: one line each, no longer than it needs to be, its details as JSON."""
    told = {name: one_line(getattr(deed, name), longest) for name, longest in _LONGEST.items()}
    if not told["who"]:
        raise InputError(f"audit: {deed.act} of {told['what']!r}: somebody must answer for it")
    return {**told, "act": deed.act, "details": _json(deed.details)}


def one_line(text: str, longest: int) -> str:
    """What somebody from outside wrote, as the log keeps it: one line of signs that can be seen, at most so many."""
    shown = "".join(sign if sign.isprintable() else " " for sign in text)
    return " ".join(shown.split())[:longest]


def _json(values: Mapping[str, object]) -> str:
    return msgspec.json.encode(values, order="sorted").decode()
