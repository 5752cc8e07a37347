"""Every dialect meets every fault: nothing is lost or doubled, and the cursor never passes what did not come."""

import shutil
import threading
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from random import Random
from typing import Any

import pytest
from sqlalchemy import Engine

from config import Settings
from connectors._retry import patient
from poll_run import RunResult
from replay import replay
from store.engine import open_engine
from store.quarantine import held
from store.rollups import rebuild
from store.tables import meetings
from tests.fault_sources import DIALECTS, LATER, LONG, SECRETS, SHORT, START, Faulty, faulty_sources
from tests.fault_stand import FAULTS, Call, once, sometimes
from tests.often import first
from tests.stores import lay_tables
from tests.test_store_properties import counters, facts, rows_of

HOURS = timedelta(hours=6)
LATER_COMES = {"429 seconds", "429 zero", "429 date", "503 seconds", "503 zero", "503 date", "500", "502", "503"}
UNAVAILABLE = LATER_COMES | {"hung", "cut", "truncated", "clock skew"}
CHANGED = {"HTML", "HTML as data", "encoding", "media type", "redirect", "huge"}
# What a second call mends.
PASSING = ["429 zero", "503 zero", "500", "502", "cut", "truncated", "slow", "duplicate page"]
# A packet that is not understood goes to quarantine by itself, and how its media are called does not matter; XML says
# itself how it is written.
UNDERSTOOD = {"edxml": {"HTML as data", "encoding", "huge", "media type"}, "bigbluebutton": {"encoding"}}
AT_LOGIN = {"media type": {"ok"}, "expiry": {"refused"}}
ENDED_SESSION = {"dvcqg": {"ok"}, "qlvb": {"ok", "refused"}, "janus": {"changed"}}
# What they tell is what is so at the moment: the same instants must be polled, by the same clock.
OF_THE_MOMENT = {"bigbluebutton", "janus"}
# Whether our clock is behind or ahead of a source's, by hours.
CLOCKS = [(name, hours) for hours in (-5, 5) for name in ("dvcqg", "opencps", "qlvb", "pexip", "edxml")]


@pytest.fixture(scope="module")
def faulty() -> Iterator[Faulty]:
    with pytest.MonkeyPatch.context() as patch, faulty_sources() as sources:
        for name, value in SECRETS.items():
            patch.setenv(name, value)
        patch.delenv("IOC_DATABASE_URL", raising=False)
        for module in ("_http", "_bounded"):
            patch.setattr(f"connectors.{module}.LARGEST_ANSWER_BYTES", 2_000_000)
        yield sources


