"""What an indicator computes, written down by letting it ask: the formula shown is the one that is computed.

Every term says when it counts: `received[P]` events in the period, `received[P-1]` in the one before of the same
length, `open_change[..D]` all events until the period's last day, `procedures(level >= 3)[D]` what is so on that day.
The names are those of the measures in `store/tables.py` and of the questions in `metrics/_question.py`.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from hashlib import sha256
from typing import Any, cast

from metrics._catalogue import catalogue
from metrics._contract import Indicator, Sum
from metrics._question import Question

_VERSION_LENGTH = 12


@dataclass(frozen=True)
class Formula:
    """Numerator and denominator (None: a count) in words of measures.

    `adds_up`: both are events in the period, so two periods one after the other add up to the whole.
    """

    numerator: str
    denominator: str | None
    adds_up: bool


@cache
def formula(indicator: Indicator) -> Formula:
    """The formula of an indicator, recorded from its own definition."""
    numerator = _record(indicator.numerator, indicator.unit_of_sum)
    if indicator.denominator is None:
        return Formula(numerator.text, None, numerator.adds_up)
    denominator = _record(indicator.denominator, indicator.unit_of_sum)
    return Formula(numerator.text, denominator.text, numerator.adds_up and denominator.adds_up)


def definitions_version() -> str:
    """Twelve hexadecimal digits that change when an indicator comes, goes, or changes its formula or definition."""
    digest = sha256()
    for key, indicator in sorted(catalogue().items()):
        recorded = formula(indicator)
        texts = (key, recorded.numerator, recorded.denominator or "", indicator.definition, indicator.definition_vi)
        digest.update("\0".join((*texts, "\0")).encode())
    return digest.hexdigest()[:_VERSION_LENGTH]


@dataclass(frozen=True)
class _Term:
    """An answer that is not a number but its own description; `alone`: it needs no brackets."""

    text: str
    adds_up: bool = False
    alone: bool = True

    def __add__(self, other: "_Term") -> "_Term":
        return _Term(f"{self.text} + {other.text}", self.adds_up and other.adds_up, alone=False)

    def __sub__(self, other: "_Term") -> "_Term":
        taken = other.text if other.alone else f"({other.text})"
        return _Term(f"{self.text} - {taken}", self.adds_up and other.adds_up, alone=False)


class _Recording:
    """Answers like a `Question`, with descriptions; a question that it has no words for is written as a call."""

    def __init__(self, when: str = "P") -> None:
        self._when = when

    def flow(self, *measures: str) -> _Term:
        text = " + ".join(f"{measure}[{self._when}]" for measure in measures)
        return _Term(text, adds_up=self._when == "P", alone=len(measures) == 1)

    def stock(self, change: str) -> _Term:
        return _Term(f"{change}[..D]")

    def of_procedures_with(self, trigger: str, *measures: str) -> _Term:
        counted = " + ".join(measures)
        return _Term(f"({counted} of procedures with {trigger})[{self._when}]")

    def used_procedures(self, trigger: str) -> _Term:
        return _Term(f"(procedures with {trigger})[{self._when}]")

    def both_days(self, pair: str) -> _Term:
        return _Term(f"(dossiers with both days of {pair})[{self._when}]")

    def working_days(self) -> _Term:
        return _Term(f"working_days[{self._when}]", adds_up=self._when == "P")

    def units_below_with(self, measure: str) -> _Term:
        return _Term(f"(units below with {measure})[{self._when}]")

    def returned(self, _key: str, part: str) -> _Term:
        return _Term(f"returned {part}[{self._when}]")

    def before(self) -> "_Recording":
        return _Recording("P-1")

    def __getattr__(self, name: str) -> Callable[..., _Term]:
        def asked(*arguments: Any) -> _Term:
            words = ", ".join(_word(argument) for argument in arguments)
            return _Term(f"{name}({words})[D]" if words else f"{name}[D]")

        return asked


def _record(numbers: Sum, unit_of_sum: int) -> _Term:
    asked = cast(_Term, cast(object, numbers(cast(Question, _Recording()))))
    if unit_of_sum == 1:
        return asked
    divided = asked.text if asked.alone else f"({asked.text})"
    return _Term(f"{divided} / {unit_of_sum}", asked.adds_up)


def _word(argument: Any) -> str:
    """An argument as a person reads it: `level >= 3` for the expression that polars prints with its machinery."""
    text = re.sub(r'col\("(\w+)"\)', r"\1", str(argument))
    text = re.sub(r"dyn \w+: ", "", text)
    return re.sub(r"[\[\]()]", "", text)
