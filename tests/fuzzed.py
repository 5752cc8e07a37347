"""Requests that nobody sane sends, from a seed: paths, query strings, headers, streams full of what breaks things."""

import io
import re
import zipfile
from collections.abc import Mapping
from random import Random
from typing import Any, NamedTuple
from urllib.parse import quote, unquote_plus

import polars as pl
import pypdf

from exports.writing import FORMS
from pages._discovery import page_modules
from pages._export_routes import page_views
from tests.roles_centre import HELD, MINE, NAME, OTHERS, key

Scope = dict[str, Any]
KEY = re.compile(r"khoa-([\w.]+?)-(\d{4})")
HOSTILE = (
    "", "0", "-1", "999999999999999999999", "1e308", "NaN", "null", "true", "[]", "{}", "' OR '1'='1",
    "1; DROP TABLE dossiers--", "') UNION SELECT source_id FROM dossiers--", "%' OR 1=1 --",
    "<script>alert(1)</script>", "\"><img src=x onerror=alert(1)>", "{{7*7}}", "${7*7}", "#{7*7}", "{0.__class__}",
    "{unit.__init__.__globals__}", "%s%s%n", "../../../../etc/passwd", "..\\..\\win.ini", "/etc/passwd",
    "file:///etc/passwd", "http://169.254.169.254/latest/", "//example.org", "\x00", "a\x00b",
    "\r\nSet-Cookie: who=leader", "\u202e", "\ud800", "\ufeff", "ằ" * 300, "x" * 5000, "=1+1", "@SUM(A1)", "*",
    "H28.*", "H28%", "_", "H28.150,H28.148", "H28.150 OR H28.148", "2021-13", "2021-02-30", "0001-01-01..9999-12-31",
    "9999", "2021-12-10..2021-01-01", "-0001",
)  # fmt: skip
VALUES: Mapping[str, tuple[str, ...]] = {
    "unit": ("H28", *MINE, *OTHERS, "H29"),
    "indicator": ("received", "on_time_rate", "overdue", "online_dossier_rate", "no_such"),
    "period": ("2021", "2021-Q4", "month", "year", "2021-11-01..2021-12-10", "week"),
    "from": ("2021-11-01",),
    "to": ("2021-12-10",),
    "part": ("dossiers", "unit", "procedure", "spread", "days"),
    "dossiers": ("received", "completed", "open", "overdue"),
    "page": ("1", "2", "99"),
    "due": ("overdue", "1", "3", "5", "all", "waiting"),
    "procedure": ("1.01", "2.02"),
    "kind": ("so", "huyen", "xa"),
    "done": (f"motcua/{key(OTHERS[0], 1)}", f"motcua/{key(MINE[0], 1)},motcua/{key(OTHERS[1], 2)}"),
    "reason": ("doi chieu voi mot cua", "", "abc"),
    "lang": ("vi", "en", "xx"),
    "screen": ("1", "2", "9", "0", "-1", "01"),
    "note": ("1", "2"),
    "new": ("1",),
    "edit": ("on_time_rate|H28.150|2021-01-01",),
    "record": ("1", "2"),
    "source": ("motcua", "import"),
    "q": (HELD, key(OTHERS[0], 1), "khoa-"),
    "which": ("now", "all"),
    "units": ("today", "period"),
}
PATHS = (
    "/", "/home", "/metrics", "/health/live", "/health/ready", "/health/data", "/api", "/api/none",
    "/api/wall/stream", "/api/wall/geometry/0123456789abcdef.json", "/api/wall/pair", "/api/wall/claim",
    "/api/wall/renew", "/wall-assets/x/wall.js", "/export/", "/export/today", "/export/..%2f..%2fioc.toml",
    "/export/today.csv/..", "/store.db", "/app/static/..%2f..%2fconfig.py", "/_stcore/health", "/_stcore/metrics",
    "/_stcore/host-config", "/_stcore/upload_file/x/y", "/media/x.csv", "/static/../app.py",
    "/component/x/index.html", "/auth/login", "/oauth2callback", "//example.org", "/%2e%2e/%2e%2e/etc/passwd",
    "/.git/config",
)  # fmt: skip
_WITH_ROWS = ("today", "explore") * 4
METHODS = ("GET",) * 12 + ("HEAD", "POST", "PUT", "DELETE", "OPTIONS", "PATCH", "TRACE", "GÉT")
COMMON_FORMS = ("csv",) * 12 + ("parquet", "xlsx")


class Fuzzed(NamedTuple):
    """A request as ASGI has it, and all that it says, in which a key that comes back is no leak."""

    scope: Scope
    body: bytes
    said: str


