"""Messages as people read them: plain text, and the same as simple HTML."""

from collections.abc import Sequence
from datetime import datetime
from html import escape
from typing import NamedTuple

from pages import _format
from pages._language import _
from store.message_rows import MessageKind, NewMessage


class Line(NamedTuple):
    """One thing told, under a name in few words ("" for none), with an address to look at ("" for none)."""

    text: str
    link: str = ""
    name: str = ""


class Part(NamedTuple):
    """Lines under a heading, "" for none."""

    heading: str
    lines: Sequence[Line]


def new_message(
    key: str,
    recipient: str,
    kind: MessageKind,
    rule: str,
    title: str,
    parts: Sequence[Part],
    data_time: datetime | None = None,
) -> NewMessage:
    """The parts under a title, in both forms. The last line says until when the figures hold, where it tells of some,
    and names the message, so that one that came twice is known."""
    until = [_("data until {time}", time=_format.moment(data_time))] if data_time else []
    foot = " · ".join([_("Smart operations centre"), *until, _("message {key}", key=key)])
    text = "\n\n".join([*(_text(part) for part in parts), f"-- \n{foot}"])
    html = "".join(_html(part) for part in parts)
    return NewMessage(key, recipient, kind, rule, title, text + "\n", f"{html}<hr><p><small>{escape(foot)}</small></p>")


def _text(part: Part) -> str:
    lines = [f"- {_named(line)}" + (f"\n  {line.link}" if line.link else "") for line in part.lines]
    return "\n".join([*([part.heading] if part.heading else []), *lines])


def _named(line: Line) -> str:
    return f"{line.name}: {line.text}" if line.name else line.text


def _html(part: Part) -> str:
    heading = f"<h3>{escape(part.heading)}</h3>" if part.heading else ""
    return f"{heading}<ul>{''.join(f'<li>{_item(line)}</li>' for line in part.lines)}</ul>"


def _item(line: Line) -> str:
    # The address itself is what is read: mail programs that show no HTML keep nothing else of a link.
    name = f"<b>{escape(line.name)}</b>: " if line.name else ""
    link = f'<br><a href="{escape(line.link)}">{escape(line.link)}</a>' if line.link else ""
    return f"{name}{escape(line.text)}{link}"
