"""The notes on a figure, beside it wherever it shows: the newest in short, how many there are, and a link to write one.

A note belongs to a figure of the same indicator and unit whose period shares a day with its own.
"""

from collections.abc import Iterable

from clock import local_day
from metrics import Period
from pages import _format
from pages._address import address
from pages._html import escape
from pages._language import _
from pages._links import link
from pages._live import Live
from pages._periods import calendar_name
from pages._units import Units
from store.note_rows import NewNote, Note

PATH = "notes"
_BESIDE = 2
_SHORT = 120


def notes_beside(here: Live, indicator: str, unit: str, period: Period) -> str:
    """The newest two notes in short, a link to all and one to write another, as HTML; without any the latter alone."""
    found = here.notes.of(indicator, unit, period.start, period.end)
    items = "".join(f"<li>{_in_short(note, here)}</li>" for note in found[:_BESIDE])
    more = ""
    if len(found) > _BESIDE:
        words = _("{n} more notes", n=_format.number(len(found) - _BESIDE))
        more = link(f"+ {words}", notes_address(indicator, unit, period))
    address_of_form = notes_address(indicator, unit, period, write=True)
    write = link(_("+ Note"), address_of_form) if here.visitor.may("notes") else ""
    listed = f"<ul>{items}</ul>" if items else ""
    return f'<aside class="ioc-noted" aria-label="{escape(_("Notes on this figure"))}">{listed}{more}{write}</aside>'


def note_mark(here: Live, indicator: str, unit: str, period: Period) -> str:
    """A pencil with the number of notes, their beginnings in its tip and a link to them, as HTML; "" without any."""
    found = here.notes.of(indicator, unit, period.start, period.end)
    if not found:
        return ""
    count = _format.number(len(found))
    tip = "\n".join(f"{_said_by(note)}: {in_short(note.text)}" for note in found[:_BESIDE])
    label = escape(_("{n} notes", n=count))
    href = escape(notes_address(indicator, unit, period))
    return (
        f'<a class="ioc-note-mark" href="{href}" target="_self" data-follow="1" title="{escape(tip)}" '
        f'aria-label="{label}">✎&nbsp;{count}</a>'
    )


def notes_said(here: Live, indicator: str, codes: Iterable[str], period: Period) -> list[str]:
    """A sentence for each note on the figures of these units, for a file: whole text, who and when."""
    units = Units(here.counters, period.end)
    return [
        _(
            "Note on {unit}, {period}, by {who}: {text} ({state})",
            unit=units.label(code) if code in units.by_code else code,
            period=calendar_name(note_period(note)),
            who=_said_by(note),
            text=" ".join(note.text.split()),
            state=note_state(note, here),
        )
        for code in codes
        for note in here.notes.of(indicator, code, period.start, period.end)
    ]


def notes_address(indicator: str, unit: str, period: Period, *, write: bool = False) -> str:
    """The address of all notes on a figure; with `write` that of the form for another one."""
    # Not "write": a form's field of that name is stripped by Streamlit, as a name that the document has.
    kept = {"new": "1"} if write else {"state": "all"}
    return address(PATH, **kept, unit=unit, indicator=indicator, period=period.name())


def note_period(note: Note | NewNote) -> Period:
    """The period that a note is about."""
    return Period(note.period_from, note.period_to)


def note_state(note: Note, here: Live) -> str:
    """Open, due on a day, overdue since, or done by whom: in words."""
    if note.done_at:
        return _("done on {day}, {name}", day=_format.day(local_day(note.done_at)), name=note.done_by)
    if note.due_on is None:
        return _("open, no due date")
    day = _format.day(note.due_on)
    return _("overdue since {day}", day=day) if note.overdue(here.today) else _("due on {day}", day=day)


def in_short(text: str) -> str:
    """The beginning of a text on one line, cut at a word."""
    line = " ".join(text.split())
    if len(line) <= _SHORT:
        return line
    return f"{line[:_SHORT].rpartition(' ')[0] or line[:_SHORT]} …"


def _said_by(note: Note) -> str:
    return f"{note.written_by} {_format.day(local_day(note.written_at))}"


def _in_short(note: Note, here: Live) -> str:
    owner = _("in charge: {name}", name=note.owner) if note.owner else ""
    said = " · ".join(part for part in (_said_by(note), note_state(note, here), owner) if part)
    text = link(in_short(note.text), address(PATH, note=str(note.note)))
    return f'✎ {text} <span class="ioc-small">{escape(said)}</span>'
