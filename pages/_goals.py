"""Targets in force: which unit must reach what, on a day."""

from datetime import date

from pages._units import Units
from store.engine import Engine
from store.reads import Target, targets


def goals(engine: Engine, indicator: str, day: date, units: Units) -> dict[str, Target]:
    """Unit code to the target of an indicator that is in force on a local day: the unit's own, else that of its kind;
    of several the one begun last."""
    found = sorted((target for target in targets(engine) if target.indicator == indicator), key=_begun)
    in_force = [target for target in found if covers(target, day)]
    own = {target.unit_code: target for target in in_force if target.unit_code}
    kinds = {target.kind: target for target in in_force if target.kind}
    of_kind = {code: kinds[unit.kind] for code, unit in units.by_code.items() if unit.kind in kinds}
    return of_kind | own


def covers(target: Target, day: date) -> bool:
    """Whether the target is in force on that day."""
    return target.valid_from <= day and (target.valid_to is None or day <= target.valid_to)


def _begun(target: Target) -> date:
    return target.valid_from


def goal_text(target: Target, value: str) -> str:
    """A target as its comparator and value: ≥ 51 %. `value` is its value as written."""
    signs = {">=": "≥", "<=": "≤", ">": ">", "<": "<", "=": "="}
    return f"{signs.get(target.comparator, target.comparator)} {value}"
