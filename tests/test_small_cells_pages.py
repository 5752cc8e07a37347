"""Explore and the ranking hide small counts alike, on the page and in its files, by whichever way somebody comes."""

import asyncio
import io
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import httpx
import polars as pl
import pytest
import streamlit as st
from starlette.applications import Starlette
from streamlit.testing.v1 import AppTest

from metrics import catalogue, counts_of
from pages._export_routes import export_routes
from pages._filters import Choices
from pages._live import holder, live
from pages.analysts._headlines import months_of, sentence
from pages.analysts._place import Place
from pages.analysts._taken_apart import parts_of
from pages.analysts._view import View
from pages.analysts._view_choice import part_names, view_of
from store.engine import open_engine
from store.rows import Batch, Dossier, Procedure, Unit
from tests.delivery import write
from tests.settings_text import ONE_STOP, STANDING
from tests.stores import lay_tables
from wall.scenes._standings import look_standings

NOON = datetime(2021, 12, 10, 5, tzinfo=UTC)
BEGIN = date(2020, 1, 1)
KINDS = {"H28": "tinh", "H28.1": "huyen", "H28.2": "huyen", "H28.3": "huyen"}
# What each unit itself received, by procedure. District 1 has 23: its communes' 3 and 20 hide each other.
RECEIVED = {
    "H28.1.1": {"1.01": 3},
    "H28.1.2": {"1.01": 18, "1.02": 2},
    "H28.2": {"1.01": 9},
    "H28.3": {"1.01": 30, "1.03": 10},
}
HIDING = "\n[access]\nhide_small_cells = true\n"


def dossiers() -> Iterator[Dossier]:
    for unit, by_procedure in RECEIVED.items():
        for procedure, count in by_procedure.items():
            for number in range(count):
                yield Dossier(
                    source_id=f"{unit}-{procedure}-{number}",
                    unit_code=unit,
                    procedure_code=procedure,
                    channel="online" if number % 3 else "counter",
                    state=2,
                    received_at=NOON,
                    updated_at=NOON,
                )


