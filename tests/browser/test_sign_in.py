"""Real sign-ins in a real browser at a real provider: who gets what, and what is nobody's any more."""

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import msgspec
import pytest
from playwright.sync_api import Page, expect

from config import StoreSettings, read_settings
from tests.browser.conftest import Visit
from tests.centres import WebServer, web_server
from tests.oidc_provider import OpenIdProvider, openid_provider, secrets_in_environment
from tests.servers import NotInstalledError, free_port

Visiting = Callable[..., Visit]


@dataclass
class Guarded:
    """A centre to which one signs in, and its provider."""

    web: WebServer
    provider: OpenIdProvider


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory, settings_file: Path) -> Iterator[Guarded]:
    home, port = tmp_path_factory.mktemp("guarded"), free_port()
    settings = read_settings(settings_file)
    with (
        closing(sqlite3.connect(settings.database_url.removeprefix("sqlite:///"))) as polled,
        closing(sqlite3.connect(home / "store.db")) as own,
    ):
        polled.backup(own)
    settings = msgspec.structs.replace(settings, store=StoreSettings(url=f"sqlite:///{home}/store.db"))
    try:
        with (
            secrets_in_environment(),
            openid_provider(home, f"http://127.0.0.1:{port}") as provider,
            web_server(provider.settings(settings, recheck="1s"), home, port=port) as web,
        ):
            yield Guarded(web, provider)
    except NotInstalledError as error:
        pytest.fail(str(error), pytrace=False)


@pytest.fixture
def guarded(running: Guarded) -> Iterator[Guarded]:
    """The centre, with every account as in the beginning."""
    yield running
    running.provider.heal()


def sign_in(page: Page, login: str) -> None:
    """From the page to sign in, by way of the provider's form."""
    page.get_by_role("link", name="Đăng nhập", exact=True).click()
    page.get_by_placeholder("Enter any login").fill(login)
    page.get_by_placeholder("and password").fill("x")
    page.get_by_role("button", name="Sign-in").click()


def test_each_role_signs_in(guarded: Guarded, visit: Visiting) -> None:
    page = visit(guarded.web.address).page
    page.goto(f"{guarded.web.address}/ranking?kind=so")
    expect(page.get_by_role("heading", name="Đăng nhập để tiếp tục")).to_be_visible()
    page.screenshot(path="/tmp/e9/signin/gate.png")
    sign_in(page, "lan")
    expect(page.locator(".ioc-foot")).to_be_visible()
    page.screenshot(path="/tmp/e9/signin/in.png")
    assert page.url == f"{guarded.web.address}/ranking?kind=so"
    page.get_by_role("button", name="Đăng xuất").click()
    expect(page.get_by_text("Đã đăng xuất")).to_be_visible()
    page.screenshot(path="/tmp/e9/signin/out.png")
