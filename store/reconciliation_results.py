"""The results of reconciliation: each comparison of a source, what it found of each figure, which records differ.

States of a figure: agree · differ · incomparable (the reason says why) · silent (the source did not answer). Reasons:
short (fewer records came than the source says it holds), shrinking (it held fewer while it was read), unreadable (some
records had no readable id), too_many (so many are gone that none was removed), untold (it did not tell this figure).
"""

from collections.abc import Iterable, Mapping
from datetime import date, datetime, timedelta
from functools import cache
from typing import Any, Literal, NamedTuple

import sqlalchemy as sa
from sqlalchemy import Connection, Engine, Table

from clock import local_day, start_of_day
from store.engine import reading, writing
from store.health import held_in
from store.reconciliation_tables import reconciled_figures, reconciled_keys, reconciliations

State = Literal["agree", "differ", "incomparable", "silent"]
Difference = Literal["missing", "held", "other", "gone"]
KEPT = timedelta(days=400)
# An answer that is not as agreed will be no other in an hour.
_ANSWERED = ("ok", "untold", "changed")


# The quietest hour of the local day, by the centre's clock.
NIGHT_HOURS = 2


def next_night(now: datetime) -> datetime:
    """When the sources are compared next after an instant; both aware."""
    night = start_of_day(local_day(now)) + timedelta(hours=NIGHT_HOURS)
    return night if now < night else start_of_day(local_day(now) + timedelta(days=1)) + timedelta(hours=NIGHT_HOURS)


class Figure(NamedTuple):
    """One figure of one window; `unit_code` "": of all units, `differing` of them differ (of "dossiers" and
    "documents", the two figures that are compared key by key: so many records). Counts are None where nobody told."""

    figure: str
    unit_code: str
    first_day: date
    last_day: date
    state: State
    reason: str = ""
    source_count: int | None = None
    our_count: int | None = None
    mended_count: int | None = None
    differing: int = 0
    since: datetime | None = None


class KeyDifference(NamedTuple):
    """A record in which source and centre differed; states and times are None on the side that did not have it.
    `settled`: by the end of the comparison both had the same."""

    kind: str
    source_id: str
    difference: Difference
    unit_code: str
    source_state: int | None
    our_state: int | None
    source_updated_at: datetime | None
    our_updated_at: datetime | None
    settled: bool


class Reconciliation(NamedTuple):
    """One comparison of a source over the local days from `first_day` to `last_day`; `outcome` as of a poll run, or
    "untold": the source tells nothing that could be compared, "never": it has not been polled yet, "running"."""

    id: int
    source: str
    first_day: date
    last_day: date
    began_at: datetime
    ended_at: datetime | None
    outcome: str
    message: str
    figures: tuple[Figure, ...] = ()
    keys: tuple[KeyDifference, ...] = ()

    @property
    def agrees(self) -> bool:
        """Whether the source answered, if it tells anything, and nothing differed."""
        return self.outcome in ("ok", "untold") and all(figure.state != "differ" for figure in self.figures)


def begin_reconciliation(engine: Engine, source: str, first: date, last: date, at: datetime) -> int:
    """Note that a comparison has begun; returns its number."""
    values = {"source": source, "first_day": first, "last_day": last, "began_at": at, "outcome": "running"}
    with writing(engine) as connection:
        row = reconciliations.insert().values(**values).returning(reconciliations.c.id)
        return int(connection.execute(row).scalar_one())


def end_reconciliation(
    engine: Engine,
    number: int,
    outcome: str,
    message: str,
    at: datetime,
    figures: Iterable[Figure],
    keys: Iterable[KeyDifference],
) -> None:
    """Store what a comparison found. `since` of a figure is that of the one before while its state is the same."""
    with writing(engine) as connection:
        before = _standing(connection, number)
        rows = [
            {**figure._asdict(), "reconciliation": number, "since": before.get(_state_of(figure), at)}
            for figure in figures
        ]
        differences = [{**key._asdict(), "reconciliation": number} for key in keys]
        if rows:
            connection.execute(reconciled_figures.insert(), rows)
        if differences:
            connection.execute(reconciled_keys.insert(), differences)
        ended = {"outcome": outcome, "message": message, "ended_at": at}
        connection.execute(reconciliations.update().where(reconciliations.c.id == number).values(**ended))


def _state_of(figure: Figure) -> tuple[str, str, str]:
    return figure.figure, figure.unit_code, figure.state


def _standing(connection: Connection, number: int) -> Mapping[tuple[str, str, str], datetime]:
    """Since when each state holds, by the comparison of the same source that ended last."""
    runs = reconciliations.c
    source = sa.select(runs.source).where(runs.id == number).scalar_subquery()
    ended = sa.select(sa.func.max(runs.id)).where(runs.source == source, runs.id < number, runs.ended_at.is_not(None))
    last = connection.scalar(ended)
    return {_state_of(figure): figure.since for figure in _figures(connection, last) if figure.since} if last else {}


