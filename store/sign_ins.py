"""The sign-ins that hold, for all web processes alike. Instants are those of the real clock."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Literal, NamedTuple

import msgspec
import sqlalchemy as sa
from sqlalchemy import Engine

from store.audit import Deed, note
from store.engine import momentary, reading
from store.sign_in_tables import sign_ins

# Longer than any cookie of a sign-in is read, so that one whose row is gone can never come again.
_KEPT = timedelta(days=32)

Why = Literal["signed_out", "ended", "untold", "foreign"]


class SignIn(NamedTuple):
    """A sign-in as the store knows it; `ended_why` is None while it holds."""

    subject: str
    began_at: datetime
    checked_at: datetime
    groups: tuple[str, ...]
    ended_why: Why | None


def begin_sign_in(engine: Engine, key: str, subject: str, groups: Iterable[str], at: datetime, deed: Deed) -> None:
    """Keep a new sign-in, with the deed in the audit log; one that is there already stays as it is."""
    row = {"key": key, "subject": subject, "groups": _written(groups), "began_at": at, "checked_at": at}
    with momentary(engine) as connection:
        connection.execute(sign_ins.delete().where(sign_ins.c.began_at < at - _KEPT))
        if connection.scalar(sa.select(sign_ins.c.key).where(sign_ins.c.key == key)) is None:
            connection.execute(sign_ins.insert().values(row))
            note(connection, deed, at=at)


def find_sign_in(engine: Engine, key: str) -> SignIn | None:
    """The sign-in of this key, ended or not; None for one that never was."""
    columns = (sign_ins.c[name] for name in SignIn._fields)
    with reading(engine) as connection:
        row = connection.execute(sa.select(*columns).where(sign_ins.c.key == key)).one_or_none()
    if row is None:
        return None
    found = SignIn(*row)
    return found._replace(groups=msgspec.json.decode(row.groups, type=tuple[str, ...]))


def confirm_sign_in(engine: Engine, key: str, groups: Iterable[str], at: datetime) -> None:
    """The provider has said at this instant that the sign-in holds, and these groups."""
    with momentary(engine) as connection:
        holding = (sign_ins.c.key == key) & sign_ins.c.ended_at.is_(None)
        connection.execute(sign_ins.update().where(holding).values(groups=_written(groups), checked_at=at))


def end_sign_in(engine: Engine, key: str, why: Why, at: datetime, deed: Deed) -> None:
    """From now on the sign-in is worth nothing, in any web process; the deed is noted unless it had ended before."""
    with momentary(engine) as connection:
        holding = (sign_ins.c.key == key) & sign_ins.c.ended_at.is_(None)
        done = connection.execute(sign_ins.update().where(holding).values(ended_at=at, ended_why=why))
        if done.rowcount:
            note(connection, deed, at=at)


def forget_sign_ins(engine: Engine) -> None:
    """Everybody signs in anew: after a restore, which has forgotten who has signed out since."""
    with momentary(engine) as connection:
        if sa.inspect(connection).has_table(sign_ins.name):  # a backup may be of before there was one
            connection.execute(sign_ins.delete())


def _written(groups: Iterable[str]) -> str:
    return msgspec.json.encode(sorted(groups)).decode()
