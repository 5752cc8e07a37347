"""Reconciliation: what is planted in a source is found, listed and mended; what cannot be trusted removes nothing."""

import os
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from functools import lru_cache
from pathlib import Path

import msgspec
import pytest
import sqlalchemy as sa
from sqlalchemy import Engine
from starlette.applications import Starlette
from starlette.routing import Mount

import seed
from clock import LOCAL_ZONE, Clock
from config import ClockSettings, Settings, SourceSettings, StoreSettings, write_settings
from connectors._http import once
from poller import open_sources, poll_once
from reconciling import Nights, reconcile
from seed._opencps import OpenCps
from store.engine import reading
from store.reconciliation_results import Figure, Reconciliation, begin_reconciliation, last_begun, next_night
from store.reconciliation_tables import deleted_facts
from store.rollups import rebuild
from store.tables import dossiers
from tests import connected
from tests.command_line import Ended, call_ioc
from tests.connected import SteppedClock
from tests.one_stop import ChangeableOneStop, Record, counted
from tests.unruly import served

PLACE = replace(seed.PLACES["hoa-binh"], dossiers_per_year=900, documents_per_year=400, history_days=150)
START = PLACE.start
# Before 10/12/2021, to the last day that is over.
NINETY_DAYS = ("20210911", "20211209")
COUNTED = (("motcua", "completed_late"), ("lienthong", "completed_on_time"), ("vanban", "documents"))


FIELDS = {
    "received": "HSTiepNhan",
    "received_online": "HSTiepNhanTrucTuyen",
    "completed": "HSDaXuLy",
    "completed_in_time": "HSDaXLDungHan",
    "completed_late": "HSDaXLQuaHan",
    "open": "HSDangXuLy",
}


@lru_cache
def written() -> tuple[Record, ...]:
    return tuple(seed.raw_dossiers(PLACE, START))


@dataclass
class Centre:
    """A centre whose one-stop system is changeable."""

    engine: Engine
    settings: Settings
    clock: SteppedClock
    source: ChangeableOneStop

    def poll(self) -> None:
        [result] = poll_once(self.engine, self.settings, self.clock, "motcua", retry=once)
        assert result.ok, result

    def reconcile(self) -> Reconciliation:
        [result] = reconciled(self.engine, self.settings, self.clock, "motcua")
        return result

    def stored(self) -> dict[str, tuple[int, str]]:
        """Of each dossier its state and update time, as the source writes them."""
        row = dossiers.c
        with reading(self.engine) as connection:
            found = connection.execute(sa.select(row.source_id, row.state, row.updated_at)).all()
        return {key: (state, updated.astimezone(LOCAL_ZONE).strftime("%Y%m%d%H%M%S")) for key, state, updated in found}

    def truth(self) -> dict[str, tuple[int, str]]:
        """The same of what the source holds."""
        held = self.source.records.items()
        return {key: (int(record["TrangThaiHoSo"]), record["NgayCapNhat"]) for key, record in held}


