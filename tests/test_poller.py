"""Polling: runs, cursors, retries, catch-up, catalogues, and the process that ends when asked."""

import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from msgspec.structs import replace
from sqlalchemy import Engine

from clock import still_clock
from config import Settings, SourceSettings
from connectors._contract import Page
from connectors._http import once
from connectors._retry import patient
from errors import ConfigError, SourceChanged, SourceUnavailable, StoreError
from poller import Poller, RunResult, Source, open_source, open_sources, poll_once, poll_source
from store.engine import open_engine, reading
from store.quarantine import held
from store.reads import cursor_of
from store.rows import Batch
from store.tables import dossiers, poll_runs
from store.writes import Written, write_batch
from tests.recorded import DOCUMENT, DOSSIER, PROCEDURE, SECRETS, UNIT, source_settings
from tests.source_server import Answer, Asked, SourceServer, json_answer, source_server
from tests.stores import lay_tables

NOW = datetime(2021, 12, 10, 1, 0, tzinfo=UTC)
CLOCK = still_clock(NOW)
UPDATED = datetime(2021, 12, 3, 1, 5, tzinfo=UTC)
PERSONAL = b"MARKER"


@dataclass
class Centre:
    """A one-stop (with the answers that a test sets) and a document register behind one server, and a store."""

    units: list[Any] = field(default_factory=lambda: [UNIT, {**UNIT, "MADONVI": "H28.03", "CAPDONVI": "so"}])
    dossiers: list[Any] = field(default_factory=lambda: [DOSSIER])
    documents: list[Any] = field(default_factory=lambda: [DOCUMENT])
    faults: dict[str, list[Answer]] = field(default_factory=dict)

    def reply(self, asked: Asked) -> Answer:
        path = asked.path.removeprefix("/api")
        if self.faults.get(path):
            return self.faults[path].pop(0)
        if path == "/login":
            return json_answer({"error_code": "0", "session": "s", "hetHan": 900})
        if path == "/vanban":
            return json_answer({"data": self.documents, "con_tro_tiep": None, "tong_so": len(self.documents)})
        data = {"/LayDanhMucCoQuan": self.units, "/LayDanhSachTTHC": [PROCEDURE]}.get(path, self.dossiers)
        return json_answer({"error_code": "0", "result": {"tongSo": len(data), "kichThuoc": 5000, "data": data}})


@pytest.fixture
def centre() -> Centre:
    return Centre()


@pytest.fixture
def server(centre: Centre, monkeypatch: pytest.MonkeyPatch) -> Iterator[SourceServer]:
    for name, value in SECRETS.items():
        monkeypatch.setenv(name, value)
    monkeypatch.delenv("IOC_DATABASE_URL", raising=False)
    with source_server(centre.reply) as running:
        yield running


@pytest.fixture
def store(tmp_path: Path) -> Engine:
    engine = open_engine(f"sqlite:///{tmp_path}/ioc.db")
    lay_tables(engine)
    return engine


@pytest.fixture
def settings(server: SourceServer) -> Settings:
    documents = SourceSettings(name="vanban", dialect="qlvb", base_url=server.address, token_env="TEST_TOKEN")
    return Settings(sources=(documents, source_settings("dvcqg", server.address)))


def runs(engine: Engine) -> list[Any]:
    with reading(engine) as connection:
        return list(connection.execute(sa.select(poll_runs).order_by(poll_runs.c.id)))


def stored(engine: Engine) -> int:
    with reading(engine) as connection:
        return connection.scalar(sa.select(sa.func.count()).select_from(dossiers)) or 0


def test_good_poll_stores_rows_cursor_and_run_together(settings: Settings, store: Engine) -> None:
    with open_sources(settings, CLOCK, once, "nguon-a") as [source]:
        result = poll_source(store, source, CLOCK, catalogues=True)
    assert (result.outcome, result.fetched, result.accepted, result.source_count) == ("ok", 4, 4, 4)
    assert cursor_of(store, "nguon-a") == UPDATED
    [run] = runs(store)
    assert (run.outcome, run.fetched, run.accepted, run.source_count, run.message) == ("ok", 4, 4, 4, "")
    assert (run.began_at, run.ended_at) == (NOW, NOW)


