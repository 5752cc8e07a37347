"""What every connector found in `connectors/` must do, whatever it speaks."""

import gzip
import os
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime
from typing import Any

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from clock import still_clock
from connectors import connectors
from connectors._contract import Page, nothing
from connectors._file import open_client
from errors import SourceChanged, SourceError, SourceRefused, SourceUnavailable
from store.reconciliation_counts import FIGURES
from tests.recorded import RECORDS, SECRETS, source_settings
from tests.source_server import Answer, Asked, json_answer, source_server

NOW = datetime(2021, 12, 10, 1, 0, tzinfo=UTC)
WINDOW = (date(2021, 11, 1), date(2021, 11, 30))
XML_DIALECTS = {"bigbluebutton"}
READERS = [
    (dialect, reader)
    for dialect, connector in sorted(connectors().items())
    for reader in ("catalogues", "pull", "statistics", "keys")
    if getattr(connector, reader) not in (nothing, None)
]
# The others ask through the same client.
LOGS_IN = {"catalogues", "pull"}
KINDS = [(dialect, kind) for dialect, connector in sorted(connectors().items()) for kind in connector.kinds]
HTML = b"<html><body>Bad gateway s3cret</body></html>"


def media(dialect: str) -> dict[str, str]:
    if connectors()[dialect].medium == "file":
        return {"Content-Type": "text/csv"}
    return {"Content-Type": "text/xml" if dialect in XML_DIALECTS else "application/json"}


def truncated(dialect: str) -> Answer:
    if connectors()[dialect].medium == "file":
        columns = [name for name in RECORDS[dialect, dialect] if name not in ("row", "typed")]
        return Answer(200, f'{",".join(columns)}\n"H28'.encode(), media(dialect))
    body = b"<response><returncode>SUCC" if dialect in XML_DIALECTS else b'{"error_code":"0","data":[{"MaV'
    return Answer(200, body, media(dialect))


FAULTS: dict[str, tuple[Callable[[str], Answer], type[SourceError]]] = {
    "silence": (lambda _: Answer(silent=True), SourceUnavailable),
    "429": (lambda _: Answer(429), SourceUnavailable),
    "500": (lambda _: Answer(500, HTML), SourceUnavailable),
    "503": (lambda _: Answer(503), SourceUnavailable),
    "401": (lambda _: Answer(401, b"s3cret"), SourceRefused),
    "403": (lambda _: Answer(403), SourceRefused),
    "404": (lambda _: Answer(404), SourceChanged),
    "redirect": (lambda _: Answer(302, b"", {"Location": "https://elsewhere.example/?key=s3cret"}), SourceChanged),
    "HTML page": (lambda _: Answer(200, HTML, {"Content-Type": "text/html"}), SourceChanged),
    "HTML that says it is data": (lambda dialect: Answer(200, HTML, media(dialect)), SourceChanged),
    "wrong type": (lambda _: Answer(200, b"abc", {"Content-Type": "image/png"}), SourceChanged),
    "truncated": (truncated, SourceUnavailable),
    "cut off": (lambda dialect: Answer(200, b" ", media(dialect), cut=True), SourceUnavailable),
    "empty object": (lambda dialect: Answer(200, b"{}", media(dialect)), SourceChanged),
    "empty list": (lambda dialect: Answer(200, b"[]", media(dialect)), SourceChanged),
    "number": (lambda dialect: Answer(200, b"7", media(dialect)), SourceChanged),
    "nothing": (lambda dialect: Answer(200, b"", media(dialect)), SourceUnavailable),
    "broken compression": (
        lambda dialect: Answer(200, b"no gzip", {**media(dialect), "Content-Encoding": "gzip"}),
        SourceChanged,
    ),
    "too large": (
        lambda dialect: Answer(200, gzip.compress(b" " * 2_000_000), {**media(dialect), "Content-Encoding": "gzip"}),
        SourceChanged,
    ),
}


