"""Whatever happens to a store, in whatever order, it ends with the facts and counters of one clean load of the truth.

What happens: batches of any versions of the records, again and out of order; catalogues that come late; records that
were not understood and are replayed; records that are gone at their source and come back; polls of meetings; and any
of these killed at any statement. The truth is computed here from the world alone (`tests/slow_counters.py`).
"""

import sqlite3
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace
from random import Random
from typing import Any

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine, event

from store import tables
from store.engine import empty, open_engine, reading, writing
from store.first_load import FirstLoad
from store.quarantine import Held, held
from store.reconciliation import forget_facts
from store.rows import Batch, BridgePoint, Document, Dossier, Rejected, Row
from store.writes import as_row, write_batch
from tests.delivery import AT, MEETINGS, RECORDS
from tests.slow_counters import slow_counters, stored_counters
from tests.stores import lay_tables
from tests.world_meetings import make_polls
from tests.world_records import document_versions, dossier_versions
from tests.worlds import World, make_world

State = Dossier | Document
# A day after all that happens in the worlds, as days since 1970.
END = 20_000
RUN = 1
FACTS: dict[type[State], str] = {Dossier: "dossiers", Document: "documents"}
# What happens, each with a number that says to what; the last: at which of its statements it is killed, if at any.
Happening = tuple[str, int, int | None]
KINDS = ("deliver", "deliver", "deliver", "again", "catalogue", "misread", "replay", "gone", "poll", "points")
happenings: st.SearchStrategy[list[Happening]] = st.lists(
    st.tuples(st.sampled_from(KINDS), st.integers(0, 2**16), st.none() | st.integers(1, 25)), max_size=3
)
# One catalogue serves all worlds: in most stories it is there from the beginning, as in a centre that runs.
BASE = make_world(Random(3), dossiers=0, documents=0, polls=0)
UNITS = sorted({row.code for row in BASE.units})
PROCEDURES = sorted({row.code for row in BASE.procedures})
CATALOGUE = Batch(units=BASE.units, procedures=BASE.procedures)


def tiny_world(random: Random, dossiers: int, documents: int, polls: int) -> World:
    """A few records of the one catalogue."""
    day, versions = BASE.first_day, list[State]()
    for number in range(dossiers):
        versions += dossier_versions(random, day, f"D{number}", UNITS, PROCEDURES)
    for number in range(documents):
        versions += document_versions(random, day, f"V{number}", UNITS)
    return replace(BASE, versions=versions, polls=make_polls(random, day, UNITS, polls))


worlds = st.builds(
    tiny_world,
    st.integers(0, 2**32).map(Random),
    st.integers(1, 3),
    st.sampled_from((0, 0, 1)),
    st.sampled_from((0, 0, 0, 0, 0, 2)),
)


class KilledError(Exception):
    """The process is gone in the middle of a transaction."""


class Store:
    """A store that can be emptied quickly, and that kills whoever uses it at its statement number `left` (0: never)."""

    def __init__(self, engine: Engine) -> None:
        self.engine, self.left, self.kills = engine, 0, 0
        self.templates: dict[bool, sqlite3.Connection] = {}
        if engine.dialect.name == "sqlite":
            self.templates = {known: self._template(knows_catalogue=known) for known in (False, True)}
        event.listen(engine, "before_cursor_execute", self._count)

    def begin(self, *, knows_catalogue: bool) -> None:
        """Nothing is in the store but the poll run 1, and the catalogue where it is known."""
        if self.templates:
            self.templates[knows_catalogue].backup(self._sqlite())
            return
        empty(self.engine)
        with writing(self.engine) as connection:
            connection.execute(tables.poll_runs.insert().values(id=RUN, source=RECORDS, began_at=AT, outcome="running"))
        if knows_catalogue:
            write_batch(self.engine, RECORDS, CATALOGUE, RUN, None, AT)

    def _template(self, *, knows_catalogue: bool) -> sqlite3.Connection:
        self.begin(knows_catalogue=knows_catalogue)
        template = sqlite3.connect(":memory:")
        self._sqlite().backup(template)
        return template

    def _sqlite(self) -> sqlite3.Connection:
        raw = self.engine.raw_connection()
        driver: Any = raw.driver_connection
        raw.close()
        return driver  # the one connection of a store in memory

    def _count(self, *_of_statement: Any) -> None:
        if self.left:
            self.left -= 1
            if not self.left:
                self.kills += 1
                raise KilledError


