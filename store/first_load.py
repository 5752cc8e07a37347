"""What the first load of a source remembers of the store, so that it copies what is new straight into its table.

A first load brings mostly records and counters that the store does not hold, millions of them; asking for each of them
first, or letting INSERT … ON CONFLICT look, costs as much as storing. Counters that others add meanwhile are read by
their version. Records that another process stores of the same source meanwhile are met when they are copied.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import polars as pl
import sqlalchemy as sa
from sqlalchemy import Connection, Table

from store.frames import read_frame

# 4 MB a table: of three million counters one in eleven is taken for held, which costs time and nothing else.
_BITS = 1 << 25
# Who finds more counters than these in the store, or made by others in between, is no first load and learns nothing.
MOST_OF_OTHERS = 200_000


class _Seen(NamedTuple):
    """Which counters may be there: a bit for each, and up to which version they were seen."""

    bits: npt.NDArray[np.uint8]
    version: int


class FirstLoad:
    """The memory of one poll run that fills the store; its transactions follow each other."""

    def __init__(self) -> None:
        self._told: npt.NDArray[np.uint8] | None = None
        self._seen: dict[str, _Seen | None] = {}
        self._written: dict[str, int] = {}

    def were_told(self, connection: Connection, facts: pl.DataFrame, table: Table) -> pl.Series:
        """Which of a source's records may have come in this run already; all of them, where the source's are not all of
        this run."""
        if self._told is None:
            ours = sa.select(table.c.source).where(table.c.source == facts["source"][0])
            held = connection.scalar(ours.limit(1)) is not None
            self._told = np.full(_BITS // 8, 255 if held else 0, np.uint8)
        places, bits = _places(facts.select("source_id"))
        were_told = pl.Series(self._told[places] & bits != 0)
        np.bitwise_or.at(self._told, places, bits)
        return were_told

    def are_new(self, connection: Connection, table: Table, keys: pl.DataFrame, version: int) -> pl.Series:
        """Which of these counters are surely not in the table, as the only writer sees it; all of them are there in
        `version`, once the transaction is committed."""
        seen = self._now(connection, table, keys.columns)
        self._seen[table.name] = seen
        if seen is None:
            return pl.repeat(value=False, n=keys.height, eager=True)
        places, bits = _places(keys)
        are_new = pl.Series(seen.bits[places] & bits == 0)
        np.bitwise_or.at(seen.bits, places, bits)
        self._written[table.name] = version
        return are_new

    def _now(self, connection: Connection, table: Table, keys: Sequence[str]) -> _Seen | None:
        """What was seen, with what others have added since."""
        seen = self._seen.get(table.name, _Seen(np.zeros(_BITS // 8, np.uint8), -1))
        if seen is None:
            return None
        query = (
            sa.select(*(table.c[name] for name in keys)).where(table.c.version > seen.version).limit(MOST_OF_OTHERS + 1)
        )
        others = read_frame(connection, query)
        if others.height > MOST_OF_OTHERS:
            return None
        np.bitwise_or.at(seen.bits, *_places(others))
        return seen

    def committed(self) -> None:
        """What was written last is in the store."""
        for name, version in self._written.items():
            seen = self._seen[name]
            if seen:
                self._seen[name] = seen._replace(version=version)
        self._written.clear()


def _places(keys: pl.DataFrame) -> tuple[npt.NDArray[np.uint64], npt.NDArray[np.uint8]]:
    """Of each counter its byte and its bit in there."""
    numbers = keys.hash_rows().to_numpy() % np.uint64(_BITS)
    return numbers >> np.uint64(3), np.left_shift(np.uint8(1), (numbers & np.uint64(7)).astype(np.uint8))
