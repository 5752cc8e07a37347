"""A centre in miniature to which one signs in at a real provider, as tests in and out of the browser ask it."""

import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import httpx
import msgspec
from playwright.sync_api import Page
from sqlalchemy import Engine

from config import MachineSettings, Settings, StoreSettings, WallSettings
from store.engine import open_engine, writing
from store.sign_in_tables import sign_ins
from tests.centres import WebServer, web_server
from tests.oidc_provider import SECRETS, OpenIdProvider, openid_provider
from tests.servers import free_port

MACHINE_TOKEN = "a-token-of-prometheus-alone-43-characters-x"


@dataclass
class Guarded:
    """The centre, its provider, and its store to write into."""

    web: WebServer
    provider: OpenIdProvider
    engine: Engine

    def ask(self, path: str, cookies: Mapping[str, str] | None = None, method: str = "GET", token: str = "") -> int:
        """The status of the answer to whoever shows these cookies, or this token."""
        headers = {"Cookie": "; ".join(f"{name}={value}" for name, value in (cookies or {}).items())}
        if token:
            headers["Authorization"] = f"Bearer {token}"
        with httpx.Client(trust_env=False, verify=False, timeout=60) as client:  # reading certificates takes its time
            return client.request(method, f"{self.web.address}{path}", headers=headers).status_code

    def let_time_pass(self, hours: float) -> None:
        """All sign-ins began so much earlier."""
        with writing(self.engine) as connection:
            for row in connection.execute(sign_ins.select()).all():
                earlier = {"began_at": row.began_at - timedelta(hours=hours)}
                connection.execute(sign_ins.update().where(sign_ins.c.key == row.key).values(earlier))


@contextmanager
def guarded_centre(home: Path, polled: Settings) -> Iterator[Guarded]:
    """It has a copy of the polled store, asks the provider each second, and takes only paired screens."""
    with (
        closing(sqlite3.connect(polled.database_url.removeprefix("sqlite:///"))) as theirs,
        closing(sqlite3.connect(home / "store.db")) as own,
    ):
        theirs.backup(own)
    port = free_port()
    secrets = {**SECRETS, "TEST_MACHINE": MACHINE_TOKEN}
    with openid_provider(home, f"http://127.0.0.1:{port}") as provider:
        settings = msgspec.structs.replace(
            provider.settings(polled, recheck="1s"),
            store=StoreSettings(url=f"sqlite:///{home}/store.db"),
            machines=(MachineSettings("prometheus", "TEST_MACHINE"),),
            wall=WallSettings(pairing="always"),
        )
        engine = open_engine(settings.database_url)
        with web_server(settings, home, port=port, secrets=secrets) as web:
            yield Guarded(web, provider, engine)
        engine.dispose()


def sign_in(page: Page, login: str) -> None:
    """From the page to sign in, by way of the provider's form."""
    page.get_by_role("link", name="Đăng nhập", exact=True).click()
    page.get_by_placeholder("Enter any login").fill(login)
    page.get_by_placeholder("and password").fill("any")
    page.get_by_role("button", name="Sign-in").click()


def cookies_in(page: Page) -> dict[str, str]:
    """The cookies of a sign-in that the browser holds."""
    held = {cookie["name"]: cookie["value"] for cookie in page.context.cookies()}
    return {name: value for name, value in held.items() if name.startswith("_streamlit_user")}
