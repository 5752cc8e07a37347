"""The simulated OpenCPS, read whole: what the connector makes of it is what the one-stop's own records say."""

from collections import Counter
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from random import Random
from typing import Any

import httpx
import msgspec
import pytest
from starlette.applications import Starlette
from starlette.routing import Mount

import seed
from clock import local_day
from config import SourceSettings
from connectors import _opencps_windows
from connectors._http import SourceClient
from connectors._opencps_statistics import MonthCounts, statistics
from connectors.opencps import CONNECTOR
from store.rows import REFUSED, Dossier
from tests.connected import CODES, OPENCPS_SETTINGS, PLACE, SECRETS, SteppedClock, UnrulyOpenCps
from tests.truth import read_truth
from tests.unruly import served

START = PLACE.start
TOLD = (
    "unit_code", "procedure_code", "channel", "state", "submitted_at", "received_at", "due_at", "completed_at",
    "returned_at", "returned_by_post", "updated_at",
)  # fmt: skip


class Served:
    """A simulated OpenCPS with a client, by one clock."""

    def __init__(self, system: UnrulyOpenCps, clock: SteppedClock, client: SourceClient) -> None:
        self.system, self.clock, self.client = system, clock, client
        self.newest: dict[str, Dossier] = {}
        self.cursor: datetime | None = None
        self.counts: list[int] = []

    def poll(self, overlap: timedelta = timedelta(minutes=15)) -> None:
        """Pull once and keep the newest state of each dossier, as the store would."""
        since = self.cursor and self.cursor - overlap
        for page in CONNECTOR.pull(self.client, since):
            batch = CONNECTOR.to_rows(page, self.clock.now())
            assert batch.rejected == []
            for row in batch.dossiers:
                known = self.newest.get(row.source_id)
                if known is None or (known.updated_at, known.state) <= (row.updated_at, row.state):
                    self.newest[row.source_id] = row
            self.cursor = page.cursor or self.cursor
            self.counts += [page.source_count] if page.source_count is not None else []


@pytest.fixture
def opencps(monkeypatch: pytest.MonkeyPatch) -> Iterator[Served]:
    """One district of a small province, read in pages of fifty."""
    monkeypatch.setattr(_opencps_windows, "PAGE_SIZE", 50)
    for name, value in SECRETS.items():
        monkeypatch.setenv(name, value)
    clock = SteppedClock(START)
    system = UnrulyOpenCps(PLACE, clock, SECRETS, CODES)
    with served(Starlette(routes=[Mount("/opencps", routes=system.routes())])) as port:
        settings = SourceSettings(
            name="lienthong", dialect="opencps", base_url=f"http://127.0.0.1:{port}/opencps", **OPENCPS_SETTINGS
        )
        with SourceClient(settings, CONNECTOR.auth(settings), clock) as client:
            yield Served(system, clock, client)


def truth_at(at: datetime) -> list[Dossier]:
    """The district's dossiers as the one-stop's dialect tells them, read by the reader of the tests."""
    dossiers = read_truth(PLACE, seed.raw_dossiers(PLACE, at), [], [at]).dossiers
    return [row for row in dossiers if row.unit_code in CODES]


def told(row: Dossier) -> tuple[Any, ...]:
    """What OpenCPS tells of a dossier; when one was refused it says as the end, the other dialect as the change."""
    if row.state == REFUSED:
        row = msgspec.structs.replace(row, completed_at=row.updated_at)
    return tuple(getattr(row, name) for name in TOLD)


def assert_whole(opencps: Served) -> None:
    expected, found = Counter(map(told, truth_at(opencps.clock.now()))), Counter(map(told, opencps.newest.values()))
    assert found - expected == Counter()
    assert expected - found == Counter()


def test_first_reading_is_everything_that_the_district_holds(opencps: Served) -> None:
    opencps.poll()
    assert len(opencps.newest) > 500
    assert_whole(opencps)
    assert opencps.counts == [len(opencps.newest)]
    assert {row.state for row in opencps.newest.values()} >= {3, 4, 9, 10}


def test_whole_history_in_halved_windows_is_the_same(opencps: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_opencps_windows, "WINDOW_ROWS", 40)
    opencps.poll()
    assert_whole(opencps)