def request(random: Random, own: Mapping[str, str]) -> Fuzzed:
    """The next request of somebody whose own headers are these."""
    stream = random.random() < 0.04
    path = "/api/wall/stream" if stream and random.random() < 0.8 else _path(random)
    query = _query(random)
    headers = _headers(random, own)
    body = _value(random, "source").encode("utf-8", "surrogatepass") if random.random() < 0.1 else b""
    raw = path.encode("utf-8", "surrogatepass")
    scope: Scope = {
        "type": "websocket" if stream else "http", "asgi": {"version": "3.0"}, "http_version": "1.1",
        "scheme": "ws" if stream else "http", "path": unquote_plus(path.replace("+", "%2B"), errors="replace"),
        "raw_path": raw, "query_string": query, "root_path": "", "headers": headers,
        "client": (f"10.0.{random.randrange(256)}.7", 4711), "server": (NAME, 80), "extensions": {},
    }  # fmt: skip
    scope |= {"subprotocols": []} if stream else {"method": random.choice(METHODS)}
    said = unquote_plus(query.decode("latin-1"), errors="replace") + path + body.decode("utf-8", "replace")
    return Fuzzed(scope, body, said)


def _path(random: Random) -> str:
    chance = random.random()
    if chance < 0.55:
        form = random.choice(tuple(FORMS)) if random.random() < 0.01 else random.choice(COMMON_FORMS)
        return f"/export/{random.choice([*page_views(), *_WITH_ROWS])}.{form}"
    if chance < 0.7:
        return f"/{random.choice(page_modules()).PAGE.path}"
    if chance < 0.9:
        return random.choice(PATHS)
    return "/" + quote(random.choice(HOSTILE), safe=random.choice(("", "/", "/%.<>'")), errors="replace")


def _query(random: Random) -> bytes:
    pairs = [(name, _value(random, name)) for name in random.sample(list(VALUES), random.randrange(7))]
    if random.random() < 0.5:  # so that many get as far as to the rows
        wanted = {"unit": random.choice(VALUES["unit"]), "part": "dossiers", "period": "2021", "reason": "doi chieu"}
        pairs = [(name, wanted.get(name, value)) for name, value in (dict(pairs) | wanted).items()]
    if pairs and random.random() < 0.1:
        pairs.append((pairs[0][0], random.choice(HOSTILE)))
    text = "&".join(f"{name}={quote(value, errors='surrogatepass')}" for name, value in pairs).encode()
    if random.random() < 0.08:
        text += random.choice(
            (b"&unit=%ff%fe", b"&%", b"&unit=%zz", b"&=&&==", b"&unit[]=H28.148", b"&" + b"a" * 8000, b"&\xff\xfe")
        )
    return text


def _value(random: Random, name: str) -> str:
    return random.choice(VALUES[name]) if random.random() < 0.75 else random.choice(HOSTILE)


def _headers(random: Random, own: Mapping[str, str]) -> list[tuple[bytes, bytes]]:
    told = {"host": NAME, "origin": f"http://{NAME}", **{name.lower(): text for name, text in own.items()}}
    headers = [(name.encode(), text.encode()) for name, text in told.items()]
    if random.random() < 0.3:
        headers += random.sample(_ODD, random.randrange(1, 4))
    return headers


_ODD = [
    (b"x-forwarded-for", b"127.0.0.1"), (b"x-forwarded-host", b"example.org"), (b"forwarded", b"for=127.0.0.1"),
    (b"x-real-ip", b"127.0.0.1"), (b"x-forwarded-user", b"leader"), (b"x-remote-user", b"leader"),
    (b"x-role", b"leader"), (b"x-original-url", b"/export/today.csv"), (b"x-rewrite-url", b"/metrics"),
    (b"x-http-method-override", b"GET"), (b"accept", b"\xff\xfe"), (b"accept-language", b"en" * 500),
    (b"range", b"bytes=0-"), (b"if-none-match", b"*"), (b"content-type", b"application/json; charset=\xff"),
    (b"content-length", b"-1"), (b"transfer-encoding", b"chunked"),
    (b"cookie", b"ioc_screen_1=\x00\xff; _streamlit_user=e30="), (b"cookie", b"a" * 5000),
    (b"user-agent", b"${jndi:ldap://x}"), (b"referer", b"http://example.org/\r\n"), (b"upgrade", b"websocket"),
    (b"x-streamlit-user", b"{}"), (b"te", b"trailers"),
]  # fmt: skip


def keys_in(content: bytes) -> set[tuple[str, int]]:
    """(unit, number) of the dossiers that an answer names, whatever the form of the file."""
    return {(unit, int(number)) for unit, number in KEY.findall(_text(content))}


def _text(content: bytes) -> str:
    if content.startswith(b"PK\x03\x04"):
        with zipfile.ZipFile(io.BytesIO(content)) as book:
            return " ".join(book.read(name).decode("utf-8", "replace") for name in book.namelist())
    if content.startswith(b"PAR1"):
        return str(pl.read_parquet(io.BytesIO(content)).rows())
    if content.startswith(b"%PDF"):
        return " ".join(page.extract_text() for page in pypdf.PdfReader(io.BytesIO(content)).pages)
    return content.decode("utf-8", "replace")
