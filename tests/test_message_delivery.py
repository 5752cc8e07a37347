"""Delivery of messages: again when it fails, what is known after a crash, no secret anywhere, its own process."""

import logging
from collections.abc import Iterator
from datetime import date, timedelta

import pytest
from sqlalchemy import Engine

import messages.rounds
from messages._delivery import deliver
from recipients import RecipientSettings
from store.engine import writing
from store.message_reads import due_messages, open_conditions
from store.message_rows import Message, NewMessage
from store.messages import claim, note_sent, queue
from tests.message_centre import FINANCE, NOW, MessageCentre, box, due, here, told
from tests.message_sinks import SECRET, Mailbox, webhook
from tests.test_personal_data import everything_stored

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


def test_failed_message_is_tried_again_and_its_owner_told(here: MessageCentre, box: Mailbox) -> None:
    here.receive([due(FINANCE, 1, NOW + 9 * HOUR)])
    rounds = here.rounds(told(env="NOBODY"), WATCH)
    rounds.run()
    [message] = here.ledger()
    assert (message.state, message.reason, message.next_at) == ("failed", "no_variable", NOW + timedelta(minutes=1))
    attempts = []
    for _minute in range(21):
        here.after(rounds, minutes=1)
        attempts.append(here.ledger()[0].attempts)
    assert attempts == [2] * 5 + [3] * 15 + [4]  # 1, 5 and 15 minutes after the one before
    assert box.taken == []
    here.after(rounds, minutes=1)
    assert subjects(box) == ["Tin không đến được người nhận (1)"]
    assert "1 tin không gửi được đến an: biến môi trường chứa địa chỉ đang trống." in body(box)
    assert here.ledger()[0].state == "failed"


