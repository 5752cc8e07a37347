"""After sign-in a visitor comes to the page that was wanted, and never to another server's."""

import pytest

from pages._wanted import own_page


@pytest.mark.parametrize(
    ("wanted", "expected"),
    [
        ("/", "/"),
        ("/ranking", "/ranking"),
        ("/ranking?kind=so&period=ytd", "/ranking?kind=so&period=ytd"),
        ("/explore?unit=H28.03&view=S%E1%BB%9F", "/explore?unit=H28.03&view=S%E1%BB%9F"),
        ("/?lang=en", "/?lang=en"),
        ("/ranking?to=https://elsewhere.example", "/ranking?to=https%3A%2F%2Felsewhere.example"),
    ],
)
def test_pages_of_ours_are_kept_with_their_choices(wanted: str, expected: str) -> None:
    assert own_page(wanted) == expected


@pytest.mark.parametrize(
    "wanted",
    [
        "",
        "ranking",
        "//elsewhere.example",
        "//elsewhere.example/ranking",
        "/\\elsewhere.example",
        "\\\\elsewhere.example",
        "https://elsewhere.example/ranking",
        "https:/ranking",
        "javascript:alert(1)",
        "data:text/html,x",
        "/ranking/../../etc/passwd",
        "/ranking//elsewhere.example",
        "/%2f%2felsewhere.example",
        "/%5celsewhere.example",
        "/\t/elsewhere.example",
        "/ranking\r\nSet-Cookie: a=b",
        "/ranking%0d%0aSet-Cookie:a=b",
        "/auth/logout",
        "/sign-in?to=/sign-in",
        "/export/ranking",
        "/metrics",
        "/[",
        "/ranking?" + "a=1&" * 2000,
    ],
)
def test_anything_else_is_the_first_page(wanted: str) -> None:
    assert own_page(wanted) == "/"
