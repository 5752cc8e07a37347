"""A note on a figure, and all of them as pages look them up."""

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from types import MappingProxyType
from typing import NamedTuple


class NewNote(NamedTuple):
    """What somebody notes on the figure of an indicator, a unit and a period (both days included)."""

    indicator: str
    unit_code: str
    period_from: date
    period_to: date
    text: str
    owner: str = ""
    due_on: date | None = None


class Note(NamedTuple):
    """A note as its newest revision left it.

    note                    its number, for good; a later note has a greater one
    owner, due_on           who is to see to it and until when; "" and None where nobody said
    written_by, written_at  who first wrote it
    changed_by, changed_at  who made this revision
    done_by, done_at        who closed it; None while it is open
    """

    note: int
    revision: int
    indicator: str
    unit_code: str
    period_from: date
    period_to: date
    text: str
    owner: str
    due_on: date | None
    written_by: str
    written_at: datetime
    changed_by: str
    changed_at: datetime
    done_by: str | None
    done_at: datetime | None

    @property
    def done(self) -> bool:
        """Whether it is closed."""
        return self.done_at is not None

    def overdue(self, today: date) -> bool:
        """Whether it is open on a local day after its last."""
        return not self.done and self.due_on is not None and self.due_on < today

    def overlaps(self, first: date, last: date) -> bool:
        """Whether its period shares a day with that from `first` to `last`."""
        return self.period_from <= last and first <= self.period_to


class NoteBook:
    """All notes at one version of the store; it never changes. `last_id`: of the newest row that it knows."""

    def __init__(self, version: int = 0, last_id: int = 0, known: Mapping[int, Note] = MappingProxyType({})) -> None:
        self.version = version
        self.last_id = last_id
        self.by_number = known
        self._of_figure: dict[tuple[str, str], list[Note]] = {}
        for number in sorted(known, reverse=True):
            note = known[number]
            self._of_figure.setdefault((note.indicator, note.unit_code), []).append(note)

    def of(self, indicator: str, unit_code: str, first: date, last: date) -> list[Note]:
        """The notes on an indicator and a unit whose period shares a day with that from `first` to `last`, the newest
        first."""
        return [note for note in self._of_figure.get((indicator, unit_code), ()) if note.overlaps(first, last)]

    def all(self) -> Iterable[Note]:
        """Every note."""
        return self.by_number.values()
