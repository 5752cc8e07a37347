"""A token in the header Authorization."""

from collections.abc import Generator

import httpx

from config import SourceSettings


class BearerAuth(httpx.Auth):
    """Shows the token with every request."""

    def __init__(self, settings: SourceSettings) -> None:
        self._header = f"Bearer {settings.secret('token_env')}"

    def auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response, None]:
        """One request, no dialogue."""
        request.headers["Authorization"] = self._header
        yield request
