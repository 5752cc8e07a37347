"""All nine dialects at one port, with a person planted into what they answer: into unknown fields of every record, each
known field of some record, what stands around the records, and refusals."""

import csv
import io
import itertools
import json
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Any
from xml.etree.ElementTree import Element, SubElement, tostring

import defusedxml.ElementTree
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Mount, Route
from starlette.types import ASGIApp, Receive, Scope, Send

import seed
from clock import Clock
from config import SourceSettings
from seed._opencps import OpenCps
from seed.people import E_MAIL_DOMAIN, IDENTITY_PREFIX, PHONE_PREFIX

PLACE = replace(
    seed.PLACES["hoa-binh"],
    dossiers_per_year=500,
    documents_per_year=250,
    systems=("dvcqg", "opencps", "qlvb", "edxml", "bigbluebutton", "pexip", "files"),
)
NAME, IDENTITY, PHONE = f"Bùi Thị Hoa {seed.MARKER}", f"{IDENTITY_PREFIX}12345678", f"{PHONE_PREFIX}123456"
E_MAIL, ADDRESS = f"cd77{E_MAIL_DOMAIN}", f"Số 7, ngõ {seed.MARKER}, phường Phương Lâm"
MARKS = (seed.MARKER, IDENTITY, PHONE, E_MAIL_DOMAIN)
DISTRICT = frozenset(unit.code for unit in seed.units(PLACE) if f"{unit.code}.".startswith("H28.148."))
# As people write them where they do not belong. A number alone cannot be told from a code.
WRITTEN = (NAME, f"{PHONE} (nhà riêng)", f"CCCD {IDENTITY}", E_MAIL, ADDRESS)
UNKNOWN: dict[str, Any] = {
    "GhiChu": f"{NAME}, {PHONE}",
    "nguoiLienHe": {"hoTen": NAME, "cccd": IDENTITY, "dienThoai": PHONE, "email": E_MAIL, "diaChi": ADDRESS},
    "khac": [IDENTITY, [PHONE, {"email": E_MAIL}]],
    NAME: ADDRESS,
}
# Words of offices and of catalogues, which are taken over as they are: docs/security/personal-data.md.
OFFICES = {
    "TENDONVI", "TenTTHC", "TenLinhVuc", "TypeName", "CodeNumber", "CodeNotation", "serviceName", "domainName",
    "itemName", "meetingName", "name", "room", "note",
}  # fmt: skip
# Without these two lists nothing else would be understood.
CATALOGUES = ("LayDanhSachTTHC", "LayDanhMucCoQuan", "serviceinfos", "dictcollections")


