"""What a provider's claims say of a person: the name to show, and the groups."""

from collections.abc import Mapping
from typing import Any

from store.audit import one_line

_LONGEST_NAME = 80
_NAMES = ("preferred_username", "sub")


def name_in(claims: Mapping[str, Any], name_claim: str) -> str:
    """The name to show: of `name_claim`, else of what stands in for it; on one line, at most 80 characters."""
    for claim in (name_claim, *_NAMES):
        value = found(claims, claim)
        if isinstance(value, str) and value.strip():
            return one_line(value, _LONGEST_NAME)
    return ""


def groups_in(claims: Mapping[str, Any], groups_claim: str) -> frozenset[str] | None:
    """The groups; None where the claims say nothing about groups. A single one may stand there as text."""
    value = found(claims, groups_claim)
    if isinstance(value, str):
        return frozenset({value})
    if isinstance(value, list):
        return frozenset(group for group in value if isinstance(group, str))
    return None


def found(claims: Mapping[str, Any], claim: str) -> Any:
    """The claim of this name, else the one that the parts of the name lead to, as realm_access.roles; None if none."""
    if claim in claims:
        return claims[claim]
    inside: Any = claims
    for part in claim.split("."):
        inside = inside.get(part) if isinstance(inside, Mapping) else None
    return inside
