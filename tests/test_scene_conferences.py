"""The wall's scene of video conferences: what runs, who is in it, who is dark, and what a silent source leaves."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import Engine

from store.meeting_reads import running_meetings
from store.rows import Batch, Meeting, MeetingPoint, Unit
from tests.wall_here import here_at, poll, said, shown, written
from wall.blocks import Figure, Listing
from wall.scenes import conferences
from wall.scenes._packed import packed

BEGAN = datetime(2021, 12, 10, 1, 0, tzinfo=UTC)  # 08:00 in Vietnam
LIVE = {"hop": "bigbluebutton"}
UNITS = [
    Unit(code="H28", valid_from=date(2020, 1, 1), kind="tinh", name="Tỉnh Hòa Bình"),
    *(
        Unit(code=f"H28.{number}", valid_from=date(2020, 1, 1), kind="huyen", name=f"Huyện {name}", parent_code="H28")
        for number, name in enumerate(("Đà Bắc", "Lạc Sơn", "Mai Châu", "Kim Bôi"), 1)
    ),
]


def meeting(*connected: str, **others: Any) -> Meeting:
    """A meeting of the province with four districts invited, called for 08:00."""
    invited = tuple(MeetingPoint(unit.code, True, unit.code in connected) for unit in UNITS[1:])
    host = MeetingPoint("H28", False, True)
    known = {"source_id": "m1", "unit_code": "H28", "started_at": BEGAN - timedelta(minutes=5), "scheduled_at": BEGAN}
    return Meeting(**{**known, "points": (host, *invited), **others})


def seen(engine: Engine, minute: int, *running: Meeting) -> datetime:
    """A poll so many minutes after 08:00 that found these meetings; when it was."""
    at = BEGAN + timedelta(minutes=minute)
    listed = frozenset(one.source_id for one in running)
    poll(engine, "hop", Batch(units=UNITS, meetings=list(running), running=listed, seen_at=at), at)
    return at


@pytest.fixture
def store(fresh_engine: Callable[[str], Engine]) -> Engine:
    return fresh_engine("sqlite")


def figure(scene: Any, name: str) -> Figure:
    block = scene.blocks[name]
    assert isinstance(block, Figure)
    return block


def lines(scene: Any) -> list[str]:
    block = scene.blocks["meetings"]
    assert isinstance(block, Listing)
    return written([block.lines[key] for key in block.order])


def test_points_that_came_are_connected_and_those_that_did_not_are_dark_and_named(store: Engine) -> None:
    now = seen(store, 30, meeting("H28.1", "H28.2"))
    scene = shown(conferences, here_at(store, now, LIVE))
    assert said(scene) == "Meetings running: 1; points connected: 3. Invited points that are dark: 2."
    assert figure(scene, "running").value == "1"
    assert (figure(scene, "connected").value, figure(scene, "connected").n) == ("3", "2 / 4 invited points")
    dark = figure(scene, "dark")
    assert (dark.value, dark.standing, dark.standing_text) == ("2", "missed", "50% of those invited")
    assert lines(scene) == ["Tỉnh Hòa Bình | since 07:55 | 2 / 4", "missing: Mai Châu · Kim Bôi"]
    assert {block.mark.fresh for block in scene.blocks.values()} == {"fresh"}


def test_running_meetings_are_read_alike_from_both_databases(engine: Engine) -> None:
    seen(engine, 20, meeting("H28.1", "H28.2"), meeting(source_id="m2", points=()))
    seen(engine, 30, meeting("H28.2"), meeting(source_id="m2", points=()))
    first, second = running_meetings(engine)
    assert (first.connected, first.invited, second.points) == (2, 4, ())
    assert [(point.unit_code, point.left_at) for point in first.missing] == [
        ("H28.1", BEGAN + timedelta(minutes=20)),
        ("H28.3", None),
        ("H28.4", None),
    ]


def test_a_point_that_left_is_dark_since_it_was_seen_last(store: Engine) -> None:
    seen(store, 20, meeting("H28.1", "H28.2", "H28.3", "H28.4"))
    now = seen(store, 30, meeting("H28.1", "H28.2", "H28.4"))
    assert lines(shown(conferences, here_at(store, now, LIVE)))[1] == "missing: Mai Châu (left 08:20)"


@pytest.mark.parametrize(("minute", "words"), [(4, "Still awaited: 3."), (5, "Invited points that are dark: 3.")])
def test_points_are_awaited_until_five_minutes_after_the_time_of_the_meeting(
    store: Engine, minute: int, words: str
) -> None:
    now = seen(store, minute, meeting("H28.1"))
    assert said(shown(conferences, here_at(store, now, LIVE))).endswith(words)


def test_all_there_is_good_news(store: Engine) -> None:
    now = seen(store, 30, meeting("H28.1", "H28.2", "H28.3", "H28.4"))
    scene = shown(conferences, here_at(store, now, LIVE))
    assert (scene.sentence[-1].text, scene.sentence[-1].tone) == ("No invited point is dark.", "good")
    assert figure(scene, "dark").standing == "reached"


def test_a_silent_source_leaves_its_last_picture_and_says_that_it_knows_no_more(store: Engine) -> None:
    at = seen(store, 30, meeting("H28.1", "H28.2"))
    looked = here_at(store, at, LIVE)
    for minutes, fresh in ((5, "fresh"), (6, "late"), (15, "late"), (16, "stale")):
        scene = shown(conferences, here_at(store, at + timedelta(minutes=minutes), LIVE), looked)
        assert {block.mark.fresh for block in scene.blocks.values()} == {fresh}
    assert figure(scene, "connected").value == "3"
    assert said(scene) == (
        "What runs now is unknown: source hop is silent since 08:30. Meetings running then: 1; dark points: 2."
    )


def test_an_ended_meeting_runs_no_more_and_counts_for_today(store: Engine) -> None:
    seen(store, 30, meeting("H28.1"))
    now = seen(store, 55)
    scene = shown(conferences, here_at(store, now, LIVE))
    assert said(scene) == "No meeting is running. Ended today: 1 meetings, 1.0 hours."
    assert figure(scene, "running").value == "0"


def test_who_is_missing_more_often_than_chance_explains_stands_there_while_nothing_runs(store: Engine) -> None:
    for number in range(30):
        seen(store, 60 * number, meeting("H28.1", "H28.2", "H28.4", source_id=f"m{number}"))
        seen(store, 60 * number + 30, meeting("H28.1", "H28.2", "H28.4", source_id=f"m{number}"))
    now = seen(store, 60 * 30)
    assert lines(shown(conferences, here_at(store, now, LIVE))) == ["Mai Châu | missing 30 of 30 times | 0.0%"]


def test_a_system_that_tells_only_ended_meetings_is_named_so(store: Engine) -> None:
    ended = meeting(ended_at=BEGAN + timedelta(minutes=55), points=(MeetingPoint("H28.1", False, True, 3000),))
    now = BEGAN + timedelta(minutes=58)
    poll(store, "pexip", Batch(units=UNITS, meetings=[ended]), now)
    scene = shown(conferences, here_at(store, now, {"pexip": "pexip"}))
    assert said(scene) == "The source tells only ended meetings. Ended today: 1 meetings, 1.0 hours."
    assert [figure(scene, name).value for name in ("held", "recent", "hours")] == ["1", "1", "1"]
    assert lines(scene) == ["Tỉnh Hòa Bình | 1 meetings | 1.0 hours"]
    assert {block.mark.fresh for block in scene.blocks.values()} == {"fresh"}


def test_an_empty_store_and_no_source_are_said(store: Engine) -> None:
    assert said(shown(conferences, here_at(store, BEGAN, {}))) == "No video-conference source is configured."
    scene = shown(conferences, here_at(store, BEGAN, LIVE))
    assert said(scene) == "What runs is unknown: source hop was never read."
    assert {block.mark.fresh for block in scene.blocks.values()} == {"unknown"}


def test_a_meeting_of_a_source_that_is_configured_no_more_is_not_shown(store: Engine) -> None:
    now = seen(store, 30, meeting("H28.1"))
    poll(store, "other", Batch(), now)
    assert said(shown(conferences, here_at(store, now, {"other": "janus"}))).startswith("No meeting is running.")


def test_names_that_do_not_fit_are_counted() -> None:
    names = ["Đà Bắc", "Lạc Sơn", "Mai Châu", "Kim Bôi", "Cao Phong"]
    assert packed(names, 2, 18) == ["Đà Bắc · Lạc Sơn", "Mai Châu và 2 nữa"]
    assert packed(names, 3, 20) == ["Đà Bắc · Lạc Sơn", "Mai Châu · Kim Bôi", "Cao Phong"]
