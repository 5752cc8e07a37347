"""What a place keeps in files because no system reports it: its bridge points, and its statistical returns."""

from seed.place import Place, profile
from seed.units import Unit, units

# Every so many department has a point that is out of order.
BROKEN = 6


def bridge_points(place: Place) -> list[dict[str, str]]:
    """The rows of the register of video-conference points: one for each state that a point was in.

    Every unit has a point, unless the place's file names the districts whose communes have one (`bridged`); then
    their halls alone are the register, some with a second one (`bridge_points` in all).
    """
    facts = profile(place.name)
    if "bridged" not in facts:
        return [_point(unit, 1, number) for number, unit in enumerate(units(place))]
    heads = {f"{facts['agency']}.{district}" for district in facts["bridged"]}
    communes = [unit for unit in units(place) if unit.parent in heads]
    second = communes[: facts["bridge_points"] - len(communes)]
    return [_point(unit, 1) for unit in communes] + [_point(unit, 2) for unit in second]


def _point(unit: Unit, hall: int, number: int = 0) -> dict[str, str]:
    broken = unit.kind == "so" and number % BROKEN == 0
    return {
        "unit_code": unit.code,
        "point_code": f"DC.{unit.code}.{hall}",
        "name": f"Điểm cầu {unit.name}",
        "room": f"Phòng họp {hall}",
        "status": "broken" if broken else "active",
        "valid_from": f"{unit.valid_from}",
        "valid_to": f"{unit.valid_to or ''}",
    }


def returns(place: Place) -> list[dict[str, str]]:
    """The statistical returns: every figure of the place's article that no system reports, of the root unit."""
    root = next(unit.code for unit in units(place) if unit.parent is None and unit.valid_to is None)
    columns = ("unit_code", "period", "indicator", "numerator", "denominator", "value", "note")
    written = ({"unit_code": root, **row} for row in profile(place.name).get("returns", []))
    return [{column: str(row.get(column, "")) for column in columns} for row in written]
