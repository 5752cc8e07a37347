"""A centre with sign-in, looked at as any role: the web server's own routes and door, and its pages by their frame.

Who has signed in is what the cookie `who` says, instead of a provider: what comes after the sign-in is what is tested.
Each unit's dossiers have keys that no other text holds.
"""

import asyncio
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from datetime import date, datetime
from pathlib import Path
from typing import Any, cast

import httpx
import pytest
from sqlalchemy import Engine
from starlette.applications import Starlette
from starlette.middleware import Middleware
from streamlit.testing.v1 import AppTest
from streamlit.util import calc_hash

from access.principal import ROLES, Principal, Role
from access.sessions import Sessions, SignInNeeded
from clock import LOCAL_ZONE, real_clock
from door.admitting import Door
from door.guards import broken, guards
from door.request_log import RequestLog
from pages._entry import entry_routes
from pages._export_routes import export_routes
from pages._health_routes import health_routes
from pages._live import holder
from store.engine import open_engine
from store.pairing import approve_pairing, begin_pairing, claim
from store.rows import PROCESSED, RECEIVED, Batch, Dossier, Procedure, Rejected, Unit
from store.runs import begin_run, end_run
from tests.delivery import write
from tests.settings_text import ONE_STOP, STANDING
from tests.stores import lay_tables
from wall.measured import StreamMeasured
from wall.routes import hub, wall_routes

ROOT = Path(__file__).parents[1]
NAME = "ioc.hoabinh.test"
# The units of whom a visitor with units is; the others are everybody else's.
MINE, OTHERS = ("H28.150", "H28.150.1"), ("H28.148", "H28.148.1", "H28.03")
MACHINE_TOKEN = "m4-" + "k" * 40
SETTINGS = f"""
[access]
mode = "oidc"
metadata_url = "http://127.0.0.1:9/.well-known/openid-configuration"
client_id = "ioc"
client_secret_env = "IOC_TEST_CLIENT_SECRET"
cookie_secret_env = "IOC_TEST_COOKIE_SECRET"
public_url = "http://{NAME}"
[[groups]]
group = "canbo-dabac"
role = "staff"
units = ["H28.150"]
[[machines]]
name = "prometheus"
token_env = "IOC_TEST_MACHINE_TOKEN"
[wall]
pairing = "always"
"""
SINCE, NOON = date(2020, 1, 1), datetime(2021, 12, 10, 12, tzinfo=LOCAL_ZONE)
UNITS = [
    Unit(code="H28", valid_from=SINCE, kind="tinh", name="Tỉnh Hòa Bình"),
    Unit(code="H28.03", valid_from=SINCE, parent_code="H28", kind="so", name="Sở Tài chính"),
    Unit(code="H28.150", valid_from=SINCE, parent_code="H28", kind="huyen", name="Huyện Đà Bắc"),
    Unit(code="H28.150.1", valid_from=SINCE, parent_code="H28.150", kind="xa", name="Xã Tân Minh"),
    Unit(code="H28.148", valid_from=SINCE, parent_code="H28", kind="huyen", name="Huyện Mai Châu"),
    Unit(code="H28.148.1", valid_from=SINCE, parent_code="H28.148", kind="xa", name="Xã Pà Cò"),
]
PROCEDURE = Procedure(code="1.01", valid_from=SINCE, name="Kê khai giá", level=3, tier="tinh")
HELD = "khoa-giu-0001"


def principal(role: Role) -> Principal:
    """Who has this role alone; staff and analysts are of a district with its commune."""
    units = frozenset({"H28.150"}) if role in ("staff", "analyst") else None
    return Principal(f"Bùi Thị {role}", role, frozenset({role}), units)


PEOPLE: Mapping[str, Principal] = {role: principal(role) for role in ROLES}
EVERYTHING = Principal("Hà Văn Bình", "all", frozenset({"leader", "staff", "analyst", "operator"}))


def key(unit: str, number: int) -> str:
    """The key of a unit's dossier: in no other text."""
    return f"khoa-{unit}-{number:04}"


class KnownVisitors:
    """The sign-ins that hold: whom the cookie `who` names, else who is `at_hand` (for scripts, which have no cookies
    here)."""

    def __init__(self, real: Sessions) -> None:
        self._real = real
        self.at_hand: Principal | None = None

    def principal(self, cookies: Mapping[str, str]) -> Principal:
        """As `access.sessions.Sessions`."""
        found = PEOPLE.get(cookies.get("who", "")) or self.at_hand
        if found is None:
            raise SignInNeeded("nobody")
        return found

    def __getattr__(self, name: str) -> Any:
        return getattr(self._real, name)


