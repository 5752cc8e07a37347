"""How a device becomes a screen: it shows a code, an operator types it, and the device is given a token.

Codes, secrets and tokens are kept as hashes only, so nobody who reads the store can be a screen; and they are found by
their hash, so no comparison tells by its time how much of a guess was right. Instants are those of the real clock.
"""

import secrets
from collections.abc import Sequence
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Literal, NamedTuple

import sqlalchemy as sa
from sqlalchemy import Connection, Engine

from store.audit import Deed, note
from store.engine import reading, writing
from store.screens import forget_device, screen_word
from store.tables import pairings, screen_tokens, screens
from store.versions import bump

PAIRING_LASTS = timedelta(minutes=10)
TOKEN_LASTS = timedelta(days=30)
RENEWED_AFTER = timedelta(days=7)
_OLD_TOKEN_LASTS = timedelta(minutes=10)  # after its renewal: the answer with the new one may get lost
_MOST_PAIRINGS = 20
_CODE_SIGNS = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"  # none that is taken for another: no 0 O, no 1 I L
_CODE_LENGTH = 8
_SECRET_BYTES = 32

Approval = Literal["approved", "no_such_code", "other_screen"]


class Pairing(NamedTuple):
    """A begun pairing: the code that the screen shows (K7M4-PQ2X), the secret that only the device knows."""

    code: str
    secret: str
    expires_at: datetime


class Claim(NamedTuple):
    """What a device that asks for its token is told; `token` once, when an operator has typed its code."""

    state: Literal["waiting", "paired", "expired"]
    token: str = ""


class Token(NamedTuple):
    """A token as the store knows it; `paired_at` names the device among those that were ever this screen."""

    token_hash: str
    screen: int
    paired_at: datetime
    issued_at: datetime
    expires_at: datetime


def hash_of(secret: str) -> str:
    """What the store keeps of a code, a secret or a token."""
    return sha256(secret.encode("utf-8", "surrogatepass")).hexdigest()


def begin_pairing(engine: Engine, screen: int, now: datetime, instead_of: str = "") -> Pairing | None:
    """A new code for a device that wants to be this screen; None while too many are open.

    `instead_of`: the secret of the device's own earlier pairing, which ends.
    """
    signs = "".join(secrets.choice(_CODE_SIGNS) for _ in range(_CODE_LENGTH))
    begun = Pairing(f"{signs[:4]}-{signs[4:]}", secrets.token_urlsafe(_SECRET_BYTES), now + PAIRING_LASTS)
    with writing(engine) as connection:
        over = (pairings.c.expires_at <= now) | (pairings.c.secret_hash == hash_of(instead_of))
        connection.execute(pairings.delete().where(over))
        if (connection.scalar(sa.select(sa.func.count()).select_from(pairings)) or 0) >= _MOST_PAIRINGS:
            return None
        hashes = {"secret_hash": hash_of(begun.secret), "code_hash": hash_of(signs)}
        connection.execute(pairings.insert().values(**hashes, screen=screen, expires_at=begun.expires_at))
    return begun


def approve_pairing(engine: Engine, code: str, screen: int, by: str, now: datetime) -> Approval:
    """Let the device that shows this code be the screen; blanks, hyphens and small letters do not matter.

    "other_screen": the device shows its code for another screen than the one meant. A code works once.
    """
    typed = "".join(sign for sign in code.upper() if sign.isalnum())
    same = (pairings.c.code_hash == hash_of(typed)) & (pairings.c.expires_at > now) & pairings.c.approved_by.is_(None)
    with writing(engine) as connection:
        wanted = connection.scalar(sa.select(pairings.c.screen).where(same))
        if wanted is None:
            return "no_such_code"
        if wanted != screen:
            return "other_screen"
        connection.execute(pairings.update().where(same).values(approved_by=by))
        note(connection, Deed(by, "token", screen_word(screen), details={"did": "approved"}))
    return "approved"


def claim(engine: Engine, secret: str, screen: int, now: datetime) -> Claim:
    """Whether the device's code was typed; if so, once, its token. The device that was this screen before is out."""
    mine = (pairings.c.secret_hash == hash_of(secret)) & (pairings.c.screen == screen) & (pairings.c.expires_at > now)
    query = sa.select(pairings.c.approved_by).where(mine)
    with reading(engine) as connection:
        found = connection.execute(query).one_or_none()
    if found is None:
        return Claim("expired")
    if found.approved_by is None:
        return Claim("waiting")
    with writing(engine) as connection:
        found = connection.execute(query).one_or_none()
        if found is None:
            return Claim("expired")
        connection.execute(pairings.delete().where(mine))
        forget_device(connection, screen)
        connection.execute(screens.insert().values(number=screen, paired_at=now, paired_by=found.approved_by))
        token = _issue(connection, screen, now)
        note(connection, Deed(found.approved_by, "token", screen_word(screen), details={"did": "issued"}))
        return Claim("paired", token)


def renew(engine: Engine, token: str, screen: int, now: datetime) -> str | None:
    """A new token for the holder of a valid one, which works for ten minutes more; None for any other."""
    held = (screen_tokens.c.token_hash == hash_of(token)) & (screen_tokens.c.screen == screen)
    with writing(engine) as connection:
        expires_at = connection.scalar(sa.select(screen_tokens.c.expires_at).where(held))
        if expires_at is None or expires_at <= now:
            return None
        connection.execute(screen_tokens.delete().where(screen_tokens.c.expires_at <= now))
        last = min(expires_at, now + _OLD_TOKEN_LASTS)
        connection.execute(screen_tokens.update().where(held).values(expires_at=last))
        fresh = _issue(connection, screen, now)
        note(connection, Deed(screen_word(screen), "token", screen_word(screen), details={"did": "renewed"}))
        return fresh


def _issue(connection: Connection, screen: int, now: datetime) -> str:
    token = secrets.token_urlsafe(_SECRET_BYTES)
    row = {"token_hash": hash_of(token), "screen": screen, "issued_at": now, "expires_at": now + TOKEN_LASTS}
    connection.execute(screen_tokens.insert().values(row))
    bump(connection, "wall")
    return token


def valid_tokens(engine: Engine, now: datetime) -> list[Token]:
    """The tokens that let in at the real instant `now`."""
    columns = {name: screen_tokens.c[name] for name in Token._fields if name != "paired_at"}
    columns["paired_at"] = screens.c.paired_at
    query = sa.select(*(columns[name] for name in Token._fields))
    query = query.join_from(screen_tokens, screens, screen_tokens.c.screen == screens.c.number)
    with reading(engine) as connection:
        return [Token(*row) for row in connection.execute(query.where(screen_tokens.c.expires_at > now))]


def waiting_screens(engine: Engine, now: datetime) -> Sequence[int]:
    """The screens on which a device shows a code that nobody has typed yet, by number."""
    query = sa.select(pairings.c.screen).where(pairings.c.expires_at > now, pairings.c.approved_by.is_(None))
    with reading(engine) as connection:
        return list(connection.scalars(query.distinct().order_by(pairings.c.screen)))
