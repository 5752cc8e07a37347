"""A place's history made to yield what its article published: exact counts, and rates in the middle of their rounding.

The days before the place's start are drawn as ever; then exactly as many records as needed, chosen by chance, are left
out, filed otherwise or promised for another day. What depends on a changed field is changed with it, so that every
record is one that could have been. Places without `[calibration]` stay as drawn.
"""

from typing import Any

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from seed.demand import COUNTER, ONLINE, POST
from seed.dossiers import ENDED, ENDED_AGAIN, PAUSED, RECEIVED, REGISTERED, REOPENED, Dossiers
from seed.place import Place, profile
from seed.procedures import procedures
from seed.timeline import NEVER
from seed.working_time import CLOSES, DAY, Seconds, local_seconds, midnight, to_working

Flags = NDArray[np.bool_]
# How much likelier a result goes back by post, by the way in which the dossier came.
BY_POST_AGAIN = {COUNTER: 0.6, ONLINE: 1.5, POST: 4.0}
AUTHENTICATED, PAID_NATIONALLY = 0.24, 0.6


def calibrate(place: Place, history: Dossiers) -> Dossiers:
    """The dossiers registered before the place's start, changed so that its published results come out."""
    wanted = profile(place.name).get("calibration")
    return _Calibration(place, wanted, history).settled() if wanted else history


