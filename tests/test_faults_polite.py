"""Politeness: no minute holds more calls than agreed, no poll lasts for ever, what fails is left alone for a while."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

import msgspec
import pytest
import sqlalchemy as sa
from sqlalchemy import Engine

from clock import still_clock
from config import Duration, QuarantineSettings, SourceSettings, parse_settings
from connectors._bearer import BearerAuth
from connectors._breaker import Breaker
from connectors._budget import Budget, OutOfTimeError
from connectors._http import SourceClient
from connectors._retry import patient
from errors import ConfigError, SourceUnavailable
from poll_run import Source, open_source, poll_source
from poller import Poller, _schedule
from store.engine import open_engine, reading, writing
from store.polling import polling_states
from store.reads import cursor_of
from store.rows import Batch
from store.runs import begin_run
from store.tables import documents, poll_runs
from store.writes import write_batch
from tests.fault_stand import fault_stand
from tests.recorded import DOCUMENT, SECRETS, source_settings
from tests.source_server import Answer, Asked, json_answer, source_server
from tests.stores import lay_tables
from tests.test_connector_janus import UNITS

NOW = datetime(2021, 12, 10, 1, 0, tzinfo=UTC)
CLOCK = still_clock(NOW)


class FakeTime:
    """Seconds that pass only when somebody waits, or when a test says so."""

    def __init__(self) -> None:
        self.seconds = 1000.0

    def now(self) -> float:
        return self.seconds

    def wait(self, seconds: float) -> None:
        assert seconds > 0
        self.seconds += seconds


class Register:
    """A document register of many pages of one record; `answers` come before its own, one a call."""

    def __init__(self, fake: FakeTime, pages: int) -> None:
        self.fake, self.pages = fake, pages
        self.answers: list[Answer] = []
        self.asked_at: list[float] = []
        self.seconds_each = 0.0

    def reply(self, asked: Asked) -> Answer:
        self.asked_at.append(self.fake.now())
        self.fake.seconds += self.seconds_each
        if self.answers:
            return self.answers.pop(0)
        page = int(asked.query.get("con_tro", 1))
        record = {**DOCUMENT, "MaVanBan": f"VB-{page}", "OrganId": "H28"}
        following = str(page + 1) if page < self.pages else None
        return json_answer({"data": [record], "con_tro_tiep": following, "tong_so": self.pages})


@pytest.fixture(autouse=True)
def secrets(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in SECRETS.items():
        monkeypatch.setenv(name, value)


@pytest.fixture
def fake(monkeypatch: pytest.MonkeyPatch) -> FakeTime:
    fake = FakeTime()
    monkeypatch.setattr("connectors._http.Budget", lambda calls: Budget(calls, fake.now, fake.wait))
    monkeypatch.setattr("poller.Breaker", partial(Breaker, monotonic=fake.now))
    return fake


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Engine]:
    engine = open_engine(f"sqlite:///{tmp_path}/ioc.db")
    lay_tables(engine)
    write_batch(engine, "danhmuc", Batch(units=list(UNITS)), begin_run(engine, "danhmuc", NOW), None, NOW)
    yield engine
    engine.dispose()


@pytest.fixture
def register(fake: FakeTime) -> Register:
    return Register(fake, pages=100)


@pytest.fixture
def source(register: Register) -> Iterator[Source]:
    with source_server(register.reply) as server, opened(a_register(server.address)) as source:
        yield source


def a_register(address: str, **others: Any) -> SourceSettings:
    given = {"name": "vanban", "dialect": "qlvb", "token_env": "TEST_TOKEN", "requests_per_minute": 20, **others}
    return SourceSettings(base_url=address, **given)


@contextmanager
def opened(settings: SourceSettings) -> Iterator[Source]:
    """A source that is asked up to four times, without a pause."""
    source = open_source(settings, CLOCK, patient(threading.Event(), 4, 0.0))
    with source.client:
        yield source


def most_in_a_minute(instants: list[float]) -> int:
    """The most calls that any 60 seconds hold, their end not included."""
    return max(sum(begin <= instant < begin + 60 for instant in instants) for begin in instants)


def stored(engine: Engine) -> int:
    with reading(engine) as connection:
        return connection.scalar(sa.select(sa.func.count()).select_from(documents)) or 0


def last_run(engine: Engine) -> Any:
    with reading(engine) as connection:
        return connection.execute(sa.select(poll_runs).order_by(poll_runs.c.id.desc()).limit(1)).one()


def test_first_load_of_many_pages_keeps_to_the_calls_of_a_minute(
    source: Source, register: Register, store: Engine
) -> None:
    register.seconds_each = 0.7
    register.answers = [Answer(500), Answer(429, b"", {"Retry-After": "0"})]
    assert poll_source(store, source, CLOCK).ok
    assert (len(register.asked_at), stored(store), most_in_a_minute(register.asked_at)) == (102, 100, 20)


def test_budget_lasts_from_one_poll_to_the_next(source: Source, register: Register, store: Engine) -> None:
    register.pages = 15
    for _ in range(4):
        assert poll_source(store, source, CLOCK).ok
    assert most_in_a_minute(register.asked_at) == 20


def test_logins_are_calls_too(fake: FakeTime, store: Engine) -> None:
    asked_at: list[float] = []

    def reply(_asked: Asked) -> Answer:
        asked_at.append(fake.now())
        return json_answer({"error_code": "0", "session": "s", "result": {"tongSo": 0, "kichThuoc": 9, "data": []}})

    with source_server(reply) as server:
        slow = msgspec.structs.replace(source_settings("dvcqg", server.address), requests_per_minute=1)
        with opened(slow) as source:
            assert poll_source(store, source, CLOCK).ok
    assert asked_at == [1000.0, 1060.0]


def test_whoever_waits_for_the_budget_ends_with_the_process() -> None:
    budget = Budget(1)
    budget.spend()
    ended: list[str] = []

    def wait() -> None:
        try:
            budget.spend()
        except OutOfTimeError as error:
            ended.append(str(error))

    waiting = threading.Thread(target=wait)
    waiting.start()
    budget.end_waits()
    waiting.join(10)
    assert ended == ["the process ends"]


def test_endless_paging_ends_with_the_reason_and_keeps_what_came(
    source: Source, register: Register, store: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("poll_run.LONGEST_FIRST_POLL_SECONDS", 600.0)
    register.pages, register.seconds_each = 10**6, 59.0
    result = poll_source(store, source, CLOCK)
    assert (result.outcome, len(register.asked_at), stored(store)) == ("unavailable", 11, 10)
    assert "the poll has lasted 10 minutes, longer than any may" in last_run(store).message
    assert cursor_of(store, "vanban") is None


def test_source_that_was_read_once_has_less_time_than_the_first_load(
    source: Source, register: Register, store: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("poll_run.LONGEST_POLL_SECONDS", 120.0)
    register.seconds_each = 59.0
    assert poll_source(store, source, CLOCK).ok
    assert poll_source(store, source, CLOCK).outcome == "unavailable"
    assert len(register.asked_at) == 103


@pytest.mark.parametrize("dialect", ["dvcqg", "qlvb"])
def test_source_that_hangs_is_left_when_the_time_of_the_poll_is_over(
    dialect: str, store: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("poll_run.LONGEST_FIRST_POLL_SECONDS", 0.3)
    settings = source_settings(dialect, "")
    with source_server(lambda _asked: Answer(silent=True)) as server:
        began = time.monotonic()
        with opened(msgspec.structs.replace(settings, base_url=server.address)) as source:
            result = poll_source(store, source, CLOCK)
        assert time.monotonic() - began < 8  # the server holds on for ten
    assert result.outcome == "unavailable"


def test_retries_are_counted_in_the_run(source: Source, register: Register, store: Engine) -> None:
    register.pages, register.answers = 3, [Answer(500), Answer(502)]
    assert poll_source(store, source, CLOCK).ok
    assert (last_run(store).retries, [state.retries_today for state in polling_states(store)]) == (2, [0, 2])
    assert poll_source(store, source, CLOCK).ok
    assert last_run(store).retries == 0


def test_date_to_come_again_is_read_by_the_clock_of_the_source() -> None:
    with fault_stand("http://127.0.0.1:9") as stand:
        stand.fault = "clock skew"
        settings = a_register(stand.address)
        client = SourceClient(settings, BearerAuth(settings), CLOCK)
        with client, pytest.raises(SourceUnavailable) as raised:
            client.get_json("/vanban")
    assert raised.value.retry_after in (1.0, 2.0)


@pytest.mark.parametrize(("expected_age", "seconds"), [(Duration(minutes=1), 30.0), (Duration(days=1), 300.0)])
def test_breaker_opens_tries_and_closes(expected_age: Duration, seconds: float, fake: FakeTime) -> None:
    breaker = Breaker(expected_age, fake.now)
    for _ in range(4):
        breaker.failed()
    assert (breaker.state, breaker.left_alone_for()) == ("closed", 0.0)
    breaker.failed()
    assert (breaker.state, breaker.left_alone_for()) == ("open", seconds)
    fake.wait(seconds)
    assert (breaker.left_alone_for(), breaker.state) == (0.0, "half_open")
    breaker.failed()
    assert (breaker.state, breaker.failures, breaker.left_alone_for()) == ("open", 6, seconds)
    fake.wait(seconds)
    breaker.left_alone_for()
    breaker.succeeded()
    assert (breaker.state, breaker.failures) == ("closed", 0)


def test_one_good_poll_begins_the_count_anew(fake: FakeTime) -> None:
    breaker = Breaker(Duration(minutes=1), fake.now)
    for _ in range(9):
        breaker.failed()
        breaker.failed()
        breaker.succeeded()
    assert breaker.state == "closed"


def test_source_that_keeps_failing_is_left_alone_and_back_within_half_its_expected_age(
    source: Source, register: Register, store: Engine, fake: FakeTime
) -> None:
    register.pages = 1
    register.answers = [Answer(403)] * 6
    poller = Poller(store, [source], CLOCK)
    for _ in range(5):
        poller.poll(source)
    passed_over = poller.poll(source)
    assert passed_over
    assert passed_over.outcome == last_run(store).outcome == "unavailable"
    why = "vanban: left alone for 150 s more after 5 failed polls in a row; the last: /vanban: access refused"
    assert why in last_run(store).message
    assert (len(register.asked_at), polling_states(store)[1][1:4]) == (5, ("open", NOW, 5))
    fake.wait(150)
    poller.poll(source)
    assert (len(register.asked_at), polling_states(store)[1][1:4]) == (6, ("open", NOW, 6))
    fake.wait(150)
    back = poller.poll(source)
    assert back
    assert back.ok
    assert polling_states(store)[1][1:4] == ("closed", NOW, 0)


def test_store_that_fails_is_no_fault_of_the_source(
    source: Source, register: Register, store: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    register.pages = 1
    poller = Poller(store, [source], CLOCK)
    with writing(store) as connection:
        connection.exec_driver_sql("ALTER TABLE poll_runs RENAME TO gone")
    assert [result.outcome for _ in range(7) if (result := poller.poll(source))] == ["store"] * 7


def test_hung_source_holds_its_own_job_and_no_other(store: Engine) -> None:
    polled, hung = threading.Event(), threading.Event()

    def reply(asked: Asked) -> Answer:
        if "/hung/" in asked.path:
            hung.set()
            return Answer(silent=True)
        seen.append(asked)
        if len(seen) > 5:
            polled.set()
        return Register(FakeTime(), 1).reply(asked)

    seen: list[Asked] = []
    every = Duration(milliseconds=50)
    given = {"every": every, "requests_per_minute": 6000}
    with (
        source_server(reply) as server,
        opened(a_register(f"{server.address}/hung", name="hung", **given)) as silent,
        opened(a_register(f"{server.address}/well", name="well", **given)) as well,
    ):
        scheduler = _schedule(Poller(store, [silent, well], CLOCK), QuarantineSettings())
        scheduler.start()
        try:
            assert hung.wait(30)
            assert polled.wait(30)
            assert sum("/hung/" in asked.path for asked in server.asked) == 1
        finally:
            server.stopping.set()
            scheduler.shutdown(wait=True)


@pytest.mark.parametrize("number", ["0", "-1", "1.5", '"many"'])
def test_budget_is_a_number_of_calls(number: str) -> None:
    text = f'[[sources]]\nname = "a"\ndialect = "qlvb"\nrequests_per_minute = {number}\n'
    with pytest.raises(ConfigError, match="requests_per_minute"):
        parse_settings(text.encode(), "ioc.toml")
