"""A day's dossiers of a place with their whole lives, drawn from (seed number, day).

A life is a row of events, in columns REGISTERED … RETURNED_AGAIN; `states` holds the code of wire.md after each.
"""

from datetime import date

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from seed.demand import COUNTER, ONLINE, Demand, demand
from seed.place import Place, profile
from seed.timeline import NEVER, in_sequence
from seed.working_time import (
    WORKDAY,
    Seconds,
    end_of_working_day,
    from_working,
    is_working_day,
    midnight,
    to_working,
)

REGISTERED, RECEIVED, PROCESSING, PAUSED, RESUMED = 0, 1, 2, 3, 4
ENDED, RETURNED, REOPENED, ENDED_AGAIN, RETURNED_AGAIN = 5, 6, 7, 8, 9
EVENTS = 10

DOSSIER = np.dtype(
    [
        ("instants", "i8", (EVENTS,)),
        ("states", "u1", (EVENTS,)),
        ("due", "i8"),
        ("due_after_pause", "i8"),
        ("tie", "i8"),
        ("person", "i8"),
        ("day", "i4"),
        ("number", "i4"),
        ("unit", "i2"),
        ("procedure", "i2"),
        ("channel", "u1"),
        ("payment", "u1"),
        ("rating", "u1"),
        ("returned_by_post", "?"),
        ("digitised", "?"),
        ("electronic_result", "?"),
        ("authenticated", "?"),
        ("old_form", "?"),
    ]
)
Dossiers = NDArray[np.void]

# Hours at which people submit online, 0 to 23: office hours, and again after supper.
_HOURS = np.array([2, 1, 1, 1, 1, 2, 5, 14, 30, 34, 30, 18, 12, 20, 30, 30, 26, 16, 10, 12, 16, 15, 10, 5])
HOURS = np.cumsum(_HOURS) / _HOURS.sum()
# Counters are busiest in the middle of the morning; those received after 15:00 begin on the next working day.
CUT_OFF = 19_800
NO_DUE_DATE, REFUSED, WITHDRAWN, STOPPED, SUPPLEMENTED, REOPENED_AGAIN = 0.004, 0.022, 0.009, 0.005, 0.035, 0.003
ASKED_TO_PAY, NOT_YET_COLLECTED = 0.3, 0.03


def day_of_dossiers(place: Place, day: date) -> Dossiers:
    """The dossiers registered on that local day, in order of registration."""
    random = np.random.default_rng([place.seed, day.toordinal(), 1])
    asked = demand(place)
    count = int(random.poisson(asked.expected(day)))
    dossiers = np.zeros(count, DOSSIER)
    dossiers["instants"] = NEVER
    dossiers["day"] = day.toordinal()
    dossiers["person"] = random.integers(0, 1 << 40, count)
    dossiers["old_form"] = random.random(count) < 0.25
    asked.fill(dossiers, day, random)
    _submit(dossiers, day, random)
    dossiers = dossiers[np.argsort(dossiers["tie"], kind="stable")]
    _number(dossiers, asked)
    _handle(dossiers, asked, random)
    _choose_extras(dossiers, asked, random)
    in_sequence(dossiers["instants"])
    return dossiers[_taken(place, day, dossiers["instants"][:, RECEIVED])]


def _taken(place: Place, day: date, received: Seconds) -> NDArray[np.bool_]:
    """Before a reform the units that end take nothing that they could no longer receive."""
    reform = profile(place.name).get("reform")
    ends = reform["day"] if reform and day < reform["day"] else date.max
    return received < midnight(ends)


def _submit(dossiers: Dossiers, day: date, random: Generator) -> None:
    """When it came in: online at any hour, at the counter in working time. `tie` holds the instant for a moment."""
    count = len(dossiers)
    online = dossiers["channel"] == ONLINE
    hours = np.searchsorted(HOURS, random.random(count))
    any_time = midnight(day) + hours * 3600 + random.integers(0, 3600, count)
    dossiers["tie"] = any_time
    if is_working_day(day):
        opening = to_working(np.array([midnight(day)]))[0]
        worked = opening + (random.beta(1.3, 1.5, count) * (WORKDAY - 900)).astype(np.int64)
        dossiers["tie"] = np.where(online, any_time, from_working(worked))