class RolesCentre:
    """The centre: its store, its application without Streamlit's own routes, and the token of screen 1."""

    def __init__(self, engine: Engine, screen_token: str) -> None:
        self.engine = engine
        self.screen_token = screen_token
        self.visitors = KnownVisitors(holder().sessions)
        cast(Any, holder()).sessions = self.visitors
        access = holder().settings.access
        self.app = Starlette(
            routes=[*wall_routes(), *health_routes(StreamMeasured(hub())), *export_routes(), *entry_routes()],
            middleware=[Middleware(RequestLog), *guards(access), Middleware(Door)],
            exception_handlers={500: broken},
            lifespan=_turning,
        )

    def headers(self, who: str) -> dict[str, str]:
        """What a role sends along: a cookie of its sign-in, its device's token or its machine's; "" of a stranger."""
        return {
            "screen": {"Cookie": f"ioc_screen_1={self.screen_token}"},
            "machine": {"Authorization": f"Bearer {MACHINE_TOKEN}"},
        }.get(who, {"Cookie": f"who={who}"} if who else {})

    def get(self, path: str, who: str) -> httpx.Response:
        """What a role is answered."""
        self.visitors.at_hand = None

        async def ask() -> httpx.Response:
            transport = httpx.ASGITransport(app=self.app, client=("10.1.2.3", 4711))
            async with httpx.AsyncClient(transport=transport, base_url=f"http://{NAME}") as http:
                return await http.get(path, headers=self.headers(who))

        return asyncio.run(ask())

    def page(self, path: str, who: Principal | None, **query: str) -> AppTest:
        """A page as the frame draws it for somebody; None: a stranger."""
        self.visitors.at_hand = who
        page = AppTest.from_file(str(ROOT / "pages" / "_frame.py"), default_timeout=60)
        cast(Any, page)._page_hash = calc_hash(path)
        for name, value in query.items():
            page.query_params[name] = value
        return page.run()


@asynccontextmanager
async def _turning(_app: Starlette) -> AsyncIterator[None]:
    async with hub().turning_round():
        yield


def html(page: AppTest) -> str:
    """All that a page has drawn as HTML."""
    return "\n".join(element.proto.body for element in page.get("html"))


@contextmanager
def roles_centre(home: Path) -> Iterator[RolesCentre]:
    """The centre on a store of its own, at noon of 10 December 2021."""
    (home / "ioc.toml").write_text(STANDING.format(home=home, time="12:00") + ONE_STOP + SETTINGS)
    with pytest.MonkeyPatch.context() as patched:
        patched.setenv("IOC_CONFIG", str(home / "ioc.toml"))
        patched.setenv("IOC_TEST_MACHINE_TOKEN", MACHINE_TOKEN)
        patched.setenv("IOC_TEST_CLIENT_SECRET", "c" * 40)
        patched.setenv("IOC_TEST_COOKIE_SECRET", "s" * 40)
        patched.delenv("IOC_CLOCK_ANCHOR", raising=False)
        patched.delenv("IOC_DATABASE_URL", raising=False)
        holder.cache_clear()
        hub.cache_clear()
        engine = open_engine(f"sqlite:///{home}/store.db")
        lay_tables(engine)
        fill(engine)
        yield RolesCentre(engine, _paired(engine))
        engine.dispose()
        holder().engine.dispose()
        holder.cache_clear()
        hub.cache_clear()


def fill(engine: Engine) -> None:
    """Every unit below the province has twelve dossiers, done, overdue and due; one record is held back."""
    dossiers = [_dossier(unit.code, number) for unit in UNITS[1:] for number in range(12)]
    held = Rejected(
        kind="dossiers", source_id=HELD, unit_code=OTHERS[0], reason="unknown_channel", detail="KenhThucHien '7'",
        payload={"KenhThucHien": "7"},
    )  # fmt: skip
    write(engine, "motcua", Batch(units=UNITS, procedures=[PROCEDURE], dossiers=dossiers, rejected=[held]))
    end_run(engine, begin_run(engine, "motcua", NOON), "ok", NOON)


def _dossier(unit: str, number: int) -> Dossier:
    done = number % 3 == 0
    return Dossier(
        source_id=key(unit, number),
        unit_code=unit,
        procedure_code="1.01",
        channel="online" if number % 2 else "counter",
        state=PROCESSED if done else RECEIVED,
        received_at=datetime(2021, 11, 1 + number, 9, tzinfo=LOCAL_ZONE),
        due_at=datetime(2021, 12, 4 + number, 17, tzinfo=LOCAL_ZONE),
        completed_at=datetime(2021, 12, 8, 9, tzinfo=LOCAL_ZONE) if done else None,
        updated_at=datetime(2021, 12, 9, 9, tzinfo=LOCAL_ZONE),
    )


def _paired(engine: Engine) -> str:
    """The token of a device that an operator has let in as screen 1."""
    now = real_clock().now()
    begun = begin_pairing(engine, 1, now)
    assert begun
    assert approve_pairing(engine, begun.code, 1, "Hà Văn Bình", now) == "approved"
    return claim(engine, begun.secret, 1, now).token
