"""How each source is polled just now: what the poller notes, and who wants to know it."""

from datetime import datetime
from typing import Literal, NamedTuple

import sqlalchemy as sa
from sqlalchemy import Connection, Engine

from clock import local_day, start_of_day
from store.engine import reading, writing
from store.polling_tables import source_polling
from store.tables import poll_runs

BreakerState = Literal["closed", "open", "half_open"]


class PollingState(NamedTuple):
    """One source: its breaker and since when it is so (None: nothing noted yet), and polls failed in a row.

    `retries_today`: how often its polls had to ask again on the local day on which any source was polled last.
    """

    source: str
    breaker: BreakerState
    since: datetime | None
    failures: int
    retries_today: int


def polling_states(engine: Engine) -> list[PollingState]:
    """Every source that was ever polled, in the order of their names. Raises StoreError."""
    with reading(engine) as connection:
        retries = _retries_today(connection)
        noted = {row.source: row for row in connection.execute(sa.select(source_polling))}
        polled = set(connection.scalars(sa.select(poll_runs.c.source).distinct()))
    return [
        PollingState(source, row.breaker, row.since, row.failures, retries.get(source, 0))
        if (row := noted.get(source))
        else PollingState(source, "closed", None, 0, retries.get(source, 0))
        for source in sorted(noted.keys() | polled)
    ]


def _retries_today(connection: Connection) -> dict[str, int]:
    runs = poll_runs.c
    newest = connection.scalar(sa.select(sa.func.max(runs.began_at)))
    if newest is None:
        return {}
    counted = sa.select(runs.source, sa.func.sum(runs.retries)).where(runs.began_at >= start_of_day(local_day(newest)))
    return {row[0]: int(row[1]) for row in connection.execute(counted.group_by(runs.source))}


def note_polling(engine: Engine, source: str, breaker: BreakerState, failures: int, at: datetime) -> None:
    """Note a source's breaker as of the instant `at`, and its polls failed in a row. Raises StoreError."""
    columns = source_polling.c
    with writing(engine) as connection:
        known = connection.scalar(sa.select(columns.breaker).where(columns.source == source))
        if known is None:
            row = {"source": source, "breaker": breaker, "since": at, "failures": failures}
            connection.execute(source_polling.insert().values(row))
            return
        values: dict[str, object] = {"failures": failures}
        if known != breaker:
            values |= {"breaker": breaker, "since": at}
        connection.execute(source_polling.update().where(columns.source == source).values(values))
