"""The conference system's service (wire.md, section 5)."""

import hmac
from datetime import datetime
from hashlib import sha256
from xml.etree.ElementTree import Element, SubElement, tostring

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from clock import Clock
from seed.meetings import Conference, meetings, recorded_meetings, unix_milliseconds
from seed.place import SECRET_VARIABLE, Place
from seed.working_time import local_seconds


class ConferenceSystem:
    """One running service."""

    def __init__(self, place: Place, clock: Clock, credentials: dict[str, str]) -> None:
        self._place, self._clock = place, clock
        self._secret = credentials[SECRET_VARIABLE]
        self._recordings: tuple[int, bytes] = (-1, b"")

    def routes(self) -> list[Route]:
        """The addresses of this service below its base."""
        return [
            Route("/bigbluebutton/api/getMeetings", self.get_meetings),
            Route("/bigbluebutton/api/getRecordings", self.get_recordings),
        ]

    def get_meetings(self, request: Request) -> Response:
        """The meetings that run now, with those who are connected now."""
        if not self._signed(request, "getMeetings"):
            return _failed()
        return Response(meetings_xml(self._place, self._clock.now()), media_type="text/xml")

    def get_recordings(self, request: Request) -> Response:
        """The recordings of meetings that have ended."""
        if not self._signed(request, "getRecordings"):
            return _failed()
        held = recorded_meetings(self._place, self._clock.now())
        count, text = self._recordings
        if count != len(held):
            text = recordings_xml(held)
            self._recordings = len(held), text
        return Response(text, media_type="text/xml")

    def _signed(self, request: Request, call: str) -> bool:
        parts = [part for part in request.url.query.split("&") if part]
        rest = "&".join(part for part in parts if not part.startswith("checksum="))
        given = next((part[len("checksum=") :] for part in parts if part.startswith("checksum=")), "")
        right = sha256(f"{call}{rest}{self._secret}".encode()).hexdigest()
        return hmac.compare_digest(given.lower().encode(), right.encode())


def meetings_xml(place: Place, at: datetime) -> bytes:
    """The answer to getMeetings at an instant."""
    root = _success()
    running = meetings(place, at)
    listed = SubElement(root, "meetings")
    for held in running:
        _add_meeting(listed, held, local_seconds(at))
    if not running:
        _explain(root, "noMeetings", "no meetings were found on this server")
    return _text(root)


def recordings_xml(held: list[Conference]) -> bytes:
    """The answer to getRecordings."""
    root = _success()
    if not held:
        _explain(root, "noRecordings", "There are no recordings for the meeting(s).")
    listed = SubElement(root, "recordings")
    for conference in held:
        recording = SubElement(listed, "recording")
        _add_all(
            recording,
            recordID=conference.internal_id,
            meetingID=conference.meeting_id,
            internalMeetingID=conference.internal_id,
            name=conference.name,
            isBreakout="false",
            published="true",
            state="published",
            startTime=str(unix_milliseconds(conference.started)),
            endTime=str(unix_milliseconds(conference.ended)),
            participants=str(len(conference.attendees)),
        )
        _add_metadata(recording, conference)
    return _text(root)


def _add_meeting(listed: Element, held: Conference, now: int) -> None:
    connected = [person for person in held.attendees if person.joined <= now < person.left]
    meeting = SubElement(listed, "meeting")
    _add_all(
        meeting,
        meetingName=held.name,
        meetingID=held.meeting_id,
        internalMeetingID=held.internal_id,
        createTime=str(unix_milliseconds(held.started)),
        running="true",
        recording=str(held.recorded).lower(),
        startTime=str(unix_milliseconds(held.started)),
        endTime="0",
        participantCount=str(len(connected)),
        isBreakout=str(held.breakout).lower(),
    )
    attendees = SubElement(meeting, "attendees")
    for person in connected:
        _add_all(
            SubElement(attendees, "attendee"),
            userID=person.user_id,
            fullName=person.full_name,
            role="MODERATOR" if person.moderator else "VIEWER",
            hasJoinedVoice="true",
            hasVideo=str(person.has_video).lower(),
        )
    _add_metadata(meeting, held)


def _add_metadata(parent: Element, held: Conference) -> None:
    metadata = SubElement(parent, "metadata")
    SubElement(metadata, "unit-code").text = held.host
    SubElement(metadata, "invited-units").text = ",".join(held.invited)
    SubElement(metadata, "scheduled-start").text = str(unix_milliseconds(held.scheduled))


def _add_all(parent: Element, **texts: str) -> None:
    for name, text in texts.items():
        SubElement(parent, name).text = text


def _success() -> Element:
    root = Element("response")
    SubElement(root, "returncode").text = "SUCCESS"
    return root


def _explain(root: Element, key: str, message: str) -> None:
    _add_all(root, messageKey=key, message=message)


def _text(root: Element) -> bytes:
    text: bytes = tostring(root, encoding="utf-8")
    return text


def _failed() -> Response:
    root = Element("response")
    SubElement(root, "returncode").text = "FAILED"
    _explain(root, "checksumError", "Checksums do not match")
    return Response(_text(root), media_type="text/xml")
