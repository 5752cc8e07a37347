"""The forms that write a note, change it and close it. What is wrong is said beside them, and what was typed stays."""

import re
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

import streamlit as st

from errors import InputError, StoreError
from pages import _format
from pages._author import author_field
from pages._html import draw, escape
from pages._language import _
from pages._live import Live, look_again
from pages._refresh import unreadable
from pages._visitor import must
from store.note_rows import NewNote, Note
from store.notes import LONGEST_NAME, LONGEST_TEXT, change_note, close_note, faults, reopen_note, tidy, write_note

_DAY = re.compile(r"(\d{1,2})[/.-](\d{1,2})[/.-](\d{4})|(\d{4})-(\d{1,2})-(\d{1,2})", re.ASCII)
_BY, _STORED, _OVERTAKEN = "note_by", "note_stored", "note_overtaken"


@dataclass(frozen=True)
class Typed:
    """What stands in a form, tidied; `due` as typed."""

    text: str
    owner: str
    due: str
    by: str

    def due_on(self) -> date | None:
        """The due date; None where there is none. ValueError for what is no day."""
        if not self.due:
            return None
        found = _DAY.fullmatch(self.due)
        if not found:
            raise ValueError(f"{self.due!r} is no day")
        day, month, year = found.group(1, 2, 3) if found[1] else found.group(6, 5, 4)
        return date(int(year), int(month), int(day))


def write_form(here: Live, figure: NewNote) -> None:
    """The form for a new note. `figure`: on what; its text is taken from the form."""
    key = _round("note_new")
    with st.form(key, border=False):
        typed = _fields(key, None)
        pressed = st.form_submit_button(_("Store the note"), type="primary", key=f"{key}_store")
    if pressed and (due := _checked(here, typed, None)):
        new = figure._replace(text=typed.text, owner=typed.owner, due_on=due[0])
        _store("note_new", typed.by, lambda: write_note(here.engine, key, new, typed.by, here.clock.now()))


def change_forms(here: Live, revisions: list[Note]) -> None:
    """The forms that close a note or open it again, and that change it. `revisions`: all of it, the first first."""
    round_ = f"note_{revisions[-1].note}"
    key = _round(round_)
    # What the visitor saw when the form was made: by its revision a change that came between is noticed.
    seen = revisions[st.session_state.setdefault(f"{key}_seen", revisions[-1].revision) - 1]
    with st.form(f"{key}_close", border=False):
        left, right = st.columns([3, 2], vertical_alignment="bottom")
        by = tidy(author_field(left, _("Your full name"), st.session_state.get(_BY, ""), key=f"{key}_closer"))
        label = _("Open it again") if seen.done else _("Mark as done")
        closed = right.form_submit_button(label, type="primary", key=f"{key}_close_it", width="stretch")
    if closed and _named(by):
        _close(here, key, round_, seen, by)
    with st.expander(_("Change this note"), key=f"{key}_change"):
        _change_form(here, revisions, key, round_)


def _close(here: Live, key: str, round_: str, seen: Note, by: str) -> None:
    act = reopen_note if seen.done else close_note
    try:
        _store(round_, by, lambda: act(here.engine, key, seen, by, here.clock.now()))
    except InputError:
        # The buttons are to be those of the note as it is now.
        st.session_state.pop(f"{round_}_round")
        st.session_state[_OVERTAKEN] = _("Somebody else has changed this note meanwhile: look at it again.")
        st.rerun()


def _change_form(here: Live, revisions: list[Note], key: str, round_: str) -> None:
    # Begun with the same words until they are stored: what is typed must not go when somebody else writes.
    began = revisions[st.session_state.setdefault(f"{key}_began", revisions[-1].revision) - 1]
    with st.form(f"{key}_form", border=False):
        typed = _fields(key, began)
        changed = st.form_submit_button(_("Store the change"), key=f"{key}_store")
    if not changed or (due := _checked(here, typed, began)) is None:
        return
    seen = revisions[st.session_state[f"{key}_seen"] - 1]
    terms = (typed.text, typed.owner, due[0], typed.by, here.clock.now())
    try:
        _store(round_, typed.by, lambda: change_note(here.engine, key, seen, *terms))
    except InputError:
        st.session_state[f"{key}_seen"] = revisions[-1].revision
        _say_refused([_("Somebody else has changed this note meanwhile; press again to store yours all the same.")])


