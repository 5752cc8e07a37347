"""The wall's stream: what screens are told and when, what they may say, and what they see while something is broken."""

import asyncio
import json
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, suppress
from datetime import UTC, datetime, timedelta
from itertools import count, pairwise
from pathlib import Path
from statistics import median
from typing import Any

import pytest
from websockets.exceptions import ConnectionClosed, InvalidStatus

from clock import real_clock
from store.pairing import approve_pairing, begin_pairing, claim
from store.screens import ScreenReport, forget_screen, pin, unpin
from tests.connected import SteppedClock
from tests.wall_stream import LAYOUT, Message, RawScreen, Screen, TestWall, comes_true
from wall import hub, messages, showing
from wall.devices import Admission

NOON = datetime(2021, 12, 10, 5, tzinfo=UTC)
REPORT = {
    "t": "report", "scene": "version", "build": "b", "heap": 12345678, "skew": -12.5, "worst": "late",
    "since": 1_639_000_000_000, "missed": 0, "errors": 1, "width": 1920, "height": 1080,
}  # fmt: skip


@pytest.fixture
def clock() -> SteppedClock:
    return SteppedClock(NOON)


@pytest.fixture
def wall(tmp_path: Path, clock: SteppedClock) -> Iterator[TestWall]:
    made = TestWall(tmp_path, clock)
    yield made
    made.engine.dispose()


def figure(message: Message, scene: str = "version") -> Any:
    return message["scenes"][scene]["blocks"]["version"]


def becomes(stream: Screen, state: str) -> bool:
    """Whether the figure of the scene `version` is in this state before long; TimeoutError when nothing comes."""
    for _patch in range(20):
        picture = stream.next("patch")["scenes"].get("version", {"blocks": {}})
        if picture["blocks"].get("version", {}).get("mark", {}).get("fresh") == state:
            return True
    return False


def test_hello_is_all_that_a_screen_needs(wall: TestWall) -> None:
    with wall.serving() as browser, browser.screen(1) as stream:
        hello = stream.next()
    assert hello["t"] == "hello"
    assert hello["program"] == [{"scene": "version", "dwell": 5_000}, {"scene": "brittle", "dwell": 10_000}]
    assert hello["style"] == {"head": 56.0, "read": 41.0, "small": 26.0, "width": 1920, "height": 1080}
    assert hello["shown"] == 1_639_112_400_000  # 2021-12-10 05:00 UTC
    assert (hello["pin"], hello["night"], hello["beat"], hello["lost"]) == (None, None, 5000, 14000)
    assert figure(hello) == {
        "kind": "figure", "at": {"column": 1, "row": 1, "columns": 4, "rows": 6}, "title": "Phiên bản", "value": "0",
        "mark": {"fresh": "fresh", "time": "12:00", "warning": ""}, "trend": [1.0, None], "figure": "", "unit": "",
        "standing": "none", "standing_text": "", "target": "", "change": "", "n": "",
    }  # fmt: skip


def test_each_screen_gets_only_its_own_scenes(wall: TestWall) -> None:
    with wall.serving() as browser, browser.screen(2) as stream:
        assert set(stream.next()["scenes"]) == {"version"}


def test_change_in_the_store_is_told_within_a_second_and_nothing_else(wall: TestWall) -> None:
    with wall.serving() as browser, browser.screen(1) as stream:
        stream.next()
        began = time.monotonic()
        wall.change()
        told = stream.changes()
        assert time.monotonic() - began < 1.8  # one second, half of one for a busy machine, and the wait for more
    assert {name: scene["blocks"] for name, scene in told["scenes"].items()} == {
        "version": {"version": {"value": "1"}},
        "brittle": {"version": {"value": "1"}},
    }


