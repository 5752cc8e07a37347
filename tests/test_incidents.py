"""How dashboards were broken into, and that the same way leads nowhere here: one test for each incident.

The web server is a real one with sign-in, asked by strangers in bytes that no client makes harmless.
"""

import os
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import msgspec
import pytest
import sqlalchemy as sa
from sqlalchemy import Engine
from streamlit.web.server.component_file_utils import build_safe_abspath
from streamlit.web.server.starlette.starlette_app_utils import create_signed_value
from streamlit.web.server.starlette.starlette_server_config import USER_COOKIE_NAME

from access.starting import refuse_unsafe
from admission import AccessSettings, GroupSettings, MachineSettings
from clock import real_clock
from config import Settings, StoreSettings
from errors import ConfigError
from pages._filters import Choices
from pages._language import speaking
from pages._live import Live, opened_to
from pages.analysts import explore
from pages.units import today
from store.engine import migrate, open_engine
from store.pairing import PAIRING_LASTS, approve_pairing, begin_pairing, claim
from tests import test_scope
from tests.centres import web_server
from tests.raw_requests import NEVER_ANSWERED, PATHS, Answer, ask
from wall.assets_route import build

SECRETS = {
    "INCIDENT_COOKIE": "kP3vXw8RzQ1uYt6LmNs0BdFhJgEa7CiO9x2T5Z4e",
    "INCIDENT_CLIENT": "9c1f0be27d5a48e3b6f4127e80a5d9c3",
    "INCIDENT_MACHINE": "Wb7nEo4ZqSx1LrUyHd9KvTa5MfGj2PcX8iR3w6Q0",
}
SIGNED_IN = Settings(
    access=AccessSettings(
        mode="oidc",
        metadata_url="http://127.0.0.1:9/.well-known/openid-configuration",
        client_id="ioc",
        client_secret_env="INCIDENT_CLIENT",
        cookie_secret_env="INCIDENT_COOKIE",
        public_url="http://127.0.0.1",
    ),
    groups=(GroupSettings("lanh-dao", "leader"),),
    machines=(MachineSettings("prometheus", "INCIDENT_MACHINE"),),
)
# Of Superset's releases, one after the other: all were in use on the internet.
DEFAULT_KEYS = (
    "\x02\x01thisismyscretkey\x01\x02\\e\\y\\y\\h",
    "CHANGE_ME_TO_A_COMPLEX_RANDOM_SECRET",
    "thisISaSECRET_1234",
    "YOUR_OWN_RANDOM_GENERATED_SECRET_KEY",
    "TEST_NON_DEV_SECRET",
)
centre = test_scope.centre


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A centre into which nobody has ever signed."""
    home = tmp_path_factory.mktemp("incidents")
    settings = msgspec.structs.replace(SIGNED_IN, store=StoreSettings(f"sqlite:///{home}/store.db"))
    engine = open_engine(settings.database_url)
    migrate(engine)
    engine.dispose()
    with pytest.MonkeyPatch.context() as patched:
        for name, value in SECRETS.items():
            patched.setenv(name, value)
        with web_server(settings, home) as server:
            yield server.address


def _harmless(address: str, answer: Answer) -> bool:
    return (
        answer.status < 500
        and not any(word in answer.body for word in NEVER_ANSWERED)
        and not any(secret.encode() in answer.body for secret in SECRETS.values())
        and not answer.leads_away(address)
    )


def test_metabase_cve_2023_38646(address: str, engine: Engine) -> None:
    """The token of the set-up stayed valid after it and was told to anybody (/api/session/properties); with it
    /api/setup/validate took a database's address, and so any code, from whoever had not signed in.

    Here: nothing sets anything up over HTTP; nothing that a stranger gets tells a secret; the one code that gives
    access, a screen's, works once, for its own screen, for ten minutes."""
    for path in ("/api/setup/validate", "/api/setup", "/setup", "/api/session/properties", "/import", "/api/import"):
        for method in ("GET", "POST", "PUT"):
            answer = ask(address, path, method)
            assert answer.status in (401, 404, 405), (method, path)
    for path in ("/", "/overview", "/_stcore/host-config", "/_stcore/health", "/health/ready", "/auth/login"):
        assert _harmless(address, ask(address, path)), path

    now = real_clock().now()
    begun = begin_pairing(engine, 3, now)
    assert begun
    assert approve_pairing(engine, begun.code, 4, "M", now) != "approved"
    assert approve_pairing(engine, begun.code, 3, "M", now) == "approved"
    assert approve_pairing(engine, begun.code, 3, "M", now) != "approved"
    assert claim(engine, begun.secret, 3, now).state == "paired"
    assert claim(engine, begun.secret, 3, now).state == "expired"
    late = begin_pairing(engine, 3, now)
    assert late
    assert approve_pairing(engine, late.code, 3, "M", now + PAIRING_LASTS + timedelta(seconds=1)) != "approved"


