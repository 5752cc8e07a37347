"""Nothing personal reaches the database, the logs, the command line's words or the quarantine, whatever goes wrong."""

import logging
import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from dataclasses import dataclass, field, replace
from pathlib import Path
from random import Random
from typing import IO, Any

import msgspec
import pytest
import sqlalchemy as sa
from sqlalchemy import Engine

import seed
from clock import Clock, still_clock
from config import Settings, StoreSettings, write_settings
from connectors._retry import patient
from poller import Poller, RunResult, open_sources, poll_once
from seed.people import E_MAIL_DOMAIN, IDENTITY_PREFIX, PHONE_PREFIX
from store.engine import migrate, open_engine, reading
from store.quarantine import held
from store.tables import metadata
from tests.command_line import run_ioc
from tests.servers import fresh_database
from tests.unruly import Disorder, Records, UnrulyOneStop, UnrulyRegister, served, unruly_app

PLACE = replace(
    seed.PLACES["hoa-binh"],
    dossiers_per_year=400,
    documents_per_year=200,
    systems=("dvcqg", "qlvb", "bigbluebutton"),
)
AT = PLACE.start
NAME, IDENTITY, PHONE = f"Bùi Thị Hoa {seed.MARKER}", f"{IDENTITY_PREFIX}12345678", f"{PHONE_PREFIX}123456"
E_MAIL = f"cd77{E_MAIL_DOMAIN}"


def bad_dossiers(good: dict[str, Any]) -> Records:
    """Dossiers that cannot be understood, with a person in every field that may hold anything."""
    broken: Records = [
        {"KenhThucHien": NAME},
        {"KenhThucHien": "7"},
        {"DanhSachLePhi": [{"TenPhiLePhi": NAME, "Gia": NAME}]},
        {"DanhSachLePhi": NAME},
        {"NgayCapNhat": f"{NAME} {PHONE}"},
        {"NgayTiepNhan": f"của {NAME}"},
        {"TrangThaiHoSo": {"nguoi": NAME}},
        {"DonViXuLy": NAME},
        {"DonViXuLy": "H28.999", "ChuHoSo": NAME},
        {"MaTTHC": f"thủ tục của {NAME}"},
        {"MaTTHC": "9.999999"},
        {"DanhGiaHaiLong": f"{NAME} không hài lòng"},
        {"MaHoSo": NAME},
        {"MaHoSo": None},
        {"KenhThucHien": "8", "Ghi chú": NAME, NAME: NAME},
        {
            "KenhThucHien": "8",
            "DanhSachGiayToKetQua": [{"MaGiayToKetQua": NAME, "DuongDanTepTinKetQua": f"/{NAME}.pdf"}],
        },
        {"KenhThucHien": "8", "DanhSachHoSoBoSung": [{"NgayBoSung": NAME, "LyDo": NAME}]},
        {"HinhThuc": NAME},
        {"DuocThanhToanTrucTuyen": f"{NAME} {IDENTITY}"},
    ]
    return [{**good, "MaHoSo": f"H28.148-211210-9{number:03}", **changes} for number, changes in enumerate(broken)]


def bad_documents(good: dict[str, Any]) -> Records:
    """Documents that cannot be understood."""
    broken: Records = [
        {"OrganId": "H28.999"},
        {"OrganId": NAME},
        {"Huong": NAME},
        {"DienTu": NAME},
        {"IssuedDate": NAME},
        {"Huong": "x", "Subject": NAME, "SignerInfo": NAME},
        {"Huong": "x", "CodeNotation": NAME, "CodeNumber": NAME, "TypeName": {"a": NAME}},
        {"CapGui": E_MAIL},
        {"MaVanBan": NAME},
    ]
    return [{**good, "MaVanBan": f"H28-den-211210-9{number:03}", **changes} for number, changes in enumerate(broken)]


