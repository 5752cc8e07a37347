"""Overview, in a real browser."""

from collections.abc import Callable
from datetime import timedelta

from metrics import Counters, Period, figures
from pages import _format
from pages._language import speaking
from store.reads import read_snapshot
from store.rows import RECEIVED, Batch, Dossier
from store.runs import begin_run, end_run
from store.writes import write_batch
from tests.browser.conftest import Centre, Visit

Visiting = Callable[..., Visit]


def _online(centre: Centre) -> tuple[float, float, float]:
    """Numerator, denominator and value of the province's online dossiers this year, from the store itself."""
    year = Period.year_to_date(centre.clock.today())
    row = figures(Counters(read_snapshot(centre.engine)), year, ["online_dossier_rate"], units=["H28"]).row(
        0, named=True
    )
    return row["numerator"], row["denominator"], row["value"]


def _n_text(numerator: float, denominator: float) -> str:
    with speaking("vi"):
        return f"{_format.number(numerator)} / {_format.number(denominator)} hồ sơ"


def test_first_tile_shows_the_store_s_own_figure(centre: Centre, visit: Visiting) -> None:
    seen = visit(centre.address)
    seen.open("/")
    numerator, denominator, value = _online(centre)
    tile = seen.page.locator(".ioc-tile").first
    tile.wait_for()
    with speaking("vi"):
        assert _format.percent(value) in tile.inner_text()
    assert _n_text(numerator, denominator) in tile.inner_text()


def test_figure_follows_the_store_within_ten_seconds_without_reload(centre: Centre, visit: Visiting) -> None:
    seen = visit(centre.address)
    seen.open("/overview")
    seen.page.evaluate("window.stillTheSamePage = true")
    numerator, denominator, _value = _online(centre)
    seen.page.get_by_text(_n_text(numerator, denominator)).wait_for()
    _receive_at_the_counter(centre, 40)
    seen.page.get_by_text(_n_text(numerator, denominator + 40)).wait_for(timeout=10_000)
    assert seen.page.evaluate("window.stillTheSamePage")


def test_refresh_neither_greys_nor_blanks(centre: Centre, visit: Visiting) -> None:
    seen = visit(centre.address)
    seen.open("/overview")
    seen.page.locator(".ioc-tile").nth(5).wait_for()
    seen.page.evaluate(
        """() => { window.faults = 0; window.looks = 0; window.timer = setInterval(() => {
            window.looks += 1;
            const faded = [...document.querySelectorAll('[data-testid=stElementContainer]')]
                .some(part => getComputedStyle(part).opacity !== '1');
            if (faded || document.querySelectorAll('.ioc-tile').length !== 6) window.faults += 1;
        }, 40); }"""
    )
    seen.page.wait_for_function("() => window.looks > 175")  # 7 s: two refreshes at least
    assert seen.page.evaluate("window.faults") == 0


def test_districts_are_ranked_with_target_line_and_interval(centre: Centre, visit: Visiting) -> None:
    seen = visit(centre.address)
    seen.open("/overview")
    table = seen.page.locator(".ioc-bars").first
    assert table.locator("tbody tr").count() == 10
    assert table.locator(".ioc-goal").count() == 10
    assert "chỉ tiêu 51\u00a0%" in table.inner_text()


def test_map_is_drawn_and_has_its_table(centre: Centre, visit: Visiting) -> None:
    seen = visit(centre.address)
    seen.open("/overview")
    drawn = seen.page.locator(".ioc-chart-communes")
    drawn.locator("img").wait_for()
    assert drawn.locator("img").evaluate("image => image.decode().then(() => image.naturalWidth > 0)")
    cells = drawn.locator("a")
    assert cells.count() == 151
    assert "explore?indicator=online_dossier_rate&unit=H28." in str(cells.first.get_attribute("href"))
    assert "không phải địa giới hành chính" in seen.text()
    seen.page.get_by_text("Bảng số liệu của bản đồ").click()
    rows = seen.page.locator(".ioc-table tbody tr")
    rows.first.wait_for()
    assert rows.count() == 151


def _receive_at_the_counter(centre: Centre, count: int) -> None:
    at = centre.clock.now()
    dossiers = [
        Dossier(
            source_id=f"browser-test-{number}",
            unit_code="H28.148",
            procedure_code=_any_procedure(centre),
            channel="counter",
            state=RECEIVED,
            received_at=at - timedelta(hours=1),
            updated_at=at,
        )
        for number in range(count)
    ]
    run = begin_run(centre.engine, "motcua", at)
    written = write_batch(centre.engine, "motcua", Batch(dossiers=dossiers), run, None, at)
    end_run(centre.engine, run, "ok", at)
    assert written.accepted == count


def _any_procedure(centre: Centre) -> str:
    return str(read_snapshot(centre.engine).procedures["code"][0])
