"""Persons planted into the answers of all nine dialects are nowhere afterwards: one polling, many places to look."""

import io
import subprocess
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from zipfile import ZipFile

import httpx
import pytest
from sqlalchemy import Engine
from streamlit.testing.v1 import AppTest

import seed
from clock import Clock, still_clock
from config import ClockSettings, Settings, StoreSettings
from connectors import connectors
from connectors._retry import patient
from messages._sending import Sender
from messages.rounds import Rounds
from pages._discovery import page_modules
from pages._export_routes import page_views
from poller import RunResult, poll_once
from recipients import RecipientSettings
from store import backup_postgresql
from store.backup import back_up
from store.backup_file import unpack
from store.engine import migrate, open_engine, reading
from store.message_reads import ledger
from store.message_rows import Message
from store.quarantine import held
from tests.centres import WebServer
from tests.command_line import run_ioc
from tests.planted import MARKS, PLACE, Planted, sources, systems
from tests.servers import fresh_database
from tests.test_personal_data import everything_stored, overheard
from tests.unruly import served

MODES = ("records", "around", "faults")
# Their pages show what was rejected, what a source answered, and what people were told.
OPERATORS = ("quarantine", "sources", "messages", "reconciliation", "returns")


@dataclass
class Centre:
    """What pollings left behind. `said`: everything that was logged or printed meanwhile."""

    engine: Engine
    settings: Settings
    clock: Clock
    planted: Planted
    results: dict[str, list[RunResult]]
    said: Path
    sent: list[Message]
    home: Path


