"""The register of bridge points: read whole from a file, on this host or over HTTP."""

from datetime import date
from pathlib import Path

import pytest
import sqlalchemy as sa
from sqlalchemy import Engine

import seed
from clock import still_clock
from config import SourceSettings, read_settings
from connectors._contract import Page
from connectors.bridge_points import CONNECTOR
from errors import ConfigError
from poll_run import open_source
from replay import replay
from seed._files import RegisterFiles
from sheets.tabular import read_table
from store import tables
from store.engine import reading
from store.quarantine import held
from store.rows import Batch, BridgePoint, Unit
from tests.delivery import write
from tests.recorded import POINT
from tests.register_source import NOW, polled
from tests.source_server import Answer, source_server
from tests.test_tabular import workbook_of

HEADER = "unit_code,point_code,name,room,status,valid_from,valid_to\n"
UNITS = [Unit(code=code, valid_from=date(2020, 1, 1), kind="xa", name=code) for code in ("H28.20.1", "H28.20.2")]
ONE = "H28.20.1,DC1,Điểm cầu Xã 1,Phòng họp,active,2021-01-01,\n"
TWO = "000.2.20.H28,DC2,Điểm cầu Xã 2,,broken,2021-01-01,2021-06-30\n"


@pytest.fixture
def store(fresh_engine: object) -> Engine:
    engine: Engine = fresh_engine("sqlite")  # type: ignore[operator]
    write(engine, "motcua", Batch(units=UNITS))
    return engine


def points(engine: Engine) -> set[tuple[str, str, str]]:
    with reading(engine) as connection:
        query = sa.select(tables.bridge_points.c["unit_code", "point_code", "status"])
        return {tuple(row) for row in connection.execute(query)}  # type: ignore[misc]


def test_row_is_named_and_typed() -> None:
    batch = CONNECTOR.to_rows(Page(kind="bridge_points", records=[POINT]), NOW)
    assert batch.bridge_points == [
        BridgePoint(
            unit_code="H28.148.04792",
            point_code="DC-0148-01",
            name="Điểm cầu UBND phường Phương Lâm",
            room="Phòng họp tầng 2",
            status="active",
            valid_from=date(2021, 3, 1),
        )
    ]


def test_file_on_this_host_is_the_whole_register(store: Engine, tmp_path: Path) -> None:
    file = tmp_path / "diem-cau.csv"
    file.write_text(HEADER + ONE + TWO, "utf-8-sig")
    result = polled(store, "bridge_points", file)
    assert (str(result), result.source_count) == ("bang: ok, 2 fetched, 2 accepted, 0 unchanged, 0 rejected", 2)
    assert points(store) == {("H28.20.1", "DC1", "active"), ("H28.20.2", "DC2", "broken")}
    file.write_text(HEADER + ONE, "utf-8")
    polled(store, "bridge_points", file, hours=1)
    assert points(store) == {("H28.20.1", "DC1", "active")}


def test_workbook_is_read_and_a_code_that_became_a_number_is_not_guessed(store: Engine, tmp_path: Path) -> None:
    file = tmp_path / "diem-cau.xlsx"
    header = HEADER.strip().split(",")
    file.write_bytes(
        workbook_of(
            header,
            ["H28.20.1", "DC1", "", "", "active", date(2021, 1, 1), None],
            ["H28.20.2", 2, "", "", "active", date(2021, 1, 1), None],
        )
    )
    result = polled(store, "bridge_points", file)
    assert (result.accepted, result.rejected, points(store)) == (1, 1, {("H28.20.1", "DC1", "active")})
    [one] = held(store)
    assert (one.reason, one.detail) == (
        "bad_cell",
        "row 3, column point_code: 2 is a number there; codes have leading zeros: format the column as text",
    )


@pytest.mark.parametrize(
    ("line", "detail"),
    [
        ("H28.20.1,,,,active,2021-01-01,", "row 2, column point_code: is empty"),
        ("H28.20.1,DC1,,,hỏng,2021-01-01,", "row 2, column status: hỏng is not one of active, broken, retired"),
        ("H28.20.1,DC1,,,active,1/1/2021,", "row 2, column valid_from: 1/1/2021 is no date"),
        ("H28.20.1,DC1,,,active,2021-02-01,2021-01-01", "row 2, column valid_to: 2021-01-01 is before valid_from"),
        ("H28.20.1,Bà Lan 0912,,,active,2021-02-01,", "row 2, column point_code: is no code"),
    ],
)
def test_bad_row_is_quarantined_and_loses_no_other(store: Engine, tmp_path: Path, line: str, detail: str) -> None:
    file = tmp_path / "diem-cau.csv"
    file.write_text(f"{HEADER}{line}\n{TWO}", "utf-8")
    result = polled(store, "bridge_points", file)
    assert (result.ok, result.rejected, points(store)) == (True, 1, {("H28.20.2", "DC2", "broken")})
    [one] = held(store)
    assert one.detail.startswith(detail)
    assert "Lan" not in repr(one)
    file.write_text(HEADER + TWO, "utf-8")
    polled(store, "bridge_points", file, hours=1)
    assert held(store) == []


