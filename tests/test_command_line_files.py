"""`ioc.py import` and `export`, and sources that are files, as their users type them."""

import csv
import io
import zipfile
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from python_calamine import CalamineWorkbook

from clock import LOCAL_ZONE
from config import ClockSettings, Settings, SourceSettings, StoreSettings, write_settings
from metrics import definitions_version
from store.dimensions import target_history
from store.engine import open_engine
from store.reads import targets
from store.rows import Batch, Dossier, Procedure
from tests.delivery import write
from tests.stores import lay_tables
from tests.test_command_line import RANKED, Installation

AT = datetime(2021, 12, 10, 8, tzinfo=LOCAL_ZONE)
YEAR = ("--from", "2021-01-01", "--to", "2021-12-10")
UNITS = (
    "code;valid_from;parent_code;kind;name\nH28;2020-01-01;;tinh;Tỉnh Hòa Bình\n"
    "H28.03;2020-01-01;H28;so;=Sở Nội vụ\nH28.04;2020-01-01;H28;so;Sở Tài chính\n"
)
TARGETS = (
    "indicator,unit_code,kind,comparator,value,valid_from,decision\nonline_dossier_rate,,so,>=,51 %,2021-01-01,12/QĐ\n"
)
RETURNS = "unit_code,period,indicator,numerator,denominator\nH28,2021,lan_rate,9,10\n"
POINTS = "unit_code,point_code,status,valid_from\nH28.03,DC1,active,2021-02-01\nH28.04,DC2,broken,2021-02-01\n"
BAD = f"{TARGETS}x,,so,>=,51 %,2021-01-01,\nopen,H29,,<=,5,2021-02-01,\n"


def dossier(number: int, unit: str) -> Dossier:
    return Dossier(
        source_id=f"{unit}-{number}",
        unit_code=unit,
        procedure_code="1.01",
        channel="online" if number % 3 else "counter",
        state=2,
        received_at=datetime(2021, 6, 1 + number, 3, tzinfo=UTC),
        updated_at=datetime(2021, 6, 1 + number, 3, tzinfo=UTC),
    )


def installed(folder: Path) -> Installation:
    """A centre with an empty store; two of its sources are files beside its settings."""
    sources = (
        SourceSettings(name="diemcau", dialect="bridge_points", path="kho/diem-cau.csv"),
        SourceSettings(name="baocao", dialect="returns", path="kho/bao-cao.csv"),
    )
    settings = Settings(
        store=StoreSettings(f"sqlite:///{folder}/ioc.db"), sources=sources, clock=ClockSettings(start=AT, speed=0.0)
    )
    write_settings(settings, folder / "ioc.toml")
    (folder / "kho").mkdir()
    (folder / "kho" / "diem-cau.csv").write_text(POINTS, "utf-8")
    (folder / "kho" / "bao-cao.csv").write_text(RETURNS, "utf-8")
    return Installation(folder / "ioc.toml", settings, {})


@pytest.fixture(scope="module")
def centre(tmp_path_factory: pytest.TempPathFactory) -> Installation:
    """A centre whose units and targets were imported and whose files were polled; nothing changes in it."""
    made = installed(tmp_path_factory.mktemp("centre"))
    folder = made.file.parent
    (folder / "don-vi.csv").write_text(UNITS, "utf-8-sig")
    (folder / "chi-tieu.csv").write_text(TARGETS, "utf-8")
    for kind, name in (("units", "don-vi.csv"), ("targets", "chi-tieu.csv")):
        done = made.process("import", kind, str(folder / name), "--by", "Lan", "--reason", "lần đầu")
        assert (done.code, done.err) == (0, "")
    engine = open_engine(made.settings.database_url)
    procedure = Procedure(code="1.01", valid_from=date(2020, 1, 1), name="Kê khai giá", level=3, tier="tinh")
    dossiers = [dossier(number, "H28.03") for number in range(12)] + [dossier(number, "H28.04") for number in range(20)]
    write(engine, "motcua", Batch(procedures=[procedure], dossiers=dossiers))
    engine.dispose()
    polled = made.ioc("poll", "--once")
    assert (polled.code, polled.err) == (0, "")
    return made


def test_files_beside_the_settings_are_polled_and_checked(centre: Installation) -> None:
    assert len(centre.contents()["bridge_points"]) == 2
    assert len(centre.contents()["returns"]) == 1
    checked = centre.ioc("check")
    assert (checked.code, checked.err) == (0, "")
    assert "source diemcau: answers as dialect bridge_points" in checked.out
    assert "source baocao: answers as dialect returns" in checked.out


