"""The addresses of the pages, for links on pages, in messages and in files."""

from urllib.parse import urlencode

from pages._language import language


def address(path: str, **choices: str | None) -> str:
    """The address of a page with these choices in its query string, relative to the server; empty ones are left out.

    `from_` stands for "from"; English stays English.
    """
    kept = {name.rstrip("_"): value for name, value in choices.items() if value}
    if language() == "en":
        kept["lang"] = "en"
    return path + ("?" + urlencode(kept) if kept else "")
