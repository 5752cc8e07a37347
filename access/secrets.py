"""Which secrets hold: long enough not to be guessed, none of those that stand in somebody's manual, each its own."""

import os
from collections.abc import Iterator

from config import Settings

SHORTEST = 32
# A provider makes the client's secret; those that are known make 32 letters or more, its own length is its affair.
_SHORTEST_OF_PROVIDER = 16
# What examples and defaults hold: Superset's CHANGE_ME_TO_A_COMPLEX_RANDOM_SECRET and its like, ours: "…".
_EXAMPLES = ("change", "secret", "default", "example", "password", "matkhau", "mat-khau", "1234567", "abcdefg", "…")
_FEWEST_SIGNS = 8
_MAKE = "make one: python3 -c 'import secrets; print(secrets.token_urlsafe(48))'"
_ASK = "the provider gives one"


def weak_secrets(settings: Settings) -> Iterator[str]:
    """What is wrong with each secret that guards this centre's door, without the secret. None in a demo: it has no
    door."""
    if settings.access.mode == "demo":
        return
    held: dict[str, str] = {}
    for named, variable, shortest, cure in _guarding(settings):
        value = os.environ.get(variable, "")
        if problem := weakness(value, shortest):
            yield f"{named}: the environment variable {variable} {problem}; {cure}"
        if value and value in held:
            yield f"{named}: {variable} holds the same as {held[value]}; each needs its own"
        held[value] = variable


def weakness(value: str, shortest: int = SHORTEST) -> str:
    """Why a secret is none, "" when it may be one."""
    if not value:
        return "is empty"
    if len(value.encode()) < shortest:
        return f"holds {len(value.encode())} bytes, {shortest} are needed"
    if any(example in value.lower() for example in _EXAMPLES) or len(set(value)) < _FEWEST_SIGNS:
        return "holds an example, not a secret"
    return ""


def _guarding(settings: Settings) -> Iterator[tuple[str, str, int, str]]:
    """(what names it, the environment variable, how long it must be, where one comes from)"""
    access = settings.access
    yield "[access] cookie_secret_env", access.cookie_secret_env, SHORTEST, _MAKE
    yield "[access] client_secret_env", access.client_secret_env, _SHORTEST_OF_PROVIDER, _ASK
    for machine in settings.machines:
        yield f"[[machines]] {machine.name!r}", machine.token_env, SHORTEST, _MAKE
