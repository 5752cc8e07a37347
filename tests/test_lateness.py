"""To whom lateness belongs: dossiers made by hand, delivered as a source would tell them, at instants that matter."""

from datetime import UTC, date, datetime, timedelta

import msgspec
from sqlalchemy import Engine

from clock import LOCAL_ZONE
from metrics import Counters, Lateness, Period, lateness
from store.learning import completions_learnt_late
from store.reads import read_snapshot
from store.rollups import rebuild
from store.rows import AWAITING_PAYMENT, PROCESSED, PROCESSING, RETURNED, Batch, Dossier, Procedure, Unit
from store.runs import begin_run
from store.work_reads import work_ahead
from store.writes import write_batch

SINCE = date(2020, 1, 1)
UNITS = [
    Unit(code="P", valid_from=SINCE, kind="tinh", name="Tỉnh"),
    Unit(code="A", valid_from=SINCE, kind="huyen", name="Huyện A", parent_code="P"),
    Unit(code="B", valid_from=SINCE, kind="huyen", name="Huyện B", parent_code="P"),
]
PROCEDURE = Procedure(code="1.01", valid_from=SINCE, name="Thủ tục", level=3, tier="huyen")
DECEMBER = Period(date(2021, 12, 1), date(2021, 12, 20))


def at(day: int, hour: int = 10, minute: int = 0) -> datetime:
    return datetime(2021, 12, day, hour, minute, tzinfo=LOCAL_ZONE).astimezone(UTC)


FIRST, TODAY = at(1), at(20)
OPEN = Dossier(
    source_id="d", unit_code="A", procedure_code="1.01", channel="online", state=PROCESSING, received_at=at(1, 9),
    due_at=at(8, 16), updated_at=at(1, 9),
)  # fmt: skip


def done(day: int, hour: int = 10, told: datetime | None = None) -> Dossier:
    """The same dossier completed then, updated at `told`."""
    completed = at(day, hour)
    return msgspec.structs.replace(OPEN, state=PROCESSED, completed_at=completed, updated_at=told or completed)


def tell(engine: Engine, when: datetime, *dossiers: Dossier) -> None:
    batch = Batch(units=UNITS, procedures=[PROCEDURE], dossiers=list(dossiers))
    write_batch(engine, "motcua", batch, begin_run(engine, "motcua", when), None, when)


def whose(
    engine: Engine, unit: str = "A", period: Period = DECEMBER, age: timedelta = timedelta(minutes=5)
) -> Lateness:
    codes, known = ["A"] if unit == "A" else ["P", "A", "B"], read_snapshot(engine)
    work = work_ahead(engine, known, codes, [date(2021, 12, 20)], TODAY)
    learnt = completions_learnt_late(engine)
    return lateness(Counters(known), unit, period, work.waiting(0), work.supplemented(0), learnt, {"motcua": age})


def test_completed_in_time_and_learnt_after_the_due_day_is_late_synchronisation(engine: Engine) -> None:
    tell(engine, FIRST, OPEN)
    tell(engine, at(12), done(8, 23))
    assert whose(engine) == Lateness(0, 0, 0, 0, late_synchronised=1)
    assert whose(engine, "P").late_synchronised == 1
    assert whose(engine, period=Period(date(2021, 12, 9), date(2021, 12, 20))).late_synchronised == 0
    assert rebuild(engine) == 0
    assert whose(engine).late_synchronised == 1


def test_learnt_by_the_end_of_the_due_day_and_the_expected_age_is_in_time(engine: Engine) -> None:
    # Still the due day: never counted as overdue. Within the age that is agreed for the source. Just beyond it.
    for name, learnt, expected in (("a", at(8, 23, 59), 0), ("b", at(9, 0, 5), 0), ("c", at(9, 0, 6), 1)):
        tell(engine, FIRST, msgspec.structs.replace(OPEN, source_id=name))
        tell(engine, learnt, msgspec.structs.replace(done(8, 15), source_id=name))
        assert whose(engine).late_synchronised == expected


def test_what_the_centre_never_held_open_was_learnt_late_by_nobody(engine: Engine) -> None:
    """A first load, and a backfill of a window that was never read."""
    tell(engine, TODAY, done(3))
    assert whose(engine) == Lateness(0, 0, 0, 0, 0)


def test_completed_late_is_the_units_whenever_it_was_learnt(engine: Engine) -> None:
    tell(engine, FIRST, OPEN)
    tell(engine, at(15), done(9, 0))
    assert whose(engine) == Lateness(completed_late=1, overdue=0, supplemented=0, waiting=0, late_synchronised=0)


def test_open_ones_are_the_units_or_wait_for_the_applicant(engine: Engine) -> None:
    asked = msgspec.structs.replace(OPEN, source_id="s", supplements=1)
    paying = msgspec.structs.replace(OPEN, source_id="w", state=AWAITING_PAYMENT)
    ahead = msgspec.structs.replace(OPEN, source_id="f", due_at=at(20, 23))
    elsewhere = msgspec.structs.replace(OPEN, source_id="b", unit_code="B")
    tell(engine, FIRST, OPEN, asked, paying, ahead, elsewhere)
    assert whose(engine) == Lateness(completed_late=0, overdue=2, supplemented=1, waiting=1, late_synchronised=0)
    assert whose(engine).by_unit == 2
    assert whose(engine, "P").overdue == 3


def test_while_it_waited_for_the_applicant_it_was_overdue_for_nobody(engine: Engine) -> None:
    tell(engine, FIRST, msgspec.structs.replace(OPEN, state=AWAITING_PAYMENT))
    tell(engine, at(12), done(7))
    assert whose(engine).late_synchronised == 0


def test_the_same_completion_again_changes_nothing_and_a_correction_is_judged_as_it_is_now(engine: Engine) -> None:
    tell(engine, FIRST, OPEN)
    tell(engine, at(12), done(7))
    tell(engine, at(14), done(7))
    assert completions_learnt_late(engine)["learnt_at"].to_list() == [at(12)]
    tell(engine, at(15), msgspec.structs.replace(done(9, told=at(14)), state=RETURNED, returned_at=at(13)))
    assert whose(engine) == Lateness(completed_late=1, overdue=0, supplemented=0, waiting=0, late_synchronised=0)


def test_opened_again_it_is_judged_anew(engine: Engine) -> None:
    tell(engine, FIRST, OPEN)
    tell(engine, at(12), done(7))
    tell(engine, at(13), msgspec.structs.replace(OPEN, due_at=at(18), updated_at=at(13)))
    assert completions_learnt_late(engine).is_empty()
    tell(engine, at(17), msgspec.structs.replace(done(17, told=at(17)), due_at=at(18)))
    assert whose(engine).late_synchronised == 0
