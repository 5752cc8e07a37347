"""Who may be a screen: a device with a screen's token, or a browser on the server itself.

A device without a token shows a code (`pair`), asks every few seconds whether an operator has typed it (`claim`), and
changes its token for a new one while it is shown (`renew`). Secrets travel in HttpOnly cookies only: never in an
address, an answer's body, a log or a message. All three, and the stream, answer pages of this server only.
"""

from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from datetime import datetime
from typing import Annotated, Literal, NamedTuple
from urllib.parse import urlsplit

import msgspec
from starlette.concurrency import run_in_threadpool
from starlette.requests import HTTPConnection, Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from access.loopback import is_loopback
from clock import real_clock
from door.same_origin import same_origin
from errors import StoreError
from store.engine import Engine
from store.pairing import (
    PAIRING_LASTS,
    RENEWED_AFTER,
    TOKEN_LASTS,
    Token,
    begin_pairing,
    claim,
    hash_of,
    renew,
    valid_tokens,
)

NOT_PAIRED, FOREIGN, TRY_LATER = 4401, 4403, 1013  # how the stream is closed
_PATH = "/api/wall"
_LONGEST_BODY = 1024
_FORWARDED = ("forwarded", "x-forwarded-for", "x-forwarded-host", "x-forwarded-proto", "x-real-ip", "via")


class Admission(NamedTuple):
    """Let in as this screen. `paired_at` names the device; None for a browser that needs no token."""

    screen: int
    paired_at: datetime | None = None


class Refusal(NamedTuple):
    """Not let in: the code with which the stream is closed."""

    code: int


class _Wanted(msgspec.Struct, frozen=True):
    screen: Annotated[int, msgspec.Meta(ge=1, le=999)]


class Devices:
    """The valid tokens' hashes, kept in memory: so a screen gets in also while the database is down.

    `refresh` reads them again: after the store's version "wall" has risen, at best soon. All of it may be called from
    any thread; `refresh` and `admit` may wait for the database.
    """

    def __init__(self, engine: Engine, pairing: Literal["remote", "always"]) -> None:
        self.engine = engine
        self._pairing = pairing
        self._tokens: Mapping[str, Token] | None = None
        self._by_device: Mapping[Admission, list[Token]] = {}

    def refresh(self) -> None:
        """Read the valid tokens; StoreError when the database does not answer, and the last ones stay."""
        tokens, by_device = valid_tokens(self.engine, real_clock().now()), dict[Admission, list[Token]]()
        for token in tokens:
            by_device.setdefault(Admission(token.screen, token.paired_at), []).append(token)
        self._tokens, self._by_device = {token.token_hash: token for token in tokens}, by_device

    def admit(self, connection: HTTPConnection, screen: int) -> Admission | Refusal:
        """Whether this connection may be that screen."""
        if not same_origin(connection):
            return Refusal(FOREIGN)
        if self._pairing == "remote" and is_direct_loopback(connection):
            return Admission(screen)
        secret = connection.cookies.get(_token_cookie(screen), "")
        if not secret:
            return Refusal(NOT_PAIRED)
        return self._recognised(hash_of(secret), screen)

    def _recognised(self, token_hash: str, screen: int) -> Admission | Refusal:
        token = (self._tokens or {}).get(token_hash)
        if token is None:
            try:
                self.refresh()  # another web server may have issued it just now
            except StoreError:
                return Refusal(TRY_LATER)
            token = (self._tokens or {}).get(token_hash)
        if token is None or token.screen != screen or token.expires_at <= real_clock().now():
            return Refusal(NOT_PAIRED)
        return Admission(screen, token.paired_at)

    def holds(self, admission: Admission) -> bool:
        """Whether who was let in may stay: not once the screen was revoked, or another device was paired as it."""
        return admission.paired_at is None or self._newest(admission) is not None

    def renewal_due(self, admission: Admission) -> bool:
        """Whether the device should change its token for a new one."""
        newest = self._newest(admission)
        return newest is not None and real_clock().now() - newest.issued_at >= RENEWED_AFTER

    def _newest(self, admission: Admission) -> Token | None:
        now = real_clock().now()
        valid = [token for token in self._by_device.get(admission, ()) if token.expires_at > now]
        return max(valid, key=lambda token: token.issued_at, default=None)


