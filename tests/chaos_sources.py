"""The sources of a chaos run: a small city whose seven systems change all the time, and everything that they hold.

Their own clock moves through the last days before the centre's begins: new dossiers, new states, late commits.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from random import Random
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Mount, Route

import seed
from clock import local_day
from config import Duration, SourceSettings
from seed.conference_history import history_until
from seed.opencps_records import held_dossiers, opencps_records
from seed.place import (
    OPENCPS_GROUP,
    OPENCPS_VARIABLE,
    PASSWORD_VARIABLE,
    PEXIP_VARIABLE,
    SECRET_VARIABLE,
    TOKEN_VARIABLE,
)
from seed.place import USERNAME as USER
from tests.chaos_conferences import RunningConferences
from tests.connected import SteppedClock, UnrulyHistory, UnrulyOpenCps
from tests.test_personal_data import NAME, bad_documents, bad_dossiers
from tests.unruly import Disorder, Records, UnrulyOneStop, UnrulyRegister

PLACE = replace(seed.PLACES["hoa-binh-city"], dossiers_per_year=3000, documents_per_year=800)
_UNITS = tuple(unit.code for unit in seed.units(PLACE))
# The communes with these codes run OpenCPS, the others the province's one-stop.
ON_OPENCPS = frozenset(_UNITS[-4:])
CREDENTIALS: Mapping[str, str] = {
    PASSWORD_VARIABLE: "mot-cua-9f3a",
    OPENCPS_VARIABLE: "lien-thong-71c2",
    TOKEN_VARIABLE: "van-ban-b80d",
    PEXIP_VARIABLE: "hoi-nghi-04e6",
    SECRET_VARIABLE: "hop-5d17",
}
# So far the sources' own clock moves during the run, in so many steps; the centre's clock shows what comes after it.
SPAN = timedelta(days=3)
OVERLAP = Duration(days=1)
LATE_SHARE, LATEST = 0.25, OVERLAP * 0.8
# The nightly comparison looks at what was updated in the last 90 days.
DELETED_BACK = timedelta(days=60)
# More than a few at once would be taken for a fault of the source, and nothing of it believed.
MOST_DELETED = 10
_OLD = timedelta(days=20)


@dataclass
class Sources:
    """All systems by one stepped clock. Its dossiers and documents are what their systems have committed so far."""

    random: Random
    clock: SteppedClock = field(default_factory=lambda: SteppedClock(PLACE.start - SPAN))
    late: dict[str, datetime] = field(default_factory=dict)
    late_commits: int = 0
    deleted: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        before = PLACE.start - SPAN - _OLD
        secrets = {**seed.demo_secrets(PLACE), **CREDENTIALS}
        self.one_stop = UnrulyOneStop(PLACE, Disorder(self.random, _of_one_stop(before), shuffles=False))
        self.register = UnrulyRegister(Disorder(self.random, seed.raw_documents(PLACE, before)))
        self.opencps = UnrulyOpenCps(PLACE, self.clock, secrets, ON_OPENCPS)
        self.history = UnrulyHistory(PLACE, self.clock, secrets)
        self.conferences = RunningConferences(PLACE, CREDENTIALS[SECRET_VARIABLE])
        self._files = seed.make_app(replace(PLACE, systems=("files",)), self.clock, secrets)
        self.planted_dossiers = [*bad_dossiers(_of_one_stop(before)[-1]), NAME, [NAME]]
        self.planted_documents = [*bad_documents(seed.raw_documents(PLACE, before)[-1]), NAME, [NAME]]
        self._commit(_of_one_stop(self.clock.now()), self.clock.now())

    def app(self) -> Starlette:
        """All of them behind one port."""
        return Starlette(
            routes=[
                Mount("/dvcqg", routes=[*self.one_stop.routes(), Route("/ThongKe", self.statistics)]),
                Mount("/opencps", routes=self.opencps.routes()),
                Mount("/qlvb", routes=[Route("/vanban", self.register.documents)]),
                Mount("/pexip", routes=self.history.routes()),
                Mount("/bbb", routes=self.conferences.routes()),
                Mount("", app=self._files),
            ]
        )

    def move_on(self, share: float) -> None:
        """Their clock shows that share of the span; some of what is new is committed only later."""
        at = PLACE.start - SPAN + SPAN * min(share, 1.0)
        if at > self.clock.now():
            held = _of_one_stop(at)
            self._hold_back(held, self.clock.now(), at)
            self.clock.step(at)
            self._delete()
            self._commit(held, at)
            self.conferences.move_on()

    def settle(self) -> None:
        """Everything has happened and is committed; the sources keep to their rules from now on."""
        self.clock.step(PLACE.start)
        self.late.clear()
        self._commit(_of_one_stop(PLACE.start), PLACE.start)
        self.conferences.end_all()
        for disorder in (self.one_stop.disorder, self.register.disorder):
            disorder.rate, disorder.shuffles = 0.0, False
        # While a source holds a record without an id, nothing of it is believed to be gone.
        self.one_stop.records = [row for row in self.one_stop.records if _has_id(row, "MaHoSo")]
        self.register.records = [row for row in self.register.records if _has_id(row, "MaVanBan")]

    def _delete(self) -> None:
        """One dossier and one document are gone, as if they had never been there."""
        since = PLACE.start - DELETED_BACK
        recent = [row["MaHoSo"] for row in self.dossiers() if row["NgayCapNhat"] > since.strftime("%Y%m%d")]
        issued = [row["MaVanBan"] for row in self.documents() if row["updatedAt"] > since.isoformat()]
        if len(self.deleted) < MOST_DELETED:
            self.deleted |= {self.random.choice(recent), self.random.choice(issued)}
        for disorder in (self.one_stop.disorder, self.register.disorder):
            # What was deleted must not come back as a former state.
            disorder.older = [row for row in disorder.older if not self.deleted & {*map(str, row.values())}]

    def _hold_back(self, held: Records, since: datetime, at: datetime) -> None:
        edge = since.astimezone(PLACE.start.tzinfo).strftime("%Y%m%d%H%M%S")
        for record in held:
            if record["NgayCapNhat"] > edge and self.random.random() < LATE_SHARE:
                self.late[record["MaHoSo"]] = at + LATEST * self.random.random()
                self.late_commits += 1

    def _commit(self, held: Records, at: datetime) -> None:
        self.late = {key: until for key, until in self.late.items() if until > at}
        former = {record["MaHoSo"]: record for record in self.one_stop.records if isinstance(record, dict)}
        kept = [record for record in held if record["MaHoSo"] not in self.deleted]
        good = [record if record["MaHoSo"] not in self.late else former.get(record["MaHoSo"]) for record in kept]
        documents = [record for record in seed.raw_documents(PLACE, at) if record["MaVanBan"] not in self.deleted]
        self._dossiers, self._documents = [*filter(None, good)], documents
        self.one_stop.records = [*self._dossiers, *self.planted_dossiers]
        self.register.records = [*documents, *self.planted_documents]

    def statistics(self, request: Request) -> Response:
        """What the one-stop counts itself, of its good records."""
        first, last = request.query_params["tuNgay"], request.query_params["denNgay"]
        rows = [
            {"MADONVI": unit, **counts_of(self.dossiers(), unit, first, last)}
            for unit in _UNITS
            if unit not in ON_OPENCPS
        ]
        return JSONResponse({"error_code": "0", "message": "", "result": {"data": rows}})

    def dossiers(self) -> Records:
        """The one-stop's good records of now."""
        return self._dossiers

    def documents(self) -> Records:
        """The document register's good records of now."""
        return self._documents

    def opencps_dossiers(self) -> Records:
        """The records of OpenCPS now."""
        return opencps_records(PLACE, held_dossiers(PLACE, ON_OPENCPS, self.clock.now()))

    def personal_values(self) -> set[str]:
        """Every personal value that any of them may have shown."""
        records = [*self.dossiers(), *self.documents(), *self.opencps_dossiers()]
        _, connections = history_until(PLACE, PLACE.units_of("pexip"), local_day(PLACE.start))
        return seed.personal_values(records) | {row.display_name for row in connections} | self.conferences.people()


