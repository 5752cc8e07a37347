"""What is made once for all who look at the same: again at another moment, in another language, for other rights."""

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor, wait
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from access.principal import DEMO, Principal
from config import ClockSettings, Settings, StoreSettings
from launch import open_store
from metrics import Counters
from pages._holder import Holder
from pages._html import draw
from pages._language import speaking
from pages._live import Live
from pages._once import html_once, once, once_after, once_equal
from store.note_rows import NoteBook
from tests.centres import PLACE


@pytest.fixture
def here(tmp_path: Path) -> Iterator[Live]:
    url = f"sqlite:///{tmp_path}/store.db"
    open_store(url).dispose()
    still = Holder(Settings(store=StoreSettings(url=url), clock=ClockSettings(start=PLACE.start, speed=0.0)))
    yield replace(still.live(), visitor=DEMO)
    still.engine.dispose()


def _counting() -> Iterator[int]:
    yield from range(100)


def test_the_same_is_made_once(here: Live) -> None:
    made = _counting()
    assert [once(here, "key", lambda: next(made)) for _ in range(3)] == [0, 0, 0]
    assert once(here, "another key", lambda: next(made)) == 1


def test_another_version_minute_note_or_silence_is_another_moment(here: Live) -> None:
    made = _counting()
    moments = [
        here,
        replace(here, version=here.version + 1),
        replace(here, now=here.now + timedelta(minutes=1)),
        replace(here, notes=NoteBook(version=here.notes.version + 1)),
        replace(here, stale_reason="the store does not answer"),
    ]
    assert [once(moment, "key", lambda: next(made)) for moment in moments] == [0, 1, 2, 3, 4]


def test_seconds_of_a_minute_are_one_moment(here: Live) -> None:
    made = _counting()
    start = replace(here, now=here.now.replace(second=0))
    later = replace(here, now=here.now.replace(second=59))
    assert once(start, "key", lambda: next(made)) == once(later, "key", lambda: next(made))


def test_other_rights_see_their_own_and_another_name_with_the_same_rights_does_not(here: Live) -> None:
    made = _counting()
    binh = Principal("Bình", "1", frozenset({"staff"}), frozenset({"H28.150"}))
    others = [
        binh,
        binh._replace(name="Minh", subject="2"),
        binh._replace(units=frozenset({"H28.151"})),
        binh._replace(units=None),
        binh._replace(roles=frozenset({"leader"})),
    ]
    seen = [once(replace(here, visitor=one), "key", lambda: next(made)) for one in others]
    assert seen == [0, 0, 1, 2, 3]


def test_another_store_of_the_same_version_is_another(here: Live) -> None:
    made = _counting()
    other = replace(here, counters=Counters(here.counters.snapshot))
    assert other.version == here.version
    assert [once(one, "key", lambda: next(made)) for one in (here, other)] == [0, 1]


def test_whoever_has_begun_when_news_come_takes_nothing_from_those_who_see_the_news(here: Live) -> None:
    made = _counting()
    news, more = replace(here, version=here.version + 1), replace(here, version=here.version + 2)
    assert [once(one, "key", lambda: next(made)) for one in (here, news, here, news)] == [0, 1, 0, 1]
    assert [once(one, "key", lambda: next(made)) for one in (more, here)] == [2, 3]  # nothing is kept for long


def test_what_several_want_at_once_one_makes(here: Live) -> None:
    made, begun, may_end = _counting(), threading.Event(), threading.Event()

    def slowly() -> int:
        begun.set()
        assert may_end.wait(10)
        return next(made)

    with ThreadPoolExecutor(3) as others:
        first = others.submit(once, here, "slow", slowly)
        assert begun.wait(10)
        waiting = [others.submit(once, here, "slow", lambda: next(made)) for _ in range(2)]
        assert once(here, "another", lambda: "at once") == "at once"
        assert not wait(waiting, timeout=0.2).done
        may_end.set()
        assert [one.result(10) for one in (first, *waiting)] == [0, 0, 0]


def test_where_one_fails_the_next_who_waited_makes_it(here: Live) -> None:
    begun, may_fail = threading.Event(), threading.Event()

    def fail() -> int:
        begun.set()
        assert may_fail.wait(10)
        raise ValueError("not yet")

    with ThreadPoolExecutor(2) as others:
        first = others.submit(once, here, "failing", fail)
        assert begun.wait(10)
        second = others.submit(once, here, "failing", lambda: 7)
        may_fail.set()
        assert isinstance(first.exception(10), ValueError)
        assert second.result(10) == 7


def test_what_is_equal_to_what_was_made_before_is_the_very_same_thing(here: Live) -> None:
    moments = [replace(here, version=here.version + number) for number in range(3)]
    made = [once_equal(moment, "key", lambda: [1, 2]) for moment in moments]
    assert made[0] is made[1] is made[2]
    other = once_equal(replace(here, version=here.version + 3), "key", lambda: [1, 3])
    assert (other, made[0]) == ([1, 3], [1, 2])


def test_what_is_made_anew_is_told_what_was_made_before_for_the_same_rights(here: Live) -> None:
    news, binh = replace(here, version=here.version + 1), DEMO._replace(units=frozenset({"H28.150"}))

    def after(before: list[int] | None) -> list[int]:
        return [*(before or []), len(before or [])]

    assert once_after(here, "grows", after) == [0]
    assert once_after(news, "grows", after) == [0, 1]
    assert once_after(news, "grows", after) == [0, 1]
    assert once_after(news, "grows too", after) == [0]
    assert once_after(replace(news, visitor=binh), "grows", after) == [0]


def test_each_language_is_made_by_itself(here: Live) -> None:
    made = _counting()
    with speaking("vi"):
        first = once(here, "key", lambda: next(made))
    with speaking("en"):
        assert once(here, "key", lambda: next(made)) != first


def test_what_fails_is_made_again(here: Live) -> None:
    def fail() -> int:
        raise ValueError("not yet")

    with pytest.raises(ValueError, match="not yet"):
        once(here, "key", fail)
    assert once(here, "key", lambda: 7) == 7


def test_html_made_once_puts_nothing_into_the_page_and_keeps_its_pieces_apart(here: Live) -> None:
    def part() -> None:
        draw("<p>a</p>")
        draw("")
        draw("<p>b</p>")

    assert html_once(here, "html", part) == '<div class="ioc-pieces"><div><p>a</p></div><div><p>b</p></div></div>'
