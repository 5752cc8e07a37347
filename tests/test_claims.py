"""Names and groups out of a provider's claims."""

from typing import Any

import pytest

from access.claims import groups_in, name_in


@pytest.mark.parametrize(
    ("claims", "expected"),
    [
        ({"name": "Nguyễn Thị Lan", "sub": "1"}, "Nguyễn Thị Lan"),
        ({"name": "", "preferred_username": "lan", "sub": "1"}, "lan"),
        ({"name": ["a"], "sub": "1"}, "1"),
        ({"name": "a\r\nb\x00\u202ec   d", "sub": "1"}, "a b c d"),
        ({"name": "x" * 200, "sub": "1"}, "x" * 80),
        ({}, ""),
    ],
)
def test_a_name_stands_on_one_line(claims: dict[str, Any], expected: str) -> None:
    assert name_in(claims, "name") == expected


@pytest.mark.parametrize(
    ("claims", "claim", "expected"),
    [
        ({"groups": ["a", "b"]}, "groups", {"a", "b"}),
        ({"groups": []}, "groups", set()),
        ({"groups": "a"}, "groups", {"a"}),
        ({"groups": ["a", 1, None]}, "groups", {"a"}),
        ({"realm_access": {"roles": ["a"]}}, "realm_access.roles", {"a"}),
        ({"https://sso.example.vn/groups": ["a"]}, "https://sso.example.vn/groups", {"a"}),
        ({}, "groups", None),
        ({"groups": {"a": 1}}, "groups", None),
        ({"realm_access": "a"}, "realm_access.roles", None),
    ],
)
def test_groups_are_a_list_or_one(claims: dict[str, Any], claim: str, expected: set[str] | None) -> None:
    assert groups_in(claims, claim) == expected