def _number(dossiers: Dossiers, asked: Demand) -> None:
    """Count the dossiers of each unit, and replace the instant in `tie` by the rank of the code."""
    dossiers["instants"][:, REGISTERED] = dossiers["tie"]
    by_unit = np.argsort(dossiers["unit"], kind="stable")
    units = dossiers["unit"][by_unit]
    first = np.searchsorted(units, units, "left")
    dossiers["number"][by_unit] = np.arange(len(dossiers)) - first + 1
    rank = asked.code_rank[dossiers["unit"]].astype(np.int64)
    dossiers["tie"] = (rank << 44) | (dossiers["day"].astype(np.int64) << 16) | dossiers["number"]


def _handle(dossiers: Dossiers, asked: Demand, random: Generator) -> None:
    begun, due_day = _receive(dossiers, asked, random)
    ready, due_day = _pause(dossiers, asked, random, begun, due_day)
    ended = _finish(dossiers, asked, random, ready, due_day)
    _give_back(dossiers, ended, random)
    _reopen(dossiers, random)
    instants, states = dossiers["instants"], dossiers["states"]
    instants[states[:, ENDED] != 9, RETURNED:] = NEVER
    instants[states[:, RECEIVED] == 3, PROCESSING:] = NEVER


def _receive(dossiers: Dossiers, asked: Demand, random: Generator) -> tuple[Seconds, Seconds]:
    """Receipt or refusal, and the due date; returns when work begins (working time) and the number of the due day."""
    instants, states, count = dossiers["instants"], dossiers["states"], len(dossiers)
    online = dossiers["channel"] == ONLINE
    wait = np.where(online, np.clip(random.exponential(5_400, count), 60, 24_000), 0).astype(np.int64)
    submitted = instants[:, REGISTERED]
    received = to_working(submitted) + wait
    at_counter = submitted + random.integers(60, 600, count)
    instants[:, RECEIVED] = np.where(online, from_working(received), at_counter)
    refused = random.random(count) < np.where(online, REFUSED, REFUSED / 4)
    states[:, REGISTERED], states[:, RECEIVED] = 1, np.where(refused, 3, 2)
    begun = received + np.clip(random.exponential(2_500, count), 120, 5_000).astype(np.int64)
    instants[:, PROCESSING], states[:, PROCESSING] = from_working(begun), 4
    first_day = received // WORKDAY + (received % WORKDAY > CUT_OFF)
    due_day = first_day + asked.term[dossiers["procedure"]]
    dossiers["due"] = np.where(random.random(count) < NO_DUE_DATE, NEVER, end_of_working_day(due_day))
    return begun, due_day


def _pause(
    dossiers: Dossiers, asked: Demand, random: Generator, begun: Seconds, due_day: Seconds
) -> tuple[Seconds, Seconds]:
    """Waiting for a supplement (the due day moves) or a payment; returns when the rest begins and the new due day."""
    instants, states, count = dossiers["instants"], dossiers["states"], len(dossiers)
    chance = random.random((2, count))
    term, fee = asked.term[dossiers["procedure"]], asked.fee[dossiers["procedure"]]
    unpaid = (dossiers["channel"] == ONLINE) & (fee > 0) & (chance[0] < ASKED_TO_PAY) & (term > 0)
    supplement = (chance[1] < SUPPLEMENTED) & (term > 0)
    paused = unpaid | supplement
    pause_from = begun + (random.random(count) * term * 0.4 * WORKDAY).astype(np.int64)
    pause_days = np.where(supplement, random.integers(1, 9, count), 0)
    pause_to = pause_from + pause_days * WORKDAY + random.integers(600, 9_000, count)
    instants[:, PAUSED] = np.where(paused, from_working(pause_from), NEVER)
    instants[:, RESUMED] = np.where(paused, from_working(pause_to), NEVER)
    states[:, PAUSED], states[:, RESUMED] = np.where(supplement, 5, 6), 4
    moved = supplement & (dossiers["due"] != NEVER)
    dossiers["due_after_pause"] = np.where(moved, end_of_working_day(due_day + pause_days), dossiers["due"])
    return np.where(paused, pause_to, begun), due_day + pause_days


