"""Who stands behind a browser's cookies: those of a sign-in by the provider, as long as it holds.

A cookie that is signed is not enough: its sign-in must be one that this centre has noted when it came from the
provider, and that nobody has ended since. So a copied cookie is worth nothing after sign-out, and neither is one made
up by somebody who has got hold of the secret. See docs/decisions/030-sign-in.md.
"""

import threading
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from hashlib import sha256
from hmac import compare_digest
from typing import Literal, NamedTuple

import structlog

from access.claims import groups_in, name_in
from access.principal import Principal, principal_of
from access.provider import Provider
from access.streamlit_cookies import COOKIES, read_cookies
from admission import LONGEST_RECHECK
from clock import Clock, real_clock
from config import Settings
from errors import AccessError, SourceError, SourceRefused, StoreError
from store.audit import Deed
from store.engine import Engine
from store.sign_ins import SignIn, Why, begin_sign_in, confirm_sign_in, end_sign_in, find_sign_in

log = structlog.get_logger("access")

# nobody: no cookies of ours. unknown: none that this centre has noted. expired: [access] session is over. ended: the
# provider says so. untold: it no longer tells groups. unreachable: nor anything else, for too long. no_role: in none of
# [[groups]].
Reason = Literal["nobody", "unknown", "expired", "unreachable", "no_role", Why]
# How long another web process may not know that a sign-in has ended.
_HELD = timedelta(seconds=2)
_MOST_HELD = 5000


class SignInNeeded(AccessError):
    """Whoever asks has not signed in, or not any more, or is nobody here: `reason`."""

    def __init__(self, reason: Reason) -> None:
        super().__init__(f"access: sign in first ({reason})")
        self.reason = reason


class _Signed(NamedTuple):
    """What good cookies say; `groups` is None where the ID token says nothing about them."""

    key: str
    subject: str
    name: str
    groups: frozenset[str] | None
    access_token: str


class _Held(NamedTuple):
    key: str
    who: Principal
    read_at: datetime
    until: datetime
    ends_at: datetime


