"""The one-stop's dossiers in the vocabulary of the national portal's sync service DongBoHoSoMC (wire.md, 1).

Oddities: a session may end at any time; pages shift while they are read, because a dossier that changes moves to the
end; an agency's code comes in two forms; numbers come as strings; one procedure has a row per level it ever had.
"""

from collections.abc import Callable, Generator, Iterator, Mapping
from datetime import date, datetime
from typing import Any, Final

import httpx

from clock import LOCAL_ZONE
from config import SourceSettings
from connectors import _fields as fields
from connectors._contract import Connector, Page, SourceCount
from connectors._decode import MalformedError, TruncatedError, decode_json
from connectors._dvcqg_columns import read_columns, read_dossiers
from connectors._dvcqg_dossiers import decode_dossiers
from connectors._dvcqg_pages import PAGE_SIZE, Answered, read_pages
from connectors._dvcqg_statistics import FIGURES, unit_counts
from connectors._fields import BadFieldError, Record, member
from connectors._http import SourceClient
from connectors._kept import WORDS, Kept, codes, is_code
from connectors._records import read_records
from errors import SourceChanged, SourceError, SourceRefused, SourceUnavailable
from store.rows import Batch, Procedure, Unit

LEVELS = {"2": 2, "3": 3, "4": 4}
TIERS: Mapping[str, Any] = {"tinh": "tinh", "huyen": "huyen", "xa": "xa"}
KINDS: Mapping[str, Any] = {"tinh": "tinh", "so": "so", "huyen": "huyen", "xa": "xa"}
# How registers write "without end".
ENDLESS = "99991231"

KEPT_FIELDS: Final[Mapping[str, Mapping[str, Kept]]] = {
    "procedures": {
        **codes("MaTTHC MaLinhVuc MucDo CapThucHien CoQuanThucHien TichHopDVCQG ThuPhi NgayHieuLuc NgayHetHieuLuc"),
        "TenTTHC": WORDS,
        "TenLinhVuc": WORDS,
    },
    "units": {
        **codes("MADONVI CAPDONVI MACHA NGAYHIEULUC NGAYHETHIEULUC"),
        "TENDONVI": WORDS,
    },
}


class SessionAuth(httpx.Auth):
    """Logs in when there is no session yet, and once again when a call answers 401."""

    def __init__(self, settings: SourceSettings) -> None:
        self._source = settings.name
        self._login_address = settings.base_url.rstrip("/") + "/login"
        self._credentials = {"username": settings.username, "password": settings.secret("password_env")}
        self._session = ""

    def auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response, None]:
        """A login that fails becomes the answer to the call, so that its status is judged like any other."""
        for _ in (1, 2):
            if not self._session:
                login = yield httpx.Request("POST", self._login_address, json=self._credentials)
                if login.status_code != httpx.codes.OK:
                    return
                self._session = self._session_of(login)
            used = request.headers["session"] = self._session
            response = yield request
            if response.status_code != httpx.codes.UNAUTHORIZED:
                return
            # Another thread's call may have logged in anew meanwhile.
            if self._session == used:
                self._session = ""

    def _session_of(self, login: httpx.Response) -> str:
        try:
            answer = decode_json(login.read())
        except TruncatedError as error:
            raise SourceUnavailable(self._source, f"/login: the answer is cut off ({error})") from error
        except MalformedError as error:
            raise SourceChanged(self._source, f"/login: {error}") from error
        if _error_code(self._source, answer) != "0":
            raise SourceRefused(self._source, "/login: access refused; check the user name and the password")
        return member(self._source, answer, "session", str)


def _error_code(source: str, answer: Any) -> str:
    code = member(source, answer, "error_code", object)
    return str(code) if isinstance(code, str | int) and is_code(code) and len(str(code)) <= 20 else "unreadable"


def catalogues(http: SourceClient) -> Iterator[Page]:
    """The units, then the procedures."""
    for path, kind in (("/LayDanhMucCoQuan", "units"), ("/LayDanhSachTTHC", "procedures")):
        records = member(http.source, _result(http, path, {}), "data", list)
        if not records:
            raise SourceChanged(http.source, f"{path}: holds no rows")
        yield Page(kind=kind, records=records, source_count=len(records))


def pull(http: SourceClient, since: datetime | None) -> Iterator[Page]:
    """The pages of everything updated at or after `since`, also while they shift."""
    begin = since.astimezone(LOCAL_ZONE).strftime("%Y%m%d%H%M%S") if since else ""
    return read_pages(lambda begin, number: _dossier_page(http, begin, number), begin)


def keys(http: SourceClient, first: date, _last: date) -> Iterator[Page]:
    """The dossiers updated on or after the first day; the service knows no end of a question."""
    begin = f"{first:%Y%m%d}000000"
    yield from read_pages(lambda since, number: _dossier_page(http, since, number), begin)
    after = _result(http, "/DongBoHoSoMC", {"capNhatTu": begin, "trang": 1, "kichThuoc": 1})
    yield Page(kind="dossiers", records=[], source_count=member(http.source, after, "tongSo", int))


