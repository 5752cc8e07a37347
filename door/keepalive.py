"""Streams are asked whether they are still there only while they are silent.

Uvicorn asks each of them every so often, whatever comes from it. A screen that speaks every half a minute and a page
whose timers ask every few seconds need not be asked: of a thousand screens that is a question and an answer forty times
a second each.
"""

from typing import Any

from uvicorn.config import WS_PROTOCOLS
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol

# A question that would come too early by less than this part of the interval is not put off.
_NEARLY = 0.05


class AskedWhileSilent(WebSocketsSansIOProtocol):
    """Uvicorn's protocol, that asks only when nothing has come for `ws_ping_interval`, and closes after
    `ws_ping_timeout` without an answer."""

    def __init__(self, *given: Any, **named: Any) -> None:
        super().__init__(*given, **named)
        self._heard_at = self.loop.time()

    def data_received(self, data: bytes) -> None:
        """Something has come."""
        self._heard_at = self.loop.time()
        super().data_received(data)

    def send_keepalive_ping(self) -> None:
        """Ask, or look again when it will have been silent for long enough."""
        assert self.ping_interval is not None
        left = self._heard_at + self.ping_interval - self.loop.time()
        if left > _NEARLY * self.ping_interval:
            self.ping_timer = self.loop.call_later(left, self.send_keepalive_ping)
        else:
            super().send_keepalive_ping()


def ask_only_the_silent() -> None:
    """From now on a server of this process that uses `websockets-sansio`, as Streamlit's does, asks in this way."""
    WS_PROTOCOLS["websockets-sansio"] = f"{__name__}:{AskedWhileSilent.__name__}"
