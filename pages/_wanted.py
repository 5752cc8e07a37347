"""Where a visitor wanted to go before signing in; only ever one of our own pages."""

from functools import cache
from urllib.parse import parse_qsl, unquote, urlencode, urlsplit

from pages._discovery import page_modules

_LONGEST = 1500  # characters: a cookie has room for 4,096 bytes


def own_page(wanted: str) -> str:
    """The address of the page of ours that `wanted` names, with its choices; "/" for anything else."""
    if len(wanted) > _LONGEST or not wanted.startswith("/"):
        return "/"
    try:
        parts = urlsplit(wanted)
        choices = parse_qsl(parts.query, keep_blank_values=True, max_num_fields=100)
    except ValueError:
        return "/"
    if parts.scheme or parts.netloc or unquote(parts.path) not in page_paths():
        return "/"
    query = urlencode(choices)
    return parts.path + (f"?{query}" if query else "")


@cache
def page_paths() -> frozenset[str]:
    """The paths of all pages, with a slash before, and the root."""
    return frozenset({"/", *(f"/{module.PAGE.path}" for module in page_modules())})
