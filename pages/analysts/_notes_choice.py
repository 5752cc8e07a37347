"""What the page Notes was asked for, and the notes that answer it."""

import re
from dataclasses import dataclass
from datetime import date

from metrics import Period
from pages._filters import Choices, indicators_by_name, told
from pages._language import _
from pages._live import Live
from pages._order import plain, vietnamese_order
from pages._units import Units
from store.note_rows import Note
from store.notes import note_history

_LATEST = date.max
_NUMBER = re.compile(r"[0-9]{1,9}")


@dataclass(frozen=True, kw_only=True)
class Asked:
    """The choices of the address, checked. `revisions`: of the one note to be shown, none for the list; `write`: a new
    one is to be written. `unit` stands for all below it too; "" stands for any indicator, unit, owner, words. `period`
    None: any time."""

    revisions: list[Note]
    write: bool
    indicator: str
    unit: str
    period_name: str
    period: Period | None
    state: str
    owner: str
    words: str
    units: Units


def asked(here: Live, choices: Choices) -> Asked:
    """What the address asks for. To write, a figure is needed: the usual one where the address names none."""
    write = choices.given.get("new") == "1"
    timed = write or any(choices.given.get(name) for name in ("period", "from", "to"))
    said = len(choices.problems)
    period_name, period = choices.period() if timed else ("", None)
    if len(choices.problems) > said and not write:
        period_name, period = "", None
    units = Units(here.counters, period.end if write and period else here.today)
    roots = [root.code for root in units.roots()]
    names = indicators_by_name(here.today)
    return Asked(
        revisions=_revisions(here, choices),
        write=write,
        indicator=choices.one_of("indicator", names, "online_dossier_rate" if write else "", _("indicator")),
        unit=choices.one_of("unit", unit_names(units), roots[0] if write and roots else "", _("unit")),
        period_name=period_name,
        period=period,
        state=choices.one_of("state", state_names(), "all" if write else "open", _("state of a note")),
        owner=choices.one_of("owner", owners(here), "", _("person in charge")),
        words=choices.text("q"),
        units=units,
    )


def _revisions(here: Live, choices: Choices) -> list[Note]:
    """Of the note whose number the address gives; asked of the store, which may know a newer one than the pages."""
    number = choices.given.get("note", "")
    if not number:
        return []
    found = note_history(here.engine, int(number)) if _NUMBER.fullmatch(number) else []
    if not found:
        choices.problems.append(_("There is no note “{number}”.", number=told(number)))
    return found


def state_names() -> dict[str, str]:
    """Value of the parameter `state` to its name."""
    return {"open": _("not done"), "overdue": _("overdue"), "done": _("done"), "all": _("all")}


def owners(here: Live) -> list[str]:
    """Whoever is named as owner of a note."""
    return sorted({note.owner for note in here.notes.all() if note.owner}, key=vietnamese_order)


def unit_names(units: Units) -> dict[str, str]:
    """Code to label of every unit: those above first, the others in Vietnamese order."""
    return units.labels(*(root.code for root in units.roots()))


def chosen_notes(here: Live, wanted: Asked) -> list[Note]:
    """The notes of the choices: those to be done by their due date, then without one, then those that are done."""
    codes = set(wanted.units.subtree(wanted.unit)) if wanted.unit and not wanted.write else {wanted.unit}
    words = plain(wanted.words)

    def fits(note: Note) -> bool:
        return (
            wanted.indicator in ("", note.indicator)
            and (not wanted.unit or note.unit_code in codes)
            and (wanted.period is None or note.overlaps(wanted.period.start, wanted.period.end))
            and _in_state(note, wanted.state, here.today)
            and wanted.owner in ("", note.owner)
            and words in plain(f"{note.text}\n{note.written_by}\n{note.owner}")
        )

    return sorted((note for note in here.notes.all() if fits(note)), key=_by_due_date)


def _in_state(note: Note, state: str, today: date) -> bool:
    if state == "overdue":
        return note.overdue(today)
    return state == "all" or note.done == (state == "done")


def _by_due_date(note: Note) -> tuple[bool, date, int]:
    return note.done, (not note.done and note.due_on) or _LATEST, -note.note
