"""Notes on figures: kept for good, found by overlapping periods, written once."""

from datetime import UTC, date, datetime, timedelta
from random import Random
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy import Engine

from errors import InputError
from store.engine import reading
from store.note_rows import NewNote, Note, NoteBook
from store.note_tables import notes
from store.notes import change_note, close_note, note_history, read_notes, reopen_note, write_note

NOON = datetime(2021, 12, 10, 5, tzinfo=UTC)
HOUR = timedelta(hours=1)
JUNE = (date(2021, 6, 1), date(2021, 6, 30))
HOSTILE = "=1+1\n<script>alert('x')</script> \"nháy\" & 'đơn' 50 % {name} \\n"
NEW = NewNote("on_time_rate", "H28.150", *JUNE, "Thiếu 2 công chức vì ốm", "Bùi Thị Mai", date(2021, 12, 20))


def written(engine: Engine, key: str = "k1", new: NewNote = NEW, by: str = "Lò Văn An", at: datetime = NOON) -> Note:
    number = write_note(engine, key, new, by, at)
    return read_notes(engine, NoteBook()).by_number[number]


def row_count(engine: Engine) -> int:
    with reading(engine) as connection:
        return connection.scalar(sa.select(sa.func.count()).select_from(notes)) or 0


def test_a_note_is_read_as_it_was_written(engine: Engine) -> None:
    note = written(engine)
    assert note[:9] == (1, 1, *NEW)
    assert (note.written_by, note.written_at, note.done) == ("Lò Văn An", NOON, False)


@pytest.mark.parametrize("text", [HOSTILE.strip(), "ằ" * 2000, "'; DROP TABLE notes; --"])
def test_any_text_comes_back_unchanged(engine: Engine, text: str) -> None:
    assert written(engine, new=NEW._replace(text=text)).text == text


def test_blanks_around_foreign_line_ends_and_loose_accents_are_tidied(engine: Engine) -> None:
    note = written(engine, new=NEW._replace(text=" Hoa\u0300 Bi\u0300nh\r\nhai\0 "), by=" An ")
    assert (note.text, note.written_by) == ("Hoà Bình\nhai", "An")


@pytest.mark.parametrize(
    ("change", "by", "fault"),
    [
        ({"text": " \n"}, "An", "text_missing"),
        ({"text": "a" * 2001}, "An", "text_long"),
        ({}, "  ", "by_missing"),
        ({}, "a" * 121, "by_long"),
        ({"owner": "a" * 121}, "An", "owner_long"),
        ({"period_to": date(2021, 5, 31)}, "An", "ends on 2021-05-31 before it starts on 2021-06-01"),
    ],
)
def test_what_is_no_note_is_refused_and_nothing_is_kept(
    engine: Engine, change: dict[str, Any], by: str, fault: str
) -> None:
    with pytest.raises(InputError, match=fault):
        write_note(engine, "k", NEW._replace(**change), by, NOON)
    assert row_count(engine) == 0


def test_what_is_sent_twice_is_kept_once(engine: Engine) -> None:
    assert [write_note(engine, key, NEW, "An", NOON) for key in ("k1", "k1", "k2")] == [1, 1, 2]
    first = read_notes(engine, NoteBook()).by_number[1]
    for _time in range(2):
        close_note(engine, "k3", first, "An", NOON)
    assert row_count(engine) == 3


def test_every_revision_stays_readable_with_who_and_when(engine: Engine) -> None:
    note = written(engine)
    change_note(engine, "k2", note, "Đã đủ người", "", None, "Bùi Thị Mai", NOON + HOUR)
    note = read_notes(engine, NoteBook()).by_number[1]
    close_note(engine, "k3", note, "Hà Văn Bình", NOON + 2 * HOUR)
    note = read_notes(engine, NoteBook()).by_number[1]
    assert (note.text, note.done, note.done_by, note.done_at) == ("Đã đủ người", True, "Hà Văn Bình", NOON + 2 * HOUR)
    reopen_note(engine, "k4", note, "Bùi Thị Mai", NOON + 3 * HOUR)
    said = [(one.revision, one.text[:4], one.owner, one.changed_by, one.done) for one in note_history(engine, 1)]
    assert said == [
        (1, "Thiế", "Bùi Thị Mai", "Lò Văn An", False),
        (2, "Đã đ", "", "Bùi Thị Mai", False),
        (3, "Đã đ", "", "Hà Văn Bình", True),
        (4, "Đã đ", "", "Bùi Thị Mai", False),
    ]
    assert {(one.written_by, one.written_at) for one in note_history(engine, 1)} == {("Lò Văn An", NOON)}


def test_of_two_who_change_the_same_revision_the_second_is_told(engine: Engine) -> None:
    seen = written(engine)
    change_note(engine, "k2", seen, "một", "", None, "An", NOON)
    with pytest.raises(InputError, match="An changed note 1 meanwhile"):
        change_note(engine, "k3", seen, "hai", "", None, "Bình", NOON)
    with pytest.raises(InputError, match="there is no note 9"):
        close_note(engine, "k4", seen._replace(note=9), "Bình", NOON)
    assert read_notes(engine, NoteBook()).by_number[1].text == "một"


def test_a_book_is_brought_up_to_date_by_what_was_written_since(engine: Engine) -> None:
    written(engine)
    book = read_notes(engine, NoteBook())
    assert (book.version, list(book.by_number)) == (1, [1])
    write_note(engine, "k2", NEW._replace(unit_code="H28"), "An", NOON)
    close_note(engine, "k3", book.by_number[1], "An", NOON)
    newer = read_notes(engine, book)
    assert (newer.version, newer.by_number) == (3, read_notes(engine, NoteBook()).by_number)
    assert newer.by_number[1].done
    assert not book.by_number[1].done
    older_store = NoteBook(version=9, last_id=99, known={7: book.by_number[1]})
    assert list(read_notes(engine, older_store).by_number) == [1, 2]


def test_the_last_day_is_not_overdue_the_next_is(engine: Engine) -> None:
    note = written(engine)
    assert [note.overdue(date(2021, 12, day)) for day in (19, 20, 21)] == [False, False, True]
    close_note(engine, "k2", note, "An", NOON)
    assert not read_notes(engine, NoteBook()).by_number[1].overdue(date(2021, 12, 21))
    assert not note._replace(due_on=None).overdue(date(2030, 1, 1))


def test_a_figure_has_the_notes_that_share_a_day_with_it_the_newest_first() -> None:
    """Held against sets of days, for a thousand random figures."""
    random = Random(6)
    first_day = date(2021, 2, 26)

    def days() -> tuple[date, date]:
        start = first_day + timedelta(days=random.randrange(20))
        return start, start + timedelta(days=random.randrange(8))

    def every_day(start: date, end: date) -> set[date]:
        return {start + timedelta(days=number) for number in range((end - start).days + 1)}

    known = {}
    for number in range(1, 61):
        new = NewNote(random.choice("ab"), random.choice(("H28", "H28.1")), *days(), "t")
        known[number] = Note(number, 1, *new, "An", NOON, "An", NOON, None, None)
    book = NoteBook(1, 60, known)
    for _time in range(1000):
        indicator, unit, (start, end) = random.choice("ab"), random.choice(("H28", "H28.1", "H29")), days()
        expected = [
            number
            for number, note in known.items()
            if (note.indicator, note.unit_code) == (indicator, unit)
            and every_day(note.period_from, note.period_to) & every_day(start, end)
        ]
        assert [note.note for note in book.of(indicator, unit, start, end)] == expected[::-1]
