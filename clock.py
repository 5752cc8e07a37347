"""The one clock that poller, metrics, pages, messages and simulators ask.

A real installation uses the real time. A simulated place lives at its own date: its clock starts at `start`
and runs at `speed` (0 stands still: tests). Processes that must agree share an anchor, "real instant|replay
instant", in IOC_CLOCK_ANCHOR; `ioc.py run` sets it for its children. Nothing else reads the system's time.
"""

import os
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

LOCAL_ZONE = ZoneInfo("Asia/Ho_Chi_Minh")
ANCHOR_VARIABLE = "IOC_CLOCK_ANCHOR"


@dataclass(frozen=True)
class Clock:
    """At the real instant `real_start` the clock showed `start`; since then it runs `speed` times real time."""

    real_start: datetime
    start: datetime
    speed: float = 1.0

    def now(self) -> datetime:
        """The instant this clock shows, aware, in UTC."""
        return (self.start + (_real_now() - self.real_start) * self.speed).astimezone(UTC)

    def today(self) -> date:
        """The local day (Asia/Ho_Chi_Minh) this clock shows."""
        return local_day(self.now())

    def anchor(self) -> str:
        """What IOC_CLOCK_ANCHOR must hold for another process to show the same time."""
        return f"{self.real_start.isoformat()}|{self.start.isoformat()}"


def real_clock() -> Clock:
    """The real time."""
    now = _real_now()
    return Clock(now, now)


def replay_clock(start: datetime, speed: float) -> Clock:
    """A clock that shows `start` now, or what IOC_CLOCK_ANCHOR says it showed when."""
    anchor = os.environ.get(ANCHOR_VARIABLE)
    if anchor:
        real_start, shown = anchor.split("|")
        return Clock(datetime.fromisoformat(real_start), datetime.fromisoformat(shown), speed)
    return Clock(_real_now(), start, speed)


def still_clock(at: datetime) -> Clock:
    """A clock that always shows `at`."""
    return Clock(at, at, 0.0)


def local_day(instant: datetime) -> date:
    """The local day (Asia/Ho_Chi_Minh) on which an aware instant falls."""
    return instant.astimezone(LOCAL_ZONE).date()


def whole_minute(instant: datetime | None) -> datetime | None:
    """The beginning of the minute in which an instant falls; None for None."""
    return instant and instant.replace(second=0, microsecond=0)


def start_of_day(day: date) -> datetime:
    """The first instant of a local day, aware."""
    return datetime(day.year, day.month, day.day, tzinfo=LOCAL_ZONE)


def end_of_day(day: date) -> datetime:
    """The last microsecond of a local day, aware."""
    return start_of_day(day + timedelta(days=1)) - timedelta(microseconds=1)


def _real_now() -> datetime:
    return datetime.now(UTC)
