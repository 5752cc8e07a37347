"""Every page's view as files, from the bar on the page: each form opens, and all hold the rows of the view."""

import csv
import io
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import date, datetime
from pathlib import Path
from urllib.parse import urlencode

import httpx
import openpyxl
import polars as pl
import pypdf
import pytest
from playwright.sync_api import expect

from clock import LOCAL_ZONE
from exports.viewed import Viewed
from exports.writing import FORMS
from pages._discovery import page_modules
from pages._export_routes import page_views
from pages._filters import Choices
from pages._language import speaking
from pages._live import holder, live
from sheets.tabular import unquoted
from tests.browser.conftest import Centre, Visit

Visiting = Callable[..., Visit]
NOT_TAKEN_AWAY = {
    "wall": "the screens themselves: what they show stands on the other pages",
    "screens": "steering and the health of devices, no figures of the province",
    "audit": "acts of people: who must take them away has `ioc.py audit list`",
}
# What a page asks for before it shows figures.
ASKED = {"my-unit": {"unit": "H28.150"}, "today": {"unit": "H28.150"}}
WHY = dict.fromkeys(("today", "quarantine", "reconciliation"), "&reason=doi+chieu")  # rows of single dossiers
NOTHING_HERE = {"messages", "notes", "quarantine"}  # nobody has written any, and the sources send what can be read
# A visit and five files for each page cost seconds: in `make test` these, the others in `make chaos`. Every view in
# every form is asked in tests/test_export_routes.py.
QUICK = {"ranking", "sources"}
PATHS = [path if path in QUICK else pytest.param(path, marks=pytest.mark.chaos) for path in page_views()]


@pytest.fixture(scope="module")
def views(settings_file: Path) -> Iterator[Callable[[str], Viewed]]:
    """The usual view of a page, computed here from the same store."""
    with pytest.MonkeyPatch.context() as patched:
        patched.setenv("IOC_CONFIG", str(settings_file))
        holder.cache_clear()
        here = live()

        def view(path: str) -> Viewed:
            with speaking("vi"):
                return page_views()[path](here, Choices(here.today, given=ASKED.get(path, {})))

        yield view
        here.engine.dispose()
        holder.cache_clear()


@pytest.fixture(scope="module")
def files(centre: Centre) -> Iterator[Callable[[str], dict[str, bytes]]]:
    """The content of each link of a bar, by form; every one of them is there."""
    with httpx.Client(base_url=centre.address, timeout=60, trust_env=False) as http, ThreadPoolExecutor(4) as together:

        def got(address: str) -> tuple[str, bytes]:
            answer = http.get(address)
            assert answer.status_code == 200, answer.text
            return address.split("?")[0].rsplit(".", 1)[1], answer.content

        yield lambda addresses: dict(together.map(got, addresses))


def test_every_page_with_figures_can_be_taken_away() -> None:
    paths = {module.PAGE.path for module in page_modules()}
    assert paths - page_views().keys() == NOT_TAKEN_AWAY.keys()


@pytest.mark.parametrize("path", PATHS)
def test_each_form_opens_and_holds_the_rows_of_the_view(
    centre: Centre,
    visit: Visiting,
    views: Callable[[str], Viewed],
    files: Callable[[list[str]], dict[str, bytes]],
    path: str,
) -> None:
    seen = visit(centre.address)
    seen.open(f"/{path}?{urlencode(ASKED.get(path, {}))}")
    links = seen.page.get_by_role("navigation", name="Tải về").get_by_role("link")
    found = files([f"/{link.get_attribute('href')}{WHY.get(path, '')}" for link in links.all()])
    assert found.keys() == FORMS.keys()
    view = views(path)
    rows = [table.frame.rows() for table in view.tables]
    assert sum(map(len, rows)) > 0 or path in NOTHING_HERE
    shown = [[[said(cell) for cell in row] for row in table] for table in rows]
    assert of_csv(found["csv"], view) == shown
    assert of_xlsx(found["xlsx"], view) == shown
    frame = pl.read_parquet(io.BytesIO(found["parquet"]))
    for table in view.tables:
        own = frame if len(view.tables) == 1 else frame.filter(pl.col("table") == table.name)
        assert own.select(table.frame.columns).equals(table.frame)
    text = "".join(page.extract_text() for page in pypdf.PdfReader(io.BytesIO(found["pdf"])).pages)
    assert " ".join(view.title.split()) in " ".join(text.split())
    assert found["png"].startswith(b"\x89PNG")


