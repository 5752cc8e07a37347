"""A window is read again beside live polling; closed figures that would change are told, and stay as published."""

import json
import threading
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import polars as pl
import pytest
import sqlalchemy as sa
from polars.testing import assert_frame_equal
from sqlalchemy import Engine

from backfill import Backfilled, backfill, beside_polling
from clock import Clock, still_clock
from config import Settings, SourceSettings, StoreSettings, write_settings
from connectors._http import once
from errors import InputError, SourceRefused
from metrics import Period
from poller import poll_once
from publishing import close_period, published
from store.engine import open_engine, reading
from store.reads import cursor_of
from store.rollups import rebuild
from store.tables import dossiers, poll_runs
from tests.command_line import call_ioc
from tests.plain_one_stop import PlainOneStop, record
from tests.source_server import Answer, SourceServer, source_server
from tests.stores import lay_tables

JUNE = Period(date(2021, 6, 1), date(2021, 6, 30))
NOW = datetime(2021, 7, 5, 1, tzinfo=UTC)
PASSWORD = {"BACKFILL_PASSWORD": "mot-cua"}


class Centre:
    """A centre that polls the one-stop, and has closed June."""

    def __init__(self, engine: Engine, source: PlainOneStop, server: SourceServer) -> None:
        self.engine, self.source, self.server = engine, source, server
        self.clock: Clock = still_clock(NOW)
        motcua = SourceSettings(
            name="motcua",
            dialect="dvcqg",
            base_url=server.address,
            username="ioc",
            password_env="BACKFILL_PASSWORD",
        )
        url = engine.url.render_as_string(hide_password=False)
        self.settings = Settings(store=StoreSettings(url=url), sources=(motcua,))
        self.poll()
        self.published_at = datetime(2021, 7, 4, tzinfo=UTC)
        close_period(engine, "2021-06", self.published_at)

    def poll(self) -> None:
        [result] = poll_once(self.engine, self.settings, self.clock, retry=once)
        assert result.ok, result

    def backfill(self, first: date = JUNE.start, last: date = JUNE.end, *, dry_run: bool = False) -> Backfilled:
        told: list[float] = []
        done = backfill(
            self.engine,
            self.settings,
            self.clock,
            "motcua",
            (first, last),
            retry=once,
            told=lambda _what, share: told.append(share),
            dry_run=dry_run,
        )
        assert told
        assert all(0 <= share <= 1 for share in told)
        return done

    def stored(self) -> set[str]:
        with reading(self.engine) as connection:
            return set(connection.scalars(sa.select(dossiers.c.source_id)))

    def published(self) -> pl.DataFrame:
        frozen = published(self.engine, JUNE, NOW)
        assert frozen is not None
        return frozen


