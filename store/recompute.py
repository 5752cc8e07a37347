"""Every counter recomputed from the facts, part by part: the proof of the deltas, and what mends them.

A part is counted by itself, so its counters need no other part: alone one after the other, or each by another process
(`national`). What differs from the stored counters is added to them in one transaction. That is right also when facts
have changed since they were read: such a change adds to the counters what it alone contributes, now as before.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import NamedTuple, Protocol, TypeVar

import polars as pl
from sqlalchemy import Connection, Engine

from store import rollups
from store.kept_facts import StoredFacts, settled
from store.packed import packed, unpacked
from store.rollups import ROLLUPS, Rollup, add, difference
from store.versions import bump

# So many of them are in memory at once; a unit is never divided.
FACTS_AT_ONCE = 200_000
# A unit's counters of these come from its own facts alone. A meeting's come from the units of its points too, a bridge
# point's from the rows of other units before it.
BY_UNIT = ("dossiers", "documents")


class Part(NamedTuple):
    """Facts of one kind that are counted together: those of these units, in the order of their codes; None: all.
    `number`: the part's own among those of its kind."""

    facts: str
    units: tuple[str, ...] | None
    number: int = 0


class Facts(Protocol):
    """Where facts are read."""

    def units(self, facts: str) -> Mapping[str, int]:
        """How many facts of a kind each unit has; also 0, for units that have counters of such."""

    def read(self, facts: str, units: Sequence[str] | None) -> pl.LazyFrame:
        """The facts of a kind, of these units or of all: what `contributions` takes."""


Kept = TypeVar("Kept", bound=Facts)
Found = TypeVar("Found")


class Run(Protocol):
    """How parts are worked through: the function of every part, in any order."""

    def __call__(self, count: Callable[[Kept, Part], Found], kept: Kept, parts: Sequence[Part]) -> Iterable[Found]:
        """What the function found of each part."""


def in_turn(count: Callable[[Kept, Part], Found], kept: Kept, parts: Sequence[Part]) -> Iterable[Found]:
    """One part after the other, in this process."""
    return (count(kept, part) for part in parts)


def parts_of(kept: Facts, at_once: int = FACTS_AT_ONCE) -> list[Part]:
    """All facts in parts of about so many at most, of units next to each other."""
    parts = []
    for facts in dict.fromkeys(rollup.facts for rollup in ROLLUPS):
        if facts in BY_UNIT:
            shares = _shared_out(kept.units(facts), at_once)
            parts += [Part(facts, units, number) for number, units in enumerate(shares)]
        else:
            parts.append(Part(facts, None))
    return parts


def _shared_out(sizes: Mapping[str, int], at_once: int) -> Iterable[tuple[str, ...]]:
    together: list[str] = []
    size = 0
    for unit in sorted(sizes):
        if together and size + sizes[unit] > at_once:
            yield tuple(together)
            together, size = [], 0
        together.append(unit)
        size += sizes[unit]
    if together:
        yield tuple(together)


def counted(kept: Facts, part: Part) -> list[tuple[Rollup, pl.DataFrame]]:
    """The counters of a part, by daily table: keys and measures, one row per key, in the order of the keys."""
    return rollups.counted(part.facts, kept.read(part.facts, part.units))


def differing(kept: StoredFacts, part: Part) -> list[tuple[str, bytes]]:
    """By daily table what must be added to the stored counters of the part, packed; tables that are right are left
    out."""
    found = []
    for rollup, fresh in counted(kept, part):
        delta = difference(rollup, kept.counters(rollup, part.units), fresh)
        if not delta.is_empty():
            found.append((str(rollup.table.name), packed(delta)))
    return found


def mend(engine: Engine, run: Run = in_turn, at_once: int = FACTS_AT_ONCE) -> int:
    """Recompute every counter from the facts and mend what differs. Returns how many rows of counters differed:
    0 unless something is wrong. Raises StoreError, also when another is at it; then nothing has changed."""
    with settled(engine) as (kept, writing):
        found = [one for some in run(differing, kept, parts_of(kept, at_once)) for one in some]
        with writing() as connection:
            return _add(connection, found)


def _add(connection: Connection, found: Sequence[tuple[str, bytes]]) -> int:
    if not found:
        return 0
    by_table = {rollup.table.name: rollup for rollup in ROLLUPS}
    version, changed = bump(connection, "data"), 0
    for table, delta in found:
        frame = unpacked(delta)
        add(connection, by_table[table], frame, version)
        changed += frame.height
    return changed
