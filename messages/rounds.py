"""One round of messages: what holds now, what of it must be told, and the sending of what waits.

What is found is stored together with the messages that tell it, in one transaction: a crash leaves both or nothing.
"""

import uuid
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from datetime import date, datetime, timedelta

import structlog

from clock import Clock
from config import Settings
from errors import IocError
from messages import _digest
from messages._contract import Rule
from messages._discovery import check_rules, rules_of
from messages._letters import Line, Part, new_message
from messages._planning import Asked, Plan, plan
from messages._seen import Seen
from messages._sending import Sender
from metrics import Counters
from pages._language import _, speaking
from recipients import RecipientSettings
from store.engine import Engine, writing
from store.message_reads import message_of, open_conditions
from store.message_rows import Condition, MessageKind, NewMessage
from store.messages import end_conditions_of_others, forget_messages, known_conditions, put_conditions, queue
from store.reads import data_version, read_changes, read_in_pieces
from store.scope import closed

KEPT = timedelta(days=90)

log = structlog.get_logger("messages")


class Rounds:
    """The rounds of one process. Raises ConfigError for recipients with rules that nobody knows."""

    def __init__(self, engine: Engine, settings: Settings, clock: Clock, sender: Sender | None = None) -> None:
        check_rules(settings)
        self.engine, self.settings, self.clock = engine, settings, clock
        self._sender = sender or Sender(engine, settings, clock)
        self._counters: Counters | None = None
        self._cleaned_on: date | None = None

    def run(self) -> None:
        """One round; what fails is logged, and tried again by the next one."""
        try:
            with _told("looking"):
                self._look()
        finally:  # also when a rule has a mistake: what waits has nothing to do with it
            with _told("sending"):
                self._sender.send_waiting()
                self._clean()

    def _look(self) -> None:
        # What is told are figures: a message goes further than anybody can see, and names no single dossier.
        seen = Seen(closed(self.engine), self.settings, self._newest_counters(), self.clock.now())
        for recipient in self.settings.recipients:
            with _told(f"looking for {recipient.name}"), speaking(recipient.language):
                self._tell(seen, recipient)
                self._tell_weekly(seen, recipient)

    def _newest_counters(self) -> Counters:
        if self._counters is None:
            self._counters = read_in_pieces(self.engine, Counters)
        elif data_version(self.engine) != self._counters.version:
            self._counters = self._counters.updated(read_changes(self.engine, self._counters.snapshot))
        return self._counters

    def _tell(self, seen: Seen, recipient: RecipientSettings) -> None:
        asked = {name: (rule, list(rule.find(seen, recipient))) for name, rule in rules_of(recipient).items()}
        data_time = seen.data_time  # read before: nobody else can write meanwhile
        with writing(self.engine) as connection:
            known = known_conditions(connection, recipient.name)
            for name, (rule, findings) in asked.items():
                of_rule = [condition for condition in known if condition.rule == name]
                question = Asked(recipient.name, name, frozenset(recipient.units))
                planned = plan(question, rule, findings, of_rule, seen.now)
                put_conditions(connection, planned.noted)
                queue(connection, _messages(question, rule, planned, data_time), seen.now)
            put_conditions(connection, _no_longer_asked(known, asked.keys(), seen))

    def _tell_weekly(self, seen: Seen, recipient: RecipientSettings) -> None:
        """Queue the digest, if one is due; by its key the ledger knows whether it was queued before."""
        due = _digest.due_at(recipient, seen.now)
        key = uuid.uuid5(uuid.NAMESPACE_OID, f"digest {recipient.name} {due}").hex
        if due is None or not seen.own_units(recipient) or message_of(self.engine, key):
            return
        parts = _digest.digest(seen, recipient, open_conditions(self.engine, recipient.name))
        written = new_message(key, recipient.name, "digest", "digest", _digest.title(seen), parts, seen.data_time)
        with writing(self.engine) as connection:
            queue(connection, [written], seen.now)

    def _clean(self) -> None:
        if self.clock.today() != self._cleaned_on:
            now, names = self.clock.now(), [recipient.name for recipient in self.settings.recipients]
            end_conditions_of_others(self.engine, names, now)
            forget_messages(self.engine, now - KEPT)
            self._cleaned_on = self.clock.today()


@contextmanager
def _told(doing: str) -> Iterator[None]:
    """What fails for a reason of ours is logged; the next round tries again."""
    try:
        yield
    except IocError as error:
        log.warning("messages not finished", doing=doing, reason=str(error))


def _no_longer_asked(known: list[Condition], rules: Collection[str], seen: Seen) -> list[Condition]:
    """Conditions of rules that the recipient is no longer told of: over without a word."""
    return [one._replace(ended_at=seen.now) for one in known if one.rule not in rules and one.ended_at is None]


def _messages(asked: Asked, rule: Rule, planned: Plan, data_time: datetime | None) -> list[NewMessage]:
    """A message for all that is to be told, and one for all that has ended."""
    made = []
    until = data_time if rule.of_units else None
    if planned.told:
        lines = [Line(finding.text, finding.link) for finding in planned.told]
        made.append(_of_lines(asked, "alert", _(rule.subject, n=len(lines)), lines, until))
    if planned.resolved:
        lines = [Line(condition.what) for condition in planned.resolved]
        made.append(_of_lines(asked, "resolved", _(rule.resolved, n=len(lines)), lines, until))
    return made


def _of_lines(asked: Asked, kind: MessageKind, title: str, lines: list[Line], data_time: datetime | None) -> NewMessage:
    return new_message(uuid.uuid4().hex, asked.recipient, kind, asked.rule, title, [Part("", lines)], data_time)