def is_direct_loopback(connection: HTTPConnection) -> bool:
    """Whether a browser on this machine asks without a proxy between. A proxy that says nothing of itself shows in
    the Host, which then is the outer name."""
    if connection.client is None or any(name in connection.headers for name in _FORWARDED):
        return False
    return is_loopback(connection.client.host) and is_loopback(_host_name(connection))


def _host_name(connection: HTTPConnection) -> str:
    """The server's name or address as the browser's address line has it; empty when it makes no sense."""
    try:
        return urlsplit(f"//{connection.headers.get('host', '')}").hostname or ""
    except ValueError:
        return ""


def device_routes(devices: Devices) -> list[BaseRoute]:
    """POST /api/wall/pair, claim and renew."""
    return [
        Route(f"{_PATH}/pair", _answering(devices, _pair), methods=["POST"]),
        Route(f"{_PATH}/claim", _answering(devices, _claim), methods=["POST"]),
        Route(f"{_PATH}/renew", _answering(devices, _renew), methods=["POST"]),
    ]


_Answer = Callable[[Devices, Request, int], Response]


def _answering(devices: Devices, answer: _Answer) -> Callable[[Request], Awaitable[Response]]:
    """An endpoint that answers our own pages which name a screen."""

    async def endpoint(request: Request) -> Response:
        if not same_origin(request):
            return _refused(403, "only for pages of this server")
        try:
            wanted = msgspec.json.decode(await _body(request), type=_Wanted)
        except msgspec.DecodeError:
            return _refused(400, 'the body must be {"screen": N}')
        try:
            response = await run_in_threadpool(answer, devices, request, wanted.screen)
        except StoreError:
            return _refused(503, "the store cannot be asked")
        response.headers["Cache-Control"] = "no-store"
        return response

    return endpoint


async def _body(request: Request) -> bytes:
    """What was sent; nothing when it is longer than what we ask for can be."""
    body = b""
    async for chunk in request.stream():
        body += chunk
        if len(body) > _LONGEST_BODY:
            return b""
    return body


def _refused(status: int, reason: str) -> Response:
    return JSONResponse({"error": reason}, status_code=status, headers={"Cache-Control": "no-store"})


def _pair(devices: Devices, request: Request, screen: int) -> Response:
    """A code for the screen to show, and the secret by which this device will be known."""
    now, cookie = real_clock().now(), _pairing_cookie(screen)
    begun = begin_pairing(devices.engine, screen, now, request.cookies.get(cookie, ""))
    if begun is None:
        return _refused(429, "too many screens wait for their code to be typed")
    response = JSONResponse({"code": begun.code, "expires": int((begun.expires_at - now).total_seconds())})
    _set(response, request, cookie, begun.secret, int(PAIRING_LASTS.total_seconds()))
    return response


def _claim(devices: Devices, request: Request, screen: int) -> Response:
    """204 while nobody has typed the code, the token in a cookie once somebody has, 410 when it is too late."""
    cookie = _pairing_cookie(screen)
    claimed = claim(devices.engine, request.cookies.get(cookie, ""), screen, real_clock().now())
    if claimed.state == "waiting":
        return Response(status_code=204)
    if claimed.state == "expired":
        response = _refused(410, "the code has expired")
    else:
        response = _with_token(devices, request, screen, claimed.token)
    response.delete_cookie(cookie, path=_PATH)
    return response


def _renew(devices: Devices, request: Request, screen: int) -> Response:
    """A new token for the holder of a valid one; 401 for any other."""
    token = renew(devices.engine, request.cookies.get(_token_cookie(screen), ""), screen, real_clock().now())
    return _refused(401, "not paired") if token is None else _with_token(devices, request, screen, token)


def _with_token(devices: Devices, request: Request, screen: int, token: str) -> Response:
    with suppress(StoreError):  # the token is good, and known as soon as the store answers again
        devices.refresh()
    response = JSONResponse({"screen": screen})
    _set(response, request, _token_cookie(screen), token, int(TOKEN_LASTS.total_seconds()))
    return response


def _set(response: Response, request: Request, name: str, secret: str, seconds: int) -> None:
    secure = "https" in (request.url.scheme, request.headers.get("x-forwarded-proto"))
    response.set_cookie(name, secret, max_age=seconds, path=_PATH, httponly=True, samesite="strict", secure=secure)


def _token_cookie(screen: int) -> str:
    return f"ioc_screen_{screen}"


def _pairing_cookie(screen: int) -> str:
    return f"ioc_pairing_{screen}"
