"""What we ask the sign-in provider ourselves: whether a sign-in still holds, and the groups.

    no answer, cut off, too late, 429, 5xx                    SourceUnavailable
    401, 403                                                  SourceRefused: the sign-in does not hold any more
    a redirect, anything but a JSON object, too long          SourceChanged

Asked is the provider's origin alone, or what `[access] userinfo_url` says. Messages never show a token.
"""

import json
import ssl
import time
from collections.abc import Mapping
from datetime import timedelta
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from admission import AccessSettings
from clock import Clock
from errors import SourceChanged, SourceRefused, SourceUnavailable

if TYPE_CHECKING:
    import httpx

_NAME = "sign-in provider"
_TIMEOUT_SECONDS = 5.0
_LARGEST_BYTES = 1_000_000
_METADATA_HOLD = timedelta(hours=1)
# After a failure nobody asks for so long: hundreds of visitors must not each wait for a provider that is silent.
_REST = timedelta(seconds=10)
_REFUSED = {401, 403}


class Provider:
    """The provider of the settings; each question has a connection of its own. For any number of threads."""

    def __init__(self, access: AccessSettings, clock: Clock) -> None:
        self._access, self._clock = access, clock
        # The system's certificates, or those that SSL_CERT_FILE names: an authority's own provider has its own.
        self._certificates = ssl.create_default_context()
        self._found_url = ""
        self._found_at = self._failed_at = clock.now() - _METADATA_HOLD

    def userinfo(self, access_token: str) -> Mapping[str, Any]:
        """What the provider says now of whoever was given this token. Raises the errors of this module's docstring."""
        if not access_token:
            raise SourceRefused(_NAME, "the sign-in came without an access token")
        try:
            told = self._get(self._address(), access_token)
            if not isinstance(told.get("sub"), str):
                raise SourceChanged(_NAME, "the user information does not say whose it is")
            return told
        except (SourceUnavailable, SourceChanged):
            self._failed_at = self._clock.now()
            raise

    def _address(self) -> str:
        now = self._clock.now()
        if now < self._failed_at + _REST:
            raise SourceUnavailable(_NAME, "has just failed")
        if self._access.userinfo_url:
            return self._access.userinfo_url
        if now >= self._found_at + _METADATA_HOLD:
            address = self._get(self._access.metadata_url).get("userinfo_endpoint")
            if not isinstance(address, str) or _origin(address) != _origin(self._access.metadata_url):
                told = "its metadata name no userinfo_endpoint at its own origin; set [access] userinfo_url"
                raise SourceChanged(_NAME, told)
            self._found_url, self._found_at = address, now
        return self._found_url

    def _client(self) -> "httpx.Client":
        import httpx  # a web server begins without it, and a demo's never needs it

        return httpx.Client(
            verify=self._certificates, timeout=_TIMEOUT_SECONDS, follow_redirects=False, trust_env=False
        )

    def _get(self, address: str, token: str | None = None) -> Mapping[str, Any]:
        import httpx

        place = urlsplit(address).path
        headers = {"Accept": "application/json"} | ({"Authorization": f"Bearer {token}"} if token else {})
        deadline, content = time.monotonic() + _TIMEOUT_SECONDS, b""
        try:
            with self._client() as client, client.stream("GET", address, headers=headers) as answer:
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
