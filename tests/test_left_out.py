"""What figures lack: held records beside those counted, by unit, day and kind."""

from datetime import UTC, date, datetime, timedelta

import msgspec
from sqlalchemy import Engine

from metrics import Counters, LeftOut, Period, left_out
from store.held_counts import held_counts
from store.reads import read_snapshot
from store.rows import RECEIVED, Batch, Document, Dossier, Meeting, Procedure, Rejected, Unit
from store.runs import begin_run
from store.writes import write_batch

NOON = datetime(2021, 12, 10, 5, tzinfo=UTC)
SINCE = date(2020, 1, 1)
YEAR = Period(date(2021, 1, 1), date(2021, 12, 31))
UNITS = [
    Unit(code="P", valid_from=SINCE, kind="tinh", name="Tỉnh"),
    Unit(code="A", valid_from=SINCE, kind="huyen", name="Huyện A", parent_code="P"),
    Unit(code="A1", valid_from=SINCE, kind="xa", name="Xã A1", parent_code="A"),
    Unit(code="B", valid_from=SINCE, kind="huyen", name="Huyện B", parent_code="P"),
]
PROCEDURE = Procedure(code="1.01", valid_from=SINCE, name="Thủ tục", level=3, tier="xa")


def dossier(name: str, unit: str, procedure: str = "1.01", at: datetime = NOON) -> Dossier:
    return Dossier(
        source_id=name, unit_code=unit, procedure_code=procedure, channel="online", state=RECEIVED, received_at=at,
        updated_at=at,
    )  # fmt: skip


def rejected(name: str, unit: str | None, kind: str = "dossiers") -> Rejected:
    return Rejected(kind=kind, source_id=name, reason="bad_date", detail="x", payload={}, unit_code=unit)


def store(engine: Engine, batch: Batch, at: datetime = NOON) -> None:
    write_batch(engine, "motcua", batch, begin_run(engine, "motcua", at), None, at)


def lacking(engine: Engine, unit: str, period: Period = YEAR) -> list[LeftOut]:
    return left_out(Counters(read_snapshot(engine)), held_counts(engine), unit, period)


def test_each_unit_lacks_what_is_held_of_it_and_all_below_it(engine: Engine) -> None:
    counted = [dossier(f"a{n}", "A1") for n in range(6)] + [dossier(f"b{n}", "B") for n in range(3)]
    held = [rejected("x1", "A1"), rejected("x2", "A"), rejected("x3", "A")]
    store(engine, Batch(units=UNITS, procedures=[PROCEDURE], dossiers=counted, rejected=held))
    assert lacking(engine, "A1") == [LeftOut("dossiers", held=1, outdated=0, unplaced=0, counted=6)]
    assert lacking(engine, "A") == [LeftOut("dossiers", held=3, outdated=0, unplaced=0, counted=6)]
    assert lacking(engine, "P") == [LeftOut("dossiers", held=3, outdated=0, unplaced=0, counted=9)]
    assert lacking(engine, "B") == []
    assert (lacking(engine, "A")[0].share, lacking(engine, "P")[0].share) == (3 / 9, 3 / 12)


def test_a_record_that_names_no_known_unit_may_be_anybodys_and_is_the_whole_ones(engine: Engine) -> None:
    strangers = [dossier("u1", "nowhere"), dossier("u2", "nowhere")]
    store(engine, Batch(units=UNITS, procedures=[PROCEDURE], dossiers=strangers, rejected=[rejected("x", None)]))
    assert lacking(engine, "P") == [LeftOut("dossiers", held=3, outdated=0, unplaced=0, counted=0)]
    assert lacking(engine, "A1") == [LeftOut("dossiers", held=0, outdated=0, unplaced=3, counted=0)]


def test_several_held_versions_of_a_record_are_one_and_a_stored_one_is_only_outdated(engine: Engine) -> None:
    store(engine, Batch(units=UNITS, procedures=[PROCEDURE], dossiers=[dossier("a", "A1")]))
    later = [dossier("a", "A1", "9.99", NOON + timedelta(hours=hours)) for hours in (1, 2)]
    fresh = [dossier("b", "A1", "9.99", NOON + timedelta(hours=hours)) for hours in (1, 2)]
    store(engine, Batch(dossiers=[*later, *fresh]))
    assert lacking(engine, "A1") == [LeftOut("dossiers", held=1, outdated=1, unplaced=0, counted=1)]


def test_a_record_counts_in_the_period_of_its_own_day_or_else_of_the_day_it_was_first_met(engine: Engine) -> None:
    november = Period(date(2021, 11, 1), date(2021, 11, 30))
    december = Period(date(2021, 12, 1), date(2021, 12, 31))
    # 1 December in Vietnam, still 30 November in UTC.
    night = datetime(2021, 11, 30, 17, 30, tzinfo=UTC)
    old = dossier("o", "A1", "9.99", datetime(2021, 11, 30, 16, 30, tzinfo=UTC))
    store(engine, Batch(units=UNITS, procedures=[PROCEDURE], dossiers=[old], rejected=[rejected("x", "A1")]), night)
    assert [one.held for one in lacking(engine, "A", november)] == [1]
    assert [one.held for one in lacking(engine, "A", december)] == [1]
    assert lacking(engine, "A", Period(date(2021, 10, 1), date(2021, 10, 31))) == []


def test_documents_and_meetings_are_told_apart(engine: Engine) -> None:
    issued = Document(
        source_id="v1", unit_code="A", direction="out", issued_on=date(2021, 12, 1), electronic=True, updated_at=NOON
    )
    due = msgspec.structs.replace(issued, source_id="v2", direction="in", due_on=date(2021, 12, 9), classified=True)
    secret = msgspec.structs.replace(issued, source_id="v3", classified=True)
    meeting = Meeting(source_id="m1", unit_code="A", started_at=NOON - timedelta(hours=1), ended_at=NOON)
    held = [rejected("v9", "A", "documents"), rejected("m8", "A", "recordings"), rejected("m9", "A", "meetings")]
    store(engine, Batch(units=UNITS, documents=[issued, due, secret], meetings=[meeting], rejected=held))
    assert lacking(engine, "A") == [
        LeftOut("documents", held=1, outdated=0, unplaced=0, counted=3),
        LeftOut("meetings", held=2, outdated=0, unplaced=0, counted=1),
    ]
