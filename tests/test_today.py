"""Today's work in words: what is due, in working time, and what handling it would do; from rows made by hand."""

from collections.abc import Callable, Iterator, Mapping
from datetime import date, datetime

import pytest
from sqlalchemy import Engine

from clock import LOCAL_ZONE, still_clock
from config import Settings, StoreSettings
from exports.viewed import Viewed
from metrics import Counters, behind_target, catalogue, next_working_day
from pages._filters import Choices
from pages._language import speaking
from pages._live import Live
from pages.units import _today_view, today
from store.reads import Target, read_snapshot
from store.rows import AWAITING_PAYMENT, PROCESSED, PROCESSING, Batch, Dossier, Procedure, Unit
from tests.delivery import write

FRIDAY = datetime(2021, 12, 10, 9, tzinfo=LOCAL_ZONE)
SATURDAY = datetime(2021, 12, 11, 9, tzinfo=LOCAL_ZONE)
BEGIN = date(2020, 1, 1)
UNITS = [
    Unit(code="T", valid_from=BEGIN, kind="tinh", name="Tỉnh T"),
    *(Unit(code=code, valid_from=BEGIN, kind="so", name=f"Sở {code}", parent_code="T") for code in "ABC"),
]
PROCEDURES = [Procedure(code=code, valid_from=BEGIN, name=f"Thủ tục {code}", level=3, tier="tinh") for code in "123"]


def instant(day: int, hour: int = 17, month: int = 12) -> datetime:
    return datetime(2021, month, day, hour, tzinfo=LOCAL_ZONE)


def dossier(name: str, unit: str, due: datetime | None, procedure: str = "1", **others: object) -> Dossier:
    plain = {"state": PROCESSING, "received_at": instant(1, 8), "updated_at": instant(1, 8), **others}
    return Dossier(source_id=name, unit_code=unit, procedure_code=procedure, channel="counter", due_at=due, **plain)


def done(unit: str, in_time: int, late: int, procedure: str = "1") -> list[Dossier]:
    """Completed dossiers of a unit."""
    return [
        dossier(
            f"{unit}{procedure}{number}",
            unit,
            instant(7),
            procedure,
            state=PROCESSED,
            completed_at=instant(6 if number < in_time else 8, 10),
            updated_at=instant(9, 8),
        )
        for number in range(in_time + late)
    ]


# A: 17 of 20 in time (85 %), B 18 of 20, C 27 of 30 (both 90 %).
DONE = [*done("A", 17, 3), *done("B", 18, 2), *done("C", 27, 3)]
OPEN = [
    dossier("today/1", "A", instant(10, 11)),
    dossier("today,2", "A", instant(11)),  # Saturday: Friday is the last working day for it
    dossier("monday", "A", instant(13)),
    *(dossier(f"friday{number}", "A", instant(17), "2") for number in range(2)),
    dossier("far", "A", instant(30)),
    dossier("undated", "A", None),
    dossier("late", "A", instant(9)),
    dossier("waits", "A", instant(2), state=AWAITING_PAYMENT),
]


@pytest.fixture
def engine_of(fresh_engine: Callable[[str], Engine]) -> Iterator[Callable[..., Engine]]:
    """A store with these dossiers."""

    def make(*dossiers: Dossier) -> Engine:
        engine = fresh_engine("sqlite")
        write(engine, "motcua", Batch(units=UNITS, procedures=PROCEDURES, dossiers=list(dossiers)))
        return engine

    return make


def here(engine: Engine, at: datetime = FRIDAY) -> Live:
    counters, clock = Counters(read_snapshot(engine)), still_clock(at)
    settings = Settings(store=StoreSettings(url=engine.url.render_as_string()))
    return Live(
        counters=counters,
        sources=(),
        version=counters.version,
        now=at,
        read_at=at,
        clock=clock,
        settings=settings,
        engine=engine,
        stale_reason=None,
    )