class Sessions:
    """The sign-ins that hold. For any number of threads; all web processes share the store's table of them."""

    def __init__(self, settings: Settings, engine: Engine, clock: Clock | None = None) -> None:
        self.settings = settings
        self.engine = engine
        self._clock = clock or real_clock()
        self._provider = Provider(settings.access, self._clock)
        self._asking = threading.Lock()
        self._held: dict[bytes, _Held] = {}

    def begin(self, cookies: Mapping[str, str]) -> Principal:
        """Note that the provider has sent somebody with these new cookies; who that is, perhaps without a role.

        Raises SignInNeeded for cookies that are not ours, or when the provider does not tell the groups; StoreError.
        """
        signed = self._signed(cookies)
        groups = signed.groups
        if groups is None:
            try:
                groups = self._asked(signed) or frozenset()
            except SourceError as error:
                raise SignInNeeded("ended" if isinstance(error, SourceRefused) else "unreachable") from error
        who = self._principal(signed, groups)
        deed = Deed(who.name, "sign_in" if who.roles else "refused", "sign-in", details=_details(who))
        begin_sign_in(self.engine, signed.key, signed.subject, self._known(groups), self._clock.now(), deed)
        return who

    def principal(self, cookies: Mapping[str, str]) -> Principal:
        """Who signed in. SignInNeeded for cookies that are none of ours, too old, signed out, or without a role;
        StoreError when the store cannot tell, and has not told lately."""
        digest, now = _digest(cookies), self._clock.now()
        held = self._held.get(digest)
        if held and now < held.until:
            return held.who
        try:
            found = self._looked_up(cookies, now)
        except StoreError:
            if held and now < min(held.read_at + LONGEST_RECHECK, held.ends_at):
                return held.who
            raise
        except SignInNeeded:
            self._held.pop(digest, None)
            raise
        self._hold(digest, found)
        return found.who

    def end(self, cookies: Mapping[str, str]) -> None:
        """Sign out: whoever has copied these cookies gets nothing either. Nothing happens for those of nobody."""
        try:
            signed = self._signed(cookies)
        except SignInNeeded:
            return
        self._end(signed, "signed_out", signed.name)

    def machine(self, token: str) -> Principal:
        """The machine whose token this is; AccessError for any other. Compared in constant time."""
        given = token.encode()
        for machine in self.settings.machines:
            if compare_digest(given, machine.token().encode()):
                return Principal(f"machine:{machine.name}", machine.name, frozenset({"machine"}), frozenset())
        raise AccessError("access: this token is no machine's")

    def _signed(self, cookies: Mapping[str, str]) -> _Signed:
        access = self.settings.access
        if COOKIES not in cookies:
            raise SignInNeeded("nobody")
        read = read_cookies(cookies, access.secret("cookie_secret_env"))
        if read is None:
            raise SignInNeeded("unknown")
        audience = read.claims.get("aud")
        meant = access.client_id in audience if isinstance(audience, list) else audience == access.client_id
        subject = read.claims.get("sub")
        if not meant or read.claims.get("origin") != access.public_url or not isinstance(subject, str) or not subject:
            raise SignInNeeded("unknown")
        # Not of the cookies as they came: the last sign of a signature can be written in several ways.
        key = sha256(b"\0".join([access.metadata_url.encode(), access.client_id.encode(), read.text])).hexdigest()
        groups = groups_in(read.claims, access.groups_claim)
        return _Signed(key, subject, name_in(read.claims, access.name_claim), groups, read.access_token)

    def _looked_up(self, cookies: Mapping[str, str], now: datetime) -> _Held:
        signed = self._signed(cookies)
        row = find_sign_in(self.engine, signed.key)
        if row is None:
            raise SignInNeeded("unknown")
        if row.ended_why:
            raise SignInNeeded(row.ended_why)
        ends_at = row.began_at + self.settings.access.session
        if now >= ends_at:
            raise SignInNeeded("expired")
        row = self._rechecked(signed, row, now)
        who = self._principal(signed, row.groups)
        if not who.roles:
            raise SignInNeeded("no_role")
        until = min(now + _HELD, ends_at, max(now, row.checked_at + self.settings.access.recheck))
        return _Held(signed.key, who, now, until, ends_at)

    def _rechecked(self, signed: _Signed, row: SignIn, now: datetime) -> SignIn:
        """The sign-in as the provider sees it, asked now where that is due."""
        if now < row.checked_at + self.settings.access.recheck:
            return row
        # One thread asks; the others go on with what was last told, as long as they may.
        if not self._asking.acquire(blocking=now >= row.checked_at + LONGEST_RECHECK):
            return row
        try:
            return self._asked_again(signed, find_sign_in(self.engine, signed.key) or row, now)
        finally:
            self._asking.release()

    def _asked_again(self, signed: _Signed, row: SignIn, now: datetime) -> SignIn:
        if row.ended_why:
            raise SignInNeeded(row.ended_why)
        if now < row.checked_at + self.settings.access.recheck:
            return row
        try:
            groups = self._asked(signed)
        except SourceRefused as error:
            self._end(signed, "ended", "provider")
            raise SignInNeeded("ended") from error
        except SourceError as error:
            log.warning("groups not asked again", reason=str(error))
            if now < row.checked_at + LONGEST_RECHECK:
                return row
            raise SignInNeeded("unreachable") from error
        if groups is None:
            self._end(signed, "untold", "provider")
            raise SignInNeeded("untold")
        known = self._known(groups)
        confirm_sign_in(self.engine, signed.key, known, now)
        return row._replace(groups=tuple(known), checked_at=now)

    def _asked(self, signed: _Signed) -> frozenset[str] | None:
        """The groups as the provider tells them now; None when it tells none."""
        claims = self._provider.userinfo(signed.access_token)
        if claims.get("sub") != signed.subject:
            self._end(signed, "foreign", "provider")
            raise SignInNeeded("foreign")
        return groups_in(claims, self.settings.access.groups_claim)

    def _end(self, signed: _Signed, why: Why, by: str) -> None:
        self._held = {digest: held for digest, held in self._held.copy().items() if held.key != signed.key}
        deed = Deed(by, "sign_out", "sign-in", details={"subject": signed.subject, "why": why})
        end_sign_in(self.engine, signed.key, why, self._clock.now(), deed)

    def _known(self, groups: Iterable[str]) -> list[str]:
        """Of these groups those that mean something here: no others are kept."""
        return sorted({group.group for group in self.settings.groups} & set(groups))

    def _principal(self, signed: _Signed, groups: Iterable[str]) -> Principal:
        return principal_of(signed.name, signed.subject, groups, self.settings.groups)

    def _hold(self, digest: bytes, held: _Held) -> None:
        if len(self._held) >= _MOST_HELD:
            oldest = held.read_at - LONGEST_RECHECK
            self._held = {key: value for key, value in self._held.copy().items() if value.read_at > oldest}
        self._held[digest] = held


def _digest(cookies: Mapping[str, str]) -> bytes:
    """Which cookies of a sign-in these are, word for word."""
    ours = sorted((name, value) for name, value in cookies.items() if name.startswith(COOKIES))
    return sha256(repr(ours).encode("utf-8", "surrogatepass")).digest()


def _details(who: Principal) -> Mapping[str, object]:
    units = None if who.units is None else sorted(who.units)
    return {"subject": who.subject, "roles": sorted(who.roles), "units": units}
