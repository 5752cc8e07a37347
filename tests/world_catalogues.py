"""The dated units and procedures of a random world."""

from collections.abc import Sequence
from datetime import date, timedelta
from random import Random
from typing import Any

from store.rows import Procedure, Unit
from tests.world_moments import chance


class _Rows:
    """Makes rows of units that begin, unless told otherwise, on one day."""

    def __init__(self, begin: date) -> None:
        self.begin = begin

    def __call__(self, code: str, kind: Any, parent: str | None, name: str = "", **dates: Any) -> Unit:
        return Unit(
            code=code, kind=kind, parent_code=parent, name=name or f"Unit {code}", **{"valid_from": self.begin, **dates}
        )


def make_units(random: Random, first_day: date) -> list[Unit]:
    """A province with departments, two districts and communes that move, end, or share a code over time."""
    unit = _Rows(first_day - timedelta(days=random.choice((0, 40))))
    late = timedelta(days=random.choice((0, 15)))  # records may be older than the first row
    days = [first_day + timedelta(days=random.randrange(10, 60)) for _ in range(4)]
    units = [
        unit("H28", "tinh", None),
        unit("H28.01", "so", "H28"),
        unit("H28.02", "so", "H28", valid_from=unit.begin + late),
        unit("H28.11", "huyen", "H28"),
        unit("H28.11.01", "xa", "H28.11"),
        unit("H28.12.03", "xa", "H28.12", valid_to=days[0]),
    ]
    if chance(random, 40):  # the same commune again after a gap
        units.append(unit("H28.12.03", "xa", "H28.11", valid_from=days[0] + timedelta(days=random.choice((2, 9)))))
    units += _moving(random, unit, "H28.11.02", days[1])
    units += _district_that_may_end(random, unit, days[2])
    units += _code_used_twice(random, unit, days[3])
    random.shuffle(units)
    return units


def _moving(random: Random, unit: _Rows, code: str, moves: date) -> list[Unit]:
    """A commune that moves to the other district, at times back, its rows at times overlapping."""
    until = random.choice((moves - timedelta(days=1), moves, moves + timedelta(days=7), None))
    rows = [unit(code, "xa", "H28.11", valid_to=until), unit(code, "xa", "H28.12", valid_from=moves)]
    if chance(random, 40):
        rows.append(unit(code, "xa", "H28.11", valid_from=moves + timedelta(days=9)))
    return rows


def _district_that_may_end(random: Random, unit: _Rows, ends: date) -> list[Unit]:
    """A district with a commune under it to the end: it stays, is renamed, or is dissolved above its commune."""
    communes = [unit("H28.12.01", "xa", "H28.12")]
    fate = random.choice(("stays", "renamed", "dissolved"))
    if fate == "stays":
        return [unit("H28.12", "huyen", "H28"), *communes]
    first = unit("H28.12", "huyen", "H28", valid_to=ends - timedelta(days=1))
    if fate == "renamed":
        return [first, unit("H28.12", "huyen", "H28", "Another district", valid_from=ends), *communes]
    return [first, *communes]


def _code_used_twice(random: Random, unit: _Rows, ends: date) -> list[Unit]:
    """A commune that is dissolved, and another unit that gets its code at once or later."""
    again = ends + timedelta(days=random.choice((1, 1, 12)))
    kind, parent = random.choice((("xa", "H28.11"), ("xa", "H28.12"), ("huyen", "H28"), ("so", "H28")))
    return [
        unit("H28.12.02", "xa", "H28.12", valid_to=ends),
        unit("H28.12.02", kind, parent, "Another unit", valid_from=again),
    ]


def make_procedures(random: Random, first_day: date, codes: Sequence[str]) -> list[Procedure]:
    """Seven procedures that change level, agency and validity, at times in force nowhere or twice on a day."""
    rows = []
    for number in range(7):
        begin = first_day - timedelta(days=random.choice((30, -5)))
        for _ in range(random.choice((1, 1, 2, 3))):
            lasts = timedelta(days=random.choice((10, 25)))
            until = random.choice((None, begin + lasts, begin + lasts - timedelta(days=1)))
            rows.append(
                Procedure(
                    code=f"1.{number:06}",
                    name=f"Procedure {number}",
                    valid_from=begin,
                    valid_to=until,
                    level=random.choice((2, 3, 4)),
                    tier=random.choice(("tinh", "huyen", "xa")),
                    agency_code=random.choice((None, None, random.choice(codes))),
                    fee=chance(random, 50),
                    national_portal=chance(random, 50),
                )
            )
            begin += lasts + timedelta(days=random.choice((0, 0, 4)))  # a gap: in force nowhere for some days
    random.shuffle(rows)
    return rows
