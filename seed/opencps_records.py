"""The dossiers of the districts on OpenCPS, as that system writes them (wire.md, section 2), at an instant."""

from collections.abc import Collection, Iterator
from datetime import date, datetime
from functools import lru_cache
from hashlib import sha256
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from seed.dossier_records import states_shown, times_shown
from seed.dossiers import RESUMED, Dossiers
from seed.people import e_mail, full_name, identity_number, phone
from seed.place import Place
from seed.procedures import procedures
from seed.register import dossier_register
from seed.timeline import NEVER
from seed.units import units
from seed.working_time import DAY, Seconds, local_seconds, midnight

STATUS = {
    1: "receiving",
    2: "new",
    3: "denied",
    5: "waiting",
    6: "paying",
    7: "cancelled",
    8: "unresolved",
    9: "releasing",
    10: "done",
}
IN_WORK = ("processing", "interoperating", "processing", "posting", "processing", "correcting")
# Dossier numbers count their days from here.
FIRST_ORDINAL = 730_000


class Held(NamedTuple):
    """Dossiers of some units at an instant, the last changed first, with the columns that questions ask for.

    `entered`: when it was received, of one not received when it was submitted; `ended`: released, denied or cancelled
    (NEVER while it is open). All in local seconds.
    """

    dossiers: Dossiers
    events: NDArray[np.int64]
    states: NDArray[np.int64]
    times: dict[str, Seconds]
    entered: Seconds
    ended: Seconds

    def chosen(self, rows: NDArray[Any]) -> "Held":
        """Only these rows."""
        times = {name: instants[rows] for name, instants in self.times.items()}
        return Held(
            self.dossiers[rows], self.events[rows], self.states[rows], times, self.entered[rows], self.ended[rows]
        )


def held_dossiers(place: Place, codes: Collection[str], at: datetime) -> Held:
    """What the system of these units holds at an instant."""
    everything, found, events = dossier_register(place).changed(None, local_seconds(at))
    mine = [number for number, unit in enumerate(units(place)) if unit.code in codes]
    here = np.isin(everything["unit"][found], mine)
    dossiers, events = everything[found[here]], events[here]
    order = np.lexsort((dossiers["tie"], dossiers["instants"][np.arange(len(dossiers)), events]))[::-1]
    dossiers, events = dossiers[order], events[order]
    states, times = states_shown(dossiers, events), times_shown(dossiers, events)
    received, updated = times["NgayTiepNhan"], times["NgayCapNhat"]
    entered = np.where(received == NEVER, times["NgayNopHoSo"], received)
    ended = np.where(states == 3, updated, times["NgayKetThucXuLy"])
    return Held(dossiers, events, states, times, entered, ended)


def of_window(held: Held, first: date, last: date) -> Held:
    """The dossiers received on these days, or received before and open or released since the first of them."""
    start, end = midnight(first), midnight(last) + DAY
    inside = (held.entered >= start) & (held.entered < end)
    return held.chosen(np.flatnonzero(inside | ((held.entered < start) & (held.ended >= start))))


def opencps_records(place: Place, held: Held) -> list[dict[str, Any]]:
    """One wire record for each dossier."""
    return list(_records(place, held))


def _records(place: Place, held: Held) -> Iterator[dict[str, Any]]:
    offices, services = units(place), procedures(place)
    without_result = np.isin(held.states, (3, 7, 8))
    texts = {
        "submitDate": held.times["NgayNopHoSo"],
        "receiveDate": held.times["NgayTiepNhan"],
        "dueDate": held.times["NgayHenTra"],
        "extendDate": _extended(held),
        "releaseDate": np.where(without_result, NEVER, held.ended),
        "finishDate": np.where(without_result, held.ended, held.times["NgayTra"]),
        "modifiedDate": held.times["NgayCapNhat"],
    }
    written = {name: [_written(instant) for instant in instants.tolist()] for name, instants in texts.items()}
    names = ("unit", "procedure", "day", "number", "person", "channel", "returned_by_post")
    columns = [held.dossiers[name].tolist() for name in names]
    for row, (unit, procedure, day, number, person, channel, by_post) in enumerate(zip(*columns, strict=True)):
        office, service, state = offices[unit], services[procedure], int(held.states[row])
        identity = str((day - FIRST_ORDINAL) * 10_000_000 + unit * 10_000 + number)
        received = held.times["NgayTiepNhan"][row] != NEVER
        yield {
            "dossierId": identity,
            "referenceUid": sha256(f"{place.name} {identity}".encode()).hexdigest()[:32],
            "dossierNo": f"{office.code}-{date.fromordinal(day):%y%m%d}-{number:04}" if received else "",
            "serviceCode": service.code,
            "serviceName": service.name,
            "serviceLevel": str(service.level),
            "govAgencyCode": office.code,
            "domainCode": service.field_code,
            "online": "true" if channel == 2 else "false",
            "viaPostal": "2" if by_post else str(person % 2),
            "fromViaPostal": "1" if channel == 3 else "0",
            "dossierStatus": STATUS.get(state) or IN_WORK[person % len(IN_WORK)],
            "lockState": "PAUSE STATE" if state == 5 else "",
            "applicantName": full_name(person),
            "applicantIdNo": identity_number(person),
            "address": f"Nhà của {full_name(person)}",
            "contactTelNo": phone(person),
            "contactEmail": e_mail(person) if person % 3 else "",
            **{name: column[row] for name, column in written.items()},
        }


def system_ids(held: Held) -> NDArray[np.int64]:
    """Through which system each dossier came: 0 its own, 1 and 2 those connected to it."""
    rest = held.dossiers["person"] % 10
    return np.where(rest < 7, 0, np.where(rest < 9, 1, 2)).astype(np.int64)


def _extended(held: Held) -> Seconds:
    """The due date after a pause, which `dueDate` shows as well."""
    moved = (held.events >= RESUMED) & (held.dossiers["due_after_pause"] != held.dossiers["due"])
    extended: Seconds = np.where(moved, held.times["NgayHenTra"], NEVER)
    return extended


def _written(instant: int) -> str:
    if instant == NEVER:
        return ""
    day, second = divmod(instant, DAY)
    return f"{_day(day)} {second // 3600:02}:{second // 60 % 60:02}:{second % 60:02}"


@lru_cache(maxsize=4096)
def _day(number: int) -> str:
    return f"{date.fromordinal(number + date(1970, 1, 1).toordinal()):%d/%m/%Y}"