def say_stored(number: int) -> None:
    """Say that this note has just been stored, or why it has not; also to whoever clicked twice."""
    if st.session_state.get(_STORED) == number:
        said = _("Stored: note {number}.", number=number)
        draw(f'<div class="ioc-done" role="status">● {escape(said)}</div>')
    if said := st.session_state.pop(_OVERTAKEN, ""):
        _say_refused([said])


def forget_stored() -> None:
    """What was stored has been said; the visitor has gone on."""
    st.session_state.pop(_STORED, None)


def _round(name: str) -> str:
    """A key of the form that is new after each sending, so that what is sent twice is kept once."""
    token: str = st.session_state.setdefault(f"{name}_round", secrets.token_hex(8))
    return f"{name}_{token}"


def _fields(key: str, before: Note | None) -> Typed:
    text = st.text_area(_("Text of the note"), before.text if before else "", key=f"{key}_text", height=150)
    first, second, third = st.columns([3, 3, 2])
    by = author_field(first, _("Your full name"), st.session_state.get(_BY, ""), key=f"{key}_by")
    owner = second.text_input(_("In charge (may be left out)"), before.owner if before else "", key=f"{key}_owner")
    due = third.text_input(
        _("Due date (may be left out)"),
        _format.day(before.due_on) if before and before.due_on else "",
        key=f"{key}_due",
        placeholder=_("day/month/year"),
    )
    return Typed(text=tidy(text), owner=tidy(owner), due=tidy(due), by=tidy(by))


def _checked(here: Live, typed: Typed, before: Note | None) -> tuple[date | None] | None:
    """The due date, in a tuple; None after saying what is wrong."""
    said = [_fault_words(fault, typed) for fault in faults(typed.text, typed.by, typed.owner)]
    due_on = None
    try:
        due_on = typed.due_on()
    except ValueError:
        example = _format.day(here.today)
        said.append(
            _("Due date: “{text}” is no day; write day/month/year, such as {example}.", text=typed.due, example=example)
        )
    if due_on and due_on < here.today and not (before and before.due_on == due_on):
        said.append(_("Due date: {day} is over already.", day=_format.day(due_on)))
    _say_refused(said)
    return None if said else (due_on,)


def _named(by: str) -> bool:
    said = [_fault_words(fault, Typed("-", "", "", by)) for fault in faults("-", by)]
    _say_refused(said)
    return not said


def _fault_words(fault: str, typed: Typed) -> str:
    most = _format.number(LONGEST_TEXT)
    return {
        "text_missing": _("Write what is to be noted."),
        "text_long": _("The text has {n} signs; {most} at most.", n=_format.number(len(typed.text)), most=most),
        "by_missing": _("Give your full name."),
        "by_long": _("A name has {most} signs at most.", most=LONGEST_NAME),
        "owner_long": _("A name has {most} signs at most.", most=LONGEST_NAME),
    }[fault]


def _say_refused(said: list[str]) -> None:
    if said:
        lines = "<br>".join(escape(line) for line in said)
        draw(f'<div class="ioc-problem" role="alert">■ {escape(_("Nothing was stored."))}<br>{lines}</div>')


def _store(round_: str, by: str, write: Callable[[], int]) -> None:
    """Write, and go on to the note; say so where the store cannot be written. InputError as `write` raises it."""
    must("notes")
    try:
        number = write()
    except StoreError as error:
        draw(unreadable(error))
        return
    look_again()
    st.session_state.pop(f"{round_}_round")
    st.session_state[_BY], st.session_state[_STORED] = by, number
    spoken = {"lang": st.query_params["lang"]} if "lang" in st.query_params else {}
    st.query_params.from_dict({"note": str(number), **spoken})
    st.rerun()
