"""The meetings of a random world: the polls that saw them, and what is known of them after all polls."""

from collections.abc import Sequence
from datetime import date, timedelta
from random import Random

from store.rows import Batch, Meeting, MeetingPoint
from tests.reference_facts import HeldMeeting, Point
from tests.world_moments import chance, day_of, instant_on

# Seconds between polls: five minutes can be met to the second, and a meeting can pass midnight.
POLL_GAPS = (100, 150, 200, 299, 300, 301, 40_000, 86_400, 300_000)


def make_polls(random: Random, first_day: date, codes: Sequence[str], count: int) -> list[Batch]:
    """Polls in order of time, each with the meetings listed just then; a meeting can be missed and come back."""
    at = instant_on(random, day_of(random, first_day))
    instants = []
    for _ in range(count):
        instants.append(at)
        at += timedelta(seconds=random.choice(POLL_GAPS))
    polls = [Batch(running=frozenset(), seen_at=at) for at in instants]
    for number in range(count // 2):
        first = random.randrange(count)
        _list_meeting(random, f"meeting-{number}", codes, polls[first : first + random.randrange(1, count + 1)])
    return polls


def _list_meeting(random: Random, source_id: str, codes: Sequence[str], polls: Sequence[Batch]) -> None:
    """Put a meeting into polls; where the last one tells its end it is no longer running."""
    unit_code = random.choice(codes)
    invited = {code: chance(random, 70) for code in random.sample(codes, k=random.randrange(5))}
    assert polls[0].seen_at is not None
    started = polls[0].seen_at - timedelta(seconds=random.choice((0, 61)))
    tells_end = len(polls) > 1 and chance(random, 40)
    for poll in polls:
        ended = None
        if tells_end and poll is polls[-1]:
            assert poll.seen_at is not None
            ended = max(started, poll.seen_at - timedelta(seconds=30))
        elif poll is not polls[0] and chance(random, 20):
            continue
        points = tuple(
            MeetingPoint(code, asked, ended is None and chance(random, 70)) for code, asked in invited.items()
        )
        poll.meetings.append(
            Meeting(source_id=source_id, unit_code=unit_code, started_at=started, ended_at=ended, points=points)
        )
        if ended is None:
            assert poll.running is not None
            poll.running |= {source_id}


def held_meeting(polls: Sequence[Batch], source_id: str) -> HeldMeeting | None:
    """What is known of a meeting after all polls; None while it runs."""
    listed = [(poll, meeting) for poll in polls for meeting in poll.meetings if meeting.source_id == source_id]
    last_poll, last = listed[-1]
    missed = [poll.seen_at for poll in polls[polls.index(last_poll) + 1 :] if poll.seen_at]
    ended = last.ended_at or (missed[0] if missed else None)
    if ended is None:
        return None
    points = []
    for code in dict.fromkeys(point.unit_code for _, meeting in listed for point in meeting.points):
        seen = [
            (poll.seen_at, point)
            for poll, meeting in listed
            for point in meeting.points
            if point.unit_code == code and poll.seen_at
        ]
        joined = [at for at, point in seen if point.connected]
        seconds = int((joined[-1] - joined[0]).total_seconds()) if joined else 0
        points.append(Point(code, any(point.invited for _, point in seen), seconds))
    return HeldMeeting(source_id, last.unit_code, last.started_at, ended, tuple(points))
