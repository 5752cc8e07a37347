"""The place that the wall is about, and who answers to it."""

from pages._names import short_name
from pages._units import UnitRow, Units


def root_of(units: Units) -> UnitRow | None:
    """The province, or the city that runs a centre of its own; before a unit that nobody has placed yet."""
    return min(units.roots(), key=lambda unit: unit.kind != "tinh", default=None)


def answering(units: Units, root: str) -> list[UnitRow]:
    """Departments and districts; where there are no districts (two tiers, or a city) the communes in their place."""
    kinds = {unit.kind for unit in units.by_code.values()}
    asked = ("so", "huyen" if "huyen" in kinds else "xa")
    return [unit for unit in units.by_code.values() if unit.kind in asked and unit.code != root]


def named(code: str, units: Units) -> str:
    """A unit as it is called on the wall; a code that nobody knows stands for itself."""
    return short_name(units.by_code[code].name) if code in units.by_code else code
