"""What messages are made of: the conditions that hold for a recipient, and the rows of the delivery ledger."""

from datetime import datetime
from typing import Literal, NamedTuple

MessageState = Literal["queued", "sending", "sent", "failed"]
MessageKind = Literal["alert", "resolved", "digest", "test"]


class Condition(NamedTuple):
    """What a rule found for a recipient about one thing, named by `subject`.

    unit_code             the unit it is about, "" for none
    what, text            the thing in words; the whole finding in words, as last seen
    measure               how bad it is, by the rule's own measure
    opened_at             since when it holds
    told_at, told_measure of the last message about it; None while there was none
    ended_at              None while it holds
    until                 the instant from which it is over in any case; None: never
    """

    recipient: str
    rule: str
    subject: str
    unit_code: str
    what: str
    text: str
    measure: float
    opened_at: datetime
    told_at: datetime | None = None
    told_measure: float | None = None
    ended_at: datetime | None = None
    until: datetime | None = None


class NewMessage(NamedTuple):
    """A message to be sent. `key` names it for good: a second one with the same key is not queued, and every attempt
    to send it carries it. `rule`: the rule that it tells of; "digest" or "test" for what no rule brought."""

    key: str
    recipient: str
    kind: MessageKind
    rule: str
    title: str
    text: str
    html: str


class Message(NamedTuple):
    """A row of the ledger. `next_at`: when it is tried (again), None when it is not; `tried_at`: the last attempt;
    `reason`: why that failed, a code of `messages/_delivery.py`, "" if it did not."""

    id: int
    key: str
    recipient: str
    kind: MessageKind
    rule: str
    title: str
    text: str
    html: str
    queued_at: datetime
    state: MessageState
    attempts: int
    next_at: datetime | None
    tried_at: datetime | None
    sent_at: datetime | None
    reason: str
