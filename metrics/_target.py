"""Targets: which one is in force for whom, whether it is met, and how far it is to go. Exact: in fractions, not floats.

Two readings of "dossiers still needed", both the least number that reaches the target:
- further: cases that come in addition, all else equal, each counting for the target. A further online dossier is also
  a further dossier received, so numerator and denominator grow together.
- converted: of the cases counted already, those that would have to be handled otherwise: only the numerator changes.
Where less is better a further case is one that does not count against the unit, a converted one no longer does.
"""

from collections.abc import Iterable
from datetime import date
from fractions import Fraction
from math import ceil, floor
from typing import NamedTuple

from metrics._contract import Indicator
from store.reads import Target

COMPARATORS = (">=", "<=", ">", "<", "=")
_AT_LEAST, _AT_MOST = (">=", ">"), ("<=", "<")


class Gap(NamedTuple):
    """How far a figure is from its target.

    met                   None where there is nothing to count
    points                value less target, as a rate (0.05: five points over); for a count, how many over
    dossiers_needed       further cases; 0 when met, None when none can reach it or it is not a matter of cases
    dossiers_converted    cases to be handled otherwise; 0 when met, None when all of them are not enough
    """

    met: bool | None
    points: float | None
    dossiers_needed: int | None
    dossiers_converted: int | None


def targets_in_force(
    targets: Iterable[Target], units: Iterable[tuple[str, str]], indicator: str, day: date
) -> dict[str, Target]:
    """Unit code to its target of an indicator on a local day, for units given as (code, kind).

    A unit's own target goes before its kind's; of several in force the one begun last counts, of those the one that
    was entered last.
    """
    own: dict[str, Target] = {}
    of_kind: dict[str, Target] = {}
    for target in sorted(targets, key=_begun):
        if target.indicator == indicator and target.valid_from <= day and day <= (target.valid_to or day):
            (own if target.unit_code else of_kind)[target.unit_code or target.kind] = target
    found = {code: own.get(code) or of_kind.get(kind) for code, kind in units}
    return {code: target for code, target in found.items() if target}


def _begun(target: Target) -> tuple[date, float]:
    return target.valid_from, target.entered_at.timestamp() if target.entered_at else 0.0


def exact(number: float) -> Fraction:
    """The decimal that a person wrote: 0.51 is 51/100, not the nearest binary fraction."""
    return Fraction(repr(float(number)))


def is_met(value: Fraction, comparator: str, target: Fraction) -> bool:
    """Whether a value keeps to a target. ValueError for a comparator that is none."""
    match comparator:
        case ">=":
            return value >= target
        case "<=":
            return value <= target
        case ">":
            return value > target
        case "<":
            return value < target
        case "=":
            return value == target
    raise ValueError(f"unknown comparator {comparator!r}; known: {', '.join(COMPARATORS)}")


def gap(
    indicator: Indicator,
    numerator: float | None,
    denominator: float | None,
    target: Target,
    value: float | None = None,
) -> Gap:
    """The gap of a figure, as `figures` gives it, to its target.

    `value` is looked at only where the numerator or denominator is missing: a return that gave nothing else.
    ValueError for an unknown comparator.
    """
    wanted = exact(target.value)
    reached = _reached(indicator, numerator, denominator, value)
    if reached is None:
        met, points = None, None
    else:
        met, points = is_met(reached, target.comparator, wanted), float(reached - wanted)
    if met:
        return Gap(met, points, 0, 0)
    return Gap(met, points, *_cases(indicator, numerator, denominator, target.comparator, wanted))


def _reached(
    indicator: Indicator, numerator: float | None, denominator: float | None, value: float | None
) -> Fraction | None:
    if indicator.denominator is None:
        denominator = 1
    if numerator is None or denominator is None:
        return None if value is None else exact(value)
    return exact(numerator) / exact(denominator) if denominator else None


def _cases(
    indicator: Indicator, numerator: float | None, denominator: float | None, comparator: str, wanted: Fraction
) -> tuple[int | None, int | None]:
    """Further and converted cases until the target is met; None where the figure is not one of cases."""
    if numerator is None or not float(numerator).is_integer() or indicator.unit_of_sum != 1 or comparator == "=":
        return None, None
    if indicator.denominator is None:
        return _further_of_count(int(numerator), comparator, wanted), None
    if denominator is None or not float(denominator).is_integer() or indicator.form != "rate":
        return None, None
    k, n = int(numerator), int(denominator)
    if not 0 <= k <= n:
        return None, None
    return _further(k, n, comparator, wanted), _converted(k, n, comparator, wanted)


def _further_of_count(count: int, comparator: str, wanted: Fraction) -> int | None:
    """Further cases until a count reaches its target; a count does not fall."""
    return _least(wanted - count, strict=comparator == ">") if comparator in _AT_LEAST else None


def _further(k: int, n: int, comparator: str, wanted: Fraction) -> int | None:
    """The least x >= 1 with (k + x) / (n + x) at least `wanted`, or k / (n + x) at most."""
    strict = comparator in (">", "<")
    if comparator in _AT_LEAST:
        if wanted >= 1:  # only where all count already does one more keep it so
            return 1 if k == n and wanted == 1 and not strict else None
        return max(_least((wanted * n - k) / (1 - wanted), strict=strict), 1)
    if wanted <= 0:
        return 1 if k == 0 and wanted == 0 and not strict else None
    return max(_least(k / wanted - n, strict=strict), 1)


def _converted(k: int, n: int, comparator: str, wanted: Fraction) -> int | None:
    """The least x >= 0 with (k + x) / n at least `wanted`, or (k - x) / n at most; None when there are too few."""
    strict = comparator in (">", "<")
    if not n:
        return None
    if comparator in _AT_LEAST:
        x, there = _least(wanted * n - k, strict=strict), n - k
    else:
        x, there = _least(k - wanted * n, strict=strict), k
    return x if x <= there else None


def _least(bound: Fraction, *, strict: bool) -> int:
    """The least whole number that is not below the bound (strict: that is above it), at least 0."""
    return max(floor(bound) + 1 if strict else ceil(bound), 0)
