"""Messages as people read them: plain text, and the same as simple HTML."""

from collections.abc import Sequence
from html import escape
from typing import NamedTuple

from pages._language import _
from store.message_rows import MessageKind, NewMessage


class Line(NamedTuple):
    """One thing told, with an address to look at, "" for none."""

    text: str
    link: str = ""


class Part(NamedTuple):
    """Lines under a heading, "" for none; `table`: rows of text with their heads as the first one, put before them."""

    heading: str
    lines: Sequence[Line] = ()
    table: Sequence[Sequence[str]] = ()


def new_message(
    key: str, recipient: str, kind: MessageKind, rule: str, title: str, parts: Sequence[Part]
) -> NewMessage:
    """The parts under a title, in both forms; the last line names the message, so that one that came twice is known."""
    foot = f"{_('Smart operations centre')} · {_('message {key}', key=key)}"
    text = "\n\n".join([*(_text(part) for part in parts), f"-- \n{foot}"])
    html = "".join(_html(part) for part in parts)
    whole = f"<h2>{escape(title)}</h2>{html}<hr><p><small>{escape(foot)}</small></p>"
    return NewMessage(key, recipient, kind, rule, title, text + "\n", whole)


def _text(part: Part) -> str:
    rows = [_row(part.table[0], row) for row in part.table[1:]]
    lines = [f"- {line.text}" + (f"\n  {line.link}" if line.link else "") for line in part.lines]
    return "\n".join([*([part.heading] if part.heading else []), *rows, *lines])


def _row(heads: Sequence[str], row: Sequence[str]) -> str:
    """A row of a table as one line: mail programs show plain text in letters of different widths."""
    rest = [f"{head}: {cell}" for head, cell in zip(heads[1:], row[1:], strict=True) if cell]
    return f"- {row[0]} · " + " · ".join(rest)


def _html(part: Part) -> str:
    heading = f"<h3>{escape(part.heading)}</h3>" if part.heading else ""
    return heading + (_table(part.table) if part.table else "") + (_list(part.lines) if part.lines else "")


def _table(rows: Sequence[Sequence[str]]) -> str:
    heads = "".join(f'<th align="left">{escape(cell)}</th>' for cell in rows[0])
    body = "".join("<tr>" + "".join(f"<td>{escape(cell)}</td>" for cell in row) + "</tr>" for row in rows[1:])
    return f'<table border="1" cellpadding="6" cellspacing="0"><tr>{heads}</tr>{body}</table>'


def _list(lines: Sequence[Line]) -> str:
    return "<ul>" + "".join(f"<li>{_item(line)}</li>" for line in lines) + "</ul>"


def _item(line: Line) -> str:
    # The address itself is what is read: mail programs that show no HTML keep nothing else of a link.
    text, link = escape(line.text), escape(line.link)
    return f'{text}<br><a href="{link}">{link}</a>' if link else text
