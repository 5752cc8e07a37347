"""The store on SQLite and PostgreSQL: one transaction a batch, the newest state wins, meetings are remembered."""

from datetime import UTC, date, datetime, timedelta

import pytest
import sqlalchemy as sa
from sqlalchemy import Engine

from config import Duration, SourceSettings
from errors import StoreError
from store import tables
from store.dossier_reads import open_dossiers
from store.engine import reading, writing
from store.health import freshness, source_health
from store.quarantine import held
from store.reads import cursor_of, data_version
from store.rollups import rebuild
from store.rows import Batch, Document, Dossier, Meeting, MeetingPoint, Procedure, Rejected, Unit
from store.runs import begin_run, end_run, forget_runs
from store.writes import Written, write_batch

NOON = datetime(2021, 6, 14, 5, 0, tzinfo=UTC)  # 12:00 in Vietnam
MINUTE = timedelta(minutes=1)
FIRST = date(2020, 1, 1)
UNITS = [
    Unit(code="H28", valid_from=FIRST, kind="tinh", name="Tỉnh Hòa Bình"),
    Unit(code="H28.150", valid_from=FIRST, kind="huyen", name="Huyện Đà Bắc", parent_code="H28"),
]
PROCEDURES = [Procedure(code="1.001193", valid_from=FIRST, name="Đăng ký khai sinh", level=4, tier="huyen")]


def dossier(source_id: str = "a", **values: object) -> Dossier:
    given = {
        "unit_code": "H28.150",
        "procedure_code": "1.001193",
        "channel": "online",
        "state": 4,
        "received_at": NOON,
        "updated_at": NOON,
    }
    return Dossier(source_id=source_id, **{**given, **values})  # type: ignore[arg-type]  # a test's own values


def store(engine: Engine, at: datetime = NOON, cursor: datetime | None = None, **kinds: object) -> Written:
    run_id = begin_run(engine, "motcua", at)
    return write_batch(engine, "motcua", Batch(**kinds), run_id, cursor, at)  # type: ignore[arg-type]


def catalogued(engine: Engine) -> Engine:
    store(engine, units=UNITS, procedures=PROCEDURES)
    return engine


def rows(engine: Engine, table: sa.Table) -> list[dict[str, object]]:
    with reading(engine) as connection:
        return [dict(row) for row in connection.execute(sa.select(table)).mappings()]


def test_an_older_state_that_comes_later_changes_nothing(engine: Engine) -> None:
    catalogued(engine)
    store(engine, dossiers=[dossier(state=10, completed_at=NOON, updated_at=NOON + MINUTE)])
    assert store(engine, dossiers=[dossier(state=4)]) == Written(0, 1, 0, {})
    assert rows(engine, tables.dossiers)[0]["state"] == 10


@pytest.mark.parametrize("order", [(4, 5), (5, 4)])
def test_of_equal_update_times_the_state_further_on_stays(engine: Engine, order: tuple[int, int]) -> None:
    catalogued(engine)
    for state in order:
        store(engine, dossiers=[dossier(state=state)])
    assert rows(engine, tables.dossiers)[0]["state"] == 5


def test_the_same_batch_twice_leaves_the_version_of_the_figures(engine: Engine) -> None:
    catalogued(engine)
    store(engine, dossiers=[dossier()])
    version = data_version(engine)
    assert store(engine, dossiers=[dossier()]) == Written(0, 1, 0, {})
    assert data_version(engine) == version


