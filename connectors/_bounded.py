"""Calls within a source's budget, and answers that end: after so many bytes on the wire, after so many seconds."""

import time
from collections.abc import Iterator

import httpx

from connectors._budget import Budget
from connectors._reach import Reach

# A page of 5,000 dossiers is about 5 MB; a year of recordings in one answer about 20 MB.
LARGEST_ANSWER_BYTES = 64 * 1024 * 1024
# A source that drips a byte now and then never meets a timeout of one read: the whole answer has this long.
LONGEST_ANSWER_SECONDS = 180.0


_OF_PACKED = {b"content-encoding", b"content-length"}


class TooLargeError(Exception):
    """The answer is larger than any that was agreed."""


class BoundedTransport(httpx.BaseTransport):
    """HTTP whose answers raise TooLargeError or httpx.ReadTimeout beyond the bounds, whoever reads them.

    Every request, a login too, is taken out of the budget first; OutOfTimeError when that has no time left. It goes
    nowhere but to the addresses in `reach`: OutOfReachError.
    """

    def __init__(self, budget: Budget, timeout_seconds: float, reach: Reach) -> None:
        self._inner = httpx.HTTPTransport(trust_env=False)
        self._budget, self._timeout_seconds, self._reach = budget, timeout_seconds, reach

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """The answer, with a bounded body."""
        self._budget.spend()
        # Also those that httpx gives no timeout: a login is a request of the authentication's own making.
        seconds = min(self._timeout_seconds, self._budget.remaining())
        request.extensions = {**request.extensions, "timeout": httpx.Timeout(seconds).as_dict()}
        response = self._answer(request)
        # Unpacked here, so that what httpx itself reads, such as the answer to a login, is bounded as it is in memory.
        headers = [(name, value) for name, value in response.headers.raw if name.lower() not in _OF_PACKED]
        bounded = _BoundedStream(response, self._budget)
        return httpx.Response(response.status_code, headers=headers, stream=bounded, extensions=response.extensions)

    def _answer(self, request: httpx.Request) -> httpx.Response:
        """The answer of the first address that takes the call: those that were looked at, not what DNS says next."""
        *others, last = self._reach.addresses(request.url)
        for address in others:
            try:
                return self._inner.handle_request(_at(request, address))
            except (httpx.ConnectError, httpx.ConnectTimeout):
                continue
        return self._inner.handle_request(_at(request, last))

    def close(self) -> None:
        """Close all connections."""
        self._inner.close()


def _at(request: httpx.Request, address: str) -> httpx.Request:
    """The same request to this address; certificates are still those of the name."""
    named = {**request.extensions, "sni_hostname": request.url.host}
    url = request.url.copy_with(host=address)
    return httpx.Request(request.method, url, headers=request.headers, stream=request.stream, extensions=named)


class _BoundedStream(httpx.SyncByteStream):
    def __init__(self, inner: httpx.Response, budget: Budget) -> None:
        self._inner, self._budget = inner, budget

    def __iter__(self) -> Iterator[bytes]:
        began, size = time.monotonic(), 0
        for chunk in self._inner.iter_bytes():
            size += len(chunk)
            self._budget.remaining()
            if size > LARGEST_ANSWER_BYTES:
                raise TooLargeError
            if time.monotonic() - began > LONGEST_ANSWER_SECONDS:
                raise httpx.ReadTimeout("the answer drips")
            yield chunk

    def close(self) -> None:
        self._inner.close()