def test_nothing_is_lost_while_rows_shift_and_come_twice(opencps: Served) -> None:
    random, pages = Random(3), 0

    def go_on() -> None:
        nonlocal pages
        pages += 1
        if pages <= 40:
            opencps.clock.advance(timedelta(minutes=random.randint(1, 25)))

    opencps.system.after = go_on
    opencps.system.spoil = lambda rows: [*rows, *random.sample(rows, len(rows) // 4)]
    while pages <= 40:
        opencps.poll()
    assert opencps.clock.now() > START + timedelta(hours=6)
    opencps.poll()
    assert_whole(opencps)


def test_later_polls_see_every_change_of_the_following_days(opencps: Served) -> None:
    opencps.poll()
    before = {row.source_id: row.state for row in opencps.newest.values()}
    for hours in (1, 5, 26, 75, 80, 24 * 9, 24 * 9 + 3):
        opencps.clock.step(START + timedelta(hours=hours))
        opencps.poll()
        assert_whole(opencps)
    moved = [key for key, state in before.items() if opencps.newest[key].state != state]
    assert len(moved) > 10


def counted(rows: list[Dossier], first: date, last: date) -> dict[str, int]:
    """The counts of a month, one dossier at a time."""
    counts = dict.fromkeys([name for name in MonthCounts.__struct_fields__ if not name.endswith("_code")], 0)
    for row in rows:
        if row.received_at is None or row.state == REFUSED:
            continue
        received = local_day(row.received_at)
        done = row.completed_at and local_day(row.completed_at)
        due = row.due_at and local_day(row.due_at)
        if first <= received <= last:
            counts["received"] += 1
            counts["received_online"] += row.channel == "online"
        if row.state >= 9 and done and first <= done <= last:
            counts["released"] += 1
            timing = "on_time" if due is None or done == due else "early" if done < due else "late"
            counts[timing] += 1
        if received <= last and (done is None or done > last):
            counts["processing"] += 1
            counts["overdue"] += due is not None and due < last and row.state not in (5, 6)
    return counts


@pytest.mark.parametrize("month", [date(2021, 3, 1), date(2021, 11, 1), date(2021, 12, 1)])
def test_its_statistics_are_the_counts_of_its_dossiers(opencps: Served, month: date) -> None:
    rows = statistics(opencps.client, month.month, month.year)
    last = min((month + timedelta(days=31)).replace(day=1) - timedelta(days=1), local_day(START))
    truth = truth_at(START)
    by_unit = {row.unit_code: msgspec.structs.asdict(row) for row in rows if not row.field_code}
    total = {name: value for name, value in by_unit[""].items() if not name.endswith("_code")}
    assert total == counted(truth, month, last)
    assert total["received"] > 5
    for unit in CODES & by_unit.keys():
        own = {name: value for name, value in by_unit[unit].items() if not name.endswith("_code")}
        assert own == counted([row for row in truth if row.unit_code == unit], month, last)


def ask(opencps: Served, headers: dict[str, str], **params: str) -> httpx.Response:
    base = str(opencps.client._base)
    auth = httpx.BasicAuth("ioc", headers.pop("password", SECRETS["LIENTHONG_PASSWORD"]))
    return httpx.get(f"{base}/o/secure/rest/v2/dossiers", params=params, headers=headers, auth=auth, trust_env=False)


def test_it_wants_password_and_group_and_shows_other_systems_only_when_asked(opencps: Served) -> None:
    group = {"groupId": "20126"}
    assert ask(opencps, {**group, "password": "wrong"}).status_code == 401
    assert ask(opencps, {"groupId": "7"}).status_code == 403
    own, everyone = (ask(opencps, dict(group), **question).json() for question in ({}, {"systemId": "0,1,2"}))
    assert own["total"] < everyone["total"] == len(truth_at(START))
    assert len(own["data"]) == own["total"]  # no `end`: every row in one answer
    assert ask(opencps, dict(group), top="statistic", fromStatisticDate="2021-12-01").status_code == 400


def test_a_window_holds_the_received_the_open_and_the_released(opencps: Served) -> None:
    question = {"systemId": "0,1,2", "top": "statistic"}
    window = {"fromStatisticDate": "01/11/2021", "toStatisticDate": "15/11/2021"}
    answer = ask(opencps, {"groupId": "20126"}, **question, **window).json()
    first, end = datetime(2021, 10, 31, 17, tzinfo=UTC), datetime(2021, 11, 15, 17, tzinfo=UTC)
    expected = 0
    for row in truth_at(START):
        entered = row.received_at or row.submitted_at
        assert entered
        ended = row.updated_at if row.state == REFUSED else row.completed_at
        expected += first <= entered < end or (entered < first and (ended is None or ended >= first))
    assert answer["total"] == expected