def test_superset_cve_2023_27524(address: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Superset came with a secret key that thousands never changed: whoever knew it signed a session as administrator.

    Here: no key is shipped; the server does not start with any of Superset's, nor with a short one; a session that is
    signed with one of them gets nothing, and neither does one signed with the right key that never signed in."""
    for name, value in SECRETS.items():
        monkeypatch.setenv(name, value)
    refuse_unsafe(SIGNED_IN)
    for key in ("", *DEFAULT_KEYS):
        monkeypatch.setenv("INCIDENT_COOKIE", key)
        with pytest.raises(ConfigError, match="cookie_secret_env"):
            refuse_unsafe(SIGNED_IN)

    claims = msgspec.json.encode({"sub": "1", "name": "admin", "groups": ["lanh-dao"], "is_logged_in": True}).decode()
    for key in (*DEFAULT_KEYS, SECRETS["INCIDENT_COOKIE"]):
        forged = create_signed_value(key, USER_COOKIE_NAME, claims).decode()
        for path in ("/export/overview.csv", "/metrics", "/health/data"):
            cookies = {USER_COOKIE_NAME: forged}
            assert httpx.get(f"{address}{path}", cookies=cookies, trust_env=False, timeout=30).status_code == 401
    for token in ("admin", SECRETS["INCIDENT_COOKIE"]):
        told = {"Authorization": f"Bearer {token}"}
        assert httpx.get(f"{address}/metrics", headers=told, trust_env=False, timeout=30).status_code == 401


# What an address could carry: as a value, as a list, as the end of one statement and the beginning of another.
SQL = (
    "B' OR '1'='1", "B') OR 1=1 --", "A' UNION SELECT * FROM dossiers --", "1; DROP TABLE dossiers", "%' OR ''='",
    "(SELECT source_id FROM dossiers)", "A,B", "A\x00", "{% raw %}{{ 1 }}", "${1}", "B", "*", "T",
)  # fmt: skip


def test_superset_cve_2025_48912(centre: Live) -> None:
    """Row rights were added to a query whose other parts (sqlExpression) were the visitor's own text: a well chosen one
    put them out of force.

    Here: no value of an address is ever part of a statement, and whose dossiers may be read hangs on the connection,
    below all queries: whatever stands in any parameter, by either way, staff of unit A see the dossiers of A and A1."""
    statements: list[str] = []
    sa.event.listen(centre.engine, "before_cursor_execute", lambda _c, _u, statement, *_: statements.append(statement))
    usual = {"unit": "T", "part": "dossiers", "dossiers": "open", "indicator": "received", "period": "2021"}
    here, seen = opened_to(centre, test_scope.staff("A")), 0
    with speaking("en"):
        names = (*usual, "procedure", "field", "scope", "kind", "due", "done", "sort", "compare", "q", "page")
        for number, name in enumerate(names):
            for text in SQL[number % 4 :: 4]:
                choices = Choices(test_scope.NOON.date(), given={**usual, name: text})
                tables = [*explore.viewed(here, choices).tables, *today.viewed(here, choices).tables]
                keys = [key for table in tables for row in table.frame.rows() for key in row if _is_key(key)]
                assert {key.split("-")[1] for key in keys} <= {"A", "A1"}, (name, text)
                seen += len(keys)
    assert seen > 0
    assert statements
    assert not [one for one in statements if "OR '1'='1" in one or "UNION SELECT" in one or "DROP TABLE" in one]


def _is_key(value: object) -> bool:
    return isinstance(value, str) and value.startswith("khoa-")


def test_grafana_cve_2021_43798(address: str) -> None:
    """/public/plugins/NAME/../../../../etc/passwd: the files of plug-ins were served by a path that nobody cleaned, to
    anybody.

    Here: nothing but the files of the folders meant for browsers is answered, however the way out is written."""
    folders = ("/public/plugins/alertlist/", f"/wall-assets/{build()}/", "/app/static/", "/static/", "/component/x/")
    for number, folder in enumerate(folders):
        for path in PATHS[number::5]:
            answer = ask(address, folder + path)
            assert _harmless(address, answer), folder + path
    assert ask(address, f"/wall-assets/{build()}/wall.js").status == 200


def test_grafana_cve_2025_4123(address: str) -> None:
    """A path with /..%2f and %5c led the static files' redirect to another site, from which the page then took a
    plug-in's script: whoever followed a link ran a stranger's code as themselves.

    Here: no path leads to another site; and a page runs no script but the server's own, nor asks another site."""
    ways = (
        "/public/..%2F%5cevil.vn%2f%3f%2f..%2f..", "/public/..%252f%255Cevil.vn%252f%3F%252f..%252f..",
        "/render/public/..%252f%255Cevil.vn%252f%3F", "/a/plugin/explore/..%2f..%2f%5cevil.vn", "/\\evil.vn/%2f..",
        "/overview/..%2f%5cevil.vn/", "/%5cevil.vn/%2e%2e/", "//evil.vn/%2e%2e/", "/static/..//evil.vn/",
        "/user/auth-tokens/rotate?redirectTo=//evil.vn", "/login?redirect=%2f%5cevil.vn", "/auth/login?next=//evil.vn",
    )  # fmt: skip
    for way in ways:
        assert _harmless(address, ask(address, way)), way
    policy = dict(part.split(" ", 1) for part in ask(address, "/").headers["content-security-policy"].split("; "))
    assert [source for source in policy["script-src"].split() if not source.startswith("'sha256-")] == [
        "'self'",
        "blob:",
    ]
    assert (policy["default-src"], policy["connect-src"], policy["base-uri"]) == ("'none'", "'self'", "'none'")


def test_streamlit_cve_2022_35918(address: str) -> None:
    """/component/NAME/../../etc/passwd: the files of a component were joined to a path of the visitor's.

    Here: with the versions pinned, both routes of components answer nothing outside, written in whatever way."""
    folders = ("/component/ioc_wall/", "/component/streamlit.x/", "/_stcore/bidi-components/ioc_wall/")
    for number, folder in enumerate(folders):
        for path in PATHS[number::3]:
            answer = ask(address, folder + path)
            assert _harmless(address, answer), folder + path
            assert answer.status != 200 or b'<div id="root">' in answer.body, folder + path


UNC = (
    "\\\\evil.vn\\share\\x.js", "%5c%5cevil.vn%5cshare%5cx.js", "//evil.vn/share/x.js", "%2f%2fevil.vn%2fshare%2fx.js",
    "%5c%5c%3f%5cUNC%5cevil.vn%5cshare", "/%5cevil.vn/share", "%5c/evil.vn/share", "C:%5cWindows%5cwin.ini",
)  # fmt: skip


def test_streamlit_cve_2024_42474(address: str) -> None:
    """On Windows a static file's path could be a UNC path: the server signed in at a stranger's file server, which so
    got the hash of its password.

    Here: such a path is refused as a bad request before any file is looked for, on every system."""
    for path in UNC:
        assert ask(address, f"/app/static/{path}").status in (400, 404), path
    assert [ask(address, f"/app/static/{path}").status for path in UNC[:2]] == [400, 400]
    assert ask(address, "/app/static/icon.svg").status == 200


def test_streamlit_cve_2026_33682(address: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The same by the route of components: os.path.realpath was asked about the visitor's path before it was judged,
    and on Windows asking is enough to call a stranger's file server (streamlit pull request 13733).

    Here: with the version pinned, the path is judged first; the file system is never asked about such a one."""
    asked: list[Any] = []
    real = os.path.realpath

    def watched(path: Any, **how: Any) -> Any:
        asked.append(path)
        return real(path, **how)

    monkeypatch.setattr("os.path.realpath", watched)
    for path in (
        "\\\\evil.vn\\share\\x.js",
        "//evil.vn/share/x.js",
        "C:\\Windows\\win.ini",
        "..\\x",
        "\\\\?\\UNC\\evil",
    ):
        assert build_safe_abspath(str(tmp_path), path) is None
    assert not [path for path in asked if "evil" in str(path) or "Windows" in str(path)]
    assert build_safe_abspath(str(tmp_path), "x.js") == str(tmp_path / "x.js")
    monkeypatch.undo()
    for folder in ("/component/ioc_wall/", "/_stcore/bidi-components/ioc_wall/"):
        assert {ask(address, folder + path).status for path in UNC} <= {400, 404}
