"""The language of a visitor: Vietnamese unless the URL says `lang=en`. Msgids are the English texts."""

from collections.abc import Mapping
from contextlib import AbstractContextManager
from contextvars import ContextVar
from functools import cache
from io import BytesIO
from pathlib import Path
from typing import Literal, cast

from babel.messages.pofile import read_po

from pages._context import temporarily

Language = Literal["vi", "en"]
_CATALOGUES = sorted(Path(__file__).parent.parent.glob("*/locale/vi.po"))
_KEY = "language"
_chosen: ContextVar[Language | None] = ContextVar("language", default=None)


@cache
def vietnamese() -> Mapping[str, str]:
    """English text to Vietnamese text, from pages/locale/vi.po and wall/locale/vi.po."""
    messages = [message for path in _CATALOGUES for message in read_po(BytesIO(path.read_bytes()), locale="vi")]
    return {str(message.id): str(message.string) for message in messages if message.id and message.string}


def language() -> Language:
    """The language in which this visitor reads."""
    return _chosen.get() or _of_the_session()


def _of_the_session() -> Language:
    # Who writes messages is no visitor, and needs no Streamlit in its process.
    import streamlit as st

    return cast(Language, st.session_state.get(_KEY, "vi"))


def _(text: str, /, **values: object) -> str:
    """The text in the visitor's language, with `{name}` replaced by `values`."""
    translated = vietnamese().get(text, text) if language() == "vi" else text
    return translated.format(**values) if values else translated


def choose_language() -> None:
    """Take the language from the URL, else keep the session's and write it into the URL."""
    import streamlit as st

    wanted = st.query_params.get("lang")
    if wanted in ("vi", "en"):
        st.session_state[_KEY] = wanted
    elif language() == "en":
        st.query_params["lang"] = "en"


def switch_language(to: Language) -> None:
    """Speak `to` from the next run on; the rest of the URL stays."""
    import streamlit as st

    st.session_state[_KEY] = to
    st.query_params["lang"] = to


def speaking(chosen: Language) -> AbstractContextManager[Language]:
    """Within the block the language is `chosen`, also outside a visit: for tests and exports.

    Within a visit it spares every text of a page the question to the session, which costs more than the text.
    """
    return temporarily(_chosen, chosen)
