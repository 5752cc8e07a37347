"""Poll runs: every run is a row; freshness, silence and health are computed from them."""

from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy import Engine

from store.engine import reading, writing
from store.fencing import fence_of
from store.tables import poll_runs


def begin_run(engine: Engine, source: str, at: datetime) -> int:
    """Note that a poll of `source` has begun; returns the run's number. It stays "running" if we are killed."""
    fence = fence_of(engine)
    values = {"source": source, "began_at": at, "outcome": "running", "fence": fence.number if fence else None}
    with writing(engine) as connection:
        return int(connection.execute(poll_runs.insert().values(**values).returning(poll_runs.c.id)).scalar_one())


def was_read(engine: Engine, source: str) -> bool:
    """Whether a poll of the source ever read it to its end."""
    good = sa.select(poll_runs.c.id).where(poll_runs.c.source == source, poll_runs.c.outcome == "ok")
    with reading(engine) as connection:
        return connection.scalar(good.limit(1)) is not None


def end_run(
    engine: Engine,
    run_id: int,
    outcome: str,
    at: datetime,
    message: str = "",
    source_count: int | None = None,
    fetched: int | None = None,
    retries: int = 0,
) -> None:
    """Note how a run ended: outcome "ok", "unavailable", "refused", "changed" or "store", with its message.

    `retries`: how often its calls had to be made again.
    """
    values: dict[str, object] = {
        "outcome": outcome,
        "ended_at": at,
        "message": message,
        "source_count": source_count,
        "retries": retries,
    }
    if fetched is not None:
        values["fetched"] = fetched
    with writing(engine) as connection:
        connection.execute(poll_runs.update().where(poll_runs.c.id == run_id).values(**values))


def forget_runs(engine: Engine, before: datetime) -> None:
    """Delete the runs that began before `before`, but each source's last good one: since then it is silent."""
    last_good = sa.select(sa.func.max(poll_runs.c.id)).where(poll_runs.c.outcome == "ok").group_by(poll_runs.c.source)
    with writing(engine) as connection:
        old = poll_runs.delete().where(poll_runs.c.began_at < before, poll_runs.c.id.not_in(last_good))
        connection.execute(old)


KEPT_RUNS = timedelta(days=30)
