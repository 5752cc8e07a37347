"""Simulated provinces: their units, procedures and three source systems, which answer over HTTP as real ones would.

    place = PLACES["hoa-binh"]
    running = start(place, clock)            a server on loopback; running.base_urls, running.stop()
    raw_dossiers(place, at)                  the source's own truth at an instant, as wire records

Everything is drawn from (seed number, day): two processes that simulate one place hold the same records. What
is later than the clock shows does not exist yet. All personal data is invented and recognisable (seed/people.py).
"""

from seed.document_records import raw_documents
from seed.dossier_records import raw_dossiers
from seed.geography import shapes
from seed.meetings import Attendee, Conference, meetings, recorded_meetings
from seed.people import MARKER, personal_values
from seed.place import PLACES, Place, base_urls, credentials, demo_secrets, demo_settings, find_place
from seed.server import RunningSimulator, make_app, serve, start
from seed.targets import targets
from seed.units import units
from seed.working_time import CALENDAR

__all__ = [
    "PLACES",
    "CALENDAR",
    "MARKER",
    "Attendee",
    "Conference",
    "Place",
    "RunningSimulator",
    "base_urls",
    "credentials",
    "demo_secrets",
    "demo_settings",
    "find_place",
    "make_app",
    "meetings",
    "personal_values",
    "raw_documents",
    "raw_dossiers",
    "recorded_meetings",
    "serve",
    "shapes",
    "start",
    "targets",
    "units",
]
