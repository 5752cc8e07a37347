"""After news: what many look at is made first, then shown; never for long, and never what somebody has just written."""

import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from access.principal import DEMO, Principal
from clock import Clock, real_clock
from config import ClockSettings, Settings, StoreSettings, write_settings
from errors import StoreError
from launch import open_store
from pages import _ahead
from pages._ahead import Ahead
from pages._holder import Holder
from pages._language import speaking
from pages._live import Live, drawing_of, holder, is_ahead, live, look_again
from pages._once import once
from pages._standing import MANY, Standing, View, standing
from pages._visitor import acting
from pages.units import my_unit, ranking
from store.health import SourceHealth
from store.note_rows import NewNote, NoteBook
from store.notes import write_note
from tests.centres import PLACE, polled_store
from tests.feed import Feed
from tests.looked_at import looked_at

ANYBODY = DEMO._replace(name="", subject="")
UNIT, RANKING = (View(path, (("unit", "H28.150"),), "vi", ANYBODY) for path in ("my-unit", "ranking"))
NOON = PLACE.start
SOURCE = SourceHealth("motcua", "dvcqg", "fresh", NOON, None, timedelta(minutes=5), "ok", "", NOON, *[0] * 9)
PATIENCE_SECONDS = 20


@pytest.fixture
def before(tmp_path: Path) -> Iterator[Live]:
    """What an empty store holds, at a time that stands still."""
    url = f"sqlite:///{tmp_path}/store.db"
    open_store(url).dispose()
    still = Holder(Settings(store=StoreSettings(url=url), clock=ClockSettings(start=NOON, speed=0.0)))
    yield replace(still.live(), sources=[SOURCE])
    still.engine.dispose()


def newer(state: Live, by: int = 1) -> Live:
    return replace(state, version=state.version + by)


class Composing:
    """Composes nothing, as long as the test wants; `done`: what, of which version."""

    def __init__(self) -> None:
        self.begun, self.may_end = threading.Event(), threading.Event()
        self.done: list[tuple[View, int]] = []

    def __call__(self, view: View, state: Live) -> None:
        self.begun.set()
        assert self.may_end.wait(PATIENCE_SECONDS)
        self.done.append((view, state.version))


@pytest.fixture
def composing() -> Iterator[Composing]:
    """Whose thread has ended after the test."""
    found = Composing()
    yield found
    found.may_end.set()
    join_threads()


def join_threads() -> None:
    for thread in threading.enumerate():
        if thread.name == "ahead":
            thread.join(PATIENCE_SECONDS)


def following(state: Live, compose: Callable[[View, Live], None], views: Sequence[View] = (UNIT, RANKING)) -> Ahead:
    """Of somebody who has drawn this state."""
    ahead = Ahead(lambda: views, compose)
    assert ahead.drawn(state) is state
    return ahead


def test_what_is_looked_at_is_composed_of_the_news_before_they_are_drawn(before: Live, composing: Composing) -> None:
    ahead, news = following(before, composing), newer(before)
    assert ahead.drawn(news) is before
    assert composing.begun.wait(PATIENCE_SECONDS)
    assert ahead.drawn(news) is before
    composing.may_end.set()
    join_threads()
    assert composing.done == [(UNIT, news.version), (RANKING, news.version)]
    assert ahead.drawn(news) is news


def test_the_state_that_is_drawn_stays_whole_with_its_own_time(before: Live, composing: Composing) -> None:
    later = replace(newer(before), sources=[SOURCE._replace(last_good_at=NOON + timedelta(minutes=1))])
    drawn = following(before, composing).drawn(later)
    assert (drawn.version, drawn.data_time) == (before.version, NOON)


def test_where_nothing_is_new_time_goes_on(before: Live, composing: Composing) -> None:
    ahead = following(before, composing)
    second_later = replace(before, read_at=before.read_at + timedelta(seconds=1))
    assert ahead.drawn(second_later) is second_later


def test_nobody_waits_where_few_look_on(before: Live, composing: Composing) -> None:
    news = newer(before)
    assert following(before, composing, views=()).drawn(news) is news


