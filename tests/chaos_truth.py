"""What the sources of a chaos run hold, as facts for the slow reference: their wire records read a second time."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

from clock import local_day
from seed._pexip import history_record
from seed.conference_history import history_until
from seed.meetings import Conference
from seed.registers import returns
from seed.working_time import instant_of
from store.rows import Dossier, Return
from tests.chaos_sources import PLACE, Sources
from tests.reference_facts import HeldMeeting, Point
from tests.truth import VIETNAM, Truth, Wire, read_truth

# indicators.md: everything that is not named here is in process.
_STATES = {
    "receiving": 1, "new": 2, "denied": 3, "waiting": 5, "paying": 6, "cancelled": 7, "unresolved": 8,
    "releasing": 9, "done": 10,
}  # fmt: skip
_WITHOUT_RESULT = (3, 7, 8)
_PAUSE = timedelta(minutes=10)


def truth_of(sources: Sources) -> Truth:
    """Everything that counts of what all of them hold now, once they have settled."""
    plain = read_truth(PLACE, sources.dossiers(), sources.documents(), [PLACE.start])
    return replace(
        plain,
        dossiers=[*plain.dossiers, *map(_opencps_dossier, sources.opencps_dossiers())],
        meetings=[*meetings_of_history(sources.clock.now()), *map(_recorded, sources.conferences.ended)],
        returns=[_return(row) for row in returns(PLACE)],
    )


def _opencps_dossier(row: Wire) -> Dossier:
    state = _STATES.get(row["dossierStatus"], 4)
    released, finished = _instant(row["releaseDate"]), _instant(row["finishDate"])
    channel: Any = "online" if row["online"] == "true" else "post" if int(row["fromViaPostal"]) else "counter"
    return Dossier(
        source_id=row["dossierId"],
        unit_code=row["govAgencyCode"],
        procedure_code=row["serviceCode"],
        channel=channel,
        state=state,
        submitted_at=_instant(row["submitDate"]),
        received_at=_instant(row["receiveDate"]),
        due_at=_instant(row["dueDate"]),
        completed_at=(finished or released) if state in _WITHOUT_RESULT else released,
        returned_at=None if state in _WITHOUT_RESULT else finished,
        returned_by_post=row["viaPostal"] == "2",
        untold=True,
        updated_at=_some_instant(row["modifiedDate"]),
    )


def _instant(text: str) -> datetime | None:
    return _some_instant(text) if text else None


def _some_instant(text: str) -> datetime:
    return datetime.strptime(text, "%d/%m/%Y %H:%M:%S").replace(tzinfo=VIETNAM)


def meetings_of_history(now: datetime) -> list[HeldMeeting]:
    """The meetings of the Pexip history: conferences of one name with less than ten minutes between them are one."""
    conferences, connections = (
        [history_record(row) for row in rows if instant_of(row.end) <= now]
        for rows in history_until(PLACE, PLACE.units_of("pexip"), local_day(now))
    )
    by_name: defaultdict[str, list[Wire]] = defaultdict(list)
    for row in sorted(conferences, key=lambda row: row["start_time"]):
        by_name[row["name"]].append(row)
    present: defaultdict[str, list[Wire]] = defaultdict(list)
    for row in connections:
        present[row["conference_name"]].append(row)
    return [_meeting(parts, present[name]) for name, rows in by_name.items() for parts in _parted(rows)]


def _parted(rows: Iterable[Wire]) -> Iterator[list[Wire]]:
    parts: list[Wire] = []
    for row in rows:
        if parts and _utc(row["start_time"]) - max(_utc(part["end_time"]) for part in parts) >= _PAUSE:
            yield parts
            parts = []
        parts.append(row)
    yield parts


def _meeting(parts: Sequence[Wire], connections: Iterable[Wire]) -> HeldMeeting:
    start, end = _utc(parts[0]["start_time"]), max(_utc(part["end_time"]) for part in parts)
    # Nobody is invited in this history, so whoever was there enters no rate.
    units = {row["remote_alias"].split("@")[0] for row in connections}
    points = tuple(Point(unit, False, 0) for unit in sorted(units))
    return HeldMeeting(parts[0]["id"], parts[0]["tag"], start, end, points)


def _utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def _recorded(held: Conference) -> HeldMeeting:
    points = tuple(Point(unit, True, 0) for unit in held.invited)
    return HeldMeeting(held.internal_id, held.host, instant_of(held.started), instant_of(held.ended), points)


def _return(row: Mapping[str, str]) -> Return:
    year = int(row["period"])
    figures: dict[str, float] = {}
    if row["value"]:
        figures["value"] = float(row["value"].removesuffix(" %")) / 100
    else:
        figures = {name: float(row[name]) for name in ("numerator", "denominator")}
    return Return(
        unit_code=row["unit_code"],
        indicator=row["indicator"],
        period_from=date(year, 1, 1),
        period_to=date(year, 12, 31),
        **figures,
    )
