"""Who stands behind a browser's cookies: those of a sign-in by the provider, as long as it holds."""

from collections.abc import Mapping
from hmac import compare_digest

from access.principal import Principal
from config import Settings
from errors import AccessError
from store.engine import Engine


class Sessions:
    """The sign-ins that hold."""

    def __init__(self, settings: Settings, engine: Engine) -> None:
        self.settings = settings
        self.engine = engine

    def principal(self, cookies: Mapping[str, str]) -> Principal:
        """Who signed in. AccessError for cookies that are none of ours, too old, signed out, or without a role."""
        raise AccessError("access: nobody has signed in")

    def machine(self, token: str) -> Principal:
        """The machine whose token this is; AccessError for any other. Compared in constant time."""
        given = token.encode()
        for machine in self.settings.machines:
            if compare_digest(given, machine.token().encode()):
                return Principal(f"machine:{machine.name}", machine.name, frozenset({"machine"}), frozenset())
        raise AccessError("access: this token is no machine's")