def last_reconciliations(engine: Engine) -> dict[str, Reconciliation]:
    """The comparison that ended last, of each source that has one, with all that it found."""
    runs = reconciliations.c
    newest = sa.select(sa.func.max(runs.id)).where(runs.ended_at.is_not(None)).group_by(runs.source)
    with reading(engine) as connection:
        found = [Reconciliation(*row) for row in connection.execute(_runs().where(runs.id.in_(newest)))]
        return {
            run.source: run._replace(figures=_figures(connection, run.id), keys=_keys(connection, run.id))
            for run in found
        }


class Standing(NamedTuple):
    """How the last comparison of a source ended, and how many of its figures are in each state."""

    source: str
    began_at: datetime
    outcome: str
    states: Mapping[str, int]


def last_standings(engine: Engine) -> list[Standing]:
    """The comparison that ended last, of each source that has one, without what it found unit by unit."""
    with reading(engine) as connection:
        return _standings_in(connection)


def held_and_reconciled(engine: Engine) -> tuple[list[tuple[str, str, int]], list[Standing]]:
    """What `quarantine_summary` and `last_standings` give, of one state of the store."""
    with reading(engine) as connection:
        return held_in(connection), _standings_in(connection)


def _standings_in(connection: Connection) -> list[Standing]:
    counted, last = _questions_of_standings()
    states: dict[int, dict[str, int]] = {}
    for number, state, count in connection.execute(counted):
        states.setdefault(number, {})[state] = count
    ended = connection.execute(last).all()
    return [Standing(run.source, run.began_at, run.outcome, states.get(run.id, {})) for run in ended]


@cache
def _questions_of_standings() -> tuple[sa.Select[Any], sa.Select[Any]]:
    """How many figures of each last comparison are in each state, and the comparisons: asked after polls, made once."""
    runs, found = reconciliations.c, reconciled_figures.c
    newest = sa.select(sa.func.max(runs.id)).where(runs.ended_at.is_not(None)).group_by(runs.source)
    counted = (
        sa.select(found.reconciliation, found.state, sa.func.count())
        .where(found.reconciliation.in_(newest), found.unit_code == "")
        .group_by(found.reconciliation, found.state)
    )
    last = sa.select(runs.id, runs.source, runs.began_at, runs.outcome).where(runs.id.in_(newest)).order_by(runs.source)
    return counted, last


def last_begun(engine: Engine, recent: datetime) -> dict[str, datetime]:
    """When the last comparison of each source began that needs no other: it ended with an answer, or it began after
    `recent`, however it went."""
    runs = reconciliations.c
    enough = sa.or_(runs.outcome.in_(_ANSWERED), runs.began_at > recent)
    query = sa.select(runs.source, sa.func.max(runs.began_at)).where(enough).group_by(runs.source)
    with reading(engine) as connection:
        return {row[0]: row[1] for row in connection.execute(query)}


def forget_reconciliations(engine: Engine, before: datetime) -> None:
    """Delete the comparisons that began before `before`, but the last of each source. Removed facts stay."""
    runs = reconciliations.c
    with writing(engine) as connection:
        newest = set(connection.scalars(sa.select(sa.func.max(runs.id)).group_by(runs.source)))
        begun = set(connection.scalars(sa.select(runs.id).where(runs.began_at < before)))
        for table in (reconciled_figures, reconciled_keys):
            connection.execute(table.delete().where(table.c.reconciliation.in_(begun - newest)))
        connection.execute(reconciliations.delete().where(runs.id.in_(begun - newest)))


def _runs() -> sa.Select[Any]:
    return sa.select(*(reconciliations.c[name] for name in Reconciliation._fields[:-2]))


def _figures(connection: Connection, number: int) -> tuple[Figure, ...]:
    order = (reconciled_figures.c.figure, reconciled_figures.c.first_day, reconciled_figures.c.unit_code)
    query = _of(reconciled_figures, Figure._fields, number).order_by(*order)
    return tuple(Figure(*row) for row in connection.execute(query))


def _keys(connection: Connection, number: int) -> tuple[KeyDifference, ...]:
    order = (reconciled_keys.c.difference, reconciled_keys.c.source_id)
    query = _of(reconciled_keys, KeyDifference._fields, number).order_by(*order)
    return tuple(KeyDifference(*row) for row in connection.execute(query))


def _of(table: Table, names: Iterable[str], number: int) -> sa.Select[Any]:
    return sa.select(*(table.c[name] for name in names)).where(table.c.reconciliation == number)