def seen(engine: Engine, at: datetime = FRIDAY, language: str = "vi", **query: str) -> Viewed:
    """What the page shows of unit A, as it is taken away."""
    with speaking(language):
        return today.viewed(here(engine, at), Choices(at.date(), given={"unit": "A", **query}))


def listed(view: Viewed) -> list[str]:
    return view.tables[0].frame["dossier"].to_list()


def parts(view: Viewed) -> Mapping[str, int]:
    return dict(view.tables[1].frame.select("part", "dossiers").iter_rows())


def test_the_sentence_says_what_is_due_and_what_handling_it_would_do(engine_of: Callable[..., Engine]) -> None:
    view = seen(engine_of(*DONE, *OPEN))
    # 17/20 = 85 % and third; with both of Friday's in time 19/22 = 86.4 %.
    assert view.sentence == (
        "Hôm nay: 2 hồ sơ đến hạn, 1 đã quá hạn; xử lý đúng hạn cả 2: 85,0 % → 86,4 %, giữ hạng 3."
    ).replace(" %", "\u00a0%")
    assert view.notes[:2] == [
        "1 hồ sơ đã quá hạn: xử lý xong vẫn tính là trễ hạn; chưa xử lý thì vẫn nằm trong số đang quá hạn.",
        # Of 20 done 17 in time.
        "Do đơn vị giải quyết trễ: 4 hồ sơ (3 hồ sơ xong sau ngày hẹn trả, 1 hồ sơ đang quá hạn).",
    ]


def test_parts_count_working_days_and_keep_the_late_and_the_waiting_apart(engine_of: Callable[..., Engine]) -> None:
    view = seen(engine_of(*DONE, *OPEN), language="en")
    assert parts(view) == {
        "Overdue": 1,
        "Due within 1 working day": 2,
        "Due within 2 working days": 3,
        "Due within 5 working days": 3,
        "All in work": 8,
        "Waiting for the applicant": 1,
    }
    assert listed(view) == ["late", "today/1", "today,2", "monday", "friday0", "friday1", "far", "undated"]
    days = dict(view.tables[0].frame.select("dossier", "working_days").iter_rows())
    assert days == {
        "late": "1 day late",
        "today/1": "due today",
        "today,2": "due today",
        "monday": "1 day left",
        "friday0": "5 days left",
        "friday1": "5 days left",
        "far": "14 days left",
        "undated": "–",
    }


def test_handling_what_is_late_is_told_to_lower_the_rate(engine_of: Callable[..., Engine]) -> None:
    view = seen(engine_of(*DONE, OPEN[-2]), language="en")
    # 17/20 = 85 %, with one more late 17/21 = 81.0 %.
    assert view.sentence == (
        "Today: no dossier due, 1 already overdue; handling these 1 overdue ones: overdue 1 → 0; "
        "Settled on time 85.0% → 81.0%, rank 3 unchanged."
    )


def test_ticked_dossiers_are_reckoned_and_the_rank_moves(engine_of: Callable[..., Engine]) -> None:
    many = [dossier(f"n{number}", "A", instant(20)) for number in range(11)]
    ticked = ",".join(f"motcua/n{number}" for number in range(11))
    view = seen(engine_of(*DONE, *many), done=ticked, language="en")
    row = view.tables[1].frame.filter(view.tables[1].frame["part"] == "The ticked dossiers").row(0, named=True)
    # 28 of 31 in time is more than 27 of 30.
    assert (row["dossiers"], row["rank"], row["rank_after"], row["value_after"]) == (11, 3, 1, 28 / 31)
    gone = seen(engine_of(*DONE, *many), done="motcua/n1,motcua/never%2C1", language="en")
    assert gone.notes[0] == "No longer open: never,1."


