"""A province whose one-stops speak two dialects has the figures of one that speaks one; nobody's data stays behind."""

import logging
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any

import msgspec
import polars as pl
import pytest
import sqlalchemy as sa
from sqlalchemy import Engine
from starlette.applications import Starlette
from starlette.routing import Mount

import seed
from clock import local_day, still_clock
from config import Settings, SourceSettings, StoreSettings
from connectors._retry import patient
from metrics import Counters, Period, figures
from poll_run import RunResult, poll_once
from seed.conference_history import history_until
from seed.opencps_records import held_dossiers, opencps_records
from seed.place import PASSWORD_VARIABLE, USERNAME
from store.dimensions import put_calendar
from store.engine import open_engine, reading
from store.quarantine import held
from store.reads import read_snapshot
from store.rows import Batch, Procedure, Unit
from store.tables import dossiers, procedures, units
from tests.connected import (
    CODES,
    DISTRICT,
    OPENCPS_SETTINGS,
    PEXIP_SETTINGS,
    PLACE,
    SECRETS,
    SteppedClock,
    UnrulyHistory,
    UnrulyOpenCps,
)
from tests.delivery import write
from tests.stores import lay_tables
from tests.test_personal_data import E_MAIL, IDENTITY, NAME, PHONE, assert_nothing_personal, everything_stored
from tests.truth import calendar_rows
from tests.unruly import Disorder, UnrulyOneStop, served

START = PLACE.start
POLLS = (START, START + timedelta(hours=6), START + timedelta(days=3, hours=2))
# What OpenCPS does not tell of a dossier.
UNTOLD = {
    "supplement_rate", "digitised_rate", "e_result_rate", "authenticated_rate", "online_payment_rate",
    "satisfaction_rate",
}  # fmt: skip


