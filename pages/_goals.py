"""Targets in force: which unit must reach what, on a day."""

from datetime import date

from store.engine import Engine
from store.reads import Target, targets


def goals(engine: Engine, indicator: str, day: date) -> dict[str, Target]:
    """Unit code to the target of an indicator that is in force on a local day; of several the one begun last."""
    found = [
        target
        for target in targets(engine)
        if target.indicator == indicator
        and target.valid_from <= day
        and (target.valid_to is None or day <= target.valid_to)
    ]
    return {target.unit_code: target for target in sorted(found, key=lambda target: target.valid_from)}


def goal_text(target: Target, value: str) -> str:
    """A target as its comparator and value: ≥ 51 %. `value` is its value as written."""
    signs = {">=": "≥", "<=": "≤", ">": ">", "<": "<", "=": "="}
    return f"{signs.get(target.comparator, target.comparator)} {value}"