def test_next_poll_asks_again_from_the_cursor_less_the_overlap(
    settings: Settings, store: Engine, server: SourceServer
) -> None:
    poll_once(store, settings, CLOCK, retry=once)
    asked = [asked.query.get("capNhatTu") for asked in server.asked if asked.path.endswith("DongBoHoSoMC")]
    assert asked == [None, "20211203075000"]


def test_cursor_never_runs_ahead_of_our_clock(settings: Settings, store: Engine, centre: Centre) -> None:
    centre.dossiers = [{**DOSSIER, "NgayCapNhat": "20991231235959"}]
    poll_once(store, settings, CLOCK, retry=once)
    assert cursor_of(store, "nguon-a") == NOW


@pytest.mark.parametrize(
    ("answer", "outcome", "words"),
    [
        (Answer(503, b"", {"Retry-After": "7"}), "unavailable", "HTTP 503"),
        (Answer(403), "refused", "HTTP 403"),
        (Answer(200, b"<html>", {"Content-Type": "text/html"}), "changed", "text/html"),
        (json_answer({}), "changed", "has no error_code"),
    ],
)
def test_failed_poll_says_why_and_keeps_the_cursor(
    answer: Answer, outcome: str, words: str, settings: Settings, store: Engine, centre: Centre
) -> None:
    poll_once(store, settings, CLOCK, retry=once)
    centre.faults["/DongBoHoSoMC"] = [answer]
    [result] = poll_once(store, settings, CLOCK, "nguon-a", retry=once)
    assert result.outcome == outcome
    assert words in result.message
    last = runs(store)[-1]
    assert (last.outcome, last.message, last.ended_at) == (outcome, result.message, NOW)
    assert cursor_of(store, "nguon-a") == UPDATED


def test_first_poll_that_fails_leaves_no_cursor(settings: Settings, store: Engine, centre: Centre) -> None:
    centre.faults["/DongBoHoSoMC"] = [Answer(500)]
    poll_once(store, settings, CLOCK, "nguon-a", retry=once)
    assert cursor_of(store, "nguon-a") is None


def test_one_failing_source_leaves_the_others_alone(settings: Settings, store: Engine, centre: Centre) -> None:
    centre.faults["/vanban"] = [Answer(500)] * 9
    outcomes = {result.source: result.outcome for result in poll_once(store, settings, CLOCK, retry=once)}
    assert outcomes == {"nguon-a": "ok", "vanban": "unavailable"}


def test_sources_with_catalogues_go_first(settings: Settings, store: Engine) -> None:
    results = poll_once(store, settings, CLOCK, retry=once)
    assert [(result.source, result.rejected) for result in results] == [("nguon-a", 0), ("vanban", 0)]


def test_bad_record_goes_to_quarantine_without_the_person(settings: Settings, store: Engine, centre: Centre) -> None:
    centre.dossiers = [{**DOSSIER, "MaHoSo": "B1", "KenhThucHien": "9"}, DOSSIER]
    [result] = poll_once(store, settings, CLOCK, "nguon-a", retry=once)
    assert (result.rejected, result.reasons, stored(store)) == (1, {"unknown_channel": 2}, 1)
    [record] = held(store)
    assert (record.source_id, record.reason) == ("B1", "unknown_channel")
    store.dispose()
    assert not [path for path in Path(store.url.database or "").parent.iterdir() if PERSONAL in path.read_bytes()]


