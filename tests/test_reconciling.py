"""Reconciliation: what is planted in a source is found, listed and mended; what cannot be trusted removes nothing."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from functools import lru_cache

import msgspec
import pytest
import sqlalchemy as sa
from sqlalchemy import Engine
from starlette.applications import Starlette
from starlette.routing import Mount

import seed
from clock import LOCAL_ZONE
from config import Settings, StoreSettings
from connectors._http import once
from poller import poll_once
from reconciling import reconcile
from store.engine import reading
from store.reconciliation_results import Figure, Reconciliation
from store.reconciliation_tables import deleted_facts
from store.rollups import rebuild
from store.tables import dossiers
from tests.connected import SteppedClock
from tests.one_stop import ChangeableOneStop, Record, counted
from tests.unruly import served

PLACE = replace(seed.PLACES["hoa-binh"], dossiers_per_year=900, documents_per_year=400, history_days=150)
START = PLACE.start
FIRST, LAST = date(2021, 9, 11), date(2021, 12, 9)  # 90 days before 10/12/2021, and the last day that is over


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
        [result] = reconcile(self.engine, self.settings, self.clock, once, "motcua")
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
def centre(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> Iterator[Centre]:
    secrets = seed.demo_secrets(PLACE)
    for name, value in secrets.items():
        monkeypatch.setenv(name, value)
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
def planted(centre: Centre) -> tuple[Centre, dict[str, list[str]], list[Record]]:
    """The source after late commits, cancels and deletes that no poll can see; what they are; what we hold of it."""
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
    assert (again.keys, totals(again).keys()) == ((), {*FIELDS, "dossiers"})


FIELDS = {
    "received": "HSTiepNhan",
    "received_online": "HSTiepNhanTrucTuyen",
    "completed": "HSDaXuLy",
    "completed_in_time": "HSDaXLDungHan",
    "completed_late": "HSDaXLQuaHan",
    "open": "HSDangXuLy",
}


def statistics_of(theirs: list[Record], ours: list[Record]) -> dict[tuple[str, str], tuple[int, int]]:
    """Of each figure, all units together ("") and each unit that differs: both counts, one record after the other."""
    found: dict[tuple[str, str], tuple[int, int]] = {}
    for figure, field in FIELDS.items():
        sides = [
            Counter({row["MADONVI"]: row[field] for row in counted(side, "20210911", "20211209")})
            for side in (theirs, ours)
        ]
        found[figure, ""] = (sides[0].total(), sides[1].total())
        found |= {
            (figure, unit): (sides[0][unit], sides[1][unit])
            for unit in {*sides[0], *sides[1]}
            if sides[0][unit] != sides[1][unit]
        }
    return found
