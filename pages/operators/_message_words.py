"""What messages, their states and their rules are called on the operators' page."""

from messages._discovery import rules
from messages._reasons import reason_words
from pages import _format
from pages._badges import Standing, standing_shape
from pages._html import escape
from pages._language import _
from store.message_rows import Message


def rule_names() -> dict[str, str]:
    """What the ledger may hold under "rule", to its name."""
    named = {name: _(rule.title) for name, rule in rules().items()}
    return {**named, "digest": _("Weekly digest"), "test": _("Test message")}


def state_names() -> dict[str, str]:
    """The states of a message, to their names."""
    return {"queued": _("waiting"), "sending": _("being sent"), "sent": _("sent"), "failed": _("not delivered")}


def role_names() -> dict[str, str]:
    """The roles, to their names."""
    return {"leader": _("leader"), "staff": _("staff"), "analyst": _("analyst"), "operator": _("operator")}


def kind_word(message: Message) -> str:
    """What a message tells of its rule; "" where the rule says it all."""
    return {"alert": _("begins or lasts"), "resolved": _("has ended")}.get(message.kind, "")


def state_badge(message: Message) -> str:
    """The state of a message by shape and word, as HTML."""
    standing: Standing = "none"
    if message.state == "sent":
        standing = "reached"
    elif message.state == "failed":
        standing = "near" if message.next_at else "missed"
    return standing_shape(standing, state_names()[message.state])


def reason_sentence(reason: str) -> str:
    """Why a delivery failed, as a sentence; "" for no reason."""
    words = reason_words(reason)
    return f"{words[:1].upper()}{words[1:]}." if words else ""


def why(message: Message) -> str:
    """Why a message failed and what happens next, as text; "" when nothing went wrong."""
    if message.state != "failed":
        return ""
    after = _("Tried again at {time}.", time=_format.moment(message.next_at))
    return f"{reason_sentence(message.reason)} {after if message.next_at else _('No longer tried.')}"


def opened(message: Message) -> str:
    """The title of a message, which opens to its text; HTML."""
    text = "<br>".join(escape(line) for line in message.text.strip().splitlines())
    return f"<details><summary>{escape(message.title)}</summary><div>{text}</div></details>"
