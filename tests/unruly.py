"""Source systems that keep to wire.md and still make it hard: what they hold can be set, and how they answer is unruly.

Records come twice and shuffled, older states come after newer ones, sessions and cursors end at any time, the sources
are busy now and then, and records change or are committed late while they are read.
"""

import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from random import Random
from typing import Any

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Mount, Route

import seed
from clock import Clock

Records = list[dict[str, Any]]
DOSSIERS_A_PAGE, DOCUMENTS_A_PAGE = 150, 100
UNRULY = 0.2  # how often an answer is a refusal that a second call mends


@dataclass
class Disorder:
    """What goes wrong, drawn from one random generator; `older`: former states to send after newer ones.

    `shuffles`: whether the records of a page lose their order, and former states come among them. `rate`: how often.
    """

    random: Random
    older: Sequence[dict[str, Any]] = ()
    shuffles: bool = True
    rate: float = UNRULY

    def strikes(self) -> bool:
        """Whether this call meets bad luck."""
        return self.random.random() < self.rate

    def spoil(self, page: Records) -> Records:
        """The records of a page with some of them twice, some former states, in any order."""
        if not self.shuffles:
            return [record for record in page for _ in range(1 + self.strikes())]
        twice = self.random.sample(page, k=len(page) // 5)
        former = self.random.sample(self.older, k=min(len(self.older), len(page) // 5))
        mixed = [*page, *twice, *former]
        self.random.shuffle(mixed)
        return mixed


@dataclass
class UnrulyOneStop:
    """The one-stop system; `records` is what it has committed by now, `on_page` is called before each page."""

    place: seed.Place
    disorder: Disorder
    records: Records = field(default_factory=list)
    on_page: Callable[[int], None] = lambda _count: None
    pages: int = 0
    logins: int = 0
    refusals: int = 0
    session: str = ""
    fresh: bool = False

    def routes(self) -> list[Route]:
        """The addresses below its base."""
        return [
            Route("/login", self.login, methods=["POST"]),
            Route("/DongBoHoSoMC", self.dossiers),
            Route("/LayDanhSachTTHC", lambda request: self.catalogue(request, seed.catalogue_rows(self.place))),
            Route("/LayDanhMucCoQuan", lambda request: self.catalogue(request, seed.unit_rows(self.place))),
        ]

    def login(self, _request: Request) -> Response:
        """A new session; the one before has ended."""
        self.logins += 1
        self.session, self.fresh = f"session {self.logins}", True
        return JSONResponse({"error_code": "0", "session": self.session, "hetHan": 900})

    def catalogue(self, request: Request, rows: Records) -> Response:
        """A whole catalogue."""
        return self._refusal(request) or JSONResponse({"error_code": "0", "message": "", "result": {"data": rows}})

    def dossiers(self, request: Request) -> Response:
        """A page of what is committed, in its order by update time, spoilt."""
        refusal = self._refusal(request)
        if refusal:
            return refusal
        self.pages += 1
        self.on_page(self.pages)
        since, number = request.query_params.get("capNhatTu", ""), int(request.query_params["trang"])
        found = [record for record in self.records if updated(record, "NgayCapNhat", since) >= since]
        found.sort(key=lambda record: (updated(record, "NgayCapNhat"), updated(record, "MaHoSo")))
        size = min(DOSSIERS_A_PAGE, int(request.query_params["kichThuoc"]))
        page = self.disorder.spoil(found[(number - 1) * size : number * size])
        result = {"tongSo": len(found), "trang": number, "kichThuoc": size, "data": page}
        return JSONResponse({"error_code": "0", "message": "", "result": result})

    def _refusal(self, request: Request) -> Response | None:
        """401 at any time but right after a login, and now and then a moment's rest."""
        ended = request.headers.get("session") != self.session or (not self.fresh and self.disorder.strikes())
        self.fresh = False
        if ended:
            self.refusals += 1
            return JSONResponse({"error_code": "401", "message": "Phiên làm việc đã hết hạn"}, 401)
        return _busy(self.disorder)


@dataclass
class UnrulyRegister:
    """The document register; a cursor may have ended at any time, but not in two windows one after the other."""

    disorder: Disorder
    records: Records = field(default_factory=list)
    windows: dict[str, Records] = field(default_factory=dict)
    ended: int = 0
    spared: bool = False

    def documents(self, request: Request) -> Response:
        """A page of the window that the cursor belongs to."""
        busy = _busy(self.disorder)
        if busy:
            return busy
        cursor = request.query_params.get("con_tro")
        if cursor and not self.spared and self.disorder.strikes():
            self.ended += 1
            self.spared = True
            return JSONResponse({"error": "Con trỏ đã hết hạn"}, 410)
        if not cursor:
            # All are written with the offset of Vietnam, so their texts are in the order of their instants.
            since = request.query_params.get("capNhatTu", "")
            window = [record for record in self.records if updated(record, "updatedAt", since) >= since]
            cursor = f"{len(self.windows)}-0"
            self.windows[cursor.split("-")[0]] = window
        name, start = cursor.split("-")
        window, begin = self.windows[name], int(start)
        end = begin + DOCUMENTS_A_PAGE
        following = f"{name}-{end}" if end < len(window) else None
        self.spared = self.spared and following is not None
        page = self.disorder.spoil(window[begin:end])
        return JSONResponse({"data": page, "con_tro_tiep": following, "tong_so": len(window)})


def updated(record: Any, field: str, broken: str = "") -> str:
    """The text in that field, or `broken` for a record that has none."""
    value = record.get(field) if isinstance(record, dict) else None
    return value if isinstance(value, str) else broken


def _busy(disorder: Disorder) -> Response | None:
    if not disorder.strikes():
        return None
    return Response("busy", disorder.random.choice((429, 503)), {"Retry-After": "0"})


def unruly_app(one_stop: UnrulyOneStop, register: UnrulyRegister, clock: Clock, secrets: dict[str, str]) -> Starlette:
    """Both, at the addresses of the simulator, with its conferences beside them."""
    return Starlette(
        routes=[
            Mount("/dvcqg", routes=one_stop.routes()),
            Mount("/qlvb", routes=[Route("/vanban", register.documents)]),
            Mount("", app=seed.make_app(one_stop.place, clock, secrets)),
        ]
    )


@contextmanager
def served(app: Any) -> Iterator[int]:
    """Serve an ASGI application on a free port of loopback until the block ends; gives the port."""
    config = uvicorn.Config(app, port=0, log_level="warning", lifespan="off", access_log=False)
    server = uvicorn.Server(config)
    listener = config.bind_socket()
    listener.listen(128)
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
    thread.start()
    try:
        yield int(listener.getsockname()[1])
    finally:
        server.should_exit = True
        thread.join()
        listener.close()