def test_owner_hears_once_and_again_when_messages_arrive(
    here: MessageCentre, box: Mailbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    here.receive([due(FINANCE, 1, NOW + 9 * HOUR)])
    rounds = here.rounds(told(env="LATER", owner="trưởng"), told("trưởng", "analyst"), WATCH)
    for _quarter in range(12):
        here.after(rounds, minutes=15)
    assert [(one.recipient, one.rule) for one in here.ledger()] == [("an", "due_tomorrow"), ("trưởng", "undelivered")]
    monkeypatch.setenv("LATER", box.url)
    here.after(rounds, hours=1)  # arrives
    here.after(rounds, minutes=1)
    assert subjects(box)[-2:] == ["Hồ sơ sẽ quá hạn vào ngày mai", "Tin đã đến được người nhận trở lại (1)"]


def test_message_that_fails_for_a_day_is_given_up(here: MessageCentre) -> None:
    here.receive([due(FINANCE, 1, NOW + HOUR)])
    rounds = here.rounds(told(env="NOBODY"))
    rounds.run()
    for _hour in range(26):
        here.after(rounds, hours=1)
    assert (here.ledger()[0].state, here.ledger()[0].next_at) == ("failed", None)
    assert due_messages(here.engine, here.clock.at + 100 * HOUR, 9) == []


class Killed(BaseException):
    """As when the process dies: nobody catches it."""


def test_process_killed_between_sending_and_noting_leaves_a_trace_and_sends_again(
    here: MessageCentre, box: Mailbox
) -> None:
    def send_and_die(recipient: RecipientSettings, message: Message) -> str:
        deliver(recipient, message)
        raise Killed

    silent(here)
    with pytest.raises(Killed):
        here.rounds(WATCH, hand_over=send_and_die).run()
    [message] = here.ledger()
    assert (message.state, message.attempts, len(box.taken)) == ("sending", 1, 1)
    here.after(here.rounds(WATCH), seconds=299)
    assert len(box.taken) == 1  # it may still be at it
    here.after(here.rounds(WATCH), seconds=1)
    [message] = here.ledger()
    assert (message.state, message.attempts) == ("sent", 2)
    keys = [mail["Idempotency-Key"] for mail in box.taken]
    assert keys == [message.key] * 2
    assert message.key in body(box)


def test_what_was_broken_off_says_that_it_may_have_arrived(here: MessageCentre) -> None:
    silent(here)

    def die(_recipient: RecipientSettings, _message: Message) -> str:
        raise Killed

    with pytest.raises(Killed):
        here.rounds(WATCH, hand_over=die).run()
    here.clock.at += timedelta(minutes=5)
    tried: list[str] = []

    def note(_recipient: RecipientSettings, message: Message) -> str:
        tried.append(message.reason)
        return "failed"

    here.rounds(WATCH, hand_over=note).run()
    assert tried == ["interrupted"]


def test_crash_between_finding_and_queueing_leaves_neither(
    here: MessageCentre, box: Mailbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    def die(*_arguments: object) -> None:
        raise Killed

    silent(here)
    with monkeypatch.context() as patched:
        patched.setattr(messages.rounds, "queue", die)
        with pytest.raises(Killed):
            here.rounds(WATCH).run()
    assert (here.ledger(), open_conditions(here.engine)) == ([], [])
    here.rounds(WATCH).run()
    assert len(box.taken) == 1


def test_mistake_in_a_rule_does_not_keep_what_waits(
    here: MessageCentre, box: Mailbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    def mistaken(*_arguments: object) -> None:
        raise ValueError

    silent(here)
    with monkeypatch.context() as patched:
        patched.delenv("BOX")
        here.rounds(WATCH).run()
    monkeypatch.setattr(messages.rounds, "rules_of", mistaken)
    here.clock.at += HOUR
    with pytest.raises(ValueError):
        here.rounds(WATCH).run()
    assert len(box.taken) == 1


def test_failing_address_keeps_nobody_else_waiting(here: MessageCentre, box: Mailbox) -> None:
    asked: list[str] = []

    def refuse_an(recipient: RecipientSettings, message: Message) -> str:
        asked.append(recipient.name)
        return "timeout" if recipient.name == "an" else ""

    new = [NewMessage(f"{name}{n}", name, "test", "test", "t", "t", "t") for name in ("an", "truc") for n in range(3)]
    with writing(here.engine) as connection:
        queue(connection, new, NOW)
    here.rounds(told(), WATCH, hand_over=refuse_an).run()
    assert asked == ["an", "truc", "truc", "truc"]


def test_message_for_whom_the_settings_no_longer_know_is_not_tried_again(here: MessageCentre) -> None:
    with writing(here.engine) as connection:
        queue(connection, [NewMessage("k", "lạ", "test", "test", "t", "t", "t")], NOW)
    here.rounds(WATCH).run()
    [message] = here.ledger()
    assert (message.state, message.reason, message.next_at) == ("failed", "no_recipient", None)


def test_one_of_two_processes_sends(engine: Engine) -> None:
    with writing(engine) as connection:
        queue(connection, [NewMessage("k", "an", "test", "test", "t", "t", "t")] * 2, NOW)
    with writing(engine) as connection:
        queue(connection, [NewMessage("k", "an", "test", "test", "t", "t", "t")], NOW)
    [message] = due_messages(engine, NOW, 9)
    assert claim(engine, message.id, "one", NOW)
    assert not claim(engine, message.id, "other", NOW)
    note_sent(engine, message.id, "other", NOW)
    assert due_messages(engine, NOW, 9) == []
    note_sent(engine, message.id, "one", NOW)


@pytest.fixture
def heard() -> Iterator[list[str]]:
    """What any library logs, however quietly, but the mail server's own log. Pytest's own fixture for it would listen
    to loggers that tell nobody."""
    lines: list[str] = []

    class Ear(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            if record.name != "mail.log":
                lines.append(record.getMessage())

    root, ear = logging.getLogger(), Ear()
    level = root.level
    root.addHandler(ear)
    root.setLevel(logging.DEBUG)
    yield lines
    root.setLevel(level)
    root.removeHandler(ear)


def test_no_secret_is_stored_or_logged_whatever_the_other_side_says(
    here: MessageCentre,
    box: Mailbox,
    monkeypatch: pytest.MonkeyPatch,
    heard: list[str],
    capfd: pytest.CaptureFixture[str],
) -> None:
    box.refusal = f"550 5.1.1 <{SECRET}@tinh.test> has no mailbox"
    silent(here)
    with webhook() as hook:
        hook.status = 503
        monkeypatch.setenv("HOOK", hook.url)
        monkeypatch.setenv("BAD", f"nothing://{SECRET}@host")
        monkeypatch.setenv("DEAD", f"mailto://ioc:{SECRET}@127.0.0.1:1?from={SECRET}@tinh.test&mode=insecure")
        names = ("BOX", "HOOK", "BAD", "DEAD")
        here.rounds(*(told(name, "operator", env=name) for name in names)).run()
    reasons = {message.recipient: message.reason for message in here.ledger()}
    assert reasons == {
        "BOX": "answered:550", "HOOK": "answered:503", "BAD": "bad_address", "DEAD": "unreachable:ECONNREFUSED",
    }  # fmt: skip
    written = capfd.readouterr()
    said = "\n".join([*heard, written.out, written.err])
    assert "message not delivered" in said
    assert SECRET not in said
    assert SECRET.encode() not in everything_stored(here.engine)
    assert SECRET not in repr(here.settings(told()))


def test_webhook_that_sends_us_elsewhere_is_not_followed(here: MessageCentre, monkeypatch: pytest.MonkeyPatch) -> None:
    silent(here)
    with webhook() as other, webhook() as hook:
        hook.status, hook.location = 307, f"http://127.0.0.1:{other.port}/"
        monkeypatch.setenv("HOOK", hook.url)
        here.rounds(told("truc", "operator", env="HOOK")).run()
    assert (len(hook.taken), other.taken, here.ledger()[0].reason) == (1, [], "answered:307")