def statistics(http: SourceClient, first: date, last: date) -> Iterator[SourceCount]:
    """What ThongKe counts over these days, unit by unit."""
    answer = _result(http, "/ThongKe", {"tuNgay": f"{first:%Y%m%d}", "denNgay": f"{last:%Y%m%d}"})
    return unit_counts(http.source, member(http.source, answer, "data", list), first, last)


def _dossier_page(http: SourceClient, begin: str, number: int) -> Answered:
    question: dict[str, str | int] = {"trang": number, "kichThuoc": PAGE_SIZE}
    params = {"capNhatTu": begin, **question} if begin else question
    result = _result(http, "/DongBoHoSoMC", params, decode_dossiers)
    records, total = member(http.source, result, "data", list), member(http.source, result, "tongSo", int)
    return Answered(records, total, _page_size(result))


def _page_size(result: dict[str, Any]) -> int:
    size = result.get("kichThuoc")
    return int(size) if isinstance(size, int | str) and str(size).isdigit() and int(size) > 0 else PAGE_SIZE


def _result(
    http: SourceClient, path: str, params: Mapping[str, str | int], decode: Callable[[bytes], Any] = decode_json
) -> dict[str, Any]:
    answer = http.get_json(path, params, decode)
    code = _error_code(http.source, answer)
    if code != "0":
        raise _refusal(http.source, path, code)
    result: dict[str, Any] = member(http.source, answer, "result", dict)
    return result


def _refusal(source: str, path: str, code: str) -> SourceError:
    # The message is not told: it may name the applicant whose dossier is in the way.
    text = f"{path}: error_code {code}"
    if code in ("401", "403"):
        return SourceRefused(source, text)
    if code == "429" or (len(code) == 3 and code.startswith("5")):
        return SourceUnavailable(source, text)
    return SourceChanged(source, text)


def to_rows(page: Page, _seen_at: datetime) -> Batch:
    """Units, procedures or dossiers; the personal fields are never read."""
    if page.kind == "units":
        units, rejected = read_records(page.kind, page.records, "MADONVI", KEPT_FIELDS["units"], _unit)
        return Batch(units=units, rejected=rejected)
    if page.kind == "procedures":
        kept_fields = KEPT_FIELDS["procedures"]
        procedures, rejected = read_records(page.kind, page.records, "MaTTHC", kept_fields, _procedure)
        return Batch(procedures=procedures, rejected=rejected)
    dossiers, rejected = read_dossiers(page.records)
    return Batch(dossiers=dossiers, rejected=rejected)


def to_columns(page: Page, seen_at: datetime) -> Batch:
    """As `to_rows`, dossiers as a frame."""
    return read_columns(page.records) if page.kind == "dossiers" else to_rows(page, seen_at)


def _unit(record: Record) -> Unit:
    valid_from, valid_to = _validity(record, "NGAYHIEULUC", "NGAYHETHIEULUC")
    return Unit(
        code=fields.unit_code(record, "MADONVI"),
        valid_from=valid_from,
        valid_to=valid_to,
        parent_code=fields.unit_code_or_none(record, "MACHA"),
        kind=fields.choice(record, "CAPDONVI", KINDS, "unknown_kind"),
        name=fields.words(record, "TENDONVI"),
    )


def _validity(record: Record, begin_field: str, end_field: str) -> tuple[Any, Any]:
    begin = fields.required_date(record, begin_field)
    end = None if record.get(end_field) == ENDLESS else fields.local_date(record, end_field)
    if end and end < begin:
        raise BadFieldError("bad_date", end_field, f"lies before {begin_field}")
    return begin, end


def _procedure(record: Record) -> Procedure:
    valid_from, valid_to = _validity(record, "NgayHieuLuc", "NgayHetHieuLuc")
    return Procedure(
        code=fields.code(record, "MaTTHC", missing="missing_key"),
        valid_from=valid_from,
        valid_to=valid_to,
        name=fields.words(record, "TenTTHC"),
        level=fields.choice(record, "MucDo", LEVELS, "unknown_level"),
        tier=fields.choice(record, "CapThucHien", TIERS, "unknown_tier"),
        agency_code=fields.unit_code_or_none(record, "CoQuanThucHien"),
        field_code=fields.code_or_none(record, "MaLinhVuc") or "",
        field_name=fields.words(record, "TenLinhVuc"),
        fee=fields.flag_or_none(record, "ThuPhi") or False,
        national_portal=fields.flag_or_none(record, "TichHopDVCQG") or False,
    )


CONNECTOR = Connector(
    dialect="dvcqg",
    kinds=("units", "procedures", "dossiers"),
    auth=SessionAuth,
    catalogues=catalogues,
    pull=pull,
    to_rows=to_rows,
    to_columns=to_columns,
    statistics=statistics,
    figures=tuple(FIGURES),
    keys=keys,
)
