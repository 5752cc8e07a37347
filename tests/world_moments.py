"""Random days and instants of a small world, many of them at the edges of a day."""

from datetime import UTC, date, datetime, time, timedelta
from random import Random
from zoneinfo import ZoneInfo

ZONE = ZoneInfo("Asia/Ho_Chi_Minh")
SPAN_DAYS = 70
# First and last second of a local day, and of the UTC day within it.
TIMES = (time(0), time(23, 59, 59), time(6, 59, 59), time(7), time(10, 30))


def chance(random: Random, percent: int) -> bool:
    """Whether something happens that does so in `percent` of all cases."""
    return random.randrange(100) < percent


def day_of(random: Random, first_day: date) -> date:
    """A day of the world."""
    return first_day + timedelta(days=random.randrange(SPAN_DAYS))


def instant_on(random: Random, day: date) -> datetime:
    """An instant of a local day."""
    return datetime.combine(day, random.choice(TIMES), ZONE).astimezone(UTC)
