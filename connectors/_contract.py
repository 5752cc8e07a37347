"""What a module in this folder must hold: the first file to read before adding a connector.

A module whose name does not begin with `_` is a connector: it is found by listing the folder and must define
`CONNECTOR`. It reads in this order: docstring (which system, which document describes it, its oddities), its
constants with the reason beside each, `auth`, `catalogues`, `pull` (HTTP only: yields raw pages), `to_rows` (pure:
renames and types), `CONNECTOR`. It never writes, sleeps, retries, logs, reads settings or the clock: the poller
does, once for all. `connectors/_fields.py` has the checked accessors, `connectors/_http.py` the client.
"""

from collections.abc import Callable, Iterator
from datetime import date, datetime
from typing import Any, Literal

import httpx
import msgspec

from config import SourceSettings
from connectors._http import SourceClient
from store.rows import Batch


class Page(msgspec.Struct, frozen=True, kw_only=True):
    """One raw page of records of one kind, as the source gave it.

    `source_count` is what the source says it holds for this question. `cursor`: everything updated up to and
    including this instant has been read once this page is stored; None leaves the cursor where it is.
    """

    kind: str
    records: list[Any]
    source_count: int | None = None
    cursor: datetime | None = None


class SourceCount(msgspec.Struct, frozen=True, kw_only=True):
    """What a source itself counted for a unit on the local days from `first` to `last`, both included.

    `figure`: one of those of `store/reconciliation_counts.py`; `unit_code` in its new form.
    """

    figure: str
    unit_code: str
    first: date
    last: date
    count: int


def nothing(_http: SourceClient) -> Iterator[Page]:
    """The catalogues of a source that has none."""
    return iter(())


class Connector(msgspec.Struct, frozen=True, kw_only=True):
    """One dialect.

    medium      "http", or "file": one file, on this host or below an address (`connectors/_file.py`)
    auth        how requests prove who asks (login, bearer token, checksum), from the source's settings
    catalogues  yields pages of units and procedures, each a whole list
    pull        yields the pages of everything updated at or after `since` (None: everything)
    kinds       the kinds of pages that it yields
    to_rows     a page, and the instant it was seen, as typed rows; a bad record becomes a Rejected, never an error
    to_columns  as to_rows, with dossiers as frames (`Batch.frames`): an option for who sends millions; both must read
                a record by one definition
    again       asks for rejected records once more, where what was kept of them is not enough for a replay
    statistics  yields what the source itself counts over windows within these local days, both included; for
                reconciliation only, None where it counts nothing
    figures     the figures that `statistics` tells
    keys        yields the pages of every record that the source holds of a window of local days, None where it cannot
                list them; each `source_count` is of the whole window, and the last one was asked after the last record
    keyed_by    "updated": updated on or after the first of the days; "entered": received on the days, of what is not
                received yet submitted (there may be more)
    """

    dialect: str
    kinds: tuple[str, ...]
    auth: Callable[[SourceSettings], httpx.Auth]
    pull: Callable[[SourceClient, datetime | None], Iterator[Page]]
    to_rows: Callable[[Page, datetime], Batch]
    catalogues: Callable[[SourceClient], Iterator[Page]] = nothing
    medium: Literal["http", "file"] = "http"
    to_columns: Callable[[Page, datetime], Batch] | None = None
    again: Callable[[SourceClient, Page], Page] | None = None
    statistics: Callable[[SourceClient, date, date], Iterator[SourceCount]] | None = None
    figures: tuple[str, ...] = ()
    keys: Callable[[SourceClient, date, date], Iterator[Page]] | None = None
    keyed_by: Literal["updated", "entered"] = "updated"
