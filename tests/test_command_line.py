"""`python ioc.py …` on a simulated province: what is printed and how it ends; each command once as a real process."""

import csv
import io
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import msgspec
import pytest
import sqlalchemy as sa

import seed
from clock import still_clock
from config import Settings, StoreSettings, write_settings
from metrics import catalogue
from store.engine import open_engine, reading, writing
from store.rows import Batch, Rejected
from store.runs import begin_run
from store.tables import dossier_days, metadata
from store.writes import write_batch
from tests.command_line import Ended, call_ioc, run_ioc
from tests.servers import free_port

PLACE = replace(seed.PLACES["hoa-binh"], dossiers_per_year=1200, documents_per_year=300)
AT = PLACE.start
YEAR = ("--from", "2021-01-01", "--to", "2021-12-10")
FIGURE = {"unit", "indicator", "numerator", "denominator", "value"}
RANKED = [
    "rank", "unit", "name", "numerator", "denominator", "value", "low", "high", "rank_low", "rank_high",
    "previous_rank", "reason", "own_change", "others_change", "entered", "left",
]  # fmt: skip
COUNTS = {"received", "open", "overdue", "incoming_overdue", "meetings_held", "meeting_hours", "bridge_points"}


@dataclass(frozen=True)
class Installation:
    """A settings file with its database, and the secrets of the simulator that it names."""

    file: Path
    settings: Settings
    secrets: dict[str, str]

    def ioc(self, *words: str, **environment: str) -> Ended:
        """The command line with this configuration, in this process."""
        return call_ioc(("--config", str(self.file), *words), {**self.secrets, **environment})

    def process(self, *words: str, **environment: str) -> Ended:
        """The same as a process of its own; once for each command, to hold what it loads by itself."""
        return run_ioc(("--config", str(self.file), *words), {**self.secrets, **environment})

    def contents(self) -> dict[str, list[Any]]:
        """Every row of every table."""
        engine = open_engine(self.settings.database_url)
        with reading(engine) as connection:
            rows = {table.name: connection.execute(sa.select(table)).all() for table in metadata.sorted_tables}
        engine.dispose()
        return {name: sorted(map(repr, found)) for name, found in rows.items()}


@pytest.fixture(scope="module")
def simulator() -> Iterator[tuple[seed.RunningSimulator, dict[str, str]]]:
    secrets = seed.demo_secrets(PLACE)
    running = seed.start(PLACE, still_clock(AT), secrets=secrets)
    yield running, secrets
    running.stop()


def installation(folder: Path, port: int, secrets: dict[str, str], *, lost: str = "") -> Installation:
    """Settings of the simulated province; the source `lost` is asked where nobody listens."""
    settings = seed.demo_settings(PLACE, port)
    sources = [
        msgspec.structs.replace(source, base_url=f"http://127.0.0.1:{free_port()}") if source.name == lost else source
        for source in settings.sources
    ]
    clock = msgspec.structs.replace(settings.clock, speed=0.0) if settings.clock else None
    settings = msgspec.structs.replace(
        settings, sources=tuple(sources), clock=clock, store=StoreSettings(f"sqlite:///{folder}/ioc.db")
    )
    write_settings(settings, folder / "ioc.toml")
    return Installation(folder / "ioc.toml", settings, secrets)


@pytest.fixture(scope="module")
def centre(
    tmp_path_factory: pytest.TempPathFactory, simulator: tuple[seed.RunningSimulator, dict[str, str]]
) -> Installation:
    """An installation that has polled every source once; tests that share it change nothing."""
    running, secrets = simulator
    made = installation(tmp_path_factory.mktemp("centre"), running.port, secrets)
    polled = made.process("poll", "--once")
    assert (polled.code, polled.err) == (0, "")
    lines = polled.out.splitlines()
    assert [line.split(":")[0] for line in lines] == ["motcua", "vanban", "hop", "diemcau", "baocao"]
    assert all(": ok, " in line and line.endswith(" 0 rejected") for line in lines), lines
    return made