@dataclass
class Story:
    """A store and what its sources have told it so far; `departed`: what they no longer have."""

    store: Store
    world: World
    knows_catalogue: bool
    departed: set[str] = field(default_factory=set)
    polled: int = 0
    registered: bool = False
    last: list[State] = field(default_factory=list)
    first_load: FirstLoad = field(default_factory=FirstLoad)

    def __post_init__(self) -> None:
        self.engine = self.store.engine
        self.store.begin(knows_catalogue=self.knows_catalogue)

    @property
    def living(self) -> list[State]:
        """All versions of what is still at its source."""
        return [row for row in self.world.versions if row.source_id not in self.departed]

    def happen(self, kind: str, number: int, killed_at: int | None) -> None:
        """One thing, perhaps killed: then nothing of it has happened."""
        self.store.left = killed_at or 0
        try:
            getattr(self, kind)(Random(number))
        except KilledError:
            pass
        finally:
            self.store.left = 0

    def write(self, source: str, batch: Batch, replayed: Iterable[int] = ()) -> None:
        # What is replayed comes from another process, of whose counters the first load must learn.
        first_load = None if replayed else self.first_load
        write_batch(self.engine, source, batch, RUN, None, AT, replayed, first_load=first_load)

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
        codes = set(random.sample([*UNITS, *PROCEDURES], k=random.randrange(1 + len(UNITS) + len(PROCEDURES))))
        units = [row for row in BASE.units if row.code in codes]
        self.write(RECORDS, Batch(units=units, procedures=[row for row in BASE.procedures if row.code in codes]))

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
        records = held(self.engine)
        if records:
            self.write(RECORDS, self.understood(records), [record.id for record in records])

    def understood(self, records: Iterable[Held]) -> Batch:
        return batch_of(
            as_row(record) if record.form == "row" else self.world.versions[record.payload["version"]]
            for record in records
        )

    def gone(self, random: Random) -> None:
        """Some records are no longer at their source, as a comparison of keys finds."""
        row = random.choice(self.world.versions)
        with writing(self.engine) as connection:
            forget_facts(connection, FACTS[type(row)], RECORDS, [row.source_id], AT)
        self.departed.add(row.source_id)

    def poll(self, _random: Random) -> None:
        """The next poll of meetings, of units that are known by now: who was there when is not told again."""
        if self.polled < len(self.world.polls):
            if not self.knows_catalogue:
                self.write(RECORDS, CATALOGUE)
                self.knows_catalogue = True
            self.write(MEETINGS, self.world.polls[self.polled])
            self.polled += 1

    def points(self, _random: Random) -> None:
        """The register of bridge points, whole."""
        self.write(RECORDS, Batch(bridge_points=list(self.world.bridge_points)))
        self.registered = True

    def finish(self) -> None:
        """Everything that has not happened yet: what was held, the catalogues and all versions, at once."""
        records = held(self.engine)
        last = self.understood(records)
        last.add(batch_of([*self.living, *(self.world.bridge_points if self.registered else [])]))
        if not self.knows_catalogue:
            last.add(CATALOGUE)
        self.write(RECORDS, last, [record.id for record in records])
        while self.polled < len(self.world.polls):
            self.poll(Random())


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
    register = story.world.bridge_points if story.registered else []
    assert stored(story.engine, BridgePoint, tables.bridge_points) == set(register)
    with reading(story.engine) as connection:
        ended = connection.execute(sa.select(tables.meetings.c["source_id", "unit_code", "ended_at"])).all()
        points = sa.select(sa.func.sum(tables.point_days.c.active_points_change))
        active = connection.scalar(points.where(tables.point_days.c.day <= END)) or 0
    assert {tuple(row) for row in ended if row.ended_at} == {
        (held.source_id, held.unit_code, held.ended_at) for held in story.world.meetings
    }
    assert active == sum(row.status == "active" and not row.valid_to for row in register)
    assert held(story.engine) == []


@pytest.fixture(scope="module")
def memory() -> Iterator[Store]:
    engine = open_engine("sqlite:///:memory:")
    lay_tables(engine)
    yield Store(engine)
    engine.dispose()


@pytest.fixture
def server(fresh_engine: Callable[[str], Engine]) -> Store:
    return Store(fresh_engine("postgresql"))


def tell(store: Store, world: World, happened: list[Happening], knows_catalogue: bool) -> None:
    story = Story(store, world, knows_catalogue)
    for one in happened:
        story.happen(*one)
    story.finish()
    assert_clean(story)


def examples(number: int) -> settings:
    """So many examples, the same ones every time."""
    return settings(
        max_examples=number,
        deadline=None,
        derandomize=True,
        phases=[Phase.explicit, Phase.generate, Phase.shrink],
        suppress_health_check=[HealthCheck.function_scoped_fixture],
    )


known = st.sampled_from((True, True, True, False))


@examples(1000)
@given(worlds, happenings, known)
def test_any_story_ends_like_one_clean_load(
    memory: Store, world: World, happened: list[Happening], knows_catalogue: bool
) -> None:
    tell(memory, world, happened, knows_catalogue)


@examples(12)
@given(worlds, happenings, known)
def test_any_story_ends_so_on_postgresql_too(
    server: Store, world: World, happened: list[Happening], knows_catalogue: bool
) -> None:
    tell(server, world, happened, knows_catalogue)
