"""Sending what waits: claimed, handed over, noted; tried again later when it fails.

A message is claimed in a transaction of its own before it is handed over, and noted after it. Whoever is killed between
the two leaves it claimed: it is found so, sent again with the same key, and the ledger says that it may have arrived
twice. So every message arrives at least once, if its address can be reached within a day.
"""

import uuid
from collections.abc import Callable
from datetime import datetime, timedelta

import structlog

from clock import Clock
from config import Settings
from messages._delivery import deliver
from messages._reasons import GONE
from recipients import RecipientSettings
from store.engine import Engine
from store.message_reads import due_messages
from store.message_rows import Message
from store.messages import claim, free_interrupted, note_failed, note_sent

WAITS = (timedelta(minutes=1), timedelta(minutes=5), timedelta(minutes=15))
LATER = timedelta(hours=1)
GIVEN_UP_AFTER = timedelta(days=1)
# Longer than any delivery takes.
INTERRUPTED_AFTER = timedelta(minutes=5)
_AT_ONCE = 50

log = structlog.get_logger("messages")


class Sender:
    """Sends for one process; `hand_over` gives a message away and says why it was not taken, "" if it was."""

    def __init__(
        self,
        engine: Engine,
        settings: Settings,
        clock: Clock,
        hand_over: Callable[[RecipientSettings, Message], str] = deliver,
    ) -> None:
        self._engine, self._now, self._hand_over = engine, clock.now, hand_over
        self._recipients = {recipient.name: recipient for recipient in settings.recipients}
        self._claim = uuid.uuid4().hex

    def send_waiting(self) -> None:
        """Try what is due now; after a failure the rest of that recipient's messages wait for the next round."""
        now = self._now()
        if free_interrupted(self._engine, now - INTERRUPTED_AFTER, now):
            log.warning("messages were broken off while sending: they are sent again")
        failed: set[str] = set()
        for message in due_messages(self._engine, now, _AT_ONCE):
            if message.recipient not in failed and (reason := self.send(message)):
                failed.add(message.recipient)
                told = {"recipient": message.recipient, "number": message.id, "reason": reason}
                log.warning("message not delivered", **told)

    def send(self, message: Message, again: bool = True) -> str:
        """Try one message; "" when it was taken, or another process has it, else why not, as a code.

        `again`: it is tried later when it was not taken.
        """
        if not claim(self._engine, message.id, self._claim, self._now()):
            return ""
        recipient = self._recipients.get(message.recipient)
        reason = self._hand_over(recipient, message) if recipient else GONE
        if not reason:
            note_sent(self._engine, message.id, self._claim, self._now())
            return ""
        next_at = next_attempt(message, self._now()) if again and recipient else None
        note_failed(self._engine, message.id, self._claim, reason, next_at)
        return reason


def next_attempt(message: Message, now: datetime) -> datetime | None:
    """When a message that failed now is tried again; None when it has been tried for a day."""
    wait = WAITS[message.attempts] if message.attempts < len(WAITS) else LATER
    return now + wait if now + wait - message.queued_at <= GIVEN_UP_AFTER else None
