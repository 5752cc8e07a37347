"""The web without a browser: routes, languages, formats, discovery, pages on an empty store, an unreadable store."""

import ast
import asyncio
import threading
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import httpx
import pytest
from sqlalchemy import Engine
from starlette.applications import Starlette
from streamlit import config as streamlit_config
from streamlit.testing.v1 import AppTest

from clock import real_clock
from errors import StoreError
from metrics import Share, catalogue, notable
from pages import _format, _palette
from pages._badges import standing
from pages._contract import Page
from pages._discovery import add_page, page_modules
from pages._entry import entry_html
from pages._health_routes import health_routes
from pages._language import speaking, vietnamese
from pages._live import Holder, holder
from pages._names import short_name
from pages._tiles import Tile, sparkline, tiles
from store.engine import open_engine
from store.runs import begin_run, end_run
from store.screens import ScreenReport, put_reports
from tests.colours import rgb
from tests.looked_at import looked_at
from tests.settings_text import ONE_STOP, STANDING
from tests.stores import lay_tables

PAGES = Path(__file__).parents[1] / "pages"
# Where `_("…")` stands, or a text that is given to it elsewhere.
SPEAKING = (
    "pages",
    "wall",
    "messages",
    "exports",
    "imports",
    "sheets",
    "metrics",
    "commands",
    "store",
    "access",
    "door",
)
START = datetime(2021, 12, 10, 1, 0, tzinfo=UTC)


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Path]:
    """A folder with settings that IOC_CONFIG names, for a standing clock and a store that does not exist yet."""
    with looked_at(tmp_path, (STANDING + ONE_STOP).format(home=tmp_path, time="08:00")):
        yield tmp_path


@pytest.fixture
def store(home: Path) -> Iterator[Engine]:
    """The migrated, empty store of those settings."""
    engine = open_engine(f"sqlite:///{home}/store.db")
    lay_tables(engine)
    yield engine
    engine.dispose()


def _get(path: str) -> httpx.Response:
    async def ask() -> httpx.Response:
        transport = httpx.ASGITransport(app=Starlette(routes=health_routes()))
        async with httpx.AsyncClient(transport=transport, base_url="http://centre") as client:
            return await client.get(path)

    return asyncio.run(ask())


def _poll(engine: Engine, outcome: str, at: datetime) -> None:
    end_run(engine, begin_run(engine, "motcua", at), outcome, at)


def test_live_answers_without_a_store(home: Path) -> None:
    answer = _get("/health/live")
    assert (answer.status_code, answer.json()) == (200, {"status": "live"})


def test_ready_is_503_with_reason_before_migration(home: Path) -> None:
    answer = _get("/health/ready")
    assert answer.status_code == 503
    assert "version" in answer.json()["reason"]


def test_ready_is_200_on_a_migrated_store(store: Engine) -> None:
    assert _get("/health/ready").status_code == 200


@pytest.mark.parametrize(
    ("age", "state", "status"),
    [(None, "unknown", 503), (timedelta(minutes=5), "fresh", 200), (timedelta(hours=2), "stale", 503)],
)
def test_health_of_data_follows_the_age_of_the_last_good_poll(
    store: Engine, age: timedelta | None, state: str, status: int
) -> None:
    if age is not None:
        _poll(store, "ok", START - age)
    answer = _get("/health/data")
    assert answer.status_code == status
    source = answer.json()["sources"]["motcua"]
    assert source["state"] == state
    assert source["age_seconds"] == (age.total_seconds() if age else None)
    assert source["expected_age_seconds"] == 300


def test_failed_poll_does_not_make_data_fresh(store: Engine) -> None:
    _poll(store, "unavailable", START)
    assert _get("/health/data").json()["sources"]["motcua"]["state"] == "unknown"


def test_prometheus_gets_age_and_outcome_of_every_source(store: Engine) -> None:
    _poll(store, "ok", START - timedelta(seconds=90))
    text = _get("/metrics").text
    assert 'ioc_source_age_seconds{source="motcua"} 90.0' in text
    assert 'ioc_source_last_run{outcome="ok",source="motcua"} 1.0' in text


def test_prometheus_gets_the_health_of_every_screen(store: Engine) -> None:
    long_ago = real_clock().now() - timedelta(minutes=4)
    told = ScreenReport(3, long_ago, "map", "b", 9_000_000, -1500, "late", long_ago, 2, 0, 1920, 1080)
    put_reports(store, [told])
    lines = _get("/metrics").text.splitlines()
    assert 'ioc_screen_silent{screen="3"} 1.0' in lines
    assert 'ioc_screen_heap_bytes{screen="3"} 9e+06' in lines
    assert 'ioc_screen_clock_skew_seconds{screen="3"} -1.5' in lines
    assert 'ioc_screen_missed_scenes{screen="3"} 2.0' in lines
    [age] = [line for line in lines if line.startswith('ioc_screen_seen_age_seconds{screen="3"}')]
    assert 240 <= float(age.split()[1]) < 300


