"""The figures of the articles beside what the centre computes of records, and what it was told."""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from math import floor

import numpy as np
import polars as pl

from metrics._articles import Article
from metrics._catalogue import catalogue
from metrics._counters import Counters
from metrics._figures import figures
from metrics._hierarchy import Ints
from metrics._period import Period
from metrics._question import Question, Scope
from metrics._target import exact, is_met
from store.reads import Target

_NOT_RETURNED = ("Chưa có báo cáo thống kê cho kỳ này.", "Nothing has been returned for this period.")
_NO_CASES = ("Không phát sinh trong kỳ.", "Nothing to count in this period.")
_DIFFERS = ("Khác với con số công bố.", "Differs from the published figure.")
_NOT_STORED = ("Chỉ tiêu chưa được ghi.", "The target is not on record.")


@dataclass(frozen=True)
class Compared:
    """What the centre has for a figure of an article.

    `value` is a rate of 0 to 1, or a count; None where there is nothing. `system`: the dialects that it comes from.
    `ok`: it rounds to the published figure (a target: it is on record); None where the article does not say enough to
    compute it. The words, in Vietnamese and English, say what is wrong or unsaid in print, or why nothing is there.
    """

    value: float | None
    numerator: float | None
    denominator: float | None
    system: str
    ok: bool | None
    words_vi: str
    words: str


def compare(counters: Counters, targets: Iterable[Target], article: Article) -> Compared:
    """The centre's figure for one of an article. ValueError when its unit or indicator is unknown."""
    if article.how == "target":
        return _compare_target(counters, list(targets), article)
    found = _figure(counters, article)
    said = [(article.words_vi, article.words_en)]
    if article.how == "returned":
        said.append(_as_returned(article))
    if found.value is None:
        missing = _NOT_RETURNED if catalogue()[article.indicator].returned else _NO_CASES
        return _compared(found, article, [*said, missing], ok=False)
    matches = found.same_everywhere and _agrees(found, article)
    if not matches:
        said.append(_DIFFERS)
    explained = article.how == "not_computable" and matches
    return _compared(found, article, said, ok=None if explained else matches)


def _as_returned(article: Article) -> tuple[str, str]:
    key = article.indicator
    return f"Không hệ thống nào báo cáo; theo báo cáo thống kê “{key}”.", f"No system reports it; as returned, “{key}”."


@dataclass(frozen=True)
class _Figure:
    """`numerator` and `denominator` None: a return that gave only the value."""

    value: float | None
    numerator: float | None
    denominator: float | None
    same_everywhere: bool = True

    @property
    def exactly(self) -> Fraction:
        """The value without the rounding of a float."""
        if self.numerator is not None and self.denominator:
            return exact(self.numerator) / exact(self.denominator)
        return exact(self.value or 0.0)


def _compared(found: _Figure, article: Article, said: list[tuple[str, str]], *, ok: bool | None) -> Compared:
    vietnamese, english = (" ".join(filter(None, texts)) for texts in zip(*said, strict=True))
    return Compared(found.value, found.numerator, found.denominator, article.dialects, ok, vietnamese, english)


def _figure(counters: Counters, article: Article) -> _Figure:
    way, _, kind = article.over.partition(" ")
    if way == "distinct":
        return _count(_Distinct(counters, article.period, kind), article)
    if way == "each":
        units = [code for code, own in _units(counters, article) if own == kind]
        rows = figures(counters, article.period, [article.indicator], "own", units)
        return _from_row(rows.row(0, named=True), article, rows[article.part].n_unique() == 1)
    scope: Scope = "own" if way == "own" else "subtree"
    rows = figures(counters, article.period, [article.indicator], scope, [article.unit_code])
    return _from_row(rows.row(0, named=True), article)


def _from_row(row: dict[str, float | None], article: Article, same_everywhere: bool = True) -> _Figure:
    if article.part == "numerator":
        return _Figure(row["numerator"], row["numerator"], None, same_everywhere)
    return _Figure(row["value"], row["numerator"], row["denominator"], same_everywhere)


