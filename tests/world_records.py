"""The versions of the dossiers and documents of a random world."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from random import Random
from typing import Literal

import msgspec

from store.rows import Document, Dossier
from tests.world_moments import chance, day_of, instant_on


def dossier_versions(
    random: Random, first_day: date, source_id: str, codes: Sequence[str], procedure_codes: Sequence[str]
) -> list[Dossier]:
    """One to five versions of a dossier."""
    updates = [instant_on(random, day_of(random, first_day)) for _ in range(2)]  # few, so that several are equal
    versions = [_dossier(random, first_day, source_id, random.choice(codes), random.choice(procedure_codes), updates)]
    for _ in range(random.choice((0, 1, 1, 2, 4))):
        newest = versions[-1]
        other = _dossier(random, first_day, source_id, newest.unit_code, newest.procedure_code, updates)
        if chance(random, 40):  # another state of the same dossier
            other = msgspec.structs.replace(
                other, submitted_at=newest.submitted_at, received_at=newest.received_at, due_at=newest.due_at
            )
        elif chance(random, 30):  # the same state and time, another content
            other = msgspec.structs.replace(other, state=newest.state, updated_at=newest.updated_at)
        elif chance(random, 30):  # handed to another unit
            other = msgspec.structs.replace(other, unit_code=random.choice(codes))
        versions.append(other)
    return versions


def _dossier(
    random: Random, first_day: date, source_id: str, unit_code: str, procedure_code: str, updates: Sequence[datetime]
) -> Dossier:
    received = day_of(random, first_day)
    submitted = received - timedelta(days=random.choice((0, 0, 1, 8, -1)))
    due = received + timedelta(days=random.choice((0, 1, 5, 20)))
    completed = random.choice(
        (due, due, due + timedelta(days=1), due - timedelta(days=1), received, day_of(random, first_day))
    )

    def maybe(day: date, percent: int) -> datetime | None:
        return instant_on(random, day) if chance(random, percent) else None

    return Dossier(
        source_id=source_id,
        unit_code=unit_code,
        procedure_code=procedure_code,
        channel=random.choice(("counter", "online", "online", "post")),
        state=random.choice((1, 2, 3, 3, 4, 5, 6, 7, 8, 9, 9, 9, 10, 10, 10)),
        submitted_at=maybe(submitted, 80),
        received_at=maybe(received, 90),
        due_at=maybe(due, 85),
        completed_at=maybe(completed, 80),
        returned_at=maybe(completed + timedelta(days=random.choice((0, 2))), 60),
        returned_by_post=chance(random, 30),
        digitised=chance(random, 50),
        authenticated=chance(random, 50),
        payment=random.choice(("none", "national", "province", "unpaid")),
        fee_due=chance(random, 50),
        supplements=random.choice((0, 0, 1, 2)),
        e_result=chance(random, 50),
        rating=random.choice((None, None, 1, 2, 3)),
        untold=chance(random, 15),
        updated_at=random.choice(updates),
    )


def document_versions(random: Random, first_day: date, source_id: str, codes: Sequence[str]) -> list[Document]:
    """One to three versions of a document."""
    updates = [instant_on(random, day_of(random, first_day)) for _ in range(2)]
    directions: tuple[Literal["in", "out"], ...] = ("in", "out", "out")
    unit_code, direction = random.choice(codes), random.choice(directions)
    return [
        _document(random, first_day, source_id, unit_code, direction, random.choice(updates))
        for _ in range(random.choice((1, 1, 2, 3)))
    ]


def _document(
    random: Random, first_day: date, source_id: str, unit_code: str, direction: Literal["in", "out"], updated: datetime
) -> Document:
    due = day_of(random, first_day)
    done = due + timedelta(days=random.choice((-1, 0, 0, 1, 9)))
    return Document(
        source_id=source_id,
        unit_code=unit_code,
        direction=direction,
        issued_on=day_of(random, first_day) if chance(random, 90) else None,
        due_on=due if chance(random, 80) else None,
        completed_on=done if chance(random, 70) else None,
        electronic=chance(random, 70),
        signed=random.choice((True, True, False, None)),
        exchanged=chance(random, 60),
        classified=chance(random, 15),
        updated_at=updated,
    )
