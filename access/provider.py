"""What we ask the sign-in provider ourselves: whether a sign-in still holds, and the groups.

    no answer, cut off, too late, 429, 5xx                    SourceUnavailable
    401, 403                                                  SourceRefused: the sign-in does not hold any more
    a redirect, anything but a JSON object, too long          SourceChanged

Asked is the provider's origin alone, or what `[access] userinfo_url` says. Messages never show a token.
"""

import json
import ssl
import threading
import time
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

import httpx

from admission import AccessSettings
from errors import SourceChanged, SourceRefused, SourceUnavailable

_NAME = "sign-in provider"
_TIMEOUT_SECONDS = 5.0
_LARGEST_BYTES = 1_000_000
_METADATA_SECONDS = 3600.0
# After a failure nobody asks for so long: hundreds of visitors must not each wait for a provider that is silent.
_REST_SECONDS = 10.0
_REFUSED = {401, 403}


class Provider:
    """The provider of the settings; connections are opened when first needed. For any number of threads."""

    def __init__(self, access: AccessSettings) -> None:
        self._access = access
        self._making = threading.Lock()
        self._client: httpx.Client | None = None
        self._userinfo_url = access.userinfo_url
        self._known_until = float("inf") if access.userinfo_url else 0.0
        self._rests_until = 0.0

    def userinfo(self, access_token: str) -> Mapping[str, Any]:
        """What the provider says now of whoever was given this token. Raises the errors of this module's docstring."""
        if not access_token:
            raise SourceRefused(_NAME, "the sign-in came without an access token")
        try:
            return self._get(self._address(), access_token)
        except (SourceUnavailable, SourceChanged):
            self._rests_until = time.monotonic() + _REST_SECONDS
            raise

    def _address(self) -> str:
        if time.monotonic() < self._rests_until:
            raise SourceUnavailable(_NAME, "has just failed")
        if time.monotonic() >= self._known_until:
            address = self._get(self._access.metadata_url).get("userinfo_endpoint")
            if not isinstance(address, str) or _origin(address) != _origin(self._access.metadata_url):
                told = "its metadata name no userinfo_endpoint at its own origin; set [access] userinfo_url"
                raise SourceChanged(_NAME, told)
            self._userinfo_url, self._known_until = address, time.monotonic() + _METADATA_SECONDS
        return self._userinfo_url

    def _get(self, address: str, token: str = "") -> Mapping[str, Any]:
        place = urlsplit(address).path
        headers = {"Accept": "application/json"} | ({"Authorization": f"Bearer {token}"} if token else {})
        deadline, content = time.monotonic() + _TIMEOUT_SECONDS, b""
        try:
            with self._connected().stream("GET", address, headers=headers) as answer:
                if answer.status_code in _REFUSED and token:
                    raise SourceRefused(_NAME, f"{place} answers {answer.status_code}")
                if answer.status_code == httpx.codes.TOO_MANY_REQUESTS or answer.is_server_error:
                    raise SourceUnavailable(_NAME, f"{place} answers {answer.status_code}")
                if answer.status_code != httpx.codes.OK:
                    raise SourceChanged(_NAME, f"{place} answers {answer.status_code}")
                for piece in answer.iter_bytes():
                    content += piece
                    if time.monotonic() > deadline:
                        raise SourceUnavailable(_NAME, f"{place} takes too long")
                    if len(content) > _LARGEST_BYTES:
                        raise SourceChanged(_NAME, f"{place} answers more than {_LARGEST_BYTES} bytes")
        except httpx.HTTPError as error:
            raise SourceUnavailable(_NAME, f"{place}: {type(error).__name__}") from error
        return _json_object(content, place)

    def _connected(self) -> httpx.Client:
        with self._making:
            if self._client is None:
                # The system's certificates, or those that SSL_CERT_FILE names: an authority's own provider has its own.
                self._client = httpx.Client(
                    verify=ssl.create_default_context(),
                    timeout=_TIMEOUT_SECONDS,
                    follow_redirects=False,
                    trust_env=False,
                )
            return self._client


def _json_object(content: bytes, place: str) -> Mapping[str, Any]:
    try:
        found = json.loads(content)
    except ValueError as error:
        raise SourceChanged(_NAME, f"{place} answers no JSON") from error
    if not isinstance(found, dict):
        raise SourceChanged(_NAME, f"{place} answers no JSON object")
    return found


def _origin(address: str) -> tuple[str, str]:
    parts = urlsplit(address)
    return parts.scheme.lower(), parts.netloc.lower()
