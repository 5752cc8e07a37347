"""A day's entries of the document registers, drawn from (seed number, day).

A life has two events: written into the register, and acted upon (incoming: completed; outgoing: the addressee
answered over the axis). The second may never happen.
"""

from dataclasses import dataclass
from datetime import date
from functools import lru_cache

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from seed.place import Place, profile
from seed.timeline import NEVER, in_sequence
from seed.units import era_of, units
from seed.working_time import MORNING, WORKDAY, end_of_working_day, from_working, is_working_day, midnight, to_working

WRITTEN, ACTED = 0, 1
DOCUMENT = np.dtype(
    [
        ("instants", "i8", (2,)),
        ("tie", "i8"),
        ("due", "i8"),
        ("person", "i8"),
        ("day", "i4"),
        ("number", "i4"),
        ("unit", "i2"),
        ("to", "i2"),
        ("type", "u1"),
        ("tier", "u1"),
        ("signed", "i1"),
        ("incoming", "?"),
        ("electronic", "?"),
        ("exchanged", "?"),
        ("classified", "?"),
        ("old_form", "?"),
    ]
)
Documents = NDArray[np.void]
WORKING_DAYS_A_YEAR = 250
# One unit writes as much as this many communes.
WEIGHTS = {"tinh": 30.0, "so": 9.0, "huyen": 12.0, "xa": 1.0}
CLASSIFIED, WITH_DUE_DATE, NEVER_COMPLETED = 0.012, 0.4, 0.01


@dataclass(frozen=True)
class Practice:
    """How a place works with documents: the share that is electronic; signing unknown to the register; and sent over
    the axis when signed and when not. `signed`: of all units alike (None: each has its own way)."""

    electronic: float = 0.965
    unknown: float = 0.03
    exchanged: float = 0.95
    exchanged_unsigned: float = 0.5
    signed: float | None = None


@lru_cache
def practice(place: Place) -> Practice:
    """As the place's file says."""
    return Practice(**profile(place.name).get("documents", {}))


@lru_cache
def _shares(place: Place, era: date) -> NDArray[np.float64]:
    day = max(era, place.first_day)
    weights = np.cumsum([WEIGHTS[unit.kind] * unit.in_force(day) for unit in units(place)])
    shares: NDArray[np.float64] = weights / weights[-1]
    return shares


@lru_cache
def _signing(place: Place) -> NDArray[np.float64]:
    """How often each unit signs what it issues; a few communes hardly begin."""
    random = np.random.default_rng([place.seed, 3])
    kinds = np.array([unit.kind for unit in units(place)])
    if practice(place).signed is not None:
        return np.full(len(kinds), practice(place).signed)
    share = np.where(kinds == "xa", random.beta(9, 2, len(kinds)), random.beta(30, 1.6, len(kinds)))
    return np.asarray(share)


def day_of_documents(place: Place, day: date) -> Documents:
    """The documents written into the registers on that local day; none on a day off."""
    random = np.random.default_rng([place.seed, day.toordinal(), 4])
    count = int(random.poisson(place.documents_per_year / WORKING_DAYS_A_YEAR)) if is_working_day(day) else 0
    documents = np.zeros(count, DOCUMENT)
    documents["day"] = day.toordinal()
    shares = _shares(place, era_of(place, day))
    documents["unit"] = np.searchsorted(shares, random.random(count), "right")
    documents["to"] = np.searchsorted(shares, random.random(count), "right")
    documents["person"] = random.integers(0, 1 << 40, count)
    documents["old_form"] = random.random(count) < 0.2
    documents["incoming"] = random.random(count) < 0.58
    documents["type"] = np.minimum(random.geometric(0.34, count) - 1, 9)
    documents["number"] = np.arange(count) + 1
    documents["tie"] = (np.int64(day.toordinal()) << 16) | documents["number"]
    _send(documents, place, random)
    _act(documents, day, random)
    in_sequence(documents["instants"])
    return documents


def _send(documents: Documents, place: Place, random: Generator) -> None:
    """Whether it is classified, electronic, signed (1 yes, 0 no, -1 unknown) and sent over the axis."""
    count, ways = len(documents), practice(place)
    chance = random.random((4, count))
    documents["classified"] = chance[0] < CLASSIFIED
    documents["electronic"] = ~documents["classified"] & (chance[1] < ways.electronic)
    signed = chance[2] < _signing(place)[documents["unit"]]
    documents["signed"] = np.where(random.random(count) < ways.unknown, -1, signed & documents["electronic"])
    likely = np.where(documents["signed"] == 1, ways.exchanged, ways.exchanged_unsigned)
    documents["exchanged"] = documents["electronic"] & (chance[3] < likely)
    # 0 from the centre, 1 province, 2 district, 3 commune
    documents["tier"] = np.searchsorted([0.08, 0.52, 0.87], random.random(count))


def _act(documents: Documents, day: date, random: Generator) -> None:
    count = len(documents)
    opening = to_working(np.array([midnight(day)]))[0] if count else 0
    written = opening + (random.beta(1.4, 1.4, count) * (WORKDAY - 300)).astype(np.int64)
    term = random.choice([2, 3, 5, 5, 7, 10, 15], count)
    has_due_date = documents["incoming"] & (random.random(count) < WITH_DUE_DATE)
    due_day = written // WORKDAY + term
    documents["due"] = np.where(has_due_date, end_of_working_day(due_day), NEVER)
    late = random.random(count) < 0.045
    in_time = written + (random.beta(2, 1.6, count) * (due_day * WORKDAY + MORNING - written)).astype(np.int64)
    overrun = (due_day + 1) * WORKDAY + random.exponential(2.5 * WORKDAY, count).astype(np.int64)
    answered = written + random.exponential(9_000, count).astype(np.int64) + 300
    acted = from_working(np.where(documents["incoming"], np.where(late, overrun, in_time), answered))
    never = random.random(count) < np.where(documents["incoming"], NEVER_COMPLETED, 0.1)
    documents["instants"][:, WRITTEN] = from_working(written)
    documents["instants"][:, ACTED] = np.where(never, NEVER, acted)
