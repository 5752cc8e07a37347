"""The conferences of a place as the history of Pexip tells them: a meeting that was broken off is several of them."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache
from hashlib import sha256

from seed.meetings import Attendee, Conference, day_of_meetings
from seed.place import Place

# Of 256 meetings so many break off once or twice, for so many seconds at most.
BROKEN_ONCE, BROKEN_TWICE, LONGEST_BREAK = 36, 6, 540
QUALITIES = ("1_good", "1_good", "2_ok", "3_bad")


@dataclass(frozen=True)
class Ended:
    """One conference that has ended; times in local seconds."""

    id: str
    name: str
    tag: str
    start: int
    end: int
    participants: int


@dataclass(frozen=True)
class Connection:
    """One participant of one conference; times in local seconds."""

    id: str
    conference: str
    display_name: str
    alias: str
    quality: str
    start: int
    end: int


@lru_cache(maxsize=4)
def history_until(place: Place, hosts: frozenset[str], day: date) -> tuple[tuple[Ended, ...], tuple[Connection, ...]]:
    """The conferences that these units held until a local day, and all connections; each in order of their end."""
    days = [place.first_day + timedelta(days=number) for number in range((day - place.first_day).days + 1)]
    conferences = [row for each in days for row in _of_day(place, hosts, each)[0]]
    connections = [row for each in days for row in _of_day(place, hosts, each)[1]]
    return tuple(conferences), tuple(connections)


@lru_cache(maxsize=2048)
def _of_day(place: Place, hosts: frozenset[str], day: date) -> tuple[list[Ended], list[Connection]]:
    """No conference goes on beyond midnight, so days in order are conferences in order."""
    held = [meeting for meeting in day_of_meetings(place, day) if meeting.host in hosts and not meeting.breakout]
    parts = [part for meeting in held for part in broken(meeting)]
    conferences = sorted((conference for conference, _ in parts), key=lambda row: (row.end, row.id))
    connections = sorted((row for _, present in parts for row in present), key=lambda row: (row.end, row.id))
    return conferences, connections


def broken(held: Conference) -> Iterator[tuple[Ended, list[Connection]]]:
    """The conferences that one meeting was, with who was connected to each."""
    digest = sha256(held.internal_id.encode()).digest()
    for number, (start, end) in enumerate(_parts(held, digest)):
        identity = f"{digest.hex()[:24]}-{number}"
        present = [
            connection
            for position, attendee in enumerate(held.attendees)
            for connection in _connections(held, attendee, f"{identity}-{position:03}", start, end)
        ]
        yield Ended(identity, held.name, held.host, start, end, len(present)), present


def _parts(held: Conference, digest: bytes) -> Iterator[tuple[int, int]]:
    breaks = 2 if digest[0] < BROKEN_TWICE else 1 if digest[0] < BROKEN_ONCE else 0
    start, length = held.started, (held.ended - held.started) // (breaks + 1)
    for number in range(breaks):
        end = start + length - LONGEST_BREAK - digest[1 + number]
        yield start, end
        start = end + 1 + digest[3 + number] * (LONGEST_BREAK - 1) // 255
    yield start, held.ended


def _connections(held: Conference, attendee: Attendee, identity: str, start: int, end: int) -> Iterator[Connection]:
    joined, left = max(attendee.joined, start), min(attendee.left, end)
    if joined < left:
        bracketed = attendee.full_name.startswith("[")
        unit, _, name = attendee.full_name[1:].partition("] ") if bracketed else ("", "", attendee.full_name)
        alias = f"{unit or 'khach'}@hop.{held.host.lower()}.invalid"
        quality = QUALITIES[sum(identity.encode()) % len(QUALITIES)]
        yield Connection(identity, held.name, name, alias, quality, joined, left)
