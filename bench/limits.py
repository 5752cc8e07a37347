"""What no program that stores these dossiers and counters can do without, in pieces: the same pages fetched and
decoded, the same finished rows and finished counters stored. Nothing is checked, read, hashed, counted or compared."""

from collections.abc import Callable, Iterator
from contextlib import closing
from http.client import HTTPConnection
from typing import Any, NamedTuple
from urllib.parse import urlencode, urlsplit

import msgspec
import polars as pl
import sqlalchemy as sa
from sqlalchemy import Engine, Table

from bench import bulk
from bench.measure import Cost, cost_of
from config import SourceSettings
from connectors._dvcqg_dossiers import decode_dossiers
from connectors._dvcqg_pages import PAGE_SIZE
from store import tables
from store.counter_rows import changed_rows
from store.engine import reading
from store.frames import read_frame

_COUNTERS = (tables.dossier_days, tables.day_pairs)
_BEFORE_ALL = -1
_JSON = {"content-type": "application/json"}


class Limit(NamedTuple):
    """What each piece costs, done one after the other."""

    fetched: Cost
    dossiers: Cost
    counters: Cost

    @property
    def whole(self) -> Cost:
        """All pieces together."""
        return Cost(*map(sum, zip(*self, strict=True)))


class Finished(NamedTuple):
    """What a first load has stored: by table, the rows as they are in the end."""

    dossiers: pl.DataFrame
    counters: dict[Table, pl.DataFrame]

    @property
    def counted(self) -> int:
        """How many counters there are."""
        return sum(frame.height for frame in self.counters.values())


def finished(engine: Engine) -> Finished:
    """The dossiers and counters that the store holds, the latter all of one version."""
    with reading(engine) as connection:
        dossiers = read_frame(connection, sa.select(tables.dossiers))
        counters = {table: changed_rows(connection, table, _BEFORE_ALL) for table in _COUNTERS}
    return Finished(dossiers, {table: frame.with_columns(version=pl.lit(1)) for table, frame in counters.items()})


def measure_limit(source: SourceSettings, fresh: Callable[[], Engine], stored: Finished, pid: int | None) -> Limit:
    """Fetch what this one-stop tells, and store these rows into a new database; `pid` is that of its server."""
    engine = fresh()
    for table in (tables.dossiers, *stored.counters):
        bulk.bare(engine, table)
    limit = Limit(
        cost_of(lambda: fetch(source)),
        cost_of(lambda: bulk.load_then_index(engine, tables.dossiers, stored.dossiers), pid),
        cost_of(lambda: _store_counters(engine, stored), pid),
    )
    engine.dispose()
    return limit


def _store_counters(engine: Engine, stored: Finished) -> None:
    for table, frame in stored.counters.items():
        bulk.load_then_index(engine, table, frame)


def fetch(source: SourceSettings) -> int:
    """Read a one-stop from its begin to its end, by http.client into the records that we decode into.

    Returns how many records came; what is updated in the second at which a page ends comes twice.
    """
    return sum(map(len, _pages(source)))


def _pages(source: SourceSettings) -> Iterator[list[Any]]:
    address = urlsplit(source.base_url)
    with closing(HTTPConnection(address.hostname or "", address.port)) as connection:
        told = {"username": source.username, "password": source.secret("password_env")}
        connection.request("POST", f"{address.path}/login", msgspec.json.encode(told), _JSON)
        session = {"session": msgspec.json.decode(connection.getresponse().read())["session"]}
        begin, number, is_more = "", 1, True
        while is_more:
            question = {"capNhatTu": begin, "trang": number, "kichThuoc": PAGE_SIZE}
            asked = urlencode({name: value for name, value in question.items() if value})
            connection.request("GET", f"{address.path}/DongBoHoSoMC?{asked}", headers=session)
            records = decode_dossiers(connection.getresponse().read())["result"]["data"]
            yield records
            is_more = len(records) == PAGE_SIZE
            if is_more:
                newest = records[-1].NgayCapNhat
                begin, number = (newest, 1) if newest > begin else (begin, number + 1)