def test_import_notes_who_and_why(centre: Installation) -> None:
    engine = open_engine(centre.settings.database_url)
    [change], [target] = target_history(engine), targets(engine)
    engine.dispose()
    assert (change.changed_by, change.reason, change.changed_at) == ("Lan", "lần đầu", AT)
    assert (target.kind, target.value, target.entered_by) == ("so", 0.51, "Lan")


def test_dry_run_and_the_same_file_again_store_nothing(tmp_path: Path) -> None:
    here = installed(tmp_path)
    migrated(here)
    file = tmp_path / "don-vi.csv"
    file.write_text(UNITS, "utf-8")
    before = here.contents()
    tried = here.ioc("import", "units", str(file), "--dry-run")
    assert (tried.code, tried.out) == (
        0,
        f"{file}: units: 3 new, 0 changed, 0 unchanged (dry run: nothing was stored)\n",
    )
    assert here.contents() == before
    assert here.ioc("import", "units", str(file)).out == f"{file}: units: 3 new, 0 changed, 0 unchanged\n"
    stored = here.contents()
    again = here.ioc("import", "units", str(file))
    assert (again.code, again.out) == (0, f"{file}: units: 0 new, 0 changed, 3 unchanged; nothing changes\n")
    assert here.contents() == stored


def migrated(here: Installation) -> None:
    engine = open_engine(here.settings.database_url)
    lay_tables(engine)
    engine.dispose()


def test_file_with_bad_rows_is_refused_with_each_of_them(centre: Installation, tmp_path: Path) -> None:
    file = tmp_path / "chi-tieu.csv"
    file.write_text(BAD, "utf-8")
    before = centre.contents()
    refused = centre.ioc("import", "targets", str(file))
    assert (refused.code, refused.out) == (1, "")
    assert refused.err.splitlines()[0] == f"ioc.py: {file}: nothing was stored, 2 faults:"
    assert [line.split(":")[0] for line in refused.err.splitlines()[1:]] == [
        "  row 3, column indicator",
        "  row 4, column unit_code",
    ]
    assert centre.contents() == before


@pytest.mark.parametrize(
    ("words", "code", "told"),
    [
        (("import", "people", "a.csv"), 2, "'people' is not one of"),
        (("import", "units", "khong-co.csv"), 1, "ioc.py: khong-co.csv: cannot be read (No such file or directory)"),
        (("export", "--view", "indicators", "--format", "csv", "--output", "a.csv"), 2, "figures need a period"),
        (
            ("export", "--view", "targets", "--format", "csv", "--output", "a.csv", "--from", "2021-01-01"),
            2,
            "together",
        ),
        (("export", "--view", "ranking", "--format", "csv", "--output", "a.csv", *YEAR), 2, "needs an indicator"),
        (("export", "--view", "targets", "--format", "csv", "--output", "no/a.csv"), 1, "no/a.csv: cannot be written"),
    ],
)
def test_what_cannot_be_done_is_one_line(centre: Installation, words: tuple[str, ...], code: int, told: str) -> None:
    ended = centre.ioc(*words)
    assert (ended.code, ended.out, told in ended.err) == (code, "", True), ended.err


def exported(centre: Installation, folder: Path, form: str, *words: str) -> Path:
    file = folder / f"xuat.{form}"
    done = centre.ioc("export", "--format", form, "--output", str(file), *words)
    assert (done.code, done.err) == (0, ""), done.err
    return file


def csv_rows(file: Path) -> list[dict[str, str]]:
    content = file.read_bytes()
    assert content.startswith(b"\xef\xbb\xbf"), "without the mark Excel takes Vietnamese for something else"
    return list(csv.DictReader(io.StringIO(content.decode("utf-8-sig"), newline="")))


def same(text: str, value: Any) -> bool:
    """Whether a cell of a CSV file says the value."""
    if value is None or isinstance(value, str):
        return text == (value or "")
    return float(text) == value


@pytest.mark.parametrize("scope", ["subtree", "own"])
def test_exported_indicators_are_those_of_the_command(centre: Installation, tmp_path: Path, scope: str) -> None:
    asked = ("--unit", "H28", "--scope", scope, *YEAR)
    shown = centre.ioc("indicators", *asked, "--format", "json").json
    rows = csv_rows(exported(centre, tmp_path, "csv", "--view", "indicators", *asked))
    assert len(rows) == len(shown)
    for row, told in zip(rows, shown, strict=True):
        assert all(same(row[name], told[name]) for name in row), (row, told)
    assert next(row for row in rows if row["indicator"] == "received")["value"] == ("32" if scope == "subtree" else "0")


