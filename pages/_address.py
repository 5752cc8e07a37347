"""The addresses of the pages, for links on pages, in messages and in files; and the choices of the one in view."""

from collections.abc import Mapping
from contextlib import AbstractContextManager
from contextvars import ContextVar
from urllib.parse import urlencode

from pages._context import temporarily
from pages._language import language

_asked: ContextVar[Mapping[str, str] | None] = ContextVar("asked", default=None)


def given() -> Mapping[str, str]:
    """The choices in the address of the visit."""
    if (asked := _asked.get()) is not None:
        return asked
    # Who writes messages is no visitor, and needs no Streamlit in its process.
    import streamlit as st

    return st.query_params.to_dict()


def asking(choices: Mapping[str, str]) -> AbstractContextManager[Mapping[str, str]]:
    """Within the block these are the choices, also outside a visit."""
    return temporarily(_asked, choices)


def address(path: str, **choices: str | None) -> str:
    """The address of a page with these choices in its query string, relative to the server; empty ones are left out.

    `from_` stands for "from"; English stays English.
    """
    kept = {name.rstrip("_"): value for name, value in choices.items() if value}
    if language() == "en":
        kept["lang"] = "en"
    return path + ("?" + urlencode(kept) if kept else "")