@pytest.fixture
def centre(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> Iterator[Centre]:
    monkeypatch.setenv(*next(iter(PASSWORD.items())))
    source = PlainOneStop()
    with source_server(source.reply) as server:
        yield Centre(engine, source, server)


def commit_late(source: PlainOneStop) -> None:
    """Two dossiers of June appear now, with the update times of June: one online, one by post."""
    source.records += [record("late-1", "20210610"), record("late-2", "20210630", "3")]


def changed(done: Backfilled) -> set[tuple[Any, ...]]:
    """Where both fractions are told: scope, unit, indicator, published, new."""
    columns = ["scope", "unit", "indicator", "old_numerator", "old_denominator", "numerator", "denominator"]
    return set(done.changes.select(columns).rows())


# Of June were published a (online) and b (by post), both at H28.148, in work and without a due day. Two more came late,
# again one online and one by post: each of these numbers is twice what it was. What was 0 of 0, or counts completed
# dossiers or procedures, stays; so does H28 alone, which has none.
BY_HAND = {
    (scope, unit, indicator, *before, *after)
    for scope, unit in (("own", "H28.148"), ("subtree", "H28.148"), ("subtree", "H28"))
    for indicator, before, after in (
        ("received", (2, None), (4, None)),
        ("online_dossier_rate", (1, 2), (2, 4)),
        ("online_dossier_rate_offered", (1, 2), (2, 4)),
        ("full_process_dossier_rate", (1, 2), (2, 4)),
        ("authenticated_rate", (0, 1), (0, 2)),
        ("postal_receipt_rate", (1, 2), (2, 4)),
        ("postal_receipt_rate_all", (1, 2), (2, 4)),
        ("supplement_rate", (0, 2), (0, 4)),
        ("withdrawn_rate", (0, 2), (0, 4)),
        ("refused_rate", (0, 2), (0, 4)),
        ("open", (2, None), (4, None)),
        ("overdue_rate", (0, 2), (0, 4)),
        ("on_time_rate_766", (2, 2), (4, 4)),
    )
}


def test_late_records_of_a_closed_month_are_found_beside_live_polling(centre: Centre) -> None:
    commit_late(centre.source)
    centre.poll()
    assert centre.stored() == {"a", "b", "d"}  # live polling never asks for June again
    before, ended = centre.published(), threading.Event()
    polled = threading.Event()
    numbers = iter(range(10_000))

    def answer(since: str) -> None:
        if since.startswith("202106"):
            assert polled.wait(30)  # a live poll begins and ends while the window is read

    def live() -> None:
        while not ended.is_set():
            centre.source.records.append(record(f"live-{next(numbers)}", "20210704"))
            centre.poll()
            polled.set()

    centre.source.on_dossiers = answer
    poller = threading.Thread(target=live)
    poller.start()
    try:
        done = centre.backfill()
    finally:
        ended.set()
        poller.join()
    assert done.failure is None
    assert {"late-1", "late-2"} <= centre.stored()
    assert changed(done) == BY_HAND
    assert_frame_equal(centre.published(), before)
    assert rebuild(centre.engine) == 0
    assert cursor_of(centre.engine, "motcua") == datetime(2021, 7, 4, 2, tzinfo=UTC)  # of the live records
    with reading(centre.engine) as connection:
        outcomes = set(connection.scalars(sa.select(poll_runs.c.outcome)))
    assert outcomes == {"ok", "backfill"}
    revised = close_period(centre.engine, "2021-06", NOW, "Bình", "two dossiers were committed late")
    columns = ["scope", "unit", "indicator", "numerator", "old_numerator"]
    assert_frame_equal(revised.changes.select(columns), done.changes.select(columns), check_row_order=False)
    assert not centre.published().equals(before)


def test_dry_run_tells_the_same_and_stores_nothing(centre: Centre) -> None:
    commit_late(centre.source)
    with reading(centre.engine) as connection:
        runs = connection.scalar(sa.select(sa.func.count()).select_from(poll_runs))
    done = centre.backfill(dry_run=True)
    assert (done.fetched, done.accepted, done.unchanged) == (5, 2, 3)
    assert changed(done) == BY_HAND
    assert centre.stored() == {"a", "b", "d"}
    assert rebuild(centre.engine) == 0
    with reading(centre.engine) as connection:
        assert connection.scalar(sa.select(sa.func.count()).select_from(poll_runs)) == runs
    assert changed(centre.backfill()) == BY_HAND


def test_what_differed_before_is_counted_apart(centre: Centre) -> None:
    commit_late(centre.source)
    first = centre.backfill()
    second = centre.backfill()
    assert (second.accepted, second.changes.height) == (0, 0)
    assert second.differed == first.changes.height == len(BY_HAND)


def test_the_source_is_not_asked_beyond_the_window(centre: Centre) -> None:
    centre.source.records += [record(f"july-{number}", f"202107{number:02}") for number in range(1, 5)]
    centre.server.asked.clear()
    centre.backfill(last=date(2021, 6, 20))
    begins = [asked.query["capNhatTu"] for asked in centre.server.asked if "capNhatTu" in asked.query]
    assert begins[0] == "20210601000000"
    assert max(begins) <= "20210701090000"  # the first page that begins after the window is the last one


def test_a_source_that_fails_keeps_what_came_and_says_so(centre: Centre) -> None:
    commit_late(centre.source)
    centre.source.on_dossiers = lambda since: Answer(403) if since > "20210605" else None
    done = centre.backfill()
    assert isinstance(done.failure, SourceRefused)
    assert "late-2" not in centre.stored()
    with reading(centre.engine) as connection:
        last = connection.execute(sa.select(poll_runs).order_by(poll_runs.c.id.desc()).limit(1)).one()
    assert (last.outcome, "403" in last.message) == ("backfill", True)


def test_half_of_the_calls_a_minute_are_left_to_live_polling() -> None:
    source = SourceSettings(name="motcua", dialect="dvcqg", requests_per_minute=61)
    assert beside_polling(source).requests_per_minute == 30
    assert beside_polling(beside_polling(source)).requests_per_minute == 15
    assert beside_polling(SourceSettings("m", "dvcqg", requests_per_minute=1)).requests_per_minute == 1


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"dialect": "bridge_points", "path": "register.csv"}, "every poll reads its whole file"),
        ({"dialect": "bigbluebutton", "secret_env": "BACKFILL_PASSWORD"}, "tells only what is on now"),
    ],
)
def test_a_source_without_a_past_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, fields: dict[str, str], words: str
) -> None:
    monkeypatch.setenv(*next(iter(PASSWORD.items())))
    address = "" if "path" in fields else "http://127.0.0.1:1/"
    settings = Settings(sources=(SourceSettings(name="hop", base_url=address, **fields),))
    with pytest.raises(InputError, match=words):
        backfill(
            open_engine(f"sqlite:///{tmp_path}/store.db"),
            settings,
            still_clock(NOW),
            "hop",
            (JUNE.start, JUNE.end),
            retry=once,
            told=lambda _what, _share: None,
        )


