"""The tables of the page Messages: the ledger, the recipients, what holds; on the page and to be taken away."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import NamedTuple

import polars as pl
from babel.dates import get_day_names

from exports.viewed import Table
from messages._discovery import rules_of
from messages.rules.undelivered import responsibilities
from pages import _format
from pages._html import escape, table
from pages._language import _
from pages._live import Live
from pages._units import Units
from pages.operators._message_words import kind_word, opened, role_names, rule_names, state_badge, state_names, why
from recipients import WEEKDAYS, RecipientSettings
from store.message_rows import Condition, Message

SHOWN = 200
_INSTANT = pl.Datetime("us", "UTC")


class Chosen(NamedTuple):
    """What the address asks for; "" for all."""

    recipient: str
    state: str
    rule: str


def ledger_rows(found: Sequence[Message]) -> str:
    """The ledger as HTML; "" without a message."""
    heads = [_("Message"), _("Recipient"), _("State"), _("Queued"), _("Last attempt"), _("Attempts")]
    rows = [
        [
            opened(message),
            escape(message.recipient),
            _small(state_badge(message), escape(why(message))),
            escape(_format.moment(message.queued_at)),
            escape(_format.moment(message.tried_at)),
            _format.number(message.attempts),
        ]
        for message in found
    ]
    return table(heads, rows, "ioc-messages ioc-ledger") if rows else ""


def ledger_frame(found: Sequence[Message]) -> Table:
    """The ledger with all its rows."""
    names = state_names()
    columns: dict[str, tuple[str, pl.DataType, list[object]]] = {
        "id": (_("Number"), pl.Int64(), [message.id for message in found]),
        "queued_at": (_("Queued"), _INSTANT, [message.queued_at for message in found]),
        "recipient": (_("Recipient"), pl.String(), [message.recipient for message in found]),
        "rule": (_("Rule"), pl.String(), [_rule(message.rule) for message in found]),
        "kind": (_("Occasion"), pl.String(), [kind_word(message) for message in found]),
        "title": (_("Message"), pl.String(), [message.title for message in found]),
        "text": (_("Text"), pl.String(), [message.text for message in found]),
        "state": (_("State"), pl.String(), [names[message.state] for message in found]),
        "attempts": (_("Attempts"), pl.Int64(), [message.attempts for message in found]),
        "tried_at": (_("Last attempt"), _INSTANT, [message.tried_at for message in found]),
        "sent_at": (_("Sent"), _INSTANT, [message.sent_at for message in found]),
        "why": (_("Why not delivered"), pl.String(), [why(message) for message in found]),
    }
    return _table(_("Delivery ledger"), columns)


def recipient_rows(here: Live, names: Sequence[str], last: Mapping[str, Message]) -> str:
    """The recipients with how they were last reached, as HTML; "" without any."""
    heads = [
        _("Recipient"),
        _("Last delivery"),
        _("Role"),
        _("Units"),
        _("Rules"),
        _("Digest"),
        _("Told of failures"),
    ]
    rows = [
        [
            escape(recipient.name),
            _last(last.get(recipient.name)),
            escape(role_names()[recipient.role]),
            escape("; ".join(_units(here, recipient)) or "–"),
            escape("; ".join(_rules(here, recipient)) or "–"),
            escape(_digest(recipient)),
            escape(recipient.owner or _("the operators")),
        ]
        for recipient in here.settings.recipients
        if recipient.name in names
    ]
    return table(heads, rows, "ioc-messages ioc-recipients") if rows else ""


def recipients_frame(here: Live, names: Sequence[str], last: Mapping[str, Message]) -> Table:
    """The recipients, without their addresses, which nobody is shown."""
    found = [recipient for recipient in here.settings.recipients if recipient.name in names]
    tried = [last.get(recipient.name) for recipient in found]
    columns: dict[str, tuple[str, pl.DataType, list[object]]] = {
        "recipient": (_("Recipient"), pl.String(), [recipient.name for recipient in found]),
        "role": (_("Role"), pl.String(), [role_names()[recipient.role] for recipient in found]),
        "units": (_("Units"), pl.String(), ["; ".join(_units(here, recipient)) for recipient in found]),
        "rules": (_("Rules"), pl.String(), ["; ".join(_rules(here, recipient)) for recipient in found]),
        "digest": (_("Digest"), pl.String(), [_digest(recipient) for recipient in found]),
        "owner": (_("Told of failures"), pl.String(), [recipient.owner or _("the operators") for recipient in found]),
        "tried_at": (_("Last attempt"), _INSTANT, [one.tried_at if one else None for one in tried]),
        "state": (_("State"), pl.String(), [state_names()[one.state] if one else "" for one in tried]),
    }
    return _table(_("Recipients"), columns)


def condition_rows(found: Sequence[Condition]) -> str:
    """What holds, as HTML; "" when nothing does."""
    heads = [_("What"), _("Rule"), _("Recipient"), _("Since"), _("Last told")]
    rows = [
        [
            escape(condition.text),
            escape(_rule(condition.rule)),
            escape(condition.recipient),
            escape(_format.moment(condition.opened_at)),
            escape(_format.moment(condition.told_at)),
        ]
        for condition in found
    ]
    return table(heads, rows, "ioc-messages ioc-holding") if rows else ""


def conditions_frame(found: Sequence[Condition]) -> Table:
    """What holds."""
    columns: dict[str, tuple[str, pl.DataType, list[object]]] = {
        "text": (_("What"), pl.String(), [condition.text for condition in found]),
        "unit": (_("Unit"), pl.String(), [condition.unit_code for condition in found]),
        "rule": (_("Rule"), pl.String(), [_rule(condition.rule) for condition in found]),
        "recipient": (_("Recipient"), pl.String(), [condition.recipient for condition in found]),
        "opened_at": (_("Since"), _INSTANT, [condition.opened_at for condition in found]),
        "told_at": (_("Last told"), _INSTANT, [condition.told_at for condition in found]),
    }
    return _table(_("What holds at present"), columns)


def _table(name: str, columns: Mapping[str, tuple[str, pl.DataType, list[object]]]) -> Table:
    series = [pl.Series(key, values, dtype=kind) for key, (_head, kind, values) in columns.items()]
    return Table(name=name, frame=pl.DataFrame(series), heads={key: head for key, (head, _k, _v) in columns.items()})


def _rule(name: str) -> str:
    return rule_names().get(name, name)


def _units(here: Live, recipient: RecipientSettings) -> list[str]:
    known = Units(here.counters, here.today)
    unknown = _("not in force")
    return [known.label(code) if code in known.by_code else f"{code} ({unknown})" for code in recipient.units]


def _rules(here: Live, recipient: RecipientSettings) -> list[str]:
    """What a recipient is told, in words; of others' failures only where it is told of somebody's."""
    owner = bool(responsibilities(here.settings, recipient))
    return [_rule(name) for name, rule in rules_of(recipient).items() if owner or not rule.to_owners]


def _digest(recipient: RecipientSettings) -> str:
    if not recipient.digest:
        return _("none")
    weekday, time = recipient.digest.split(" ")
    return f"{weekday_name(weekday)} {time}"


def weekday_name(weekday: str) -> str:
    """The day of the week that the settings name, in the visitor's language: Thứ Hai."""
    name = get_day_names("wide", locale=_format.locale())[WEEKDAYS.index(weekday)]
    return f"{name[:1].upper()}{name[1:]}"


def _last(message: Message | None) -> str:
    if message is None:
        return escape(_("nothing sent yet"))
    at: datetime | None = message.sent_at or message.tried_at
    return _small(state_badge(message), escape(_format.moment(at)))


def _small(above: str, below: str) -> str:
    """HTML with a smaller line below it, if there is one."""
    return f'{above}<br><span class="ioc-small">{below}</span>' if below else above