@pytest.fixture(autouse=True)
def secrets(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in SECRETS.items():
        monkeypatch.setenv(name, value)


def failure(dialect: str, reader: str, answer: Answer, *, at_login: bool = False, timeout: float = 5.0) -> SourceError:
    """What reading raises when the source answers so: every call, or every call but a login."""
    with pytest.raises(SourceError) as raised, source_server(_reply(answer, at_login)) as server:
        read(dialect, reader, server.address, timeout)
    return raised.value


def _reply(answer: Answer, at_login: bool) -> Callable[[Asked], Answer]:
    def reply(asked: Asked) -> Answer:
        if asked.path.endswith("/login") and not at_login:
            return json_answer({"error_code": "0", "session": "s3cret-session", "hetHan": 900})
        return answer

    return reply


def read(dialect: str, reader: str, address: str, timeout: float = 5.0) -> list[Page]:
    connector, configured = connectors()[dialect], source_settings(dialect, address)
    with open_client(configured, connector, still_clock(NOW), timeout_seconds=timeout) as client:
        if reader in ("statistics", "keys"):
            return list(getattr(connector, reader)(client, *WINDOW))
        pages: Iterator[Page] = connector.catalogues(client) if reader == "catalogues" else connector.pull(client, NOW)
        return list(pages)


@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize(
    ("dialect", "reader", "at_login"),
    [(*reader, at_login) for reader in READERS for at_login in (False, True) if not at_login or reader[1] in LOGS_IN],
)
def test_fault_becomes_our_error_without_a_secret(
    dialect: str, reader: str, fault: str, at_login: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("connectors._http.LARGEST_ANSWER_BYTES", 1_000_000)
    make, expected = FAULTS[fault]
    if fault == "too large" and at_login:
        expected = SourceError
    error = failure(dialect, reader, make(dialect), at_login=at_login, timeout=0.3 if fault == "silence" else 5.0)
    assert isinstance(error, expected), repr(error)
    assert str(error).startswith("nguon-a: ")
    assert "s3cret" not in str(error)
    assert "checksum=" not in str(error)


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        ("7", 7.0),
        ("0", 0.0),
        ("Fri, 10 Dec 2021 01:00:30 GMT", 30.0),
        ("Fri, 10 Dec 2021 00:00:00 GMT", 0.0),
        ("soon", None),
    ],
)
@pytest.mark.parametrize(("dialect", "reader"), READERS)
@pytest.mark.parametrize("status", [429, 503])
def test_retry_after_is_understood(dialect: str, reader: str, status: int, header: str, seconds: float | None) -> None:
    error = failure(dialect, reader, Answer(status, b"", {"Retry-After": header}))
    assert isinstance(error, SourceUnavailable)
    assert error.retry_after == seconds


@pytest.mark.parametrize(("dialect", "reader"), READERS)
def test_redirect_names_the_host_and_is_not_followed(dialect: str, reader: str) -> None:
    with source_server(lambda asked: Answer(500)) as elsewhere:
        error = failure(dialect, reader, Answer(307, b"", {"Location": f"{elsewhere.address}/x"}))
        assert "127.0.0.1" in str(error)
        assert elsewhere.asked == []


@pytest.mark.parametrize(("dialect", "reader"), READERS)
def test_nobody_listening_is_unavailable(dialect: str, reader: str) -> None:
    with source_server(lambda asked: Answer(500)) as server:
        address = server.address
    with pytest.raises(SourceUnavailable, match="no connection"):
        read(dialect, reader, address)


def test_every_figure_that_a_source_counts_has_a_definition_of_ours() -> None:
    for connector in connectors().values():
        assert (connector.statistics is None) == (connector.figures == ())
        assert set(connector.figures) <= FIGURES.keys()
        assert connector.keys is None or {"dossiers", "documents"} & set(connector.kinds)


@pytest.mark.parametrize(("dialect", "kind"), sorted(RECORDS))
def test_recorded_record_becomes_a_row_that_can_be_kept(dialect: str, kind: str) -> None:
    batch = connectors()[dialect].to_rows(Page(kind=kind, records=[RECORDS[dialect, kind]]), NOW)
    assert (len(batch), batch.rejected) == (1, [])
    assert b"MARKER" not in msgspec.json.encode(batch)


@pytest.mark.parametrize(
    ("dialect", "kind", "field"), [(*name, field) for name in sorted(RECORDS) for field in sorted(RECORDS[name])]
)
def test_a_person_in_the_wrong_field_is_not_kept(dialect: str, kind: str, field: str) -> None:
    words = {"TENDONVI", "TenTTHC", "TenLinhVuc", "TypeName", "name", "room", "note", "CodeNumber", "CodeNotation"}
    words |= {"serviceName", "domainName", "itemName"}
    planted = {**RECORDS[dialect, kind], field: "Bà MARKER 0912 345 678", "GhiChu": "MARKER", "MARKER": 1}
    batch = connectors()[dialect].to_rows(Page(kind=kind, records=[planted]), NOW)
    assert len(batch) == 1
    if field not in words:
        assert b"MARKER" not in msgspec.json.encode(batch)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters(), max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)


@pytest.mark.parametrize(("dialect", "kind"), KINDS)
@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_any_record_becomes_a_row_or_a_rejected_one(dialect: str, kind: str, data: st.DataObject) -> None:
    recorded: dict[str, Any] = RECORDS.get((dialect, kind), {})
    fields = st.sampled_from(sorted(recorded) or ["x"])
    changes = data.draw(st.dictionaries(fields, JSON, max_size=4))
    records = [{**recorded, **changes}, data.draw(JSON), recorded]
    batch = connectors()[dialect].to_rows(Page(kind=kind, records=records), NOW)
    if recorded:
        assert len(batch) == len(records)
    msgspec.json.encode(batch)
    assert all(rejected.reason and rejected.detail for rejected in batch.rejected)


def test_missing_secret_is_told_before_anything_is_asked() -> None:
    for dialect, connector in connectors().items():
        for name in SECRETS:
            os.environ[name] = ""
        with pytest.raises(Exception, match="nguon-a: environment variable TEST_"):
            connector.auth(source_settings(dialect, "http://127.0.0.1:1"))
