"""The one-stop's dossiers of OpenCPS v2, by its REST resource as deployed (wire.md, 2).

Oddities: no update cursor, only date windows; rows shift while they are paged by offset; nearly everything is a
string, booleans too; without `systemId` the dossiers that came through other systems are missing. It knows no fees,
ratings, digitised parts or results: those are none. `dueDate` contains the pauses: `extendDate` is never added to it.
Of agencies and services it leaves much unsaid: their rows are guesses, and give way to any other source's.
"""

from collections.abc import Generator, Iterator, Mapping
from datetime import date, datetime, timedelta
from typing import Any, Final

import httpx

from clock import local_day
from config import SourceSettings
from connectors import _fields as fields
from connectors._contract import Connector, Page
from connectors._fields import BadFieldError, Record, member
from connectors._http import SourceClient
from connectors._kept import TIME, WORDS, Kept, codes, is_code
from connectors._offsets import key_of
from connectors._opencps_agencies import agency_kind, owner_of_services, parent_code
from connectors._opencps_statistics import FIGURES, month_counts
from connectors._opencps_windows import PAGE_SIZE, RESOURCE, count_days, parse_instant, read_days
from connectors._records import read_records
from errors import ConfigError, SourceChanged
from store.rows import (
    AWAITING_PAYMENT,
    AWAITING_SUPPLEMENT,
    PROCESSED,
    PROCESSING,
    RECEIVED,
    REFUSED,
    REGISTERED,
    RETURNED,
    STOPPED,
    WITHDRAWN,
    Batch,
    Channel,
    Dossier,
    Procedure,
    Unit,
)

# Before the first one-stop was electronic.
FIRST_DAY = date(2000, 1, 1)
# A window also gives what was received before it and is open, or was released in or after it. What nobody finds there
# is a result that is handed over long after its release: every poll looks back so far that few are, the first of a day
# twice as far.
LOOK_BACK, LOOK_FAR_BACK = timedelta(days=45), timedelta(days=90)
_DAY = timedelta(days=1)

STATES: Mapping[str, int] = {
    "receiving": REGISTERED,
    "new": RECEIVED,
    "denied": REFUSED,
    "waiting": AWAITING_SUPPLEMENT,
    "paying": AWAITING_PAYMENT,
    "cancelled": WITHDRAWN,
    "unresolved": STOPPED,
    "releasing": PROCESSED,
    "done": RETURNED,
    **dict.fromkeys(("processing", "pausing", "interoperating", "posting", "correcting", "cancelling"), PROCESSING),
}
RETURNED_BY_POST = {"0": False, "1": False, "2": True}
LEVELS = {"2": 2, "3": 3, "4": 4}
TIERS: Mapping[str, Any] = {"tinh": "tinh", "huyen": "huyen", "xa": "xa"}

KEPT_FIELDS: Final[Mapping[str, Mapping[str, Kept]]] = {
    "dossiers": {
        **codes("dossierId serviceCode govAgencyCode online viaPostal fromViaPostal dossierStatus"),
        **dict.fromkeys(("submitDate", "receiveDate", "dueDate", "releaseDate", "finishDate", "modifiedDate"), TIME),
    },
    "procedures": {
        **codes("serviceCode domainCode maxLevel ownerCode ownerTier"),
        **dict.fromkeys(("serviceName", "domainName"), WORDS),
    },
    "units": {**codes("itemCode parentItemCode"), "itemName": WORDS},
}


class GroupAuth(httpx.BasicAuth):
    """User name and password with every request, and the group whose dossiers are meant."""

    def __init__(self, settings: SourceSettings) -> None:
        super().__init__(settings.username, settings.secret("password_env"))
        if not settings.group_id:
            raise ConfigError(f"source {settings.name}: setting group_id is missing (the OpenCPS site's groupId)")
        self._group = settings.group_id

    def auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response, None]:
        """One request, no dialogue."""
        request.headers["groupId"] = self._group
        yield from super().auth_flow(request)


def catalogues(http: SourceClient) -> Iterator[Page]:
    """The agencies, then the services, each with the agency that they belong to."""
    path = f"{RESOURCE}/dictcollections/GOVERNMENT_AGENCY/dictitems"
    agencies = _filled(http, path, member(http.source, http.get_json(path), "data", list))
    yield Page(kind="units", records=agencies, source_count=len(agencies))
    owner, tier = owner_of_services(agencies)
    services = _filled(http, f"{RESOURCE}/serviceinfos", list(_services(http)))
    owned = [{**row, "ownerCode": owner, "ownerTier": tier} if isinstance(row, dict) else row for row in services]
    yield Page(kind="procedures", records=owned, source_count=len(owned))


def _filled(http: SourceClient, path: str, records: list[Any]) -> list[Any]:
    if not records:
        raise SourceChanged(http.source, f"{path}: holds no rows")
    return records


def _services(http: SourceClient) -> Iterator[Any]:
    """Every service once; the list says no total, so it ends where nothing new comes."""
    known: set[Any] = set()
    start = 0
    while True:
        answer = http.get_json(f"{RESOURCE}/serviceinfos", {"start": start, "end": start + PAGE_SIZE})
        rows = member(http.source, answer, "data", list)
        fresh = {key_of(row, "serviceCode"): row for row in rows if key_of(row, "serviceCode") not in known}
        if not fresh:
            return
        yield from fresh.values()
        known |= fresh.keys()
        start += len(fresh)