def test_one_source_that_fails_is_named_and_the_others_are_stored(
    tmp_path: Path, simulator: tuple[seed.RunningSimulator, dict[str, str]]
) -> None:
    running, secrets = simulator
    here = installation(tmp_path, running.port, secrets, lost="vanban")
    polled = here.ioc("poll", "--once")
    assert polled.code == 1
    assert [line.split(",")[0] for line in polled.out.splitlines()] == [
        "motcua: ok",
        "hop: ok",
        "diemcau: ok",
        "baocao: ok",
    ]
    assert polled.err.startswith("vanban: unavailable: ")
    assert len(polled.err.splitlines()) == 1
    stored = here.contents()
    assert stored["dossiers"]
    assert stored["meetings"]
    assert not stored["documents"]


def test_json_figures_are_one_per_unit_and_indicator(centre: Installation) -> None:
    shown = centre.process("indicators", *YEAR, "--format", "json")
    assert (shown.code, shown.err) == (0, "")
    rows = shown.json
    pairs = {(row["unit"], row["indicator"]) for row in rows}
    assert pairs == {(unit.code, key) for unit in seed.units(PLACE) for key in catalogue()}
    assert len(rows) == len(pairs)
    extra = {"median", "percentile_90"}
    for row in rows:
        assert row.keys() - (extra if row["indicator"] == "processing_days" else set()) == FIGURE
        returned = catalogue()[row["indicator"]].returned
        assert (row["denominator"] is None) == (returned or row["indicator"] in COUNTS)
        if row["denominator"] == 0:
            assert row["value"] is None
    figure = {row["indicator"]: row for row in rows if row["unit"] == "H28"}
    received = [d for d in seed.raw_dossiers(PLACE, AT) if d["NgayTiepNhan"] and d["TrangThaiHoSo"] not in ("1", "3")]
    this_year = sum(record["NgayTiepNhan"] >= "2021" for record in received)
    assert figure["received"] == {
        "unit": "H28", "indicator": "received", "numerator": this_year, "denominator": None, "value": this_year,
    }  # fmt: skip
    assert isinstance(figure["received"]["numerator"], int)


def test_csv_and_table_hold_the_same_figures_as_json(centre: Installation) -> None:
    asked = ("indicators", *YEAR, "--unit", "H28.148", "--scope", "own", "--format")
    expected = centre.ioc(*asked, "json").json
    written = list(csv.DictReader(io.StringIO(centre.ioc(*asked, "csv").out)))
    assert list(written[0]) == ["unit", "indicator", "numerator", "denominator", "value"]
    assert [(row["unit"], row["indicator"]) for row in written] == [(row["unit"], row["indicator"]) for row in expected]
    for row, same in zip(written, expected, strict=True):
        for name in ("numerator", "denominator", "value"):
            assert (float(row[name]) if row[name] else None) == same[name]
    table = centre.ioc(*asked, "table").out
    assert all(row["indicator"] in table for row in expected)


def test_the_old_form_of_a_unit_code_is_the_same_unit(centre: Installation) -> None:
    asked = ("indicators", *YEAR, "--format", "json", "--unit")
    assert centre.ioc(*asked, "000.00.148.H28").json == centre.ioc(*asked, "H28.148").json


def test_as_of_counts_nothing_after_that_day(centre: Installation) -> None:
    asked = ("indicators", "--unit", "H28", "--format", "json", "--from", "2021-01-01", "--to")
    as_of = centre.ioc(*asked, "2021-12-10", "--as-of", "2021-06-30T23:00:00+07:00")
    assert as_of.json == centre.ioc(*asked, "2021-06-30").json


def test_ranking_lists_ranked_units_then_the_others_with_the_reason(centre: Installation) -> None:
    shown = centre.process("ranking", "--indicator", "on_time_rate", "--kind", "xa", *YEAR, "--format", "json")
    assert shown.code == 0
    rows = shown.json
    assert [list(row) for row in rows] == [RANKED] * 151
    ranks = [row["rank"] for row in rows if row["rank"] is not None]
    assert ranks == sorted(ranks)
    assert [row["rank"] for row in rows[len(ranks) :]] == [None] * (151 - len(ranks))
    for row in rows:
        assert (row["rank"] is None) == (row["reason"] in ("too_few", "nothing_to_count"))
        assert (row["rank"] is None) == (row["denominator"] < 10)
    assert 0 < len(ranks) < 151


