"""Reading a list by offset although its rows shift meanwhile: again, until nothing can have slipped through.

A row that leaves the part already read pulls the others forward: one slips from the next page to the last one, and
nobody sees it. A reading of the list is whole when its total stayed the same and as many rows as that are known; or
when the total stayed the same and nothing was new (some sources count a row twice).
"""

from collections.abc import Callable, Generator, Hashable, Iterator
from typing import Any, NamedTuple

from connectors._kept import is_code
from errors import SourceUnavailable

# A list that is still not quiet after so many readings is asked for by the next poll.
MOST_READINGS = 10


class Rows(NamedTuple):
    """One answer: some rows, how many the whole list has, and the offset of the next rows (None: these were last)."""

    rows: list[Any]
    total: int
    following: int | None


class Fresh(NamedTuple):
    """The rows of one answer that were not given before as they are now, and how many the list has."""

    rows: list[Any]
    total: int


def read_list(source: str, name: str, key_field: str, ask: Callable[[int], Rows]) -> Iterator[Fresh]:
    """Every row of a list; a row that changes while it is read comes again as it is then.

    `ask` gives the rows from an offset on, `key_field` holds a row's id. Raises SourceUnavailable naming the list
    when it does not come to rest.
    """
    keys: set[Hashable] = set()
    contents: set[int] = set()
    for number in range(MOST_READINGS):
        known = len(keys)
        totals = yield from _reading(key_field, ask, keys, contents)
        if len(totals) == 1 and (len(keys) >= max(totals) or (number > 0 and len(keys) == known)):
            return
    raise SourceUnavailable(source, f"{name}: its rows kept shifting through {MOST_READINGS} readings")


def _reading(
    key_field: str, ask: Callable[[int], Rows], keys: set[Hashable], contents: set[int]
) -> Generator[Fresh, None, set[int]]:
    """The list once from its begin; adds to `keys` and `contents`, and returns every total that was said."""
    totals: list[int] = []
    here: set[Hashable] = set()
    offset: int | None = 0
    # A list that grows while it is read is read again anyway: this reading goes as far as it was when it began.
    while offset is not None and (len(set(totals)) < 2 or offset < totals[0]):
        rows, total, following = ask(offset)
        totals.append(total)
        fresh = {hash(repr(row)): row for row in rows if hash(repr(row)) not in contents}
        contents |= fresh.keys()
        yield Fresh(list(fresh.values()), total)
        read = {key_of(row, key_field) for row in rows}
        # A source that does not know offsets gives the same rows for ever.
        offset = None if read <= here or (following or 0) <= offset else following
        here |= read
    keys |= here
    return set(totals)


def key_of(row: Any, key_field: str) -> Hashable:
    """What tells one row from another: its id, or for a row without one all that it holds."""
    key = row.get(key_field) if isinstance(row, dict) else None
    if isinstance(key, str | int) and not isinstance(key, bool) and is_code(key):
        return str(key).strip()
    return hash(repr(row))
