"""Timers of open pages: what they ask for in vain goes no further than the door, everything else does."""

import asyncio
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from sqlalchemy import Engine
from starlette.types import Message, Receive, Scope, Send
from streamlit.proto.BackMsg_pb2 import BackMsg
from websockets.sync.client import ClientConnection, connect
from websockets.typing import Origin

from access.principal import DEMO
from clock import Clock, real_clock
from door import timers
from door.timers import Pace, Timers
from errors import AccessError, StoreError
from pages._holder import holder
from pages._standing import STREAM, Drawn, Standing, standing
from store.engine import open_engine
from store.runs import begin_run, end_run
from tests import streamlit_words
from tests.centres import PLACE, WebServer, polled_store, web_server
from tests.feed import Feed
from tests.looked_at import looked_at
from tests.settings_text import ONE_STOP, STANDING
from tests.stores import lay_tables

PART = "the part"
BY_TIMER = streamlit_words.asking("unit=H28", page_hash="abc", part=PART)
BY_CLICK = streamlit_words.asking("unit=H28", page_hash="abc")


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Engine]:
    """The empty store of a centre whose clock stands still."""
    engine = open_engine(f"sqlite:///{tmp_path}/store.db")
    lay_tables(engine)
    with looked_at(tmp_path, (STANDING + ONE_STOP).format(home=tmp_path, time="08:00")):
        holder().warm()
        yield engine
    engine.dispose()


def scope(*headers: tuple[bytes, bytes]) -> Scope:
    return {"type": "websocket", "path": "/_stcore/stream", "headers": [(b"host", b"a"), *headers]}


async def nowhere(_message: Message) -> None:
    """What is sent here is lost."""


def come_through(*said: bytes, drawn: Drawn | None = None, per_second: float = 25) -> list[bytes]:
    """Which of these words of a browser come through to Streamlit, on whose page the part is drawn of this moment."""
    words = [{"type": "websocket.receive", "bytes": word} for word in said]
    heard: list[bytes] = []

    async def receive() -> Message:
        return words.pop(0) if words else {"type": "websocket.disconnect"}

    async def streamlit(inside: Scope, receiving: Receive, _send: Send) -> None:
        standing().note(stream_of(inside), PART, drawn)
        while (message := await receiving())["type"] == "websocket.receive":
            heard.append(message["bytes"])

    asyncio.run(Timers(streamlit, per_second)(scope(), receive, nowhere))
    return heard


def stream_of(inside: Scope) -> str:
    [name] = [value for header, value in inside["headers"] if header == STREAM.encode()]
    return str(name.decode())


def moment() -> Drawn:
    return Drawn(DEMO, holder().last().moment)


@pytest.mark.usefixtures("store")
def test_a_timer_goes_no_further_while_all_stands_as_it_was_drawn() -> None:
    assert come_through(BY_TIMER, BY_CLICK, BY_TIMER, drawn=moment()) == [BY_CLICK]


@pytest.mark.usefixtures("store")
def test_a_timer_of_a_part_of_which_nothing_is_known_goes_through() -> None:
    other = streamlit_words.asking("", page_hash="abc", part="another")
    assert come_through(other, BY_TIMER) == [other, BY_TIMER]


def test_a_timer_goes_through_after_a_poll(store: Engine) -> None:
    drawn = moment()
    poll(store)
    assert come_through(BY_TIMER, drawn=drawn) == [BY_TIMER]
    assert come_through(BY_TIMER, drawn=moment()) == []


def poll(store: Engine) -> None:
    now = holder().clock.now()
    end_run(store, begin_run(store, "motcua", now), "ok", now, "", None, 0)
    holder().look_again()


def test_where_too_many_are_to_be_drawn_anew_a_timer_goes_through_at_its_next_turn(store: Engine) -> None:
    drawn = moment()
    poll(store)
    others = streamlit_words.asking("", page_hash="abc", part="another")
    assert come_through(BY_TIMER, others, BY_CLICK, drawn=drawn, per_second=0) == [others, BY_CLICK]
    assert come_through(BY_TIMER, BY_TIMER, drawn=drawn, per_second=0) == [BY_TIMER]
    assert come_through(*[BY_TIMER] * 5, drawn=drawn, per_second=0) == [BY_TIMER] * 2