def test_ranking_takes_a_peer_group_in_the_place_of_a_kind(centre: Installation) -> None:
    asked = ("ranking", "--indicator", "on_time_rate", *YEAR, "--format", "json")
    urban, rural = (centre.ioc(*asked, "--group", group).json for group in ("xa_urban", "xa_rural"))
    assert {row["name"].split()[0] for row in rural} == {"Xã"}
    assert {row["name"].split()[0] for row in urban} == {"Phường", "Thị"}
    assert len(urban) + len(rural) == 151


@pytest.mark.parametrize(
    ("words", "named"),
    [
        (("indicators", *YEAR, "--unit", "H99"), ["H99", "H28"]),
        (("indicators", "--from", "2021-12-31", "--to", "2021-01-01"), ["2021-12-31", "2021-01-01"]),
        (("ranking", "--indicator", "speed", "--kind", "xa", *YEAR), ["speed", "on_time_rate"]),
        (("ranking", "--indicator", "received", "--kind", "commune", *YEAR), ["commune", "so", "huyen", "xa"]),
        (("ranking", "--indicator", "received", "--kind", "xa", "--group", "xa", *YEAR), ["--kind", "--group"]),
        (("ranking", "--indicator", "received", *YEAR), ["--kind", "--group"]),
        (("poll", "--once", "--source", "motca"), ["motca", "motcua", "vanban", "hop"]),
        (("simulate", "--place", "hanoi"), ["hanoi", "hoa-binh"]),
        (("quarantine", "show", "77"), ["77"]),
    ],
    ids=lambda value: value[0] if isinstance(value, list) else "",
)
def test_what_is_not_there_is_one_line_with_what_is(
    centre: Installation, words: tuple[str, ...], named: list[str]
) -> None:
    before = centre.contents()
    ended = centre.ioc(*words)
    assert ended.code in (1, 2)
    assert ended.out == ""
    assert len(ended.err.splitlines()) == 1, ended.err
    assert all(name in ended.err for name in named), ended.err
    assert centre.contents() == before


@pytest.mark.parametrize(
    ("words", "named"),
    [
        (("indicators", "--from", "2021-13-01", "--to", "2021-12-31"), ["--from", "2021-13-01", "%Y-%m-%d"]),
        (("indicators", *YEAR, "--scope", "all"), ["all", "subtree", "own"]),
        (("indicators", *YEAR, "--format", "xml"), ["xml", "json", "csv", "table"]),
        (("polling",), ["polling"]),
    ],
    ids=lambda value: value[0] if isinstance(value, list) else "",
)
def test_wrong_options_are_named_with_the_right_ones(
    centre: Installation, words: tuple[str, ...], named: list[str]
) -> None:
    ended = centre.ioc(*words)
    assert (ended.code, ended.out) == (2, "")
    assert all(name in ended.err for name in named), ended.err


@pytest.mark.parametrize(
    ("old", "new", "named"),
    [
        ('dialect = "qlvb"', 'dialect = "qlbv"', ["qlbv", "bigbluebutton", "dvcqg", "qlvb"]),
        ("minimum = 10", 'minimum = "ten"', ["minimum"]),
        ("[ranking]", "[rankings]", ["rankings", "ranking", "sources"]),
        ("base_url", "base_adress", ["base_adress", "base_url"]),
        ('every = "3s"', 'every = "3 seconds"', ["3 seconds", "30s"]),
        ('token_env = "VANBAN_TOKEN"', 'token_env = "NOBODY_SET_IT"', ["vanban", "NOBODY_SET_IT"]),
        ("sqlite:///", "mysql://", ["mysql", "sqlite", "postgresql"]),
    ],
)
def test_a_wrong_setting_is_one_line_and_polls_nothing(
    tmp_path: Path, centre: Installation, old: str, new: str, named: list[str]
) -> None:
    text = centre.file.read_text("utf-8").replace(str(centre.file.parent), str(tmp_path))
    assert old in text
    file = tmp_path / "ioc.toml"
    file.write_text(text.replace(old, new, 1), "utf-8")
    ended = Installation(file, centre.settings, centre.secrets).ioc("poll", "--once")
    assert ended.code in (1, 2)
    assert len(ended.err.strip().splitlines()) == 1, ended.err
    assert all(name in ended.err for name in named), ended.err