def test_silence_is_filled_with_beats(wall: TestWall, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(messages, "BEAT_MS", 100)
    with wall.serving() as browser, browser.screen(1) as stream:
        stream.next()
        assert set(stream.next()) == {"t", "now", "shown"}


def test_beats_come_also_while_only_other_screens_have_news(wall: TestWall, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(messages, "BEAT_MS", 800)
    monkeypatch.setattr(wall.scenes.modules["version"], "look", lambda _here, _parameters: 0)
    with wall.serving() as browser, browser.screen(1) as other, browser.screen(2) as stream:
        stream.next("hello")
        heard = listening(stream)
        for _round in range(4):  # every half a second
            wall.change()
            other.next("patch")
        assert {message["t"] for message in heard} == {"beat"}


def test_scene_that_no_screen_shows_rests_until_it_comes_on_soon(
    wall: TestWall, monkeypatch: pytest.MonkeyPatch
) -> None:
    now_ms = [0]
    monkeypatch.setattr(showing, "_now_ms", lambda: now_ms[0])
    wall.layout_file.write_text(LAYOUT.replace('"5s"', '"60s"').replace('"10s"', '"60s"'), "utf-8")
    with wall.serving() as browser, browser.screen(1) as stream:
        stream.next()
        wall.change()
        assert set(stream.changes()["scenes"]) == {"version"}
        now_ms[0] = 49_999
        rounds = count_rounds(wall)
        assert comes_true(lambda: len(rounds) >= 2)
        assert wall.scenes.looks == 1
        now_ms[0] = 50_000
        assert figure(stream.changes(), "brittle") == {"value": "1"}


def test_scene_that_rests_is_renewed_once_a_minute(
    wall: TestWall, clock: SteppedClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(showing, "_now_ms", lambda: 0)
    wall.layout_file.write_text(LAYOUT.replace('"5s"', '"1h"').replace('"10s"', '"1h"'), "utf-8")
    with wall.serving() as browser, browser.screen(1) as stream:
        stream.next()
        wall.change()
        assert set(stream.changes()["scenes"]) == {"version"}
        clock.advance(timedelta(minutes=1))
        assert figure(stream.changes(), "brittle")["value"] == "1"


def test_nothing_is_looked_at_twice_for_nothing(wall: TestWall) -> None:
    with wall.serving() as browser, browser.screen(1) as stream:
        stream.next()
        rounds = count_rounds(wall)
        assert comes_true(lambda: len(rounds) >= 4)
        assert wall.scenes.looks == 1
        wall.change()
        stream.changes()
        assert wall.scenes.looks == 2


def count_rounds(wall: TestWall) -> list[object]:
    """Grows with every look around."""
    rounds: list[object] = []
    read = wall.hub._read

    def count() -> Any:
        rounds.append(None)
        return read()

    wall.hub._read = count  # type: ignore[method-assign]
    return rounds


def test_hub_rests_while_nobody_is_connected(wall: TestWall) -> None:
    with wall.serving() as browser:
        with browser.screen(1) as stream:
            stream.next()
        assert comes_true(lambda: wall.hub.wall is None)
        rounds = count_rounds(wall)
        assert not comes_true(lambda: len(rounds) > 2, seconds=1.2)


def test_who_comes_back_after_a_rest_sees_the_present(wall: TestWall) -> None:
    with wall.serving() as browser:
        with browser.screen(1) as stream:
            stream.next()
        assert comes_true(lambda: wall.hub.wall is None)
        wall.change()
        with browser.screen(1) as stream:
            hello = stream.next()
            # What was being read as it came may just miss the change: then it follows at once.
            assert figure(hello)["value"] == "1" or figure(stream.changes())["value"] == "1"


@pytest.mark.parametrize("origin", ["http://elsewhere.example", "null", ""])
def test_page_of_another_server_gets_no_stream(wall: TestWall, origin: str) -> None:
    with wall.serving() as browser, pytest.raises(InvalidStatus, match="403"), browser.screen(1, origin=origin):
        pass


@pytest.mark.parametrize(
    ("number", "headers", "code"),
    [(3, {}, 4404), ("x", {}, 4404), ("", {}, 4404), (1, {"X-Forwarded-For": "10.0.0.7"}, 4401)],
)
def test_who_may_not_be_a_screen_is_told_why(
    wall: TestWall, number: object, headers: dict[str, str], code: int
) -> None:
    with wall.serving() as browser, browser.screen(number, **headers) as stream:
        assert stream.closed_with() == code


def test_paired_screen_is_let_in_and_put_out_when_it_is_revoked(wall: TestWall) -> None:
    now = real_clock().now()
    begun = begin_pairing(wall.engine, 1, now)
    assert begun is not None
    approve_pairing(wall.engine, begun.code, 1, "trực ca", now)
    token = claim(wall.engine, begun.secret, 1, now).token
    headers = {"X-Forwarded-For": "10.0.0.7", "Cookie": f"ioc_screen_1={token}"}
    with wall.serving() as browser, browser.screen(1, **headers) as stream:
        stream.next()
        wall.hub.report(ScreenReport(1, now, "version", "b", None, 0, "fresh", now, 0, 0, 1920, 1080))
        forget_screen(wall.engine, 1)
        assert stream.closed_with() == 4401
    assert wall.hub.screens() == {}, "what it said last must not bring it back"


def test_pin_and_release_are_told(wall: TestWall) -> None:
    with wall.serving() as browser, browser.screen(2) as stream:
        stream.next()
        pin(wall.engine, {2: "brittle"}, 1_700_000_000_000)
        picture, pinned = stream.next("patch"), stream.next("pin")
        assert figure(picture, "brittle")["value"] == "0"  # a scene that is not in its own loop comes with it
        assert pinned["pin"] == {"scene": "brittle", "at": 1_700_000_000_000}
        unpin(wall.engine, [2])
        assert stream.next("pin")["pin"] is None


def test_new_layout_is_a_new_hello_and_a_bad_one_changes_nothing(wall: TestWall) -> None:
    with wall.serving() as browser, browser.screen(2) as stream:
        stream.next()
        wall.layout_file.write_text("version = 1\nlanguage = 'xx'\n", "utf-8")
        assert comes_true(lambda: wall.hub.wall is not None and wall.hub.problem is not None)
        wall.layout_file.write_text(LAYOUT.replace('dwell = "5s"', 'dwell = "15s"'), "utf-8")
        assert stream.next("hello")["program"] == [{"scene": "version", "dwell": 15_000}]


def test_screen_that_leaves_the_layout_is_put_out(wall: TestWall) -> None:
    with wall.serving() as browser, browser.screen(2) as stream:
        stream.next()
        wall.layout_file.write_text(LAYOUT.replace("number = 2", "number = 7"), "utf-8")
        assert stream.closed_with() == 4404


def test_scene_with_hours_leaves_the_loop_when_they_end(wall: TestWall, clock: SteppedClock) -> None:
    daily = 'scene = "brittle", dwell = "10s", hours = "07:00-18:00"'
    wall.layout_file.write_text(LAYOUT.replace('scene = "brittle", dwell = "10s"', daily), "utf-8")
    with wall.serving() as browser, browser.screen(1) as stream:
        stream.next()
        clock.step(NOON + timedelta(hours=6))  # 18:00 in Việt Nam
        assert stream.next("program")["program"] == [{"scene": "version", "dwell": 5_000}]


def test_scene_that_fails_keeps_its_last_picture_marked_and_the_others_go_on(
    wall: TestWall, clock: SteppedClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("wall.composing._RETRY_SECONDS", 0.0)
    with wall.serving() as browser, browser.screen(1) as stream:
        stream.next()
        wall.scenes.breaks = True
        wall.change()
        told = stream.changes()["scenes"]
        assert told["version"]["blocks"] == {"version": {"value": "1"}}
        mark = {"fresh": "late", "warning": "chưa làm mới được từ 12:00"}
        assert told["brittle"] == {"blocks": {"version": {"mark": mark}}, "worst": mark}
        clock.advance(timedelta(minutes=4))
        later = stream.changes()["scenes"]["brittle"]
        assert later["blocks"]["version"]["mark"]["fresh"] == later["worst"]["fresh"] == "stale"
        wall.scenes.breaks = False
        well = stream.changes()["scenes"]["brittle"]["blocks"]["version"]
        assert (well["value"], well["mark"]["fresh"]) == ("1", "fresh")


def test_scene_that_never_could_be_drawn_says_so(wall: TestWall) -> None:
    wall.scenes.breaks = True
    with wall.serving() as browser, browser.screen(1) as stream:
        brittle = stream.next()["scenes"]["brittle"]
    assert brittle["sentence"] == [{"text": "Chưa dựng được nội dung này.", "tone": "bad"}]
    assert brittle["worst"]["fresh"] == "unknown"


def test_store_that_cannot_be_read_makes_every_figure_late_then_stale(wall: TestWall, clock: SteppedClock) -> None:
    with wall.serving() as browser, browser.screen(1) as stream:
        stream.next()
        with wall.engine.begin() as connection:
            connection.exec_driver_sql("ALTER TABLE versions RENAME TO gone")
        told = stream.changes()
        for scene in ("version", "brittle"):
            assert figure(told, scene) == {"mark": {"fresh": "late", "warning": "không đọc được kho từ 12:00"}}
        clock.advance(timedelta(minutes=4))
        assert figure(stream.changes())["mark"] == {"fresh": "stale"}
        with wall.engine.begin() as connection:
            connection.exec_driver_sql("ALTER TABLE gone RENAME TO versions")
        assert figure(stream.changes())["mark"] == {"fresh": "fresh", "time": "12:04", "warning": ""}


def test_store_that_was_never_readable_still_gives_every_screen_a_picture(wall: TestWall) -> None:
    with wall.engine.begin() as connection:
        connection.exec_driver_sql("ALTER TABLE versions RENAME TO gone")
    with wall.serving() as browser, browser.screen(1) as stream:
        version = stream.next()["scenes"]["version"]
        assert version["sentence"][0]["text"] == "Không đọc được cơ sở dữ liệu."
        assert version["worst"]["fresh"] == "unknown"
        with wall.engine.begin() as connection:
            connection.exec_driver_sql("ALTER TABLE gone RENAME TO versions")
        assert figure(stream.next("patch"))["value"] == "0"


def test_database_that_does_not_answer_is_told_while_it_hangs(wall: TestWall, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hub, "_STORE_SECONDS", 0.5)
    answers = threading.Event()
    read = wall.holder._read
    with wall.serving() as browser, browser.screen(1) as stream:
        stream.next()
        monkeypatch.setattr(wall.holder, "_read", lambda: answers.wait(20) and read())
        assert becomes(stream, "late")
        answers.set()
        assert becomes(stream, "fresh")


def test_hub_that_is_stuck_says_nothing_so_that_screens_know(wall: TestWall, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hub, "_STUCK_SECONDS", 0.8)
    monkeypatch.setattr(messages, "BEAT_MS", 50)
    stuck = threading.Event()
    with wall.serving() as browser, browser.screen(1) as stream:
        stream.next()
        ask = wall.hub._showing.wall
        monkeypatch.setattr(wall.hub._showing, "wall", lambda *asked, **how: stuck.wait(20) and ask(*asked, **how))
        wall.change()
        assert comes_true(lambda: not wall.hub.turning)
        heard = listening(stream)
        assert comes_true(lambda: not grows(heard))
        assert not wall.hub.turning
        stuck.set()
        assert comes_true(lambda: grows(heard))


def test_beats_come_no_oftener_than_they_should(wall: TestWall, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(messages, "BEAT_MS", 500)
    with wall.serving() as browser, ExitStack() as streams:
        # They come at different times, as screens do: their beats are due at different rounds.
        heard = [Arrivals(streams.enter_context(browser.screen(2))) for _screen in range(25)]
        assert comes_true(lambda: min(len(one.beats) for one in heard) >= 8, seconds=20)
    between = [later - earlier for one in heard for earlier, later in pairwise(one.beats[2:])]
    assert median(between) >= 0.95 * 0.5


class Arrivals:
    """When each beat came to a screen (`time.monotonic`), taken by a thread; begins a moment after the one before."""

    def __init__(self, stream: Screen) -> None:
        self.beats: list[float] = []
        stream.next("hello")
        threading.Thread(target=self._listen, args=(stream,), daemon=True).start()
        time.sleep(0.03)

    def _listen(self, stream: Screen) -> None:
        with suppress(ConnectionClosed, TimeoutError):
            while stream.next("beat"):
                self.beats.append(time.monotonic())


def test_slow_screen_keeps_nobody_waiting_and_hears_everything_in_order(
    wall: TestWall, monkeypatch: pytest.MonkeyPatch
) -> None:
    long, numbers = "x" * 500_000, count()
    monkeypatch.setattr("wall.stream._SEND_SECONDS", 60.0)
    monkeypatch.setattr(messages, "BEAT_MS", 50)
    monkeypatch.setattr(messages, "beat", lambda _clock: f'{{"t":"beat","n":{next(numbers)},"long":"{long}"}}')
    with wall.serving() as browser, browser.screen(2) as quick:
        slow = RawScreen(browser, 2)
        # Until what it does not take fills all that lies between.
        assert comes_true(lambda: stays_true(lambda: any(seat.busy for seat in wall.hub._seats)))
        quickly = listening(quick)
        for changes in (1, 2, 3):
            wall.change()
            assert comes_true(lambda: values_of(quickly)[-1:] == [changes])  # noqa: B023  # asked at once
        heard = [json.loads(frame.data) for frame in slow.taken(3.0)]
        slow.close()
    beats = [message["n"] for message in heard if message["t"] == "beat"]
    values = values_of(heard)
    assert beats == sorted(set(beats))
    assert values == sorted(set(values))
    assert (values[0], values[-1]) == (0, 3)


def values_of(heard: list[Message]) -> list[int]:
    return [int(figure(message)["value"]) for message in heard if message["t"] in ("hello", "patch")]


def stays_true(condition: Any) -> bool:
    return not comes_true(lambda: not condition(), seconds=0.5)


def grows(heard: list[Message]) -> bool:
    """Whether something comes within six beats."""
    before = len(heard)
    return comes_true(lambda: len(heard) > before, seconds=0.3)


def listening(stream: Screen) -> list[Message]:
    """What comes from now on, taken by a thread."""
    heard: list[Message] = []

    def listen() -> None:
        with suppress(ConnectionClosed, TimeoutError):
            while True:
                heard.append(stream.next())

    threading.Thread(target=listen, daemon=True).start()
    return heard


def test_what_a_screen_says_of_itself_is_kept(wall: TestWall) -> None:
    with wall.serving() as browser, browser.screen(1) as stream:
        stream.next()
        stream.say(REPORT)
        assert comes_true(wall.hub.screens)
    told = wall.hub.screens()[1]
    assert (told.scene, told.heap, told.skew_ms, told.worst, told.errors) == ("version", 12345678, -12, "late", 1)
    assert told.started_at == datetime(2021, 12, 8, 21, 46, 40, tzinfo=UTC)


@pytest.mark.parametrize(
    "rubbish", ["", "x", "[]", "null", '{"t":"report"}', '{"t":"sing"}', '{"t":"report","scene":1}', '"\\ud800"']
)
def test_rubbish_is_passed_over(wall: TestWall, rubbish: str) -> None:
    with wall.serving() as browser, browser.screen(1) as stream:
        stream.next()
        stream.say(rubbish)
        stream.say(b"\x00\xff")
        stream.say(REPORT)
        assert comes_true(wall.hub.screens)


@pytest.mark.parametrize("flood", [["x" * 5000], ["x"] * 60])
def test_who_says_too_much_is_put_out(wall: TestWall, flood: list[str]) -> None:
    with wall.serving() as browser, browser.screen(1) as stream:
        stream.next()
        with suppress(ConnectionClosed):
            for text in flood:
                stream.say(text)
        assert stream.closed_with() == 1008


def test_slow_screen_skips_what_was_in_between(wall: TestWall) -> None:
    async def scenario() -> list[list[str]]:
        async with wall.hub.turning_round():
            with wall.hub.seat(Admission(2)) as seat:
                heard: list[list[str]] = []
                for _change in range(3):
                    seat.woken.clear()
                    await asyncio.wait_for(seat.woken.wait(), 10)
                    assert wall.hub.wall is not None
                    if not heard:
                        heard.append(list(seat.due(wall.hub.wall)))
                    wall.change()
                await asyncio.wait_for(seat.woken.wait(), 10)
                heard.append(list(seat.due(wall.hub.wall)))
                return heard

    first, last = asyncio.run(scenario())
    assert len(first) == len(last) == 1
    assert '"value":"0"' in first[0]
    assert '"patch"' in last[0]


def test_screens_of_one_number_are_told_what_was_written_once(wall: TestWall, monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[str | None] = []
    patch = messages.patch

    def counting(*asked: Any) -> str | None:
        made.append(patch(*asked))
        return made[-1]

    with wall.serving() as browser, browser.screen(2) as one, browser.screen(2) as other:
        one.next("hello")
        other.next("hello")
        monkeypatch.setattr(messages, "patch", counting)
        wall.change()
        assert one.next("patch") == other.next("patch")
    assert len(made) == 1


def test_breakdown_of_the_hub_is_logged_and_it_goes_on(wall: TestWall, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hub, "_AGAIN_SECONDS", 0.05)
    ask, faults = wall.hub._showing.wall, [ZeroDivisionError("a fault in the hub")]

    def break_once(*asked: Any, **how: Any) -> Any:
        if faults:
            raise faults.pop()
        return ask(*asked, **how)

    monkeypatch.setattr(wall.hub._showing, "wall", break_once)
    with wall.serving() as browser, browser.screen(1) as stream:
        assert stream.next()["t"] == "hello"
