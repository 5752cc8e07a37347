"""What is kept of a record that was not understood: fields named one by one, and of those only harmless values.

A value that is not of the kind its field should hold might be anything, a person's name too: it is kept as "?",
so that a replay meets a wrong value again instead of a missing one.
"""

import math
import re
from collections.abc import Mapping, Sequence
from typing import Any, Final, TypeAlias

CODE: Final = "code"  # codes, numbers, dates, flags: no blanks
WORDS: Final = "words"  # names of units, procedures, document types: never a person's
TIME: Final = "time"  # dd/MM/yyyy HH:mm:ss, the one code with a blank
PRESENCE: Final = "presence"  # only whether something was given, as in a file path that may hold a name

# A set holds the only words that may stand in the field.
Kept: TypeAlias = "str | frozenset[str] | Mapping[str, Kept]"

HIDDEN = "?"
_LONGEST_CODE = 120
_SIGNS = r"[\w.,:/+\-]"
_CODE, _CODES = re.compile(f"{_SIGNS}{{0,{_LONGEST_CODE}}}"), re.compile(f"{_SIGNS}*")
_TIME = re.compile(r"\d\d/\d\d/\d{4} \d\d:\d\d:\d\d", re.ASCII)
_LARGEST_NUMBER = 2**53
_MOST_ENTRIES = 1000


def is_code(value: Any) -> bool:
    """Whether a value can be shown and kept: a number, a flag, or a string without blanks."""
    if isinstance(value, str):
        return _CODE.fullmatch(value) is not None
    if isinstance(value, float):
        return math.isfinite(value)
    return value is None or (isinstance(value, int) and abs(value) <= _LARGEST_NUMBER)


def are_codes(values: Sequence[str]) -> bool:
    """Whether every one of many strings is a code, as `is_code`: one look instead of many."""
    return _CODES.fullmatch(",".join(values)) is not None and max(map(len, values), default=0) <= _LONGEST_CODE


def kept(value: Any, kind: Kept) -> Any:
    """The part of a value that may be kept, as plain JSON. A list is reduced entry by entry."""
    if isinstance(value, list):
        return [_kept_entry(entry, kind) for entry in value[:_MOST_ENTRIES]]
    return _kept_entry(value, kind)


def _kept_entry(value: Any, kind: Kept) -> Any:
    if isinstance(kind, Mapping):
        if not isinstance(value, dict):
            return None if value is None else HIDDEN
        return {field: kept(value[field], part) for field, part in kind.items() if field in value}
    if isinstance(kind, frozenset):
        return value if value is None or value in ("", *kind) else HIDDEN
    if kind == PRESENCE:
        return HIDDEN if value else ""
    if kind == WORDS and isinstance(value, str):
        return value[:300] if value.isprintable() else HIDDEN
    if kind == TIME and isinstance(value, str) and _TIME.fullmatch(value):
        return value
    return value if is_code(value) else HIDDEN


def codes(names: str) -> dict[str, Kept]:
    """Fields, named with blanks between them, that hold codes, numbers, dates or flags."""
    return dict.fromkeys(names.split(), CODE)
