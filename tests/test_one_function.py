"""One figure, one function: command line, exports and pages show the same numbers for random units and periods."""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from html import unescape
from pathlib import Path
from random import Random
from typing import Any

import polars as pl
import pytest
from python_calamine import CalamineWorkbook
from streamlit.testing.v1 import AppTest
from typer.testing import CliRunner

import ioc
from clock import LOCAL_ZONE
from metrics import Period, Scope, catalogue
from pages import _format
from pages._language import speaking
from pages._live import live
from pages.analysts._asked import Asked
from pages.leaders._picture import picture
from pages.units._view import View, counted, groups, shown
from publishing import close_period, published
from store.engine import open_engine
from tests.delivery import deliver
from tests.looked_at import looked_at
from tests.stores import lay_tables
from tests.worlds import World, make_period, make_reformed_world

SETTINGS = """
[store]
url = "sqlite:///{home}/ioc.db"
[ranking]
minimum = 3
[clock]
start = "{start}"
speed = 0.0
"""
DRAWS = range(5)
# (unit, indicator) to numerator, denominator, value
Figures = dict[tuple[str, str], tuple[float | None, float | None, float | None]]


@dataclass(frozen=True)
class Centre:
    """A small installation in a folder, its clock standing still after all that happened."""

    home: Path
    world: World

    def command(self, *words: str) -> str:
        """What a command prints on standard output; it must end well."""
        ended = CliRunner().invoke(ioc.app, list(words))
        assert ended.exit_code == 0, ended.output
        return ended.stdout

    def figures(self, period: Period, *words: str) -> Figures:
        """What `ioc.py indicators` says."""
        text = self.command("indicators", *days(period), *words, "--format", "json")
        return {(row["unit"], row["indicator"]): numbers(row) for row in json.loads(text)}

    def exported(self, form: str, view: str, period: Period, *words: str) -> list[dict[str, Any]]:
        """The rows of the file that `ioc.py export` writes."""
        file = self.home / f"export.{form}"
        self.command("export", "--view", view, "--format", form, "--output", str(file), *days(period), *words)
        return {"csv": _csv_rows, "xlsx": _xlsx_rows, "parquet": _parquet_rows}[form](file)


def _csv_rows(file: Path) -> list[dict[str, Any]]:
    return pl.read_csv(file, infer_schema_length=None, schema_overrides={"unit": pl.String}).rows(named=True)


def _parquet_rows(file: Path) -> list[dict[str, Any]]:
    return pl.read_parquet(file).rows(named=True)


def _xlsx_rows(file: Path) -> list[dict[str, Any]]:
    rows = CalamineWorkbook.from_path(str(file)).get_sheet_by_index(0).to_python()
    head = next(number for number, row in enumerate(rows) if "unit" in row)
    return [
        {name: None if cell == "" else cell for name, cell in zip(rows[head], row, strict=True)}
        for row in rows[head + 1 :]
    ]


def as_kept(form: str, value: Any) -> Any:
    """A value as a form of file keeps it: a cell of XLSX is written with 16 digits."""
    return float(f"{value:.16g}") if form == "xlsx" and isinstance(value, float) else value


def days(period: Period) -> list[str]:
    return ["--from", str(period.start), "--to", str(period.end)]


def numbers(row: dict[str, Any]) -> tuple[float | None, float | None, float | None]:
    return row["numerator"], row["denominator"], row["value"]


@pytest.fixture(scope="module")
def centre(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Centre]:
    home, random = tmp_path_factory.mktemp("centre"), Random(20250701)
    world = make_reformed_world(random, dossiers=250, documents=80, polls=6)
    engine = open_engine(f"sqlite:///{home}/ioc.db")
    lay_tables(engine)
    deliver(engine, world, random)
    engine.dispose()
    noon = datetime.combine(world.last_day + timedelta(days=9), datetime.min.time(), LOCAL_ZONE)
    with looked_at(home, SETTINGS.format(home=home, start=noon.isoformat())):
        yield Centre(home, world)