def test_command_prints_the_report_and_refuses_wrong_days(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(*next(iter(PASSWORD.items())))
    engine, source, file = open_engine(f"sqlite:///{tmp_path}/ioc.db"), PlainOneStop(), tmp_path / "ioc.toml"
    lay_tables(engine)
    with source_server(source.reply) as server:
        write_settings(Centre(engine, source, server).settings, file)
        commit_late(source)
        words = ("--config", str(file), "backfill", "--source", "motcua", "--from", "2021-06-01", "--to", "2021-06-30")
        ended = call_ioc((*words, "--dry-run", "--format", "json"), PASSWORD)
        assert ended.code == 0
        rows = json.loads(ended.out)
        assert len(rows) == len(BY_HAND)
        [rate] = [row for row in rows if (row["unit"], row["indicator"]) == ("H28", "online_dossier_rate")]
        assert (rate["period"], rate["published_value"], rate["value"]) == ("2021-06", 0.5, 0.5)
        assert (rate["published_numerator"], rate["published_denominator"], rate["denominator"]) == (1, 2, 4)
        assert ended.err.startswith("motcua: 5 fetched, 2 accepted, 3 unchanged, 0 rejected; 39 figures of closed")
        assert ended.err.endswith("(dry run: nothing was stored)\n")
        csv = call_ioc((*words, "--format", "csv"), PASSWORD)
        assert csv.out.splitlines()[0].startswith("period,revision,scope,unit,indicator,published_numerator")
    unknown = call_ioc((*words[:4], "none", *words[5:]), PASSWORD)
    assert (unknown.code, "unknown source 'none'" in unknown.err) == (2, True)
    beyond = call_ioc((*words[:6], "2999-01-01", "--to", "2999-01-01"), PASSWORD)
    assert (beyond.code, len(beyond.err.splitlines())) == (1, 1)
    engine.dispose()
