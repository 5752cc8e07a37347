"""Whom do messages not reach, although it was tried again and again?

It is told to the owner of that recipient, by default to the operators; it ends with the first message that gets
through.
"""

from collections.abc import Iterator

from config import Settings
from messages._contract import Finding, Rule
from messages._reasons import reason_words
from messages._seen import Seen
from pages import _format
from pages._language import _
from recipients import RecipientSettings
from store.message_reads import undelivered

# After one, five and fifteen minutes it has failed the fourth time.
TELL_AFTER = 4


def find(seen: Seen, recipient: RecipientSettings) -> Iterator[Finding]:
    """A finding for each recipient that this one is responsible for and who cannot be reached."""
    mine = responsibilities(seen.settings, recipient)
    for failed in undelivered(seen.engine, TELL_AFTER):
        if failed.recipient in mine:
            text = _(
                "{n} messages could not be delivered to {name}: {why}.",
                n=_format.number(failed.failures),
                name=failed.recipient,
                why=reason_words(failed.reason),
            )
            link = seen.link("messages", recipient=failed.recipient)
            yield Finding(subject=failed.recipient, what=failed.recipient, text=text, link=link)


def responsibilities(settings: Settings, recipient: RecipientSettings) -> set[str]:
    """The names of the recipients whose failed deliveries this one is told of."""
    others = [other for other in settings.recipients if other.name != recipient.name]
    return {other.name for other in others if other.owner == recipient.name} | {
        other.name for other in others if not other.owner and recipient.role == "operator"
    }


RULE = Rule(
    title="Messages do not arrive",
    subject="Messages do not arrive ({n})",
    resolved="Messages arrive again ({n})",
    find=find,
    of_units=False,
    to_owners=True,
)