def drawn(centre: Centre, draw: int) -> tuple[Random, Period]:
    random = Random(draw)
    return random, Period(*make_period(random, centre.world))


def explored(period: Period, scope: Scope, codes: list[str], **how: Any) -> Figures:
    """What the page Explore computes."""
    found: Figures = {}
    for key, indicator in catalogue().items():
        shown = Asked(counters=live().counters, indicator=indicator, **how).of(codes, period, scope)
        for code, figure in zip(codes, shown, strict=True):
            found[code, key] = (figure.numerator, figure.denominator, figure.value)
    return found


def nothing_as_zero(figures: Figures) -> Figures:
    """A page counts what was not returned as nothing: its numerator is 0 there."""
    return {key: (top or 0.0, bottom, value) for key, (top, bottom, value) in figures.items()}


@pytest.mark.parametrize("draw", DRAWS)
@pytest.mark.parametrize("form", ["csv", "xlsx", "parquet"])
def test_an_export_holds_the_figures_of_the_command(centre: Centre, draw: int, form: str) -> None:
    random, period = drawn(centre, draw)
    scope = random.choice(("subtree", "own"))
    said = centre.figures(period, "--scope", scope)
    rows = centre.exported(form, "indicators", period, "--scope", scope)
    written = {(row["unit"], row["indicator"]): [*numbers(row)] for row in rows}
    assert written == {pair: [as_kept(form, number) for number in figure] for pair, figure in said.items()}
    assert len(rows) == len(said) > 0


@pytest.mark.parametrize("draw", DRAWS)
@pytest.mark.parametrize("units", ["period", "today"])
def test_explore_computes_the_figures_of_the_command(centre: Centre, draw: int, units: str) -> None:
    random, period = drawn(centre, draw)
    scope: Scope = random.choice(("subtree", "own"))
    said = centre.figures(period, "--scope", scope, "--units", units)
    codes = sorted({unit for unit, _ in said})
    how = {"today": live().today} if units == "today" else {}
    assert explored(period, scope, codes, **how) == nothing_as_zero(said)


def _draw(path: str) -> None:
    import streamlit as st

    from pages._discovery import page_modules

    st.session_state["language"] = "vi"
    next(module for module in page_modules() if module.PAGE.path == path).draw()


def page(path: str, **query: str) -> str:
    """The HTML that a page draws for a query string."""
    seen = AppTest.from_function(_draw, kwargs={"path": path}, default_timeout=60)
    for name, value in query.items():
        seen.query_params[name] = value
    seen.run()
    assert not seen.exception
    return " ".join(element.proto.body for element in seen.get("html"))


def plain(html: str) -> str:
    return unescape(re.sub(r"<[^>]+>", "", html)).strip()


@pytest.mark.parametrize("draw", DRAWS)
def test_explore_draws_the_figures_of_the_command(centre: Centre, draw: int) -> None:
    random, period = drawn(centre, draw)
    units = random.choice(("period", "today"))
    said = centre.figures(period, "--units", units)
    unit, key = random.choice(sorted(pair for pair, (top, _, _) in said.items() if top))
    query = {"from": str(period.start), "to": str(period.end)}
    html = page("explore", unit=unit, indicator=key, units=units, **query)
    tile = re.search(rf'<section class="ioc-tile" data-figure="{key}".*?</section>', html, re.DOTALL)
    assert tile, (unit, key)
    value = re.search(r'<div class="ioc-value[^>]*>(.*?)</div>', tile[0])
    small = re.search(r'<div class="ioc-small">(.*?)</div>', tile[0])
    assert value
    assert small
    indicator, (top, bottom, share) = catalogue()[key], said[unit, key]
    with speaking("vi"):
        assert plain(value[1]) == _format.figure(indicator, share)
        if bottom is not None:
            assert plain(small[1]).startswith(f"{_counts(top, key)} / {_counts(bottom, key)}")