def test_prometheus_is_told_when_the_store_cannot_be_asked(home: Path) -> None:
    answer = _get("/metrics")
    assert answer.status_code == 200
    assert "ioc_store_up 0.0" in answer.text.splitlines()
    assert "ioc_source_" not in answer.text


def test_unknown_api_path_is_404_as_json(home: Path) -> None:
    answer = _get("/api/none/such")
    assert answer.status_code == 404
    assert answer.json() == {"error": "nothing at /api/none/such"}


def test_first_html_is_in_the_visitor_s_language() -> None:
    assert '<html lang="vi">' in entry_html("vi")
    assert "<title>Smart operations centre</title>" in entry_html("en")


def test_style_and_scripts_of_the_frame_come_with_the_first_html_and_not_on_screens_of_the_wall() -> None:
    framed, bare = entry_html("vi"), entry_html("vi", bare=True)
    assert framed.index("</head>") < framed.index(".ioc-menu a {") < framed.index('<div id="root">')
    assert ".ioc-menu" not in bare
    for script in ("a[data-follow]", "button[data-copy]", "const SPOKEN"):
        assert script in framed
        assert script not in bare


def test_no_browser_fetches_a_font_that_no_page_shows() -> None:
    assert 'as="font"' not in entry_html("vi")


def test_garbage_collection_is_not_run_after_each_refresh() -> None:
    assert streamlit_config.get_option("runner.postScriptGC") is False


def test_every_text_of_the_pages_is_in_the_vietnamese_catalogue() -> None:
    missing = {f"{name}: {text}" for name, text in _texts() if text not in vietnamese()}
    assert missing == set()


def test_the_vietnamese_catalogue_holds_nothing_that_nobody_says() -> None:
    files = [file for top in SPEAKING for file in (PAGES.parent / top).rglob("*.py")]
    said = {
        node.value
        for file in files
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8")))
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    }
    assert {text for text in vietnamese() if text not in said} == set()


def test_translations_keep_the_placeholders() -> None:
    for text, translated in vietnamese().items():
        assert _placeholders(text) == _placeholders(translated), text


def test_every_indicator_has_a_vietnamese_name_and_definition() -> None:
    for indicator in catalogue().values():
        assert indicator.name_vi
        assert indicator.name_vi != indicator.name
        assert indicator.definition_vi


def _texts() -> Iterator[tuple[str, str]]:
    """(file, text) of everything given to _(…), and of titles and questions of pages and scenes."""
    for file in sorted(file for top in SPEAKING for file in (PAGES.parent / top).rglob("*.py")):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "_":
                found = [part.value for part in ast.walk(node.args[0]) if isinstance(part, ast.Constant)]
                yield from ((file.name, text) for text in found if isinstance(text, str))
            elif isinstance(node, ast.keyword) and node.arg in ("title", "question") and _is_text(node.value):
                yield file.name, ast.literal_eval(node.value)


