"""A day's conferences of a place, drawn from (seed number, day): who holds them, who was invited, who came when."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import lru_cache
from hashlib import sha256
from random import Random

from seed.people import full_name
from seed.place import Place
from seed.units import Unit, units
from seed.working_time import ZONE_OFFSET, day_of, is_working_day, local_seconds, midnight

TOPICS = (
    "Hội nghị giao ban trực tuyến",
    "Họp Ban Chỉ đạo phòng, chống dịch COVID-19",
    "Hội nghị triển khai nhiệm vụ chuyển đổi số",
    "Hội nghị tập huấn phần mềm Một cửa điện tử",
    "Họp đánh giá tiến độ giải ngân vốn đầu tư công",
    "Hội nghị sơ kết xây dựng nông thôn mới",
    "Hội nghị đối thoại với doanh nghiệp",
)
DARK, WITHOUT_CODE, RECORDED, WITH_BREAKOUT = 0.07, 0.04, 0.5, 0.12


@dataclass(frozen=True)
class Attendee:
    """One connection: from `joined` to `left`, local seconds."""

    user_id: str
    full_name: str
    moderator: bool
    has_video: bool
    joined: int
    left: int


@dataclass(frozen=True)
class Conference:
    """One meeting, or a breakout room of one. Times in local seconds; `scheduled` may differ from `started`."""

    meeting_id: str
    internal_id: str
    name: str
    host: str
    invited: tuple[str, ...]
    scheduled: int
    started: int
    ended: int
    recorded: bool
    breakout: bool
    attendees: tuple[Attendee, ...]


def meetings(place: Place, at: datetime) -> list[Conference]:
    """The conferences running at an instant, breakout rooms included."""
    now = local_seconds(at)
    return [held for held in day_of_meetings(place, day_of(now)) if held.started <= now < held.ended]


def recorded_meetings(place: Place, at: datetime) -> list[Conference]:
    """The conferences that were recorded and had ended at an instant, of the place's whole history, oldest first."""
    now = local_seconds(at)
    return [held for held in _recorded_until(place, day_of(now)) if held.ended <= now]


@lru_cache(maxsize=4)
def _recorded_until(place: Place, day: date) -> tuple[Conference, ...]:
    first = place.first_day
    days = (first + timedelta(days=number) for number in range((day - first).days + 1))
    return tuple(held for each in days for held in day_of_meetings(place, each) if held.recorded)


@lru_cache(maxsize=2048)
def day_of_meetings(place: Place, day: date) -> tuple[Conference, ...]:
    """The conferences of a local day in order of their start; none on a day off."""
    if not is_working_day(day):
        return ()
    random = Random(f"{place.seed} {day} meetings")
    held = [conference for plan in _plans(place, day, random) for conference in _hold(place, day, random, *plan)]
    return tuple(sorted(held, key=lambda conference: conference.started))


def _plans(place: Place, day: date, random: Random) -> Iterator[tuple[Unit, tuple[Unit, ...], int]]:
    """Host, invited units, and the minute of the day: the root's own in the morning, a few others at any time."""
    everyone = [unit for unit in units(place) if unit.in_force(day)]
    root, *everyone = everyone
    departments = [unit for unit in everyone if unit.kind == "so"]
    districts = [unit for unit in everyone if unit.kind == "huyen"]
    communes = [unit for unit in everyone if unit.kind == "xa"]
    # Where there is no tier of districts, the communes meet the root directly.
    below = tuple(districts or communes)
    if random.random() < 0.3:
        yield root, (*districts, *communes), 8 * 60
    else:
        yield root, (*districts, *random.sample(departments, 8)) if departments else below, 8 * 60
    for host in random.sample(departments, random.randint(1, 2)) if departments else ():
        yield host, below, random.choice((8 * 60, 8 * 60 + 30, 14 * 60, 14 * 60 + 30))
    for host in random.sample(districts, random.randint(3, 5)) if districts else ():
        own = tuple(unit for unit in communes if unit.parent == host.code)
        yield host, own, random.choice((8 * 60, 8 * 60, 8 * 60 + 30, 13 * 60 + 30, 14 * 60, 15 * 60))


def _hold(
    place: Place, day: date, random: Random, host: Unit, invited: tuple[Unit, ...], minute: int
) -> Iterator[Conference]:
    scheduled = midnight(day) + minute * 60
    started = scheduled + random.randint(-900, 240)
    ended = scheduled + random.randint(50, 170) * 60 + random.randint(0, 59)
    meeting_id = f"{host.code}-{day:%y%m%d}-{minute:04}"
    present = [unit for unit in invited if random.random() >= DARK]
    attendees = [_attendee(random, unit, scheduled, started, ended, unit is host) for unit in (host, *present)]
    topic = random.choice(TOPICS)
    yield Conference(
        meeting_id=meeting_id,
        internal_id=_internal_id(place, meeting_id, started),
        name=f"{topic} - {host.name}",
        host=host.code,
        invited=tuple(unit.code for unit in invited),
        scheduled=scheduled,
        started=started,
        ended=ended,
        recorded=random.random() < RECORDED,
        breakout=False,
        attendees=tuple(attendees),
    )
    if random.random() < WITH_BREAKOUT:
        room_id = f"{meeting_id}-nhom1"
        yield Conference(
            meeting_id=room_id,
            internal_id=_internal_id(place, room_id, scheduled + 1800),
            name=f"{topic} - Nhóm 1",
            host=host.code,
            invited=(),
            scheduled=scheduled + 1800,
            started=scheduled + 1800,
            ended=scheduled + 2700,
            recorded=False,
            breakout=True,
            attendees=tuple(attendees[:4]),
        )


def _attendee(random: Random, unit: Unit, scheduled: int, started: int, ended: int, hosts: bool) -> Attendee:
    joined = started if hosts else max(started + 5, scheduled + int(random.triangular(-600, 900, 0)))
    stays = hosts or random.random() < 0.92
    left = ended if stays else joined + int((ended - joined) * random.uniform(0.02, 0.9))
    name = full_name(random.randrange(1 << 30))
    bracketed = f"[{unit.code}] {name}" if random.random() >= WITHOUT_CODE or hosts else f"{unit.name} - {name}"
    return Attendee(f"w_{random.randrange(16**10):010x}", bracketed, hosts, random.random() < 0.85, joined, left)


def unix_milliseconds(seconds: int) -> int:
    """Local seconds as the milliseconds since 1970 that the conference system writes."""
    return (seconds - ZONE_OFFSET) * 1000


def _internal_id(place: Place, meeting_id: str, started: int) -> str:
    return f"{sha256(f'{place.name} {meeting_id}'.encode()).hexdigest()[:40]}-{unix_milliseconds(started)}"