def _finish(dossiers: Dossiers, asked: Demand, random: Generator, ready: Seconds, due_day: Seconds) -> Seconds:
    """The end of the work: in time or late, or withdrawn, or stopped; returns when, in working time."""
    count = len(dossiers)
    earliest = ready + random.integers(300, 2_400, count)
    latest = np.maximum((due_day + 1) * WORKDAY - 120, earliest)
    in_time = earliest + (random.beta(2.2, 1.3, count) * (latest - earliest)).astype(np.int64)
    overrun = 1_000 + random.exponential(2.2 * WORKDAY, count).astype(np.int64)
    too_late = np.maximum(earliest, (due_day + 1) * WORKDAY) + overrun
    ended: Seconds = np.where(random.random(count) < asked.late[dossiers["unit"]], too_late, in_time)
    chance = random.random(count)
    stopped = (chance > 1 - STOPPED) & (asked.term[dossiers["procedure"]] > 0)
    dossiers["instants"][:, ENDED] = from_working(ended)
    dossiers["states"][:, ENDED] = np.select([chance < WITHDRAWN, stopped], [7, 8], 9)
    return ended


def _give_back(dossiers: Dossiers, ended: Seconds, random: Generator) -> None:
    """The result is handed over: at once when it is electronic, else in the hours or days after."""
    count = len(dossiers)
    online = dossiers["channel"] == ONLINE
    dossiers["electronic_result"] = random.random(count) < np.where(online, 0.55, 0.12)
    at_once = dossiers["instants"][:, ENDED] + random.integers(60, 3_000, count)
    wait = np.where(random.random(count) < NOT_YET_COLLECTED, 25 * WORKDAY, random.exponential(14_000, count) + 300)
    collected = from_working(ended + wait.astype(np.int64))
    dossiers["instants"][:, RETURNED] = np.where(dossiers["electronic_result"] & online, at_once, collected)
    dossiers["states"][:, RETURNED] = 10


def _reopen(dossiers: Dossiers, random: Generator) -> None:
    """A few results were wrong: the dossier goes back into process and ends a second time."""
    again = np.flatnonzero(random.random(len(dossiers)) < REOPENED_AGAIN)
    instants, states = dossiers["instants"], dossiers["states"]
    begun = to_working(instants[again, ENDED]) + random.integers(9_000, 4 * WORKDAY, len(again))
    ended = begun + random.integers(9_000, 2 * WORKDAY, len(again))
    returned = ended + random.integers(900, WORKDAY, len(again))
    for column, worked, state in (
        (REOPENED, begun, 4),
        (ENDED_AGAIN, ended, 9),
        (RETURNED_AGAIN, returned, 10),
    ):
        instants[again, column], states[again, column] = from_working(worked), state
    early = again[instants[again, RETURNED] >= instants[again, REOPENED]]
    instants[early, RETURNED] = NEVER


def _choose_extras(dossiers: Dossiers, asked: Demand, random: Generator) -> None:
    count = len(dossiers)
    chance = random.random((5, count))
    online = dossiers["channel"] == ONLINE
    post = ~online & (dossiers["channel"] != COUNTER)
    by_post = asked.by_post[dossiers["procedure"]]
    dossiers["returned_by_post"] = by_post & (chance[0] < np.select([online, post], [0.22, 0.85], 0.10))
    dossiers["digitised"] = chance[1] < np.where(online, 0.82, 0.28)
    dossiers["authenticated"] = online & (chance[2] < 0.24)
    fee_online = online & (asked.fee[dossiers["procedure"]] > 0)
    dossiers["payment"] = np.where(fee_online, np.select([chance[3] < 0.5, chance[3] < 0.8], [1, 2], 3), 0)
    # 0: not asked; 1 to 3: from not satisfied to very satisfied
    dossiers["rating"] = np.select([chance[4] < 0.19, chance[4] < 0.335, chance[4] < 0.35], [3, 2, 1], 0)
