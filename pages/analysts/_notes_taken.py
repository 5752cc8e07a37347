"""The notes as they are taken away as files."""

from collections.abc import Sequence

import polars as pl

from exports.viewed import Table
from pages._language import _
from pages._live import Live
from pages._notes import note_state
from pages._taken import INSTANT, Columns, table_of
from pages.analysts._notes_list import act, name_of, unit_of
from store.note_rows import Note


def notes_table(found: Sequence[Note], here: Live, name: str) -> Table:
    """A row for each note."""
    columns: Columns = {
        "note": (pl.Int64, _("Number")),
        "state": (pl.String, _("State")),
        "due_on": (pl.Date, _("Due date")),
        "owner": (pl.String, _("In charge")),
        "text": (pl.String, _("Text of the note")),
        "indicator": (pl.String, _("Indicator")),
        "unit": (pl.String, _("Unit")),
        "unit_code": (pl.String, _("Unit code")),
        "period_from": (pl.Date, _("From")),
        "period_to": (pl.Date, _("To")),
        "written_by": (pl.String, _("Written by")),
        "written_at": (INSTANT, _("Written at")),
        "done_by": (pl.String, _("Done by")),
        "done_at": (INSTANT, _("Done at")),
    }
    rows = [
        (
            note.note,
            note_state(note, here),
            note.due_on,
            note.owner or None,
            note.text,
            name_of(note),
            unit_of(note, here),
            note.unit_code,
            note.period_from,
            note.period_to,
            note.written_by,
            note.written_at,
            note.done_by,
            note.done_at,
        )
        for note in found
    ]
    return table_of(name, rows, columns)


def history_table(revisions: Sequence[Note]) -> Table:
    """A row for each revision of one note, the first first."""
    columns: Columns = {
        "changed_at": (INSTANT, _("When")),
        "changed_by": (pl.String, _("Who")),
        "act": (pl.String, _("What was done")),
        "text": (pl.String, _("Text of the note")),
        "owner": (pl.String, _("In charge")),
        "due_on": (pl.Date, _("Due date")),
    }
    rows = [
        (after.changed_at, after.changed_by, act(before, after), after.text, after.owner or None, after.due_on)
        for before, after in zip([None, *revisions], revisions, strict=False)
    ]
    return table_of(_("Who changed what"), rows, columns)
