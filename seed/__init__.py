"""Simulated provinces: their units, procedures and source systems, which answer over HTTP as real ones would.

    place = PLACES["hoa-binh"]
    running = start(place, clock)            a server on loopback; running.base_urls, running.stop()
    raw_dossiers(place, at)                  the source's own truth at an instant, as wire records; also
                                             raw_documents, meetings, recorded_meetings, unit_rows, catalogue_rows
    demo_settings(place, port)               settings of a centre that polls it; demo_secrets(place): its credentials
    shapes(place), targets(place)            a schematic map, and what the place was told to reach
    successions(place)                       which units took over from which at a reform

Everything is drawn from (seed number, day): two processes that simulate one place hold the same records. What
is later than the clock shows does not exist yet. All personal data is invented and recognisable (seed/people.py).
"""

from seed._bigbluebutton import meetings_xml, recordings_xml
from seed._dvcqg import statistics_rows, unit_rows
from seed.document_records import raw_documents
from seed.dossier_records import raw_dossiers
from seed.geography import shapes
from seed.meetings import Attendee, Conference, meetings, recorded_meetings
from seed.people import MARKER, personal_values
from seed.place import PLACES, Place, find_place
from seed.procedures import catalogue_rows
from seed.server import RunningSimulator, make_app, serve, start
from seed.successions import successions
from seed.systems import base_urls, credentials, demo_secrets, demo_settings
from seed.targets import targets
from seed.units import units
from seed.working_time import CALENDAR

__all__ = [
    "CALENDAR",
    "MARKER",
    "PLACES",
    "Attendee",
    "Conference",
    "Place",
    "RunningSimulator",
    "base_urls",
    "catalogue_rows",
    "credentials",
    "demo_secrets",
    "demo_settings",
    "find_place",
    "make_app",
    "meetings",
    "meetings_xml",
    "personal_values",
    "raw_documents",
    "raw_dossiers",
    "recorded_meetings",
    "recordings_xml",
    "serve",
    "shapes",
    "start",
    "statistics_rows",
    "successions",
    "targets",
    "unit_rows",
    "units",
]
