"""What a module of this folder holds for one kind of file: its columns, how it is checked, how it is stored."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection

from imports._known import Known


@dataclass(frozen=True)
class Checked:
    """A good file: its typed rows, and as text what a person looks at before storing it.

    `preview`: a row of the file each, by column, with "change" (new, changed, unchanged; gone: stored, and the file
    takes it away). `new`, `changed` (or gone), `unchanged`: how many rows the store has not, has otherwise, has.
    """

    kind: str
    name: str
    rows: Sequence[Any]
    preview: list[dict[str, str]]
    new: int
    changed: int
    unchanged: int

    def __str__(self) -> str:
        """One line for a person."""
        counts = f"{self.new} new, {self.changed} changed, {self.unchanged} unchanged"
        nothing = "" if self.new or self.changed else "; nothing changes"
        return f"{self.name}: {self.kind}: {counts}{nothing}"


@dataclass(frozen=True)
class Brought:
    """Who brings a file, when and why, for the history; `who` answers for it in the audit log."""

    by: str
    at: datetime
    reason: str
    who: str


@dataclass(frozen=True)
class Kind:
    """`check(connection, known, content, name)` raises InputError; `store(connection, checked, brought)`."""

    columns: tuple[str, ...]
    optional: tuple[str, ...]
    check: Callable[[Connection, Known, bytes, str], Checked]
    store: Callable[[Connection, Checked, Brought], None]


def compared(
    kind: str, name: str, rows: Sequence[Any], shown: Iterable[Mapping[str, str]], changes: Sequence[str]
) -> Checked:
    """A Checked of rows with what each of them would do: "new", "changed", "unchanged", or of a stored one "gone"."""
    preview = [{**cells, "change": change} for cells, change in zip(shown, changes, strict=True)]
    changed = changes.count("changed") + changes.count("gone")
    return Checked(kind, name, rows, preview, changes.count("new"), changed, changes.count("unchanged"))


def change_of(fresh: Any, stored: Any) -> str:
    """What storing `fresh` over `stored` (None: nothing is there) would do."""
    if stored is None:
        return "new"
    return "unchanged" if fresh == stored else "changed"