def said(value: object) -> str:
    """A cell as text that can be compared, whatever file it comes from."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "có" if value else "không"
    if isinstance(value, int | float):
        return f"{value:.12g}"
    if isinstance(value, datetime):
        return (value.astimezone(LOCAL_ZONE) if value.tzinfo else value).strftime("%Y-%m-%d %H:%M")
    return value.isoformat() if isinstance(value, date) else str(value)


def of_csv(content: bytes, view: Viewed) -> list[list[list[str]]]:
    """The rows of each table, below its heads; lines of comment and blanks are between."""
    lines = list(csv.reader(io.StringIO(content.decode("utf-8-sig"), newline=""), delimiter=";"))
    found: list[list[list[str]]] = []
    for number, line in enumerate(lines):
        if not line or line[0].startswith("# "):
            continue
        above = lines[number - 1]
        if not above or above[0].startswith("# "):
            found.append([])
        else:
            types = view.tables[len(found) - 1].frame.dtypes
            found[-1].append([_of_text(text, dtype) for text, dtype in zip(line, types, strict=True)])
    return found


def _of_text(text: str, dtype: pl.DataType) -> str:
    if dtype.is_numeric() and text:
        return said(float(text.replace(",", ".")))
    return text[:16] if dtype == pl.Datetime else unquoted(text)


def of_xlsx(content: bytes, view: Viewed) -> list[list[list[str]]]:
    """The rows of each sheet, below its frozen heads."""
    book = openpyxl.load_workbook(io.BytesIO(content))
    found = []
    for sheet, table in zip(book.worksheets, view.tables, strict=False):
        top = int(sheet.freeze_panes.removeprefix("A"))
        below = sheet.iter_rows(min_row=top, max_row=top + table.frame.height - 1, values_only=True)
        days = [dtype == pl.Date for dtype in table.frame.dtypes]
        rows = [
            [said(cell.date() if day and cell else cell) for cell, day in zip(row, days, strict=True)] for row in below
        ]
        found.append(rows if table.frame.height else [])
        assert sheet.max_row == top + table.frame.height - 1
    return found


def test_rows_on_the_screen_are_those_of_the_file(centre: Centre, visit: Visiting) -> None:
    seen = visit(centre.address)
    seen.open("/ranking?kind=so&indicator=on_time_rate&lang=en")
    names = seen.page.locator(".ioc-ranked tbody th").all_inner_texts()
    with seen.page.expect_download() as started:
        seen.page.get_by_role("link", name="Download as CSV").press("Enter")
    assert started.value.suggested_filename.startswith("Ranking")
    content = Path(started.value.path()).read_text("utf-8-sig")
    lines = [line for line in csv.reader(io.StringIO(content)) if not line[0].startswith("#")]
    assert [line[3] for line in lines[1:] if line[0]] == names
    assert seen.page.url.endswith("/ranking?kind=so&indicator=on_time_rate&lang=en"), "the visit goes on"
    assert seen.errors == []


def test_link_is_copied_and_said_and_a_refusal_is_a_page_to_read(centre: Centre, visit: Visiting) -> None:
    seen = visit(centre.address)
    seen.page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    seen.open("/ranking?kind=xa")
    bar = seen.page.get_by_role("navigation", name="Tải về")
    bar.get_by_role("button", name="Sao chép liên kết").press("Enter")
    expect(bar.get_by_role("status")).to_have_text("Đã sao chép")
    assert seen.page.evaluate("navigator.clipboard.readText()") == f"{centre.address}/ranking?kind=xa"
    seen.page.evaluate("document.querySelector('.ioc-downloads a').href = '/export/ranking.doc'")
    bar.get_by_role("link").first.click()
    expect(seen.page.get_by_role("heading")).to_have_text("Không có tệp")


def test_dossiers_leave_after_a_reason_was_given_on_a_page_that_asks_for_it(centre: Centre, visit: Visiting) -> None:
    seen = visit(centre.address)
    seen.open("/today?unit=H28.150&lang=en")
    seen.page.get_by_role("link", name="Download as CSV").click()
    expect(seen.page.get_by_role("heading")).to_have_text("Why do you take these dossiers?")
    seen.page.get_by_label("Reason").fill("Đối chiếu với một cửa")
    with seen.page.expect_download() as started:
        seen.page.get_by_role("button", name="Download").click()
    content = Path(started.value.path()).read_text("utf-8-sig")
    assert "Open dossiers" in content
    seen.page.get_by_role("link", name="Back").click()
    seen.page.locator(".ioc-foot").wait_for(timeout=60_000)
