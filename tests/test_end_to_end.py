"""From the simulator over HTTP through poller and store to the figures: exactly what the sources' own records say."""

import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from functools import lru_cache
from pathlib import Path
from random import Random
from typing import Any

import msgspec
import pytest
from sqlalchemy import Engine

import seed
from clock import Clock, local_day
from config import Duration, Settings, StoreSettings, write_settings
from connectors._retry import patient
from metrics import Counters, Period, catalogue, figures
from poller import poll_once
from store.dimensions import put_calendar
from store.engine import open_engine, reading
from store.reads import read_snapshot
from store.rollups import rebuild
from store.tables import dossiers
from tests.growing_source import until
from tests.stores import lay_tables
from tests.truth import Figures, Truth, calendar_rows, read_truth
from tests.unruly import Disorder, Records, UnrulyOneStop, UnrulyRegister, served, unruly_app

ROOT = Path(__file__).parent.parent
PLACE = replace(seed.PLACES["hoa-binh"], dossiers_per_year=1500, documents_per_year=800)
START = PLACE.start
MONDAY = START + timedelta(days=3)
# Polls of a working morning: gaps of less than, exactly and more than five minutes, and after most meetings.
MORNING = tuple(
    datetime.combine(MONDAY, time.fromisoformat(text), MONDAY.tzinfo)
    for text in ("07:55", "08:00:01", "08:04:30", "08:05:01", "08:30", "09:20", "10:40", "12:05")
)
POLLS = (START, START + timedelta(hours=6), *MORNING)
COMPARED = (POLLS[0], POLLS[1], POLLS[-1])
SCOPES = ("subtree", "own")
# Of two periods: computed here from the reference's meeting hours.
TWO_PERIODS = "meeting_hours_change"
OVERLAP = Duration(days=1)


class SteppedClock(Clock):
    """A clock that shows what the test says."""

    def __init__(self, at: datetime) -> None:
        super().__init__(at, at, 0.0)
        self.step(at)

    def step(self, at: datetime) -> None:
        object.__setattr__(self, "start", at)
        object.__setattr__(self, "real_start", at)


@dataclass
class Centre:
    """A centre with its store and the sources that it polls, all by one clock."""

    engine: Engine
    settings: Settings
    clock: SteppedClock

    def poll_at(self, *instants: datetime) -> None:
        """Poll every source at each of these instants; all must go well."""
        for at in instants:
            self.clock.step(at)
            results = poll_once(self.engine, self.settings, self.clock, retry=patient(threading.Event(), 12, 0.001))
            assert [(result.source, result.outcome, result.rejected) for result in results] == [
                ("motcua", "ok", 0),
                ("vanban", "ok", 0),
                ("hop", "ok", 0),
                ("diemcau", "ok", 0),
                ("baocao", "ok", 0),
            ], results


