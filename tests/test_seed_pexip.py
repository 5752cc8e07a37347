"""The simulated Pexip history, read whole: the meetings of the place, put together again, with everyone's seconds."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random

import httpx
import pytest
import sqlalchemy as sa
from starlette.applications import Starlette
from starlette.routing import Mount

import seed
from clock import local_day
from config import Settings, SourceSettings, StoreSettings
from connectors import pexip
from connectors._http import SourceClient
from connectors.pexip import CONNECTOR
from metrics import Counters, Period, figures
from poll_run import poll_once
from seed.conference_history import LONGEST_BREAK
from seed.meetings import day_of_meetings
from store.engine import open_engine, reading
from store.reads import read_snapshot
from store.rows import Batch, Meeting
from store.tables import meeting_parts, meetings
from tests.connected import EVERYONE, PEXIP_SETTINGS, PLACE, SECRETS, SteppedClock, UnrulyHistory
from tests.delivery import write
from tests.stores import lay_tables
from tests.truth import read_truth
from tests.unruly import served

START = PLACE.start
# (host, name, start): who meets when about what is the same meeting
Key = tuple[str, str, datetime]


class Served:
    """A simulated history with a client, by one clock."""

    def __init__(self, system: UnrulyHistory, clock: SteppedClock, client: SourceClient) -> None:
        self.system, self.clock, self.client = system, clock, client
        self.meetings: dict[str, Meeting] = {}
        self.cursor: datetime | None = None

    def poll(self) -> None:
        """Pull once and keep what the store would: the newest of each meeting, none that is part of another."""
        since = self.cursor and self.cursor - timedelta(minutes=15)
        for page in CONNECTOR.pull(self.client, since):
            batch = CONNECTOR.to_rows(page, self.clock.now())
            assert batch.rejected == []
            for meeting in batch.meetings:
                self.meetings[meeting.source_id] = meeting
                for part in meeting.parts:
                    self.meetings.pop(part, None)
            self.cursor = page.cursor or self.cursor


@pytest.fixture
def history(monkeypatch: pytest.MonkeyPatch) -> Iterator[Served]:
    """The conferences of every unit of a province."""
    for name, value in SECRETS.items():
        monkeypatch.setenv(name, value)
    clock = SteppedClock(START)
    system = UnrulyHistory(PLACE, clock, SECRETS, EVERYONE)
    with served(Starlette(routes=[Mount("/pexip", routes=system.routes())])) as port:
        settings = SourceSettings(
            name="hoinghi", dialect="pexip", base_url=f"http://127.0.0.1:{port}/pexip", **PEXIP_SETTINGS
        )
        with SourceClient(settings, CONNECTOR.auth(settings), clock) as client:
            yield Served(system, clock, client)


def instant(local_seconds: int) -> datetime:
    return datetime(1970, 1, 1, tzinfo=UTC) + timedelta(seconds=local_seconds, hours=-7)


def held_until(at: datetime, since: datetime | None) -> list[seed.Conference]:
    """The place's meetings that had ended, breakout rooms left out."""
    first = since.date() if since else PLACE.first_day
    days = (first + timedelta(days=number) for number in range((at.date() - first).days + 1))
    return [m for day in days for m in day_of_meetings(PLACE, day) if not m.breakout and instant(m.ended) <= at]


def longest_stay(meeting: seed.Conference) -> dict[str, int]:
    """The seconds between first coming and last going of each unit that showed its code."""
    stays: dict[str, list[int]] = {}
    for person in meeting.attendees:
        if person.full_name.startswith("["):
            stays.setdefault(person.full_name[1:].split("]")[0], []).extend((person.joined, person.left))
    return {unit: max(times) - min(times) for unit, times in stays.items()}


def assert_whole(history: Served, days: int | None = None) -> None:
    """Every meeting that has ended (in the last days) is there once, with its host, its times and its units."""
    since = history.clock.now() - timedelta(days=days) if days else None
    expected = {(m.host, m.name, instant(m.started)): m for m in held_until(history.clock.now(), since)}
    found: dict[Key, Meeting] = {(m.unit_code, m.name, m.started_at): m for m in history.meetings.values()}
    assert len(found) == len(history.meetings)
    assert expected.keys() <= found.keys()
    for key, meeting in expected.items():
        seen = found[key]
        assert seen.ended_at == instant(meeting.ended)
        stays = longest_stay(meeting)
        seconds = {point.unit_code: point.seconds or 0 for point in seen.points}
        breaks = len(seen.parts) * LONGEST_BREAK
        # Who came or went during a break was there in the other parts only.
        assert seconds.keys() <= stays.keys()
        for unit, whole in stays.items():
            least = whole - breaks if breaks else whole
            assert max(least, 0) <= seconds.get(unit, 0) <= whole, (key, unit)