def _counts(value: float | None, key: str) -> str:
    return _format.number(value, 1 if catalogue()[key].form == "hours" else 0)


def ranked_by_command(centre: Centre, key: str, kind: str, period: Period) -> list[dict[str, Any]]:
    text = centre.command("ranking", "--indicator", key, "--kind", kind, *days(period), "--format", "json")
    return list(json.loads(text))


@pytest.mark.parametrize("draw", DRAWS)
@pytest.mark.parametrize("form", ["csv", "xlsx", "parquet"])
def test_an_exported_ranking_is_the_commands(centre: Centre, draw: int, form: str) -> None:
    random, period = drawn(centre, draw)
    key, kind = random.choice(sorted(catalogue())), random.choice(("xa", "huyen"))
    said = ranked_by_command(centre, key, kind, period)
    written = centre.exported(form, "ranking", period, "--indicator", key, "--kind", kind)
    assert written == [{name: as_kept(form, cell) for name, cell in row.items()} for row in said]


@pytest.mark.parametrize("draw", DRAWS)
def test_the_page_ranking_shows_the_commands(centre: Centre, draw: int) -> None:
    random, period = drawn(centre, draw)
    key = random.choice(["received", "online_dossier_rate", "on_time_rate", "open", "signed_document_rate"])
    here, kind = live(), "xa"
    said = ranked_by_command(centre, key, kind, period)
    view = View(indicator=catalogue()[key], group=groups(here, period)[kind], period=period, mine="")
    computed = shown(view, here)
    moved = () if computed.compared else ("previous_rank", "own_change", "others_change", "entered", "left")
    assert computed.found.drop(moved).rows(named=True) == [
        {name: value for name, value in row.items() if name not in moved} for row in said
    ]
    html = page("ranking", indicator=key, kind=kind, **{"from": str(period.start), "to": str(period.end)})
    table = re.search(r'<table class="ioc-bars ioc-ranked".*?</table>', html, re.DOTALL)
    rows = re.findall(r"<tr[^>]*><td.*?</tr>", table[0]) if table else []
    with speaking("vi"):
        expected = [
            [str(row["rank"]), _format.figure(catalogue()[key], row["value"]), counted(row)]
            for row in said
            if row["rank"] is not None
        ]
    assert [[plain(cell) for cell in _cells(row)] for row in rows] == expected


def _cells(row: str) -> list[str]:
    """Rank, value and n of a row of the ranking."""
    cells = re.findall(r"<td[^>]*>.*?</td>", row)
    return [cells[0], cells[3], cells[5]]


def test_the_overview_computes_the_figures_of_the_command(centre: Centre) -> None:
    here = live()
    seen = picture(here)
    said = centre.figures(Period.year_to_date(here.today))
    assert seen.root is not None
    assert {key: tuple(figure) for key, figure in seen.context.items()} == {
        key: said[seen.root, key] for key in seen.context
    }
    for headline in seen.headlines:
        assert tuple(headline.year) == said[seen.root, headline.indicator.key]
    recent = centre.figures(Period.ending(here.today, 28))
    assert [tuple(line.recent) for line in seen.headlines] == [
        recent[seen.root, line.indicator.key] for line in seen.headlines
    ]
    for kind, frame in ((seen.ranked_kind, seen.ranked), ("xa", seen.communes)):
        ranked = ranked_by_command(centre, "online_dossier_rate", kind, Period.year_to_date(here.today))
        assert frame.drop("parent", strict=False).rows(named=True) == ranked


def test_explore_as_published_shows_what_as_of_gives(centre: Centre) -> None:
    here = live()
    period = Period(centre.world.first_day, centre.world.last_day)
    publication = close_period(here.engine, period.name(), here.now, "An").publication
    said = centre.figures(period, "--as-of", here.now.isoformat())
    frozen = published(here.engine, period, here.now)
    codes = sorted({unit for unit, _ in said})
    assert explored(period, "subtree", codes, publication=publication, frozen=frozen) == nothing_as_zero(said)
    assert said == centre.figures(period)