class _Calibration:
    """One history and what is known of its period."""

    def __init__(self, place: Place, wanted: dict[str, Any], history: Dossiers) -> None:
        self._wanted, self._dossiers = wanted, history.copy()
        self._random = np.random.default_rng([place.seed, 5])
        self._now = local_seconds(place.start)
        first, last = wanted["period"]
        self._start, self._end = midnight(first), midnight(last) + DAY
        catalogue = procedures(place)
        self._level = np.array([p.level for p in catalogue])
        self._first_level = np.array([p.first_level for p in catalogue])
        self._changed = np.array([midnight(p.changed_on) for p in catalogue])
        self._fee = np.array([p.fee > 0 for p in catalogue])
        self._by_post = np.array([p.by_post for p in catalogue])
        self._used = np.array([p.used and p.level >= 3 for p in catalogue])
        self._tier = np.array([p.tier for p in catalogue])

    def settled(self) -> Dossiers:
        """The history with every wish of the place's file fulfilled."""
        wanted = self._wanted
        if "received" in wanted:
            self._keep(wanted["received"])
        if wanted.get("every_service_used"):
            self._use_every_service()
        if "online" in wanted:
            self._settle_online(wanted["online"])
        if "postal_receipt_rate" in wanted:
            self._settle_postal_receipt(wanted["postal_receipt_rate"])
        if "on_time_rate" in wanted:
            self._settle_late(1 - wanted["on_time_rate"])
        if "postal_return_rate" in wanted:
            self._settle_postal_return(wanted["postal_return_rate"])
        return self._dossiers

    def _received(self) -> Flags:
        """Accepted, and received in the period."""
        received = self._dossiers["instants"][:, RECEIVED]
        accepted = self._dossiers["states"][:, RECEIVED] != 3
        return np.asarray(accepted & (received >= self._start) & (received < self._end))

    def _completed(self) -> tuple[Flags, Seconds]:
        """Processed in the period as it is known at the place's start, and when."""
        instants, states = self._dossiers["instants"], self._dossiers["states"]
        again, back = instants[:, ENDED_AGAIN] <= self._now, instants[:, REOPENED] <= self._now
        ended = np.select([again, back], [instants[:, ENDED_AGAIN], NEVER], instants[:, ENDED])
        done = (states[:, ENDED] == 9) & (states[:, RECEIVED] != 3) & (ended <= self._now)
        return np.asarray(done & (ended >= self._start) & (ended < self._end)), ended

    def _online_service(self) -> Flags:
        """The procedure stood at level 3 or 4 on the day of receipt."""
        procedure, received = self._dossiers["procedure"], self._dossiers["instants"][:, RECEIVED]
        level = np.where(received >= self._changed[procedure], self._level[procedure], self._first_level[procedure])
        return np.asarray(level >= 3)

    def _chosen(self, among: Flags, count: int) -> NDArray[np.int64]:
        """So many of the records flagged, by chance."""
        return np.asarray(self._random.choice(np.flatnonzero(among), count, replace=False))

    def _keep(self, count: int) -> None:
        """Leave out what is received in the period beyond the count."""
        received = self._received()
        surplus = self._chosen(received, int(received.sum()) - count)
        self._dossiers = np.delete(self._dossiers, surplus)

    def _use_every_service(self) -> None:
        """One online dossier at least for every online service that people use."""
        in_period = self._received()
        online = in_period & (self._dossiers["channel"] == ONLINE)
        filed = np.bincount(self._dossiers["procedure"][online], minlength=len(self._level))
        for service in np.flatnonzero(self._used & (filed == 0)):
            own = in_period & (self._dossiers["procedure"] == service)
            if own.any():
                self._file_online(self._chosen(own, 1))
                continue
            same_tier = np.where(self._tier == self._tier[service], filed, 0)
            lent = self._chosen(online & (self._dossiers["procedure"] == same_tier.argmax()), 1)
            self._dossiers["procedure"][lent] = service
            self._dossiers["returned_by_post"][lent] &= self._by_post[service]
            self._file_online(lent)

    def _settle_online(self, count: int) -> None:
        in_period = self._received() & self._online_service()
        online = in_period & (self._dossiers["channel"] == ONLINE)
        surplus = int(online.sum()) - count
        if surplus > 0:
            self._file_at_counter(self._chosen(online & self._could_be_at_counter(), surplus))
        else:
            at_counter = in_period & (self._dossiers["channel"] == COUNTER)
            self._file_online(self._chosen(at_counter, -surplus))

    def _could_be_at_counter(self) -> Flags:
        """Filed while counters were open, and never asked to pay first, which happens online only."""
        filed, states = self._dossiers["instants"][:, REGISTERED], self._dossiers["states"]
        paying = (self._dossiers["instants"][:, PAUSED] != NEVER) & (states[:, PAUSED] == 6)
        return np.asarray((to_working(filed + 1) > to_working(filed)) & ~paying)

    def _file_at_counter(self, rows: NDArray[np.int64]) -> None:
        self._dossiers["channel"][rows] = COUNTER
        self._dossiers["authenticated"][rows] = False
        self._dossiers["payment"][rows] = 0

    def _file_online(self, rows: NDArray[np.int64]) -> None:
        self._dossiers["channel"][rows] = ONLINE
        self._dossiers["authenticated"][rows] = self._random.random(len(rows)) < AUTHENTICATED
        paid = np.where(self._random.random(len(rows)) < PAID_NATIONALLY, 1, 2)
        self._dossiers["payment"][rows] = np.where(self._fee[self._dossiers["procedure"][rows]], paid, 0)

    def _settle_postal_receipt(self, rate: float) -> None:
        """The rate over the procedures that have a postal receipt: each that can have one gets one."""
        in_period = self._received() & self._by_post[self._dossiers["procedure"]]
        came_in = in_period & (self._dossiers["channel"] != ONLINE)
        self._dossiers["channel"][came_in] = COUNTER
        posted = self._spread(came_in, in_period, rate, np.ones(len(came_in)))
        self._dossiers["channel"][posted] = POST

    def _settle_postal_return(self, rate: float) -> None:
        """As with receipts, of what was completed in the period."""
        completed = self._completed()[0]
        possible = completed & self._by_post[self._dossiers["procedure"]]
        self._dossiers["returned_by_post"][completed] = False
        weights = np.array([0.0, *(BY_POST_AGAIN[channel] for channel in (COUNTER, ONLINE, POST))])
        posted = self._spread(possible, possible, rate, weights[self._dossiers["channel"]])
        self._dossiers["returned_by_post"][posted] = True

    def _spread(self, possible: Flags, counted: Flags, rate: float, weights: NDArray[np.float64]) -> NDArray[np.int64]:
        """Records to flag: one of each procedure that has possible ones, and more up to the rate of those counted."""
        return spread(self._random, self._dossiers["procedure"], possible, counted, rate, weights)

    def _settle_late(self, rate: float) -> None:
        """Promise surplus late ones for the day on which they were done."""
        completed, ended = self._completed()
        due = self._dossiers["due_after_pause"]
        late = completed & (due != NEVER) & (ended // DAY > due // DAY)
        surplus = int(late.sum()) - round(rate * int(completed.sum()))
        rows = self._chosen(late, max(surplus, 0))
        moved = self._dossiers["due"][rows] != due[rows]
        promised = ended[rows] // DAY * DAY + CLOSES
        self._dossiers["due"][rows] = np.where(moved, self._dossiers["due"][rows], promised)
        self._dossiers["due_after_pause"][rows] = promised


def spread(
    random: Generator,
    procedure: NDArray[Any],
    possible: Flags,
    counted: Flags,
    rate: float,
    weights: NDArray[np.float64],
) -> NDArray[np.int64]:
    """Rows of `possible`: one at least of each procedure among them, and in all the rate of what is `counted` of these
    procedures, the heavier the likelier. ValueError when there are not enough."""
    rows = np.flatnonzero(possible)
    order = rows[np.argsort(random.exponential(size=len(rows)) / weights[rows], kind="stable")]
    _, first = np.unique(procedure[order], return_index=True)
    base = int((counted & np.isin(procedure, procedure[rows])).sum())
    count = round(rate * base)
    if not len(first) <= count <= len(rows):
        raise ValueError(f"{count} of {base} records cannot be chosen among {len(rows)} of {len(first)} procedures")
    ranked = np.concatenate((np.sort(first), np.setdiff1d(np.arange(len(order)), first)))
    return np.asarray(order[ranked[:count]])