def pull(http: SourceClient, since: datetime | None) -> Iterator[Page]:
    """The dossiers of all windows in which something can have changed since; only the last page has a cursor."""
    last = http.today() + _DAY
    if since is None:
        newest = yield from read_days(http, FIRST_DAY, last, None)
    else:
        first = local_day(since) - LOOK_BACK
        newest = yield from read_days(http, first, last, None)
        if newest and local_day(newest) > local_day(since):
            newest = yield from read_days(http, local_day(since) - LOOK_FAR_BACK, first - _DAY, newest)
    yield Page(kind="dossiers", records=[], cursor=newest)


def keys(http: SourceClient, first: date, last: date) -> Iterator[Page]:
    """The dossiers of a window: received on these days, and also what was open at their begin or released since."""
    yield from read_days(http, first, last)
    yield Page(kind="dossiers", records=[], source_count=count_days(http, first, last))


def to_rows(page: Page, _seen_at: datetime) -> Batch:
    """Units, procedures or dossiers; the personal fields are never read."""
    kept_fields = KEPT_FIELDS[page.kind]
    if page.kind == "units":
        units, rejected = read_records(page.kind, page.records, "itemCode", kept_fields, _unit)
        return Batch(units=units, rejected=rejected)
    if page.kind == "procedures":
        procedures, rejected = read_records(page.kind, page.records, "serviceCode", kept_fields, _procedure)
        return Batch(procedures=procedures, rejected=rejected)
    dossiers, rejected = read_records(page.kind, page.records, "dossierId", kept_fields, _dossier, "govAgencyCode")
    return Batch(dossiers=dossiers, rejected=rejected)


def _unit(record: Record) -> Unit:
    code, name = fields.unit_code(record, "itemCode"), fields.words(record, "itemName")
    kind = agency_kind(code, name)
    if kind is None:
        raise BadFieldError("unknown_kind", "itemName", "and itemCode do not tell what kind of agency this is")
    parent = parent_code(fields.code_or_none(record, "parentItemCode"))
    return Unit(code=code, valid_from=FIRST_DAY, parent_code=parent, kind=kind, name=name, guessed=True)


def _procedure(record: Record) -> Procedure:
    return Procedure(
        code=fields.code(record, "serviceCode", missing="missing_key"),
        valid_from=FIRST_DAY,
        name=fields.words(record, "serviceName"),
        level=fields.choice(record, "maxLevel", LEVELS, "unknown_level"),
        tier=fields.choice(record, "ownerTier", TIERS, "unknown_tier"),
        agency_code=fields.unit_code_or_none(record, "ownerCode"),
        field_code=fields.code_or_none(record, "domainCode") or "",
        field_name=fields.words(record, "domainName"),
        guessed=True,
    )


def _dossier(record: Record) -> Dossier:
    state = fields.choice(record, "dossierStatus", STATES, "unknown_state")
    released, finished = _instant(record, "releaseDate"), _instant(record, "finishDate")
    if state in (PROCESSED, RETURNED) and not (released or finished):
        raise BadFieldError("missing_completion", "releaseDate", "and finishDate are missing although it is done")
    updated = _instant(record, "modifiedDate")
    if updated is None:
        raise BadFieldError("bad_date", "modifiedDate", "is missing")
    # What was denied, cancelled or not resolved has no result: it ended when it was finished.
    without_result = state in (REFUSED, WITHDRAWN, STOPPED)
    return Dossier(
        source_id=_key(record),
        unit_code=fields.unit_code(record, "govAgencyCode"),
        procedure_code=fields.code(record, "serviceCode"),
        channel=_channel(record),
        state=state,
        submitted_at=_instant(record, "submitDate"),
        received_at=_instant(record, "receiveDate"),
        due_at=_instant(record, "dueDate"),
        completed_at=(finished or released) if without_result else released,
        returned_at=None if without_result else finished,
        returned_by_post=_returned_by_post(record),
        untold=True,
        updated_at=updated,
    )


def _key(record: Record) -> str:
    # The one field that is there from the first day and never changes: dossierNo is given on receipt.
    value = fields.required(record, "dossierId", "missing_key")
    if isinstance(value, bool) or not isinstance(value, str | int) or not is_code(value):
        raise BadFieldError("bad_code", "dossierId", "is no code", value)
    return str(value)


def _instant(record: Record, field: str) -> datetime | None:
    value = fields.present(record, field)
    if value is None:
        return None
    moment = parse_instant(value)
    if moment is None:
        raise BadFieldError("bad_date", field, "is no time dd/MM/yyyy HH:mm:ss", value)
    return moment


def _channel(record: Record) -> Channel:
    if fields.flag(record, "online"):
        return "online"
    return "post" if (fields.integer(record, "fromViaPostal") or 0) > 0 else "counter"


def _returned_by_post(record: Record) -> bool:
    if fields.present(record, "viaPostal") is None:
        return False
    return fields.choice(record, "viaPostal", RETURNED_BY_POST, "unknown_postal")


CONNECTOR = Connector(
    dialect="opencps",
    kinds=("units", "procedures", "dossiers"),
    auth=GroupAuth,
    catalogues=catalogues,
    pull=pull,
    to_rows=to_rows,
    statistics=month_counts,
    figures=tuple(FIGURES),
    keys=keys,
    keyed_by="entered",
)
