"""What was asked of the counters already, and stays true when they are updated: most of it is about the past, and much
of it is about other records than those that have changed."""

from collections.abc import Callable, Hashable, Iterable, Mapping
from contextvars import ContextVar
from datetime import date
from typing import Any, NamedTuple, TypeVar

from metrics._period import day_number
from store.reads import DIMENSIONS, Snapshot

_MOST = 4096
# Which records each daily table counts, and its column of the day on which a row counts.
_COUNTED = {
    "dossier_days": ("dossiers", "day"),
    "day_pairs": ("dossiers", "second_day"),
    "document_days": ("documents", "day"),
    "meeting_days": ("meetings", "day"),
    "point_days": ("points", "day"),
}
KIND_OF: Mapping[str, str] = {table: kind for table, (kind, _day) in _COUNTED.items()}
KINDS = frozenset(KIND_OF.values())
_NOTHING, _ANYTHING = day_number(date.min), day_number(date.max)
# Of which kinds of records the answer that is being found has read the counts, whichever counters it asked.
_read: ContextVar[set[str] | None] = ContextVar("counts_read", default=None)


Told = TypeVar("Told")


class Answer(NamedTuple):
    """An answer, the last day of which it tells, and of which kinds of records; nobody may change it."""

    until: int
    kinds: frozenset[str]
    told: Any

    def holds(self, changed: Mapping[str, int]) -> bool:
        """Whether it does after these changes: of each kind the first day that changed."""
        return all(self.until < changed[kind] for kind in self.kinds & changed.keys())


def note_read(*kinds: str) -> None:
    """The answer that is being found depends on the counts of these kinds of records."""
    if (noted := _read.get()) is not None:
        noted.update(kinds)


class Asked:
    """Answers by their questions; the oldest are forgotten when there are too many."""

    def __init__(self) -> None:
        self._answers: dict[Hashable, Answer] = {}

    def answer(self, question: Hashable, until: int, ask: Callable[[], Told]) -> Told:
        """What was answered before, else what `ask` finds. `until`: the last day that the answer can depend on.

        A question always has answers of one kind; who needs another names it in the question.
        """
        known = self._answers.get(question)
        if known is None:
            known = self._answers[question] = _found(until, ask)
            if len(self._answers) > _MOST:
                self._answers.pop(next(iter(self._answers)), None)
        note_read(*known.kinds)
        told: Told = known.told
        return told

    def still_true(self, first_changed: Mapping[str, int]) -> "Asked":
        """The answers that hold after changes under the same catalogues: those about other records, and those about
        days before the first on which anything changed (as `first_changed_days` tells it)."""
        kept, first = Asked(), min(first_changed.values(), default=_ANYTHING)
        answers = list(self._answers.items())
        # Of thousands of answers most are about the past.
        kept._answers = {
            asked: answer for asked, answer in answers if answer.until < first or answer.holds(first_changed)
        }
        return kept


def _found(until: int, ask: Callable[[], Any]) -> Answer:
    noted = set[str]()
    outer = _read.set(noted)
    try:
        told = ask()
    finally:
        _read.reset(outer)
    if until == _NOTHING:
        return Answer(until, frozenset(), told)
    # What was not found in the counters was found in the store, or may end with any change.
    return Answer(until, KINDS if until == _ANYTHING or not noted else frozenset(noted), told)


def same_catalogues(before: Snapshot, changes: Snapshot, names: Iterable[str] = DIMENSIONS) -> bool:
    """Whether units, procedures, calendar, successions and returns, or those of them that are named, are what they
    were."""
    pairs = ((getattr(before, name), getattr(changes, name)) for name in names)
    return all(one is other or one.equals(other) for one, other in pairs)


def first_changed_days(changes: Snapshot) -> Mapping[str, int]:
    """Of each kind of records of which any counter changed, the first day that did. A pair of days counts where its
    second day does."""
    found: dict[str, int] = {}
    for table, (kind, column) in _COUNTED.items():
        day = getattr(changes, table)[column].min()
        if isinstance(day, int):
            found[kind] = min(day, found.get(kind, day))
    return found
