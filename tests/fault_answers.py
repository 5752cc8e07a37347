"""What can be wrong with a source's answer, by name: each fault is a function of the stand and the call.

A fault gives the spoilt answer, or None where it has nothing to spoil (a page without records has no order).
"""

import gzip
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import timedelta
from email.utils import format_datetime
from typing import Any, Protocol
from xml.etree import ElementTree

import msgspec

from clock import real_clock

HTML = "<html><body><h1>Hệ thống đang bảo trì</h1></body></html>".encode()
# More than any client of ours takes, and small on the wire.
HUGE_BYTES = 65 * 1024 * 1024
HUNG_SECONDS = 120.0
ASKED_SECONDS = 1
SKEW = timedelta(hours=5)
# Where the records are in the answers of the dialects.
_PATHS = (("result", "data"), ("data",), ("objects",), ("plugindata", "data", "list"))
_TOTALS = (("result", "tongSo"), ("total",), ("tong_so",), ("meta", "total_count"))
_TIMES = ("NgayCapNhat", "modifiedDate", "updatedAt", "createdTime", "end_time")
Records = list[Any]


@dataclass(frozen=True)
class Call:
    """A call as the stand saw it; `number` counts from 1 since the fault was set."""

    number: int
    method: str
    path: str
    query: str
    question: dict[str, str]
    headers: dict[str, str]
    body: bytes


@dataclass(frozen=True)
class Reply:
    """`cut`: half of the body is sent, then the connection ends. `silent`: the connection ends without a word."""

    status: int
    body: bytes = b""
    headers: dict[str, str] = field(default_factory=dict)
    cut: bool = False
    silent: bool = False


class Stand(Protocol):
    """What a fault may ask of the stand."""

    elsewhere_address: str
    slow_seconds: float
    shift: Callable[[], None] | None

    def ask(self, call: Call, **changed: str) -> Reply: ...
    def wait(self, seconds: float) -> None: ...


Fault = Callable[[Stand, Call], Reply | None]


def _status(status: int, **headers: str) -> Fault:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return lambda _stand, _call: Reply(status, HTML, {"Content-Type": "text/html", **named})


def _until_date(status: int, ahead: timedelta = timedelta()) -> Fault:
    """Asks to come again at an instant, by a clock that is `ahead` of everybody else's."""

    def fault(_stand: Stand, _call: Call) -> Reply:
        now = real_clock().now() + ahead
        again = format_datetime(now + timedelta(seconds=ASKED_SECONDS), usegmt=True)
        return Reply(status, b"", {"Date": format_datetime(now, usegmt=True), "Retry-After": again})

    return fault


def _slow(stand: Stand, call: Call) -> Reply:
    stand.wait(stand.slow_seconds)
    return stand.ask(call)


def _hung(stand: Stand, _call: Call) -> Reply:
    stand.wait(HUNG_SECONDS)
    return Reply(0, silent=True)


def _cut(stand: Stand, call: Call) -> Reply:
    return replace(stand.ask(call), cut=True)


