"""Messages from rule to mailbox: for whom, how often, and when no more."""

from collections.abc import Callable
from datetime import date, timedelta

import pytest
from sqlalchemy import Engine

from errors import ConfigError
from store.message_reads import open_conditions
from tests.message_centre import FINANCE, JUSTICE, NOW, MessageCentre, box, dossiers, due, here, told
from tests.message_sinks import Mailbox, webhook

__all__ = ["box", "here"]
MARCH = date(2021, 3, 1)
WATCH = told("truc", "operator")
HOUR = timedelta(hours=1)


def subjects(mails: Mailbox) -> list[str]:
    return [str(mail["Subject"]) for mail in mails.taken]


def body(mails: Mailbox, form: str = "plain") -> str:
    """What the last mail says."""
    part = mails.taken[-1].get_body((form,))
    assert part
    return str(part.get_content())


def silent(here: MessageCentre) -> None:
    here.polled(HOUR)


def test_each_is_told_of_own_units_only(here: MessageCentre, box: Mailbox, monkeypatch: pytest.MonkeyPatch) -> None:
    here.set_target(0.51)
    here.receive(dossiers(FINANCE, 40, 100, MARCH), dossiers(JUSTICE, 30, 100, MARCH))
    with webhook() as hook:
        monkeypatch.setenv("HOOK", hook.url)
        here.rounds(told(), told("bình", env="HOOK", units=(JUSTICE,), language="en")).run()
    [(_headers, sent)] = hook.taken
    assert sent["title"] == "Below target at the present pace (1)"
    assert "Sở Tư pháp" in sent["message"]
    assert "Sở Tài chính" not in sent["message"]
    assert subjects(box) == ["Không đạt chỉ tiêu theo tiến độ hiện nay (1)"]
    assert "Sở Tài chính – Hồ sơ trực tuyến" in body(box)
    assert "Sở Tư pháp" not in body(box) + body(box, "html")


def test_staff_are_not_told_of_sources_nor_operators_of_units(here: MessageCentre, box: Mailbox) -> None:
    silent(here)
    here.receive([due(FINANCE, 1, NOW + HOUR)])
    here.rounds(told(), told("truc", "operator", units=(FINANCE,))).run()
    assert [(one.recipient, one.rule) for one in here.ledger()] == [("an", "due_tomorrow"), ("truc", "source_silent")]


def test_same_thing_is_told_again_after_a_day_only(here: MessageCentre, box: Mailbox) -> None:
    silent(here)
    rounds = here.rounds(WATCH)
    rounds.run()
    here.after(rounds, minutes=1)
    here.after(here.rounds(WATCH), hours=23, minutes=58)  # also by a process that has just started
    assert subjects(box) == ["Nguồn dữ liệu im lặng (1)"]
    here.after(rounds, minutes=1)
    assert subjects(box) == ["Nguồn dữ liệu im lặng (1)"] * 2


def test_what_got_worse_is_told_before_its_time(here: MessageCentre, box: Mailbox) -> None:
    rounds = here.rounds(told())
    here.receive([due(FINANCE, number, NOW + HOUR) for number in range(5)])
    rounds.run()
    here.receive([due(FINANCE, number, NOW + HOUR) for number in range(9)])
    here.after(rounds, minutes=1)
    assert len(box.taken) == 1
    here.receive([due(FINANCE, number, NOW + HOUR) for number in range(10)])
    here.after(rounds, minutes=1)
    assert "10 hồ sơ" in body(box)
    assert len(box.taken) == 2


def test_end_is_told_once(here: MessageCentre, box: Mailbox) -> None:
    silent(here)
    rounds = here.rounds(WATCH)
    rounds.run()
    here.polled(timedelta())
    here.after(rounds, minutes=1)
    here.after(rounds, minutes=1)
    assert subjects(box) == ["Nguồn dữ liệu im lặng (1)", "Nguồn dữ liệu đã hoạt động trở lại (1)"]
    assert "- motcua" in body(box)
    assert open_conditions(here.engine) == []


def test_what_comes_and_goes_is_one_message_a_day(here: MessageCentre, box: Mailbox) -> None:
    rounds = here.rounds(WATCH)
    silent(here)
    rounds.run()
    for _turn in range(3):
        here.polled(timedelta())
        here.after(rounds, minutes=1)
        here.after(rounds, hours=1)  # silent again
    assert len(box.taken) == 2  # silent, back
    here.after(rounds, hours=21)
    assert subjects(box)[2:] == ["Nguồn dữ liệu im lặng (1)"]


def test_day_that_has_passed_is_not_told_as_an_end(here: MessageCentre, box: Mailbox) -> None:
    rounds = here.rounds(told())
    here.receive([due(FINANCE, 1, NOW + HOUR)])
    rounds.run()
    here.after(rounds, hours=24)
    assert subjects(box) == ["Hồ sơ sẽ quá hạn vào ngày mai"]
    assert open_conditions(here.engine) == []


def test_unit_that_is_no_longer_ones_own_ends_without_a_word(here: MessageCentre, box: Mailbox) -> None:
    here.receive([due(FINANCE, 1, NOW + HOUR)])
    here.rounds(told()).run()
    here.rounds(told(units=(JUSTICE,))).run()
    here.rounds(told(rules=("rank_fell",))).run()
    here.rounds(told("bình", rules=("rank_fell",))).run()
    assert len(box.taken) == 1
    assert open_conditions(here.engine) == []


def test_found_conditions_are_kept_in_both_databases(fresh_engine: Callable[[str], Engine]) -> None:
    here = MessageCentre(fresh_engine("postgresql"))
    silent(here)
    here.receive([due(FINANCE, 1, NOW + HOUR)])
    rounds = here.rounds(told(env="NOBODY"), told("truc", "operator", env="NOBODY"))
    rounds.run()
    here.after(rounds, minutes=1)
    assert [(one.recipient, one.attempts) for one in here.ledger()] == [("an", 2), ("truc", 2)]
    assert [one.subject for one in open_conditions(here.engine)] == ["H28.03 2021-12-10", "motcua"]


def test_unknown_rule_and_rule_without_units_are_refused(here: MessageCentre) -> None:
    with pytest.raises(ConfigError, match="'an': unknown rule 'late'; known: below_target, due_tomorrow"):
        here.rounds(told(rules=("late",)))
    with pytest.raises(ConfigError, match="about units, and none is given"):
        here.rounds(told(units=()))
