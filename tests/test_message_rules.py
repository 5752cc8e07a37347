"""What each rule finds, by hand-worked examples, and what every rule must have."""

import ast
from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from messages._contract import Finding, Rule
from messages._discovery import rules
from messages.rules import below_target, due_tomorrow, rank_fell, screen_silent, source_silent
from pages._language import Language, speaking, vietnamese
from recipients import RecipientSettings
from store.rows import AWAITING_SUPPLEMENT, PROCESSED
from store.screens import ScreenReport, put_reports
from tests.message_centre import FINANCE, HEALTH, JUSTICE, NOW, MessageCentre, dossiers, due, here, told

__all__ = ["here"]
MARCH = date(2021, 3, 1)
WHO = told(role="leader", units=(FINANCE, JUSTICE, HEALTH))


def found(centre: MessageCentre, rule: Rule, who: RecipientSettings = WHO, spoken: Language = "vi") -> list[Finding]:
    with speaking(spoken):
        return list(rule.find(centre.seen(who), who))


def units(findings: Iterable[Finding]) -> list[str]:
    return [finding.unit for finding in findings]


def test_unit_below_its_target_is_found_with_what_the_rest_of_the_year_needs(here: MessageCentre) -> None:
    here.set_target(0.51)
    here.receive(dossiers(FINANCE, 506, 1000, MARCH), dossiers(JUSTICE, 510, 1000, MARCH))
    [finding] = found(here, below_target.RULE)
    # 246 weekdays until 10 December, 15 after it: 1000 * 15 / 246 = 60.98 more are to come;
    # (0.51 * 1060.98 - 506) / 60.98 = 57.56 %.
    assert finding.unit == FINANCE
    assert "50,6\u00a0% (506/1.000), chỉ tiêu ≥ 51\u00a0%; phần còn lại của năm cần đạt 57,6\u00a0%." in finding.text
    assert finding.measure == pytest.approx(0.004)
    assert finding.link == "https://ioc.test/my-unit?unit=H28.03&indicator=online_dossier_rate"


def test_target_out_of_reach_is_said_and_worse_than_any_gap(here: MessageCentre) -> None:
    here.set_target(0.51)
    here.receive(dossiers(FINANCE, 40, 100, MARCH))  # all 6 to come would not bring 14 that are missing
    [finding] = found(here, below_target.RULE)
    assert finding.text.endswith("theo tiến độ hiện nay không còn đạt được trong năm.")
    assert finding.measure == pytest.approx(1.11)


def test_what_is_too_little_to_rank_is_no_reason_for_a_message(here: MessageCentre) -> None:
    here.set_target(0.51)
    here.receive(dossiers(FINANCE, 0, 9, MARCH), dossiers(JUSTICE, 0, 10, MARCH))
    assert units(found(here, below_target.RULE)) == [JUSTICE]


def test_gap_is_worse_when_it_grew_by_five_points_or_became_hopeless() -> None:
    assert not below_target.RULE.worse(0.10, 0.149)
    assert below_target.RULE.worse(0.10, 0.151)
    assert below_target.RULE.worse(0.30, 1.02)


def local(day: int, hour: int) -> datetime:
    return datetime(2021, 12, day, hour - 7, tzinfo=UTC)


def test_what_is_due_until_the_next_working_day_turns_late_tomorrow(here: MessageCentre) -> None:
    here.receive(
        [
            due(FINANCE, 1, local(10, 17)),
            due(FINANCE, 2, local(10, 8), "1.02"),
            due(FINANCE, 3, local(11, 17)),  # a Saturday
            due(FINANCE, 4, local(13, 8)),  # Monday is another working day
            due(FINANCE, 5, local(9, 17)),  # late already
            due(FINANCE, 6, local(10, 17), state=AWAITING_SUPPLEMENT),
            due(JUSTICE, 7, local(10, 17)),
        ]
    )
    [finding] = found(here, due_tomorrow.RULE, told())
    assert finding.text == (
        "Sở Tài chính: 3 hồ sơ sẽ quá hạn vào ngày mai nếu hôm nay không giải quyết xong: "
        "Kê khai giá (2); Cấp phiếu lý lịch (1)."
    )
    assert (finding.measure, finding.unit, finding.link) == (3.0, FINANCE, "https://ioc.test/today?unit=H28.03")
    assert finding.until == local(11, 7) - timedelta(hours=7)


def test_finished_dossiers_do_not_turn_late(here: MessageCentre) -> None:
    here.receive([due(FINANCE, 1, local(10, 17), state=PROCESSED, done_at=NOW)])
    assert found(here, due_tomorrow.RULE, told()) == []


