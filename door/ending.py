"""The end of a web server that is asked to end: soon, whoever is connected and whatever hangs."""

import os
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

import structlog

log = structlog.get_logger("web")

# A download that nobody reads on, or a database that does not answer, would hold up the end for ever.
_ENDING_SECONDS = 4.0


@contextmanager
def ending_in_time(seconds: float = _ENDING_SECONDS) -> Iterator[None]:
    """Within the block, SIGTERM and SIGINT are handled as before, and the process ends `seconds` later at the latest,
    with exit code 0. For the main thread."""
    before = {number: signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGINT)}
    last = threading.Timer(seconds, _leave_behind_what_hangs)
    last.daemon = True

    def end(number: int, frame: FrameType | None) -> None:
        if last.ident is None:
            last.start()
        handler = before[signal.Signals(number)]
        if callable(handler):
            handler(number, frame)

    for number in before:
        signal.signal(number, end)
    yield


def _leave_behind_what_hangs() -> None:
    log.warning("ended with requests unanswered")
    os._exit(0)
