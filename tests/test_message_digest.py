"""The weekly digest: when it is due, and that its figures are those of the unit and of nobody else."""

from datetime import UTC, date, datetime, timedelta

import polars as pl
import pytest

from messages._digest import due_at
from metrics import Counters, Period, figures, ranking
from store.reads import read_snapshot
from tests.message_centre import FINANCE, HEALTH, JUSTICE, NAMES, NOW, MessageCentre, box, dossiers, due, here, told
from tests.message_sinks import Mailbox

__all__ = ["box", "here"]
MONDAY = datetime(2021, 12, 13, 0, 30, tzinfo=UTC)  # 07:30 in Hanoi
WEEKLY = told("sở", rules=("due_tomorrow",), digest="monday 07:30")
YEAR = Period(date(2021, 1, 1), date(2021, 12, 13))


@pytest.mark.parametrize(
    ("now", "due"),
    [
        (MONDAY - timedelta(seconds=1), None),
        (MONDAY, MONDAY),
        (MONDAY + timedelta(hours=23, minutes=59), MONDAY),
        (MONDAY + timedelta(days=1), None),
        (MONDAY + timedelta(days=7), MONDAY + timedelta(days=7)),
    ],
)
def test_digest_is_due_for_a_day(now: datetime, due: datetime | None) -> None:
    assert due_at(WEEKLY, now) == due


def test_without_a_day_no_digest_is_due() -> None:
    assert due_at(told(), MONDAY) is None


def fill(here: MessageCentre) -> None:
    """A year of three departments and its 347 days until a Monday, the 347 days before, and that Monday."""
    here.set_target(0.51)
    for unit, online in ((FINANCE, 40), (JUSTICE, 60), (HEALTH, 55)):
        here.receive(dossiers(unit, 50, 100, date(2020, 1, 20)), dossiers(unit, online, 100, date(2021, 3, 1)))
    late, this_week, next_week = (NOW.replace(day=day) for day in (10, 17, 20))
    here.receive([due(FINANCE, 1, late), due(FINANCE, 2, this_week), due(FINANCE, 3, this_week), due(JUSTICE, 4, late)])
    here.receive([due(FINANCE, 5, next_week), due(FINANCE, 6, MONDAY + timedelta(hours=2))])
    here.clock.at = MONDAY


def text_of(mails: Mailbox, form: str = "plain") -> str:
    [mail] = [mail for mail in mails.taken if "Bản tin tuần" in str(mail["Subject"])]
    part = mail.get_body((form,))
    assert part
    return str(part.get_content())


def test_digest_comes_once_a_week_also_after_a_restart(here: MessageCentre, box: Mailbox) -> None:
    fill(here)
    rounds = here.rounds(WEEKLY)
    rounds.run()
    here.after(rounds, minutes=1)
    here.after(here.rounds(WEEKLY), hours=23)
    titles = [one.title for one in here.ledger() if one.kind == "digest"]
    assert titles == ["Bản tin tuần, ngày 13/12/2021"]
    here.after(rounds, days=6, hours=1)
    assert [one.title for one in here.ledger() if one.kind == "digest"][1:] == ["Bản tin tuần, ngày 20/12/2021"]


def test_figures_of_the_digest_are_those_of_the_unit(here: MessageCentre, box: Mailbox) -> None:
    fill(here)
    here.rounds(WEEKLY).run()
    counters = Counters(read_snapshot(here.engine))
    figure = figures(counters, YEAR, ["online_dossier_rate"], units=[FINANCE]).row(0, named=True)
    row = ranking(counters, "online_dossier_rate", "so", YEAR).filter(pl.col("unit") == FINANCE).row(0, named=True)
    # 40 of the 100 of March and none of the five in work since November; last of three, all equal the year before.
    assert (figure["numerator"], figure["denominator"]) == (40, 105)
    assert (row["rank"], row["previous_rank"]) == (3, 1)
    told_there = "38,1 % (40/105); chỉ tiêu ≥ 51 %; −12,9 điểm %; hạng 3/3; −2 bậc so với kỳ trước"
    assert f"Hồ sơ trực tuyến mức độ 3, 4: {told_there}" in text_of(box).replace("\u00a0", " ")


def test_digest_counts_what_falls_due_until_sunday(here: MessageCentre, box: Mailbox) -> None:
    fill(here)
    here.rounds(WEEKLY).run()
    assert "Đến hạn trong tuần: 3 hồ sơ; đã quá hạn: 1 hồ sơ." in text_of(box)


def test_digest_names_what_holds_for_this_recipient(here: MessageCentre, box: Mailbox) -> None:
    fill(here)
    here.rounds(WEEKLY, told("khác", rules=("below_target",))).run()
    said = text_of(box)
    assert "Đang tồn tại: Sở Tài chính: 1 hồ sơ sẽ quá hạn vào ngày mai" in said
    assert "Không đạt chỉ tiêu" not in said
    assert "phần còn lại của năm" not in said


def test_digest_has_a_part_for_each_own_unit_and_no_other(here: MessageCentre, box: Mailbox) -> None:
    fill(here)
    here.rounds(told("sở", units=(FINANCE, HEALTH), rules=("rank_fell",), digest="monday 07:30")).run()
    html = text_of(box, "html")
    assert [name for name in NAMES.values() if f"<h3>{name}</h3>" in html] == [NAMES[FINANCE], NAMES[HEALTH]]
    assert NAMES[JUSTICE] not in html
    assert html.count("Hiện không có cảnh báo nào.") == 2
