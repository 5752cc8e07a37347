"""Whichever way the web server is started, a visitor is led to the provider; and told when it is not there."""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest

from config import Settings, StoreSettings, write_settings
from store.engine import open_engine
from tests.centres import ROOT
from tests.oidc_provider import CLIENT, SECRETS, OpenIdProvider, openid_provider
from tests.servers import free_port, serving_process, wait_for_http
from tests.stores import lay_tables

PYTHON = sys.executable
WAYS = {
    "ioc.py web": [PYTHON, "ioc.py", "web"],
    "streamlit run": [PYTHON, "-m", "streamlit", "run", "app.py", "--server.headless", "true"],
    "uvicorn": [PYTHON, "-m", "uvicorn", "app:app", "--host", "127.0.0.1"],
}
PORT_OPTION = {
    "ioc.py web": [],
    "streamlit run": ["--server.address", "127.0.0.1", "--server.port"],
    "uvicorn": ["--port"],
}


@contextmanager
def started(way: str, settings: Settings, home: Path, port: int, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """A web server started this way, as its address; its folder is the program's."""
    engine = open_engine(settings.database_url)
    lay_tables(engine)
    engine.dispose()
    write_settings(settings, home / "ioc.toml")
    for name, value in {**SECRETS, "IOC_CONFIG": str(home / "ioc.toml"), "IOC_PORT": str(port)}.items():
        monkeypatch.setenv(name, value)
    monkeypatch.chdir(ROOT)
    option = PORT_OPTION[way]
    with serving_process([*WAYS[way], *option, *([str(port)] if option else [])], home / "web.log") as process:
        wait_for_http(f"http://127.0.0.1:{port}/health/ready", process, home / "web.log")
        yield f"http://127.0.0.1:{port}"


def settings_for(provider: OpenIdProvider, home: Path) -> Settings:
    return provider.settings(Settings(store=StoreSettings(f"sqlite:///{home}/store.db")))


def followed(address: str) -> httpx.Response:
    """The answer of /auth/login to whom /sign-in has sent there."""
    with httpx.Client(base_url=address, trust_env=False, timeout=30) as client:
        first = client.get("/sign-in?to=/ranking")
        assert first.status_code == 303
        return client.get(first.headers["location"])


@pytest.mark.parametrize(
    "way", [way if way == "uvicorn" else pytest.param(way, marks=pytest.mark.chaos) for way in WAYS]
)
def test_a_visitor_is_led_to_the_provider(way: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    port = free_port()
    with (
        openid_provider(tmp_path, f"http://127.0.0.1:{port}") as provider,
        started(way, settings_for(provider, tmp_path), tmp_path, port, monkeypatch) as address,
    ):
        answer = followed(address)
        asked = {name: values[0] for name, values in parse_qs(urlsplit(answer.headers["location"]).query).items()}
        assert answer.headers["location"].startswith(f"{provider.address}/auth?")
        assert (asked["client_id"], asked["redirect_uri"]) == (CLIENT, f"{address}/oauth2callback")
        assert (asked["response_type"], asked["prompt"], asked["code_challenge_method"]) == ("code", "login", "S256")
        assert asked["state"]
        assert asked["nonce"]
        assert [
            name for name, value in SECRETS.items() if value in os.fsdecode(answer.content) + str(answer.headers)
        ] == []


def test_without_a_provider_a_visitor_comes_back_and_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    port = free_port()
    gone = OpenIdProvider(f"http://127.0.0.1:{free_port()}", f"http://127.0.0.1:{port}")
    with started("uvicorn", settings_for(gone, tmp_path), tmp_path, port, monkeypatch) as address:
        answer = followed(address)
    assert (answer.status_code, answer.headers["location"]) == (303, "/")
    assert answer.cookies["ioc_said"] == "unreachable"
    log = (tmp_path / "web.log").read_text()
    assert [name for name, value in SECRETS.items() if value in log] == []
