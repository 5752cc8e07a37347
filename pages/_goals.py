"""Targets in force: which unit must reach what, on a day."""

from collections.abc import Sequence
from datetime import date
from typing import TYPE_CHECKING

from metrics import targets_in_force
from pages import _format
from pages._units import Units
from store.reads import Target, targets

if TYPE_CHECKING:  # messages say targets too, in a process without the web
    from pages._holder import Live

SIGNS = {">=": "≥", "<=": "≤", ">": ">", "<": "<", "=": "="}


def known_targets(here: "Live") -> Sequence[Target]:
    """All targets, in force or not: read once for all visitors until one of them changes. StoreError."""
    question = ("targets", targets_version(here))
    return here.counters.remembered(question, date.min, lambda: tuple(targets(here.engine)))


def targets_version(here: "Live") -> int:
    """What changes when any target does."""
    return here.versions.get("targets", 0)


def goals(here: "Live", indicator: str, day: date, units: Units) -> dict[str, Target]:
    """Unit code to the target of an indicator that is in force on a local day: its own, else that of its kind."""
    kinds = [(unit.code, unit.kind) for unit in units.by_code.values()]
    return targets_in_force(known_targets(here), kinds, indicator, day)


def covers(target: Target, day: date) -> bool:
    """Whether the target is in force on that day."""
    return target.valid_from <= day and (target.valid_to is None or day <= target.valid_to)


def goal_text(target: Target) -> str:
    """A target as its comparator and value: ≥ 51 %."""
    return compared_text(target.indicator, target.comparator, target.value)


def compared_text(indicator: str, comparator: str, value: float) -> str:
    """A comparator and a value of an indicator, given by its key: ≥ 51 %."""
    return f"{SIGNS.get(comparator, comparator)} {_format.target_value(indicator, value)}"
