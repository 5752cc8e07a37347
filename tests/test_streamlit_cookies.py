"""What we take from Streamlit's sign-in is still there, and does what we take it for."""

from urllib.parse import parse_qs, urlsplit

import msgspec
import pytest
from starlette.middleware.sessions import SessionMiddleware
from streamlit.auth_util import decode_provider_token, get_secrets_auth_section, validate_auth_credentials
from streamlit.runtime.secrets import secrets_singleton
from streamlit.web.server.server_util import get_cookie_secret, is_xsrf_enabled
from streamlit.web.server.starlette.starlette_app import create_streamlit_middleware
from streamlit.web.server.starlette.starlette_auth_routes import create_auth_routes

from access.streamlit_cookies import CALLBACK, LOGIN, LOGOUT, login_address, read_cookies, tell_streamlit
from admission import AccessSettings
from errors import ConfigError
from tests.oidc_provider import CLIENT_SECRET, COOKIE_SECRET, SECRETS
from tests.sign_ins import TOKEN, claims, cookies_of

ACCESS = AccessSettings(
    mode="oidc",
    metadata_url="https://sso.example.vn/.well-known/openid-configuration",
    client_id="ioc",
    client_secret_env="TEST_CLIENT_SECRET",
    cookie_secret_env="TEST_COOKIE_SECRET",
    public_url="https://ioc.example.vn",
)


@pytest.fixture
def _told(monkeypatch: pytest.MonkeyPatch) -> None:
    """Streamlit knows the settings of sign-in, until the test ends."""
    for name, value in SECRETS.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(secrets_singleton, "_secrets", None)
    monkeypatch.setattr(secrets_singleton, "_programmatic_secrets", None)
    tell_streamlit(ACCESS)


@pytest.mark.usefixtures("_told")
def test_streamlit_finds_its_section_in_memory() -> None:
    validate_auth_credentials("default")
    assert get_secrets_auth_section().to_dict() == {
        "redirect_uri": "https://ioc.example.vn/oauth2callback",
        "cookie_secret": COOKIE_SECRET,
        "client_id": "ioc",
        "client_secret": CLIENT_SECRET,
        "server_metadata_url": "https://sso.example.vn/.well-known/openid-configuration",
        "client_kwargs": {"scope": "openid profile email groups", "prompt": "login"},
    }
    assert get_cookie_secret() == COOKIE_SECRET
    assert is_xsrf_enabled()


@pytest.mark.usefixtures("_told")
def test_all_web_processes_sign_a_visitors_state_alike() -> None:
    """A sign-in that began at one may come back to another."""
    [state] = [one for one in create_streamlit_middleware() if one.cls is SessionMiddleware]
    assert state.kwargs["secret_key"] == COOKIE_SECRET


def test_a_demo_tells_streamlit_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(secrets_singleton, "_secrets", None)
    tell_streamlit(AccessSettings())
    assert secrets_singleton._secrets is None


@pytest.mark.parametrize("missing", SECRETS)
def test_without_a_secret_nothing_starts(missing: str, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in SECRETS.items():
        monkeypatch.setenv(name, value)
    monkeypatch.delenv(missing)
    with pytest.raises(ConfigError, match=missing):
        tell_streamlit(ACCESS)


@pytest.mark.usefixtures("_told")
def test_the_address_of_a_sign_in_names_the_one_provider() -> None:
    parts = urlsplit(login_address())
    assert parts.path == LOGIN
    assert decode_provider_token(parse_qs(parts.query)["provider"][0])["provider"] == "default"


def test_streamlits_three_routes_are_where_we_look_for_them() -> None:
    assert {route.path for route in create_auth_routes("")} == {LOGIN, LOGOUT, CALLBACK}


def test_what_streamlit_writes_is_read_back() -> None:
    read = read_cookies(cookies_of(), COOKIE_SECRET)
    assert read
    assert (read.claims, read.access_token) == (claims(), TOKEN)
    assert msgspec.json.decode(read.text) == claims()