class _Distinct(Question):
    """A question about the procedures of all units of a kind together, each counted once."""

    def __init__(self, counters: Counters, period: Period, kind: str) -> None:
        super().__init__(counters, period, "own")
        self._kind = kind

    def procedures(self, *conditions: pl.Expr) -> Ints:
        """The same number for every unit: how many procedures any unit of the kind offers."""
        in_force, offered = self._offered
        of_kind = [unit for unit in self.standing.in_force() if self._hierarchy.kinds[unit] == self._kind]
        chosen = in_force.select(pl.all_horizontal(*conditions, pl.lit(value=True)))[:, 0].to_numpy()
        count = int((offered[of_kind].any(axis=0) & chosen).sum())
        return np.full(len(self._hierarchy), count, dtype=np.int64)


def _count(ask: Question, article: Article) -> _Figure:
    count = float(catalogue()[article.indicator].numerator(ask)[0])
    return _Figure(count, count, None)


def _agrees(found: _Figure, article: Article) -> bool:
    """The value as printed, and the numbers behind it where they were printed too."""
    for printed, ours in ((article.numerator, found.numerator), (article.denominator, found.denominator)):
        if printed and ours is not None and float(printed) != ours:
            return False
    ours_exactly = found.exactly * (100 if article.percent else 1)
    if article.comparator == "=":
        return _rounded(ours_exactly, article.value) == Decimal(article.value)
    return is_met(ours_exactly, article.comparator, Fraction(article.value))


def _rounded(value: Fraction, printed: str) -> Decimal:
    """Half up, to as many decimals as were printed."""
    decimals = len(printed.partition(".")[2])
    return Decimal(floor(value * 10**decimals + Fraction(1, 2))).scaleb(-decimals)


def _compare_target(counters: Counters, targets: list[Target], article: Article) -> Compared:
    kinds = article.over.split()
    comparator, value = article.target.split()
    stored = [_stored(targets, article, comparator, float(value), kind) for kind in kinds or [""]]
    found = _figure(counters, article)
    said = [(article.words_vi, article.words_en), _reached(counters, article, found, comparator, exact(float(value)))]
    if not all(stored):
        said.append(_NOT_STORED)
    return _compared(found, article, said, ok=all(stored))


def _stored(targets: list[Target], article: Article, comparator: str, value: float, kind: str) -> bool:
    """Whether the target is on record for the unit itself, or for every unit of the kind, until the year printed."""
    wanted = (article.indicator, "" if kind else article.unit_code, kind, comparator, value, int(article.as_of))
    return any(
        (target.indicator, target.unit_code, target.kind, target.comparator, target.value, _last_year(target)) == wanted
        for target in targets
    )


def _last_year(target: Target) -> int | None:
    return target.valid_to.year if target.valid_to else None


def _reached(
    counters: Counters, article: Article, found: _Figure, comparator: str, wanted: Fraction
) -> tuple[str, str]:
    """How far it was reached in the article's period, in words."""
    if not article.over:
        if found.value is None:
            return _NOT_RETURNED if catalogue()[article.indicator].returned else _NO_CASES
        met = is_met(found.exactly, comparator, wanted)
        return ("Đã đạt.", "Reached.") if met else ("Chưa đạt.", "Not reached yet.")
    kinds = article.over.split()
    units = [code for code, kind in _units(counters, article) if kind in kinds]
    rows = figures(counters, article.period, [article.indicator], "subtree", units)
    shown = [_from_row(row, article) for row in rows.iter_rows(named=True)]
    met_by = sum(one.value is not None and is_met(one.exactly, comparator, wanted) for one in shown)
    return f"{met_by}/{len(units)} đơn vị đã đạt.", f"{met_by} of {len(units)} units have reached it."


def _units(counters: Counters, article: Article) -> list[tuple[str, str]]:
    """Code and kind of the units in force on the period's last day."""
    return list(counters.units_on(article.period_to).select("code", "kind").iter_rows())
