"""Sources that are one file: a path on this host, or the same below an address (`base_url`).

A file that is as it should be is read like any answer; what is wrong with it is one of our errors.
"""

from collections.abc import Generator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx

from clock import Clock
from config import SourceSettings
from connectors._budget import Budget
from connectors._cells import BadCellError
from connectors._contract import Connector
from connectors._fields import BadFieldError, Record
from connectors._http import TIMEOUT_SECONDS, Retry, SourceClient, once
from connectors._kept import CODE, Kept, codes, is_code
from errors import ConfigError, InputError, SourceChanged, SourceUnavailable
from sheets.tabular import MOST_BYTES, BadRowsError, TableRow, TornError, read_table


class FileClient(SourceClient):
    """Gets the file `path` below `base_url`."""

    def __init__(
        self,
        settings: SourceSettings,
        auth: httpx.Auth,
        clock: Clock,
        retry: Retry = once,
        timeout_seconds: float = TIMEOUT_SECONDS,
    ) -> None:
        super().__init__(settings, auth, clock, retry, timeout_seconds)
        self.path = "/" + _path(settings).lstrip("/")

    def get_file(self) -> bytes:
        """The file's content. Raises the SourceErrors of `connectors._http`."""
        return self.get_bytes(self.path)


class LocalFileClient(FileClient):
    """Reads the file `path` on this host."""

    def __init__(self, settings: SourceSettings) -> None:
        self.source = settings.name
        self.budget = Budget(settings.requests_per_minute)
        self.path = _path(settings)

    def get_file(self) -> bytes:
        """The file's content. SourceUnavailable when it is not there (yet), SourceChanged when it is too large."""
        try:
            path = Path(self.path)
            if path.exists() and not path.is_file():
                raise SourceChanged(self.source, f"{self.path} is no file")
            with path.open("rb") as file:
                content = file.read(MOST_BYTES + 1)
        except OSError as error:
            raise SourceUnavailable(self.source, f"{self.path} cannot be read ({error.strerror})") from error
        return content

    def close(self) -> None:
        """Nothing is open between two readings."""


def _path(settings: SourceSettings) -> str:
    if not settings.path:
        raise ConfigError(f"source {settings.name}: setting path is missing (the file's path)")
    return settings.path


def open_client(
    settings: SourceSettings,
    spoken: Connector,
    clock: Clock,
    retry: Retry = once,
    timeout_seconds: float = TIMEOUT_SECONDS,
) -> SourceClient:
    """The client that a connector's source needs. Raises ConfigError for a wrong setting or a missing secret."""
    if spoken.medium == "http":
        return SourceClient(settings, spoken.auth(settings), clock, retry, timeout_seconds)
    if settings.base_url:
        return FileClient(settings, spoken.auth(settings), clock, retry, timeout_seconds)
    return LocalFileClient(settings)


class _TokenAuth(httpx.Auth):
    def __init__(self, token: str) -> None:
        self._header = f"Bearer {token}"

    def auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response, None]:
        request.headers["Authorization"] = self._header
        yield request


def file_auth(settings: SourceSettings) -> httpx.Auth:
    """User name and password, or a token, when the settings name one; else the file is there for everybody."""
    if settings.password_env:
        return httpx.BasicAuth(settings.username, settings.secret("password_env"))
    if settings.token_env:
        return _TokenAuth(settings.secret("token_env"))
    return httpx.Auth()


def read_rows(http: SourceClient, columns: Sequence[str], optional: Sequence[str]) -> list[TableRow]:
    """The rows of the source's file. SourceChanged when it is no table with these columns, SourceUnavailable when it
    is empty or ends in the middle."""
    assert isinstance(http, FileClient)
    content = http.get_file()
    if not content.strip():
        raise SourceUnavailable(http.source, f"{http.path} is empty")
    try:
        return read_table(content, http.path, columns, optional)
    except TornError as error:
        raise SourceUnavailable(http.source, str(error)) from error
    except BadRowsError as error:
        # A name of a column that nobody knows might be anything.
        bad = [bad if is_code(bad.column) else replace(bad, column="?") for bad in error.bad]
        raise SourceChanged(http.source, f"{http.path}: {'; '.join(map(str, bad))}") from error
    except InputError as error:
        raise SourceChanged(http.source, str(error)) from error


def as_record(row: TableRow) -> dict[str, Any]:
    """A row as a page holds it: its cells by column, its number, and which cells were no text."""
    return {**row.cells, "row": row.number, "typed": dict(row.typed)}


def as_row(record: Record, columns: Sequence[str]) -> TableRow:
    """The row that `as_record` made a record of; BadFieldError when it is none."""
    cells = {column: record.get(column, "") for column in columns}
    for column, text in cells.items():
        if not isinstance(text, str):
            raise BadFieldError("bad_cell", column, "is no text")
    typed, number = record.get("typed"), record.get("row")
    if not isinstance(typed, dict) or not isinstance(number, int):
        raise BadFieldError("bad_row", "row", "is no row of a table")
    return TableRow(number, cells, typed)


def bad_field(row: TableRow, error: BadCellError) -> BadFieldError:
    """A wrong cell as the wrong field of a record."""
    return BadFieldError("bad_cell", f"row {row.number}, column {error.column}:", error.reason(quoted=False))


def kept_row(columns: Sequence[str], words: Mapping[str, Kept]) -> Mapping[str, Kept]:
    """What a rejected row may keep: these columns as codes, `words` as they say, and how the row was read."""
    return {**codes(" ".join(columns)), **words, "row": CODE, "typed": codes(" ".join(columns))}