@dataclass
class Planted:
    """Middleware around the systems of a place. `mode`: "records", "around" them, or "faults" instead of answers."""

    app: ASGIApp
    mode: str = "records"
    planted: int = 0
    turns: defaultdict[tuple[str, ...], Iterator[int]] = field(default_factory=lambda: defaultdict(itertools.count))

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer with persons in it."""
        if self.mode == "faults" and not scope["path"].endswith("/login"):
            said = json.dumps({"error_code": NAME, "message": WRITTEN, "status": NAME}, ensure_ascii=False)
            await Response(said, 400, media_type="application/json")(scope, receive, send)
            return
        head: dict[str, Any] = {}
        body = bytearray()

        async def held(message: Any) -> None:
            if message["type"] == "http.response.start":
                head.update(message)
            else:
                body.extend(message.get("body", b""))

        await self.app(scope, receive, held)
        kind = dict(head["headers"]).get(b"content-type", b"").decode()
        answer = self._plant(scope["path"], kind, bytes(body)) if head["status"] == 200 else bytes(body)
        kept = [(name, value) for name, value in head["headers"] if name != b"content-length"]
        await send({**head, "headers": [*kept, (b"content-length", str(len(answer)).encode())]})
        await send({"type": "http.response.body", "body": answer})

    def _plant(self, path: str, kind: str, body: bytes) -> bytes:
        if "json" in kind:
            told = json.loads(body)
            whole = any(name in path for name in CATALOGUES)
            if self.mode == "around" and not path.endswith("/login"):
                return json.dumps(around(told)).encode()
            self._into(told, spoil=not whole and "login" not in path)
            return json.dumps(told).encode()
        if "xml" in kind:
            tree = defusedxml.ElementTree.fromstring(body)
            self._into_xml(tree)
            return bytes(tostring(tree, encoding="utf-8"))
        return self._into_table(body) if "csv" in kind else body

    def _into(self, told: Any, *, spoil: bool) -> None:
        if isinstance(told, list) and told and all(isinstance(entry, dict) for entry in told):
            for record in told:
                if spoil:
                    self._spoil(record)
                record.update(UNKNOWN)
            return
        for inner in told.values() if isinstance(told, dict) else told if isinstance(told, list) else ():
            self._into(inner, spoil=spoil)

    def _spoil(self, record: dict[str, Any]) -> None:
        """A person in one field of this record: the next one in turn, and none once all had theirs."""
        names = tuple(sorted(set(record) - OFFICES))
        turn = next(self.turns[names])
        if turn < len(names) * len(WRITTEN):
            record[names[turn % len(names)]] = WRITTEN[(turn + turn // len(names)) % len(WRITTEN)]
            self.planted += 1

    def _into_xml(self, tree: Element) -> None:
        branches = [one for one in tree.iter() if len(one)]
        records = [one for one in branches if one.tag in ("meeting", "recording")] or [tree]
        for record in records:
            leaves = [leaf for leaf in record.iter() if len(leaf) == 0 and leaf.tag.rpartition("}")[2] not in OFFICES]
            turn = next(self.turns[record.tag, *(leaf.tag for leaf in leaves)])
            if record.tag != "response" and turn < len(leaves):
                leaves[turn].text = WRITTEN[turn % len(WRITTEN)]
                self.planted += 1
        for branch in branches:
            SubElement(branch, "nguoiLienHe").text = f"{NAME} {PHONE} {IDENTITY} {E_MAIL}"

    def _into_table(self, body: bytes) -> bytes:
        rows = list(csv.reader(io.StringIO(body.decode("utf-8-sig"))))
        head, names = rows[0], [name for name in rows[0] if name not in OFFICES]
        for turn, row in enumerate(rows[1 : 1 + len(names) * len(WRITTEN)]):
            row[head.index(names[turn % len(names)])] = WRITTEN[(turn + turn // len(names)) % len(WRITTEN)]
            self.planted += 1
        text = io.StringIO()
        csv.writer(text).writerows(rows)
        return text.getvalue().encode("utf-8-sig")


def around(told: Any) -> Any:
    """The same with a person in place of every plain value that is not in a record."""
    if isinstance(told, dict):
        return {**{name: around(inner) for name, inner in told.items()}, "nguoi": NAME}
    return told if isinstance(told, list) else NAME


# ---- what the place itself has not: a district on OpenCPS, returns, a Janus server with two rooms ------------------

_ROOM = {"room": 7, "description": "[H28] Giao ban", "num_participants": 3, **UNKNOWN}
_ODD = {"room": 8, "description": f"Phòng của {NAME}", "num_participants": 1, **UNKNOWN}
_GUESTS = [{"id": 1, "display": f"[H28.150] {NAME} {PHONE}", **UNKNOWN}, {"id": 2, "display": f"{NAME} {E_MAIL}"}]


async def janus(request: Request) -> Response:
    """The REST API of the VideoRoom, as far as it is asked."""
    asked = await request.json()
    if asked["janus"] != "message":
        return JSONResponse({"janus": "success", "data": {"id": 1, "nguoi": NAME}})
    listing = asked["body"]["request"] == "list"
    told = {"list": [_ROOM, _ODD]} if listing else {"room": asked["body"]["room"], "participants": _GUESTS}
    return JSONResponse({"janus": "success", "plugindata": {"data": {**told, "nguoi": NAME}}, "nguoi": UNKNOWN})


def returns(_request: Request) -> Response:
    """Forty monthly returns of the province."""
    head = "unit_code,period,indicator,numerator,denominator,value,note"
    rows = (f"000.00.00.H28,{2010 + number // 12}-{number % 12 + 1:02},lan_rate,9,10,," for number in range(40))
    return Response("\n".join([head, *rows]).encode("utf-8-sig"), media_type="text/csv; charset=utf-8")


def systems(clock: Clock, secrets: dict[str, str]) -> Planted:
    """The place's systems and the Janus server."""
    paths = ("/janus", "/janus/{session}", "/janus/{session}/{handle}")
    return Planted(
        Starlette(
            routes=[
                Mount("/phong", routes=[Route(path, janus, methods=["POST"]) for path in paths]),
                Mount("/opencps", routes=OpenCps(PLACE, clock, secrets, DISTRICT).routes()),
                Route("/files/returns.csv", returns),
                Mount("", app=seed.make_app(PLACE, clock, secrets)),
            ]
        )
    )


def sources(port: int) -> tuple[SourceSettings, ...]:
    """One of each dialect."""
    rooms = SourceSettings(name="phong", dialect="janus", base_url=f"http://127.0.0.1:{port}/phong")
    return (*seed.demo_settings(PLACE, port).sources, rooms)
