"""The what-if proven: what was forecast is what the centre shows once the simulator did exactly that and was polled."""

import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import date, timedelta
from pathlib import Path
from random import Random
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from sqlalchemy import Engine

import seed
import seed.register
from connectors._retry import patient
from metrics import Counters, Forecast, Period, Standpoint, WhatIf, peer_groups, ranking
from pages._units import Units
from poll_run import Source, open_sources, poll_once, poll_source
from seed.calibration import calibrate
from seed.dossiers import ENDED, ENDED_AGAIN, PAUSED, REOPENED, RESUMED, day_of_dossiers
from seed.timeline import NEVER, Timeline
from seed.units import units
from seed.working_time import local_seconds
from store.dimensions import put_calendar
from store.engine import open_engine
from store.reads import read_snapshot
from store.rollups import rebuild
from store.work_reads import Work, completed, open_dossiers
from tests.connected import SteppedClock
from tests.stores import lay_tables
from tests.truth import calendar_rows

PLACE = replace(seed.PLACES["hoa-binh"], dossiers_per_year=10_000, documents_per_year=100)
ROUNDS, ROUNDS_AT_ONE_TIME = 100, 5
# Beside what is completed the offices go on as drawn: into the night, and the next day's overdue.
STEP = timedelta(hours=1)
KEYS = (
    "on_time_rate", "early_rate", "on_time_rate_766", "open", "overdue", "overdue_rate", "processing_days",
    "last_day_rate", "digitised_rate", "e_result_rate", "online_payment_rate", "postal_return_rate", "received",
)  # fmt: skip
SOURCE, UNPAID = "motcua", 3


class WorkedRegister:
    """The one-stop system's dossiers as they are drawn, but for those that somebody was made to complete."""

    def __init__(self) -> None:
        self._drawn = seed.register.Register(PLACE, day_of_dossiers, calibrate)
        self._unit = {unit.code: number for number, unit in enumerate(units(PLACE))}
        self._ended: dict[int, int] = {}

    def complete(self, source_ids: Iterable[str], at: int) -> None:
        """These are processed at that instant, with a result on paper, and nothing else of them changes."""
        records = self._drawn.changed(None, at)[0]
        for source_id in source_ids:
            code, day, number = source_id.rsplit("-", 2)
            born = date.fromisoformat(f"20{day}").toordinal()
            same = (records["unit"] == self._unit[code]) & (records["day"] == born) & (records["number"] == int(number))
            self._ended[int(np.flatnonzero(same).item())] = at

    def changed(self, since: int | None, at: int) -> tuple[NDArray[np.void], NDArray[Any], NDArray[Any]]:
        """As `Register.changed`."""
        records = self._drawn.changed(since, at)[0].copy()
        for number, instant in self._ended.items():
            _complete(records[number], instant)
        return records, *Timeline(records["instants"], records["tie"]).changed(since, at)


def _complete(row: np.void, instant: int) -> None:
    instants = row["instants"]
    event = ENDED_AGAIN if instants[REOPENED] < instant else ENDED
    if row["states"][PAUSED] == 6 and instants[PAUSED] != NEVER and instants[RESUMED] >= instant and row["payment"]:
        row["payment"] = UNPAID  # what the system says until somebody has been asked to pay
    instants[instants >= instant] = NEVER
    instants[event], row["states"][event] = instant, 9
    row["electronic_result"] = False


@dataclass
class Centre:
    """A centre with its store, the source that it polls, and the counters as last read."""

    engine: Engine
    clock: SteppedClock
    register: WorkedRegister
    source: Source
    counters: Counters

    def poll(self) -> None:
        """Poll the dossiers' source and read what that changed."""
        result = poll_source(self.engine, self.source, self.clock)
        assert (result.outcome, result.rejected) == ("ok", 0), result
        self.counters = self.counters.updated(read_snapshot(self.engine, self.counters.version))