@pytest.fixture(autouse=True)
def secrets(monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    credentials = seed.demo_secrets(PLACE)
    for name, value in credentials.items():
        monkeypatch.setenv(name, value)
    monkeypatch.delenv("IOC_DATABASE_URL", raising=False)
    monkeypatch.delenv("IOC_CLOCK_ANCHOR", raising=False)
    return credentials


def centre_settings(port: int, engine: Engine) -> Settings:
    """The demo's settings for sources on that port, with an overlap that holds late commits."""
    settings = seed.demo_settings(PLACE, port)
    sources = [msgspec.structs.replace(source, overlap=OVERLAP) for source in settings.sources]
    url = engine.url.render_as_string(hide_password=False)
    return msgspec.structs.replace(settings, sources=tuple(sources), store=StoreSettings(url))


@pytest.fixture
def centre(engine: Engine, secrets: dict[str, str]) -> Iterator[Centre]:
    """A centre and the simulated province, on SQLite and on PostgreSQL."""
    put_calendar(engine, calendar_rows())
    clock = SteppedClock(START)
    simulator = seed.start(PLACE, clock, secrets=secrets)
    try:
        yield Centre(engine, centre_settings(simulator.port, engine), clock)
    finally:
        simulator.stop()


@lru_cache
def truth_after(polls: tuple[datetime, ...]) -> Truth:
    """What the sources hold at the last of these polls."""
    at = polls[-1]
    return read_truth(PLACE, seed.raw_dossiers(PLACE, at), seed.raw_documents(PLACE, at), polls)


def periods_at(at: datetime) -> tuple[Period, ...]:
    """The year to date, a whole month, the day before, and the day itself."""
    today = local_day(at)
    yesterday = today - timedelta(days=1)
    return (
        Period.year_to_date(today),
        Period(date(2021, 11, 1), date(2021, 11, 30)),
        Period(yesterday, yesterday),
        Period(today, today),
    )


@lru_cache
def expected_after(polls: tuple[datetime, ...], period: Period, scope: str) -> Figures:
    return with_change(truth_after(polls), period, scope)


def with_change(truth: Truth, period: Period, scope: str) -> Figures:
    """All figures of the reference, and the change of meeting hours against the period before."""
    found = truth.figures(period.start, period.end, scope)
    before = period.previous()
    hours_before = truth.meeting_hours(before.start, before.end, scope)
    for unit, key in list(found):
        if key == "meeting_hours":
            now, then = found[unit, key][0], hours_before[unit]
            seconds, seconds_then = round(now * 3600), round(then * 3600)
            value = (seconds - seconds_then) / seconds_then if seconds_then else None
            found[unit, TWO_PERIODS] = ((seconds - seconds_then) / 3600, then, value)
        elif key in ("processing_days_median", "processing_days_p90"):
            del found[unit, key]
    return found


def shown(counters: Counters, period: Period, scope: Any) -> Figures:
    """What the centre says for every unit in force."""
    frame = figures(counters, period, scope=scope)
    return {(unit, key): (top, bottom, value) for unit, key, top, bottom, value in frame.iter_rows()}


def differences(shown: Figures, expected: Figures) -> list[str]:
    """Where they differ, in words; a figure that only one of them has is a difference."""
    keys = sorted(shown.keys() | expected.keys())
    return [f"{key}: {shown.get(key)}, not {expected.get(key)}" for key in keys if shown.get(key) != expected.get(key)]


def assert_true(engine: Engine, polls: tuple[datetime, ...]) -> None:
    """Every indicator of every unit, in both scopes and all periods, is what the sources hold after these polls."""
    counters = Counters(read_snapshot(engine))
    for period in periods_at(polls[-1]):
        for scope in SCOPES:
            expected = expected_after(polls, period, scope)
            assert differences(shown(counters, period, scope), expected) == [], (period, scope)


def test_every_figure_of_every_unit_is_what_the_sources_hold(centre: Centre) -> None:
    for number, at in enumerate(POLLS, 1):
        centre.poll_at(at)
        if at in COMPARED:
            assert_true(centre.engine, POLLS[:number])
    assert rebuild(centre.engine) == 0
    assert_true(centre.engine, POLLS)


def test_the_compared_figures_are_of_something() -> None:
    figures_of_the_year = expected_after(POLLS, periods_at(POLLS[-1])[0], "subtree")
    of_the_province = {
        key: figure
        for (unit, key), figure in figures_of_the_year.items()
        if unit == "H28" and not catalogue()[key].returned  # this province's article names no return
    }
    empty = sorted(key for key, (top, bottom, _) in of_the_province.items() if not top or bottom == 0)
    assert empty == []
    connected, invited, _ = expected_after(POLLS, periods_at(POLLS[-1])[3], "subtree")["H28", "participation_rate"]
    assert 0 < connected < invited


@dataclass
class UnrulyCentre:
    """A centre on SQLite whose one-stop and document systems are unruly."""

    centre: Centre
    one_stop: UnrulyOneStop
    register: UnrulyRegister

    def commit(self, at: datetime, late: Callable[[dict[str, Any]], bool] = lambda _record: False) -> None:
        """The systems hold what there is at an instant but for records that are committed late."""
        self.one_stop.records = [record for record in seed.raw_dossiers(PLACE, at) if not late(record)]
        self.register.records = [record for record in seed.raw_documents(PLACE, at) if not late(record)]


@pytest.fixture
def unruly(tmp_path: Path, secrets: dict[str, str]) -> Iterator[UnrulyCentre]:
    engine = open_engine(f"sqlite:///{tmp_path}/unruly.db")
    lay_tables(engine)
    put_calendar(engine, calendar_rows())
    clock, random, before = SteppedClock(START), Random(1), START - timedelta(days=20)
    one_stop = UnrulyOneStop(PLACE, Disorder(random, seed.raw_dossiers(PLACE, before)))
    register = UnrulyRegister(Disorder(random, seed.raw_documents(PLACE, before)))
    with served(unruly_app(one_stop, register, clock, secrets)) as port:
        yield UnrulyCentre(Centre(engine, centre_settings(port, engine), clock), one_stop, register)
    engine.dispose()


def half_within_overlap(random: Random, records: Records, at: datetime) -> set[str]:
    """Keys of about half of the records that were updated in the last hours, less than the overlap ago."""
    since = (at - OVERLAP * 0.9).strftime("%Y%m%d%H%M%S")
    recent = [record["MaHoSo"] for record in records if record["NgayCapNhat"] > since]
    return {key for key in recent if random.random() < 0.5}


@pytest.mark.parametrize("shuffles", [False, True], ids=["pages in order", "pages in disorder"])
def test_unruly_sources_give_the_same_figures(unruly: UnrulyCentre, shuffles: bool) -> None:
    unruly.one_stop.disorder.shuffles = shuffles
    held = seed.raw_dossiers(PLACE, POLLS[0])
    late = half_within_overlap(Random(2), held, POLLS[0])
    assert late
    unruly.commit(POLLS[0], lambda record: record.get("MaHoSo") in late)
    unruly.centre.poll_at(POLLS[0])
    unruly.one_stop.on_page = lambda count: unruly.commit(POLLS[1]) if count % 3 == 0 else None
    unruly.centre.poll_at(POLLS[1])
    unruly.one_stop.on_page = lambda _count: None
    for at in MORNING:
        unruly.commit(at)
        unruly.centre.poll_at(at)
    assert_true(unruly.centre.engine, POLLS)
    assert unruly.one_stop.refusals > 3
    assert unruly.register.ended > 0
    assert rebuild(unruly.centre.engine) == 0


# A poll as the command line does it, in batches so small that some are stored before the kill.
POLL_IN_SMALL_BATCHES = "import poll_run; poll_run.BATCH_RECORDS = 300; import ioc; ioc.main()"


def kill_a_poll_at_page(unruly: UnrulyCentre, configuration: Path, page: int) -> None:
    """Poll in a process of its own that is killed while it waits for this page, once it has stored what came before."""
    reached, gone = threading.Event(), threading.Event()
    wanted = unruly.one_stop.pages + page
    before = stored_dossiers(unruly.centre.engine)

    def hold(count: int) -> None:
        if count == wanted:
            reached.set()
            gone.wait(30)

    unruly.one_stop.on_page = hold
    command = [sys.executable, "-c", POLL_IN_SMALL_BATCHES, "--config", str(configuration), "poll", "--once"]
    poll = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        assert reached.wait(30), "the poll never asked for that page"
        until(lambda: stored_dossiers(unruly.centre.engine) > before, "more dossiers are stored")
    finally:
        poll.send_signal(signal.SIGKILL)
        assert poll.wait() == -signal.SIGKILL
        gone.set()
        unruly.one_stop.on_page = lambda _count: None


def stored_dossiers(engine: Engine) -> int:
    with reading(engine) as connection:
        return len(connection.execute(dossiers.select()).all())


def test_a_poll_that_is_killed_between_pages_loses_and_doubles_nothing(unruly: UnrulyCentre, tmp_path: Path) -> None:
    engine, configuration = unruly.centre.engine, tmp_path / "ioc.toml"
    write_settings(unruly.centre.settings, configuration)
    unruly.one_stop.disorder.shuffles = False
    unruly.commit(POLLS[0])
    kill_a_poll_at_page(unruly, configuration, 4)
    first = stored_dossiers(engine)
    assert 0 < first < len(unruly.one_stop.records)
    kill_a_poll_at_page(unruly, configuration, 4)
    assert first < stored_dossiers(engine) < len(unruly.one_stop.records)
    assert rebuild(engine) == 0
    unruly.centre.poll_at(POLLS[0])
    assert_true(engine, POLLS[:1])
