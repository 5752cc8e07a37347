"""What a browser says on Streamlit's stream and what it hears there, without a browser."""

from collections.abc import Iterable
from typing import NamedTuple

from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from websockets.typing import Subprotocol

PATH = "/_stcore/stream"
_DRAWN, _PART_DRAWN = ForwardMsg.FINISHED_SUCCESSFULLY, ForwardMsg.FINISHED_FRAGMENT_RUN_SUCCESSFULLY


class Heard(NamedTuple):
    """What one message means to a visitor: the page or a part of it is drawn; the parts (fragment) that are to be
    asked for again every so many seconds; the session that has begun; the address of each page and its hash."""

    page_drawn: bool
    part_drawn: bool
    timers: list[tuple[str, float]]
    session: str
    pages: dict[str, str]


def subprotocols(session: str = "") -> list[Subprotocol]:
    """With which the stream is opened; `session`: the one that a visitor had before, to have it again."""
    return [Subprotocol(word) for word in ("streamlit", "PLACEHOLDER_AUTH_TOKEN", session) if word]


def asking(query: str, *, page: str = "", page_hash: str = "", part: str = "") -> bytes:
    """Draw a page, by its name or by its hash; with `part`, what a timer asks: only that part again."""
    message = BackMsg()
    state = message.rerun_script
    state.query_string, state.page_name, state.page_script_hash, state.fragment_id = query, page, page_hash, part
    state.is_auto_rerun = bool(part)
    state.context_info.locale = "vi"
    state.context_info.timezone = "Asia/Ho_Chi_Minh"
    return message.SerializeToString()


def heard(word: bytes) -> Heard:
    """What a message of the server means."""
    message = ForwardMsg.FromString(word)
    kind = message.WhichOneof("type")
    finished = message.script_finished if kind == "script_finished" else None
    again = message.auto_rerun
    return Heard(
        page_drawn=finished == _DRAWN,
        part_drawn=finished == _PART_DRAWN,
        timers=[(again.fragment_id, again.interval)] if kind == "auto_rerun" else [],
        session=message.new_session.initialize.session_id if kind == "new_session" else "",
        pages=_pages(message.navigation.app_pages) if kind == "navigation" else {},
    )


def text_of(words: Iterable[bytes]) -> str:
    """All HTML that the messages put into the page."""
    messages = (ForwardMsg.FromString(word) for word in words)
    return " ".join(message.delta.new_element.html.body for message in messages)


def _pages(pages: Iterable[object]) -> dict[str, str]:
    return {page.url_pathname: page.page_script_hash for page in pages}  # type: ignore[attr-defined]
