"""The figures of the source articles: `articles.csv` says what each is, and which figure of ours it is.

Its first columns are those published; the others say how it is found:
simulated_place, root_code, unit_code, indicator, period_from, period_to
    where and when it is computed
part    "value", or "numerator" where the article gives a count and not its share
over    "subtree" or "own"; "distinct KIND": distinct procedures of all units of that kind; "each KIND": the same for
        each of them; of a target the kinds of units that it is for (empty: the unit itself)
how     "computed" of records, "context" (computed, and not a result), "returned" by the unit, "target", or
        "not_computable": the article does not say enough, the number is the unit's own return
dialects, target, words_vi, words_en
    which systems it comes from; the comparator and rate that are stored; what is wrong or unsaid in print
"""

import csv
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path

import msgspec

from metrics._period import Period

_FILE = Path(__file__).parent / "articles.csv"


@dataclass(frozen=True, kw_only=True)
class Article:
    """One figure of an article: as in figures.csv, and how it is found (see above)."""

    seed: str
    row: int
    place: str
    system: str
    indicator_vi: str
    indicator_en: str
    numerator: str
    denominator: str
    value: str
    comparator: str
    unit: str
    as_of: str
    kind: str
    remark: str
    simulated_place: str
    root_code: str
    unit_code: str
    indicator: str
    part: str
    over: str
    period_from: date
    period_to: date
    how: str
    dialects: str
    target: str
    words_vi: str
    words_en: str

    @property
    def period(self) -> Period:
        """The local days over which it is computed."""
        return Period(self.period_from, self.period_to)

    @property
    def percent(self) -> bool:
        """Whether it was printed in per cent; else it is a count."""
        return self.unit == "percent"


@cache
def articles() -> tuple[Article, ...]:
    """Every figure of the five articles, in the order of figures.csv."""
    with _FILE.open(encoding="utf-8", newline="") as file:
        return tuple(msgspec.convert(row, Article, strict=False) for row in csv.DictReader(file))