def test_two_rows_that_contradict_each_other_are_not_both_taken(store: Engine, tmp_path: Path) -> None:
    file = tmp_path / "diem-cau.csv"
    file.write_text(HEADER + ONE + ONE + ONE.replace("active", "broken"), "utf-8")
    result = polled(store, "bridge_points", file)
    assert (result.rejected, result.reasons, points(store)) == (
        1,
        {"contradiction": 1},
        {("H28.20.1", "DC1", "active")},
    )


def test_rejected_row_can_be_replayed_without_losing_the_register(store: Engine, tmp_path: Path) -> None:
    file = tmp_path / "diem-cau.csv"
    file.write_text(HEADER + ONE + TWO.replace("2021-06-30", "nay"), "utf-8")
    polled(store, "bridge_points", file)
    settings = tmp_path / "ioc.toml"
    settings.write_text(f'[[sources]]\nname = "bang"\ndialect = "bridge_points"\npath = "{file}"\n')
    assert replay(store, read_settings(settings), still_clock(NOW), held(store)) == (0, 1)
    assert points(store) == {("H28.20.1", "DC1", "active")}


@pytest.mark.parametrize(
    ("content", "outcome", "told"),
    [
        (None, "unavailable", "cannot be read (No such file or directory)"),
        (b"", "unavailable", "is empty"),
        (b"a,b\n1,2\n", "changed", "column unit_code: is missing"),
        (HEADER.encode() + b'"H28', "unavailable", "ends in the middle of a cell"),
        (b"\xff\xfe\x00", "changed", "is neither XLSX nor UTF-8 text"),
    ],
)
def test_file_that_is_no_register_leaves_the_stored_one_alone(
    store: Engine, tmp_path: Path, content: bytes | None, outcome: str, told: str
) -> None:
    file = tmp_path / "diem-cau.csv"
    file.write_text(HEADER + ONE, "utf-8")
    polled(store, "bridge_points", file)
    file.unlink()
    if content is not None:
        file.write_bytes(content)
    result = polled(store, "bridge_points", file, hours=1)
    assert (result.outcome, told in result.message, len(points(store))) == (outcome, True, 1), result.message


def test_folder_in_the_place_of_the_file_is_told(store: Engine, tmp_path: Path) -> None:
    result = polled(store, "bridge_points", tmp_path)
    assert (result.outcome, result.message) == ("changed", f"bang: {tmp_path} is no file")


def test_file_over_http_lies_below_the_base_url(store: Engine) -> None:
    with source_server(lambda asked: Answer(200, (HEADER + ONE).encode(), {"Content-Type": "text/csv"})) as server:
        result = polled(store, "bridge_points", "kho/diem-cau.csv", base_url=server.address)
    assert (result.ok, [asked.path for asked in server.asked]) == (True, ["/api/kho/diem-cau.csv"])
    assert points(store) == {("H28.20.1", "DC1", "active")}


def test_token_is_shown_when_the_settings_name_one(store: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KHO_TOKEN", "s3cret")
    with source_server(lambda asked: Answer(200, HEADER.encode(), {})) as server:
        settings = SourceSettings(
            name="bang", dialect="bridge_points", path="a.csv", base_url=server.address, token_env="KHO_TOKEN"
        )
        with open_source(settings, still_clock(NOW), lambda call: call()).client as client:
            assert next(iter(CONNECTOR.pull(client, None))).records == []
    assert server.asked[0].headers["Authorization"] == "Bearer s3cret"


def test_source_without_a_path_is_a_wrong_setting() -> None:
    settings = SourceSettings(name="bang", dialect="bridge_points")
    with pytest.raises(ConfigError, match="source bang: setting path is missing"):
        open_source(settings, still_clock(NOW), lambda call: call())


def test_path_in_the_settings_begins_where_the_settings_lie(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "cau-hinh"
    folder.mkdir()
    (folder / "ioc.toml").write_text(
        '[[sources]]\nname = "a"\ndialect = "bridge_points"\npath = "kho/a.csv"\n'
        '[[sources]]\nname = "b"\ndialect = "bridge_points"\npath = "kho/a.csv"\nbase_url = "http://127.0.0.1:1"\n'
        '[[sources]]\nname = "c"\ndialect = "bridge_points"\npath = "/kho/a.csv"\n'
    )
    monkeypatch.chdir(tmp_path)
    paths = [source.path for source in read_settings("cau-hinh/ioc.toml").sources]
    assert paths == [str(folder / "kho" / "a.csv"), "kho/a.csv", "/kho/a.csv"]


@pytest.mark.parametrize("name", sorted(seed.PLACES))
def test_register_of_every_place_is_understood(name: str) -> None:
    place = seed.PLACES[name]
    served = RegisterFiles(place, still_clock(place.start), {})
    content = bytes(served.bridge_points(None).body)  # type: ignore[arg-type]
    columns = HEADER.strip().split(",")
    rows = read_table(content, "diem-cau", columns)
    records = [{**row.cells, "row": row.number, "typed": {}} for row in rows]
    batch = CONNECTOR.to_rows(Page(kind="bridge_points", records=records), place.start)
    assert (batch.rejected, len(batch.bridge_points or [])) == ([], len(rows))
    today = place.start.date()
    assert all(point.valid_from <= today for point in batch.bridge_points or [])