def test_a_unit_with_all_under_it(here: MessageCentre) -> None:
    here.receive([due(FINANCE, 1, local(10, 17)), due(JUSTICE, 2, local(10, 17))])
    [finding] = found(here, due_tomorrow.RULE, told(units=("H28",)))
    assert (finding.unit, finding.measure) == ("H28", 2.0)


@pytest.mark.parametrize(("before", "now", "worse"), [(3, 7, False), (3, 8, True), (20, 39, False), (20, 40, True)])
def test_more_dossiers_are_worse_when_doubled_by_five_or_more(before: int, now: int, worse: bool) -> None:
    assert due_tomorrow.RULE.worse(before, now) is worse


def months(centre: MessageCentre, unit: str, before: int, now: int) -> None:
    """Of 200 each: so many online in the four weeks before the last four, and in these."""
    first, second = date(2021, 10, 15), date(2021, 11, 12)  # up to 9 December
    centre.receive(dossiers(unit, before, 200, first), dossiers(unit, now, 200, second))


def test_fall_beyond_the_ranks_that_chance_leaves_possible_is_found(here: MessageCentre) -> None:
    here.set_target()
    months(here, FINANCE, 180, 60)
    months(here, JUSTICE, 120, 120)
    months(here, HEALTH, 100, 100)
    findings = found(here, rank_fell.RULE)
    assert units(findings) == [FINANCE]
    assert "hạng 3 (có thể từ 3 đến 3) trong 28 ngày đến 09/12/2021, trước đó hạng 1 (có thể từ 1 đến 1)" in (
        findings[0].text
    )
    assert findings[0].measure == 2.0


def test_fall_within_chance_is_not_found(here: MessageCentre) -> None:
    here.set_target()
    months(here, FINANCE, 122, 110)  # from rank 1 to rank 3
    months(here, JUSTICE, 120, 120)
    months(here, HEALTH, 118, 118)
    assert found(here, rank_fell.RULE) == []


def test_fall_against_weeks_before_the_records_begin_is_not_found(here: MessageCentre) -> None:
    here.set_target()
    for unit, online in ((FINANCE, 20), (JUSTICE, 190), (HEALTH, 100)):
        here.receive(dossiers(unit, online, 200, date(2021, 11, 12)))
    assert found(here, rank_fell.RULE) == []


def test_silent_source_is_found_and_a_late_one_is_not(here: MessageCentre) -> None:
    here.polled(timedelta(minutes=15))
    assert found(here, source_silent.RULE) == []
    here.clock.at += timedelta(seconds=1)
    [finding] = found(here, source_silent.RULE)
    assert (finding.subject, finding.text) == ("motcua", "Nguồn motcua im lặng từ 10/12/2021 07:45.")


def test_source_that_nobody_asked_yet_is_not_silent(here: MessageCentre) -> None:
    assert found(here, source_silent.RULE) == []


def test_silent_screen_is_found(here: MessageCentre) -> None:
    report = ScreenReport(3, NOW, "map", "b", None, 0, "fresh", NOW, 0, 0, 1920, 1080)  # long ago by the real clock
    put_reports(here.engine, [report])
    [finding] = found(here, screen_silent.RULE)
    assert finding.text == "Màn hình 3 mất tín hiệu từ 10/12/2021 08:00."


@pytest.mark.parametrize("spoken", ["vi", "en"])
@pytest.mark.parametrize("name", rules())
def test_rule_finds_nothing_in_an_empty_store(here: MessageCentre, name: str, spoken: Language) -> None:
    assert found(here, rules()[name], told(units=(FINANCE, "H28.99")), spoken) == []


@pytest.mark.parametrize("name", rules())
def test_rule_has_its_vietnamese_words(name: str) -> None:
    rule = rules()[name]
    assert {text for text in (rule.title, rule.subject, rule.resolved) if text not in vietnamese()} == set()


def test_every_text_of_messages_is_in_the_vietnamese_catalogue() -> None:
    parsed = [ast.parse(file.read_text("utf-8")) for file in (Path(__file__).parents[1] / "messages").rglob("*.py")]
    calls = [node for tree in parsed for node in ast.walk(tree) if isinstance(node, ast.Call)]
    spoken = [call.args[0] for call in calls if isinstance(call.func, ast.Name) and call.func.id == "_"]
    texts = {node.value for text in spoken for node in ast.walk(text) if isinstance(node, ast.Constant)}
    assert len(texts) > 30
    assert {text for text in texts if text not in vietnamese()} == set()
