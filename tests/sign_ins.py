"""Sign-ins for tests without a browser: cookies as Streamlit writes them, and a provider that answers as it is told."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from streamlit.auth_util import set_cookie_with_chunks
from streamlit.web.server.starlette.starlette_app_utils import create_signed_value
from streamlit.web.server.starlette.starlette_server_config import TOKENS_COOKIE_NAME, USER_COOKIE_NAME

from admission import AccessSettings, GroupSettings
from config import Duration, MachineSettings, Settings
from tests.oidc_provider import COOKIE_SECRET
from tests.source_server import Answer, Asked, SourceServer, json_answer, source_server

CENTRE = "https://ioc.example.vn"
GROUPS = (
    GroupSettings("leaders", "leader"),
    GroupSettings("finance", "staff", ("H28.03",)),
    GroupSettings("operators", "operator"),
)
BEGAN = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)
TOKEN = "token-of-lan"


class SteppedClock:
    """A clock that goes on when it is told."""

    def __init__(self) -> None:
        self._now = BEGAN

    def now(self) -> datetime:
        """What it shows."""
        return self._now

    def step(self, **time: float) -> None:
        """Go on by so many seconds, minutes, hours."""
        self._now += timedelta(**time)


@dataclass
class Told:
    """What the provider says of the one person who has signed in: `userinfo`, or `answer` where that is given."""

    server: SourceServer
    userinfo: dict[str, Any] = field(default_factory=lambda: {"sub": "lan", "groups": ["leaders"]})
    answer: Answer | None = None
    endpoint: str = ""

    def asked(self) -> list[Asked]:
        """The requests for user information so far."""
        return [asked for asked in self.server.asked if asked.path.endswith("/me")]


@contextmanager
def telling_provider() -> Iterator[Told]:
    """A provider on loopback."""

    def reply(asked: Asked) -> Answer:
        if not asked.path.endswith("/me"):
            return json_answer({"userinfo_endpoint": told.endpoint or f"{told.server.address}/me"})
        return told.answer or json_answer(told.userinfo)

    with source_server(reply) as server:
        told = Told(server)
        yield told


def settings_of(told: Told, **more: Any) -> Settings:
    """Settings of a centre at CENTRE with this provider; ten minutes from check to check, sign-ins of eight hours."""
    access: dict[str, Any] = {
        "mode": "oidc",
        "session": Duration(hours=8),
        "recheck": Duration(minutes=10),
        "metadata_url": f"{told.server.address}/.well-known/openid-configuration",
        "client_id": "ioc",
        "client_secret_env": "TEST_CLIENT_SECRET",
        "cookie_secret_env": "TEST_COOKIE_SECRET",
        "public_url": CENTRE,
    }
    return Settings(
        access=AccessSettings(**(access | more)),
        groups=GROUPS,
        machines=(MachineSettings("prometheus", "TEST_MACHINE"),),
    )


def claims(**more: Any) -> dict[str, Any]:
    """What stands in the cookie of Lan, a leader."""
    known = {"sub": "lan", "name": "Nguyễn Thị Lan", "aud": "ioc", "nonce": "n-1", "groups": ["leaders", "chess"]}
    return {**known, "origin": CENTRE, "is_logged_in": True, "provider": "default", **more}


def cookies_of(
    said: Mapping[str, Any] | None = None, token: str = TOKEN, secret: str = COOKIE_SECRET
) -> dict[str, str]:
    """The cookies that Streamlit sets for somebody of whom the provider has said this."""
    cookies: dict[str, str] = {}

    def signed(name: str, value: str) -> bytes:
        return create_signed_value(secret, name, value)

    def put(name: str, value: str) -> None:
        cookies[name] = signed(name, value).decode()

    tokens = {"id_token": "x.y.z", "access_token": token}
    for name, value in ((USER_COOKIE_NAME, dict(said or claims())), (TOKENS_COOKIE_NAME, tokens)):
        set_cookie_with_chunks(put, signed, name, value, cookie_attr_size=80)
    return cookies
