"""How polling went, from the poll runs: each source's freshness and its last runs."""

from collections.abc import Collection, Iterable, Mapping
from datetime import datetime, timedelta
from functools import cache
from typing import Any, Literal, NamedTuple

import sqlalchemy as sa
from sqlalchemy import Connection, Engine

from clock import local_day, start_of_day
from config import SourceSettings
from store.engine import reading
from store.tables import poll_runs, quarantine, versions

Freshness = Literal["fresh", "late", "stale", "unknown"]
_RUNS = 32
_STALE_AFTER = 3  # expected ages: one missed poll is late, a source that is gone is stale


class SourceHealth(NamedTuple):
    """One source: its freshness, its last good poll, its last run, and the counts of the local day."""

    name: str
    dialect: str
    state: Freshness
    last_good_at: datetime | None
    age: timedelta | None
    expected_age: timedelta
    last_outcome: str | None
    last_message: str
    last_run_at: datetime | None
    fetched: int
    accepted: int
    unchanged: int
    rejected: int
    source_count: int | None
    day_fetched: int
    day_accepted: int
    day_rejected: int
    quarantined: int

    def at(self, now: datetime) -> "SourceHealth":
        """The same source with its age and freshness as of `now`: it grows old also while nobody can ask the store."""
        age = max(now - self.last_good_at, timedelta()) if self.last_good_at else None
        return self._replace(age=age, state=freshness(age, self.expected_age))

    def after(self, run: "EndedRun") -> "SourceHealth":
        """The same source after one more poll of the same local day, from which nothing went into quarantine."""
        return self._replace(
            last_good_at=run.ended_at if run.outcome == "ok" else self.last_good_at,
            last_outcome=run.outcome,
            last_message=run.message,
            last_run_at=run.ended_at,
            fetched=run.fetched,
            accepted=run.accepted,
            unchanged=run.unchanged,
            rejected=run.rejected,
            source_count=run.source_count,
            day_fetched=self.day_fetched + run.fetched,
            day_accepted=self.day_accepted + run.accepted,
            day_rejected=self.day_rejected + run.rejected,
        )


def data_until(sources: Iterable[SourceHealth]) -> datetime | None:
    """Until when what the sources tell is known: the oldest of their last good polls; None before the first."""
    return min((source.last_good_at for source in sources if source.last_good_at), default=None)


def freshness(age: timedelta | None, expected_age: timedelta) -> Freshness:
    """fresh up to the expected age, late up to three times it, then stale; unknown when there never was a good poll."""
    if age is None:
        return "unknown"
    if age <= expected_age:
        return "fresh"
    return "late" if age <= expected_age * _STALE_AFTER else "stale"


class Pulse(NamedTuple):
    """What changes whenever something in the store does that is shown: its versions, and how the last polls ended, by
    the numbers of their runs. A poll that took longer than the last 32 that ended is not noticed."""

    versions: Mapping[str, int]
    runs: Mapping[int, str]


class EndedRun(NamedTuple):
    """How a poll ended."""

    source: str
    began_at: datetime
    ended_at: datetime
    outcome: str
    message: str
    fetched: int
    accepted: int
    unchanged: int
    rejected: int
    source_count: int | None


def pulse(engine: Engine) -> Pulse:
    """The pulse, by one small question."""
    with reading(engine) as connection:
        return _pulse(connection)


def runs_ended(engine: Engine, ids: Collection[int]) -> list[EndedRun]:
    """These runs, the first begun first."""
    with reading(engine) as connection:
        return [EndedRun(*row) for row in connection.execute(question_of_runs(poll_runs.c.id.in_(ids)))]


def question_of_runs(chosen: sa.ColumnElement[Any]) -> sa.Select[Any]:
    """What `runs_ended` asks; `chosen`: of which runs."""
    columns = [poll_runs.c[name] for name in EndedRun._fields]
    return sa.select(*columns).where(chosen).order_by(poll_runs.c.began_at, poll_runs.c.id)