@dataclass
class Polled:
    """What one polling left behind, and every personal value that the sources showed."""

    settings: Settings
    clock: Clock
    results: list[RunResult]
    personal: set[str]
    said: Path
    secrets: dict[str, str] = field(default_factory=dict)


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def engine(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    """A store for all tests of this file, on each of the two databases."""
    url = f"sqlite:///{tmp_path_factory.mktemp('personal')}/store.db"
    if request.param == "postgresql":
        url = fresh_database(request.getfixturevalue("postgresql_url"), "personal")
    engine = open_engine(url)
    migrate(engine)
    yield engine
    engine.dispose()


@pytest.fixture(scope="module")
def monkeypatch() -> Iterator[pytest.MonkeyPatch]:
    with pytest.MonkeyPatch.context() as patched:
        yield patched


@contextmanager
def overheard(heard: IO[str]) -> Iterator[None]:
    """Everything that is logged, at any level, or written to standard output and error meanwhile goes to a file."""
    handler, root = logging.StreamHandler(heard), logging.getLogger()
    level, kept = root.level, [os.dup(number) for number in (1, 2)]
    root.addHandler(handler)
    root.setLevel(logging.DEBUG)
    for number in (1, 2):
        os.dup2(heard.fileno(), number)
    try:
        with redirect_stdout(heard), redirect_stderr(heard):
            yield
    finally:
        for number, own in zip((1, 2), kept, strict=True):
            os.dup2(own, number)
            os.close(own)
        root.removeHandler(handler)
        root.setLevel(level)


@pytest.fixture(scope="module")
def polled(
    engine: Engine, monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Polled]:
    """A centre that has polled a province with good and bad records, everything that is said being kept."""
    secrets = seed.demo_secrets(PLACE)
    for name, value in secrets.items():
        monkeypatch.setenv(name, value)
    monkeypatch.delenv("IOC_DATABASE_URL", raising=False)
    clock, calm = still_clock(AT), Disorder(Random(1), shuffles=False)
    one_stop, register = UnrulyOneStop(PLACE, calm), UnrulyRegister(calm)
    one_stop.records, register.records = seed.raw_dossiers(PLACE, AT), seed.raw_documents(PLACE, AT)
    personal = seed.personal_values(one_stop.records) | seed.personal_values(register.records)
    not_objects: list[Any] = [NAME, [NAME]]
    one_stop.records += [*bad_dossiers(one_stop.records[-1]), *not_objects]
    register.records += [*bad_documents(register.records[-1]), *not_objects]
    personal |= {attendee.full_name for held in seed.recorded_meetings(PLACE, AT) for attendee in held.attendees}
    said = tmp_path_factory.mktemp("said") / "all"
    with served(unruly_app(one_stop, register, clock, secrets)) as port:
        settings = seed.demo_settings(PLACE, port)
        url = engine.url.render_as_string(hide_password=False)
        settings = msgspec.structs.replace(settings, store=StoreSettings(url))
        retry = patient(threading.Event(), 12, 0.001)
        with said.open("a", encoding="utf-8") as heard, overheard(heard):
            results = poll_once(engine, settings, clock, retry=retry)
            with open_sources(settings, clock, retry) as sources:
                poller = Poller(engine, sources, clock)
                results += [result for result in map(poller.poll, sources) if result]
        yield Polled(settings, clock, results, personal, said, secrets)


def assert_nothing_personal(content: bytes, personal: set[str], where: str) -> None:
    """Neither a value that a source showed, nor anything else that only invented people have."""
    marks = (seed.MARKER, IDENTITY, PHONE, E_MAIL_DOMAIN)
    for mark in marks:
        assert mark.encode() not in content, f"{mark} stands in {where}"
    # Every name and address holds one of the marks.
    others = [value for value in personal if not any(mark in value for mark in marks)]
    assert others, "identity and phone numbers"
    found = [value for value in others if value.encode() in content]
    assert found == [], f"{len(found)} personal values stand in {where}"


def everything_stored(engine: Engine) -> bytes:
    """Every row of every table as text, and for SQLite the bytes of all its files too."""
    texts: list[bytes] = []
    with reading(engine) as connection:
        for table in metadata.sorted_tables:
            texts += [str(tuple(row)).encode() for row in connection.execute(sa.select(table))]
        if engine.dialect.name == "postgresql":
            raw = connection.connection.cursor()
            for table in metadata.sorted_tables:
                with raw.copy(f'COPY (SELECT * FROM "{table.name}") TO STDOUT') as rows:  # also of a divided table
                    texts += [bytes(row) for row in rows]
    # Whoever opens and closes the file beside SQLite in the same process takes its locks away.
    engine.dispose()
    if engine.url.database and engine.dialect.name == "sqlite":
        file = Path(engine.url.database)
        texts += [part.read_bytes() for part in file.parent.glob(f"{file.name}*")]
    return b"\n".join(texts)


def test_no_personal_value_is_stored_logged_or_said(polled: Polled, engine: Engine) -> None:
    assert len(polled.personal) > 300
    assert [result.source for result in polled.results if result.ok] == ["motcua", "vanban", "hop"] * 2
    stored = everything_stored(engine)
    assert_nothing_personal(stored, polled.personal, "the database")
    logged = polled.said.read_text("utf-8")
    assert "HTTP Request" in logged, "also what the libraries say of each call"
    said = "\n".join([logged, *map(str, polled.results), *map(repr, polled.results)])
    assert_nothing_personal(said.encode(), polled.personal, "the logs")
    everything = stored + said.encode()
    assert [name for name, secret in polled.secrets.items() if secret.encode() in everything] == []


def test_bad_records_are_held_with_a_reason_and_good_ones_are_stored(polled: Polled, engine: Engine) -> None:
    records = held(engine)
    by_source = {source: [record for record in records if record.source == source] for source in ("motcua", "vanban")}
    assert len(by_source["motcua"]) == len(bad_dossiers({})) + 1
    assert len(by_source["vanban"]) == len(bad_documents({})) + 1
    assert {"unknown_channel", "unknown_unit", "unknown_procedure", "not_an_object"} <= {r.reason for r in records}
    stored = metadata.tables["dossiers"]
    with reading(engine) as connection:
        count = connection.scalar(sa.select(sa.func.count()).select_from(stored))
    assert count == len(seed.raw_dossiers(PLACE, AT))


def test_the_command_line_shows_the_quarantine_without_persons(polled: Polled, engine: Engine, tmp_path: Path) -> None:
    file = tmp_path / "ioc.toml"
    write_settings(polled.settings, file)
    for words in (("list", "--format", "json"), ("replay",)):
        done = run_ioc(("--config", str(file), "quarantine", *words), polled.secrets)
        assert done.code == 0
        assert done.out
        assert_nothing_personal((done.out + done.err).encode(), polled.personal, f"quarantine {words[0]}")
    assert_nothing_personal(everything_stored(engine), polled.personal, "the database after the replay")