def _is_text(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and isinstance(node.value, str)


def _placeholders(text: str) -> set[str]:
    return {part.split("}")[0] for part in text.split("{")[1:]}


@pytest.mark.parametrize(
    ("written", "vi", "en"),
    [
        (lambda: _format.number(2038), "2.038", "2,038"),
        (lambda: _format.percent(0.998), "99,8\u00a0%", "99.8%"),
        (lambda: _format.percent(None), "không phát sinh", "nothing to count"),
        (lambda: _format.short_percent(0.51), "51\u00a0%", "51%"),
        (lambda: _format.moment(datetime(2021, 6, 12, 7, 5, tzinfo=UTC)), "12/06/2021 14:05", "12/06/2021 14:05"),
        (lambda: _format.weekday(date(2021, 12, 10)), "Thứ Sáu 10/12/2021", "Friday 10/12/2021"),
        (lambda: _format.signed(-0.3), "0", "0"),
        (lambda: _format.signed(-12), "−12", "−12"),
        (lambda: _format.duration(timedelta(seconds=119)), "119 giây", "119 seconds"),
        (lambda: _format.duration(timedelta(hours=50)), "2 ngày", "2 days"),
        (lambda: _format.duration(None), "chưa từng", "never"),
    ],
)
def test_numbers_and_times_are_written_as_the_language_does(written: Any, vi: str, en: str) -> None:
    with speaking("vi"):
        assert written() == vi
    with speaking("en"):
        assert written() == en


@pytest.mark.parametrize(
    ("value", "comparator", "state"),
    [
        (0.51, ">=", "reached"),
        (0.50, ">=", "near"),
        (0.45, ">=", "missed"),
        (None, ">=", "none"),
        (0.50, "<=", "reached"),
        (0.53, "<=", "near"),
    ],
)
def test_near_is_within_five_points_of_the_target(value: float | None, comparator: str, state: str) -> None:
    assert standing(value, 0.51, comparator) == state


def test_change_within_chance_is_not_notable() -> None:
    # 50 of 100 against 40 of 100: z = 1.42; against 35 of 100: z = 2.14.
    assert not notable(Share(50, 100), Share(40, 100))
    assert notable(Share(50, 100), Share(35, 100))
    assert not notable(Share(0, 0), Share(35, 100))


def test_short_names_keep_the_kind_only_where_needed() -> None:
    assert short_name("Huyện Đà Bắc") == "Đà Bắc"
    assert short_name("Thành phố Hòa Bình") == "TP Hòa Bình"
    assert short_name("Ủy ban nhân dân huyện Điện Biên Đông") == "Điện Biên Đông"
    assert short_name("Sở Tư pháp") == "Sở Tư pháp"


def test_names_from_outside_are_escaped() -> None:
    with speaking("vi"):
        assert "<script>" not in tiles([Tile(figure="received", name="<script>alert(1)</script>", value="1")])


def test_sparkline_is_broken_where_nothing_was_to_count() -> None:
    assert sparkline([0.1, 0.2, None, 0.4, 0.5]).count("M") == 2


@pytest.mark.parametrize("colour", ["REACHED", "NEAR", "MISSED", "NO_DATA", "ACCENT", "INK", "MUTED"])
def test_text_colours_have_contrast_on_the_ground(colour: str) -> None:
    assert _contrast(getattr(_palette, colour), _palette.GROUND) >= 4.5


def test_stale_is_readable_on_its_own_ground() -> None:
    assert _contrast(_palette.STALE, _palette.STALE_GROUND) >= 4.5


def _contrast(one: str, other: str) -> float:
    light, dark = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def _luminance(colour: str) -> float:
    parts = [value / 255 for value in rgb(colour)]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def test_two_pages_with_one_path_are_refused() -> None:
    page = Page(path="same", title="A", question="?", audience="units", order=1, icon=":material/home:")
    module = cast(Any, SimpleNamespace(PAGE=page, draw=lambda: None))
    found: dict[str, Any] = {}
    add_page(found, module, "units")
    with pytest.raises(ValueError, match="two pages have the path 'same'"):
        add_page(found, module, "units")


def test_page_in_the_wrong_folder_is_refused() -> None:
    page = Page(path="lost", title="A", question="?", audience="units", order=1, icon=":material/home:")
    with pytest.raises(ValueError, match="stands in pages/leaders"):
        add_page({}, cast(Any, SimpleNamespace(PAGE=page, draw=lambda: None)), "leaders")


def _draw(path: str, language: str) -> None:
    import streamlit as st

    from pages._discovery import page_modules

    st.session_state["language"] = language
    next(module for module in page_modules() if module.PAGE.path == path).draw()


@pytest.mark.parametrize("language", ["vi", "en"])
@pytest.mark.parametrize("path", [module.PAGE.path for module in page_modules()])
def test_page_draws_on_an_empty_store(store: Engine, path: str, language: str) -> None:
    seen = AppTest.from_function(_draw, kwargs={"path": path, "language": language}, default_timeout=30).run()
    assert not seen.exception
    assert len(seen.main) > 0


def test_frame_says_what_to_do_when_the_store_was_never_readable(home: Path) -> None:
    seen = AppTest.from_file(str(PAGES / "_frame.py"), default_timeout=30).run()
    assert not seen.exception
    assert "Không đọc được kho dữ liệu" in _html(seen)


def test_overview_names_the_source_that_was_never_read(store: Engine) -> None:
    seen = AppTest.from_file(str(PAGES / "_frame.py"), default_timeout=30).run()
    assert "Chưa có số liệu" in _html(seen)
    assert "Nguồn motcua chưa từng đọc được." in _html(seen)


def test_language_of_the_address_is_used(store: Engine) -> None:
    seen = AppTest.from_file(str(PAGES / "_frame.py"), default_timeout=30)
    seen.query_params["lang"] = "en"
    assert "No data yet" in _html(seen.run())


def _html(seen: AppTest) -> str:
    return " ".join(element.proto.body for element in seen.get("html"))


def test_last_good_counters_stay_with_the_reason_when_the_store_fails(store: Engine, home: Path) -> None:
    centre = Holder(holder().settings)
    good = centre.live()
    assert good.stale_reason is None
    with store.begin() as connection:
        connection.exec_driver_sql("ALTER TABLE versions RENAME TO gone")
    later = _after_next_check(centre)
    assert later.version == good.version
    assert "versions" in (later.stale_reason or "")
    centre.engine.dispose()


def test_store_that_was_never_readable_is_an_error(home: Path) -> None:
    centre = Holder(holder().settings)
    with pytest.raises(StoreError):
        centre.live()
    centre.engine.dispose()


def test_one_visitor_refreshes_while_others_see_the_last_state(store: Engine, home: Path) -> None:
    centre = Holder(holder().settings)
    centre.live()
    with centre._refreshing:  # as if another thread was reading now
        seen = []
        other = threading.Thread(target=lambda: seen.append(_after_next_check(centre)))
        other.start()
        other.join(timeout=10)
    assert len(seen) == 1
    centre.engine.dispose()


def _after_next_check(centre: Holder) -> Any:
    centre._next_check = 0.0
    return centre.live()
