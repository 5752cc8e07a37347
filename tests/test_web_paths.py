"""Paths that lead out of a folder and addresses that lead to another site, at every route of a real web server."""

from collections.abc import Iterator
from urllib.parse import quote

import pytest

from config import Settings, StoreSettings
from pages._discovery import page_modules
from store.engine import migrate, open_engine
from tests.centres import web_server
from tests.front import front
from tests.often import first
from tests.raw_requests import ARGUMENTS, AWAY, NEVER_ANSWERED, PATHS, ask
from wall.assets_route import build

PAGES = [f"/{module.PAGE.path}" for module in page_modules()]
FOLDERS = [
    "/", "/static/", "/app/static/", "/component/", "/component/ioc/", "/_stcore/bidi-components/",
    "/_stcore/bidi-components/ioc_wall/", "/media/", "/_stcore/upload_file/", "/_stcore/upload_file/a/",
    f"/wall-assets/{build()}/", "/wall-assets/", "/export/", "/export/overview.", "/api/", "/api/wall/", "/health/",
    "/metrics/", "/auth/", "/overview/",
]  # fmt: skip
ROUTES = [
    "/", *PAGES, "/export/overview.csv", "/export/none.csv", "/health/ready", "/metrics", "/api/none", "/auth/login",
    "/auth/logout", "/oauth2callback", "/media/none", "/app/static/icon.svg", "/_stcore/host-config", "/none/",
]  # fmt: skip


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """An empty centre."""
    home = tmp_path_factory.mktemp("paths")
    settings = Settings(store=StoreSettings(f"sqlite:///{home}/store.db"))
    engine = open_engine(settings.database_url)
    migrate(engine)
    engine.dispose()
    with web_server(settings, home) as server:
        yield server.address


@pytest.fixture(scope="module")
def behind_nginx(address: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The same, as `deploy/nginx/ioc.conf` gives it to visitors."""
    home, server = tmp_path_factory.mktemp("nginx"), address.removeprefix("http://")
    with front(home, (server, server)) as before:
        yield before.address


def _wrong(address: str, targets: list[str], method: str = "GET") -> list[str]:
    """The targets that were answered with something of this machine, a fault, or a way to another site."""
    found = []
    for target in targets:
        answer = ask(address, target, method)
        if answer.status >= 500 or any(word in answer.body for word in NEVER_ANSWERED) or answer.leads_away(address):
            found.append(f"{answer.status} {target}")
    return found


# Thousands of requests: each way to write it at some folder with every `make test`, all of them at all in `make chaos`.
SOME = [(folder, PATHS[number % 6 :: 6]) for number, folder in enumerate(FOLDERS)]


@pytest.mark.parametrize(("folder", "paths"), SOME)
def test_no_path_leads_out_of_a_folder(address: str, folder: str, paths: list[str]) -> None:
    assert _wrong(address, [folder + path for path in paths]) == []


@pytest.mark.chaos
@pytest.mark.parametrize("folder", FOLDERS)
def test_none_of_all_paths_leads_out_of_a_folder(address: str, folder: str) -> None:
    assert _wrong(address, [folder + path for path in PATHS]) == []


def test_no_path_leads_out_of_a_folder_through_nginx(behind_nginx: str) -> None:
    folders = ("/static/", "/app/static/", "/wall-assets/x/", "/component/x/", "/")
    assert _wrong(behind_nginx, [folder + path for folder in folders for path in PATHS[::7]]) == []


def test_what_may_be_had_of_a_folder_is_had(address: str) -> None:
    # Else the tests above would be content with a server that answers nobody.
    assert b"<svg" in ask(address, "/app/static/icon.svg").body
    assert ask(address, f"/wall-assets/{build()}/wall.js").headers["content-type"].startswith("text/javascript")


def test_no_address_leads_to_another_site(address: str, behind_nginx: str) -> None:
    assert _wrong(address, AWAY) == []
    assert _wrong(address, [f"{route}/?x=//evil.vn/" for route in ROUTES]) == []
    assert _wrong(behind_nginx, AWAY) == []


def test_no_argument_leads_to_another_site(address: str) -> None:
    assert _wrong(address, [f"{route}?{argument}" for route in ROUTES for argument in ARGUMENTS[::3]]) == []
    assert _wrong(address, [f"/auth/logout?{argument}" for argument in ARGUMENTS]) == []
    assert _wrong(address, [f"/sign-in?to={where}" for where in [*AWAY, *map(quote, AWAY)]]) == []


@pytest.mark.parametrize("method", first(3, ["POST", "HEAD", "X", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE"]))
def test_no_method_brings_a_fault(address: str, method: str) -> None:
    assert _wrong(address, [*ROUTES, *FOLDERS], method) == []


def test_a_foreign_name_gets_nothing_and_is_not_repeated(address: str) -> None:
    for route in set(ROUTES) - {"/health/ready"}:
        answer = ask(address, route, host="evil.vn")
        assert (answer.status, b"evil" in answer.body) == (400, False), route
