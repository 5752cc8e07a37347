"""What makes a start of the web server unsafe: it is refused in every way to start, and `ioc.py check` tells each.

a secret is missing, short or an example; a public address that is not https         sign-in could be forged or read
an address of the network without sign-in                                            anybody could come in
Streamlit's settings that show faults, open the pages to others' or believe headers  each alone is a way in
"""

import os
import sys
from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise
from urllib.parse import urlsplit

from access.loopback import is_loopback
from access.secrets import weak_secrets
from config import Settings
from errors import ConfigError

_ON, _OFF = ("1", "true", "yes", "on"), ("", "0", "false", "no", "off")
# Streamlit's option, the only value that is safe, and what another one does.
_OPTIONS: tuple[tuple[str, object, str], ...] = (
    ("global.developmentMode", False, "serves a page meant for Streamlit's own developers"),
    ("client.showErrorDetails", "none", "shows visitors what the program holds when it fails"),
    ("server.enableCORS", True, "lets other sites' pages read ours"),
    ("server.corsAllowedOrigins", [], "lets other sites' pages read ours"),
    ("server.enableXsrfProtection", True, "takes files from other sites' pages"),
    ("server.trustedUserHeaders", {}, "believes a header that any visitor can send"),
    ("server.enableAgentApi", False, "opens a second way to every page"),
)


def refuse_unsafe(settings: Settings) -> None:
    """Raise ConfigError that says what to set, for all that is unsafe; else return."""
    problems = [problem for _subject, found in safety(settings) for problem in found]
    if problems:
        raise ConfigError("\n  ".join(["not started, because it would not be safe:", *problems]))


def safety(settings: Settings) -> Iterator[tuple[str, Sequence[str]]]:
    """What is looked at, and what is wrong with it: nothing where all is well."""
    yield "secrets", list(weak_secrets(settings))
    yield "addresses", list(_open_addresses(settings))
    yield "Streamlit's settings", list(_open_options(os.environ))


def _open_addresses(settings: Settings) -> Iterator[str]:
    access = settings.access
    if access.mode == "demo":
        for setting, host in _served_addresses():
            if not _leads_here(host):
                yield (
                    f'{setting} is {host!r}, which others can reach, and nobody signs in: set [access] mode = "oidc", '
                    "or serve 127.0.0.1"
                )
    else:
        for setting, url in (("public_url", access.public_url), ("metadata_url", access.metadata_url)):
            parts = urlsplit(url)
            if parts.scheme != "https" and not _leads_here(parts.hostname or ""):
                yield f"[access] {setting} is {url!r}: give one that begins with https://"
    if "*" in os.environ.get("FORWARDED_ALLOW_IPS", "").split(","):
        yield "FORWARDED_ALLOW_IPS is '*': a visitor could say that he is another; name the proxies' addresses"


def _served_addresses() -> Iterator[tuple[str, str]]:
    """Where this process is to serve, by everything that can say so: our variable, Streamlit's, a server's own."""
    yield "IOC_HOST", os.environ.get("IOC_HOST", "127.0.0.1")
    yield "server.address", str(_option("server.address", os.environ) or "0.0.0.0")  # noqa: S104  # nosec B104  # Streamlit's own
    yield "UVICORN_HOST", os.environ.get("UVICORN_HOST", "127.0.0.1")
    words = [part for word in sys.argv for part in word.split("=", 1)]
    for option, value in pairwise(words):
        if option in ("--host", "--bind", "-b"):
            yield option, value


def _leads_here(host: str) -> bool:
    """Of a name or an address, which may have a port behind it."""
    bare = host.count(":") > 1 and not host.startswith("[")
    try:
        return is_loopback(urlsplit(f"//[{host}]" if bare else f"//{host}").hostname or "")
    except ValueError:
        return False


def _open_options(environment: Mapping[str, str]) -> Iterator[str]:
    for name, safe, what in _OPTIONS:
        value = _option(name, environment)
        if value != safe and (safe or value):
            yield f"Streamlit's {name} is {value!r}, which {what}: set it to {safe!r} in .streamlit/config.toml"


def _option(name: str, environment: Mapping[str, str]) -> object:
    """The value in force: of the environment, which not every way to start reads, else Streamlit's."""
    from streamlit import config as streamlit_config

    given = environment.get(streamlit_config.get_config_options()[name].env_var)
    if given is None:
        return streamlit_config.get_option(name)
    return {**dict.fromkeys(_ON, True), **dict.fromkeys(_OFF, False)}.get(given.lower(), given)