def test_it_does_not_take_longer_than_it_may(
    before: Live, composing: Composing, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(_ahead, "LONGEST_SECONDS", 0.3)
    ahead, news = following(before, composing), newer(before)
    assert ahead.drawn(news) is before
    threading.Event().wait(0.35)
    assert ahead.drawn(news) is news
    composing.may_end.set()
    join_threads()
    assert composing.done == [(UNIT, news.version)]
    assert ahead.drawn(news) is news


def test_what_is_met_meanwhile_waits_no_longer_either(
    before: Live, composing: Composing, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(_ahead, "LONGEST_SECONDS", 0.6)
    ahead, news, more = following(before, composing), newer(before), newer(before, 2)
    assert ahead.drawn(news) is before
    assert ahead.drawn(more) is before
    composing.may_end.set()
    join_threads()
    composing.may_end.clear()
    composing.begun.clear()
    assert ahead.drawn(more) is news
    assert composing.begun.wait(PATIENCE_SECONDS)
    threading.Event().wait(0.65)
    assert ahead.drawn(more) is more


def test_what_people_write_a_silent_source_and_a_store_that_cannot_be_read_are_seen_at_once(
    before: Live, composing: Composing
) -> None:
    changes: list[dict[str, Any]] = [
        {"notes": NoteBook(version=before.notes.version + 1)},
        {"versions": {**before.versions, "targets": 7}},
        {"sources": [SOURCE._replace(state="stale")]},
        {"stale_reason": "the store does not answer"},
        {"now": before.now + timedelta(days=1)},
    ]
    for change in changes:
        news = replace(newer(before), **change)
        assert following(before, composing).drawn(news) is news, change
    assert not composing.begun.is_set()


def test_figures_alone_are_no_reason_to_hurry(before: Live, composing: Composing) -> None:
    news = replace(newer(before), versions={**before.versions, "data": 7})
    assert following(before, composing).drawn(news) is before


def test_whoever_has_written_sees_it(before: Live, composing: Composing) -> None:
    ahead, news = following(before, composing), newer(before)
    assert ahead.drawn(news) is before
    ahead.let_go()
    assert ahead.drawn(news) is news


def test_a_view_that_cannot_be_read_keeps_no_other_waiting(before: Live) -> None:
    composed = []

    def compose(view: View, _state: Live) -> None:
        composed.append(view)
        if view == UNIT:
            raise StoreError("it does not answer")

    ahead, news = following(before, compose), newer(before)
    ahead.drawn(news)
    join_threads()
    assert composed == [UNIT, RANKING]
    assert ahead.drawn(news) is news


def test_people_of_the_same_rights_look_at_the_same() -> None:
    kept, units = Standing(), [frozenset({"H28.150"}), None]
    for number in range(MANY):
        kept.begin(str(number))
        who = Principal(f"Bình {number}", str(number), frozenset({"staff"}), units[number % 2])
        kept.look_at(str(number), UNIT._replace(visitor=who))
    assert {view.visitor.units for view in kept.looked_at()} == set(units)
    assert len(kept.looked_at()) == len(units)


def test_the_most_looked_at_comes_first_and_what_nobody_looks_at_any_more_not_at_all() -> None:
    kept = Standing()
    for number in range(MANY + 1):
        kept.begin(str(number))
        kept.turn(str(number), "ranking" if number % 3 else "my-unit")
        kept.look_at(str(number), RANKING if number % 3 else UNIT)
    assert kept.looked_at() == [RANKING, UNIT]
    kept.turn("0", "sources")
    assert len(kept.looked_at()) == 2
    kept.end("1")
    assert kept.looked_at() == []  # few are left


# ---- the pages themselves ------------------------------------------------------------------------------------------


@pytest.fixture
def feed(tmp_path: Path) -> Iterator[Feed]:
    """Who brings news to a polled centre, of which many look at two views."""
    settings = polled_store(tmp_path)
    write_settings(settings, tmp_path / "centre.toml")
    streams = [f"ahead {number}" for number in range(MANY)]
    with looked_at(tmp_path, (tmp_path / "centre.toml").read_text()), acting(DEMO), speaking("vi"):
        feed = Feed(settings, Clock(real_clock().now(), NOON, 0.0), every=3600)
        feed.poll_all()
        live()
        for number, stream in enumerate(streams):
            view = (UNIT, RANKING)[number % 2]
            standing().begin(stream)
            standing().turn(stream, view.path)
            standing().look_at(stream, view)
        yield feed
        join_threads()
        for stream in streams:
            standing().end(stream)
        feed.engine.dispose()


def news(feed: Feed) -> None:
    feed.poll_all()
    holder().look_again()


def test_when_news_are_drawn_nothing_of_what_is_looked_at_needs_to_be_made(
    feed: Feed, monkeypatch: pytest.MonkeyPatch
) -> None:
    said: list[str] = []
    for page, name in ((my_unit, "movement_said"), (ranking, "ranked_rows")):
        real = getattr(page, name)

        def noted(*told: object, _name: str = name, _real: Callable[..., object] = real) -> object:
            assert is_ahead()
            said.append(_name)
            return _real(*told)

        monkeypatch.setattr(page, name, noted)
    first = live().version
    news(feed)
    assert live().version == first
    join_threads()
    here = live()
    assert here.version > first
    assert sorted(said) == ["movement_said", "ranked_rows"]

    def never() -> None:
        raise AssertionError("it is made already")

    for view in (UNIT, RANKING):
        once(here, (view.path, view.choices), never)


def test_a_part_draws_one_state_however_long_it_takes(feed: Feed) -> None:
    first = live()
    with drawing_of(first):
        news(feed)
        look_again()
        assert live() is first
    assert live().version > first.version


def test_a_note_is_seen_at_once_by_whoever_has_written_it(feed: Feed) -> None:
    news(feed)
    version = live().version
    day = date(2021, 12, 10)
    write_note(holder().engine, "once", NewNote("on_time_rate", "H28.150", day, day, "Xem lại"), "Lò Văn An", NOON)
    look_again()
    found = live()
    assert [note.text for note in found.notes.of("on_time_rate", "H28.150", day, day)] == ["Xem lại"]
    assert found.version > version


def test_the_wall_follows_at_once(feed: Feed) -> None:
    first = live().version
    news(feed)
    assert live().version == first
    assert holder().live().version > first
