"""A TOML file read value by value, so that what is wrong can be told with its line."""

import re
import tomllib
from collections.abc import Collection, Iterator
from datetime import time, timedelta
from typing import Any

from config import parse_duration

Place = tuple[str | int, ...]
_TIME = re.compile(r"([01]\d|2[0-3]):[0-5]\d")
# What closes an array of tables that a line leaves open; TOML keeps an inline table on one line.
_CLOSINGS = ("", "\n]")


class Wrong(Exception):
    """What is wrong with the value at this place of the file."""

    def __init__(self, place: Place, reason: str) -> None:
        super().__init__(reason)
        self.place = place
        self.reason = reason


class Table:
    """A table of the file; every question raises Wrong with the place of the value that is not as it should be."""

    def __init__(self, values: dict[str, Any], place: Place = ()) -> None:
        self.values = values
        self.place = place

    def only(self, *known: str) -> None:
        """Refuse a key nobody knows."""
        for key in self.values:
            if key not in known:
                raise Wrong((*self.place, key), f"unknown key {key!r}; known here: {', '.join(known) or 'none'}")

    def wrong(self, key: str, reason: str) -> Wrong:
        """What to raise for the value of a key."""
        return Wrong((*self.place, key), f"{key} {reason}")

    def table(self, key: str) -> "Table | None":
        """The table of that key; None without one."""
        if key not in self.values:
            return None
        if not isinstance(self.values[key], dict):
            raise self.wrong(key, "must be a table")
        return Table(self.values[key], (*self.place, key))

    def tables(self, key: str) -> Iterator["Table"]:
        """The tables of an array, at least one."""
        found = self.values.get(key)
        if not isinstance(found, list) or not found or not all(isinstance(one, dict) for one in found):
            raise self.wrong(key, "must be a list of at least one table")
        for number, one in enumerate(found):
            yield Table(one, (*self.place, key, number))

    def text(self, key: str) -> str:
        """A text."""
        if not isinstance(self.values.get(key), str):
            raise self.wrong(key, f"must be a text, not {self._written(key)}")
        return str(self.values[key])

    def one_of(self, key: str, known: Collection[str]) -> str:
        """One of these texts."""
        text = self.text(key)
        if text not in known:
            raise self.wrong(key, f"{text!r} is unknown; known: {', '.join(known)}")
        return text

    def number(self, key: str, least: int, most: int) -> int:
        """A whole number from `least` to `most`."""
        value = self.values.get(key)
        if not isinstance(value, int) or isinstance(value, bool) or not least <= value <= most:
            raise self.wrong(key, f"must be a whole number from {least} to {most}, not {self._written(key)}")
        return value

    def share(self, key: str, least: float) -> float:
        """A number from `least` to 1."""
        value = self.values.get(key)
        if not isinstance(value, int | float) or isinstance(value, bool) or not least <= value <= 1:
            raise self.wrong(key, f"must be a number from {least} to 1, not {self._written(key)}")
        return float(value)

    def duration(self, key: str, least: timedelta, most: timedelta) -> timedelta:
        """A duration such as "40s", from `least` to `most`, in whole milliseconds."""
        try:
            value = parse_duration(self.values.get(key))
        except (ValueError, OverflowError) as error:
            raise self.wrong(key, f"{self._written(key)} is no duration; write it as 30s, 1.5m or 1h") from error
        if not least <= value <= most or value % timedelta(milliseconds=1):
            allowed = f"{least.total_seconds():g}s to {most.total_seconds():g}s"
            raise self.wrong(key, f"{self.values[key]!r} is not allowed; {allowed}, in whole milliseconds")
        return timedelta(milliseconds=value // timedelta(milliseconds=1))

    def time(self, key: str) -> time:
        """A time of day, written "22:00"."""
        text = self.values.get(key)
        if not isinstance(text, str) or not _TIME.fullmatch(text):
            raise self.wrong(key, f'must be a time such as "22:00", not {self._written(key)}')
        return time.fromisoformat(text)

    def _written(self, key: str) -> str:
        return repr(self.values[key]) if key in self.values else "missing"


def line_of(text: str, place: Place) -> int:
    """The line on which the value at this place stands; that of the table around it when it is missing.

    It is the last line of the shortest beginning of the file that holds the place: so dotted keys, inline tables and
    comments need no second reading of TOML.
    """
    while place and not _holds(text, place):
        place = place[:-1]
    lines = text.splitlines()
    for number in range(1, len(lines) + 1 if place else 1):
        if any(_holds("\n".join(lines[:number]) + closing, place) for closing in _CLOSINGS):
            return number
    return 1


def _holds(text: str, place: Place) -> bool:
    try:
        found: Any = tomllib.loads(text)
        for step in place:
            found = found[step]
    except (tomllib.TOMLDecodeError, KeyError, IndexError, TypeError):
        return False
    return True