@contextmanager
def running_centre(home: Path, patched: pytest.MonkeyPatch) -> Iterator[Centre]:
    secrets, register = seed.demo_secrets(PLACE), WorkedRegister()
    for name, value in secrets.items():
        patched.setenv(name, value)
    patched.setattr(seed.register, "dossier_register", lambda _place: register)
    engine = open_engine(f"sqlite:///{home}/store.db")
    lay_tables(engine)
    put_calendar(engine, calendar_rows())
    clock = SteppedClock(PLACE.start)
    simulator = seed.start(PLACE, clock, secrets=secrets)
    try:
        settings, retry = seed.demo_settings(PLACE, simulator.port), patient(threading.Event(), 2, 0.001)
        poll_once(engine, settings, clock, SOURCE, retry)
        with open_sources(settings, clock, retry, SOURCE) as [source]:
            yield Centre(engine, clock, register, source, Counters(read_snapshot(engine)))
    finally:
        simulator.stop()
        engine.dispose()


@dataclass(frozen=True)
class Asked:
    """What is asked of the ranking."""

    unit: str
    key: str
    group: str
    period: Period
    minimum: int

    def of(self, counters: Counters) -> Standpoint:
        """Where the ranking has the unit."""
        rows = ranking(counters, self.key, self.group, self.period, self.minimum)
        [own] = rows.filter(rows["unit"] == self.unit).rows(named=True)
        return Standpoint(**{name: own[name] for name in Standpoint._fields[:-1]}, ranked=rows["rank"].count())


def some_work(random: Random, centre: Centre) -> tuple[str, Work]:
    """A unit that has open work itself or below it, and one or two of these dossiers."""
    units_now, now = Units(centre.counters, centre.clock.today()), centre.clock.now()
    _, everywhere = open_dossiers(centre.engine, Work(list(units_now.by_code)), now, limit=1000)
    unit = random.choice(units_now.path(random.choice(everywhere["unit_code"]))).code
    codes = units_now.subtree(unit)
    keys = everywhere.filter(everywhere["unit_code"].is_in(codes)).select("source", "source_id").rows()
    return unit, Work(codes, keys=random.sample(keys, k=min(len(keys), random.choice((1, 1, 1, 2)))))


def a_question(random: Random, counters: Counters, unit: str, today: date) -> Asked:
    """The unit that works, now and then one of its peers, in one of its groups."""
    running = (Period.year_to_date(today), Period(today.replace(day=1), today), Period.ending(today, 28))
    period = random.choice(running)
    group = random.choice([one for one in peer_groups(counters, today, period=period).values() if unit in one.units])
    asked = unit if random.random() < 0.8 else random.choice(group.units)
    return Asked(asked, random.choice(KEYS), group.key, period, random.choice((1, 3, 10)))


def test_the_centre_shows_what_was_forecast_once_the_work_is_done(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    random, told = Random(20211210), []
    with running_centre(tmp_path, monkeypatch) as centre:
        for number in range(ROUNDS):
            if number % ROUNDS_AT_ONE_TIME == 0:
                centre.clock.advance(STEP)
                centre.poll()
            unit, work = some_work(random, centre)
            asked = a_question(random, centre.counters, unit, centre.clock.today())
            told.append(forecast_and_work(centre, asked, work))
        assert rebuild(centre.engine) == 0
    assert sum(forecast.moves for forecast in told) > ROUNDS // 2
    assert sum(forecast.before.rank != forecast.after.rank for forecast in told) > ROUNDS // 10


def forecast_and_work(centre: Centre, asked: Asked, work: Work) -> Forecast:
    """Forecast, complete exactly these dossiers in the simulator, poll, and hold both against each other."""
    now = centre.clock.now()
    _total, handled = open_dossiers(centre.engine, work, now, limit=1000)
    change = completed(centre.engine, centre.counters.snapshot, work, now)
    assert change.dossiers == handled.height
    what_if = WhatIf(centre.counters, change.since, change.difference)
    forecast = what_if.forecast(asked.unit, asked.key, asked.group, asked.period, asked.minimum)
    assert forecast.before == asked.of(centre.counters), asked
    centre.register.complete(handled["source_id"], local_seconds(now))
    centre.poll()
    assert forecast.after == asked.of(centre.counters), (asked, work)
    return forecast
