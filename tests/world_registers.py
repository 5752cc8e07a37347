"""The bridge points and statistical returns of a random world."""

from collections.abc import Sequence
from datetime import date, timedelta
from random import Random
from typing import Literal

from store.rows import BridgePoint, Return
from tests.world_moments import SPAN_DAYS, chance, day_of

Status = Literal["active", "broken", "retired"]
RATE, COUNT = "plan_coverage_rate", "certificates"


def make_points(random: Random, first_day: date, codes: Sequence[str]) -> list[BridgePoint]:
    """A register of points that break, are mended and retired, each in one state on a day."""
    rows = []
    for number in range(random.randrange(8)):
        unit_code, begin = random.choice(codes), first_day - timedelta(days=random.choice((0, 20, -5)))
        for _ in range(random.choice((1, 1, 2, 3))):
            status: Status = random.choice(("active", "active", "active", "broken", "retired"))
            until = begin + timedelta(days=random.choice((0, 10, 30)))
            last = chance(random, 40)
            rows.append(
                BridgePoint(
                    unit_code=unit_code,
                    point_code=f"DC{number:02}",
                    status=status,
                    valid_from=begin,
                    valid_to=None if last else until,
                )
            )
            if last:
                break
            begin = until + timedelta(days=random.choice((1, 1, 7)))
    random.shuffle(rows)
    return rows


def make_returns(random: Random, first_day: date, codes: Sequence[str]) -> list[Return]:
    """Returns for periods that overlap, hold one another, or begin on one day; one for each unit and period."""
    found = {}
    for _ in range(random.randrange(12)):
        start = day_of(random, first_day) if chance(random, 50) else first_day + timedelta(days=30)
        end = start + timedelta(days=random.choice((0, 0, 9, 29, SPAN_DAYS)))
        row = _return(random, random.choice(codes), start, end)
        found[row.source_id] = row
    return list(found.values())


def _return(random: Random, unit_code: str, start: date, end: date) -> Return:
    key = random.choice((RATE, RATE, COUNT))
    whole = random.choice((0, 4, 19))
    numerator = float(random.randrange(whole + 1))
    base = {"unit_code": unit_code, "indicator": key, "period_from": start, "period_to": end}
    if key == COUNT:
        return Return(**base, numerator=3000.0) if chance(random, 50) else Return(**base, value=2999.0)
    if chance(random, 40):
        return Return(**base, value=numerator / 20)
    return Return(**base, numerator=numerator, denominator=float(whole))