@pytest.fixture
def secrets(monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    credentials = seed.demo_secrets(PLACE)
    for name, value in credentials.items():
        monkeypatch.setenv(name, value)
    return credentials


@pytest.fixture
def centre(fresh_engine: Callable[[str], Engine], secrets: dict[str, str]) -> Iterator[Centre]:
    with changeable(fresh_engine("sqlite"), secrets) as made:
        yield made


@pytest.fixture
def centre_on_both(engine: Engine, secrets: dict[str, str]) -> Iterator[Centre]:
    with changeable(engine, secrets) as made:
        yield made


@contextmanager
def changeable(engine: Engine, secrets: dict[str, str]) -> Iterator[Centre]:
    """A centre whose one-stop system can be changed; the clock shows START."""
    clock = SteppedClock(START)
    source = ChangeableOneStop(PLACE)
    app = Starlette(
        routes=[Mount("/dvcqg", routes=source.routes()), Mount("", app=seed.make_app(PLACE, clock, secrets))]
    )
    with served(app) as port:
        url = engine.url.render_as_string(hide_password=False)
        yield Centre(
            engine, msgspec.structs.replace(seed.demo_settings(PLACE, port), store=StoreSettings(url)), clock, source
        )


def reconciled(engine: Engine, settings: Settings, clock: Clock, name: str | None = None) -> list[Reconciliation]:
    with open_sources(settings, clock, once, name) as sources:
        return reconcile(engine, sources, clock)


def earlier(record: Record) -> Record:
    """A dossier as it was an hour before its last change: in process."""
    moment = datetime.strptime(record["NgayCapNhat"], "%Y%m%d%H%M%S") - timedelta(hours=1)  # noqa: DTZ007  # local text
    open_again = {"TrangThaiHoSo": "4", "NgayKetThucXuLy": "", "NgayTra": "", "DanhGiaHaiLong": None}
    return {**record, **open_again, "NgayCapNhat": moment.strftime("%Y%m%d%H%M%S")}


def totals(result: Reconciliation) -> dict[str, Figure]:
    return {figure.figure: figure for figure in result.figures if figure.unit_code == ""}


def differences(result: Reconciliation) -> set[tuple[str, str, bool]]:
    return {(key.difference, key.source_id, key.settled) for key in result.keys}


@pytest.fixture
def planted(centre_on_both: Centre) -> tuple[Centre, dict[str, list[str]], list[Record]]:
    """The source after late commits, cancels and deletes that no poll can see; what they are; what we hold of it."""
    centre = centre_on_both
    of_window = [record for record in written() if "20211001" <= record["NgayCapNhat"] < "20211208"]
    done = [record for record in of_window if record["TrangThaiHoSo"] == "10"]
    lost, late, gone = done[:4], done[4:9], done[9:12]
    still_open = [record for record in of_window if record["TrangThaiHoSo"] in ("2", "4", "5")][:2]
    names = {"missing": lost, "other": late + still_open, "gone": gone}
    centre.source.commit(*written())
    for record in lost:
        centre.source.delete(record["MaHoSo"])
    centre.source.commit(*map(earlier, late))
    centre.poll()
    ours = list(centre.source.records.values())
    centre.source.commit(*lost, *late)
    for record in still_open:
        centre.source.cancel(record["MaHoSo"], str(int(record["NgayCapNhat"]) + 1))
    for record in gone:
        centre.source.delete(record["MaHoSo"])
    centre.poll()
    return centre, {name: [record["MaHoSo"] for record in records] for name, records in names.items()}, ours


def test_what_is_planted_is_listed_and_mended(planted: tuple[Centre, dict[str, list[str]], list[Record]]) -> None:
    centre, names, ours = planted
    assert centre.stored() != centre.truth()
    result = centre.reconcile()
    assert result.outcome == "ok"
    assert differences(result) == {(what, key, True) for what, keys in names.items() for key in keys}
    assert centre.stored() == centre.truth()
    assert rebuild(centre.engine) == 0
    with reading(centre.engine) as connection:
        assert set(connection.scalars(sa.select(deleted_facts.c.source_id))) == set(names["gone"])
    expected = statistics_of(list(centre.source.records.values()), ours)
    assert {
        (f.figure, f.unit_code): (f.source_count, f.our_count) for f in result.figures if f.figure in FIELDS
    } == expected
    assert all(figure.mended_count == figure.source_count for figure in result.figures if figure.figure in FIELDS)
    assert totals(result)["dossiers"].differing == sum(map(len, names.values()))
    again = centre.reconcile()
    assert again.agrees
    assert {figure.state for figure in again.figures} == {"agree"}
    assert again.keys == ()
    assert set(totals(again)) == {*FIELDS, "dossiers"}


def statistics_of(theirs: list[Record], ours: list[Record]) -> dict[tuple[str, str], tuple[int, int]]:
    """Of each figure, all units together ("") and each unit that differs: both counts, one record after the other."""
    found: dict[tuple[str, str], tuple[int, int]] = {}
    for figure, field in FIELDS.items():
        sides = [
            Counter({row["MADONVI"]: row[field] for row in counted(side, *NINETY_DAYS)}) for side in (theirs, ours)
        ]
        found[figure, ""] = (sides[0].total(), sides[1].total())
        found |= {
            (figure, unit): (sides[0][unit], sides[1][unit])
            for unit in {*sides[0], *sides[1]}
            if sides[0][unit] != sides[1][unit]
        }
    return found


def whole(centre: Centre) -> Centre:
    """A centre that holds what its source holds."""
    centre.source.commit(*written())
    centre.poll()
    return centre


def fewer(keys: list[str]) -> Callable[[str, Record], Record]:
    """The source answers as if it had never had these dossiers."""

    def spoil(path: str, result: Record) -> Record:
        if path != "DongBoHoSoMC":
            return result
        left = [record for record in result["data"] if record["MaHoSo"] not in keys]
        return {**result, "data": left, "tongSo": result["tongSo"] - len(keys)}

    return spoil


def test_a_source_that_lost_many_records_takes_none_of_ours(centre: Centre) -> None:
    before = whole(centre).stored()
    recent = [record["MaHoSo"] for record in written() if record["NgayCapNhat"] >= "20211101"]
    for key in recent[: len(recent) // 4]:
        centre.source.delete(key)
    result = centre.reconcile()
    assert centre.stored() == before
    assert (totals(result)["dossiers"].state, totals(result)["dossiers"].reason) == ("differ", "too_many")
    assert differences(result) == {("gone", key, False) for key in recent[: len(recent) // 4]}
    for key in list(centre.source.records):
        centre.source.delete(key)
    centre.source.spoil = lambda path, answer: {**answer, "data": seed.unit_rows(PLACE)} if path == "x" else answer
    assert centre.reconcile().agrees is False
    assert centre.stored() == before


@pytest.mark.parametrize("reason", ["short", "shrinking", "unreadable"])
def test_nothing_is_removed_after_a_reading_that_cannot_be_trusted(centre: Centre, reason: str) -> None:
    before = whole(centre).stored()
    gone = [record["MaHoSo"] for record in written() if record["NgayCapNhat"] >= "20211201"][:2]
    if reason == "short":
        centre.source.spoil = lambda path, result: (
            {**result, "data": [row for row in result["data"] if row["MaHoSo"] not in gone]}
            if "tongSo" in result
            else result
        )
    elif reason == "shrinking":
        later = [record["MaHoSo"] for record in written()[-60:]]

        def delete_one() -> None:
            centre.source.delete(later.pop())

        centre.source.on_page = delete_one
    else:
        for key in gone:
            centre.source.delete(key)
        centre.source.commit({**written()[-1], "MaHoSo": ""})
    figure = totals(centre.reconcile())["dossiers"]
    assert (figure.reason, figure.state) == (reason, "incomparable")
    assert centre.stored() == before


@pytest.mark.parametrize(("status", "outcome"), [(503, "unavailable"), (401, "refused"), (404, "changed")])
def test_a_source_that_does_not_answer_is_silent_and_changes_nothing(centre: Centre, status: int, outcome: str) -> None:
    before = whole(centre).stored()
    centre.source.failing = status
    result = centre.reconcile()
    assert (result.outcome, result.agrees) == (outcome, False)
    assert {figure.state for figure in result.figures} == {"silent"}
    assert {figure.figure for figure in result.figures} == {*FIELDS, "dossiers"}
    assert centre.stored() == before


def test_a_source_that_counts_nothing_is_still_compared_key_by_key(centre: Centre) -> None:
    whole(centre)
    centre.source.spoil = lambda path, result: {"data": []} if path == "ThongKe" else result
    gone = centre.source.delete(written()[-1]["MaHoSo"])["MaHoSo"]
    result = centre.reconcile()
    assert result.outcome == "changed"
    assert differences(result) == {("gone", gone, True)}
    assert totals(result)["received"].state == "silent"


def test_a_record_in_quarantine_is_told_as_one(centre: Centre) -> None:
    odd = {**written()[-1], "KenhThucHien": "9"}
    centre.source.commit(*written()[:-1], odd)
    centre.poll()
    result = centre.reconcile()
    assert differences(result) == {("held", odd["MaHoSo"], False)}
    figure = totals(result)["dossiers"]
    assert figure.source_count is not None
    assert (figure.state, figure.our_count, figure.mended_count) == (
        "differ",
        figure.source_count - 1,
        figure.source_count - 1,
    )


def test_what_the_next_poll_brings_is_no_difference(centre: Centre) -> None:
    whole(centre)
    now = START.strftime("%Y%m%d%H%M%S")
    centre.source.commit({**written()[-1], "MaHoSo": "H28-moi", "NgayCapNhat": now, "NgayTiepNhan": now})
    assert centre.reconcile().agrees
    assert "H28-moi" not in centre.stored()
    centre.poll()
    assert "H28-moi" in centre.stored()


def test_the_state_of_a_figure_stands_since_it_began(centre: Centre) -> None:
    whole(centre)
    first = centre.reconcile()
    lost = centre.source.delete(written()[-1]["MaHoSo"])
    centre.clock.advance(timedelta(minutes=1))
    second = centre.reconcile()
    centre.clock.advance(timedelta(minutes=1))
    third = centre.reconcile()
    seen = [(totals(run)["dossiers"].state, totals(run)["dossiers"].since) for run in (first, second, third)]
    minutes = [START + timedelta(minutes=number) for number in range(3)]
    assert seen == list(zip(["agree", "differ", "agree"], minutes, strict=True))
    assert lost["TrangThaiHoSo"] == "10" or totals(third)["received"].since == START


def test_each_source_is_compared_once_a_night_whatever_was_restarted(centre: Centre) -> None:
    first_night = datetime(2021, 12, 11, 2, tzinfo=LOCAL_ZONE)

    def compared() -> list[str]:
        """A restarted poller looks at the clock: whom does it compare?"""
        before = last_begun(centre.engine, START - timedelta(days=1))
        with open_sources(centre.settings, centre.clock, once) as sources:
            Nights(centre.engine, sources, centre.clock).run()
        return [
            name for name, at in last_begun(centre.engine, START - timedelta(days=1)).items() if at != before.get(name)
        ]

    assert compared() == []
    whole(centre)
    assert compared() == ["motcua"]
    assert compared() == []
    centre.clock.step(first_night - timedelta(seconds=1))
    assert compared() == []
    centre.clock.step(first_night)
    assert compared() == ["motcua"]
    centre.clock.advance(timedelta(hours=5))
    assert compared() == []
    centre.clock.advance(timedelta(days=3))
    assert compared() == ["motcua"]
    centre.source.failing = 503
    centre.clock.step(first_night + timedelta(days=5))
    assert compared() == ["motcua"]
    centre.clock.advance(timedelta(minutes=59))
    assert compared() == []
    begin_reconciliation(centre.engine, "motcua", date(2021, 9, 1), date(2021, 9, 1), centre.clock.now())
    centre.clock.advance(timedelta(minutes=59))
    assert compared() == []
    centre.source.failing = 0
    centre.clock.advance(timedelta(minutes=2))
    assert compared() == ["motcua"]
    centre.clock.advance(timedelta(hours=2))
    assert compared() == []
    assert next_night(first_night) == first_night + timedelta(days=1)


def test_what_was_never_polled_and_what_tells_nothing_is_told_so(centre: Centre) -> None:
    results = reconciled(centre.engine, centre.settings, centre.clock)
    outcomes = {result.source: result.outcome for result in results}
    assert outcomes == {"motcua": "never", "vanban": "never", "hop": "untold", "diemcau": "untold", "baocao": "untold"}


def test_the_command_says_what_differs_and_ends_with_1_until_it_agrees(centre: Centre, tmp_path: Path) -> None:
    whole(centre)
    gone = centre.source.delete(written()[-1]["MaHoSo"])["MaHoSo"]
    settings = msgspec.structs.replace(centre.settings, clock=ClockSettings(start=START, speed=0.0))
    write_settings(settings, tmp_path / "ioc.toml")

    def ioc(*words: str) -> Ended:
        return call_ioc(("--config", str(tmp_path / "ioc.toml"), "reconcile", *words), dict(os.environ))

    first = ioc("--source", "motcua")
    assert first.code == 1
    assert f"motcua: gone {gone} {gone[: -len('-yymmdd-NNNN')]}: settled\n" in first.out
    second = ioc("--source", "motcua", "--from", "2021-10-01", "--to", "2021-10-31")
    assert (second.code, second.err) == (0, "")
    assert "motcua: received 2021-10-01..2021-10-31: agree: source " in second.out
    assert ioc("--source", "hop").out == "hop: incomparable: it tells neither statistics nor its records\n"
    assert ioc("--source", "nobody").code == 2
    assert ioc("--from", "2021-10-02", "--to", "2021-10-01").code == 2


def test_simulated_systems_count_what_we_count_of_them(
    fresh_engine: Callable[[str], Engine], monkeypatch: pytest.MonkeyPatch
) -> None:
    secrets = {**seed.demo_secrets(connected.PLACE), **connected.SECRETS}
    for name, value in secrets.items():
        monkeypatch.setenv(name, value)
    engine, clock = fresh_engine("sqlite"), SteppedClock(connected.PLACE.start)
    district = OpenCps(connected.PLACE, clock, secrets, connected.CODES)
    others = seed.make_app(connected.PLACE, clock, secrets)
    with served(Starlette(routes=[Mount("/opencps", routes=district.routes()), Mount("", app=others)])) as port:
        plain = SourceSettings(name="lienthong", dialect="opencps", base_url=f"http://127.0.0.1:{port}/opencps")
        opencps = msgspec.structs.replace(plain, **connected.OPENCPS_SETTINGS)
        demo = seed.demo_settings(connected.PLACE, port)
        settings = msgspec.structs.replace(demo, sources=(*demo.sources[:2], opencps))
        assert all(result.ok for result in poll_once(engine, settings, clock, retry=once))
        results = {result.source: result for result in reconciled(engine, settings, clock)}
    assert {name: result.outcome for name, result in results.items()} == dict.fromkeys(results, "ok")
    for result in results.values():
        assert {figure.state for figure in result.figures} == {"agree"}
    assert set(totals(results["motcua"])) == {*FIELDS, "dossiers"}
    months = {figure.first_day.month for figure in results["lienthong"].figures if figure.figure == "overdue"}
    assert months == {10, 11}, "the months that lie whole within the 90 days"
    counts = [totals(results[name])[figure].our_count for name, figure in COUNTED]
    assert all(count and count > 1 for count in counts), counts
