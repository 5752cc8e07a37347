"""Writing notes and reading them. A change is a new revision; what was written before stays readable."""

import unicodedata
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Connection, Engine

from errors import InputError
from store.engine import reading, writing
from store.note_rows import NewNote, Note, NoteBook
from store.note_tables import notes
from store.versions import bump, version_of

LONGEST_TEXT = 2000
LONGEST_NAME = 120
_COLUMNS = [notes.c[name] for name in Note._fields]


def tidy(text: str) -> str:
    """A text as it is kept: composed letters, plain line ends, no signs that no database takes, no blanks around."""
    lines = unicodedata.normalize("NFC", text).replace("\r\n", "\n").replace("\r", "\n").replace("\0", "")
    return lines.strip()


def faults(text: str, by: str, owner: str = "") -> list[str]:
    """What is wrong with a tidy text and tidy names: text_missing, text_long, by_missing, by_long, owner_long."""
    found = {
        "text_missing": not text,
        "text_long": len(text) > LONGEST_TEXT,
        "by_missing": not by,
        "by_long": len(by) > LONGEST_NAME,
        "owner_long": len(owner) > LONGEST_NAME,
    }
    return [fault for fault, is_so in found.items() if is_so]


def write_note(engine: Engine, key: str, new: NewNote, by: str, at: datetime) -> int:
    """Keep a note and return its number. `key` names this sending: sent again, it is the same note.

    Raises InputError for a text or a name that `faults` finds fault with, and for a period that ends before it starts.
    """
    new = new._replace(text=tidy(new.text), owner=tidy(new.owner))
    by = tidy(by)
    _refuse(faults(new.text, by, new.owner))
    if new.period_to < new.period_from:
        raise InputError(f"note: the period ends on {new.period_to} before it starts on {new.period_from}")
    with writing(engine) as connection:
        sent_before: int | None = connection.scalar(sa.select(notes.c.note).where(notes.c.key == key))
        if sent_before is not None:
            return sent_before
        number = (connection.scalar(sa.select(sa.func.max(notes.c.note))) or 0) + 1
        said = {"written_by": by, "written_at": at, "changed_by": by, "changed_at": at}
        _append(connection, {**new._asdict(), **said, "note": number, "revision": 1, "key": key})
        return number


def change_note(
    engine: Engine, key: str, seen: Note, text: str, owner: str, due_on: date | None, by: str, at: datetime
) -> int:
    """A new revision with this text, owner and day; returns the note's number. `seen`: the note as its changer saw it.

    Raises InputError as `write_note` does, and when somebody else has changed the note meanwhile.
    """
    text, owner, by = tidy(text), tidy(owner), tidy(by)
    _refuse(faults(text, by, owner))
    return _revise(engine, key, seen, {"text": text, "owner": owner, "due_on": due_on}, by, at)


def close_note(engine: Engine, key: str, seen: Note, by: str, at: datetime) -> int:
    """A new revision that says the note is done; returns its number. Raises InputError as `change_note` does."""
    by = tidy(by)
    _refuse(faults(seen.text, by))
    return _revise(engine, key, seen, {"done_by": by, "done_at": at}, by, at)


def reopen_note(engine: Engine, key: str, seen: Note, by: str, at: datetime) -> int:
    """A new revision that says the note is open again; returns its number. Raises InputError as `change_note` does."""
    by = tidy(by)
    _refuse(faults(seen.text, by))
    return _revise(engine, key, seen, {"done_by": None, "done_at": None}, by, at)


def _refuse(found: list[str]) -> None:
    if found:
        raise InputError(f"note: {', '.join(found)}")


def _revise(engine: Engine, key: str, seen: Note, changes: dict[str, Any], by: str, at: datetime) -> int:
    with writing(engine) as connection:
        if connection.scalar(sa.select(notes.c.id).where(notes.c.key == key)) is not None:
            return seen.note
        newest = sa.select(*_COLUMNS).where(notes.c.note == seen.note).order_by(notes.c.revision.desc()).limit(1)
        found = connection.execute(newest).first()
        if found is None:
            raise InputError(f"note: there is no note {seen.note}")
        if found.revision != seen.revision:
            raise InputError(f"note: {found.changed_by} changed note {seen.note} meanwhile")
        row = {**found._asdict(), **changes, "changed_by": by, "changed_at": at}
        _append(connection, {**row, "revision": seen.revision + 1, "key": key})
        return seen.note


def _append(connection: Connection, row: dict[str, Any]) -> None:
    connection.execute(notes.insert(), [row])
    bump(connection, "notes")


def note_history(engine: Engine, number: int) -> list[Note]:
    """Every revision of a note, the first first; none where there is no such note."""
    query = sa.select(*_COLUMNS).where(notes.c.note == number).order_by(notes.c.revision)
    with reading(engine) as connection:
        return [Note(*row) for row in connection.execute(query)]


def read_notes(engine: Engine, known: NoteBook) -> NoteBook:
    """All notes at the newest version: those of `known` and what was written since; all anew from an older store."""
    with reading(engine) as connection:
        version = version_of(connection, "notes")
        known = known if version >= known.version else NoteBook()
        since = sa.select(notes.c.id, *_COLUMNS).where(notes.c.id > known.last_id).order_by(notes.c.id)
        rows = connection.execute(since).all()
    newest = {row.note: Note(*row[1:]) for row in rows}
    return NoteBook(version, rows[-1].id if rows else known.last_id, {**known.by_number, **newest})