@pytest.fixture(autouse=True)
def secrets(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in SECRETS.items():
        monkeypatch.setenv(name, value)
    monkeypatch.delenv("IOC_DATABASE_URL", raising=False)


@dataclass
class Mixed:
    """All systems behind one port, by one clock: the whole province's one-stop, the rest's, the district's OpenCPS."""

    port: int
    clock: SteppedClock
    rest: UnrulyOneStop
    opencps: UnrulyOpenCps
    personal: set[str] = field(default_factory=set)

    def source(self, name: str, dialect: str, path: str, **others: str) -> SourceSettings:
        return SourceSettings(name=name, dialect=dialect, base_url=f"http://127.0.0.1:{self.port}/{path}", **others)

    @property
    def of_the_whole(self) -> SourceSettings:
        """The one-stop that holds everything."""
        return self.source("motcua", "dvcqg", "dvcqg", username=USERNAME, password_env=PASSWORD_VARIABLE)

    @property
    def of_the_rest(self) -> SourceSettings:
        """The one-stop without the district."""
        return self.source("motcua", "dvcqg", "rest", username=USERNAME, password_env=PASSWORD_VARIABLE)

    @property
    def of_the_district(self) -> SourceSettings:
        """The district's OpenCPS."""
        return self.source("lienthong", "opencps", "opencps", **OPENCPS_SETTINGS)

    def poll(self, engine: Engine, at: datetime, *sources: SourceSettings) -> list[RunResult]:
        """Poll these sources at an instant; all must go well."""
        self.clock.step(at)
        self.rest.records = [row for row in seed.raw_dossiers(PLACE, at) if not of_district(row["DonViXuLy"])]
        settings = Settings(sources=sources, store=StoreSettings(engine.url.render_as_string(hide_password=False)))
        results = poll_once(engine, settings, self.clock, retry=patient(threading.Event(), 12, 0.001))
        assert [result.outcome for result in results] == ["ok"] * len(sources), results
        return results


def of_district(agency: str) -> bool:
    """Whether a code, in its old or its new form, is of the district."""
    return DISTRICT.split(".")[1] in agency.split(".")


@pytest.fixture
def mixed() -> Iterator[Mixed]:
    clock = SteppedClock(START)
    rest = UnrulyOneStop(PLACE, Disorder(Random(1), shuffles=False))
    opencps = UnrulyOpenCps(PLACE, clock, SECRETS, CODES)
    mounts = [
        Mount("/rest", routes=rest.routes()),
        Mount("/opencps", routes=opencps.routes()),
        Mount("", app=seed.make_app(PLACE, clock, {**seed.demo_secrets(PLACE), **SECRETS})),
    ]
    with served(Starlette(routes=mounts)) as port:
        yield Mixed(port, clock, rest, opencps)


@contextmanager
def store(path: Path) -> Iterator[Engine]:
    """An empty store with the calendar."""
    engine = open_engine(f"sqlite:///{path}")
    lay_tables(engine)
    put_calendar(engine, calendar_rows())
    yield engine
    engine.dispose()


def shown(engine: Engine, at: datetime, keys: Callable[[str], bool]) -> pl.DataFrame:
    """Every figure of every unit for the year to date, the last week and a month, in both scopes."""
    counters, today = Counters(read_snapshot(engine)), local_day(at)
    periods = (
        Period.year_to_date(today),
        Period(date(2021, 11, 1), date(2021, 11, 30)),
        Period(today - timedelta(days=6), today),
    )
    frames = [
        figures(counters, period, scope=scope).with_columns(period=pl.lit(number), scope=pl.lit(scope))
        for number, period in enumerate(periods)
        for scope in ("subtree", "own")
    ]
    whole = pl.concat(frames)
    told = [key for key in whole["indicator"].unique().to_list() if keys(key)]
    return whole.filter(pl.col("indicator").is_in(told)).sort("period", "scope", "unit", "indicator")


@pytest.mark.parametrize("opencps_first", [False, True], ids=["one-stop first", "OpenCPS first"])
def test_a_district_on_opencps_changes_no_figure(mixed: Mixed, tmp_path: Path, opencps_first: bool) -> None:
    sources = [mixed.of_the_rest, mixed.of_the_district]
    if opencps_first:
        sources.reverse()
    with store(tmp_path / "one.db") as one, store(tmp_path / "two.db") as two:
        for at in POLLS:
            mixed.poll(one, at, mixed.of_the_whole)
            mixed.poll(two, at, *sources)
            expected = shown(one, at, lambda key: key not in UNTOLD)
            assert shown(two, at, lambda key: key not in UNTOLD).equals(expected)
        district = expected.filter(unit=DISTRICT, period=0, scope="subtree")
        assert district.filter(indicator="received")["numerator"].item() > 300
        assert district.filter(pl.col("numerator") > 0).height > 15
        assert stored_by(two) == {"motcua": len(mixed.rest.records), "lienthong": len(district_at(POLLS[-1]))}


def stored_by(engine: Engine) -> dict[str, int]:
    query = sa.select(dossiers.c.source, sa.func.count().label("held")).group_by(dossiers.c.source)
    with reading(engine) as connection:
        return {row.source: row.held for row in connection.execute(query)}


def district_at(at: datetime) -> list[dict[str, Any]]:
    return [row for row in seed.raw_dossiers(PLACE, at) if of_district(row["DonViXuLy"])]


def test_opencps_alone_has_the_district_s_figures(mixed: Mixed, tmp_path: Path) -> None:
    with store(tmp_path / "one.db") as one, store(tmp_path / "alone.db") as alone:
        mixed.poll(one, START, mixed.of_the_whole)
        [result] = mixed.poll(alone, START, mixed.of_the_district)
        assert (result.rejected, result.source_count) == (0, len(CODES) + services(alone) + len(district_at(START)))
        keys = ("received", "open", "overdue", "on_time_rate", "online_dossier_rate", "refused_rate", "processing_days")
        whole, own = (shown(engine, START, lambda key: key in keys) for engine in (one, alone))
    assert own["unit"].n_unique() == len(CODES)
    assert own.equals(whole.filter(pl.col("unit").is_in(sorted(CODES))))


def services(engine: Engine) -> int:
    with reading(engine) as connection:
        return len(connection.execute(sa.select(procedures)).all())


def test_a_second_poll_of_what_stands_still_changes_nothing(mixed: Mixed, tmp_path: Path) -> None:
    with store(tmp_path / "two.db") as engine:
        mixed.poll(engine, START, mixed.of_the_rest, mixed.of_the_district)
        again = mixed.poll(engine, START, mixed.of_the_rest, mixed.of_the_district)
    assert [(result.source, result.accepted) for result in again] == [("motcua", 0), ("lienthong", 0)]


KNOWN_UNIT = Unit(code="H28.148", valid_from=date(2020, 1, 1), parent_code="H28", kind="huyen", name="TP Hòa Bình")
GUESSED_UNIT = Unit(code="H28.148", valid_from=date(2000, 1, 1), kind="xa", name="Hoa Binh", guessed=True)
KNOWN = Procedure(code="1.01", valid_from=date(2020, 1, 1), name="Khai sinh", level=4, tier="xa")
GUESSED = Procedure(code="1.01", valid_from=date(2000, 1, 1), name="KS", level=2, tier="huyen", guessed=True)


@pytest.mark.parametrize("order", [("guess", "known", "guess"), ("known", "guess"), ("guess", "guess", "known")])
def test_a_guessed_row_counts_only_while_no_other_source_names_the_code(order: tuple[str, ...], tmp_path: Path) -> None:
    batches = {
        "guess": lambda: Batch(units=[GUESSED_UNIT], procedures=[GUESSED]),
        "known": lambda: Batch(units=[KNOWN_UNIT], procedures=[KNOWN]),
    }
    with store(tmp_path / "store.db") as engine:
        for name in order:
            write(engine, name, batches[name]())
        assert write(engine, "guess", batches["guess"]()).accepted == 0
        with reading(engine) as connection:
            kept = [connection.execute(sa.select(table.c.name, table.c.source)).all() for table in (units, procedures)]
    assert kept == [[("TP Hòa Bình", "known")], [("Khai sinh", "known")]]


def test_a_guessed_row_is_better_than_none(tmp_path: Path) -> None:
    with store(tmp_path / "store.db") as engine:
        assert write(engine, "guess", Batch(units=[GUESSED_UNIT])).accepted == 1
        renamed = msgspec.structs.replace(GUESSED_UNIT, name="Hòa Bình")
        assert write(engine, "guess", Batch(units=[renamed])).accepted == 1
        with reading(engine) as connection:
            assert connection.execute(sa.select(units.c.name)).all() == [("Hòa Bình",)]


BROKEN_DOSSIERS: list[dict[str, Any]] = [
    {"dossierStatus": NAME}, {"dossierId": NAME}, {"dossierId": None}, {"govAgencyCode": NAME},
    {"govAgencyCode": "H28.999"}, {"serviceCode": f"thủ tục của {NAME}"}, {"serviceCode": "9.999999"},
    {"online": NAME}, {"online": "false", "fromViaPostal": PHONE + NAME}, {"viaPostal": E_MAIL},
    {"modifiedDate": f"{NAME} {IDENTITY}"}, {"receiveDate": NAME}, {"dueDate": {"ai": NAME}},
    {"dossierStatus": "archived", "releaseDate": NAME, "lockState": NAME, NAME: NAME},
]  # fmt: skip
BROKEN_CONFERENCES: list[dict[str, Any]] = [
    {"id": NAME}, {"tag": NAME}, {"start_time": NAME}, {"end_time": {"ai": NAME}}, {"tag": ""},
]  # fmt: skip
BROKEN_PARTICIPANTS: list[dict[str, Any]] = [
    {"start_time": NAME}, {"end_time": E_MAIL}, {"id": NAME, "end_time": ""},
    {"remote_alias": f"{PHONE}@x"}, {"remote_alias": f"{IDENTITY}@x"}, {"remote_alias": NAME},
]  # fmt: skip


def test_nothing_personal_is_stored_or_said(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    caplog.set_level(logging.DEBUG)
    clock = still_clock(START)
    opencps, history = UnrulyOpenCps(PLACE, clock, SECRETS, CODES), UnrulyHistory(PLACE, clock, SECRETS, CODES)
    records = opencps_records(PLACE, held_dossiers(PLACE, CODES, START))
    names = {row.display_name for row in history_until(PLACE, CODES, local_day(START))[1]}
    personal = seed.personal_values(records[:150]) | set(sorted(names)[:150])

    def broken(rows: list[dict[str, Any]]) -> list[Any]:
        if "display_name" in rows[0]:
            changes = BROKEN_PARTICIPANTS
        else:
            changes = BROKEN_CONFERENCES if "tag" in rows[0] else BROKEN_DOSSIERS
        key = "id" if "id" in rows[0] else "dossierId"
        return [*rows, NAME, [NAME], *({**rows[0], key: f"x{n}", **change} for n, change in enumerate(changes))]

    opencps.spoil = history.spoil = broken
    app = Starlette(routes=[Mount("/opencps", routes=opencps.routes()), Mount("/pexip", routes=history.routes())])
    with store(tmp_path / "store.db") as engine, served(app) as port:
        root = f"http://127.0.0.1:{port}"
        sources = (
            SourceSettings(name="lienthong", dialect="opencps", base_url=f"{root}/opencps", **OPENCPS_SETTINGS),
            SourceSettings(name="hoinghi", dialect="pexip", base_url=f"{root}/pexip", **PEXIP_SETTINGS),
        )
        settings = Settings(sources=sources, store=StoreSettings(engine.url.render_as_string(hide_password=False)))
        write(engine, "danhmuc", Batch(units=[Unit(code="H28", valid_from=date(2020, 1, 1), kind="tinh", name="HB")]))
        results = poll_once(engine, settings, clock, retry=patient(threading.Event(), 2, 0.001))
        assert [result.outcome for result in results] == ["ok", "ok"], results
        quarantined = held(engine)
        stored = everything_stored(engine)
    assert len(personal) > 500
    assert_nothing_personal(stored, personal, "the database")
    written = capfd.readouterr()
    said = "\n".join([caplog.text, written.out, written.err, *map(str, results), *map(repr, results)])
    assert_nothing_personal(said.encode(), personal, "the logs")
    reasons = {(record.source, record.kind, record.reason) for record in quarantined}
    assert {
        ("lienthong", "dossiers", "unknown_state"),
        ("lienthong", "dossiers", "unknown_unit"),
        ("lienthong", "dossiers", "not_an_object"),
        ("hoinghi", "meetings", "bad_code"),
        ("hoinghi", "participants", "bad_date"),
    } <= reasons
