"""The settings of who may come in: sign-in, which group is what, and machines; a part of `config.Settings`."""

import os
import re
from datetime import timedelta
from typing import Literal

import msgspec

from durations import Duration
from errors import ConfigError

GroupRole = Literal["leader", "staff", "analyst", "operator"]
# Who has lost a group is out this long after at the latest.
LONGEST_RECHECK = timedelta(minutes=15)
# Streamlit reads no cookie that is older.
LONGEST_SESSION = timedelta(days=30)
_ADDRESS = re.compile(r"https?://[^\s/?#@]+")
_NEEDED = ("metadata_url", "client_id", "client_secret_env", "cookie_secret_env", "public_url")


class AccessSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Who may come in. `mode`: "demo": nobody signs in, for this host only; "oidc": by an OpenID provider.

    `session`: how long a sign-in holds. `recheck`: how often the provider is asked whether the groups still hold.
    `metadata_url`: the provider's …/.well-known/openid-configuration. `public_url`: how browsers reach the centre; the
    provider sends them back to its /oauth2callback. `groups_claim`, `name_claim`: where an ID token tells both.
    `prompt`: what the provider is to ask at each sign-in. `userinfo_url`: where it is asked whether a sign-in still
    holds, unless its metadata name that at their own origin.
    `hide_small_cells`: counts of people or dossiers from 1 to 4 are not shown where anybody signed in sees them.
    """

    mode: Literal["demo", "oidc"] = "demo"
    session: Duration = Duration(hours=8)
    recheck: Duration = Duration(minutes=10)
    metadata_url: str = ""
    client_id: str = ""
    client_secret_env: str = ""
    cookie_secret_env: str = ""
    public_url: str = ""
    scope: str = "openid profile email groups"
    groups_claim: str = "groups"
    name_claim: str = "name"
    prompt: Literal["login", "select_account", "consent", "none"] = "login"
    userinfo_url: str = ""
    hide_small_cells: bool = False

    def secret(self, setting: str) -> str:
        """The value of the environment variable that this setting names; ConfigError when it is empty."""
        variable: str = getattr(self, setting)
        value = os.environ.get(variable, "") if variable else ""
        if not value:
            raise ConfigError(f"[access] {setting}: the environment variable {variable or '(none given)'} is empty")
        return value


class GroupSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What the members of the provider's group are: a role, and of which units (with all below them; none: of all)."""

    group: str
    role: GroupRole
    units: tuple[str, ...] = ()


class MachineSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A machine such as Prometheus: it reads /metrics and /health/data with the token that the variable holds."""

    name: str
    token_env: str

    def token(self) -> str:
        """What the environment variable holds; ConfigError when it is empty."""
        if value := os.environ.get(self.token_env, ""):
            return value
        raise ConfigError(f"[[machines]] {self.name!r}: the environment variable {self.token_env} is empty")


def check_access(
    access: AccessSettings, groups: tuple[GroupSettings, ...], machines: tuple[MachineSettings, ...]
) -> None:
    """Raise ConfigError for what could let in nobody, or more than was meant."""
    if not timedelta(0) < access.recheck <= LONGEST_RECHECK:
        raise ConfigError("[access] recheck must be more than nothing and at most 15m")
    if not timedelta(0) < access.session <= LONGEST_SESSION:
        raise ConfigError("[access] session must be more than nothing and at most 30d")
    if access.mode == "oidc":
        _check_provider(access, groups)
    for group in groups:
        if problem := _problem(group):
            raise ConfigError(f"[[groups]] {group.group!r}: {problem}")
    names = [machine.name for machine in machines]
    for twice in {name for name in names if names.count(name) > 1}:
        raise ConfigError(f"two [[machines]] are named {twice!r}")


def _check_provider(access: AccessSettings, groups: tuple[GroupSettings, ...]) -> None:
    for setting in _NEEDED:
        if not getattr(access, setting):
            raise ConfigError(f"[access] {setting} is missing, which mode 'oidc' needs")
    if not _ADDRESS.fullmatch(access.public_url):
        raise ConfigError("[access] public_url takes scheme and host alone, such as https://ioc.example.vn")
    if not groups:
        raise ConfigError("[[groups]] are missing: nobody who signs in would be anything")


def _problem(group: GroupSettings) -> str:
    if not group.group.strip():
        return "the name is empty"
    if group.role == "staff" and not group.units:
        return "staff belong to units, and none is given"
    if not all(code.strip() for code in group.units) or len(set(group.units)) < len(group.units):
        return "a unit's code is empty or stands there twice"
    return ""