def test_exported_ranking_is_that_of_the_command(centre: Installation, tmp_path: Path) -> None:
    asked = ("--indicator", "online_dossier_rate", "--kind", "so", *YEAR)
    shown = centre.ioc("ranking", *asked, "--format", "json").json
    frame = pl.read_parquet(exported(centre, tmp_path, "parquet", "--view", "ranking", *asked))
    assert frame.columns[: len(RANKED)] == RANKED
    assert frame.to_dicts() == shown
    assert (frame.schema["rank"], frame.schema["value"]) == (pl.Int64, pl.Float64)


def test_workbook_has_title_period_data_time_and_definitions(centre: Installation, tmp_path: Path) -> None:
    asked = ("--indicator", "online_dossier_rate", "--kind", "so", *YEAR)
    book = CalamineWorkbook.from_path(str(exported(centre, tmp_path, "xlsx", "--view", "ranking", *asked)))
    assert book.sheet_names == ["Số liệu", "Định nghĩa"]
    rows = book.get_sheet_by_index(0).to_python(skip_empty_area=False)
    assert [row[0] for row in rows[:5]] == [
        "Xếp hạng",
        "Kỳ: 2021-01-01..2021-12-10",
        "Số liệu đến: 08:00 ngày 10/12/2021",
        f"Phiên bản định nghĩa: {definitions_version()}",
        "",
    ]
    assert rows[5][: len(RANKED)] == RANKED
    # 13 of 20 and 8 of 12 online.
    assert [row[:6] for row in rows[6:]] == [
        [1.0, "H28.03", "=Sở Nội vụ", 8.0, 12.0, 8 / 12],
        [2.0, "H28.04", "Sở Tài chính", 13.0, 20.0, 13 / 20],
    ]
    definitions = book.get_sheet_by_index(1).to_python()
    assert [row[0] for row in definitions] == ["key", "online_dossier_rate"]
    assert "online_l34[P] / received[P]" in definitions[1]


def test_text_that_would_run_as_a_formula_is_kept_from_it(centre: Installation, tmp_path: Path) -> None:
    asked = ("--view", "ranking", "--indicator", "online_dossier_rate", "--kind", "so", *YEAR)
    names = [row["name"] for row in csv_rows(exported(centre, tmp_path, "csv", *asked))]
    assert names == ["'=Sở Nội vụ", "Sở Tài chính"]
    content = exported(centre, tmp_path, "xlsx", *asked).read_bytes()
    assert b"<f>" not in part(content, "xl/worksheets/sheet1.xml")
    assert b'quotePrefix="1"' in part(content, "xl/styles.xml")


def part(content: bytes, name: str) -> bytes:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        return archive.read(name)


@pytest.mark.parametrize("form", ["csv", "xlsx"])
@pytest.mark.parametrize("kind", ["targets", "returns"])
def test_exported_file_can_be_imported_again(centre: Installation, tmp_path: Path, kind: str, form: str) -> None:
    file = exported(centre, tmp_path, form, "--view", kind)
    told = centre.ioc("import", kind, str(file), "--dry-run").out
    # The returns were polled from a source; as imported ones they are new.
    assert ("1 new, 0 changed, 0 unchanged" if kind == "returns" else "0 new, 0 changed, 1 unchanged") in told


def test_register_is_exported_for_a_unit_and_a_time(centre: Installation, tmp_path: Path) -> None:
    rows = csv_rows(exported(centre, tmp_path, "csv", "--view", "bridge_points", "--unit", "000.00.03.H28"))
    assert [(row["point_code"], row["valid_from"], row["source"]) for row in rows] == [("DC1", "2021-02-01", "diemcau")]
    early = ("--from", "2021-01-01", "--to", "2021-01-31")
    assert csv_rows(exported(centre, tmp_path, "csv", "--view", "bridge_points", *early)) == []


def test_file_that_is_there_is_replaced_whole_or_not_at_all(centre: Installation, tmp_path: Path) -> None:
    file = tmp_path / "xuat.csv"
    file.write_text("old")
    failed = centre.process("export", "--view", "ranking", "--format", "csv", "--output", str(file), *YEAR)
    assert (failed.code, file.read_text()) == (2, "old")
    replaced = centre.process("export", "--view", "targets", "--format", "csv", "--output", str(file))
    assert (replaced.code, replaced.err) == (0, "")
    assert file.read_text("utf-8-sig").startswith("indicator,unit_code,")
    assert [path.name for path in tmp_path.iterdir()] == ["xuat.csv"], "nothing half-written is left behind"