def test_first_reading_is_every_meeting_of_the_year(history: Served) -> None:
    history.poll()
    assert_whole(history)
    parts = [len(meeting.parts) for meeting in history.meetings.values()]
    assert len(parts) > 1000
    assert {0, 1, 2} == set(parts)


def test_nothing_is_lost_or_doubled_while_the_history_shifts(history: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pexip, "PAGE_SIZE", 200)
    random, pages = Random(4), 0

    def go_on() -> None:
        nonlocal pages
        pages += 1
        if pages <= 30:
            history.clock.advance(timedelta(minutes=random.randint(1, 20)))

    history.system.after = go_on
    history.system.spoil = lambda rows: [*rows, *random.sample(rows, len(rows) // 5)]
    while pages <= 30:
        history.poll()
    assert history.clock.now() > START + timedelta(hours=3)
    history.poll()
    assert_whole(history)


def test_later_polls_join_what_was_broken_off(history: Served) -> None:
    history.poll()
    at = START
    while at < START + timedelta(days=7):
        history.clock.step(at)
        history.poll()
        assert_whole(history, days=3)
        at += timedelta(minutes=53)
    history.clock.step(at)
    assert_whole(history)
    assert any(meeting.parts and meeting.started_at > START for meeting in history.meetings.values())


def test_it_wants_the_password_and_pages_by_a_path(history: Served) -> None:
    address = f"{history.client._base}/api/admin/history/v1/conference/"
    assert httpx.get(address, auth=("ioc", "wrong"), trust_env=False).status_code == 401
    right = ("ioc", SECRETS["HOINGHI_PASSWORD"])
    window = {"limit": 2, "end_time__gte": "2021-12-06T00:00:00", "end_time__lt": "2021-12-07T00:00:00"}
    first = httpx.get(address, params=window, auth=right, trust_env=False).json()
    following = httpx.get(f"http://{httpx.URL(address).netloc.decode()}{first['meta']['next']}", auth=right).json()
    assert first["meta"]["total_count"] == following["meta"]["total_count"] > 2
    ends = [row["end_time"] for row in first["objects"] + following["objects"]]
    assert ends == sorted(ends, reverse=True)
    assert all("2021-12-06T00:00:00" <= end < "2021-12-07T00:00:00" for end in ends)


def test_polled_into_a_store_the_meetings_and_their_hours_are_those_of_the_place(
    history: Served, tmp_path: Path
) -> None:
    engine = open_engine(f"sqlite:///{tmp_path}/store.db")
    lay_tables(engine)
    write(engine, "danhmuc", Batch(units=list(read_truth(PLACE, [], [], [START]).units)))
    source = SourceSettings(name="hoinghi", dialect="pexip", base_url=history.client._base, **PEXIP_SETTINGS)
    settings = Settings(sources=(source,), store=StoreSettings(engine.url.render_as_string(hide_password=False)))
    today = local_day(START)
    for minutes in range(0, 600, 25):
        history.clock.step(START + timedelta(minutes=minutes))
        assert [result.outcome for result in poll_once(engine, settings, history.clock)] == ["ok"]
    expected = held_until(history.clock.now(), None)
    shown = figures(Counters(read_snapshot(engine)), Period(PLACE.first_day, today), ["meetings_held", "meeting_hours"])
    of_province = dict(shown.filter(unit="H28").select("indicator", "numerator").iter_rows())
    held, hours = of_province["meetings_held"], of_province["meeting_hours"]
    assert held == len(expected)
    assert hours == pytest.approx(sum(meeting.ended - meeting.started for meeting in expected) / 3600)
    with reading(engine) as connection:
        parts = connection.execute(sa.select(meeting_parts)).all()
        stored = set(connection.scalars(sa.select(meetings.c.source_id)))
    assert len(parts) > 50
    assert len(stored) == len(expected)
    engine.dispose()
