"""How every part writes its log: to standard error, one JSON object a line, or in words on a terminal.

No line holds personal data or a secret. Events name their values, and none of them is a record's. Of an exception the
kind and the places are written, its words only when it is one of ours: a library's may quote what it could not read.
Of what a library logs by itself its template is written, without what it would fill in.
"""

import logging
import os
import sys
import threading
import traceback
from pathlib import Path
from types import TracebackType
from typing import Any

import structlog
from structlog.types import EventDict, Processor

from errors import ConfigError, IocError

LEVEL_VARIABLE = "IOC_LOG_LEVEL"
LEVELS = ("debug", "info", "warning", "error")

_ROOT = Path(__file__).parent
_MOST_PLACES = 12
_LONGEST_TEMPLATE = 200
# They set up a log of their own, before and after we can.
_OWN_WAY = ("streamlit", "uvicorn", "websockets")


def configure_log() -> None:
    """Log from now on as this module says, from the level that IOC_LOG_LEVEL names ("info").

    Libraries are heard from warnings on, whatever the level. Raises ConfigError for a level that there is not.
    """
    name = os.environ.get(LEVEL_VARIABLE, "info")
    if name not in LEVELS:
        raise ConfigError(f"{LEVEL_VARIABLE} {name!r} is no level; give one of {', '.join(LEVELS)}")
    renderer: Processor = structlog.processors.JSONRenderer(ensure_ascii=False)
    if sys.stderr.isatty():
        renderer = structlog.dev.ConsoleRenderer()
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            _without_words_of_others,
            renderer,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(name),
        # Asked anew for each line: what standard error is can change.
        logger_factory=lambda *_names: structlog.PrintLogger(sys.stderr),
    )
    root = logging.getLogger()
    for handler in [handler for handler in root.handlers if isinstance(handler, _FromLibraries)]:
        root.removeHandler(handler)
    root.addHandler(_FromLibraries(logging.WARNING))
    # A poll that outlasts its interval is no news.
    logging.getLogger("apscheduler").setLevel(logging.ERROR)


def log_what_nobody_catches() -> None:
    """Write a fault that ends the process or a thread as a line of the log, in place of Python's own words."""
    log = structlog.get_logger("process")

    def process_ends(kind: type[BaseException], error: BaseException, _trace: TracebackType | None) -> None:
        if issubclass(kind, KeyboardInterrupt):
            return
        log.critical("ended by a fault", exc_info=error)

    def thread_ends(ended: threading.ExceptHookArgs) -> None:
        if ended.exc_value:
            log.error("a thread ended by a fault", exc_info=ended.exc_value)

    sys.excepthook, threading.excepthook = process_ends, thread_ends


def take_over_from_servers() -> None:
    """Let Streamlit and Uvicorn, which have set up logs of their own, write into ours; those of later loggers too."""
    logging.setLoggerClass(_HeardByRoot)
    for name, logger in list(logging.Logger.manager.loggerDict.items()):
        if isinstance(logger, logging.Logger) and name.split(".")[0] in _OWN_WAY:
            logger.handlers.clear()
            logger.propagate = True


class _HeardByRoot(logging.Logger):
    """A logger of those libraries, whose records go to the root whatever they have set up for it."""

    def callHandlers(self, record: logging.LogRecord) -> None:  # noqa: N802  # logging's name
        """As logging's, but for these libraries the root's handlers only."""
        if self.name.split(".")[0] in _OWN_WAY:
            logging.getLogger().callHandlers(record)
        else:
            super().callHandlers(record)


class _FromLibraries(logging.Handler):
    """What libraries log, as lines of ours."""

    def emit(self, record: logging.LogRecord) -> None:
        """Write the record's template, by which library, and the fault it tells of."""
        template = str(record.msg).partition("\n")[0][:_LONGEST_TEMPLATE]
        log = structlog.get_logger("library")
        log.log(record.levelno, template, library=record.name, exc_info=record.exc_info)


def _without_words_of_others(_logger: Any, _method: str, event: EventDict) -> EventDict:
    """The event with its exception as kind and places."""
    told = event.pop("exc_info", None)
    error = _exception(told)
    if error is not None:
        event["fault"] = type(error).__name__
        if isinstance(error, IocError):
            event["reason"] = str(error)
        if cause := error.__cause__ or error.__context__:
            event["cause"] = type(cause).__name__
        event["at"] = [_place(frame) for frame in traceback.extract_tb(error.__traceback__)[-_MOST_PLACES:]]
    return event


def _exception(told: Any) -> BaseException | None:
    """The exception that `exc_info` stands for, as logging takes it: itself, a triple, or True for the present one."""
    if isinstance(told, BaseException):
        return told
    if isinstance(told, tuple):
        return told[1] if isinstance(told[1], BaseException) else None
    return sys.exc_info()[1] if told else None


def _place(frame: traceback.FrameSummary) -> str:
    file = Path(frame.filename)
    shown = file.relative_to(_ROOT) if file.is_relative_to(_ROOT) else Path(*file.parts[-3:])
    return f"{shown}:{frame.lineno} {frame.name}"