@pytest.fixture(scope="module", params=[True, False], ids=["hiding", "showing"])
def hiding(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[bool]:
    """A centre with those dossiers; whether it hides small counts."""
    home: Path = tmp_path_factory.mktemp("small")
    text = (STANDING + ONE_STOP).format(home=home, time="16:00") + HIDING * request.param
    (home / "ioc.toml").write_text(text)
    engine = open_engine(f"sqlite:///{home}/store.db")
    lay_tables(engine)
    units = [
        Unit(code=code, valid_from=BEGIN, kind=KINDS.get(code, "xa"), name=f"Đơn vị {code}", parent_code=above)
        for code in ("H28", "H28.1", "H28.2", "H28.3", "H28.1.1", "H28.1.2")
        for above in [code.rpartition(".")[0] or None]
    ]
    procedures = [
        Procedure(code=code, valid_from=BEGIN, name=f"Thủ tục {code}", level=3, tier="xa")
        for code in ("1.01", "1.02", "1.03")
    ]
    write(engine, "khac", Batch(units=units, procedures=procedures, dossiers=list(dossiers())))
    engine.dispose()
    with pytest.MonkeyPatch.context() as patched:
        patched.setenv("IOC_CONFIG", str(home / "ioc.toml"))
        holder.cache_clear()
        # A picture is told apart by the store's version alone, which this store shares with the one before.
        st.cache_resource.clear()
        yield request.param
        holder().engine.dispose()
        holder.cache_clear()


def download(path: str) -> httpx.Response:
    """A page's view, as somebody takes it away."""

    async def answer() -> httpx.Response:
        transport = httpx.ASGITransport(app=Starlette(routes=export_routes()))
        async with httpx.AsyncClient(transport=transport, base_url="http://centre") as client:
            return await client.get(path)

    found = asyncio.run(answer())
    assert found.status_code == 200, found.text
    return found


def table(path: str) -> dict[str, dict[str, Any]]:
    """The first table of a page's view: code to row."""
    found = download(path)
    frame = pl.read_parquet(io.BytesIO(found.content))
    return {row["code" if "code" in row else "unit"]: row for row in frame.iter_rows(named=True)}


def values(rows: dict[str, dict[str, Any]]) -> dict[str, float | None]:
    return {code: row["value"] for code, row in rows.items() if code}


def test_of_a_district_both_communes_are_hidden_and_its_own_sum_is_shown(hiding: bool) -> None:
    below = values(table("/export/explore.parquet?indicator=received&unit=H28.1&part=unit"))
    above = values(table("/export/explore.parquet?indicator=received&unit=H28&part=unit"))
    assert below == ({"H28.1.1": None, "H28.1.2": None} if hiding else {"H28.1.1": 3, "H28.1.2": 20})
    assert above == {"H28.1": 23, "H28.2": 9, "H28.3": 40}


def test_the_shares_of_a_rate_are_hidden_with_it(hiding: bool) -> None:
    rows = table("/export/explore.parquet?indicator=online_rate&unit=H28&part=unit")
    [row] = [row for code, row in rows.items() if code == "H28.2"]
    shown = {name: row[name] for name in ("value", "numerator", "denominator", "share")}
    # Six of nine came online, three did not.
    assert (shown["denominator"] == 9) is not hiding
    assert not hiding or set(shown.values()) == {None}


def test_procedures_are_those_of_the_whole_and_hide_each_other(hiding: bool) -> None:
    # 60 + 2 + 10 of 72: the 10 are hidden for the sake of the 2.
    found = values(table("/export/explore.parquet?indicator=received&unit=H28&part=procedure"))
    assert found == {"1.01": 60, "1.02": None if hiding else 2, "1.03": None if hiding else 10}


def view(**choices: str) -> View:
    here = live()
    found = view_of(here, Choices(here.today, given=choices))
    assert found is not None
    return found


def test_no_procedure_of_a_unit_can_be_asked_for(hiding: bool) -> None:
    asked = view(indicator="received", unit="H28.1", procedure="1.01")
    assert asked.figure(asked.place).hidden is hiding
    assert sentence(asked, asked.figure(asked.place)).endswith(": đã ẩn." if hiding else ": 21.")
    others = part_names(view(unit="H28.1").units, Place("H28.1"), view(unit="H28.1").asked)
    assert ("procedure" in others) is not hiding


def test_of_a_hidden_year_the_months_are_hidden_too(hiding: bool) -> None:
    # All came in December.
    months = [figure for _month, figure in months_of(view(indicator="received", unit="H28.1.1"))]
    assert [figure.numerator for figure in months] == [0] * 11 + [0 if hiding else 3]
    assert months[-1].hidden is hiding


def test_hidden_units_have_no_rank_and_no_interval(hiding: bool) -> None:
    rows = table("/export/ranking.parquet?indicator=online_rate&kind=huyen")
    known = {name for name, value in rows["H28.2"].items() if value is not None}
    assert known == {"unit", "name", "not_ranked"} if hiding else "numerator" in known


def test_the_page_says_that_something_is_hidden_and_why(hiding: bool) -> None:
    script = "import streamlit as st\nst.query_params.update({})\nfrom pages.analysts.explore import draw\ndraw()"
    page = AppTest.from_string(script)
    page.query_params.update({"indicator": "received", "unit": "H28.1", "lang": "en"})
    shown = page.run(timeout=30)
    assert not shown.exception
    text = "".join(element.proto.body for element in shown.get("html"))
    assert ("Số đếm từ 1 đến 4 được ẩn" in text or "Counts of 1 to 4 are hidden" in text) is hiding
    assert (">3</" in text) is not hiding
    assert (">20</" in text) is not hiding


def test_a_figure_is_hidden_on_its_own_page_as_among_its_neighbours(hiding: bool) -> None:
    for key in [key for key, one in catalogue().items() if one.counted in ("dossiers", "ratings")]:
        for unit in ("H28", "H28.1"):
            asked = view(indicator=key, unit=unit, part="unit")
            for row in parts_of(asked).rows:
                place = Place(row.code) if row.code else Place(unit, own=True)
                assert asked.figure(place).hidden == row.figure.hidden, (key, row.code)
                counts = counts_of(asked.indicator.form, row.figure.numerator, row.figure.denominator)
                assert not hiding or row.figure.hidden or not any(0 < count < 5 for count in counts)


def test_overview_tells_no_hidden_unit(hiding: bool) -> None:
    """District 2 has 6 of 9 online: three did not come so. Nobody is overdue."""
    asked = "/export/overview.csv?lang=en"
    text = download(asked).text
    assert ("6,9" in text.replace(";", ",")) is not hiding, text
    assert ("Counts of 1 to 4" in text or "Số đếm từ 1 đến 4" in text) is hiding


def test_chance_tells_no_hidden_unit(hiding: bool) -> None:
    text = download("/export/chance.csv?indicator=online_rate&kind=huyen").text
    assert ("H28.2" in text) is not hiding, text


def test_the_wall_sets_no_hidden_unit_beside_the_others(hiding: bool) -> None:
    looked = look_standings(live(), "online_dossier_rate", "huyen")
    assert looked is not None
    assert {peer.code for peer in looked.peers} == ({"H28.3"} if hiding else {"H28.1", "H28.3"})