def test_so_many_parts_are_drawn_anew_each_second_and_no_more_are_saved_up(monkeypatch: pytest.MonkeyPatch) -> None:
    at = [1000.0]
    monkeypatch.setattr(timers.time, "monotonic", lambda: at[0])
    pace = Pace(2)
    assert [pace.has_room() for _ in range(3)] == [True, True, False]
    at[0] += 0.5
    assert [pace.has_room() for _ in range(2)] == [True, False]
    at[0] += 60
    assert [pace.has_room() for _ in range(3)] == [True, True, False]


@pytest.mark.usefixtures("store")
def test_what_was_drawn_for_somebody_else_is_drawn_anew() -> None:
    somebody = DEMO._replace(units=frozenset({"H28"}))
    assert come_through(BY_TIMER, drawn=Drawn(somebody, moment().state), per_second=0) == [BY_TIMER]


@pytest.mark.usefixtures("store")
@pytest.mark.parametrize("error", [AccessError("ended"), StoreError("silent")])
def test_who_may_not_come_in_any_more_and_a_store_that_is_silent_are_told_by_the_page(
    error: Exception, monkeypatch: pytest.MonkeyPatch
) -> None:
    def ask(_cookies: object) -> Any:
        raise error

    monkeypatch.setattr(timers, "moment_at_once", lambda: None)
    monkeypatch.setattr(timers, "moment_asked", ask)
    assert come_through(BY_TIMER, drawn=moment()) == [BY_TIMER]


@pytest.mark.usefixtures("store")
def test_a_store_that_does_not_answer_keeps_nobody_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    answers = threading.Event()

    def hang(_cookies: object) -> Any:
        answers.wait(20)
        return moment()

    monkeypatch.setattr(timers, "moment_at_once", lambda: None)
    monkeypatch.setattr(timers, "moment_asked", hang)
    monkeypatch.setattr(timers, "_PATIENCE_SECONDS", 0.02)
    threading.Timer(1.0, answers.set).start()  # asyncio.run waits for its threads
    assert come_through(BY_TIMER, BY_CLICK, drawn=moment()) == [BY_TIMER, BY_CLICK]


@pytest.mark.usefixtures("store")
def test_what_is_no_word_of_a_browser_is_left_to_streamlit() -> None:
    widgets = BackMsg.FromString(BY_TIMER)
    widgets.rerun_script.widget_states.widgets.add(id="field", string_value="x" * 70_000)
    long = widgets.SerializeToString()
    assert come_through(b"\xff\xff", long, drawn=moment()) == [b"\xff\xff", long]


@pytest.mark.usefixtures("store")
def test_a_stream_has_a_name_that_nobody_outside_chooses_and_nothing_is_kept_of_it() -> None:
    names: list[str] = []

    async def streamlit(inside: Scope, _receive: Receive, _send: Send) -> None:
        names.append(stream_of(inside))
        standing().note(names[-1], PART, moment())
        assert standing().drawn(names[-1], PART) == moment()

    async def receive() -> Message:
        return {"type": "websocket.disconnect"}

    for _again in range(2):
        asyncio.run(Timers(streamlit)(scope((STREAM.encode(), b"mine")), receive, nowhere))
    assert "mine" not in names
    assert len(set(names)) == 2
    for name in names:
        standing().note(name, PART, moment())  # a run that ends after its stream
        assert standing().drawn(name, PART) is None


@pytest.mark.usefixtures("store")
def test_nothing_is_kept_of_a_page_that_a_visitor_has_left_and_another_tab_keeps_its_own() -> None:
    kept = Standing()
    for stream in ("this", "that"):
        kept.begin(stream)
        kept.turn(stream, "today")
        kept.note(stream, PART, moment())
        assert kept.put_off(stream, "another")
    kept.turn("this", "today")
    assert kept.drawn("this", PART) == moment()
    kept.turn("this", "ranking")
    assert kept.drawn("this", PART) is None
    assert kept.put_off("this", "another")
    assert kept.drawn("that", PART) == moment()
    assert not kept.put_off("that", "another")


