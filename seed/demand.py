"""How many dossiers people bring on a day, to which units, for which procedures, by which channel."""

from datetime import date, timedelta
from functools import lru_cache
from typing import Any, NamedTuple

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from seed.place import Place, profile
from seed.procedures import Procedure, procedures
from seed.units import Unit, era_of, units
from seed.working_time import is_working_day

COUNTER, ONLINE, POST = 1, 2, 3
# Shares of all dossiers: departments, district offices, communes.
DEPARTMENTS, OFFICES, COMMUNES = 0.26, 0.28, 0.46
# A handful of level 2 dossiers are filed online all the same: they never count as online service.
STRAY_ONLINE = 0.004
# Demand by month against the yearly mean; after Tết and in the months of school enrolment people need more papers.
MONTHS = (1.02, 0.86, 1.08, 1.03, 0.98, 1.05, 1.12, 1.12, 0.95, 0.98, 1.0, 1.03)
WEEKDAYS = (1.16, 1.06, 1.0, 0.96, 0.9, 0.9, 0.9)
# On a day off only what is sent online comes in, and less of it.
DAY_OFF = 0.11
TET = tuple(
    date.fromisoformat(day)
    for day in (
        "2018-02-16", "2019-02-05", "2020-01-25", "2021-02-12", "2022-02-01", "2023-01-22", "2024-02-10",
        "2025-01-29", "2026-02-17", "2027-02-06", "2028-01-26",
    )
)  # fmt: skip


class Demand:
    """Who asks for what, as columns over units, procedures and the pairs of both."""

    def __init__(self, place: Place) -> None:
        self._place = place
        self._end = place.start.date()
        offices, catalogue = units(place), procedures(place)
        random = np.random.default_rng([place.seed, 2])
        self.term = np.array([p.term for p in catalogue], dtype=np.int64)
        self.fee = np.array([p.fee for p in catalogue], dtype=np.int64)
        self.by_post = np.array([p.by_post for p in catalogue])
        self._level = np.array([p.level for p in catalogue])
        self._first_level = np.array([p.first_level for p in catalogue])
        self._changed = np.array([p.changed_on.toordinal() for p in catalogue])
        spread = random.normal(0, np.where([u.kind == "xa" for u in offices], 0.09, 0.02))
        self._uptake = np.clip(np.array([u.uptake for u in offices]) + spread, 0.06, 0.97)
        self.late = np.array([u.late for u in offices]) * random.lognormal(0, 0.3, len(offices))
        self._postal = random.uniform(0.01, 0.16, len(offices))
        self.code_rank = np.argsort(np.argsort([u.code + "-" for u in offices]))
        self._used = np.array([p.used for p in catalogue])
        self._stray = profile(place.name).get("stray_online", STRAY_ONLINE)
        self._eras: dict[date, _Era] = {}
        reform = profile(place.name).get("reform")
        for day in (self._end, *([place.first_day] if reform else [])):
            pairs = _pairs(offices, catalogue, day, random)
            asked_online = self._uptake[pairs.unit] * ((self._level >= 3) & self._used)[pairs.procedure]
            amount = reform["share_before"] if reform and day < reform["day"] else 1.0
            self._eras[era_of(place, day)] = _Era(pairs, pairs.weight * asked_online, amount)
        self._year = sum(_weight(self._end - timedelta(days=n)) for n in range(1, 366))

    def expected(self, day: date) -> float:
        """How many dossiers that day brings on average."""
        amount = self._eras[era_of(self._place, day)].amount
        return self._place.dossiers_per_year * amount * _weight(day) / self._year

    def fill(self, dossiers: NDArray[np.void], day: date, random: Generator) -> None:
        """Draw unit, procedure and channel of each dossier."""
        count = len(dossiers)
        working = is_working_day(day)
        era = self._eras[era_of(self._place, day)]
        cumulated = era.cumulated if working else era.cumulated_online
        pair = np.searchsorted(cumulated, random.random(count) * cumulated[-1], "right")
        unit, procedure = era.pairs.unit[pair], era.pairs.procedure[pair]
        level = np.where(day.toordinal() >= self._changed, self._level, self._first_level)[procedure]
        likely = np.where(level >= 3, np.minimum(self._uptake[unit] * self._grown(day), 0.985), self._stray)
        likely *= self._used[procedure]
        online = (random.random(count) < likely) | (not working)
        post = self.by_post[procedure] & (random.random(count) < self._postal[unit])
        dossiers["unit"], dossiers["procedure"] = unit, procedure
        dossiers["channel"] = np.select([online, post], [ONLINE, POST], COUNTER)

    def _grown(self, day: date) -> float:
        """Uptake against that of the place's date: it grew during the year, and grows slowly after."""
        days = (self._end - day).days
        return 1 - 0.36 * min(days, 365) / 365 if days > 0 else min(1.08, 1 - 0.0003 * days)


@lru_cache
def demand(place: Place) -> Demand:
    """The demand in a place; made once."""
    return Demand(place)


def _weight(day: date) -> float:
    month = MONTHS[day.month - 1]
    to_tet = min(abs((day - tet).days) for tet in TET)
    quiet = 1 - 0.6 * max(0.0, 1 - to_tet / 12)
    return month * quiet * WEEKDAYS[day.weekday()] * (1.0 if is_working_day(day) else DAY_OFF)


class _Pairs(NamedTuple):
    """The (unit, procedure) pairs that occur, and their share of the demand."""

    unit: NDArray[Any]
    procedure: NDArray[Any]
    weight: NDArray[np.float64]


class _Era:
    """The demand while one set of units is in force; `amount`: against the demand of a whole year of the place."""

    def __init__(self, pairs: _Pairs, online: NDArray[np.float64], amount: float) -> None:
        self.pairs, self.amount = pairs, amount
        self.cumulated, self.cumulated_online = np.cumsum(pairs.weight), np.cumsum(online)


def _pairs(offices: tuple[Unit, ...], catalogue: tuple[Procedure, ...], day: date, random: Generator) -> _Pairs:
    weights = np.array([p.weight for p in catalogue])
    agencies = np.array([p.offered_by(day) for p in catalogue])
    pair_unit, pair_procedure, pair_weight = [], [], []
    for number, office in enumerate(offices):
        offered = np.flatnonzero(agencies == (office.code if office.kind == "so" else office.kind))
        if not len(offered) or not office.in_force(day):
            continue
        taste = weights[offered] * random.lognormal(0, 0.25, len(offered))
        pair_unit.append(np.full(len(offered), number))
        pair_procedure.append(offered)
        pair_weight.append(taste / taste.sum() * _share(office, offices, random))
    return _Pairs(np.concatenate(pair_unit), np.concatenate(pair_procedure), np.concatenate(pair_weight))


def _share(office: Unit, offices: tuple[Unit, ...], random: Generator) -> float:
    if office.kind == "so":
        return DEPARTMENTS * office.share
    if office.kind == "huyen":
        return OFFICES * office.share
    luck = random.lognormal(0, 0.4)
    if not any(other.code == office.parent and other.kind == "huyen" for other in offices):
        # Two tiers: nobody stands between the commune and the province, and what districts did is the communes' now.
        return float((OFFICES + COMMUNES) * office.share * luck)
    siblings = sum(other.parent == office.parent for other in offices)
    return float(COMMUNES * office.share / siblings * luck)
