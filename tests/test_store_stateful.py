"""Whatever happens to a store, in whatever order, it ends with the facts and counters of one clean load of the truth.

What happens: batches of any versions of the records, again and out of order; catalogues that come late; records that
were not understood and are replayed; records that are gone at their source and come back; polls of meetings; and any
of these killed at any statement. The truth is computed here from the world alone (`tests/slow_counters.py`).
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from random import Random
from typing import Any

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine, event

from store import tables
from store.engine import empty, migrate, open_engine, reading, writing
from store.quarantine import held
from store.reconciliation import forget_facts
from store.rows import Batch, BridgePoint, Document, Dossier, Rejected, Row
from store.runs import begin_run
from store.writes import as_row, write_batch
from tests.delivery import AT, MEETINGS, POINTS, RECORDS
from tests.slow_counters import slow_counters, stored_counters
from tests.worlds import World, make_world

State = Dossier | Document
# A day after all that happens in the worlds, as days since 1970.
END = 20_000
FACTS: dict[type[State], str] = {Dossier: "dossiers", Document: "documents"}
# What happens, each with a number that says to what; the last: at which of its statements it is killed, if at any.
Happening = tuple[str, int, int | None]
KINDS = ("deliver", "deliver", "deliver", "again", "catalogue", "misread", "replay", "gone", "poll", "points")
happenings: st.SearchStrategy[list[Happening]] = st.lists(
    st.tuples(st.sampled_from(KINDS), st.integers(0, 2**16), st.none() | st.integers(1, 40)), max_size=5
)
tiny_worlds = st.builds(
    make_world, st.integers(0, 2**32).map(Random), st.just(4), st.just(2), st.sampled_from((0, 0, 3))
)


class KilledError(Exception):
    """The process is gone in the middle of a transaction."""


class Killer:
    """Kills whatever uses the engine at its statement number `left`; 0: never."""

    def __init__(self, engine: Engine) -> None:
        self.engine, self.left, self.kills = engine, 0, 0
        event.listen(engine, "before_cursor_execute", self._count)

    def _count(self, *_of_statement: Any) -> None:
        if self.left:
            self.left -= 1
            if not self.left:
                self.kills += 1
                raise KilledError


@dataclass
class Story:
    """A store and what its sources have told it so far; `departed`: what they no longer have."""

    engine: Engine
    killer: Killer
    world: World
    departed: set[str] = field(default_factory=set)
    polled: int = 0
    last: list[State] = field(default_factory=list)
    run: int = 0

    def __post_init__(self) -> None:
        empty(self.engine)
        self.run = begin_run(self.engine, RECORDS, AT)

    @property
    def codes(self) -> set[str]:
        """Every code of the catalogues."""
        return {row.code for row in (*self.world.units, *self.world.procedures)}

    @property
    def living(self) -> list[State]:
        """All versions of what is still at its source."""
        return [row for row in self.world.versions if row.source_id not in self.departed]

    def happen(self, kind: str, number: int, killed_at: int | None) -> None:
        """One thing, perhaps killed: then nothing of it has happened."""
        self.killer.left = killed_at or 0
        try:
            getattr(self, kind)(Random(number))
        except KilledError:
            pass
        finally:
            self.killer.left = 0

    def write(self, source: str, batch: Batch, replayed: Iterable[int] = ()) -> None:
        write_batch(self.engine, source, batch, self.run, None, AT, replayed)

    def deliver(self, random: Random) -> None:
        """Some versions, in any order; what was gone is there again."""
        self.tell(random.sample(self.world.versions, k=random.randrange(1, 1 + len(self.world.versions))))

    def tell(self, versions: list[State]) -> None:
        self.write(RECORDS, batch_of(versions))
        self.last = versions
        self.departed -= {row.source_id for row in versions}

    def again(self, _random: Random) -> None:
        """The last batch once more; what has gone since is not in it."""
        self.tell([row for row in self.last if row.source_id not in self.departed])

    def catalogue(self, random: Random) -> None:
        """Some of the units and procedures, each code whole."""
        self.name(set(random.sample(sorted(self.codes), k=random.randrange(1 + len(self.codes)))))

    def name(self, codes: set[str]) -> None:
        units = [row for row in self.world.units if row.code in codes]
        self.write(RECORDS, Batch(units=units, procedures=[row for row in self.world.procedures if row.code in codes]))

    def misread(self, random: Random) -> None:
        """A version that the connector does not understand."""
        number = random.randrange(len(self.world.versions))
        row = self.world.versions[number]
        rejected = Rejected(
            kind=FACTS[type(row)], source_id=row.source_id, reason="bad_date", detail="?", payload={"version": number}
        )
        self.write(RECORDS, Batch(rejected=[rejected]))
        self.departed -= {row.source_id}

    def replay(self, _random: Random) -> None:
        """All held records once more; now the connector understands them."""
        for source in (RECORDS, POINTS):
            records = held(self.engine, source=source)
            if records:
                rows = [
                    as_row(record) if record.form == "row" else self.world.versions[record.payload["version"]]
                    for record in records
                ]
                self.write(source, batch_of(rows), [record.id for record in records])

    def gone(self, random: Random) -> None:
        """Some records are no longer at their source, as a comparison of keys finds."""
        row = random.choice(self.world.versions)
        with writing(self.engine) as connection:
            forget_facts(connection, FACTS[type(row)], RECORDS, [row.source_id], AT)
        self.departed.add(row.source_id)

    def poll(self, _random: Random) -> None:
        """The next poll of meetings, of units that are known by now: who was there when is not told again."""
        if self.polled < len(self.world.polls):
            self.name(self.codes)
            self.write(MEETINGS, self.world.polls[self.polled])
            self.polled += 1

    def points(self, _random: Random) -> None:
        """The register of bridge points, whole."""
        self.write(POINTS, Batch(bridge_points=list(self.world.bridge_points)))

    def finish(self) -> None:
        """Everything that has not happened yet."""
        self.name(self.codes)
        self.replay(Random())
        self.tell(self.living)
        while self.polled < len(self.world.polls):
            self.poll(Random())
        self.points(Random())


def batch_of(rows: Iterable[Row]) -> Batch:
    rows = list(rows)
    points = [row for row in rows if isinstance(row, BridgePoint)]
    return Batch(
        dossiers=[row for row in rows if isinstance(row, Dossier)],
        documents=[row for row in rows if isinstance(row, Document)],
        bridge_points=points or None,
    )


def stored(engine: Engine, made: type[Row], table: sa.Table) -> set[Row]:
    """The facts of a table as rows."""
    columns = [table.c[name] for name in made.__struct_fields__ if name in table.c]
    with reading(engine) as connection:
        return {made(**row) for row in connection.execute(sa.select(*columns)).mappings()}


def assert_clean(story: Story) -> None:
    """The store is what one load of the truth would have made it."""
    dossiers = {row for row in story.world.dossiers if row.source_id not in story.departed}
    documents = {row for row in story.world.documents if row.source_id not in story.departed}
    assert stored(story.engine, Dossier, tables.dossiers) == dossiers
    assert stored(story.engine, Document, tables.documents) == documents
    assert stored_counters(story.engine) == slow_counters(dossiers, documents)
    assert stored(story.engine, BridgePoint, tables.bridge_points) == set(story.world.bridge_points)
    with reading(story.engine) as connection:
        ended = connection.execute(sa.select(tables.meetings.c["source_id", "unit_code", "ended_at"])).all()
        points = sa.select(sa.func.sum(tables.point_days.c.active_points_change))
        active = connection.scalar(points.where(tables.point_days.c.day <= END)) or 0
    assert {tuple(row) for row in ended if row.ended_at} == {
        (held.source_id, held.unit_code, held.ended_at) for held in story.world.meetings
    }
    assert active == sum(row.status == "active" and not row.valid_to for row in story.world.bridge_points)
    assert held(story.engine) == []


@pytest.fixture(scope="module")
def memory() -> Iterator[Killer]:
    engine = open_engine("sqlite:///:memory:")
    migrate(engine)
    yield Killer(engine)
    engine.dispose()


def examples(number: int) -> settings:
    """So many examples, the same ones every time."""
    return settings(
        max_examples=number,
        deadline=None,
        derandomize=True,
        phases=[Phase.explicit, Phase.generate, Phase.shrink],
        suppress_health_check=[HealthCheck.function_scoped_fixture],
    )


@examples(60)
@given(world=tiny_worlds, story=happenings)
def test_any_story_ends_like_one_clean_load(memory: Killer, world: World, story: list[Happening]) -> None:
    tell(memory, world, story)


def tell(killer: Killer, world: World, happened: list[Happening]) -> None:
    story = Story(killer.engine, killer, world)
    for one in happened:
        story.happen(*one)
    story.finish()
    assert_clean(story)