def test_less_than_the_source_says_it_holds_is_told(settings: Settings, store: Engine, centre: Centre) -> None:
    result = {"tongSo": 9, "kichThuoc": 5000, "data": [DOSSIER]}
    nothing_more = {**result, "data": []}
    centre.faults["/DongBoHoSoMC"] = [
        json_answer({"error_code": "0", "result": part}) for part in (result, nothing_more)
    ]
    with open_sources(settings, CLOCK, once, "nguon-a") as [source]:
        message = poll_source(store, source, CLOCK).message
    assert message == "nguon-a: says it holds 9 records, 1 came"


def test_large_pull_is_stored_in_parts(
    settings: Settings, store: Engine, centre: Centre, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("poll_run.BATCH_RECORDS", 1)
    centre.faults["/LayDanhSachTTHC"] = [Answer(500)]
    with open_sources(settings, CLOCK, once, "nguon-a") as [source]:
        result = poll_source(store, source, CLOCK, catalogues=True)
    assert (result.outcome, result.accepted) == ("unavailable", 2)  # the units, before the procedures failed


def read_page_by_page(
    source: Source, settings: Settings, store: Engine, monkeypatch: pytest.MonkeyPatch, pages: Iterable[Page]
) -> RunResult:
    """A poll that finds these pages after an ordinary one, and stores each of them by itself."""
    poll_once(store, settings, CLOCK, "nguon-a", retry=once)
    monkeypatch.setattr("poll_run.BATCH_RECORDS", 1)
    connector = replace(source.connector, pull=lambda _http, _since: iter(pages))
    return poll_source(store, replace(source, connector=connector), CLOCK)


def page(hour: int) -> Page:
    """One dossier, updated at this hour (UTC) of the day after."""
    told = {**DOSSIER, "MaHoSo": f"D{hour}", "NgayCapNhat": f"20211204{hour + 7:02}0000"}
    return Page(kind="dossiers", records=[told], cursor=datetime(2021, 12, 4, hour, tzinfo=UTC))


def test_the_next_page_is_read_while_one_is_stored(
    settings: Settings, store: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    read, read_meanwhile = threading.Event(), []

    def pages() -> Iterator[Page]:
        monkeypatch.setattr("poll_run.write_batch", store_when_the_next_is_read)
        yield page(1)
        read.set()
        yield page(2)

    def store_when_the_next_is_read(*arguments: Any, **named: Any) -> Written:
        read_meanwhile.append(read.wait(10))
        return write_batch(*arguments, **named)

    with open_sources(settings, CLOCK, once, "nguon-a") as [source]:
        result = read_page_by_page(source, settings, store, monkeypatch, pages())
    assert (result.outcome, result.accepted) == ("ok", 2)
    assert read_meanwhile == [True, True, True]  # the last is what is left after the last page: nothing
    assert cursor_of(store, "nguon-a") == datetime(2021, 12, 4, 2, tzinfo=UTC)


def test_after_a_page_that_could_not_be_stored_none_is(
    settings: Settings, store: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    def store_up_to_the_second(engine: Engine, source: str, batch: Batch, *rest: Any, **named: Any) -> Written:
        if batch.dossiers[0].source_id == "D2":
            raise StoreError("store: disk full")
        return write_batch(engine, source, batch, *rest, **named)

    def pages() -> Iterator[Page]:
        monkeypatch.setattr("poll_run.write_batch", store_up_to_the_second)
        yield from map(page, range(1, 5))

    with open_sources(settings, CLOCK, once, "nguon-a") as [source]:
        result = read_page_by_page(source, settings, store, monkeypatch, pages())
    assert (result.outcome, result.message, result.accepted) == ("store", "store: disk full", 1)
    assert stored(store) == 2  # that of the ordinary poll, and the first
    assert cursor_of(store, "nguon-a") == datetime(2021, 12, 4, 1, tzinfo=UTC)


def test_pages_before_one_that_is_not_as_agreed_are_stored(
    settings: Settings, store: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    def pages() -> Iterator[Page]:
        yield from (page(1), page(2))
        raise SourceChanged("nguon-a", "has no records")

    with open_sources(settings, CLOCK, once, "nguon-a") as [source]:
        result = read_page_by_page(source, settings, store, monkeypatch, pages())
    assert (result.outcome, result.accepted, stored(store)) == ("changed", 2, 3)
    assert cursor_of(store, "nguon-a") == datetime(2021, 12, 4, 2, tzinfo=UTC)


def test_store_that_fails_is_told_as_such(settings: Settings, store: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_arguments: object, **_named: object) -> None:
        raise StoreError("store: disk full")

    monkeypatch.setattr("poll_run.write_batch", fail)
    [result] = poll_once(store, settings, CLOCK, "nguon-a", retry=once)
    assert (result.outcome, result.message, runs(store)[-1].outcome) == ("store", "store: disk full", "store")


def test_store_without_tables_is_a_result_not_a_crash(settings: Settings, tmp_path: Path) -> None:
    results = poll_once(open_engine(f"sqlite:///{tmp_path}/empty.db"), settings, CLOCK, retry=once)
    assert [result.outcome for result in results] == ["store", "store"]


def test_missing_secret_stops_before_anything_is_asked(
    settings: Settings, store: Engine, server: SourceServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("TEST_PASSWORD")
    with pytest.raises(ConfigError, match="TEST_PASSWORD"):
        poll_once(store, settings, CLOCK, retry=once)
    assert server.asked == []


def test_unknown_source_lists_the_known_ones(settings: Settings, store: Engine) -> None:
    with pytest.raises(ConfigError, match="configured: vanban, nguon-a"):
        poll_once(store, settings, CLOCK, "khac", retry=once)


@pytest.mark.parametrize(
    "base_url", ["", "ftp://host/x", "http://", "http://u:p@host/", "http://host/?q=1", "not an address"]
)
def test_wrong_base_url_is_a_wrong_setting(base_url: str, server: SourceServer) -> None:
    with pytest.raises(ConfigError, match="source nguon-a: base_url"):
        open_source(source_settings("dvcqg", base_url), CLOCK, once)


class Flaky:
    """Fails with each error in turn, then gives "done"."""

    def __init__(self, *errors: Exception) -> None:
        self.errors, self.calls = list(errors), 0

    def __call__(self) -> str:
        self.calls += 1
        if self.errors:
            raise self.errors.pop(0)
        return "done"


def test_unavailable_source_is_asked_again() -> None:
    call = Flaky(SourceUnavailable("a", "503"), SourceUnavailable("a", "503", retry_after=0.0))
    assert patient(threading.Event(), first_wait=0.001)(call) == "done"
    assert call.calls == 3


def test_asking_again_ends() -> None:
    call = Flaky(*[SourceUnavailable("a", "503")] * 9)
    with pytest.raises(SourceUnavailable):
        patient(threading.Event(), attempts=4, first_wait=0.001)(call)
    assert call.calls == 4


@pytest.mark.parametrize("error", [SourceChanged("a", "x"), SourceUnavailable("a", "busy", retry_after=61.0)])
def test_what_will_not_mend_soon_is_not_asked_again(error: Exception) -> None:
    call = Flaky(error)
    with pytest.raises(type(error)):
        patient(threading.Event(), first_wait=0.001)(call)
    assert call.calls == 1


def test_retry_after_is_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    waits: list[float] = []
    monkeypatch.setattr("connectors._retry.tenacity.sleep_using_event", lambda _stop: waits.append)
    patient(threading.Event())(Flaky(SourceUnavailable("a", "busy", retry_after=30.0), SourceUnavailable("a", "down")))
    assert 30.0 <= waits[0] <= 30.5
    assert 1.0 <= waits[1] <= 1.5


def test_end_of_the_process_ends_all_waiting() -> None:
    stop = threading.Event()
    stop.set()
    call = Flaky(*[SourceUnavailable("a", "busy", retry_after=59.0)] * 9)
    with pytest.raises(SourceUnavailable):
        patient(stop)(call)
    assert call.calls == 1


@pytest.fixture
def poller(settings: Settings, store: Engine) -> Iterator[Poller]:
    with open_sources(settings, CLOCK, once) as sources:
        yield Poller(store, sources, CLOCK)


def catalogues_asked(server: SourceServer) -> int:
    return sum(asked.path.endswith("LayDanhMucCoQuan") for asked in server.asked)


def at(poller: Poller, seconds: float) -> Poller:
    poller.clock = still_clock(NOW + timedelta(seconds=seconds))
    return poller


def test_catalogues_are_read_at_the_start_and_then_hourly(poller: Poller, server: SourceServer) -> None:
    for seconds, expected in ((0, 1), (3, 1), (3599, 1), (3600, 2)):
        at(poller, seconds).poll(poller.sources[0])
        assert catalogues_asked(server) == expected


def test_unknown_unit_asks_for_the_catalogues_but_not_all_the_time(
    poller: Poller, server: SourceServer, centre: Centre
) -> None:
    one_stop, register = poller.sources
    poller.poll(one_stop)
    centre.documents = [{**DOCUMENT, "OrganId": "H28.99"}]
    poller.poll(register)
    at(poller, 59).poll(one_stop)
    assert catalogues_asked(server) == 1
    at(poller, 60).poll(one_stop)
    assert catalogues_asked(server) == 2


def test_catalogues_that_failed_at_the_start_are_tried_by_the_next_poll(
    poller: Poller, server: SourceServer, centre: Centre, store: Engine
) -> None:
    centre.faults["/LayDanhMucCoQuan"] = [Answer(500)]
    poller.poll(poller.sources[0])
    poller.poll(poller.sources[0])
    assert (catalogues_asked(server), stored(store)) == (2, 1)


def test_source_that_asks_for_an_hour_of_peace_gets_it(poller: Poller, server: SourceServer, centre: Centre) -> None:
    centre.faults["/vanban"] = [Answer(429, b"", {"Retry-After": "3600"})]
    poller.poll(poller.sources[1])
    assert poller.poll(poller.sources[1]) is None
    assert len(server.asked) == 1


def test_silence_is_logged_once_and_once_when_it_ends(
    poller: Poller, centre: Centre, capsys: pytest.CaptureFixture[str]
) -> None:
    centre.faults["/vanban"] = [Answer(500), Answer(500)]
    for _ in range(4):
        poller.poll(poller.sources[1])
    told = capsys.readouterr()
    assert (told.out + told.err).count("source silent") == 1
    assert (told.out + told.err).count("source back") == 1


def test_process_polls_until_it_is_told_to_end(server: SourceServer, store: Engine, tmp_path: Path) -> None:
    config = tmp_path / "ioc.toml"
    config.write_text(
        f'[store]\nurl = "{store.url}"\n[[sources]]\nname = "motcua"\ndialect = "dvcqg"\n'
        f'base_url = "{server.address}"\nusername = "ioc"\npassword_env = "TEST_PASSWORD"\nevery = "50ms"\n'
    )
    program = (
        "import sys; from config import read_settings; from poller import run_forever;"
        "run_forever(read_settings(sys.argv[1]))"
    )
    process = subprocess.Popen(
        [sys.executable, "-c", program, str(config)],
        cwd=Path(__file__).parents[1],
        stderr=subprocess.PIPE,
        env=os.environ,
    )
    try:
        polled = threading.Event()
        reply = server.reply
        server.reply = lambda asked: (len(server.asked) > 20 and polled.set()) or reply(asked)
        assert polled.wait(60)
        process.send_signal(signal.SIGTERM)
        _, errors = process.communicate(timeout=20)
    finally:
        process.kill()
    assert process.returncode == 0
    events = [json.loads(line)["event"] for line in errors.decode().splitlines()]
    assert events == ["polling", "polling ended"]
    assert PERSONAL not in errors
    assert stored(store) == 1