@pytest.fixture(scope="module", params=["sqlite", pytest.param("postgresql", marks=pytest.mark.chaos)])
def engine(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    url = f"sqlite:///{tmp_path_factory.mktemp('planted')}/store.db"
    if request.param == "postgresql":
        url = fresh_database(request.getfixturevalue("postgresql_url"), "planted")
    engine = open_engine(url)
    migrate(engine)
    yield engine
    engine.dispose()


@pytest.fixture(scope="module")
def centre(engine: Engine, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Centre]:
    """A centre that has polled all dialects with persons in the records, around them, and in refusals; then it told."""
    home = tmp_path_factory.mktemp("centre")
    clock, secrets, said = still_clock(PLACE.start), seed.demo_secrets(PLACE), home / "said"
    planted, sent, results = systems(clock, secrets), list[Message](), dict[str, list[RunResult]]()
    with pytest.MonkeyPatch.context() as patched, served(planted) as port:
        for name, value in {**secrets, "BOX": "json://127.0.0.1/"}.items():
            patched.setenv(name, value)
        patched.delenv("IOC_DATABASE_URL", raising=False)
        settings = Settings(
            sources=sources(port),
            store=StoreSettings(engine.url.render_as_string(hide_password=False)),
            clock=ClockSettings(start=PLACE.start, speed=0.0),
            recipients=tuple(
                RecipientSettings(name=role, role=role, url_env="BOX", units=("H28", "H28.148"))
                for role in ("leader", "staff", "analyst", "operator")
            ),
        )
        with said.open("a", encoding="utf-8") as heard, overheard(heard):
            for mode in MODES:
                planted.mode = mode
                results[mode] = poll_once(engine, settings, clock, retry=patient(threading.Event(), 3, 0.001))
            Rounds(engine, settings, clock, Sender(engine, settings, clock, into(sent))).run()
        yield Centre(engine, settings, clock, planted, results, said, sent, home)


def into(sent: list[Message]) -> Callable[[RecipientSettings, Message], str]:
    """Hands messages over by keeping them."""

    def hand_over(_to: RecipientSettings, message: Message) -> str:
        sent.append(message)
        return ""

    return hand_over


@pytest.fixture(scope="module")
def web(centre: Centre) -> Iterator[WebServer]:
    """Its web server, as it is shipped."""
    server = WebServer(centre.settings, centre.home)
    server.start()
    server.wait_until_ready()
    yield server
    server.stop()


def persons(content: bytes | str) -> list[str]:
    """The marks of invented persons in it."""
    text = content if isinstance(content, bytes) else content.encode()
    return [mark for mark in MARKS if mark.encode() in text]


def test_every_dialect_was_asked_and_persons_were_planted_in_it(centre: Centre) -> None:
    assert {source.dialect for source in centre.settings.sources} == set(connectors())
    assert centre.planted.planted > 500
    refused = {"baocao"}  # its file is taken over whole or not at all
    outcomes = {result.source: result.outcome for result in centre.results["records"]}
    assert outcomes == {name: "changed" if name in refused else "ok" for name in outcomes}
    rejected = {record.source for record in held(centre.engine)}
    assert rejected == set(outcomes) - refused
    assert {result.outcome for result in centre.results["faults"]} == {"changed"}


def test_the_database_holds_no_person(centre: Centre) -> None:
    stored = everything_stored(centre.engine)
    assert len(stored) > 1_000_000
    assert persons(stored) == []


def test_logs_and_results_tell_of_no_person(centre: Centre) -> None:
    said = centre.said.read_text("utf-8")
    assert "HTTP Request" in said, "also what the libraries say of each call"
    told = [str(result) + repr(result) for results in centre.results.values() for result in results]
    assert persons(said + "".join(told)) == []


def test_messages_tell_of_no_person(centre: Centre) -> None:
    kept = ledger(centre.engine)[1]
    assert len(kept) >= len(centre.sent) > 0
    assert persons(repr([*kept, *centre.sent])) == []


def test_the_quarantine_is_shown_without_persons(centre: Centre, web: WebServer) -> None:
    done = run_ioc(("--config", str(centre.home / "centre.toml"), "quarantine", "list", "--format", "json"), {})
    assert done.code == 0
    assert len(done.json) > 200
    assert persons(done.out + done.err) == []


def test_a_backup_holds_no_person(centre: Centre, tmp_path: Path) -> None:
    file, copy = tmp_path / "backup", tmp_path / "copy"
    back_up(centre.engine, file, centre.clock.now(), "test", lambda _what, _share: None)
    unpack(file, copy, lambda _what, _share: None)
    content = copy.read_bytes()
    if centre.engine.dialect.name == "postgresql":
        with reading(centre.engine) as connection:
            words = [backup_postgresql.program(connection, "pg_restore"), "--file", "-", copy]
        content = subprocess.run(words, capture_output=True, check=True).stdout
    assert b"H28.148" in content
    assert persons(file.read_bytes() + content) == []


# Lists of single dossiers too, where a view has them.
_WITH_ROWS = "unit=H28.148&part=dossiers&dossiers=received&period=2021&reason=doi+chieu"


def test_every_view_that_can_be_taken_away_holds_no_person(web: WebServer) -> None:
    found = {}
    for path in page_views():
        for form in ("csv", "xlsx"):
            answer = httpx.get(f"{web.address}/export/{path}.{form}?{_WITH_ROWS}", timeout=30, trust_env=False)
            assert answer.status_code == 200, (path, form, answer.text[:200])
            parts = [answer.content]
            if form == "xlsx":
                with ZipFile(io.BytesIO(answer.content)) as book:
                    parts = [book.read(name) for name in book.namelist()]
            found[path, form] = persons(b"".join(parts))
    assert {view: marks for view, marks in found.items() if marks} == {}


def test_health_metrics_and_error_pages_hold_no_person(centre: Centre, web: WebServer) -> None:
    paths = (
        "/health/live",
        "/health/ready",
        "/health/data",
        "/metrics",
        "/no-such-page",
        "/export/none.csv",
        "/wall/x",
    )
    answers = {path: httpx.get(web.address + path, timeout=30, trust_env=False) for path in paths}
    assert answers["/health/data"].status_code == 503
    assert "motcua" in answers["/health/data"].text
    assert {path: persons(answer.content + repr(answer.headers).encode()) for path, answer in answers.items()} == {
        path: [] for path in paths
    }
    assert persons((centre.home / "web.log").read_bytes()) == []


def test_the_pages_of_operators_show_no_person(centre: Centre, web: WebServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("IOC_CONFIG", str(centre.home / "centre.toml"))
    shown = {}
    for module in page_modules():
        if module.PAGE.path in OPERATORS:
            page = AppTest.from_string(f"from {module.__name__} import draw\ndraw()").run(timeout=60)
            shown[module.PAGE.path] = "".join(str(element.proto) for element in page.main)
            assert not page.exception, module.PAGE.path
    assert set(shown) == set(OPERATORS)
    assert "motcua" in shown["sources"] + shown["quarantine"]
    assert {path: persons(text) for path, text in shown.items()} == {path: [] for path in OPERATORS}
