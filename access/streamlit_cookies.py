"""All that we take from Streamlit's sign-in (st.login, by Authlib) besides its three routes: where it finds its
settings, the address at which a sign-in begins, and what its signed cookies hold.

None of it is promised to stay; tests/test_streamlit_cookies.py fails when an upgrade changes it.
"""

import json
from collections.abc import Mapping
from typing import Any, NamedTuple

from streamlit.auth_util import get_cookie_with_chunks, is_authlib_installed
from streamlit.runtime.secrets import SecretsValue, secrets_singleton
from streamlit.user_info import generate_login_redirect_url
from streamlit.web.server.starlette.starlette_app_utils import decode_signed_value
from streamlit.web.server.starlette.starlette_server_config import TOKENS_COOKIE_NAME, USER_COOKIE_NAME

from admission import AccessSettings
from errors import ConfigError

# Both cookies, and the pieces into which a large one is split, have names that begin so.
COOKIES = USER_COOKIE_NAME
LOGIN, LOGOUT, CALLBACK = "/auth/login", "/auth/logout", "/oauth2callback"


class SignedIn(NamedTuple):
    """What the provider has said: `text` word for word, `claims` as JSON of it; `access_token` may be empty."""

    text: bytes
    claims: Mapping[str, Any]
    access_token: str


def tell_streamlit(access: AccessSettings) -> None:
    """Give Streamlit the `[auth]` section of its secrets, in memory alone; nothing in a demo.

    Before the application is made, whose cookies it signs too. ConfigError when a secret or Authlib is missing.
    """
    if access.mode == "demo":
        return
    if not is_authlib_installed():
        raise ConfigError("[access] mode 'oidc' needs the package Authlib: run make venv")
    section: dict[str, SecretsValue] = {
        "redirect_uri": access.public_url + CALLBACK,
        "cookie_secret": access.secret("cookie_secret_env"),
        "client_id": access.client_id,
        "client_secret": access.secret("client_secret_env"),
        "server_metadata_url": access.metadata_url,
        "client_kwargs": {"scope": access.scope, "prompt": access.prompt},
    }
    secrets_singleton.merge_programmatic_secrets({"auth": section})


def login_address() -> str:
    """Where st.login sends a browser; it works for two minutes."""
    return generate_login_redirect_url("default")


def read_cookies(cookies: Mapping[str, str], secret: str) -> SignedIn | None:
    """What the cookies of a sign-in hold; None for none, and for those that this secret has not signed whole."""

    def signed(name: str) -> bytes | None:
        return decode_signed_value(secret, name, cookies.get(name, ""))

    text = get_cookie_with_chunks(signed, USER_COOKIE_NAME)
    claims = _object(text)
    if not text or not claims:
        return None
    token = _object(get_cookie_with_chunks(signed, TOKENS_COOKIE_NAME)).get("access_token")
    return SignedIn(text, claims, token if isinstance(token, str) else "")


def _object(text: bytes | None) -> Mapping[str, Any]:
    try:
        found = json.loads(text or b"")
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}
