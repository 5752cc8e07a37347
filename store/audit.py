"""Who did what, when and why: a log that only grows, each row chained to the one before by its hash.

The database refuses to change or delete a row. Whoever gets round that, with the rights of the database's owner,
breaks the chain: `verify` finds the first row that is not what was written, or is missing. Rows cut off at the end, or
a log written anew from some row on, leave a sound chain without the head that somebody has noted before: `differing`.
See docs/decisions/028-audit-log.md.
"""

import os
import pwd
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any, Literal, NamedTuple, get_args

import msgspec
import sqlalchemy as sa
from sqlalchemy import Connection, Engine

from clock import real_clock
from errors import InputError
from store.audit_tables import audit
from store.engine import momentary, reading

Act = Literal[
    "sign_in", "sign_out", "refused", "target", "definition", "import", "export", "replay", "revision", "token"
]
ACTS: tuple[Act, ...] = get_args(Act)
_BEFORE_ALL = "0" * 64
_AUDIT_LOCK = 47_15_10  # any number but the writer's lock and the fence's
_ROWS_AT_ONCE = 1000
_LONGEST = {"who": 200, "what": 500, "reason": 1000}


class Deed(NamedTuple):
    """One act: by whom, what kind, upon what, why (may be empty), and what else is to be known of it as JSON can say
    it; no personal data but the name of who acted, and no secret."""

    who: str
    act: Act
    what: str
    reason: str = ""
    details: Mapping[str, object] = {}


class Entry(NamedTuple):
    """A deed as the log has it; `details` as JSON, `at` real time."""

    number: int
    at: datetime
    who: str
    act: str
    what: str
    reason: str
    details: str
    hash: str


class Head(NamedTuple):
    """A row by which the whole log up to it is known: its number (0: before the first) and its hash."""

    number: int = 0
    hash: str = _BEFORE_ALL

    def __str__(self) -> str:
        """As a person notes it: NUMBER:HASH."""
        return f"{self.number}:{self.hash}"


class Chain(NamedTuple):
    """The log from its first row on: the last row that is sound, and the first number at which the log is not what was
    written; None when all of it is."""

    head: Head
    broken: int | None


def note(connection: Connection, *deeds: Deed, at: datetime | None = None) -> None:
    """Add deeds within the transaction that does them (`store.engine.writing` or `momentary`): both are stored, or
    neither. Nobody else can note anything until it ends, so note last. `at`: None for the real clock's now.

    Raises InputError when nobody is named.
    """
    if connection.dialect.name == "postgresql":
        connection.execute(sa.text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _AUDIT_LOCK})
    head, now = head_on(connection), (at or real_clock().now()).astimezone(UTC)
    rows: list[dict[str, Any]] = []
    for deed in deeds:
        said = {**_fitting(deed), "number": head.number + 1, "at": now}
        head = Head(head.number + 1, _hash(head.hash, said))
        rows.append({**said, "hash": head.hash})
    if rows:
        connection.execute(audit.insert(), rows)


def record(engine: Engine, *deeds: Deed, at: datetime | None = None) -> None:
    """As `note`, in a transaction of its own: for what changes nothing in the store, such as a sign-in. On PostgreSQL
    it does not wait for who writes facts. Raises StoreError too."""
    with momentary(engine) as connection:
        note(connection, *deeds, at=at)


def host_user() -> str:
    """Who answers where nobody has signed in: the operating system's user that this process works as."""
    try:
        name = pwd.getpwuid(os.getuid()).pw_name  # not from the environment, where anybody can call himself anything
    except KeyError:
        name = str(os.getuid())
    return f"host:{name}"


def entries(
    engine: Engine, acts: Iterable[str] = ACTS, who: str = "", skip: int = 0, limit: int = 200
) -> tuple[int, list[Entry]]:
    """The newest first, of these kinds and (unless "") of this person: how many there are, and `limit` of them after
    the first `skip`."""
    kinds = list(acts)
    chosen: list[sa.ColumnElement[bool]] = [] if set(kinds) >= set(ACTS) else [audit.c.act.in_(kinds)]
    if who:
        chosen.append(audit.c.who == who)
    with reading(engine) as connection:
        total = connection.scalar(sa.select(sa.func.count()).select_from(audit).where(*chosen)) or 0
        query = sa.select(audit).where(*chosen).order_by(audit.c.number.desc()).offset(skip).limit(limit)
        return total, [Entry(*row) for row in connection.execute(query)]


def people(engine: Engine) -> list[str]:
    """Everybody who is in the log, by name."""
    with reading(engine) as connection:
        return list(connection.scalars(sa.select(audit.c.who).distinct().order_by(audit.c.who)))


def last_of(connection: Connection, act: Act, what: str) -> Entry | None:
    """The newest row of this kind about this thing; None without any."""
    same = (audit.c.act == act, audit.c.what == what)
    found = connection.execute(sa.select(audit).where(*same).order_by(audit.c.number.desc()).limit(1)).first()
    return Entry(*found) if found else None


def head_on(connection: Connection) -> Head:
    """The last row of the log."""
    query = sa.select(audit.c.number, audit.c.hash).order_by(audit.c.number.desc()).limit(1)
    found = connection.execute(query).first()
    return Head(*found) if found else Head()


def head_of(engine: Engine) -> Head:
    """As `head_on`."""
    with reading(engine) as connection:
        return head_on(connection)


def verify(engine: Engine) -> Chain:
    """Reckon the whole chain again."""
    head = Head()
    query = sa.select(audit).order_by(audit.c.number).execution_options(yield_per=_ROWS_AT_ONCE)
    with reading(engine) as connection, connection.execute(query) as rows:
        for row in rows:
            said = dict(row._mapping)
            if said.pop("hash") != (reckoned := _hash(head.hash, said)) or row.number != head.number + 1:
                return Chain(head, head.number + 1)
            head = Head(row.number, reckoned)
    return Chain(head, None)


def differing(engine: Engine, noted: Iterable[Head]) -> list[Head]:
    """Those heads, noted elsewhere at some time, that the log does not have any more: it was cut off before them, or
    written anew."""
    with reading(engine) as connection:
        return [
            head
            for head in noted
            if head != Head()
            and connection.scalar(sa.select(audit.c.hash).where(audit.c.number == head.number)) != head.hash
        ]


def _fitting(deed: Deed) -> dict[str, str]:
    """As every database takes it: one line each, no longer than it needs to be, its details as JSON."""
    told = {name: _line(getattr(deed, name), longest) for name, longest in _LONGEST.items()}
    if not told["who"]:
        raise InputError(f"audit: {deed.act} of {told['what']!r}: somebody must answer for it")
    return {**told, "act": deed.act, "details": _json(deed.details)}


def _line(text: str, longest: int) -> str:
    composed = "".join(sign if sign.isprintable() else " " for sign in text)
    return " ".join(composed.split())[:longest]


def _hash(before: str, said: Mapping[str, object]) -> str:
    return sha256(f"{before}\n{_json(said)}".encode()).hexdigest()


def _json(values: Mapping[str, object]) -> str:
    return msgspec.json.encode(values, order="sorted").decode()
