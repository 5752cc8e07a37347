"""What a simulated system holds: days of records drawn as time goes on, and their states at an instant."""

import threading
from collections.abc import Callable
from datetime import date, timedelta
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from seed.calibration import calibrate
from seed.documents import day_of_documents
from seed.dossiers import day_of_dossiers
from seed.place import Place
from seed.timeline import Timeline
from seed.units import units
from seed.working_time import day_of


class Register:
    """The records of one system, drawn day by day as far as anybody has asked. Safe to use from many threads.

    The days before the place's start are drawn together, and `settle` has the last word on them.
    """

    def __init__(
        self,
        place: Place,
        draw: Callable[[Place, date], NDArray[np.void]],
        settle: Callable[[Place, NDArray[np.void]], NDArray[np.void]] | None = None,
    ) -> None:
        self._place, self._draw, self._settle = place, draw, settle
        self._lock = threading.Lock()
        self._next_day = place.first_day
        self._held: tuple[NDArray[np.void], Timeline] | None = None

    def changed(self, since: int | None, at: int) -> tuple[NDArray[np.void], NDArray[Any], NDArray[Any]]:
        """All records, and of those updated from `since` to `at` (local seconds) the places and newest events."""
        records, timeline = self._until(day_of(at))
        found, events = timeline.changed(since, at)
        return records, found, events

    def _until(self, day: date) -> tuple[NDArray[np.void], Timeline]:
        with self._lock:
            if self._held is None or day >= self._next_day:
                blocks = [self._held[0] if self._held else self._history()]
                while self._next_day <= day:
                    blocks.append(self._draw(self._place, self._next_day))
                    self._next_day += timedelta(days=1)
                records = np.concatenate(blocks)
                self._held = records, Timeline(records["instants"], records["tie"])
            return self._held

    def _history(self) -> NDArray[np.void]:
        first, self._next_day = self._next_day, self._place.start.date()
        days = (first + timedelta(days=number) for number in range((self._next_day - first).days))
        drawn = np.concatenate([self._draw(self._place, day) for day in days])
        return self._settle(self._place, drawn) if self._settle else drawn


@lru_cache
def dossier_register(place: Place) -> Register:
    """The one-stop system's dossiers; one register for all who ask in this process."""
    return Register(place, day_of_dossiers, calibrate)


def dossiers_of(
    place: Place, system: str, since: int | None, at: int
) -> tuple[NDArray[np.void], NDArray[Any], NDArray[Any]]:
    """As `Register.changed`, of the units alone whose dossiers that system holds."""
    records, found, events = dossier_register(place).changed(since, at)
    held = _held_by(place, system)[records["unit"][found]]
    return records, found[held], events[held]


@lru_cache
def _held_by(place: Place, system: str) -> NDArray[np.bool_]:
    codes = place.units_of(system)
    return np.array([unit.code in codes for unit in units(place)])


@lru_cache
def document_register(place: Place) -> Register:
    """The document system's register."""
    return Register(place, day_of_documents)
