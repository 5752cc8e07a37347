"""The conference system of a chaos run: meetings that run when it begins, and end one after the other."""

from dataclasses import replace
from datetime import timedelta

from starlette.requests import Request
from starlette.responses import Response

import seed
from clock import still_clock
from seed._bigbluebutton import ConferenceSystem, recordings_xml
from seed.meetings import Conference, day_of_meetings, unix_milliseconds
from seed.place import SECRET_VARIABLE

# The last of them ends after this many steps: long before anybody was connected for the five minutes that count.
_DAYS, STEPS_BETWEEN = 8, 4


class RunningConferences(ConferenceSystem):
    """Whoever was there stays until the end; what has ended is a recording with the times of its start and end."""

    def __init__(self, place: seed.Place, secret: str) -> None:
        super().__init__(place, still_clock(place.start), {SECRET_VARIABLE: secret})
        days = (place.start.date() - timedelta(days=number) for number in range(1, _DAYS))
        drawn = (row for day in days for row in day_of_meetings(replace(place, seed=place.seed + 1), day))
        self.running = [replace(row, recorded=True) for row in drawn if not row.breakout]
        self.ended: list[Conference] = []
        self._steps = 0

    def move_on(self) -> None:
        """One step; now and then a meeting ends."""
        self._steps += 1
        if self._steps % STEPS_BETWEEN == 0 and self.running:
            self._end()

    def end_all(self) -> None:
        """All have ended."""
        while self.running:
            self._end()

    def _end(self) -> None:
        # One assignment each, recording first: an answer between them names it twice, never not at all.
        self.ended = [*self.ended, self.running[0]]
        self.running = self.running[1:]

    def people(self) -> set[str]:
        """The names that it shows."""
        return {person.full_name for held in (*self.running, *self.ended) for person in held.attendees}

    def get_meetings(self, request: Request) -> Response:
        """The meetings that run, with everybody who came."""
        if not self._signed(request, "getMeetings"):
            return Response("<response><returncode>FAILED</returncode></response>", media_type="text/xml")
        listed = "".join(map(_meeting_xml, self.running))
        text = f"<response><returncode>SUCCESS</returncode><meetings>{listed}</meetings></response>"
        return Response(text, media_type="text/xml")

    def get_recordings(self, request: Request) -> Response:
        """The meetings that have ended."""
        if not self._signed(request, "getRecordings"):
            return Response("<response><returncode>FAILED</returncode></response>", media_type="text/xml")
        return Response(recordings_xml(self.ended), media_type="text/xml")


def _meeting_xml(held: Conference) -> str:
    people = "".join(f"<attendee><fullName>{person.full_name}</fullName></attendee>" for person in held.attendees)
    return (
        f"<meeting><meetingName>{held.name}</meetingName><internalMeetingID>{held.internal_id}</internalMeetingID>"
        f"<startTime>{unix_milliseconds(held.started)}</startTime><endTime>0</endTime><isBreakout>false</isBreakout>"
        f"<attendees>{people}</attendees><metadata><unit-code>{held.host}</unit-code>"
        f"<invited-units>{','.join(held.invited)}</invited-units>"
        f"<scheduled-start>{unix_milliseconds(held.scheduled)}</scheduled-start></metadata></meeting>"
    )
