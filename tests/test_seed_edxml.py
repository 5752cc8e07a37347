"""The simulated document axis, polled like a real one, tells what the place's own registers say."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, timedelta
from typing import Any

import httpx
import pytest
import sqlalchemy as sa
from sqlalchemy import Engine
from starlette.applications import Starlette
from starlette.routing import Mount

import seed
from clock import still_clock
from config import Settings, SourceSettings
from poll_run import poll_once
from seed._edxml import DocumentAxis
from seed.people import MARKER
from store import tables
from store.engine import reading
from store.quarantine import held
from store.reads import cursor_of
from store.rollups import rebuild
from store.rows import Batch, Unit
from tests.delivery import write
from tests.unruly import served

PLACE = replace(seed.PLACES["hai-phong"], documents_per_year=2_000, history_days=60)
TOKEN = {"TRUC_TOKEN": "t0ken"}


@pytest.fixture
def axis(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """The address of the running simulator."""
    monkeypatch.setenv("TRUC_TOKEN", TOKEN["TRUC_TOKEN"])
    routes = DocumentAxis(PLACE, still_clock(PLACE.start), TOKEN).routes()
    with served(Starlette(routes=[Mount("/edxml", routes=routes)])) as port:
        yield f"http://127.0.0.1:{port}/edxml"


def source(address: str) -> Settings:
    return Settings(sources=(SourceSettings(name="truc", dialect="edxml", base_url=address, token_env="TRUC_TOKEN"),))


def store_units(engine: Engine) -> set[str]:
    known = [
        Unit(code=unit.code, valid_from=date(2000, 1, 1), kind=unit.kind, name=unit.name, parent_code=unit.parent)  # type: ignore[arg-type]  # as the column says
        for unit in seed.units(PLACE)
    ]
    write(engine, "motcua", Batch(units=known))
    return {unit.code for unit in known}


def day(text: str | None) -> date | None:
    return date.fromisoformat(text.replace("/", "-")) if text else None


def new_form(code: str) -> str:
    """As wire.md has it: the last group to the front, the others in reverse, without those of zeros."""
    groups = code.split(".")
    return ".".join(group for group in groups[::-1] if group.strip("0")) if groups[0] == "000" else code


def registered(direction: str) -> list[dict[str, Any]]:
    """What the units' registers hold of documents that went over the axis."""
    return [
        {**record, "unit": new_form(record["OrganId"])}
        for record in seed.raw_documents(PLACE, PLACE.start)
        if record["Huong"] == direction and record["GuiLienThong"]
    ]


def test_polled_axis_holds_what_the_registers_exchanged(engine: Engine, axis: str) -> None:
    codes = store_units(engine)
    [result] = poll_once(engine, source(axis), still_clock(PLACE.start))
    assert (result.outcome, result.rejected, held(engine)) == ("ok", 0, [])
    with reading(engine) as connection:
        rows = list(connection.execute(sa.select(tables.documents)).mappings())
    assert {row["unit_code"] for row in rows} <= codes
    sent, incoming = registered("di"), [record for record in registered("den") if record["DueDate"]]
    assert min(len(sent), len(incoming)) > 30
    assert Counter(
        (row["unit_code"], row["issued_on"], row["signed"]) for row in rows if row["direction"] == "out"
    ) == (
        # What is not signed, or whose register does not know, is unknown to the axis.
        Counter((record["unit"], day(record["IssuedDate"]), record["DaKySo"] or None) for record in sent)
    )
    due = Counter(
        (r["unit_code"], r["due_on"], r["completed_on"]) for r in rows if r["direction"] == "in" and r["due_on"]
    )
    assert due == Counter((r["unit"], day(r["DueDate"]), day(r["CompletedDate"])) for r in incoming)
    assert cursor_of(engine, "truc")
    assert rebuild(engine) == 0


def test_second_poll_brings_nothing_new(engine: Engine, axis: str) -> None:
    store_units(engine)
    poll_once(engine, source(axis), still_clock(PLACE.start))
    [again] = poll_once(engine, source(axis), still_clock(PLACE.start))
    assert (again.outcome, again.accepted) == ("ok", 0)


def ask(address: str, path: str, token: str = TOKEN["TRUC_TOKEN"], **params: str) -> httpx.Response:
    return httpx.get(f"{address}/{path}", params=params, headers={"Authorization": f"Bearer {token}"})


def test_failures_are_told_with_http_200(axis: str) -> None:
    since = {"from": "2019-01-01T00:00:00+07:00"}
    answers = [
        ask(axis, "getReceivedEdocList", token="khac", **since),
        ask(axis, "getEdoc", token="khac", docId="x"),
        ask(axis, "getReceivedEdocList", **{"from": "hôm qua"}),
        ask(axis, "getReceivedEdocList", **{"from": "2019-01-01T00:00:00"}),
        ask(axis, "getEdoc", docId="20190101-00001-0"),
        ask(axis, "getEdoc", docId="../x"),
    ]
    assert [(answer.status_code, answer.json()["status"]) for answer in answers] == [(200, "FAIL")] * 6
    assert [answer.json()["ErrorCode"] for answer in answers] == ["401", "401", "400", "400", "404", "404"]


def test_packets_are_listed_by_time_and_hold_invented_people_only(axis: str) -> None:
    since = (PLACE.start - timedelta(days=8)).astimezone(UTC)
    listed = ask(axis, "getReceivedEdocList", **{"from": since.isoformat(), "limit": "20"}).json()["data"]
    times = [entry["createdTime"] for entry in listed]
    assert (len(listed), times) == (20, sorted(times))
    begin, end = (moment.strftime("%Y/%m/%d %H:%M:%S") for moment in (PLACE.start - timedelta(days=8), PLACE.start))
    assert all(begin <= time <= end for time in times)
    texts = [ask(axis, "getEdoc", docId=entry["docId"]).text for entry in listed]
    assert all(MARKER in text for text in texts)