def test_a_batch_that_fails_leaves_facts_counters_cursor_and_quarantine_as_they_were(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    catalogued(engine)
    with writing(engine) as connection:
        connection.exec_driver_sql("ALTER TABLE cursors RENAME TO cursors_away")
    bad = Rejected(kind="dossiers", source_id="b", reason="bad_date", detail="NgayTiepNhan: no date")
    with pytest.raises(StoreError, match="cursors"):
        store(engine, dossiers=[dossier()], rejected=[bad], cursor=NOON)
    assert rows(engine, tables.dossiers) == rows(engine, tables.dossier_days) == rows(engine, tables.quarantine) == []


def test_the_cursor_never_moves_back(engine: Engine) -> None:
    catalogued(engine)
    store(engine, cursor=NOON + MINUTE)
    store(engine, cursor=NOON)
    assert cursor_of(engine, "motcua") == NOON + MINUTE


def test_counters_follow_a_dossier_from_receipt_over_due_day_to_late_completion(engine: Engine) -> None:
    catalogued(engine)
    due, done = NOON + timedelta(days=2), NOON + timedelta(days=5)
    store(engine, dossiers=[dossier(due_at=due)])
    store(engine, dossiers=[dossier(due_at=due, state=9, completed_at=done, updated_at=done)])
    day = (NOON.date() - date(1970, 1, 1)).days
    found = {row["day"]: row for row in rows(engine, tables.dossier_days)}
    assert found[day]["received_online"] == found[day]["open_change"] == 1
    assert found[day + 3]["overdue_change"] == 1  # the day after the due day
    assert found[day + 5]["overdue_change"] == found[day + 5]["open_change"] == -1
    assert found[day + 5]["completed_late"] == 1
    assert rebuild(engine) == 0


def test_rebuild_mends_a_counter_that_was_tampered_with_and_says_how_many(engine: Engine) -> None:
    catalogued(engine)
    store(engine, dossiers=[dossier()])
    with writing(engine) as connection:
        connection.execute(tables.dossier_days.update().values(received_online=7))
    assert rebuild(engine) == 1
    assert rows(engine, tables.dossier_days)[0]["received_online"] == 1


def test_a_dossier_of_an_unknown_unit_comes_in_with_the_catalogue_that_names_it(engine: Engine) -> None:
    written = store(engine, dossiers=[dossier()])
    assert written.reasons == {"unknown_unit": 1}
    assert rows(engine, tables.dossiers) == []
    catalogued(engine)
    assert [row["source_id"] for row in rows(engine, tables.dossiers)] == ["a"]
    assert held(engine) == []
    assert rebuild(engine) == 0


def test_a_good_state_takes_the_bad_one_of_the_same_dossier_out_of_quarantine(engine: Engine) -> None:
    catalogued(engine)
    bad = Rejected(kind="dossiers", source_id="a", reason="unknown_channel", detail="KenhThucHien: 9")
    store(engine, rejected=[bad])
    store(engine, rejected=[bad])
    assert [record.reason for record in held(engine)] == ["unknown_channel"]
    store(engine, dossiers=[dossier()])
    assert held(engine) == []


def test_empty_text_and_absent_values_come_back_as_they_went_in(engine: Engine) -> None:
    catalogued(engine)
    document = Document(source_id="v", unit_code="H28", direction="out", number="", issued_on=FIRST, updated_at=NOON)
    store(engine, documents=[document], dossiers=[dossier(due_at=None)])
    stored = rows(engine, tables.documents)[0]
    assert (stored["number"], stored["tier"], stored["signed"], stored["due_on"]) == ("", None, None, None)
    assert rows(engine, tables.dossiers)[0]["received_at"] == NOON


def meeting(**values: object) -> Meeting:
    points = (MeetingPoint("H28.150", invited=True, connected=True),)
    given = {"source_id": "m", "unit_code": "H28", "started_at": NOON, "points": points}
    return Meeting(**{**given, **values})  # type: ignore[arg-type]  # a test's own values


def seen(engine: Engine, at: datetime, *meetings: Meeting) -> None:
    running = frozenset(meeting.source_id for meeting in meetings if meeting.ended_at is None)
    store(engine, at, meetings=list(meetings), running=running, seen_at=at)


def test_a_meeting_that_vanished_ended_at_the_poll_that_missed_it(engine: Engine) -> None:
    catalogued(engine)
    seen(engine, NOON, meeting())
    seen(engine, NOON + 6 * MINUTE, meeting())
    seen(engine, NOON + 9 * MINUTE)
    assert rows(engine, tables.meetings)[0]["ended_at"] == NOON + 9 * MINUTE
    counted = {row["unit_code"]: row for row in rows(engine, tables.meeting_days)}
    assert counted["H28"]["meeting_seconds"] == 9 * 60
    assert (counted["H28.150"]["points_invited"], counted["H28.150"]["points_connected"]) == (1, 1)


def test_a_meeting_that_was_missed_and_is_seen_again_has_not_ended(engine: Engine) -> None:
    catalogued(engine)
    seen(engine, NOON, meeting())
    seen(engine, NOON + MINUTE)
    seen(engine, NOON + 2 * MINUTE, meeting())
    assert rows(engine, tables.meetings)[0]["ended_at"] is None
    assert rebuild(engine) == 0


def test_the_end_that_the_source_gives_stands_over_the_one_concluded(engine: Engine) -> None:
    catalogued(engine)
    seen(engine, NOON, meeting())
    seen(engine, NOON + 10 * MINUTE)
    store(engine, NOON + 11 * MINUTE, meetings=[meeting(ended_at=NOON + 8 * MINUTE, points=())])
    assert rows(engine, tables.meetings)[0]["ended_at"] == NOON + 8 * MINUTE
    assert rebuild(engine) == 0


def test_overdue_list_holds_open_dossiers_past_their_due_day_that_wait_for_nobody(engine: Engine) -> None:
    catalogued(engine)
    due = NOON - timedelta(days=1)
    waiting = dossier("waiting", due_at=due, state=5)
    done = dossier("done", due_at=due, state=10, completed_at=NOON)
    store(engine, dossiers=[dossier("late", due_at=due), waiting, done, dossier("today", due_at=NOON)])
    listed = open_dossiers(engine, ["H28.150"], NOON.date(), overdue=True)
    assert listed["source_id"].to_list() == ["late"]


@pytest.mark.parametrize(
    ("minutes", "state"), [(None, "unknown"), (5, "fresh"), (6, "late"), (15, "late"), (16, "stale")]
)
def test_a_source_is_fresh_to_its_expected_age_late_to_three_times_it_then_stale(
    minutes: int | None, state: str
) -> None:
    age = None if minutes is None else minutes * MINUTE
    assert freshness(age, 5 * MINUTE) == state


def test_a_failed_poll_does_not_make_a_source_fresh(engine: Engine) -> None:
    source = SourceSettings(name="motcua", dialect="dvcqg", expected_age=Duration(minutes=5))
    end_run(engine, begin_run(engine, "motcua", NOON), "ok", NOON)
    later = NOON + 20 * MINUTE
    end_run(engine, begin_run(engine, "motcua", later), "refused", later, "motcua: access refused")
    health = source_health(engine, [source], later)[0]
    assert (health.state, health.last_good_at, health.last_outcome) == ("stale", NOON, "refused")


def test_forgetting_old_runs_keeps_the_last_good_one_of_each_source(engine: Engine) -> None:
    for minute, outcome in enumerate(("ok", "ok", "unavailable")):
        at = NOON + minute * MINUTE
        end_run(engine, begin_run(engine, "motcua", at), outcome, at)
    forget_runs(engine, NOON + timedelta(days=40))
    assert [(row["outcome"], row["ended_at"]) for row in rows(engine, tables.poll_runs)] == [("ok", NOON + MINUTE)]


def test_a_reader_sees_one_state_of_the_store_while_a_writer_goes_on(engine: Engine) -> None:
    catalogued(engine)
    count = sa.select(sa.func.count()).select_from(tables.dossiers)
    with reading(engine) as connection:
        before = connection.scalar(count)
        store(engine, dossiers=[dossier()])
        assert (before, connection.scalar(count)) == (0, 0)
    with reading(engine) as connection:
        assert connection.scalar(count) == 1