@dataclass(frozen=True)
class Feed:
    """One source of the centre's settings, and below which path its system answers."""

    name: str
    dialect: str
    path: str
    others: Mapping[str, str]


_USER = {"username": USER}
FEEDS = (
    Feed("motcua", "dvcqg", "dvcqg", {**_USER, "password_env": PASSWORD_VARIABLE}),
    Feed("lienthong", "opencps", "opencps", {**_USER, "password_env": OPENCPS_VARIABLE, "group_id": OPENCPS_GROUP}),
    Feed("vanban", "qlvb", "qlvb", {"token_env": TOKEN_VARIABLE}),
    Feed("hoinghi", "pexip", "pexip", {**_USER, "password_env": PEXIP_VARIABLE}),
    Feed("hop", "bigbluebutton", "bbb", {"secret_env": SECRET_VARIABLE}),
    Feed("diemcau", "bridge_points", "files", {"path": "bridge_points.csv"}),
    Feed("baocao", "returns", "files", {"path": "returns.csv"}),
)


def source_settings(addresses: Mapping[str, str], **pace: Any) -> tuple[SourceSettings, ...]:
    """The settings of the sources, each of which is asked at its address of these."""
    return tuple(
        SourceSettings(
            name=feed.name,
            dialect=feed.dialect,
            base_url=f"{addresses[feed.name]}/{feed.path}",
            overlap=OVERLAP,
            **feed.others,
            **pace,
        )
        for feed in FEEDS
    )


def counts_of(dossiers: Records, unit: str, first: str, last: str) -> dict[str, int]:
    """The counts of ThongKe for one unit and the local days (yyyyMMdd) from `first` to `last`, both included."""
    mine = [row for row in dossiers if _agency(row["DonViXuLy"]) == _agency(unit) and row["NgayTiepNhan"]]
    taken = [row for row in mine if first <= row["NgayTiepNhan"][:8] <= last]
    done = [row for row in mine if int(row["TrangThaiHoSo"]) >= 9 and first <= row["NgayKetThucXuLy"][:8] <= last]
    late = [row for row in done if row["NgayHenTra"] and row["NgayKetThucXuLy"][:8] > row["NgayHenTra"][:8]]
    waiting = [row for row in mine if row["NgayTiepNhan"][:8] <= last and not "0" < row["NgayKetThucXuLy"][:8] <= last]
    return {
        "HSTiepNhan": len(taken),
        "HSTiepNhanTrucTuyen": sum(row["KenhThucHien"] == "2" for row in taken),
        "HSDaXuLy": len(done),
        "HSDaXLDungHan": len(done) - len(late),
        "HSDaXLQuaHan": len(late),
        "HSDangXuLy": len(waiting),
    }


def _of_one_stop(at: datetime) -> Records:
    return [record for record in seed.raw_dossiers(PLACE, at) if _agency(record["DonViXuLy"]) not in _AGENCIES]


def _has_id(row: Any, field: str) -> bool:
    return isinstance(row, dict) and row[field] not in (None, NAME)


def _agency(code: str) -> tuple[str, ...]:
    """The groups of an agency's code, the same for its old and its new form."""
    return tuple(sorted(group for group in code.split(".") if group.strip("0")))


_AGENCIES = {_agency(code) for code in ON_OPENCPS}