def _truncated(stand: Stand, call: Call) -> Reply:
    reply = stand.ask(call)
    return replace(reply, body=reply.body[: len(reply.body) // 2])


def _html(_stand: Stand, _call: Call) -> Reply:
    return Reply(200, HTML, {"Content-Type": "text/html; charset=utf-8"})


def _html_as_data(stand: Stand, call: Call) -> Reply:
    return replace(stand.ask(call), body=HTML)


def _encoding(stand: Stand, call: Call) -> Reply:
    """Two bytes a character, and no word of it in the header."""
    reply = stand.ask(call)
    return replace(reply, body=reply.body.decode().encode("utf-16-le"))


def _media_type(stand: Stand, call: Call) -> Reply:
    reply = stand.ask(call)
    others = {name: value for name, value in reply.headers.items() if name.lower() != "content-type"}
    return replace(reply, headers={**others, "Content-Type": "image/png"})


def _huge(stand: Stand, call: Call) -> Reply:
    reply = stand.ask(call)
    return Reply(200, gzip.compress(b" " * HUGE_BYTES, 1), {**reply.headers, "Content-Encoding": "gzip"})


def _redirect(stand: Stand, call: Call) -> Reply:
    return Reply(307, b"", {"Location": f"{stand.elsewhere_address}{call.path}"})


def _expiry(_stand: Stand, call: Call) -> Reply:
    """The session, the cursor or the credential has ended, in the words of the dialect."""
    if "con_tro" in call.question:
        return _json({"error": "Con trỏ đã hết hạn"}, 410)
    if "Edoc" in call.path:
        return _json({"status": "FAIL", "ErrorCode": "401", "ErrorDesc": "Mã truy cập đã hết hạn"})
    if "/bigbluebutton/" in call.path:
        failed = b"<response><returncode>FAILED</returncode><messageKey>checksumError</messageKey></response>"
        return Reply(200, failed, {"Content-Type": "text/xml"})
    if "/janus" in call.path:
        return _json({"janus": "error", "error": {"code": 458, "reason": "No such session"}})
    return _json({"error_code": "401", "message": "Phiên làm việc đã hết hạn"}, 401)


def _duplicate_page(stand: Stand, call: Call) -> Reply | None:
    return _respoken(stand.ask(call), lambda records: records + records)


def _order(stand: Stand, call: Call) -> Reply | None:
    return _respoken(stand.ask(call), lambda records: records[::-1] if len(records) > 1 else None)


def _late_commit(stand: Stand, call: Call) -> Reply | None:
    """Some records are not there yet, although newer ones are."""

    def without(records: Records) -> Records | None:
        dated = sorted((record for record in records if isinstance(record, dict) and _time(record)), key=_time)
        late = dated[-5:-2]
        return [record for record in records if record not in late] if late else None

    return _respoken(stand.ask(call), without, total=True)


def _shifting(stand: Stand, call: Call) -> Reply | None:
    """What was read has changed meanwhile, and the rows behind it have moved."""
    if stand.shift:
        stand.shift()
        return stand.ask(call)
    for name in ("start", "offset"):
        # A row before this page has gone to the front: one slips from this page into what was read already.
        if int(call.question.get(name, 0)) > 0:
            return stand.ask(call, **{name: str(int(call.question[name]) + 1)})
    return None


def _time(record: Mapping[str, Any]) -> str:
    text = next((str(record[name]) for name in _TIMES if record.get(name)), "")
    return f"{text[6:10]}{text[3:5]}{text[:2]}{text[10:]}" if text[2:3] == "/" else text


def _respoken(reply: Reply, change: Callable[[Records], Records | None], *, total: bool = False) -> Reply | None:
    """The answer with other records in it; with `total` it also says so many fewer. None where it holds none."""
    if reply.status != 200 or "csv" in reply.headers.get("content-type", ""):  # a file is no list of records
        return None
    if reply.body.lstrip().startswith(b"<"):
        return _respoken_xml(reply, change)
    content = msgspec.json.decode(reply.body)
    for path in _PATHS:
        records = _at(content, path)
        if isinstance(records, list) and records:
            changed = change(records)
            if changed is None:
                return None
            _put(content, path, changed)
            for place in _TOTALS if total else ():
                if isinstance(_at(content, place), int):
                    _put(content, place, _at(content, place) - len(records) + len(changed))
            return replace(reply, body=msgspec.json.encode(content))
    return None


def _respoken_xml(reply: Reply, change: Callable[[Records], Records | None]) -> Reply | None:
    root = ElementTree.fromstring(reply.body)  # the simulator's own answer
    for group in root:
        if group.tag in ("meetings", "recordings") and len(group):
            changed = change(list(group))
            if changed is None:
                return None
            group[:] = changed
            return replace(reply, body=ElementTree.tostring(root, encoding="utf-8"))
    return None


def _at(content: Any, path: tuple[str, ...]) -> Any:
    for name in path:
        content = content.get(name) if isinstance(content, dict) else None
    return content


def _put(content: Any, path: tuple[str, ...], value: Any) -> None:
    for name in path[:-1]:
        content = content[name]
    content[path[-1]] = value


def _json(content: Any, status: int = 200) -> Reply:
    return Reply(status, msgspec.json.encode(content), {"Content-Type": "application/json"})


FAULTS: dict[str, Fault] = {
    "429 seconds": _status(429, Retry_After=str(ASKED_SECONDS)),
    "429 zero": _status(429, Retry_After="0"),
    "429 date": _until_date(429),
    "503 seconds": _status(503, Retry_After=str(ASKED_SECONDS)),
    "503 zero": _status(503, Retry_After="0"),
    "503 date": _until_date(503),
    "500": _status(500),
    "502": _status(502),
    "503": _status(503),
    "slow": _slow,
    "hung": _hung,
    "cut": _cut,
    "truncated": _truncated,
    "HTML": _html,
    "HTML as data": _html_as_data,
    "encoding": _encoding,
    "media type": _media_type,
    "duplicate page": _duplicate_page,
    "shifting": _shifting,
    "order": _order,
    "clock skew": _until_date(503, SKEW),
    "late commit": _late_commit,
    "expiry": _expiry,
    "redirect": _redirect,
    "huge": _huge,
}
