"""What a run of a page must not cost: questions asked again, texts written again, modules that nobody asked for."""

import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa
import streamlit as st
from sqlalchemy import Engine

from config import Settings, StoreSettings
from pages import _format, _refresh
from pages._goals import known_targets
from pages._html import draw
from pages._language import speaking
from pages._live import Holder
from pages._refresh import refreshing_html
from store.dimensions import put_targets
from store.engine import migrate
from store.health import SourceHealth

ROOT = Path(__file__).parents[1]
NOON = datetime(2021, 12, 10, 5, 0, tzinfo=UTC)
HEALTH = [SourceHealth("motcua", "dvcqg", "fresh", NOON, None, timedelta(minutes=5), "ok", "", NOON, *[0] * 9)]


@pytest.fixture
def centre(tmp_path: Path) -> Holder:
    """A holder of an empty store."""
    found = Holder(Settings(store=StoreSettings(url=f"sqlite:///{tmp_path}/store.db")))
    migrate(found.engine)
    return found


def _questions(engine: Engine) -> list[str]:
    asked: list[str] = []

    def note(*words: object) -> None:
        asked.append(str(words[2]))

    sa.event.listen(engine, "before_cursor_execute", note)
    return asked


def test_targets_are_asked_for_once_until_one_is_changed(centre: Holder) -> None:
    here, asked = centre.live(), _questions(centre.engine)
    assert list(known_targets(here)) == []
    known_targets(here)
    assert sum("FROM targets" in question for question in asked) == 1
    target = {
        "indicator": "on_time_rate",
        "unit_code": "H28",
        "valid_from": NOON.date(),
        "comparator": ">=",
        "value": 0.9,
        "decision": "12/QĐ",
        "issuer": "UBND",
    }
    put_targets(centre.engine, [target], by="B", at=NOON)
    centre.look_again()
    assert [told.value for told in known_targets(centre.live())] == [0.9]


def test_a_part_of_a_page_is_composed_anew_only_when_figures_sources_or_the_minute_change(
    centre: Holder, monkeypatch: pytest.MonkeyPatch
) -> None:
    parts: list[Callable[[], None]] = []
    drawn: list[str] = []
    composed: list[str] = []
    first = centre.live()
    states = [first]
    together = '<div class="ioc-pieces"><div><p>xã</p></div><div><p>{}</p></div></div>'

    def part(word: str) -> None:
        composed.append(word)
        draw(f"<p>{word}</p>")
        draw(f"<p>{len(composed)}</p>")

    def fragment(begun: Callable[[], None], **_how: object) -> Callable[[], None]:
        parts.append(begun)
        return begun

    monkeypatch.setattr(st, "fragment", fragment)
    monkeypatch.setattr(st, "html", lambda markup: drawn.append(markup._repr_html_()))
    monkeypatch.setattr(_refresh, "live", lambda: states[-1])
    monkeypatch.setattr(_refresh, "must", lambda _capability: None)
    with speaking("vi"):
        refreshing_html("part")(part)("xã")
        parts[0]()
        assert drawn == [together.format(1)] * 2
        silent = [source._replace(state="stale") for source in HEALTH]
        for state in (
            replace(first, version=first.version + 1),
            replace(first, now=first.now + timedelta(minutes=1)),
            replace(first, stale_reason="no answer"),
            replace(first, sources=HEALTH),
            replace(first, sources=silent),
        ):
            states.append(state)
            parts[0]()
            parts[0]()
    assert len(composed) == 6
    assert drawn[-1] == together.format(6)


@pytest.mark.parametrize(("value", "digits", "vi", "en"), [(1234.5, 1, "1.234,5", "1,234.5"), (-0.0, 0, "0", "0")])
def test_a_figure_is_written_in_the_language_of_each_visitor(value: float, digits: int, vi: str, en: str) -> None:
    for _again in range(2):
        with speaking("vi"):
            assert _format.number(value, digits) == vi
        with speaking("en"):
            assert _format.number(value, digits) == en


def test_days_and_moments_are_those_of_the_centre_with_leading_zeros() -> None:
    late = datetime(2021, 6, 2, 18, 5, tzinfo=UTC)  # 01:05 of the next day in Việt Nam
    with speaking("vi"):
        assert _format.moment(late) == "03/06/2021 01:05"
        assert _format.time_of_day(late, seconds=True) == "01:05:00"
        assert _format.weekday(late.date()) == "Thứ Tư 02/06/2021"


def test_a_web_process_begins_without_typesetter_fonts_and_http_client(tmp_path: Path) -> None:
    (tmp_path / "ioc.toml").write_text(f'[store]\nurl = "sqlite:///{tmp_path}/store.db"\n')
    said = "import sys, app; print([name for name in ('httpx', 'typst', 'fontTools', 'pandas') if name in sys.modules])"
    ran = subprocess.run(
        [sys.executable, "-c", said],
        cwd=ROOT,
        env={"IOC_CONFIG": str(tmp_path / "ioc.toml"), "PATH": ""},
        capture_output=True,
        text=True,
        check=True,
    )
    assert ran.stdout.splitlines()[-1] == "[]"
