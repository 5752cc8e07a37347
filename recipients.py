"""The settings of messages: who gets them, about which units, and where they are sent; a part of `config.Settings`."""

import os
import re
from typing import Literal

import msgspec

from errors import ConfigError

Role = Literal["leader", "staff", "analyst", "operator"]
WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_DIGEST = re.compile(rf"({'|'.join(WEEKDAYS)}) ([01]\d|2[0-3]):[0-5]\d")
_VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_WEB_ADDRESS = re.compile(r"https?://[^\s/?#@]+(/[^\s?#]*)?")


class MessageSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What all messages share. `base_url`: the centre's own address, which links begin with; empty: they hold none."""

    base_url: str = ""


class RecipientSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One who gets messages, about the units of these codes.

    `url_env` names the environment variable that holds the address as apprise reads it (mailto://…): a secret.
    `rules`: None: those of the role. `digest`: when the weekly one is due, such as "monday 07:30"; empty: none.
    `owner`: the recipient who is told when nothing arrives; empty: the operators.
    """

    name: str
    role: Role
    url_env: str
    units: tuple[str, ...] = ()
    language: Literal["vi", "en"] = "vi"
    rules: tuple[str, ...] | None = None
    digest: str = ""
    owner: str = ""

    def address(self) -> str:
        """What the environment variable holds; "" when it is not set."""
        return os.environ.get(self.url_env, "")


def check_recipients(messages: MessageSettings, recipients: tuple[RecipientSettings, ...]) -> None:
    """Raise ConfigError for a recipient who could not be told anything; never with what may be an address."""
    if messages.base_url and not _WEB_ADDRESS.fullmatch(messages.base_url):
        raise ConfigError("[messages] base_url is no address such as https://ioc.example.vn")
    names = [recipient.name for recipient in recipients]
    for twice in {name for name in names if names.count(name) > 1}:
        raise ConfigError(f"two [[recipients]] are named {twice!r}")
    for recipient in recipients:
        if problem := _problem(recipient, names):
            raise ConfigError(f"[[recipients]] {recipient.name!r}: {problem}")


def _problem(recipient: RecipientSettings, names: list[str]) -> str:
    if not recipient.name.strip():
        return "the name is empty"
    if not _VARIABLE.fullmatch(recipient.url_env):
        return "url_env takes the name of an environment variable, not the address itself"
    if recipient.digest and not _DIGEST.fullmatch(recipient.digest):
        return f"digest {recipient.digest!r} is no weekday and time; write it as monday 07:30"
    if recipient.digest and not recipient.units:
        return "a digest tells of units, and none is given"
    if not all(code.strip() for code in recipient.units) or len(set(recipient.units)) < len(recipient.units):
        return "a unit's code is empty or stands there twice"
    if recipient.owner and recipient.owner not in set(names) - {recipient.name}:
        return f"the owner {recipient.owner!r} is no other recipient"
    return ""