@pytest.fixture(scope="module")
def catalogued(faulty: Faulty, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A store that knows units and procedures, and nothing else."""
    path = tmp_path_factory.mktemp("faults") / "catalogued.db"
    engine = open_engine(f"sqlite:///{path}")
    lay_tables(engine)
    faulty.clock.step(START - timedelta(days=400))
    assert faulty.poll(engine, "dvcqg", catalogues=True).ok
    engine.dispose()
    return path


@pytest.fixture
def new_store(catalogued: Path, tmp_path: Path) -> Iterator[Callable[[], Engine]]:
    """Makes stores that know units and procedures, and nothing else."""
    engines: list[Engine] = []

    def make() -> Engine:
        path = tmp_path / f"{len(engines)}.db"
        shutil.copy(catalogued, path)
        engines.append(open_engine(f"sqlite:///{path}"))
        return engines[-1]

    yield make
    for engine in engines:
        engine.dispose()


def expected(dialect: str, fault: str, call: Call) -> set[str]:
    """How a poll may end one of whose calls meets this fault, when nobody tries again."""
    if b'"destroy"' in call.body:
        return {"ok"}  # a session that is not ended ends by itself
    if call.path.endswith("/login") and fault in AT_LOGIN:
        return AT_LOGIN[fault]
    if fault in UNAVAILABLE:
        return {"unavailable"}
    if fault in CHANGED:
        return {"changed", "ok"} if fault in UNDERSTOOD.get(dialect, ()) else {"changed"}
    if fault == "expiry":
        return ENDED_SESSION.get(dialect, {"refused"})
    return {"ok"}


def spoilt_poll(faulty: Faulty, engine: Engine, dialect: str, fault: str, at: int) -> RunResult:
    """A poll that meets the fault at its `at`-th call, and is not patient."""
    overlap = LONG if fault == "late commit" else SHORT
    later = fault == "shifting" and dialect not in OF_THE_MOMENT
    faulty.stand.shift = (lambda: faulty.clock.advance(timedelta(minutes=40))) if later else None
    struck, before = faulty.stand.struck[fault], len(faulty.stand.calls)
    timeout = 0.5 if fault == "hung" else 20.0
    result = faulty.poll(engine, dialect, fault=once(fault, at), overlap=overlap, timeout_seconds=timeout)
    outcomes = {"ok"}
    if faulty.stand.struck[fault] > struck:
        outcomes = expected(dialect, fault, faulty.stand.calls[before + at - 1])
    assert result.outcome in outcomes, (fault, at, result)
    return result


def clean_poll(faulty: Faulty, engine: Engine, dialect: str, fault: str) -> int:
    """A poll without a fault, after one with it; returns how many calls it makes."""
    before = len(faulty.stand.calls)
    result = faulty.poll(engine, dialect, overlap=LONG if fault == "late commit" else SHORT)
    assert result.ok, (fault, result)
    return len(faulty.stand.calls) - before


def assert_same(faulty: Faulty, engine: Engine, reference: Engine, dialect: str) -> None:
    """Facts, counters and what the counters would be if they were made anew are those of the clean store."""
    settings = Settings(sources=(faulty.settings(dialect),))
    assert replay(engine, settings, faulty.clock, held(engine))[1] == 0
    found, wanted = told(engine), told(reference)
    for table, rows in wanted.items():
        lost, more = rows - found[table], found[table] - rows
        assert (lost, more) == (set(), set()), (table, len(lost), len(more))
    assert counters(engine) == counters(reference)
    assert rebuild(engine) == 0
    assert faulty.stand.elsewhere == 0


def told(engine: Engine) -> dict[str, set[tuple[Any, ...]]]:
    """All facts, but for when a meeting was seen last: that is the poller's, not the source's."""
    columns = [name for column in meetings.c if (name := column.name) != "last_seen_at"]
    return {**facts(engine), "meetings": rows_of(engine, meetings, columns)}


def in_turn(dialect: str) -> list[list[str]]:
    """All faults in three portions, another first for each dialect."""
    names, offset = list(FAULTS), DIALECTS.index(dialect)
    return [[names[n] for n in range(len(names)) if n % 3 == (offset + part) % 3] for part in range(3)]


@pytest.mark.parametrize("part", first(1, range(3)))
@pytest.mark.parametrize("dialect", DIALECTS)
def test_after_each_fault_a_clean_poll_brings_exactly_what_the_source_holds(
    dialect: str, part: int, faulty: Faulty, new_store: Callable[[], Engine]
) -> None:
    engine, reference, random = new_store(), new_store(), Random(dialect + str(part))
    faulty.clock.step(START)
    calls = clean_poll(faulty, engine, dialect, "")
    for fault in in_turn(dialect)[part]:
        if dialect in OF_THE_MOMENT:
            clean_poll(faulty, reference, dialect, fault)
        faulty.clock.advance(HOURS)
        spoilt_poll(faulty, engine, dialect, fault, random.randint(1, min(calls, 9)))
        calls = clean_poll(faulty, engine, dialect, fault)
    clean_poll(faulty, reference, dialect, "")
    assert_same(faulty, engine, reference, dialect)


@pytest.mark.parametrize("dialect", DIALECTS)
def test_patient_poll_reads_a_failing_source_to_its_end(
    dialect: str, faulty: Faulty, new_store: Callable[[], Engine]
) -> None:
    engine, reference = new_store(), new_store()
    faulty.clock.step(LATER)
    faults = sometimes(Random(7), 0.3, PASSING)
    result = faulty.poll(engine, dialect, fault=faults, retry=patient(threading.Event(), 12, 0.001))
    assert result.ok, result
    clean_poll(faulty, engine, dialect, "")
    clean_poll(faulty, reference, dialect, "")
    assert_same(faulty, engine, reference, dialect)


@pytest.mark.parametrize("case", first(4, CLOCKS), ids=lambda case: f"{case[0]} {case[1]} h")
def test_clocks_that_differ_by_hours_lose_nothing(
    case: tuple[str, int], faulty: Faulty, new_store: Callable[[], Engine]
) -> None:
    (dialect, hours), engine, reference = case, new_store(), new_store()
    for at in (START, LATER, LATER + HOURS):
        faulty.clock.step(at)
        assert faulty.poll(engine, dialect, ahead=timedelta(hours=hours)).ok
    clean_poll(faulty, reference, dialect, "")
    assert_same(faulty, engine, reference, dialect)


@pytest.mark.chaos
@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize("dialect", DIALECTS)
def test_fault_at_any_call_of_a_first_load(
    dialect: str, fault: str, faulty: Faulty, new_store: Callable[[], Engine]
) -> None:
    reference = new_store()
    faulty.clock.step(LATER)
    calls = clean_poll(faulty, reference, dialect, "")
    for at in range(1, min(calls, 12) + 1):
        engine = new_store()
        faulty.clock.step(LATER)
        spoilt_poll(faulty, engine, dialect, fault, at)
        clean_poll(faulty, engine, dialect, fault)
        if fault == "shifting":  # time has gone on
            reference = new_store()
            clean_poll(faulty, reference, dialect, "")
        assert_same(faulty, engine, reference, dialect)


@pytest.mark.chaos
@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("dialect", DIALECTS)
def test_all_faults_at_once(dialect: str, seed: int, faulty: Faulty, new_store: Callable[[], Engine]) -> None:
    engine, reference = new_store(), new_store()
    survivable: dict[str, Any] = {name: None for name in FAULTS if name not in ("hung", "late commit")}
    faulty.stand.shift = None
    faulty.clock.step(START)
    for _ in range(12):
        clean_poll(faulty, reference, dialect, "")
        faulty.poll(engine, dialect, fault=sometimes(Random(seed), 0.3, survivable))
        clean_poll(faulty, engine, dialect, "")
        faulty.clock.advance(HOURS)
    assert_same(faulty, engine, reference, dialect)
