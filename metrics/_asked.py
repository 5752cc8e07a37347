"""What was asked of the counters already, and stays true when they are updated: most of it is about the past."""

from collections.abc import Callable, Hashable
from typing import Any, NamedTuple, TypeVar

from store.reads import DIMENSIONS, Snapshot

_MOST = 4096
_DAILY = ("dossier_days", "document_days", "meeting_days", "point_days")


Told = TypeVar("Told")


class Answer(NamedTuple):
    """An answer, and the last day of which it tells; nobody may change it."""

    until: int
    told: Any


class Asked:
    """Answers by their questions; the oldest are forgotten when there are too many."""

    def __init__(self) -> None:
        self._answers: dict[Hashable, Answer] = {}

    def answer(self, question: Hashable, until: int, ask: Callable[[], Told]) -> Told:
        """What was answered before, else what `ask` finds. `until`: the last day that the answer can depend on.

        A question always has answers of one kind; who needs another names it in the question.
        """
        known = self._answers.get(question)
        if known is not None:
            answered: Told = known.told
            return answered
        told = ask()
        self._answers[question] = Answer(until, told)
        if len(self._answers) > _MOST:
            self._answers.pop(next(iter(self._answers)), None)
        return told

    def still_true(self, changes: Snapshot) -> "Asked":
        """The answers that hold after these changes under the same catalogues: those about days before the first on
        which anything changed."""
        kept, first = Asked(), first_changed_day(changes)
        answers = list(self._answers.items())
        kept._answers = {question: answer for question, answer in answers if first is None or answer.until < first}
        return kept


def same_catalogues(before: Snapshot, changes: Snapshot) -> bool:
    """Whether units, procedures, calendar, successions and returns are what they were."""
    return all(getattr(before, name).equals(getattr(changes, name)) for name in DIMENSIONS)


def first_changed_day(changes: Snapshot) -> int | None:
    """The first day whose counters changed; None when none did. A pair of days counts where its second day does."""
    days = [*(getattr(changes, name)["day"].min() for name in _DAILY), changes.day_pairs["second_day"].min()]
    return min((int(day) for day in days if isinstance(day, int)), default=None)
