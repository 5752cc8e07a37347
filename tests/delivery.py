"""How tests bring a random world into a store: through `write_batch`, as a poller would."""

from collections.abc import Sequence
from datetime import UTC, datetime
from random import Random

from sqlalchemy import Engine

from store.engine import writing
from store.rows import Batch, Document, Dossier
from store.runs import begin_run
from store.tables import calendar_days, successions
from store.writes import Written, write_batch
from tests.worlds import World, batches

AT = datetime(2021, 12, 31, 12, tzinfo=UTC)
RECORDS, MEETINGS, POINTS, RETURNS = "motcua", "hop", "diemcau", "baocao"


def deliver(engine: Engine, world: World, random: Random) -> None:
    """Catalogues first, then every version in batches of random size, then the polls of meetings in order."""
    deliver_catalogues(engine, world)
    deliver_versions(engine, world.versions, random)
    deliver_polls(engine, world)
    deliver_registers(engine, world)


def deliver_catalogues(engine: Engine, world: World) -> Written:
    """The units and procedures, as one batch; the days off go into the calendar first."""
    with writing(engine) as connection:
        connection.execute(calendar_days.delete())
        days = [(day, "holiday") for day in world.holidays] + [(day, "makeup") for day in world.made_up]
        for day, kind in days:
            connection.execute(calendar_days.insert().values(day=day, kind=kind, name=kind))
        for succession in world.successions:
            connection.execute(successions.insert().values(**succession._asdict()))
    return write(engine, RECORDS, Batch(units=list(world.units), procedures=list(world.procedures)))


def deliver_versions(engine: Engine, versions: Sequence[Dossier | Document], random: Random) -> list[Written]:
    """Versions of dossiers and documents in their order, in batches of random size."""
    return [write(engine, RECORDS, batch) for batch in batches(random, versions)]


def deliver_polls(engine: Engine, world: World) -> list[Written]:
    """The polls of meetings, one batch each."""
    return [write(engine, MEETINGS, poll) for poll in world.polls]


def deliver_registers(engine: Engine, world: World) -> list[Written]:
    """The register of bridge points and the statistical returns, each of a source of its own."""
    return [
        write(engine, POINTS, Batch(bridge_points=list(world.bridge_points))),
        write(engine, RETURNS, Batch(returns=list(world.returns))),
    ]


def write(engine: Engine, source: str, batch: Batch) -> Written:
    """One batch in a poll run of its own."""
    return write_batch(engine, source, batch, begin_run(engine, source, AT), None, AT)