def test_a_settings_file_that_is_not_there_is_named(tmp_path: Path, centre: Installation) -> None:
    ended = Installation(tmp_path / "none.toml", centre.settings, {}).process("check")
    assert ended.code in (1, 2)
    assert "none.toml" in ended.err
    assert len(ended.err.splitlines()) == 1


def test_check_says_of_each_part_whether_it_is_well(
    tmp_path: Path, centre: Installation, simulator: tuple[seed.RunningSimulator, dict[str, str]]
) -> None:
    before = centre.contents()
    well = centre.process("check")
    assert (well.code, well.err) == (0, "")
    assert [line[:4] for line in well.out.splitlines()] == ["ok  "] * 11
    assert centre.contents() == before
    ill = centre.process("check", MOTCUA_PASSWORD="wrong", VANBAN_TOKEN="wrong")
    assert ill.code == 1
    assert [line[:20] for line in ill.err.splitlines()] == ["FAIL source motcua: ", "FAIL source vanban: "]
    assert "wrong" not in ill.err
    assert centre.contents() == before


def test_rebuild_finds_nothing_to_mend_and_mends_what_was_broken(
    tmp_path: Path, simulator: tuple[seed.RunningSimulator, dict[str, str]]
) -> None:
    running, secrets = simulator
    here = installation(tmp_path, running.port, secrets)
    assert here.ioc("poll", "--once", "--source", "motcua").code == 0
    whole = here.contents()["dossier_days"]
    assert here.process("rebuild").out == "0 counters differed\n"
    engine = open_engine(here.settings.database_url)
    with writing(engine) as connection:
        connection.execute(dossier_days.update().values(received_online=dossier_days.c.received_online + 1))
    engine.dispose()
    assert here.ioc("rebuild").out == f"{len(whole)} counters differed\n"
    assert here.ioc("rebuild").out == "0 counters differed\n"


def test_the_quarantine_is_listed_shown_and_replayed_once_the_cause_is_gone(
    tmp_path: Path, simulator: tuple[seed.RunningSimulator, dict[str, str]]
) -> None:
    running, secrets = simulator
    here = installation(tmp_path, running.port, secrets)
    assert here.ioc("poll", "--once", "--source", "motcua").code == 0
    engine = open_engine(here.settings.database_url)
    record = {name: value for name, value in seed.raw_dossiers(PLACE, AT)[0].items() if name in KEPT}
    understood = {**record, "MaHoSo": "H28.148-211210-9001", "DanhSachLePhi": [], "DanhSachHoSoBoSung": []}
    # Rejected by a connector of former days, which did not know what it knows now; and a channel nobody knows yet.
    rejected = [
        Rejected(kind="dossiers", source_id="H28.148-211210-9001", reason="unknown_channel", detail="once unknown",
                 payload=understood),
        Rejected(kind="dossiers", source_id="H28.148-211210-9002", reason="unknown_channel", detail="KenhThucHien '7'",
                 payload={**understood, "MaHoSo": "H28.148-211210-9002", "KenhThucHien": "7"}),
    ]  # fmt: skip
    write_batch(engine, "motcua", Batch(rejected=rejected), begin_run(engine, "motcua", AT), None, AT)
    count = len(here.contents()["dossiers"])

    listed = here.process("quarantine", "list", "--format", "json").json
    assert [(row["source_id"], row["reason"]) for row in listed] == [
        ("H28.148-211210-9001", "unknown_channel"),
        ("H28.148-211210-9002", "unknown_channel"),
    ]
    shown = here.process("quarantine", "show", str(listed[0]["id"])).json
    assert shown["payload"]["MaHoSo"] == "H28.148-211210-9001"
    assert here.process("quarantine", "replay").out == "1 stored, 1 still held\n"
    assert len(here.contents()["dossiers"]) == count + 1
    left = here.ioc("quarantine", "list", "--format", "json").json
    assert [row["source_id"] for row in left] == ["H28.148-211210-9002"]
    assert here.ioc("rebuild").out == "0 counters differed\n"
    engine.dispose()


KEPT = {
    "MaTTHC", "KenhThucHien", "NgayNopHoSo", "NgayTiepNhan", "NgayHenTra", "TrangThaiHoSo", "NgayTra", "HinhThuc",
    "NgayKetThucXuLy", "DonViXuLy", "NgayCapNhat",
}  # fmt: skip
