"""Notes as cards: what is noted on which figure, by whom, who sees to it and until when."""

from collections.abc import Sequence
from datetime import date

from metrics import catalogue
from pages import _format
from pages._address import address
from pages._html import escape, h2, remark, table
from pages._language import _
from pages._links import link
from pages._live import Live
from pages._names import indicator_name
from pages._notes import PATH, note_period, note_state
from pages._periods import calendar_name
from pages._units import Units
from store.note_rows import NewNote, Note

SHOWN = 100


def note_cards(found: Sequence[Note], here: Live) -> str:
    """A card for each of the first hundred, as HTML."""
    items = "".join(f"<li>{note_card(note, here)}</li>" for note in found[:SHOWN])
    more = len(found) - SHOWN
    left = _("and {n} more notes: narrow the choice, or download them all", n=_format.number(more)) if more > 0 else ""
    return f'<ul class="ioc-notes">{items}</ul>' + (remark(left) if left else "")


def note_card(note: Note, here: Live, *, opened: bool = False) -> str:
    """The note as HTML; `opened`: it is looked at already, so nothing opens it."""
    state = "reached" if note.done else "missed" if note.overdue(here.today) else "none"
    shape = {"reached": "●", "missed": "■", "none": "○"}[state]
    who = _("{who}, {moment}", who=note.written_by, moment=_format.moment(note.written_at))
    owner = _("in charge: {name}", name=note.owner) if note.owner else ""
    changed = ""
    if note.revision > 1 and not note.done:
        changed = _("changed by {who}, {moment}", who=note.changed_by, moment=_format.moment(note.changed_at))
    small = " · ".join(part for part in (who, changed) if part)
    number = _("Note {number}", number=note.note)
    open_it = "" if opened else link(_("Open, change, close"), address(PATH, note=str(note.note)))
    return (
        f'<article class="ioc-notecard" data-note="{note.note}" aria-label="{escape(number)}">'
        f'<header><span class="ioc-badge ioc-{state}">{shape} {escape(note_state(note, here))}</span>'
        f"<span>{escape(owner)}</span></header>"
        f'<p class="ioc-notetext">{escape(note.text)}</p>'
        f'<footer>{figure_link(note, here)}<span class="ioc-small">{escape(small)}</span>{open_it}</footer></article>'
    )


def figure_link(note: Note | NewNote, here: Live) -> str:
    """A link to the figure that a note is about, in Explore."""
    href = address("explore", unit=note.unit_code, indicator=note.indicator, period=note_period(note).name())
    return link(figure_words(note, here), href)


def figure_words(note: Note | NewNote, here: Live) -> str:
    """Indicator, unit and period in words."""
    return f"{name_of(note)} · {unit_of(note, here)} · {calendar_name(note_period(note))}"


def name_of(note: Note | NewNote) -> str:
    """The indicator's name, in the words of the period's last day; its key where it is not known any more."""
    indicator = catalogue().get(note.indicator)
    return indicator_name(indicator, note.period_to) if indicator else note.indicator


def unit_of(note: Note | NewNote, here: Live) -> str:
    """The unit's name as of the period's last day, else as of today; its code where it was never known."""

    def label(day: date) -> str:
        units = Units(here.counters, day)
        return units.label(note.unit_code) if note.unit_code in units.by_code else ""

    return label(note.period_to) or label(here.today) or note.unit_code


def history(revisions: Sequence[Note]) -> str:
    """Who changed what of a note to what, the newest first, as HTML."""
    pairs = list(zip([None, *revisions], revisions, strict=False))
    rows = [
        [
            escape(_format.moment(after.changed_at)),
            escape(after.changed_by),
            escape(act(before, after)),
            *(f'<span class="ioc-notetext">{escape(words)}</span>' for words in _changed(before, after)),
        ]
        for before, after in reversed(pairs)
    ]
    heading = h2(_("Who changed what"))
    heads = [_("When"), _("Who"), _("What was done"), _("Text of the note"), _("In charge"), _("Due date")]
    return heading + table(heads, rows, "ioc-notehistory")


def _changed(before: Note | None, after: Note) -> list[str]:
    """Text, owner and due date where they are others than before, else empty; "none" for what was taken away."""
    old = _terms(before) if before else ["", "", ""]
    return ["" if now == was else now or _("none") for was, now in zip(old, _terms(after), strict=True)]


def _terms(note: Note) -> list[str]:
    return [note.text, note.owner, _format.day(note.due_on) if note.due_on else ""]


def act(before: Note | None, after: Note) -> str:
    """What a revision did."""
    if before is None:
        return _("wrote it")
    if before.done != after.done:
        return _("closed it") if after.done else _("opened it again")
    return _("changed it")
