"""The place that the wall is about."""

from pages._units import UnitRow, Units


def root_of(units: Units) -> UnitRow | None:
    """The province, or the city that runs a centre of its own; before a unit that nobody has placed yet."""
    return min(units.roots(), key=lambda unit: unit.kind != "tinh", default=None)