@pytest.mark.usefixtures("store")
def test_the_time_since_when_the_store_is_silent_is_part_of_the_moment() -> None:
    silent = replace(holder().last(), stale_reason="no answer")
    later = replace(silent, read_at=silent.read_at.replace(minute=30))
    assert silent.moment != later.moment


# ---- a web server with a browser's words ---------------------------------------------------------------------------


class Centre(NamedTuple):
    """A web server and who brings its store news."""

    web: WebServer
    feed: Feed


@pytest.fixture(scope="module")
def centre(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Centre]:
    home = tmp_path_factory.mktemp("timers")
    settings = polled_store(home)
    clock = Clock(real_clock().now(), PLACE.start, 0.0)
    feed = Feed(settings, clock, every=3600)
    with web_server(settings, home, clock) as web:
        yield Centre(web, feed)
    feed.engine.dispose()


class OpenPage(NamedTuple):
    """A page as it is drawn: its address and the parts that its timers ask for."""

    stream: ClientConnection
    query: str
    hash: str
    parts: list[str]

    def ask(self, part: str) -> None:
        """As the page's timer does."""
        self.stream.send(streamlit_words.asking(self.query, page_hash=self.hash, part=part))


def opened(stream: ClientConnection, path: str, query: str) -> OpenPage:
    stream.send(streamlit_words.asking(query, page=path))
    parts, pages = [], {}
    while True:
        said = streamlit_words.heard(word(stream))
        parts += [part for part, _seconds in said.timers]
        pages = said.pages or pages
        if said.page_drawn:
            return OpenPage(stream, query, pages[path], parts)


def word(stream: ClientConnection, seconds: float = 60) -> bytes:
    said = stream.recv(seconds)
    assert isinstance(said, bytes)
    return said


def stays_as_it_is(page: OpenPage, seconds: float = 1.0) -> bool:
    """Whether nothing is drawn for so long; how the last run ended may still be told."""
    until = time.monotonic() + seconds
    while (left := until - time.monotonic()) > 0:
        with suppress(TimeoutError):
            if streamlit_words.ForwardMsg.FromString(word(page.stream, left)).WhichOneof("type") == "new_session":
                return False
    return True


def drawn_anew(page: OpenPage) -> str:
    """The HTML of the part that is drawn next."""
    words: list[bytes] = []
    while not words or not streamlit_words.heard(words[-1]).part_drawn:
        words.append(word(page.stream))
    return streamlit_words.text_of(words)


@pytest.mark.parametrize(
    ("path", "shown"),
    [
        ("my-unit", "ioc-sentence"),
        ("today", "ioc-sentence"),
        ("ranking", "ioc-sentence"),
        ("overview", "ioc-top"),
        ("explore", "ioc-top"),
        ("definitions", "ioc-top"),
    ],
)
def test_an_open_page_is_drawn_anew_when_there_are_news_and_only_then(centre: Centre, path: str, shown: str) -> None:
    address = centre.web.address
    centre.feed.poll_all()
    with connect(
        f"{address.replace('http', 'ws')}{streamlit_words.PATH}",
        origin=Origin(address),
        subprotocols=streamlit_words.subprotocols(),
        max_size=None,
        proxy=None,
    ) as stream:
        page = opened(stream, path, "unit=H28.150&indicator=online_dossier_rate")
        part = page.parts[0]
        page.ask(part)
        assert stays_as_it_is(page)
        centre.feed.poll_all()
        # Within the time that a process may go without asking the store.
        threading.Event().wait(0.5)
        page.ask(part)
        html = drawn_anew(page)
        assert shown in html
        assert "ioc-top" in html
        page.ask(part)
        assert stays_as_it_is(page)
