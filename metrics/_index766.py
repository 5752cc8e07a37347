"""The index of Decision 766/QĐ-TTg for one unit: points of six groups, and of how many points that is."""

from fractions import Fraction
from typing import Literal, NamedTuple

from metrics._counters import Counters
from metrics._criteria766 import CRITERIA, CriteriaGroup, Criterion
from metrics._figures import figures
from metrics._period import Period
from metrics._target import exact

NO_SOURCE: Literal["no_source"] = "no_source"
NOTHING_TO_COUNT: Literal["nothing_to_count"] = "nothing_to_count"


class Component(NamedTuple):
    """A criterion with what the unit has of it.

    `score` is in points, None where it is missing: the centre has no source, or nothing was to count.
    """

    criterion: Criterion
    numerator: float | None
    denominator: float | None
    value: float | None
    score: float | None
    missing: Literal["no_source", "nothing_to_count"] | None


class Group(NamedTuple):
    """A group: its points by the decision, the score of its components, and of how many points that score is."""

    key: str
    name: str
    name_vi: str
    points: int
    score: float | None
    of: int
    components: tuple[Component, ...]


class Index766(NamedTuple):
    """All groups of a unit and period. `score` is of `of` points, not of 100; None where nothing has data."""

    unit: str
    period: Period
    groups: tuple[Group, ...]
    score: float | None
    of: int


_Row = tuple[float | None, float | None, float | None]


def index766(counters: Counters, unit: str, period: Period) -> Index766:
    """The index of a unit with everything under it. ValueError for an unknown unit."""
    wanted = [criterion.indicator for group in CRITERIA for criterion in group.criteria if criterion.indicator]
    rows = figures(counters, period, wanted, units=[unit])
    found: dict[str, _Row] = {key: (top, bottom, value) for _, key, top, bottom, value in rows.iter_rows()}
    groups = tuple(_group(group, found) for group in CRITERIA)
    scored = [group for group in groups if group.score is not None]
    score = sum(group.score for group in scored if group.score is not None) if scored else None
    return Index766(unit, period, groups, score, sum(group.of for group in groups))


def _group(group: CriteriaGroup, found: dict[str, _Row]) -> Group:
    components = tuple(_component(criterion, found) for criterion in group.criteria)
    scores = [component.score for component in components if component.score is not None]
    of = sum(component.criterion.points for component in components if component.score is not None)
    score = sum(scores) if scores else None
    return Group(group.key, group.name, group.name_vi, group.points, score, of, components)


def _component(criterion: Criterion, found: dict[str, _Row]) -> Component:
    if criterion.indicator is None:
        return Component(criterion, None, None, None, None, NO_SOURCE)
    numerator, denominator, value = found[criterion.indicator]
    if value is None or numerator is None or not denominator:
        return Component(criterion, numerator, denominator, None, None, NOTHING_TO_COUNT)
    share = min(exact(numerator) / exact(denominator) / criterion.full_from, Fraction(1))
    return Component(criterion, numerator, denominator, value, float(share * criterion.points), None)