def source_health(engine: Engine, sources: Iterable[SourceSettings], now: datetime) -> list[SourceHealth]:
    """The health of each configured source at the instant `now`, in their order."""
    return health_at_pulse(engine, sources, now)[1]


def health_at_pulse(
    engine: Engine, sources: Iterable[SourceSettings], now: datetime
) -> tuple[Pulse, list[SourceHealth]]:
    """As `source_health`, with the pulse of the same state of the store."""
    with reading(engine) as connection:
        return _pulse(connection), [_health(connection, source, now) for source in sources]


def _pulse(connection: Connection) -> Pulse:
    return pulse_of(connection.execute(question_of_pulse()))


def pulse_of(rows: Iterable[Any]) -> Pulse:
    """The pulse that the rows tell which answer `question_of_pulse`."""
    known, ended = dict[str, int](), dict[int, str]()
    for of_run, word, number in rows:
        if of_run:
            ended[number] = word
        else:
            known[word] = number
    return Pulse(known, ended)


@cache
def question_of_pulse() -> sa.CompoundSelect[Any]:
    """The versions and the newest runs that ended: asked twice a second while somebody looks, made once."""
    runs = poll_runs.c
    newest = sa.select(runs.outcome, runs.id).where(runs.outcome != "running").order_by(runs.id.desc()).limit(_RUNS)
    ended = newest.subquery()
    known = sa.select(sa.literal(0), versions.c.name, versions.c.version)
    return sa.union_all(known, sa.select(sa.literal(1), ended.c.outcome, ended.c.id))


def _health(connection: Connection, source: SourceSettings, now: datetime) -> SourceHealth:
    runs = poll_runs.c
    mine = runs.source == source.name
    good_at = connection.scalar(sa.select(sa.func.max(runs.ended_at)).where(mine, runs.outcome == "ok"))
    # What was replayed says nothing of the source.
    ended = sa.select(poll_runs).where(mine, runs.outcome.not_in(["running", "replay"]))
    newest_first = ended.order_by(runs.began_at.desc(), runs.id.desc())
    last = connection.execute(newest_first.limit(1)).mappings().first()
    today = sa.select(sa.func.sum(runs.fetched), sa.func.sum(runs.accepted), sa.func.sum(runs.rejected))
    day = connection.execute(today.where(mine, runs.began_at >= start_of_day(local_day(now)))).one()
    held = sa.select(sa.func.count()).where(quarantine.c.source == source.name)
    age = max(now - good_at, timedelta()) if good_at else None
    return SourceHealth(
        name=source.name,
        dialect=source.dialect,
        state=freshness(age, source.expected_age),
        last_good_at=good_at,
        age=age,
        expected_age=source.expected_age,
        last_outcome=last["outcome"] if last else None,
        last_message=last["message"] if last else "",
        last_run_at=last["ended_at"] if last else None,
        fetched=last["fetched"] if last else 0,
        accepted=last["accepted"] if last else 0,
        unchanged=last["unchanged"] if last else 0,
        rejected=last["rejected"] if last else 0,
        source_count=last["source_count"] if last else None,
        day_fetched=day[0] or 0,
        day_accepted=day[1] or 0,
        day_rejected=day[2] or 0,
        quarantined=connection.scalar(held) or 0,
    )


def quarantine_summary(engine: Engine) -> list[tuple[str, str, int]]:
    """How many records are held per (source, reason), the most first."""
    with reading(engine) as connection:
        return held_in(connection)


def held_in(connection: Connection) -> list[tuple[str, str, int]]:
    """As `quarantine_summary`, among other reads of one state of the store."""
    return [(row[0], row[1], row[2]) for row in connection.execute(_question_of_quarantine())]


@cache
def _question_of_quarantine() -> sa.Select[Any]:
    count, held = sa.func.count(), quarantine.c
    counted = sa.select(held.source, held.reason, count).group_by(held.source, held.reason)
    return counted.order_by(count.desc(), held.source)
