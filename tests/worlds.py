"""Small random worlds: dated units and procedures, and the versions of every record as sources deliver them.

Deliberately full of edges: units that move, end or give their code to another; procedures that change level; states
that go back; equal update times; the first and last second of a local day. All days lie in 2021.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import cached_property
from random import Random
from typing import Any, TypeVar

from store.content import content_hash
from store.rows import Batch, BridgePoint, Document, Dossier, Procedure, Return, Unit
from tests.reference_facts import HeldMeeting
from tests.reference_today import Succession
from tests.world_catalogues import make_procedures, make_units
from tests.world_meetings import held_meeting, make_polls
from tests.world_moments import SPAN_DAYS, day_of
from tests.world_records import document_versions, dossier_versions
from tests.world_reforms import make_reforms
from tests.world_registers import make_points, make_returns

Record = TypeVar("Record", Dossier, Document)


@dataclass(frozen=True)
class World:
    """A world and how it is delivered: `versions` in any order and more than once, `polls` of meetings in order."""

    first_day: date
    units: list[Unit]
    procedures: list[Procedure]
    versions: list[Dossier | Document]
    polls: list[Batch]
    holidays: frozenset[date] = frozenset()
    made_up: frozenset[date] = frozenset()
    bridge_points: list[BridgePoint] = field(default_factory=list)
    returns: list[Return] = field(default_factory=list)
    successions: list[Succession] = field(default_factory=list)

    @property
    def last_day(self) -> date:
        """A day on which, and after which, little happens."""
        return self.first_day + timedelta(days=SPAN_DAYS)

    @property
    def codes(self) -> list[str]:
        """Every unit code ever used."""
        return sorted({unit.code for unit in self.units})

    @cached_property
    def dossiers(self) -> list[Dossier]:
        """The newest version of each dossier: the last updated, then the furthest on, then the greater hash."""
        dossiers = [row for row in self.versions if isinstance(row, Dossier)]
        return _newest(dossiers, lambda row: (row.updated_at, row.state, content_hash(row)))

    @cached_property
    def documents(self) -> list[Document]:
        """The newest version of each document: the last updated, then a completed one, then the greater hash."""
        documents = [row for row in self.versions if isinstance(row, Document)]
        return _newest(documents, lambda row: (row.updated_at, row.completed_on is not None, content_hash(row)))

    @cached_property
    def meetings(self) -> list[HeldMeeting]:
        """The meetings that have ended, by the source's word or by the poll that missed them."""
        ids = sorted({meeting.source_id for poll in self.polls for meeting in poll.meetings})
        held = (held_meeting(self.polls, source_id) for source_id in ids)
        return [meeting for meeting in held if meeting is not None]


def make_world(random: Random, dossiers: int = 25, documents: int = 15, polls: int = 6) -> World:
    """A world of up to so many dossiers, documents and polls of meetings."""
    first_day = date(2021, 1, 5) + timedelta(days=random.randrange(280))
    return _furnish(random, first_day, make_units(random, first_day), [], dossiers, documents, polls)


def make_reformed_world(random: Random, dossiers: int = 25, documents: int = 10, polls: int = 3) -> World:
    """A world of two provinces whose units are reformed once or several times."""
    first_day = date(2021, 1, 5) + timedelta(days=random.randrange(280))
    units, successions = make_reforms(random, first_day)
    return _furnish(random, first_day, units, successions, dossiers, documents, polls)


def _furnish(
    random: Random,
    first_day: date,
    units: list[Unit],
    successions: list[Succession],
    dossiers: int,
    documents: int,
    polls: int,
) -> World:
    codes = sorted({unit.code for unit in units})
    procedures = make_procedures(random, first_day, codes)
    procedure_codes = sorted({row.code for row in procedures})
    versions: list[Dossier | Document] = []
    for number in range(dossiers):
        versions += dossier_versions(random, first_day, f"H28-{number:04}", codes, procedure_codes)
    for number in range(documents):
        versions += document_versions(random, first_day, f"{number:03}/UBND", codes)
    versions += random.sample(versions, k=len(versions) // 5)
    random.shuffle(versions)
    days = [first_day + timedelta(days=number) for number in range(SPAN_DAYS)]
    holidays = frozenset(random.sample(days, k=5))
    made_up = frozenset(day for day in random.sample(days, k=20) if day.weekday() >= 5) - holidays
    polls_seen = make_polls(random, first_day, codes, polls)
    points, returns = make_points(random, first_day, codes), make_returns(random, first_day, codes)
    return World(first_day, units, procedures, versions, polls_seen, holidays, made_up, points, returns, successions)


def make_period(random: Random, world: World) -> tuple[date, date]:
    """A period somewhere in the world, often of one day."""
    start = day_of(random, world.first_day)
    return start, start + timedelta(days=random.choice((0, 0, 1, 6, 30, SPAN_DAYS)))


def batches(random: Random, versions: Sequence[Dossier | Document]) -> list[Batch]:
    """The versions in their order, cut into batches of random size."""
    cut: list[Batch] = []
    at = 0
    while at < len(versions):
        part = versions[at : at + random.choice((5, 100, 200, 200))]
        cut.append(
            Batch(
                dossiers=[row for row in part if isinstance(row, Dossier)],
                documents=[row for row in part if isinstance(row, Document)],
            )
        )
        at += len(part)
    return cut


def _newest(versions: Sequence[Record], rank: Callable[[Record], Any]) -> list[Record]:
    newest: dict[str, Record] = {}
    for row in versions:
        if row.source_id not in newest or rank(row) > rank(newest[row.source_id]):
            newest[row.source_id] = row
    return list(newest.values())
