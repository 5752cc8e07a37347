"""The wall's scene of the centre itself: sources and their counts, quarantine, screens, the layout file."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine

from clock import still_clock
from pages._live import Live
from store.health import Freshness
from store.reconciliation_results import Figure as Reconciled
from store.reconciliation_results import State, begin_reconciliation, end_reconciliation
from store.rows import Batch, Rejected, Unit
from store.runs import begin_run, end_run
from store.screens import ScreenReport, put_reports
from tests.wall_here import here_at, poll, said, shown, written
from wall.blocks import Cells, Figure, Listing, Scene
from wall.scenes import _screens, centre

NOW = datetime(2021, 12, 10, 1, 0, tzinfo=UTC)  # 08:00 in Vietnam
REAL = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
SOURCES = {"motcua": "dvcqg", "vanban": "qlvb"}
PROVINCE = Unit(code="H28", valid_from=date(2020, 1, 1), kind="tinh", name="Tỉnh Hòa Bình")
LAYOUT = """version = 1
language = "vi"
[every_screen]
width = 1920
height = 1080
height_mm = 685
distance_mm = 4000
"""


@pytest.fixture
def store(fresh_engine: Callable[[str], Engine], monkeypatch: pytest.MonkeyPatch) -> Engine:
    """An empty store; screens live at the real time REAL."""
    monkeypatch.setattr(_screens, "real_clock", lambda: still_clock(REAL))
    return fresh_engine("sqlite")


@pytest.fixture
def layout(tmp_path: Path) -> Path:
    """A layout file of nine screens."""
    path = tmp_path / "layout.toml"
    uses = '[[screens]]\nnumber = {}\nscenes = [{{ scene = "centre", dwell = "30s" }}]\n'
    path.write_text(LAYOUT + "".join(uses.format(number) for number in range(1, 10)), "utf-8")
    return path


def here(engine: Engine, layout: Path, minutes: int = 0, stale_reason: str | None = None) -> Live:
    return here_at(engine, NOW + timedelta(minutes=minutes), SOURCES, stale_reason, str(layout))


def report(number: int, seconds_ago: int = 10, worst: Freshness = "fresh", skew_ms: int = 40) -> ScreenReport:
    seen = REAL - timedelta(seconds=seconds_ago)
    return ScreenReport(number, seen, "centre", "b1", None, skew_ms, worst, seen, 0, 0, 1920, 1080)


def lines(scene: Scene, name: str) -> list[str]:
    block = scene.blocks[name]
    assert isinstance(block, Listing)
    return written([block.lines[key] for key in block.order])


def cells(scene: Scene) -> dict[str, tuple[str, str]]:
    block = scene.blocks["screens"]
    assert isinstance(block, Cells)
    return {cell.head: (cell.text, cell.fresh) for cell in block.cells.values()}


def test_the_sources_own_count_stands_beside_ours(store: Engine, layout: Path) -> None:
    poll(store, "motcua", Batch(units=[PROVINCE]), NOW, told=1)
    poll(store, "vanban", Batch(), NOW)
    scene = shown(centre, here(store, layout))
    assert lines(scene, "sources") == [
        "motcua | source 1, here 1: agree | 08:00",
        "vanban | here 0, its count not told | 08:00",
    ]
    assert said(scene).startswith("All 2 sources are fresh.")


def test_less_than_the_source_says_is_told(store: Engine, layout: Path) -> None:
    poll(store, "motcua", Batch(units=[PROVINCE]), NOW, told=4)
    poll(store, "vanban", Batch(), NOW)
    scene = shown(centre, here(store, layout))
    assert lines(scene, "sources")[0] == "motcua | source 4, here 1: 3 missing | 08:00"
    assert "Less came than the source holds: motcua." in said(scene)


def test_sources_turn_late_then_silent_while_the_centres_own_blocks_stay_fresh(store: Engine, layout: Path) -> None:
    poll(store, "motcua", Batch(), NOW)
    poll(store, "vanban", Batch(), NOW + timedelta(minutes=10))
    looked = here(store, layout, 10)
    late, stale = (shown(centre, here(store, layout, minutes), looked) for minutes in (15, 16))
    assert late.blocks["sources"].mark.fresh == "late"
    assert stale.blocks["sources"].mark.warning == "silent since 08:00"
    assert {stale.blocks[name].mark.fresh for name in ("held", "layout", "screens")} == {"fresh"}
    assert lines(stale, "sources")[0] == "motcua | silent | 08:00"
    assert said(stale).startswith("Sources silent: motcua. Sources late: vanban.")


def test_a_run_that_failed_says_how(store: Engine, layout: Path) -> None:
    poll(store, "motcua", Batch(), NOW)
    end_run(store, begin_run(store, "motcua", NOW), "refused", NOW, "motcua: 401")
    scene = shown(centre, here(store, layout))
    assert lines(scene, "sources") == ["vanban | never updated", "motcua | access refused | 08:00"]


def test_the_quarantine_is_counted_with_its_share_of_the_day(store: Engine, layout: Path) -> None:
    bad = [Rejected(kind="dossiers", source_id=str(n), reason="bad_date", detail="x", payload={"n": n}) for n in (1, 2)]
    poll(store, "motcua", Batch(units=[PROVINCE], rejected=bad), NOW, told=3)
    figure = shown(centre, here(store, layout)).blocks["held"]
    assert isinstance(figure, Figure)
    assert (figure.value, figure.change) == ("2", "most: impossible date (motcua)")
    assert figure.n == "today 2 of 3 rejected: 66.67%"


def test_each_screen_is_told_by_what_it_last_said(store: Engine, layout: Path) -> None:
    put_reports(store, [report(1), report(2, worst="late"), report(3, worst="stale"), report(4, worst="unknown")])
    put_reports(store, [report(5, seconds_ago=180), report(6, seconds_ago=179), report(7, skew_ms=-1001)])
    scene = shown(centre, here(store, layout))
    assert cells(scene) == {
        "1": ("well", "fresh"),
        "2": ("shows late", "late"),
        "3": ("shows old", "stale"),
        "4": ("shows none", "unknown"),
        "5": ("silent", "stale"),
        "6": ("well", "fresh"),
        "7": ("clock off", "late"),
        "8": ("not seen", "unknown"),
        "9": ("not seen", "unknown"),
    }
    assert said(scene).endswith("Silent screens: 5.")


def test_all_nine_alive_is_good_news(store: Engine, layout: Path) -> None:
    put_reports(store, [report(number) for number in range(1, 10)])
    scene = shown(centre, here(store, layout))
    assert (scene.sentence[-1].text, scene.sentence[-1].tone) == ("All 9 screens are alive.", "good")


def test_a_store_that_cannot_be_read_knows_no_screen_and_marks_everything(store: Engine, layout: Path) -> None:
    poll(store, "motcua", Batch(), NOW)
    put_reports(store, [report(1)])
    scene = shown(centre, here(store, layout, stale_reason="gone"), here(store, layout))
    assert set(cells(scene).values()) == {("unknown", "unknown")}
    assert scene.blocks["held"].mark.fresh == "late"


def test_a_bad_layout_file_is_told_by_its_line_and_the_old_one_stays(store: Engine, layout: Path) -> None:
    assert lines(shown(centre, here(store, layout)), "layout") == ["in force, 9 screens"]
    layout.write_text(layout.read_text("utf-8").replace("width = 1920", "width = 7"), "utf-8")
    scene = shown(centre, here(store, layout))
    assert lines(scene, "layout") == ["refused at line 4, the old one stays"]
    assert len(cells(scene)) == 9
    assert "The layout file was refused." in said(scene)


def test_reconciliation_is_told_as_it_went(store: Engine, layout: Path) -> None:
    window = (date(2021, 9, 11), date(2021, 12, 9))

    def compared(source: str, state: State) -> str:
        number = begin_reconciliation(store, source, *window, NOW)
        end_reconciliation(store, number, "ok", "", NOW, [Reconciled("received", "", *window, state)], [])
        return said(shown(centre, here(store, layout)))

    assert "econcil" not in said(shown(centre, here(store, layout)))
    assert "Reconciled 10/12/2021 08:00: all figures agree." in compared("motcua", "agree")
    assert "Reconciliation without an answer: vanban." in compared("vanban", "silent")
    assert "Reconciliation differs: motcua." in compared("motcua", "differ")
    assert "Reconciliation differs: elsewhere" not in compared("elsewhere", "differ")