@pytest.mark.parametrize(
    ("dossiers", "reckoned"),
    [
        (OPEN, ["overdue", "1", "2", "all"]),  # three are due within two days, and within five
        ([OPEN[0], OPEN[-2]], ["overdue", "1", "all"]),  # one is late, another one due today
        ([OPEN[-2]], ["overdue"]),
        ([OPEN[0]], ["1"]),
        ([OPEN[5], OPEN[6]], ["all"]),
        ([OPEN[-1]], []),
    ],
)
def test_parts_that_hold_the_same_dossiers_are_reckoned_once(
    engine_of: Callable[..., Engine], monkeypatch: pytest.MonkeyPatch, dossiers: list[Dossier], reckoned: list[str]
) -> None:
    now, asked_for = here(engine_of(*DONE, *dossiers)), []
    with speaking("vi"):
        asked = _today_view.wanted(now, Choices(FRIDAY.date(), given={"unit": "A"}), "A")
        held = _today_view.counts(now, asked)
        each = {
            due: _today_view.foretell(now, asked, _today_view.part(now, asked, due))
            for due in held
            if due != "waiting" and held[due]
        }
        plain = _today_view.part
        monkeypatch.setattr(
            _today_view, "part", lambda now, asked, due: asked_for.append(due) or plain(now, asked, due)
        )
        assert _today_view.foretold(now, asked, held) == each
    assert asked_for == reckoned
    assert {due: told.dossiers for due, told in each.items()} == {due: held[due] for due in each}


def test_an_indicator_that_completion_does_not_move_says_so(engine_of: Callable[..., Engine]) -> None:
    for dossiers in (OPEN, OPEN[-2:-1]):
        view = seen(engine_of(*DONE, *dossiers), indicator="online_dossier_rate", language="en")
        assert view.sentence.count("does not change by completing dossiers") == view.sentence.count("“") == 1


def test_on_a_day_off_the_work_of_the_next_working_day_is_told(engine_of: Callable[..., Engine]) -> None:
    view = seen(engine_of(*DONE, *OPEN), at=SATURDAY)
    assert view.sentence.startswith("Đến hết Thứ Hai 13/12/2021: 2 hồ sơ đến hạn, 2 đã quá hạn;")
    assert next_working_day(here(engine_of(), SATURDAY).counters.working_days, date(2021, 12, 12)) == date(2021, 12, 13)


def test_nothing_to_do_says_what_comes_next(engine_of: Callable[..., Engine]) -> None:
    view = seen(engine_of(*DONE, *(dossier(str(day), "A", instant(day)) for day in (15, 16, 17))), language="en")
    assert view.sentence == "Today: no dossier due, none overdue; 2 fall due within 5 working days."


def test_procedures_behind_the_target_are_those_that_miss_most(engine_of: Callable[..., Engine]) -> None:
    engine = engine_of(*done("A", 6, 4, "1"), *done("A", 9, 1, "2"), *done("A", 20, 0, "3"))
    counters = here(engine).counters
    period = Choices(FRIDAY.date(), given={}).period()[1]
    target = Target("on_time_rate", "A", "", BEGIN, None, ">=", 0.95, "QĐ 1", None, "", "", None)
    found = behind_target(counters, catalogue()["on_time_rate"], "A", period, target)
    # Of 10 completed 9.5 were asked; procedure 3 misses nothing.
    assert [(one.code, one.missing, one.share) for one in found] == [("1", 3.5, 0.875), ("2", 0.5, 0.125)]
    assert [one.missing for one in behind_target(counters, catalogue()["overdue"], "A", period, None)] == []
    assert behind_target(counters, catalogue()["received"], "A", period, None) == []
    without = behind_target(counters, catalogue()["on_time_rate"], "A", period, None)
    assert [(one.code, one.missing) for one in without] == [("1", 4.0), ("2", 1.0)]


@pytest.mark.parametrize(
    ("query", "named"), [({"due": "soon"}, "“soon”"), ({"done": "x"}, "“x”"), ({"period": "2020"}, "“2020”")]
)
def test_wrong_values_of_the_address_are_named(
    engine_of: Callable[..., Engine], query: Mapping[str, str], named: str
) -> None:
    choices = Choices(FRIDAY.date(), given={"unit": "A", **query})
    with speaking("en"):
        today.viewed(here(engine_of(*DONE)), choices)
    assert [named in problem for problem in choices.problems] == [True]
