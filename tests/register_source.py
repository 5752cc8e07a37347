"""A source that is a file, polled into a store: what the tests of both file dialects share."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

from sqlalchemy import Engine

from clock import still_clock
from config import SourceSettings
from connectors._http import once
from poll_run import RunResult, open_source, poll_source

NOW = datetime(2021, 12, 10, 1, tzinfo=UTC)


def polled(engine: Engine, dialect: str, path: Path | str, *, base_url: str = "", hours: int = 0) -> RunResult:
    """The result of one poll of a file on this host, or of one below `base_url`."""
    settings = SourceSettings(name="bang", dialect=dialect, path=str(path), base_url=base_url)
    clock = still_clock(NOW + timedelta(hours=hours))
    source = open_source(settings, clock, once)
    with source.client:
        return poll_source(engine, source, clock)
