"""The HTTP client of every connector: bounded answers, no redirects, and each failure as one of our errors.

    no answer, cut off, empty, 408, 425, 429, 5xx            SourceUnavailable (with the seconds of Retry-After)
    the time of the poll is over                             OutOfTime (a SourceUnavailable; not tried again)
    401, 403, an address out of reach (`_reach`)             SourceRefused
    410                                                      Gone (a SourceChanged)
    404, a redirect, HTML, wrong type, not JSON, not XML     SourceChanged

Messages name the source and the path; a query string, a header or a body may hold a secret and is never shown.
"""

from collections.abc import Callable, Mapping
from datetime import date, datetime
from email.utils import parsedate_to_datetime
from types import TracebackType
from typing import Any, Protocol, Self, TypeVar
from xml.etree.ElementTree import Element

import httpx

from clock import Clock, local_day
from config import SourceSettings
from connectors._bounded import LARGEST_ANSWER_BYTES, BoundedTransport, TooLargeError
from connectors._budget import Budget, OutOfTimeError
from connectors._decode import MalformedError, TruncatedError, decode_json, decode_xml
from connectors._reach import OutOfReachError, Reach
from errors import ConfigError, SourceChanged, SourceError, SourceRefused, SourceUnavailable

# Each single read may take this long; a gateway that builds a page of 5,000 out of a live table needs up to 20 s.
TIMEOUT_SECONDS = 30.0

# The name, among those of media, of every type but that of a web page.
ANY_FILE = "file"

_AGAIN_LATER = {408, 425, 429}
_REFUSED = {401, 403}

Result = TypeVar("Result")


class Gone(SourceChanged):
    """HTTP 410: what was asked for was there and has ended."""


class TooLarge(SourceChanged):
    """The answer is larger than was agreed."""


class OutOfTime(SourceUnavailable):
    """The poll has taken all its time: what came is good, the next poll goes on."""


class Retry(Protocol):
    """Makes a call, and makes it again after a SourceUnavailable as often as it sees fit."""

    def __call__(self, call: Callable[[], Result], /) -> Result: ...


def once(call: Callable[[], Result], /) -> Result:
    """Make the call a single time."""
    return call()


