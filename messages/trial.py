"""A test message: whether a recipient's address works, before somebody relies on it."""

import uuid

from clock import Clock
from config import Settings
from errors import ConfigError
from messages._delivery import address
from messages._discovery import check_rules as check_rules
from messages._letters import Line, Part, new_message
from messages._reasons import BAD_ADDRESS, NO_VARIABLE, reason_words
from messages._sending import Sender
from pages import _format
from pages._language import _, speaking
from recipients import RecipientSettings
from store.engine import Engine, writing
from store.message_reads import message_of
from store.messages import queue


def send_test(engine: Engine, settings: Settings, clock: Clock, recipient: RecipientSettings) -> str:
    """Send one message now, noted in the ledger as any other; "" when it was taken, else why not, in English."""
    key, now = uuid.uuid4().hex, clock.now()
    with speaking(recipient.language):
        words = _("This is a test of {time}: messages reach you here.", time=_format.moment(now))
        written = new_message(key, recipient.name, "test", "test", _("Test message"), [Part("", [Line(words)])])
    with writing(engine) as connection:
        queue(connection, [written], now)
    made = message_of(engine, key)
    reason = Sender(engine, settings, clock).send(made, again=False) if made else ""
    with speaking("en"):
        return reason_words(reason)


def find_recipient(settings: Settings, name: str) -> RecipientSettings:
    """The recipient of that name; ConfigError listing the right names when there is none."""
    for recipient in settings.recipients:
        if recipient.name == name:
            return recipient
    known = ", ".join(recipient.name for recipient in settings.recipients) or "none"
    raise ConfigError(f"unknown recipient {name!r}; configured: {known}")


def check_address(recipient: RecipientSettings) -> str:
    """Why nothing can be sent to a recipient, in English, as far as that is known without sending; "" if nothing."""
    url = recipient.address()
    if url and address(url):
        return ""
    with speaking("en"):
        return f"{reason_words(BAD_ADDRESS if url else NO_VARIABLE)}: {recipient.url_env}"