class SourceClient:
    """Speaks HTTP to one source and to no other host. Close it, or use it as a context manager."""

    def __init__(
        self,
        settings: SourceSettings,
        auth: httpx.Auth,
        clock: Clock,
        retry: Retry = once,
        timeout_seconds: float = TIMEOUT_SECONDS,
    ) -> None:
        self.source = settings.name
        self._base = _checked_base(settings)
        self._clock = clock
        self._retry = retry
        self._timeout_seconds = timeout_seconds
        self.budget = Budget(settings.requests_per_minute)
        reach = Reach(self._base, private_network=settings.private_network)
        transport = BoundedTransport(self.budget, timeout_seconds, reach)
        self._client = httpx.Client(
            auth=auth, transport=transport, trust_env=False, follow_redirects=False, timeout=timeout_seconds
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close all connections."""
        self._client.close()

    def today(self) -> date:
        """The local day by the clock of whoever polls, for sources that must be told where a window ends."""
        return local_day(self._clock.now())

    def get_json(
        self,
        path: str,
        params: Mapping[str, str | int] | None = None,
        decode: Callable[[bytes], Any] = decode_json,
    ) -> Any:
        """The JSON at base_url + `path`, decoded. Raises the SourceErrors of this module's docstring."""
        return self._patiently(lambda: self._ask("GET", path, "json", decode, params=params))

    def post_json(self, path: str, body: Any) -> Any:
        """The decoded JSON answer to a JSON body. Raises the SourceErrors of this module's docstring."""
        return self._patiently(lambda: self._ask("POST", path, "json", decode_json, body=body))

    def get_xml(self, path: str, params: Mapping[str, str | int] | None = None) -> Element:
        """The root of the XML at base_url + `path`. Raises the SourceErrors of this module's docstring."""
        return self._patiently(lambda: self._ask("GET", path, "xml", decode_xml, params=params))

    def get_bytes(self, path: str, params: Mapping[str, str | int] | None = None, largest: int | None = None) -> bytes:
        """The answer at base_url + `path` as it came, of any type but HTML; TooLarge beyond `largest` bytes.

        Raises the SourceErrors of this module's docstring, for an empty answer too.
        """
        return self.get_decoded(path, _whole, params, largest)

    def get_decoded(
        self,
        path: str,
        decode: Callable[[bytes], Result],
        params: Mapping[str, str | int] | None = None,
        largest: int | None = None,
    ) -> Result:
        """As `get_bytes`, read by `decode`: TruncatedError from it is a cut-off answer, asked for again."""
        return self._patiently(lambda: self._ask("GET", path, ANY_FILE, decode, params=params, largest=largest))

    def _patiently(self, ask: Callable[[], Result]) -> Result:
        calls = 0

        def call() -> Result:
            nonlocal calls
            calls += 1
            if calls > 1:
                self.budget.count_retry()
            return ask()

        return self._retry(call)

    def _ask(
        self,
        method: str,
        path: str,
        media: str,
        decode: Callable[[bytes], Result],
        params: Mapping[str, str | int] | None = None,
        body: Any = None,
        largest: int | None = None,
    ) -> Result:
        request = self._client.build_request(method, self._base + path, params=params, json=body)
        content = self._content(request, path, media, largest or LARGEST_ANSWER_BYTES)
        try:
            return decode(content)
        except TruncatedError as error:
            raise SourceUnavailable(self.source, f"{path}: the answer is cut off ({error})") from error
        except MalformedError as error:
            raise SourceChanged(self.source, f"{path}: {error}") from error

    def _content(self, request: httpx.Request, path: str, media: str, largest: int) -> bytes:
        try:
            response = self._client.send(request, stream=True)
            try:
                check_status(self.source, response, path, self._clock)
                _check_media(self.source, response, path, media)
                return self._read(response, largest)
            finally:
                response.close()
        except httpx.TimeoutException as error:
            message = f"{path}: no answer within {self._timeout_seconds:g} s"
            raise SourceUnavailable(self.source, message) from error
        except httpx.ConnectError as error:
            raise SourceUnavailable(self.source, f"no connection to {self._base_host()} ({error})") from error
        except OutOfTimeError as error:
            raise OutOfTime(self.source, f"{path}: asked no more ({error})") from error
        except TooLargeError as error:
            message = f"{path}: the answer is larger than {largest // 1024**2} MB"
            raise TooLarge(self.source, message) from error
        except OutOfReachError as error:
            raise SourceRefused(self.source, f"{path}: not asked, {error}") from error
        except httpx.TransportError as error:
            raise SourceUnavailable(self.source, f"{path}: the connection was cut off") from error
        except httpx.DecodingError as error:
            raise SourceChanged(self.source, f"{path}: the answer's compression is broken") from error

    def _read(self, response: httpx.Response, largest: int) -> bytes:
        chunks, size = [], 0
        for chunk in response.iter_bytes():
            chunks.append(chunk)
            size += len(chunk)
            if size > largest:
                raise TooLargeError
        # Once at the end: a buffer that grows is copied again and again, and costs as much as reading the records.
        return b"".join(chunks)

    def _base_host(self) -> str:
        return httpx.URL(self._base).netloc.decode("ascii")


def _whole(content: bytes) -> bytes:
    if not content:
        raise TruncatedError("it is empty")
    return content


def _checked_base(settings: SourceSettings) -> str:
    try:
        url = httpx.URL(settings.base_url)
    except httpx.InvalidURL as error:
        raise ConfigError(f"source {settings.name}: base_url is no address ({error})") from error
    if url.scheme not in ("http", "https") or not url.host or url.query or url.userinfo:
        raise ConfigError(
            f"source {settings.name}: base_url must look like https://host/path, without a user name or a query"
        )
    return settings.base_url.rstrip("/")


def check_status(source: str, response: httpx.Response, path: str, clock: Clock) -> None:
    """Return when the answer is a success; else raise the SourceError that its status stands for."""
    if not response.is_success:
        raise _failure(source, response, path, clock)


def _failure(source: str, response: httpx.Response, path: str, clock: Clock) -> SourceError:
    status = response.status_code
    if status in _REFUSED:
        return SourceRefused(source, f"{path}: access refused (HTTP {status}); check the user name and the secret")
    if status in _AGAIN_LATER or status >= 500:
        return SourceUnavailable(source, f"{path}: not available now (HTTP {status})", retry_after(response, clock))
    if status == httpx.codes.GONE:
        return Gone(source, f"{path}: has ended (HTTP 410)")
    if status == httpx.codes.NOT_FOUND:
        return SourceChanged(source, f"{path}: not found (HTTP 404); check base_url")
    if response.is_redirect:
        return SourceChanged(source, f"{path}: sends us on to {_target_host(response)} (HTTP {status}); check base_url")
    return SourceChanged(source, f"{path}: unexpected answer (HTTP {status})")


def _target_host(response: httpx.Response) -> str:
    try:
        return response.request.url.join(response.headers["location"]).host or "another address"
    except (KeyError, httpx.InvalidURL):
        return "another address"


def retry_after(response: httpx.Response, clock: Clock) -> float | None:
    """The seconds that the header Retry-After asks us to wait (a number or a date), None without a usable one."""
    value = response.headers.get("retry-after", "").strip()
    if value.isascii() and value.isdigit():
        return float(value)
    moment = _http_date(value)
    if moment is None:
        return None
    # By the source's own clock, which may be hours away from ours.
    now = _http_date(response.headers.get("date", "")) or clock.now()
    return max(0.0, (moment - now).total_seconds())


def _http_date(text: str) -> datetime | None:
    try:
        moment = parsedate_to_datetime(text)
    except ValueError:
        return None
    return moment if moment.tzinfo else None


def _check_media(source: str, response: httpx.Response, path: str, media: str) -> None:
    kind = response.headers.get("content-type", "").split(";")[0].strip().lower()
    expected = "html" not in kind if media == ANY_FILE else media in kind
    if kind and not expected:
        wanted = media.upper()
        found = kind if len(kind) <= 40 else "something else"
        raise SourceChanged(source, f"{path}: answered {found} instead of {wanted}; check base_url")
